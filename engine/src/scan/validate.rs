//! Checks on hits that regular expressions cannot express.
//!
//! Each takes the text of a hit, separators and all, and says whether it can
//! be what the detector is about. None of them allocates more than the hit.

mod bank;
mod card;
mod contact;
mod secret;

use lang::model::Validator;

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
    match validator {
        Validator::Aba => bank::is_aba(text),
        Validator::Base64Json => secret::is_base64_json(text),
        Validator::Email => contact::is_email(text),
        Validator::Entropy => secret::is_random(text),
        Validator::GithubChecksum => secret::is_github_token(text),
        Validator::Iban => bank::is_iban(text),
        Validator::IpAddress => contact::is_ip_address(text),
        Validator::IssuerPrefix => card::has_issuer(text),
        Validator::Luhn => card::is_luhn(text),
        Validator::Phone => contact::is_phone(text),
        Validator::UsSsn => contact::is_us_ssn(text),
    }
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
