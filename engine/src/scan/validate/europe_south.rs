//! Identifiers of the south: Spain, Portugal, Italy, Greece, Malta, Cyprus, Turkey.

use super::check_digits::{is_date, luhn, weighted_mod};
use super::{characters, digits, exactly, number, year};

/// The control letters of Spain, by the remainder of the number by 23.
const ES_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// Whether seven or eight digits and a control letter belong together.
fn is_es_control(body: &[u8], letter: u8) -> bool {
    let remainder = usize::try_from(number(body) % 23).unwrap_or_default();
    ES_LETTERS.get(remainder) == Some(&letter)
}

/// Whether a text is a Spanish DNI, or the NIF of a person without one (`K`, `L`, `M`).
///
/// After the Ministerio del Interior and royal decree 1065/2007.
pub(super) fn is_es_dni(text: &str) -> bool {
    let text = characters(text);
    let (is_nif, code) = match text.as_bytes() {
        [b'K' | b'L' | b'M', code @ ..] => (true, code),
        code => (false, code),
    };
    let Some((letter, body)) = code.split_last() else {
        return false;
    };
    let numbers = digits(&text);
    numbers.len() == body.len()
        && body.len() == if is_nif { 7 } else { 8 }
        && number(&numbers) != 0
        && is_es_control(&numbers, *letter)
}

/// Whether a text is a Spanish identity number for foreigners, whose `X`, `Y`, `Z` count as 0, 1, 2.
///
/// After the Ministerio del Interior.
pub(super) fn is_es_nie(text: &str) -> bool {
    let text = characters(text);
    let [first @ b'X'..=b'Z', .., letter] = text.as_bytes() else {
        return false;
    };
    let mut body = digits(&text);
    // Those of before 2008 have an eighth digit, a zero.
    let is_length = text.len() == body.len().saturating_add(2)
        && matches!(*body, [_, _, _, _, _, _, _] | [0, _, _, _, _, _, _, _]);
    body.insert(0, first.wrapping_sub(b'X'));
    is_length && is_es_control(&body, *letter)
}

/// Whether a text is a Portuguese tax number: nine digits, weights 9 to 2, a check by 11.
///
/// After the Autoridade Tributária e Aduaneira; 4 and 7 begin none but 45 and 70 to 79.
pub(super) fn is_pt_nif(text: &str) -> bool {
    let digits = digits(text);
    let [d1, d2, _, _, _, _, _, _, check] = *digits else {
        return false;
    };
    let expected = match weighted_mod(&digits, &[9, 8, 7, 6, 5, 4, 3, 2], 11) {
        0 | 1 => 0,
        remainder => 11_u32.saturating_sub(remainder),
    };
    d1 != 0 && (d1 != 4 || d2 == 5) && expected == u32::from(check)
}

/// What a character at an odd place of a codice fiscale counts, `A` and `0` first.
const IT_ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// Letters that stand for digits where two people would have one code, `0` first.
const IT_OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";

/// Months of a codice fiscale, January first.
const IT_MONTHS: &[u8; 12] = b"ABCDEHLMPRST";

/// Whether a text is an Italian codice fiscale of a person.
///
/// After the decree of 23 December 1976: name, year, month as a letter, day
/// (40 more for women), place, and a check letter by 26.
pub(super) fn is_it_codice_fiscale(text: &str) -> bool {
    let text = characters(text);
    let bytes = text.as_bytes();
    let Some((check, body)) = bytes.split_last() else {
        return false;
    };
    let digit = |at: usize| {
        let byte = bytes.get(at)?;
        match IT_OMOCODIA.iter().position(|letter| letter == byte) {
            Some(place) => u8::try_from(place).ok(),
            None => byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0')),
        }
    };
    let places = [6, 7, 9, 10, 12, 13, 14].map(digit);
    let [Some(y1), Some(y2), Some(d1), Some(d2), Some(_), Some(_), Some(_)] = places else {
        return false;
    };
    let month = bytes.get(8).and_then(|letter| IT_MONTHS.iter().position(|month| month == letter));
    let month = month.and_then(|month| u64::try_from(month).ok()).map_or(0, |month| month.saturating_add(1));
    let day = match number(&[d1, d2]) {
        day @ 41..=71 => day.saturating_sub(40),
        day => day,
    };
    let is_born = [19, 20].into_iter().any(|century| is_date(year(century, y1, y2), month, day));
    let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    // Words of 16 letters have no digit; people whose code has none left do not exist.
    bytes.len() == 16
        && bytes.iter().any(u8::is_ascii_digit)
        && (0..6).chain([11]).all(is_letter)
        && is_born
        && check.is_ascii_uppercase()
        && it_sum(body) % 26 == u32::from(check.wrapping_sub(b'A'))
}

/// The sum of a codice fiscale's characters, the first place being odd.
fn it_sum(body: &[u8]) -> u32 {
    let values = body.iter().map(|byte| match byte {
        b'0'..=b'9' => byte.wrapping_sub(b'0'),
        byte => byte.wrapping_sub(b'A'),
    });
    let is_odd = [true, false].into_iter().cycle();
    values
        .zip(is_odd)
        .map(|(value, is_odd)| {
            let odd = IT_ODD.get(usize::from(value)).copied().unwrap_or_default();
            if is_odd { odd } else { u32::from(value) }
        })
        .fold(0, u32::saturating_add)
}

