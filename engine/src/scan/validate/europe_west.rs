//! Identifiers of the west: Britain, Ireland, France, Belgium, the Netherlands, Luxembourg.

use super::check_digits::{is_date, luhn, verhoeff, weighted_mod};
use super::{characters, digits, exactly, number, year};

/// Prefixes of National Insurance numbers that are not used.
const NINO_PREFIXES_UNUSED: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];

/// Whether a text is a British National Insurance number that can have been issued.
///
/// After HMRC (NIM39110): two letters of which several are not used, six
/// digits, `A` to `D`. There is no check digit.
pub(super) fn is_uk_nino(text: &str) -> bool {
    let text = characters(text);
    let [a, b, body @ .., suffix] = text.as_bytes() else {
        return false;
    };
    let is_letter = |letter: &u8| letter.is_ascii_uppercase() && !b"DFIQUV".contains(letter);
    is_letter(a)
        && is_letter(b)
        && *b != b'O'
        && !NINO_PREFIXES_UNUSED.contains(&&[*a, *b])
        && body.len() == 6
        && body.iter().all(u8::is_ascii_digit)
        && matches!(suffix, b'A'..=b'D')
}

/// Whether a text is an NHS number, or a CHI number of Scotland, which counts alike.
///
/// After the NHS Data Dictionary: ten digits, weights 10 to 2, a check by 11.
pub(super) fn is_uk_nhs(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 10
        && digits.iter().any(|digit| *digit != 0)
        && weighted_mod(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11) == 0
}

/// Whether a text is a British unique taxpayer reference: ten digits, the first of which checks the others.
///
/// After HMRC's specification for employers' software.
pub(super) fn is_uk_utr(text: &str) -> bool {
    let digits = digits(text);
    let [check, body @ ..] = digits.as_slice() else {
        return false;
    };
    let expected = match weighted_mod(body, &[6, 7, 8, 9, 10, 5, 4, 3, 2], 11) {
        0 => 2,
        1 => 1,
        remainder => 11_u32.saturating_sub(remainder),
    };
    body.len() == 9 && body.iter().any(|digit| *digit != 0) && u32::from(*check) == expected
}

/// Whether a text is an Irish personal public service number.
///
/// After the Department of Social Protection: seven digits, a letter by 23,
/// and since 2013 often a second letter, which counts nine times.
pub(super) fn is_ie_ppsn(text: &str) -> bool {
    let text = characters(text);
    let (Some(body), Some(check)) = (text.get(..7), text.as_bytes().get(7)) else {
        return false;
    };
    let body = digits(body);
    let second = match text.as_bytes().get(8..) {
        // Those before 2013 marked whose number it was (`W`: the wife of its bearer) and count as nothing.
        Some([] | [b'T' | b'W' | b'X']) => 0,
        Some([letter @ b'A'..=b'I']) => letter.wrapping_sub(b'A').wrapping_add(1),
        _ => return false,
    };
    let values: Vec<u8> = body.iter().copied().chain([second]).collect();
    let remainder = weighted_mod(&values, &[8, 7, 6, 5, 4, 3, 2, 9], 23);
    let letters = b"WABCDEFGHIJKLMNOPQRSTUV";
    body.len() == 7 && usize::try_from(remainder).is_ok_and(|remainder| letters.get(remainder) == Some(check))
}

/// Whether a text is a French NIR with its key.
///
/// After INSEE: sex, year, month (20 and more where the date is not known),
/// department (2A and 2B for Corsica), commune, serial, and 97 minus the
/// remainder of all that.
pub(super) fn is_fr_nir(text: &str) -> bool {
    let code = characters(text);
    let department = code.get(5..7).unwrap_or_default();
    // INSEE counts Corsica as 19 and 18, its department's numbers before 1976.
    let counted = match department {
        "2A" => code.replacen("2A", "19", 1),
        "2B" => code.replacen("2B", "18", 1),
        _ => code.clone(),
    };
    let digits = digits(&counted);
    let [sex, _, _, m1, m2, p1, p2, c1, c2, c3, n1, n2, n3, k1, k2] = *digits else {
        return false;
    };
    // In one piece it looks like any other number of 15 digits: only what is usual passes.
    let is_usual = matches!(sex, 1 | 2) && matches!(number(&[m1, m2]), 1..=12);
    let is_allowed = matches!(sex, 1..=4 | 7 | 8) && matches!(number(&[m1, m2]), 1..=12 | 20..=42 | 50..=99);
    let remainder = number(digits.get(..13).unwrap_or_default()) % 97;
    code.len() == 15
        && (is_usual || is_allowed && text.len() > code.len())
        && number(&[p1, p2]) != 0
        && number(&[c1, c2, c3]) != 0
        && number(&[n1, n2, n3]) != 0
        && number(&[k1, k2]) == 97_u64.saturating_sub(remainder)
}

