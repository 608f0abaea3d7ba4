//! Telephone numbers, international (ITU-T E.164) and as countries write their own.

use super::digits;

/// Digits of an international number with its country code.
const INTERNATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// Country codes of three digits, by their first two; all others with these beginnings have two.
const CODES_OF_THREE: [u8; 12] = [21, 22, 23, 24, 25, 26, 29, 35, 37, 38, 42, 50];

/// Words that claim a number after them in a national form: what it is instead, and words behind
/// which [`is_phone`] finds it.
pub(super) const NATIONAL_CLAIMS: &[&str] = &[
    "account",
    "amount",
    "building",
    "card",
    "case",
    "cell",
    "code",
    "contract",
    "customer",
    "date",
    "fax",
    "flight",
    "from",
    "iban",
    "id",
    "invoice",
    "isbn",
    "issue",
    "item",
    "licence",
    "license",
    "member",
    "mobile",
    "nhs",
    "order",
    "part",
    "passport",
    "patient",
    "phone",
    "plate",
    "policy",
    "postcode",
    "product",
    "ref",
    "reference",
    "room",
    "serial",
    "sku",
    "ssn",
    "tax",
    "tel",
    "telephone",
    "ticket",
    "tracking",
    "transaction",
    "version",
    "whatsapp",
    "zip",
];

/// Whether a text is a telephone number of plausible form.
///
/// With a `+` or `00` it is international. Without, it is a national number whose form says
/// so by itself, or any national number behind a word such as "phone" that the hit takes in.
pub(super) fn is_phone(text: &str) -> bool {
    let is_first = |c: char| c.is_ascii_digit() || c == '+' || c == '(';
    let start = text.find(is_first).unwrap_or(text.len());
    let (before, written) = text.split_at_checked(start).unwrap_or((text, ""));
    let end = written.find(char::is_alphabetic).unwrap_or(written.len());
    let (written, after) = written.split_at_checked(end).unwrap_or((written, ""));
    let has_label = before.chars().any(char::is_alphabetic) || !after.is_empty() && !is_extension(after);
    // What is a number by itself is a hit of its own, without the word beside it.
    if has_label { is_labelled(written.trim()) } else { is_by_itself(written.trim()) }
}

/// Whether what follows a number is an extension: `x12`, `ext. 12`.
fn is_extension(text: &str) -> bool {
    text.starts_with(['x', 'X']) || text.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("ext"))
}

/// Whether a number needs no word beside it.
fn is_by_itself(text: &str) -> bool {
    let digits = digits(text);
    if text.starts_with('+') {
        return is_international(&digits);
    }
    if let Some(rest) = digits.strip_prefix(&[0, 0]) {
        // Digits alone say less than a `+`, and account numbers have zeros too.
        return text.starts_with("00")
            && matches!(groups(text).as_slice(), [3..=5, _, ..])
            && !text.contains('-')
            && groups(text).iter().any(|size| *size != 4) // groups of an IBAN
            && rest.len() >= 9
            && is_international(rest)
            && (text.contains("(0)") || !has_trunk_zero(rest));
    }
    match digits.as_slice() {
        [0, ..] => is_trunk_form(text, &digits),
        _ => is_north_american(text, &digits) || is_brazilian(text, &digits),
    }
}

/// Whether a number in a national form is one where something says so, and would be none by itself.
pub(super) fn is_national(text: &str) -> bool {
    let text = text.trim();
    let sizes = groups(text);
    let is_thousands = sizes.iter().skip(1).all(|size| *size == 3);
    let is_amount = text.contains('.') && (is_thousands || sizes.ends_with(&[2]));
    let is_years = matches!(sizes.as_slice(), [4, 2 | 4]) && digits(text).starts_with(&[2, 0]);
    // As a social security number of the US is written.
    let is_ssn = sizes == [3, 2, 4];
    sizes.iter().all(|size| *size >= 2) && !is_amount && !is_years && !is_ssn && is_labelled(text)
}

/// Whether a number that stands behind a word is one, and would be none by itself.
fn is_labelled(text: &str) -> bool {
    let digits = digits(text);
    let is_date = super::date::is_date(text) && groups(text).len() == 3;
    let fits = match groups(text).as_slice() {
        [_] => (8..=12).contains(&digits.len()),
        _ => (7..=12).contains(&digits.len()),
    };
    let is_one_digit = digits.iter().all(|digit| Some(digit) == digits.first());
    !text.starts_with('+') && fits && !is_date && !is_one_digit && !is_by_itself(text)
}

/// How many digits each group has.
fn groups(text: &str) -> Vec<usize> {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|size| *size > 0).collect()
}

/// Whether digits after `+` are a number: country code, no zero first, length by country.
fn is_international(digits: &[u8]) -> bool {
    let fits = match digits {
        [0, ..] => false,
        // North America and Russia have ten digits after the code.
        [1, area, _, _, exchange, ..] => digits.len() == 11 && *area >= 2 && *exchange >= 2,
        [7, ..] => digits.len() == 11,
        _ => INTERNATIONAL_DIGITS.contains(&digits.len()),
    };
    fits && digits.windows(7).all(|run| run.iter().any(|digit| Some(digit) != run.first()))
}

/// Whether a zero follows the country code, as it does in few countries alone.
fn has_trunk_zero(digits: &[u8]) -> bool {
    let after = match digits {
        [3, 9, ..] => return false, // Italy dials its zeros.
        [1 | 7, ..] => digits.get(1),
        [a, b, ..] => {
            let two = a.saturating_mul(10).saturating_add(*b);
            let is_three = CODES_OF_THREE.contains(&two)
                || matches!(two, 59 | 67..=69 | 80 | 85 | 87 | 88 | 96 | 97 | 99);
            digits.get(if is_three { 3 } else { 2 })
        }
        _ => None,
    };
    after == Some(&0)
}

