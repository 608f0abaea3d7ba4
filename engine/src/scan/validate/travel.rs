//! Papers of travellers and drivers, and their vehicles.

use super::check_digits::{is_date, weighted_mod};
use super::{characters, digits, number, year};

/// Characters of the second line of a passport's machine-readable zone.
const MRZ_LINE: usize = 44;

/// Fewest digits in a passport number: those of Germany have mostly letters, but no vowels.
const PASSPORT_DIGITS_MIN: usize = 1;

/// Fewest digits in the number of a driving licence, so that words are none.
const LICENCE_DIGITS_MIN: usize = 3;

/// Whether a text can be a passport number, or is the machine-readable zone of a passport.
///
/// Numbers have no check digit; words, and dates of eight digits, are left out.
pub(super) fn is_passport(text: &str) -> bool {
    let zone: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if zone.len() >= MRZ_LINE {
        return zone.last_chunk::<MRZ_LINE>().is_some_and(is_mrz_line);
    }
    is_document(text, PASSPORT_DIGITS_MIN)
}

/// Whether a line passes the check digits of ICAO Doc 9303, part 4: number,
/// birth, expiry, optional data, and all of them together.
fn is_mrz_line(line: &[u8; MRZ_LINE]) -> bool {
    let values = line.map(|byte| match char::from(byte).to_digit(36) {
        Some(value) => u8::try_from(value).unwrap_or_default(),
        // The filler counts nothing.
        None => 0,
    });
    let parts = [0..10, 13..20, 21..28, 28..43];
    let whole: Vec<u8> = parts
        .iter()
        .take(3)
        .chain([&(28..43), &(43..44)])
        .flat_map(|part| values.get(part.clone()).unwrap_or_default())
        .copied()
        .collect();
    parts.into_iter().all(|part| is_mrz_field(values.get(part).unwrap_or_default())) && is_mrz_field(&whole)
}

/// Whether the last value of a field is its check digit.
fn is_mrz_field(values: &[u8]) -> bool {
    let Some((check, body)) = values.split_last() else {
        return false;
    };
    let weights: Vec<u32> = [7, 3, 1].into_iter().cycle().take(body.len()).collect();
    weighted_mod(body, &weights, 10) == u32::from(*check)
}

/// Whether a text has digits enough for a document, and is no date.
fn is_document(text: &str, digits_min: usize) -> bool {
    let digits = digits(text);
    // Words may stand before it, in the same hit; a letter right before the digits belongs to it.
    let before = text.bytes().take_while(|byte| !byte.is_ascii_digit()).last();
    let is_alone = before.is_none_or(|byte| !byte.is_ascii_alphabetic());
    let is_day = match *digits {
        [y1 @ 1..=2, y2, y3, y4, m1, m2, d1, d2] if is_alone => {
            let birth = number(&[y1, y2, y3, y4]);
            (1_900..2_100).contains(&birth) && is_date(birth, number(&[m1, m2]), number(&[d1, d2]))
        }
        _ => false,
    };
    let is_zero = is_alone && digits.iter().all(|digit| *digit == 0);
    digits.len() >= digits_min && !is_zero && !is_day
}

/// Whether a text can be the number of a driving licence.
///
/// One of Great Britain holds a date (DVLA); the others are asked for digits.
pub(super) fn is_driving_licence(text: &str) -> bool {
    let code = characters(text);
    // Eighteen places where the number of the issue stands behind.
    let number_only = code.as_bytes().get(..16).filter(|_| matches!(code.len(), 16 | 18));
    let Some([_, _, _, _, surname, y1, m1, m2, d1, d2, y2, initial, _, check, c1, c2]) =
        number_only.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
    else {
        return is_document(text, LICENCE_DIGITS_MIN);
    };
    let date = [y1, m1, m2, d1, d2, y2];
    if !(surname.is_ascii_uppercase() || surname == b'9') || initial.is_ascii_digit() && initial != b'9' {
        return is_document(text, LICENCE_DIGITS_MIN);
    }
    let [y1, m1, m2, d1, d2, y2] = date.map(|byte| byte.wrapping_sub(b'0'));
    // Women have 50 more in the month.
    let month = match number(&[m1, m2]) {
        month @ 51..=62 => month.saturating_sub(50),
        month => month,
    };
    let is_born =
        [19, 20].into_iter().any(|century| is_date(year(century, y1, y2), month, number(&[d1, d2])));
    date.iter().all(u8::is_ascii_digit)
        && is_born
        && check.is_ascii_alphanumeric()
        && [c1, c2].iter().all(u8::is_ascii_alphanumeric)
}

