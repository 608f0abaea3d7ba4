//! Arithmetic that check digits share: Luhn, weighted sums, ISO 7064, Verhoeff, dates.
//!
//! Values are small numbers, a digit for each character: `0` to `9`, and from
//! 10 on for the letters that a scheme counts so (`X` of MOD 11-2 is 10). What
//! a number looks like in text, and which country uses which scheme, stands
//! with the identifiers.

/// Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
///
/// From the right every second digit is doubled, and the digits of what that
/// gives are added. Zeros alone pass, as the standard has it.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let (mut sum, mut is_doubled) = (0_u32, false);
    for digit in digits.iter().rev() {
        let digit = u32::from(*digit);
        let value = match digit {
            _ if !is_doubled => digit,
            0..=4 => digit.saturating_mul(2),
            _ => digit.saturating_mul(2).saturating_sub(9),
        };
        sum = sum.saturating_add(value);
        is_doubled = !is_doubled;
    }
    sum.is_multiple_of(10)
}

/// The remainder of the sum of each value times its weight.
///
/// Values beyond the weights do not count, nor do weights beyond the values; a
/// modulus of zero leaves the sum as it is.
pub(super) fn weighted_mod(values: &[u8], weights: &[u32], modulus: u32) -> u32 {
    let sum = values
        .iter()
        .zip(weights)
        .fold(0, |sum: u32, (value, weight)| sum.saturating_add(u32::from(*value).saturating_mul(*weight)));
    sum.checked_rem(modulus).unwrap_or(sum)
}

/// Whether digits pass ISO/IEC 7064 MOD 97-10: two check digits; the number they write leaves 1.
pub(super) fn iso7064_mod_97_10(digits: &[u8]) -> bool {
    iso7064_pure(digits, 97, 10)
}

/// Whether values pass ISO/IEC 7064 MOD 11-2: a check character after digits, `X` being 10.
pub(super) fn iso7064_mod_11_2(values: &[u8]) -> bool {
    iso7064_pure(values, 11, 2)
}

/// The pure systems of ISO/IEC 7064, clause 7: read in a radix, the whole leaves 1.
fn iso7064_pure(values: &[u8], modulus: u32, radix: u32) -> bool {
    let remainder = values.iter().fold(0, |sum: u32, value| {
        let sum = sum.saturating_mul(radix).saturating_add(u32::from(*value));
        sum.checked_rem(modulus).unwrap_or(sum)
    });
    remainder == 1
}

/// Whether digits pass ISO/IEC 7064 MOD 11,10: the hybrid system for digits, one check digit.
pub(super) fn iso7064_mod_11_10(digits: &[u8]) -> bool {
    let Some((check, body)) = digits.split_last() else {
        return false;
    };
    let product = body.iter().fold(10, |product: u32, digit| {
        let sum = match product.saturating_add(u32::from(*digit)) % 10 {
            0 => 10,
            sum => sum,
        };
        sum.saturating_mul(2) % 11
    });
    *check <= 9 && product.saturating_add(u32::from(*check)) % 10 == 1
}

/// Where Verhoeff's permutation takes each digit.
const VERHOEFF_PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Whether the last digit is the check digit of J. Verhoeff, *Error Detecting
/// Decimal Codes* (Mathematical Centre Tracts 29, 1969).
///
/// From the right each digit is permuted as often as its place says, and all
/// are multiplied in the symmetry group of the pentagon.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let mut product = 0;
    for (place, digit) in digits.iter().rev().enumerate() {
        // The permutation has order 8.
        let permuted =
            (0..place % 8).try_fold(*digit, |digit, _| VERHOEFF_PERMUTATION.get(usize::from(digit)).copied());
        let Some(permuted) = permuted.filter(|digit| *digit <= 9) else {
            return false;
        };
        product = pentagon(product, permuted);
    }
    !digits.is_empty() && product == 0
}

/// The product of two symmetries of the pentagon: 0 to 4 turn it, 5 to 9 also flip it.
fn pentagon(left: u8, right: u8) -> u8 {
    // Five more keeps the differences from going below zero.
    let turn = match (left >= 5, right >= 5) {
        (false, _) => left.saturating_add(right),
        (true, _) => left.saturating_add(5).saturating_sub(right % 5),
    } % 5;
    if (left >= 5) == (right >= 5) { turn } else { turn.saturating_add(5) }
}

/// Whether a day is in the Gregorian calendar, from the year 1 on.
pub(super) fn is_date(year: u64, month: u64, day: u64) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(passes: fn(&[u8]) -> bool, table: &[(&str, bool)]) {
        for (text, expected) in table {
            let values: Vec<u8> = text
                .chars()
                .filter_map(|c| c.to_digit(36))
                .map(|value| u8::try_from(value).unwrap())
                .collect();
            assert_eq!(passes(&values), *expected, "{text}");
        }
    }

    #[test]
    fn luhn_digits() {
        check(
            luhn,
            &[("79927398713", true), ("79927398710", false), ("18", true), ("0", true), ("1", false)],
        );
    }

    #[test]
    fn weighted_sums() {
        assert_eq!(weighted_mod(&[1, 2, 3], &[3, 2, 1], 11), 10);
        assert_eq!(weighted_mod(&[1, 2, 3], &[1], 11), 1);
        assert_eq!(weighted_mod(&[9], &[9], 0), 81);
    }

    #[test]
    fn iso_7064() {
        // The examples of the standard: 0794, 079X, and 12345678 of MOD 97-10.
        check(iso7064_mod_11_10, &[("07945", true), ("07946", false), ("", false)]);
        check(iso7064_mod_97_10, &[("79444", true), ("79445", false), ("", false)]);
        assert!(iso7064_mod_11_2(&[0, 7, 9, 10]));
        check(iso7064_mod_11_2, &[("0794", false), ("07940", true), ("07941", false)]);
        assert!(!iso7064_mod_11_10(&[0, 7, 9, 4, 15]), "a check value outside the alphabet");
    }

    #[test]
    fn verhoeff_digits() {
        check(verhoeff, &[("2363", true), ("2364", false), ("2633", false), ("1428570", true), ("", false)]);
        assert!(!verhoeff(&[36, 3]), "no digit");
        for left in 0..10 {
            let row: std::collections::BTreeSet<u8> = (0..10).map(|right| pentagon(left, right)).collect();
            assert_eq!(row.len(), 10, "each product of {left} is another");
        }
        assert_eq!((pentagon(1, 5), pentagon(5, 1), pentagon(6, 7)), (6, 9, 4));
    }

    #[test]
    fn dates() {
        let table = [
            ((2024, 2, 29), true),
            ((2023, 2, 29), false),
            ((1900, 2, 29), false),
            ((2000, 2, 29), true),
            ((1999, 12, 31), true),
            ((1999, 4, 31), false),
            ((1999, 13, 1), false),
            ((1999, 0, 1), false),
            ((1999, 1, 0), false),
            ((0, 1, 1), false),
        ];
        for ((year, month, day), expected) in table {
            assert_eq!(is_date(year, month, day), expected, "{year}-{month}-{day}");
        }
    }
}
