//! Identifiers of the centre: Germany, Austria, Switzerland, Poland, Czechia, Slovakia, Hungary.

use super::check_digits::{is_date, iso7064_mod_11_10, weighted_mod};
use super::{characters, digits, exactly, number, year};

/// Whether a text is a German tax identification number (`IdNr`).
///
/// After the Bundeszentralamt für Steuern: of the first ten digits, which do
/// not begin with zero, exactly one stands twice or three times, three times not
/// in a row; the last is ISO/IEC 7064 MOD 11,10.
pub(super) fn is_de_steuer_id(text: &str) -> bool {
    let digits = digits(text);
    let Some((_, body)) = digits.split_last() else {
        return false;
    };
    let mut counts = [0_usize; 10];
    for digit in body {
        if let Some(count) = counts.get_mut(usize::from(*digit)) {
            *count = count.saturating_add(1);
        }
    }
    let repeated: Vec<usize> = counts.into_iter().filter(|count| *count > 1).collect();
    let is_in_row = body.array_windows().any(|[a, b, c]| a == b && b == c);
    digits.len() == 11
        && !body.starts_with(&[0])
        && matches!(*repeated, [2 | 3])
        && !is_in_row
        && iso7064_mod_11_10(&digits)
}

/// Whether a text is a German pension insurance number.
///
/// After § 2 VKVV: area, day, month, year, the first letter of the name at
/// birth, serial, check digit. The letter counts as its place in the alphabet,
/// each digit times its weight adds its own digits.
pub(super) fn is_de_svnr(text: &str) -> bool {
    let text = characters(text);
    let letter = text.as_bytes().get(8).copied().filter(u8::is_ascii_uppercase);
    let numbers: Option<[u8; 11]> = exactly(&text);
    let (Some(letter), Some([a1, a2, d1, d2, m1, m2, y1, y2, s1, s2, check])) = (letter, numbers) else {
        return false;
    };
    let place = letter.wrapping_sub(b'A').wrapping_add(1);
    let values = [a1, a2, d1, d2, m1, m2, y1, y2, place / 10, place % 10, s1, s2];
    let weights = [2_u8, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let products = values.iter().zip(weights).map(|(value, weight)| value.saturating_mul(weight));
    let sum: u32 =
        products.map(|product| u32::from(product / 10).saturating_add(u32::from(product % 10))).sum();
    text.len() == 12
        && number(&[a1, a2]) >= 2
        && is_date(2000, number(&[m1, m2]), number(&[d1, d2]))
        && sum % 10 == u32::from(check)
}

/// Characters that German identity cards and passports use beside digits.
const DE_DOCUMENT_LETTERS: &[u8] = b"CFGHJKLMNPRTVWXYZ";

/// Whether a text is the serial number of a German identity card.
///
/// After the Bundesministerium des Innern: since 2010 nine characters that begin
/// with a letter of the issuing authority, and a check digit with the weights 7,
/// 3 and 1 (ICAO Doc 9303) that is not always written; before, ten digits with it.
pub(super) fn is_de_personalausweis(text: &str) -> bool {
    let text = characters(text);
    let values: Vec<u8> = text
        .bytes()
        .filter_map(|byte| char::from(byte).to_digit(36))
        .filter_map(|v| u8::try_from(v).ok())
        .collect();
    let Some((first, rest)) = text.as_bytes().split_first() else {
        return false;
    };
    let is_numbered = rest.iter().any(u8::is_ascii_digit);
    let is_written = rest.iter().all(|byte| byte.is_ascii_digit() || DE_DOCUMENT_LETTERS.contains(byte));
    let is_checked = || match values.as_slice() {
        [body @ .., check] => weighted_mod(body, &[7, 3, 1, 7, 3, 1, 7, 3, 1], 10) == u32::from(*check),
        [] => false,
    };
    let is_letter = b"LMNPRTVWXY".contains(first);
    match values.len() {
        9 => is_letter && is_written && is_numbered,
        10 => (is_letter && is_written || first.is_ascii_digit()) && is_checked(),
        _ => false,
    }
}

/// Whether a text is an Austrian social insurance number.
///
/// After the Dachverband der Sozialversicherungsträger: serial, check by 11,
/// date of birth, whose month goes beyond 12 where serials ran out.
pub(super) fn is_at_svnr(text: &str) -> bool {
    let Some([s1, s2, s3, check, d1, d2, m1, m2, y1, y2]) = exactly(text) else {
        return false;
    };
    let values = [s1, s2, s3, d1, d2, m1, m2, y1, y2];
    let month = match number(&[m1, m2]) {
        13..=15 => 1, // Not a month: any day may go with it.
        month => month,
    };
    s1 != 0
        && [19, 20].into_iter().any(|century| is_date(year(century, y1, y2), month, number(&[d1, d2])))
        && weighted_mod(&values, &[3, 7, 9, 5, 8, 4, 2, 1, 6], 11) == u32::from(check)
}

/// Whether a text is a Swiss AHV number: 13 digits of EAN-13 that begin with 756.
///
/// After the Zentrale Ausgleichsstelle.
pub(super) fn is_ch_ahv(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 13
        && digits.starts_with(&[7, 5, 6])
        && weighted_mod(&digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1], 10) == 0
}

