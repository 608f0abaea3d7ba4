//! Identifiers of Africa and of West Asia: South Africa, Egypt, Israel, Saudi Arabia, the Emirates.

use super::check_digits::{is_date, luhn};
use super::{digits, exactly, number, year};

/// Whether a text is a South African identity number.
///
/// After the Department of Home Affairs: date, sex and serial, citizenship (2
/// for refugees), a digit that once told race, Luhn.
pub(super) fn is_za_id(text: &str) -> bool {
    let Some(digits) = exactly::<13>(text) else {
        return false;
    };
    let [y1, y2, m1, m2, d1, d2, _, _, _, _, citizenship, _, _] = digits;
    citizenship <= 2
        && luhn(&digits)
        && [19, 20]
            .into_iter()
            .any(|century| is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2])))
}

/// Whether a text is an Egyptian national number, as far as it can be told.
///
/// After the Civil Status Organization: century, date, governorate, serial and
/// a check digit whose rule is not public.
pub(super) fn is_eg_id(text: &str) -> bool {
    let Some([century, y1, y2, m1, m2, d1, d2, g1, g2, _, _, _, _, _]) = exactly(text) else {
        return false;
    };
    let century = match century {
        2 => 19,
        3 => 20,
        _ => return false,
    };
    matches!(number(&[g1, g2]), 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88)
        && is_date(year(century, y1, y2), number(&[m1, m2]), number(&[d1, d2]))
}

/// Whether a text is an Israeli identity number: up to nine digits, Luhn (Population and Immigration Authority).
pub(super) fn is_il_id(text: &str) -> bool {
    let digits = digits(text);
    (8..=9).contains(&digits.len()) && digits.iter().any(|digit| *digit != 0) && luhn(&digits)
}

/// Whether a text is a Saudi identity number: 1 for citizens or 2 for residents, nine digits, Luhn.
pub(super) fn is_sa_id(text: &str) -> bool {
    exactly::<10>(text).is_some_and(|digits| matches!(digits, [1 | 2, ..]) && luhn(&digits))
}

/// Whether a text is the number of an identity card of the Emirates.
///
/// After the Federal Authority for Identity: 784 of ISO 3166, year of birth, serial, Luhn.
pub(super) fn is_ae_emirates_id(text: &str) -> bool {
    let Some(digits) = exactly::<15>(text) else {
        return false;
    };
    let [7, 8, 4, y1, y2, y3, y4, ..] = digits else {
        return false;
    };
    (1_900..2_100).contains(&number(&[y1, y2, y3, y4])) && luhn(&digits)
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
    fn za_id() {
        check(
            is_za_id,
            &[
                ("7503305044089", true),
                ("800101 5009 087", true), // the example of the department
                ("7503305044088", false),
                ("7513305044089", false),
                ("8001015009483", false),
                ("750330504408", false),
            ],
        );
    }

    #[test]
    fn eg_id() {
        check(
            is_eg_id,
            &[
                ("29001011234567", true),
                ("29001010134567", true),
                ("30102298834567", false), // no leap year,
                ("30402298834567", true),
                ("19001010134567", false),
                ("2900101013456", false),
            ],
        );
    }

    #[test]
    fn il_id() {
        check(
            is_il_id,
            &[
                ("123456782", true),
                ("03933742-3", true),
                ("39337423", true),
                ("123456783", false),
                ("000000000", false),
                ("1234566", false),
            ],
        );
    }

    #[test]
    fn sa_id() {
        check(
            is_sa_id,
            &[("1101798278", true), ("1101798279", false), ("3101798278", false), ("110179827", false)],
        );
    }

    #[test]
    fn ae_emirates_id() {
        check(
            is_ae_emirates_id,
            &[
                ("784-1984-1234567-4", true),
                ("784 1991 7204815 1", true),
                ("784-1984-1234567-0", false),
                ("785-1984-1234567-1", false),
                ("784-1884-1234567-1", false),
                ("784-1984-123456-1", false),
            ],
        );
    }
}