/// Whether a number with the zero of a trunk call stands in groups as such numbers do.
///
/// Nine to eleven digits, in forms that countries use. Between dashes there are fewer, for orders
/// and parts are numbered so, and between points pairs alone.
fn is_trunk_form(text: &str, digits: &[u8]) -> bool {
    let sizes = groups(text);
    let is_grouped = match sizes.as_slice() {
        // 01 23 45 67 89
        [2, 2, 2, 2, 2] => true,
        // Japan, Korea: 03-1234-5678, 010-1234-5678, 02-123-4567, 031-123-4567
        [2 | 3, 3 | 4, 4]
        // Netherlands, China: 06-12345678, 020-1234567, 010-12345678
        | [2, 8]
        | [3, 7 | 8]
        // Sweden: 070-123 45 67, 08-123 456 78
        | [3, 3 | 2, 2 | 3, 2]
        | [2, 3, 3 | 2, 2] => !text.contains('.'),
        // United Kingdom, Germany, Australia, between spaces or behind a slash
        [4, 3, 3 | 4] | [5, 3, 3] | [4, 6 | 7] | [5, 4..=6] | [3, 6] | [2, 7] => !text.contains(['.', '-']),
        _ => false,
    };
    (9..=11).contains(&digits.len()) && digits.get(1).is_some_and(|digit| *digit != 0) && is_grouped
}

/// Whether a number is North American: area, exchange, line, with separators that are no spaces alone.
fn is_north_american(text: &str, digits: &[u8]) -> bool {
    let national = match digits {
        [1, rest @ ..] if rest.len() == 10 => rest,
        _ => digits,
    };
    let [area, _, _, exchange, _, _, _, _, _, _] = national else {
        return false;
    };
    let sizes = groups(text);
    let is_grouped = matches!(sizes.as_slice(), [1, 3, 3, 4] | [3, 3, 4]);
    is_grouped && *area >= 2 && *exchange >= 2 && text.contains(['(', '-', '.'])
}

/// Whether a number is Brazilian: area in brackets, four or five digits, four digits.
fn is_brazilian(text: &str, digits: &[u8]) -> bool {
    let is_grouped = matches!(groups(text).as_slice(), [2, 4 | 5, 4]);
    text.starts_with('(') && is_grouped && digits.first().is_some_and(|digit| *digit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn international_numbers() {
        let table = [
            ("+49 30 901820", true),
            ("+1 (415) 555-2671", true),
            ("+14155552671", true),
            ("+44 (0)20 7946 0958", true),
            ("+7 495 123 45 67", true),
            ("+353 1 234 5678", true),
            ("0049 30 901820", true),
            ("0049 (0)30 901820", true),
            ("0039 06 69812345", true),
            ("00493090182012", false),
            ("0044 0532 0130 00", false),
            ("0039 4010 3880 5095", false),
            ("+0 30 901820", false),
            ("+1 23", false),
            ("+1 115 555 2671", false),
            ("+1 415 555 26711", false),
            ("+1234567890123456", false),
            ("+49 0000000000", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_phone(text), expected, "{text}");
        }
    }

    #[test]
    fn national_numbers() {
        let table = [
            ("(415) 555-2671", true),
            ("415.555.2671", true),
            ("1-415-555-2671", true),
            ("415-555-2671 x12", true),
            ("020 7946 0958", true),
            ("01 23 45 67 89", true),
            ("01.23.45.67.89", true),
            ("089/1234567", true),
            ("0171 1234567", true),
            ("03-1234-5678", true),
            ("(02) 9374 4000", true),
            ("08-123 456 78", true),
            ("(11) 91234-5678", true),
            ("415 555 2671", false),
            ("4155552671", false),
            ("115-555-2671", false),
            ("415-155-2671", false),
            ("415-555-2671-88", false),
            ("0301-234567-89", false),
            ("070-123 45 67", true),
            ("0532 0130 00", false),
            ("0386-5984-293", false),
            ("06348-35862", false),
            ("075-763-020", false),
            ("00341-17044", false),
            ("078-05-1120", false),
            ("01-02-2003", false),
            ("02030405", false),
            ("2026-11-20", false),
            ("01.234.567.89", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_phone(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_in_national_forms() {
        let table = [
            ("9175 3554", true),
            ("0664 396 27 04", true),
            ("(29) 914-756", true),
            ("0122-5594171", true),
            ("07700526310", true),
            ("415-555-2671", false), // `phone` finds them
            ("052 468 3505", false),
            ("2026-11-20", false),
            ("2024-2026", false),
            ("12.345.67", false),
            ("16.569.801", false),
            ("12 345", false),
            ("1 2345 678", false),
            ("0000 0000", false),
            ("536-22-8741", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_national(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_behind_a_word() {
        let table = [
            ("phone: 415 555 2671", true),
            ("Tel. 501 234 567", true),
            ("mobile 13812345678", true),
            ("móvil: 612 34 56 78", true),
            ("22 580 54 48 jako telefon", true),
            ("phone: 415-555-2671", false), // a hit without the word
            ("phone: +49 30 901820", false),
            ("phone on 2026-11-20", false),
            ("phone 12345", false),
            ("phone 0000000000", false),
            ("phone", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_phone(text), expected, "{text}");
        }
    }
}