/// Whether a text is a Greek social security number (AMKA): date of birth, serial, Luhn.
///
/// After IDIKA.
pub(super) fn is_gr_amka(text: &str) -> bool {
    let digits = digits(text);
    let [d1, d2, m1, m2, y1, y2, _, _, _, _, _] = *digits else {
        return false;
    };
    let is_born = [19, 20]
        .into_iter()
        .any(|century| is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2])));
    is_born && luhn(&digits)
}

/// Whether a text is a Greek tax number (AFM): nine digits, powers of two, a check by 11.
///
/// After the Independent Authority for Public Revenue.
pub(super) fn is_gr_afm(text: &str) -> bool {
    let digits = digits(text);
    let [body @ .., check] = digits.as_slice() else {
        return false;
    };
    body.len() == 8
        && body.iter().any(|digit| *digit != 0)
        && weighted_mod(body, &[256, 128, 64, 32, 16, 8, 4, 2], 11) % 10 == u32::from(*check)
}

/// Whether a text is a Maltese identity card number: up to seven digits and the letter of a register.
///
/// After Identità. There is no check digit.
pub(super) fn is_mt_id(text: &str) -> bool {
    let text = characters(text);
    let [body @ .., register] = text.as_bytes() else {
        return false;
    };
    (3..=7).contains(&body.len())
        && body.iter().all(u8::is_ascii_digit)
        && body.iter().any(|digit| *digit != b'0')
        && b"ABGHLMPZ".contains(register)
}

/// Whether a text is a Cypriot tax identification code: eight digits and a letter by 26.
///
/// After the Tax Department. Places count as in an Italian code; `CY` may stand before it.
pub(super) fn is_cy_tic(text: &str) -> bool {
    let text = characters(text);
    let [body @ .., check] = text.strip_prefix("CY").unwrap_or(&text).as_bytes() else {
        return false;
    };
    body.len() == 8
        && body.iter().all(u8::is_ascii_digit)
        && !body.starts_with(b"12")
        && check.is_ascii_uppercase()
        && it_sum(body) % 26 == u32::from(check.wrapping_sub(b'A'))
}

/// Whether a text is a Turkish identity number: eleven digits, two checks by 10.
///
/// After the general directorate of population and citizenship affairs.
pub(super) fn is_tr_kimlik(text: &str) -> bool {
    let Some([d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11]) = exactly(text) else {
        return false;
    };
    let odd = [d1, d3, d5, d7, d9];
    let even = [d2, d4, d6, d8];
    // Minus one is nine by ten.
    let first = weighted_mod(&odd, &[7; 5], 10).saturating_add(weighted_mod(&even, &[9; 4], 10)) % 10;
    let first_ten = [d1, d2, d3, d4, d5, d6, d7, d8, d9, d10];
    d1 != 0 && first == u32::from(d10) && weighted_mod(&first_ten, &[1; 10], 10) == u32::from(d11)
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
    fn es_dni() {
        check(
            is_es_dni,
            &[
                ("12345678Z", true), // the ministry's example
                ("48.213.907-L", true),
                ("K1234567L", true),
                ("12345678A", false),
                ("1234567L", false),
                ("00000000T", false),
                ("123456789", false),
                ("Z", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn es_nie() {
        check(
            is_es_nie,
            &[
                ("X1234567L", true),
                ("Y-2938471-M", true),
                ("X01234567L", true), // of before 2008
                ("X1234567M", false),
                ("W1234567L", false),
                ("X123456L", false),
                ("X", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn pt_nif() {
        check(
            is_pt_nif,
            &[
                ("123456789", true),
                ("501 442 600", true),
                ("PT501964843", true),
                ("123456788", false),
                ("012345678", false),
                ("423623630", false),
                ("12345678", false),
            ],
        );
    }

    #[test]
    fn it_codice_fiscale() {
        check(
            is_it_codice_fiscale,
            &[
                ("RSSMRA85T10A562S", true),
                ("MRTMTT25D09F205Z", true),
                ("VRDGNN72C58F205O", true), // a woman
                ("RSSMRA85T10A56NH", true), // omocodia
                ("rssmra85t10a562s", true),
                ("RSSMRA85T10A562T", false),
                ("RSSMRA85F10A562S", false),
                ("RSSMRA85T72A562S", false),
                ("RSSMRA85T10A562", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn gr_amka() {
        check(
            is_gr_amka,
            &[
                ("01018000123", true),
                ("17099203444", true),
                ("01018000124", false),
                ("01138000123", false),
                ("0101800012", false),
            ],
        );
    }

    #[test]
    fn gr_afm() {
        check(
            is_gr_afm,
            &[
                ("094259216", true),
                ("EL 094259216", true),
                ("094259217", false),
                ("000000000", false),
                ("09425921", false),
            ],
        );
    }

    #[test]
    fn mt_id() {
        check(
            is_mt_id,
            &[
                ("0123456M", true),
                ("478291L", true),
                ("0123456K", false),
                ("0000000M", false),
                ("12345678M", false),
                ("12345A7M", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn cy_tic() {
        check(
            is_cy_tic,
            &[
                ("00530012U", true),
                ("10259033P", true),
                ("10259033Z", false),
                ("12000139V", false), // 12 begins none
                ("1025903P", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn tr_kimlik() {
        check(
            is_tr_kimlik,
            &[
                ("10000000146", true),
                ("56123049808", true),
                ("10000000147", false),
                ("10000000136", false),
                ("01000000146", false),
                ("1000000014", false),
            ],
        );
    }
}
