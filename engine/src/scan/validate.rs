//! Checks on hits that regular expressions cannot express.
//!
//! Each takes the text of a hit, separators and all, and says whether it can
//! be what the detector is about. None of them allocates more than the hit.

mod assignment;
mod bank;
mod card;
mod contact;
mod placeholder;
mod secret;

use lang::model::Validator;

/// How values are compared, so that two spellings of one value get one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// By their digits: numbers with check digits, telephone numbers.
    Digits,
    /// By letters and digits, in upper case: IBANs.
    Alphanumeric,
    /// In lower case: addresses.
    Lower,
    /// As they are.
    Exact,
}

impl Form {
    /// A value in this form; one that would be empty stays as it is.
    pub(super) fn apply(self, value: &str) -> String {
        let formed: String = match self {
            Self::Digits => value.chars().filter(char::is_ascii_digit).collect(),
            Self::Alphanumeric => {
                value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
            }
            Self::Lower => value.to_lowercase(),
            Self::Exact => value.to_owned(),
        };
        if formed.is_empty() { value.to_owned() } else { formed }
    }
}

/// What a check is.
pub(super) struct Check {
    /// How the values that pass it are compared.
    pub(super) form: Form,
    /// One in how many random texts of the right shape passes it.
    pub(super) passing_one_in: u64,
    /// Whether a hit passes it.
    pub(super) passes: fn(&str) -> bool,
}

/// What a validator checks, in one place.
pub(super) const fn check(validator: Validator) -> Check {
    use Form::{Alphanumeric, Digits, Exact, Lower};
    match validator {
        Validator::Aba => row(Digits, 30, bank::is_aba),
        Validator::AssignedKey => row(Exact, 4, assignment::is_assigned_key),
        Validator::Base64Json => row(Exact, 1_000, secret::is_base64_json),
        Validator::BasicAuth => row(Exact, 1_000, assignment::is_basic_auth),
        Validator::Email => row(Lower, 2, contact::is_email),
        Validator::Entropy => row(Exact, 4, secret::is_random),
        Validator::GithubChecksum => row(Exact, 1_000, secret::is_github_token),
        Validator::Iban => row(Alphanumeric, 97, bank::is_iban),
        Validator::IpAddress => row(Lower, 2, contact::is_ip_address),
        Validator::IssuerPrefix => row(Digits, 3, card::has_issuer),
        Validator::Luhn => row(Digits, 10, card::is_luhn),
        Validator::NoPlaceholder => row(Exact, 1, placeholder::is_absent),
        Validator::Phone => row(Digits, 2, contact::is_phone),
        Validator::UrlPassword => row(Exact, 2, placeholder::has_password),
        Validator::UsSsn => row(Digits, 2, contact::is_us_ssn),
    }
}

const fn row(form: Form, passing_one_in: u64, passes: fn(&str) -> bool) -> Check {
    Check { form, passing_one_in, passes }
}

/// Whether `text` passes a check.
///
/// # Examples
///
/// ```
/// # use engine::scan::passes;
/// # use lang::model::Validator;
/// assert!(passes(Validator::Luhn, "4111 1111 1111 1111"));
/// assert!(!passes(Validator::Luhn, "4111 1111 1111 1112"));
/// ```
pub fn passes(validator: Validator, text: &str) -> bool {
    (check(validator).passes)(text)
}

/// The ASCII digits of a text, as numbers.
fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|byte| byte.wrapping_sub(b'0')).collect()
}

/// The number that digits write; more than 19 of them saturate.
fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_ascii() {
        assert_eq!(digits("1-2٣ 4"), [1, 2, 4]);
        assert_eq!(number(&[1, 2, 4]), 124);
    }
}
