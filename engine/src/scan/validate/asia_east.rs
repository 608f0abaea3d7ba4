//! Identifiers of East Asia: China, Hong Kong, Taiwan, Japan, Korea.

use super::check_digits::{is_date, iso7064_mod_11_2, weighted_mod};
use super::{exactly, number, values, year};

/// Whether a text is a Chinese resident identity number.
///
/// After GB 11643-1999: province and county, date of birth, serial, ISO/IEC 7064 MOD 11-2.
pub(super) fn is_cn_id(text: &str) -> bool {
    /// The value of `X` as a character, and as a check.
    const X: (u8, u8) = (33, 10);
    let mut values = values(text);
    if let Some(check) = values.last_mut().filter(|check| **check == X.0) {
        *check = X.1;
    }
    let [p1, p2, c1, c2, t1, t2, y1, y2, y3, y4, m1, m2, d1, d2, _, _, _, check] = *values else {
        return false;
    };
    let is_place = is_cn_place(number(&[p1, p2]), number(&[c1, c2])) && number(&[t1, t2]) > 0;
    let birth = number(&[y1, y2, y3, y4]);
    values.iter().take(17).all(|value| *value <= 9)
        && check <= X.1
        && is_place
        && (1_850..2_100).contains(&birth)
        && is_date(birth, number(&[m1, m2]), number(&[d1, d2]))
        && iso7064_mod_11_2(&values)
}

/// Whether a province of China has a city or prefecture of such a number (GB/T 2260, as it was over the years).
fn is_cn_place(province: u64, city: u64) -> bool {
    match province {
        // Cities that are provinces: their districts and counties.
        11 | 12 | 31 | 50 => matches!(city, 1..=3),
        13..=15 | 21..=23 | 32..=37 | 41..=46 | 51..=54 | 61..=65 => {
            matches!(city, 1..=43 | 51..=53 | 90)
        }
        // Taiwan, Hong Kong, Macao and residents from abroad.
        71 | 81..=83 | 91 => true,
        _ => false,
    }
}

/// What the letters of Taiwan's numbers stand for: the household register that gave it.
const TW_REGISTERS: [u8; 26] =
    [10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33];

/// What a letter counts in Taiwan; `A` has the value 10.
fn tw_register(value: u8) -> Option<u8> {
    TW_REGISTERS.get(usize::from(value.checked_sub(10)?)).copied()
}

/// Whether a text is a Taiwanese identity number, of a citizen or a resident from abroad.
///
/// After the Ministry of the Interior: letter, 1 or 2 (8, 9 or until 2020 a
/// letter from A to D for residents), seven digits, a check by 10.
pub(super) fn is_tw_id(text: &str) -> bool {
    let values = values(text);
    let [register, sex, rest @ ..] = values.as_slice() else {
        return false;
    };
    let Some(register) = tw_register(*register) else {
        return false;
    };
    let sex = match sex {
        1 | 2 | 8 | 9 => *sex,
        // The letters count by their ones alone.
        10..=13 => sex.saturating_sub(10),
        _ => return false,
    };
    let head = [register / 10, register % 10, sex];
    let counted: Vec<u8> = head.iter().chain(rest).copied().collect();
    rest.len() == 8
        && rest.iter().all(|digit| *digit <= 9)
        && weighted_mod(&counted, &[1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1], 10) == 0
}

/// Whether a text is a Hong Kong identity card number.
///
/// After the Immigration Department: one or two letters, six digits, and a
/// check by 11 with A for ten, in brackets as a rule.
pub(super) fn is_hk_id(text: &str) -> bool {
    /// What the place of the missing letter counts.
    const BLANK: u8 = 36;
    let values = values(text);
    let (letters, digits, check) = match values.as_slice() {
        [a, digits @ .., check] if digits.len() == 6 => ([BLANK, *a], digits, *check),
        [a, b, digits @ .., check] if digits.len() == 6 && (10..BLANK).contains(a) => {
            ([*a, *b], digits, *check)
        }
        _ => return false,
    };
    let counted: Vec<u8> = letters.iter().chain(digits).copied().chain([check]).collect();
    matches!(letters, [_, 10..BLANK])
        && digits.iter().all(|digit| *digit <= 9)
        && check <= 10
        && weighted_mod(&counted, &[9, 8, 7, 6, 5, 4, 3, 2, 1], 11) == 0
}

