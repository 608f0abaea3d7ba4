//! Identifiers of Australia.

use super::check_digits::weighted_mod;
use super::{digits, exactly, number};

/// Whether a text is an Australian tax file number: nine digits, a check by 11 (Australian Taxation Office).
pub(super) fn is_au_tfn(text: &str) -> bool {
    exactly::<9>(text).is_some_and(|digits| {
        digits.iter().any(|digit| *digit != 0)
            && weighted_mod(&digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10], 11) == 0
    })
}

/// Whether a text is an Australian Medicare card number.
///
/// After Services Australia: eight digits from 2 to 6 on, a check by 10, the
/// issue of the card, and the place of a person on it where it is written.
pub(super) fn is_au_medicare(text: &str) -> bool {
    let digits = digits(text);
    let ([2..=6, _, _, _, _, _, _, _, check, 1..=9] | [2..=6, _, _, _, _, _, _, _, check, 1..=9, 1..=9]) =
        *digits
    else {
        return false;
    };
    let body = digits.get(..8).unwrap_or_default();
    weighted_mod(body, &[1, 3, 7, 9, 1, 3, 7, 9], 10) == u32::from(check)
}

/// Whether a text is an Australian business number: eleven digits, the first two of them, from 11 on, a check by 89 (Australian Business Register).
pub(super) fn is_au_abn(text: &str) -> bool {
    exactly::<11>(text).is_some_and(|mut digits| {
        let [c1, c2, ..] = digits;
        // The first digit counts one less.
        if let Some(first) = digits.first_mut() {
            *first = first.saturating_sub(1);
        }
        number(&[c1, c2]) >= 11 && weighted_mod(&digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19], 89) == 0
    })
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
    fn au_tfn() {
        check(
            is_au_tfn,
            &[
                ("123 456 782", true),
                ("999999999", false),
                ("123 456 783", false),
                ("000 000 000", false),
                ("12 345 678", false),
            ],
        );
    }

    #[test]
    fn au_medicare() {
        check(
            is_au_medicare,
            &[
                ("2123 45670 1", true),
                ("2123 45670 1/2", true),
                ("2123 45671 1", false),
                ("1123 45670 1", false),
                ("2123 45670 0", false),
                ("2123 45670", false),
            ],
        );
    }

    #[test]
    fn au_abn() {
        check(
            is_au_abn,
            &[
                ("51 824 753 556", true),
                ("83 914 571 673", true),
                ("51 824 753 557", false),
                ("01 824 753 556", false),
                ("5 824 753 556", false),
            ],
        );
    }
}