/// What the places of a vehicle number count; its check digit stands in the ninth.
const VIN_WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// What the letters of a vehicle number count from `A` on; I, O and Q are not used.
const VIN_LETTERS: &[u8; 26] = b"12345678-12345-7-923456789";

/// Whether a text is a vehicle identification number (ISO 3779).
///
/// Those of North America, and any that stand alone, need the check digit of
/// 49 CFR 565. With a word before them in the same hit the others pass without,
/// as do those of European makers that fill three places up with Z.
pub(super) fn is_vin(text: &str) -> bool {
    let code = characters(text);
    let Some(vin) = code.as_bytes().last_chunk::<17>() else {
        return false;
    };
    let Some(values) = vin.iter().map(|byte| vin_value(*byte)).collect::<Option<Vec<u8>>>() else {
        return false;
    };
    let [first, _, _, f1, f2, f3, .., e1, e2, e3, e4] = *vin;
    let is_told = code.len() > vin.len() || [f1, f2, f3] == *b"ZZZ";
    let expected = match weighted_mod(&values, &VIN_WEIGHTS, 11) {
        10 => b'X',
        remainder => u8::try_from(remainder).unwrap_or_default().saturating_add(b'0'),
    };
    let letters = vin.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let is_serial = [e1, e2, e3, e4].iter().all(u8::is_ascii_digit);
    let is_checked = vin.get(8) == Some(&expected);
    // Numbers alone and hexadecimal ones stay out, of which one in eleven has the check digit.
    let is_vehicle = letters >= 3 && is_serial && vin.iter().any(|byte| (b'G'..=b'Z').contains(byte));
    is_vehicle && (is_checked || is_told && !matches!(first, b'1'..=b'5'))
}

/// What a character of a vehicle number counts, if it may stand in one.
fn vin_value(byte: u8) -> Option<u8> {
    let digit = match byte {
        b'0'..=b'9' => byte,
        _ => *VIN_LETTERS.get(usize::from(byte.checked_sub(b'A')?))?,
    };
    digit.checked_sub(b'0')
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
    fn passport() {
        check(
            is_passport,
            &[
                ("C01X00T47", true),
                ("123456789", true),
                ("19841231", false), // a date
                ("passport until 19841231", false),
                ("C19841231", true),
                ("GKNNNKK6P", true),
                ("FMLW0LGHW", true),
                ("98765432", true),
                ("000000000", false),
                ("CFGHJKLMN", false),
                ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", true), // Doc 9303
                (
                    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
                    true,
                ),
                ("L898902C36UTO7408122F1204159ZE184226B<<<<<11", false),
                ("L898902C46UTO7408122F1204159ZE184226B<<<<<10", false),
            ],
        );
    }

    #[test]
    fn driving_licence() {
        check(
            is_driving_licence,
            &[
                ("MORGA657054SM9IJ", true), // the specimen of the DVLA
                ("MORGA 657054 SM9IJ", true),
                ("MORGA677054SM9IJ", false),
                ("MORGA657324SM9IJ", false),
                ("D1234567", true),
                ("B072RRE2I55", true),
                ("LICENCE", false),
                ("20240131", false),
            ],
        );
    }

    #[test]
    fn vin() {
        check(
            is_vin,
            &[
                ("1M8GDM9AXKP042788", true), // the example of the regulation
                ("5GZCZ43D13S812715", true),
                ("1M8GDM9A1KP042788", false),
                ("VIN: 1M8GDM9A1KP042788", false),
                ("WVWZZZ1JZXW000001", true),
                ("WVWZZZ1JZXWOOOOO1", false),
                ("WBA7E2C50JG123456", false),
                ("VIN WBA7E2C50JG123456", true),
                ("11111111111111111", false),
                ("896BEC3418D1B9184", false), // hexadecimal
                ("1M8GDM9AXKP04278", false),
            ],
        );
    }
}