/// Whether a text is a Belgian national register number, or a BIS number, whose month has 20 or 40 more.
///
/// After the royal decree of 3 April 1984: date, serial, and 97 minus the
/// remainder of the nine digits, after a 2 for those born from 2000 on. Parts of
/// a date that is not known are zeros.
pub(super) fn is_be_nrn(text: &str) -> bool {
    let digits = digits(text);
    let [y1, y2, m1, m2, d1, d2, s1, s2, s3, k1, k2] = *digits else {
        return false;
    };
    let body = number(digits.get(..9).unwrap_or_default());
    let key = number(&[k1, k2]);
    let month = match number(&[m1, m2]) {
        month @ 20..=32 => month.saturating_sub(20),
        month @ 40..=52 => month.saturating_sub(40),
        month => month,
    };
    let day = number(&[d1, d2]);
    let is_unknown = month == 0 && day <= 31 || month <= 12 && day == 0;
    [(19, 0), (20, 2_000_000_000)].into_iter().any(|(century, lead): (u64, u64)| {
        let is_day = is_date(year(century, y1, y2), month, day) || is_unknown;
        is_day && key == 97_u64.saturating_sub(lead.saturating_add(body) % 97)
    }) && number(&[s1, s2, s3]) != 0
}

/// Whether a text is a Dutch citizen service number: nine digits that pass the 11-proof.
///
/// After the Rijksdienst voor Identiteitsgegevens: weights 9 to 2, and minus
/// one, which is ten by 11, for the last.
pub(super) fn is_nl_bsn(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 9
        && digits.iter().any(|digit| *digit != 0)
        && weighted_mod(&digits, &[9, 8, 7, 6, 5, 4, 3, 2, 10], 11) == 0
}

/// Whether a text is a Luxembourgish matricule of a person.
///
/// After the law of 19 June 2013: date with the century, three digits, and two
/// checks over those eleven: Luhn, then Verhoeff.
pub(super) fn is_lu_matricule(text: &str) -> bool {
    let Some([c1, c2, y1, y2, m1, m2, d1, d2, s1, s2, s3, by_luhn, by_verhoeff]) = exactly(text) else {
        return false;
    };
    let body = [c1, c2, y1, y2, m1, m2, d1, d2, s1, s2, s3];
    let with = |check: u8| body.iter().copied().chain([check]).collect::<Vec<u8>>();
    let century = number(&[c1, c2]);
    (18..=20).contains(&century)
        && is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2]))
        && luhn(&with(by_luhn))
        && verhoeff(&with(by_verhoeff))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(passes: fn(&str) -> bool, table: &[(&str, bool)]) {
        for (text, expected) in table {
            assert_eq!(passes(text), *expected, "{text}");
        }
    }

    #[test]
    fn uk_nino() {
        check(
            is_uk_nino,
            &[
                ("AB 12 34 56 C", true),
                ("JG103759A", true),
                ("jg103759a", true),
                ("QQ123456C", false), // HMRC's example is never issued
                ("GB123456A", false),
                ("AO123456A", false),
                ("AB123456E", false),
                ("AB12345C", false),
                ("AB1234567C", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn uk_nhs() {
        check(
            is_uk_nhs,
            &[
                ("943 476 5919", true), // the NHS Data Dictionary
                ("401 023 2137", true),
                ("943 476 5918", false),
                ("000 000 0000", false),
                ("943476591", false),
            ],
        );
    }

    #[test]
    fn uk_utr() {
        check(
            is_uk_utr,
            &[
                ("1955839661", true),
                ("11234 56789", true),
                ("2802347165K", true),
                ("2955839661", false),
                ("0000000000", false),
                ("195583966", false),
            ],
        );
    }

    #[test]
    fn ie_ppsn() {
        check(
            is_ie_ppsn,
            &[
                ("1234567T", true),
                ("1234567FA", true), // the form of 2013
                ("6433435F", true),
                ("6433435OA", true),
                ("1234567TW", true),
                ("1234567S", false),
                ("1234567FB", false),
                ("1234567FÖ", false),
                ("123456T", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn fr_nir() {
        check(
            is_fr_nir,
            &[
                ("2 95 10 99 126 111 93", true), // INSEE
                ("1 85 05 78 006 084 91", true),
                ("2 69 05 2A 588 157 17", true),
                ("2 91 11 2B 033 021 37", true),
                ("1 85 05 78 006 084 92", false),
                ("1 85 13 78 006 084 87", false),
                ("185057800608491", true),
                ("1 85 05 78 006 084", false),
                ("2 69 05 2C 588 157 17", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn be_nrn() {
        check(
            is_be_nrn,
            &[
                ("85.07.30-033.28", true), // the register's example
                ("17.07.30-033.84", true), // of this century
                ("76.41.22-105.51", true), // BIS
                ("85.00.00-033.06", true), // date unknown
                ("85.07.30-033.29", false),
                ("85.07.32-033.28", false),
                ("85.07.30-033.2", false),
            ],
        );
    }

    #[test]
    fn nl_bsn() {
        check(
            is_nl_bsn,
            &[
                ("111222333", true), // the usual test number
                ("2847.13.958", true),
                ("123456782", true),
                ("111222334", false),
                ("000000000", false),
                ("11122233", false),
            ],
        );
    }

    #[test]
    fn lu_matricule() {
        check(
            is_lu_matricule,
            &[
                ("1893120105732", true),
                ("19780412 302 82", true),
                ("1893120105733", false), // Verhoeff
                ("1893120105742", false), // Luhn
                ("1893130105732", false),
                ("189312010573", false),
            ],
        );
    }
}
