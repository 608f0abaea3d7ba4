//! Personal identity numbers of the north: Sweden, Finland, Denmark, Norway, Iceland, Baltic states.
//!
//! All of them begin with a date of birth. None reads the clock, so a date
//! that lies ahead passes.

use super::check_digits::{is_date, luhn, weighted_mod};
use super::{digits, exactly, number, year};

/// What is added to the day in a Swedish coordination number.
const COORDINATION_DAYS: u64 = 60;

/// Whether a text is a Swedish personal identity number or coordination number.
///
/// After Skatteverket: date of birth, three digits, Luhn over the last ten.
/// Ten digits of a coordination number are taken only with words around them:
/// the numbers of other countries that begin with a day look alike.
pub(super) fn is_se_personnummer(text: &str) -> bool {
    let digits = digits(text);
    let (centuries, short) = match digits.as_slice() {
        [1, 8, short @ ..] if short.len() == 10 => (18..=18, short),
        [1, 9, short @ ..] if short.len() == 10 => (19..=19, short),
        [2, 0, short @ ..] if short.len() == 10 => (20..=20, short),
        short if text.contains('+') => (18..=19, short),
        short => (19..=20, short),
    };
    let [y1, y2, m1, m2, d1, d2, _, _, _, _] = *short else {
        return false;
    };
    let is_clear = digits.len() == 12 || text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_born = |day: u64| {
        let years = centuries.clone().map(|century| year(century, y1, y2));
        years.into_iter().any(|year| is_date(year, number(&[m1, m2]), day))
    };
    let day = number(&[d1, d2]);
    luhn(short) && (is_born(day) || is_clear && is_born(day.saturating_sub(COORDINATION_DAYS)))
}

/// The check characters of Finland, by remainder.
const HETU_CHARACTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// Whether a text is a Finnish personal identity code.
///
/// After the Digital and Population Data Services Agency: date, a sign for the
/// century (several since 2023), three digits from 002, the remainder by 31.
pub(super) fn is_fi_hetu(text: &str) -> bool {
    // Words may stand around it, in the same hit.
    let code: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take(11).collect();
    let [date @ .., sign, _, _, _, check] = code.as_bytes() else {
        return false;
    };
    let century = match sign.to_ascii_uppercase() {
        b'+' => 18,
        b'-' | b'U'..=b'Y' => 19,
        b'A'..=b'F' => 20,
        _ => return false,
    };
    let numbers = digits(&code.chars().take(10).collect::<String>());
    let [d1, d2, m1, m2, y1, y2, n1, n2, n3] = *numbers else {
        return false;
    };
    let remainder = usize::try_from(number(&numbers) % 31).unwrap_or_default();
    date.len() == 6
        && is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2]))
        && number(&[n1, n2, n3]) >= 2
        && HETU_CHARACTERS.get(remainder) == Some(&check.to_ascii_uppercase())
}

/// Whether a text is a Danish CPR number, as far as it can be told.
///
/// After the CPR office: day, month, year, and four digits of which the first
/// tells the century. The remainder by 11 has not been kept since 2007.
pub(super) fn is_dk_cpr(text: &str) -> bool {
    let Some([d1, d2, m1, m2, y1, y2, series, _, _, _]) = exactly(text) else {
        return false;
    };
    let century = match (series, number(&[y1, y2])) {
        (0..=3, _) | (4 | 9, 37..) => 19,
        (4 | 9, _) | (_, ..=57) => 20,
        (_, _) => 18,
    };
    is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2]))
}

/// Whether a text is a Norwegian birth number, D-number, or one of a test population.
///
/// After Skatteetaten: day (40 more in a D-number), month (40, 65 or 80 more for
/// tests and hospitals), year, three digits that tell the century, two checks by 11.
pub(super) fn is_no_fodselsnummer(text: &str) -> bool {
    let digits = digits(text);
    let [d1, d2, m1, m2, y1, y2, i1, i2, i3, _, _] = *digits else {
        return false;
    };
    let century = match (number(&[i1, i2, i3]), number(&[y1, y2])) {
        (..=499, _) | (900.., 40..) => 19,
        (500..=749, 54..) => 18,
        (_, ..=39) => 20,
        (_, _) => return false,
    };
    let day = match number(&[d1, d2]) {
        day @ 41..=71 => day.saturating_sub(40),
        day => day,
    };
    // In one piece it looks like any other number of eleven digits: only what people have passes.
    let month = match number(&[m1, m2]) {
        month if text.len() == digits.len() => month,
        month @ 41..=52 => month.saturating_sub(40),
        month @ 66..=77 => month.saturating_sub(65),
        month @ 81..=92 => month.saturating_sub(80),
        month => month,
    };
    is_date(year(century, y1, y2), month, day)
        && weighted_mod(&digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1], 11) == 0
        && weighted_mod(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], 11) == 0
}