/// Whether a text is a Polish PESEL of someone born from 1900 to 2099.
///
/// After the act on population registration of 2010: date, whose month has 20
/// more from 2000 on, serial, a check by 10.
pub(super) fn is_pl_pesel(text: &str) -> bool {
    let digits = digits(text);
    let [y1, y2, m1, m2, d1, d2, _, _, _, _, _] = *digits else {
        return false;
    };
    let (century, month) = match number(&[m1, m2]) {
        month @ 21..=32 => (20, month.saturating_sub(20)),
        month => (19, month),
    };
    is_date(year(century, y1, y2), month, number(&[d1, d2]))
        && weighted_mod(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10) == 0
}

/// Whether a text is a Polish tax identification number: ten digits, the last a check by 11.
///
/// After the regulation of the Minister of Finance on NIP.
pub(super) fn is_pl_nip(text: &str) -> bool {
    let digits = digits(text);
    let [body @ .., check] = digits.as_slice() else {
        return false;
    };
    body.len() == 9
        && body.iter().any(|digit| *digit != 0)
        && weighted_mod(&digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7], 11) == u32::from(*check)
}

/// Whether a text is a Czech or Slovak birth number.
///
/// After act 133/2000 and its Slovak sister 301/1995: date, whose month has 50 more for
/// women and 20 more where serials ran out, serial. From 1954 on ten digits that
/// 11 divides, or, until 1985, whose first nine leave 10 and whose last is zero; before, nine.
pub(super) fn is_cz_rodne_cislo(text: &str) -> bool {
    let digits = digits(text);
    let [y1, y2, m1, m2, d1, d2, rest @ ..] = digits.as_slice() else {
        return false;
    };
    let in_century = number(&[*y1, *y2]);
    let (century, is_checked) = match rest {
        [_, _, _] => (19, in_century < 54),
        [_, _, _, check] => {
            let remainder = number(digits.get(..9).unwrap_or_default()) % 11;
            let is_old = (54..=85).contains(&in_century) && remainder == 10 && *check == 0;
            (if in_century < 54 { 20 } else { 19 }, is_old || remainder == u64::from(*check))
        }
        _ => return false,
    };
    let month = match (number(&[*m1, *m2]), century) {
        (month @ 51..=62, _) => month.saturating_sub(50),
        (month @ 21..=32, 20) => month.saturating_sub(20),
        (month @ 71..=82, 20) => month.saturating_sub(70),
        (month, _) => month,
    };
    is_checked && is_date(year(century, *y1, *y2), month, number(&[*d1, *d2]))
}

