//! Checks on hits that regular expressions cannot express.
//!
//! Each takes the text of a hit, separators and all, and says whether it can
//! be what the detector is about. None of them allocates more than the hit.

mod bank;
mod base58;
mod bech32;
mod card;
mod contact;
mod crypto;
mod date;
mod health;
mod phone;
mod secret;

use super::normalise;
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
    ///
    /// Spellings that only look different are undone first, so that they too have one token.
    pub(super) fn apply(self, value: &str) -> String {
        let value = &*normalise::normal(value);
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
    /// Whether a hit that fails is not tried again with a nearer end.
    ///
    /// Of a version of six numbers, four are no address, and of a date no month in which a
    /// card runs out; but what follows a card in digits is its expiry date more often than not.
    pub(super) is_whole: bool,
    /// Characters right behind which a hit is a piece of something longer: a fraction, a version, an
    /// identifier. Where there are some, so are the letters and digits of alphabets with spaces.
    not_behind: &'static str,
    /// Characters before and after a hit that is a piece of something longer when it stands between them.
    not_between: (&'static str, &'static str),
}

impl Check {
    /// The same, for hits that are taken whole or not at all.
    const fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// The same, for hits that stand behind none of these characters.
    const fn not_behind(self, characters: &'static str) -> Self {
        Self { not_behind: characters, ..self }
    }

    /// The same, for hits that do not stand behind one of the first and before one of the second.
    const fn not_between(self, before: &'static str, after: &'static str) -> Self {
        Self { not_between: (before, after), ..self }
    }

    /// Whether a hit may stand between two characters, or is a piece of something longer.
    ///
    /// A sign at its beginning parts it from what is before.
    pub(super) fn may_stand(&self, hit: &str, before: Option<char>, after: Option<char>) -> bool {
        let is_parted = hit.starts_with(|c: char| !c.is_alphanumeric());
        let is_among = |known: &str, one: Option<char>| one.is_some_and(|one| known.contains(one));
        let is_joined = is_among(self.not_behind, before)
            || !self.not_behind.is_empty() && before.is_some_and(goes_on_into_a_word);
        let (first, second) = self.not_between;
        (is_parted || !is_joined) && !(is_among(first, before) && is_among(second, after))
    }
}

/// What a validator checks, in one place.
pub(super) const fn check(validator: Validator) -> Check {
    use Form::{Alphanumeric, Digits, Exact, Lower};
    match validator {
        Validator::Aba => row(Digits, 30, bank::is_aba),
        Validator::BankAccount => row(Digits, 2, bank::is_bank_account).whole(),
        Validator::Base64Json => row(Exact, 1_000, secret::is_base64_json),
        Validator::Bic => row(Alphanumeric, 3, bank::is_bic),
        Validator::CardExpiry => row(Digits, 8, date::is_card_expiry).whole().not_behind("./-"),
        Validator::CryptoAddress => row(Exact, 1_000, crypto::is_crypto_address),
        Validator::Date => row(Lower, 4, date::is_date).whole().not_behind("./-"),
        Validator::Dea => row(Alphanumeric, 14, health::is_dea),
        Validator::Email => row(Lower, 2, contact::is_email).whole().not_behind("@").not_between(":", ":/"),
        Validator::Entropy => row(Exact, 4, secret::is_random),
        Validator::GithubChecksum => row(Exact, 1_000, secret::is_github_token),
        Validator::Iban => row(Alphanumeric, 97, bank::is_iban),
        Validator::IpAddress => row(Lower, 2, contact::is_ip_address).whole().not_behind(".:-"),
        Validator::IssuerPrefix => row(Digits, 3, card::has_issuer).not_behind(".+"),
        Validator::Luhn => row(Digits, 10, card::is_luhn),
        Validator::MacAddress => row(Alphanumeric, 2, contact::is_mac_address).whole().not_behind(".:-"),
        Validator::Npi => row(Digits, 50, health::is_npi).whole().not_behind(".-/#$€£"),
        Validator::Phone => row(Digits, 2, phone::is_phone).whole().not_behind("./-#$€£"),
        Validator::UsSsn => row(Digits, 2, contact::is_us_ssn),
    }
}

const fn row(form: Form, passing_one_in: u64, passes: fn(&str) -> bool) -> Check {
    Check { form, passing_one_in, passes, is_whole: false, not_behind: "", not_between: ("", "") }
}

/// Whether a word that holds this character goes on into letters and digits; scripts without spaces do not.
fn goes_on_into_a_word(character: char) -> bool {
    let is_of_latin_greek_cyrillic = ('\u{C0}'..='\u{52F}').contains(&character);
    character.is_ascii_alphanumeric() || character == '_' || is_of_latin_greek_cyrillic
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

    #[test]
    fn pieces_of_something_longer_do_not_stand() {
        use Validator::{Email, IpAddress, IssuerPrefix, Phone, UsSsn};
        let table = [
            (IssuerPrefix, "4111111111111111", Some('.'), None, false),
            (IssuerPrefix, "4111111111111111", Some('x'), None, false),
            (IssuerPrefix, "4111111111111111", Some('ж'), None, false),
            (IssuerPrefix, "4111111111111111", Some('是'), Some('.'), true),
            (IssuerPrefix, "4111111111111111", Some('-'), None, true),
            (IssuerPrefix, "4111111111111111", None, None, true),
            (IpAddress, "6.1.4.1", Some('.'), None, false),
            (Phone, "+49 30 901820", Some('/'), None, true),
            (Phone, "415-555-2671", Some('-'), None, false),
            (Email, "secret@db.example.com", Some(':'), Some('/'), false),
            (Email, "ecret@db.example.com", Some('s'), Some(' '), false),
            (Email, "jane@example.com", Some(':'), Some(' '), true),
            (UsSsn, "536-22-8741", Some('.'), None, true),
        ];
        for (validator, hit, before, after, expected) in table {
            assert_eq!(
                check(validator).may_stand(hit, before, after),
                expected,
                "{before:?} {hit} {after:?}"
            );
        }
    }
}