/// Whether a text is an Icelandic kennitala, of a person or, with 40 days more, of a company.
///
/// After Registers Iceland: date, two digits, a check by 11, and 9 or 0 for the century.
pub(super) fn is_is_kennitala(text: &str) -> bool {
    let digits = digits(text);
    let [d1, d2, m1, m2, y1, y2, _, _, _, century] = *digits else {
        return false;
    };
    let century = match century {
        9 => 19,
        0 => 20,
        _ => return false,
    };
    let day = match number(&[d1, d2]) {
        day @ 41..=71 => day.saturating_sub(40),
        day => day,
    };
    is_date(year(century, y1, y2), number(&[m1, m2]), day)
        && weighted_mod(&digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1], 11) == 0
}

/// Whether a text is an Estonian or Lithuanian personal code (EVS 585; the law on the register of residents).
///
/// A digit for century and sex, date, serial, and a check by 11 with a second
/// row of weights where the first leaves 10.
pub(super) fn is_baltic_code(text: &str) -> bool {
    let digits = digits(text);
    let [sex, y1, y2, m1, m2, d1, d2, _, _, _, check] = *digits else {
        return false;
    };
    let century = match sex {
        1 | 2 => 18,
        3 | 4 => 19,
        5 | 6 => 20,
        _ => return false,
    };
    let remainder = match weighted_mod(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1], 11) {
        10 => weighted_mod(&digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3], 11) % 10,
        remainder => remainder,
    };
    is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2])) && remainder == u32::from(check)
}

/// Whether a text is a Latvian personal code.
///
/// After the Office of Citizenship and Migration Affairs: date, a digit for the
/// century, and a check by 11; those given since July 2017 begin with 32 and say
/// nothing, not even by a check digit.
pub(super) fn is_lv_personas_kods(text: &str) -> bool {
    let digits = digits(text);
    let [d1, d2, m1, m2, y1, y2, century, _, _, _, check] = *digits else {
        return false;
    };
    if [d1, d2] == [3, 2] {
        return true;
    }
    let sum = weighted_mod(&digits, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9], 11).saturating_add(1) % 11;
    century <= 2
        && is_date(year(u64::from(century).saturating_add(18), y1, y2), number(&[m1, m2]), number(&[d1, d2]))
        && sum % 10 == u32::from(check)
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
    fn se_personnummer() {
        check(
            is_se_personnummer,
            &[
                ("811228-9874", true),
                ("19811228-9874", true),
                ("8112289874", true),
                ("121212+1212", true),
                ("18121212-1212", true),
                ("17121212-1212", false),
                ("811228-9875", false),
                ("811328-9874", false),
                ("701063-2391", false), // a coordination number, unclear
                ("19701063-2391", true),
                ("samordningsnummer 701063-2391", true),
                ("21811228-9874", false),
                ("811228-987", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn fi_hetu() {
        check(
            is_fi_hetu,
            &[
                ("131052-308T", true), // the agency's example
                ("131052-308t", true),
                ("131052-3151 (hetu)", true),
                ("010203A9046", true),
                ("240787U123J", true),
                ("131052-308U", false),
                ("131052G308T", false),
                ("310252-308T", false),
                ("010101-001N", false), // below 002
                ("131052308T", false),
                ("", false),
            ],
        );
    }

    #[test]
    fn dk_cpr() {
        check(
            is_dk_cpr,
            &[
                ("070761-4285", true), // the CPR office
                ("150899-0213", true),
                ("290200-4123", true),  // 2000
                ("290200-0123", false), // 1900
                ("310461-4285", false),
                ("0707614285", true),
                ("070761-428", false),
            ],
        );
    }

    #[test]
    fn no_fodselsnummer() {
        check(
            is_no_fodselsnummer,
            &[
                ("010190 21498", true),
                ("24068533194", true),
                ("55077641423", true), // D-number
                ("01019021499", false),
                ("01139021498", false),
                ("0101902149", false),
            ],
        );
    }

    #[test]
    fn is_kennitala() {
        check(
            is_is_kennitala,
            &[
                ("120174-3399", true),
                ("450401-3150", true), // a company
                ("120174-3389", false),
                ("120174-3398", false), // century
                ("321374-3399", false),
                ("120174-339", false),
            ],
        );
    }

    #[test]
    fn baltic_code() {
        check(
            is_baltic_code,
            &[
                ("37605030299", true), // Estonia
                ("49207110482", true),
                ("60103192217", true),
                ("33309240064", true), // Lithuania
                ("37605030298", false),
                ("37613030299", false),
                ("07605030299", false),
                ("3760503029", false),
            ],
        );
    }

    #[test]
    fn lv_personas_kods() {
        check(
            is_lv_personas_kods,
            &[
                ("161175-19997", true),
                ("32867300679", true), // of the new kind
                ("161175-19998", false),
                ("161375-19997", false),
                ("33867300679", false),
                ("161175-1999", false),
            ],
        );
    }
}