/// Whether a text is a Hungarian social security number (TAJ): nine digits, weights 3 and 7, a check by 10.
///
/// After act XX of 1996 on identification methods.
pub(super) fn is_hu_taj(text: &str) -> bool {
    let digits = digits(text);
    let [body @ .., check] = digits.as_slice() else {
        return false;
    };
    body.len() == 8
        && body.iter().any(|digit| *digit != 0)
        && weighted_mod(body, &[3, 7, 3, 7, 3, 7, 3, 7], 10) == u32::from(*check)
}

/// Last day that a Hungarian tax number is taken to count to from 1867: in 2100.
const HU_DAYS_MAX: u64 = 85_000;

/// Whether a text is a Hungarian tax identification number of a person.
///
/// After act CL of 2017, annex 1: 8, the days from 1867 to the birth, serial, the sum of
/// each digit times its place by 11.
pub(super) fn is_hu_tax_id(text: &str) -> bool {
    let digits = digits(text);
    let [8, d1, d2, d3, d4, d5, _, _, _, check] = *digits else {
        return false;
    };
    number(&[d1, d2, d3, d4, d5]) <= HU_DAYS_MAX
        && weighted_mod(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9], 11) == u32::from(check)
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
    fn de_steuer_id() {
        check(
            is_de_steuer_id,
            &[
                ("86 095 742 719", true), // the office's example
                ("47036892816", true),
                ("65929970489", true), // three nines
                ("86095742718", false),
                ("12345678903", false), // none repeats
                ("06095742719", false),
                ("86095742", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn de_svnr() {
        check(
            is_de_svnr,
            &[
                ("15 070649 C 103", true), // the insurance's example
                ("53240875M047", true),
                ("15070649c103", true),
                ("15 070649 C 104", false),
                ("15 320649 C 103", false),
                ("1507064911103", false),
                ("15070649C10", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn de_personalausweis() {
        check(
            is_de_personalausweis,
            &[
                ("T22000129", true), // the ministry's example
                ("T220001293", true),
                ("1220001297", true), // of before 2010
                ("L01X00T471", true),
                ("T220001294", false),
                ("A22000129", false),
                ("Vnnnnnnnn", false),
                ("T2200012", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn at_svnr() {
        check(
            is_at_svnr,
            &[
                ("1237 010180", true), // the example of the social insurance
                ("7826280987", true),
                ("1238 010180", false),
                ("1237 321280", false),
                ("0237 010180", false),
                ("1237 01018", false),
            ],
        );
    }

    #[test]
    fn ch_ahv() {
        check(
            is_ch_ahv,
            &[
                ("756.9217.0769.85", true), // the office's example
                ("7561234567897", true),
                ("756.9217.0769.84", false),
                ("757.9217.0769.82", false),
                ("756.9217.0769.8", false),
            ],
        );
    }

    #[test]
    fn pl_pesel() {
        check(
            is_pl_pesel,
            &[
                ("44051401359", true),
                ("02070803628", true), // the ministry's example
                ("03211542785", true),
                ("44051401358", false),
                ("44131401359", false),
                ("4405140135", false),
            ],
        );
    }

    #[test]
    fn pl_nip() {
        check(
            is_pl_nip,
            &[
                ("123-456-32-18", true),
                ("PL5261040828", true),
                ("123-456-32-19", false),
                ("000-000-00-00", false),
                ("123-456-32-1", false),
            ],
        );
    }

    #[test]
    fn cz_rodne_cislo() {
        check(
            is_cz_rodne_cislo,
            &[
                ("736028/5163", true), // a woman
                ("851104/2771", true),
                ("530612/123", true), // of before 1954
                ("540612/123", false),
                ("736028/5164", false),
                ("731328/5163", false),
                ("736028/51", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn hu_taj() {
        check(
            is_hu_taj,
            &[
                ("111111110", true),
                ("483 920 154", true),
                ("483 920 155", false),
                ("000 000 000", false),
                ("48392015", false),
            ],
        );
    }

    #[test]
    fn hu_tax_id() {
        check(
            is_hu_tax_id,
            &[
                ("8071592153", true),
                ("8384721696", true),
                ("8071592154", false),
                ("7071592153", false),
                ("8991592153", false), // beyond the days
                ("807159215", false),
            ],
        );
    }
}
