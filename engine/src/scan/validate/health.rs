//! Identifiers of health care in the United States.

use super::check_digits::luhn;
use super::digits;

/// What stands before an NPI when its check digit is worked out: the prefix of
/// health identifiers of the United States (45 CFR 162.406).
const NPI_PREFIX: [u8; 5] = [8, 0, 8, 4, 0];

/// Whether a text is a National Provider Identifier: ten digits from 1 or 2, Luhn with its prefix.
pub(super) fn is_npi(text: &str) -> bool {
    let digits = digits(text);
    let is_form = digits.len() == 10 && matches!(digits.first(), Some(1 | 2));
    is_form && luhn(&[&NPI_PREFIX, digits.as_slice()].concat())
}

/// Letters that a DEA number begins with, one for each kind of registrant.
const DEA_REGISTRANTS: &str = "ABCDEFGHJKLMPRSTUX";

/// Whether a text is a DEA registration number: kind of registrant, letter of the name, seven digits.
///
/// The sum of the first, third and fifth digit and twice that of the others ends with the seventh.
pub(super) fn is_dea(text: &str) -> bool {
    let mut characters = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
    let (Some(registrant), Some(name)) = (characters.next(), characters.next()) else {
        return false;
    };
    let rest: String = characters.collect();
    let digits = digits(&rest);
    let Some((check, digits)) = digits.split_last().filter(|(_, digits)| digits.len() == 6) else {
        return false;
    };
    let total = digits
        .iter()
        .zip([1_u32, 2].into_iter().cycle())
        .fold(0_u32, |sum, (digit, weight)| sum.saturating_add(u32::from(*digit).saturating_mul(weight)));
    rest.len() == 7
        && DEA_REGISTRANTS.contains(registrant)
        && (name.is_ascii_uppercase() || name == '9')
        && total % 10 == u32::from(*check)
        && digits.iter().any(|digit| *digit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_identifiers() {
        let table = [
            ("1234567893", true),
            ("1245319599", true),
            ("2123456786", false),
            ("1234567890", false),
            ("3234567893", false),
            ("123456789", false),
            ("12345678930", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_npi(text), expected, "{text}");
        }
    }

    #[test]
    fn registrations_of_prescribers() {
        let table = [
            ("AB1234563", true),
            ("BB1388568", true),
            ("f91234563", true),
            ("AB1234564", false),
            ("IB1234563", false),
            ("A81234563", false),
            ("AB0000000", false),
            ("AB123456", false),
            ("AB12345633", false),
            ("A", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_dea(text), expected, "{text}");
        }
    }
}