/// Whether a text is a Japanese individual number.
///
/// After ministerial ordinance 85 of 2014: eleven digits, a check by 11.
pub(super) fn is_jp_my_number(text: &str) -> bool {
    let Some(digits) = exactly::<12>(text) else {
        return false;
    };
    let [first, .., check] = digits;
    let expected = match weighted_mod(&digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11) {
        0 | 1 => 0,
        remainder => 11_u32.saturating_sub(remainder),
    };
    digits.iter().any(|digit| *digit != first) && expected == u32::from(check)
}

/// Births from October 2020 on get six random digits without a check; until when they are believed.
const KR_UNCHECKED_YEARS: std::ops::RangeInclusive<u64> = 2020..=2039;

/// Whether a text is a Korean resident registration number.
///
/// After the Resident Registration Act: date, a digit for century, sex and
/// nationality, five more, a check by 11 that residents from abroad once had two above.
pub(super) fn is_kr_rrn(text: &str) -> bool {
    let Some(digits) = exactly::<13>(text) else {
        return false;
    };
    let [y1, y2, m1, m2, d1, d2, kind, .., check] = digits;
    let century = match kind {
        9 | 0 => 18,
        1 | 2 | 5 | 6 => 19,
        _ => 20,
    };
    let (birth, month) = (year(century, y1, y2), number(&[m1, m2]));
    let is_unchecked = KR_UNCHECKED_YEARS.contains(&birth) && (birth, month) >= (2020, 10);
    let remainder = weighted_mod(&digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], 11);
    let is_check = |more: u32| more.saturating_sub(remainder) % 10 == u32::from(check);
    let is_checked = is_check(11) || matches!(kind, 5..=8) && is_check(13);
    is_date(birth, month, number(&[d1, d2])) && (is_checked || is_unchecked)
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
    fn cn_id() {
        check(
            is_cn_id,
            &[
                ("11010519491231002X", true), // the examples of the standard
                ("440524188001010014", true),
                ("110105 19491231 002x", true),
                ("110105194912310021", false),
                ("11010519491331002X", false),
                ("16010519491231002X", false),
                ("124447192808049323", false), // no such city
                ("1101051949123100X2", false),
                ("1101051949123100", false),
            ],
        );
    }

    #[test]
    fn tw_id() {
        check(
            is_tw_id,
            &[
                ("A123456789", true),
                ("a800000014", true), // the example for residents
                ("A123456788", false),
                ("A323456789", false),
                ("1123456789", false),
                ("A12345678B", false),
                ("A12345678", false),
            ],
        );
    }

    #[test]
    fn hk_id() {
        check(
            is_hk_id,
            &[
                ("A123456(3)", true),
                ("G123456(A)", true), // the specimen of the department
                ("AB987654(3)", true),
                ("A123456(4)", false),
                ("1123456(3)", false),
                ("A12345(3)", false),
                ("A12345B(3)", false),
            ],
        );
    }

    #[test]
    fn jp_my_number() {
        check(
            is_jp_my_number,
            &[
                ("1234 5678 9018", true),
                ("123456789018", true),
                ("1234 5678 9019", false),
                ("000000000000", false),
                ("12345678901", false),
            ],
        );
    }

    #[test]
    fn kr_rrn() {
        check(
            is_kr_rrn,
            &[
                ("971013-9019902", true),
                ("971013-9019903", false),
                ("971313-9019902", false),
                ("201015-3123456", true), // without a check
                ("200915-3123456", false),
                ("971013-901990", false),
            ],
        );
    }
}
