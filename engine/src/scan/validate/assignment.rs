//! Values that stand after their name: in settings, headers and code.

use super::placeholder;
use super::secret::{decode_base64, is_random};

/// Fewest digits in a value that is not hexadecimal: names in code have one or none.
const DIGITS_MIN: usize = 2;

/// Fewest changes between letters and digits in a value: `handler2024` has one, random
/// text of 16 characters about four.
const CHANGES_MIN: usize = 3;

/// Furthest that the separator after an issuer's prefix stands, as in `github_pat_`.
const PREFIX_BYTES_MAX: usize = 8;

/// Beginnings of keys that have a detector of their own and no separator.
const PREFIXES: &[&str] = &[
    "ABSK", "AIza", "AKCp", "AKIA", "AKID", "AQE", "ASIA", "ATATT", "ATBB", "ATCTT", "EAA", "LTAI", "cio",
    "cmVmd", "dG9rO", "dapi", "eyJ", "oy2",
];

/// Whether the value after its name is random, and of no issuer that has a prefix.
pub(super) fn is_assigned_key(text: &str) -> bool {
    let value = value(text);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits >= DIGITS_MIN
        && changes(value) >= CHANGES_MIN
        && is_random(value)
        && placeholder::is_absent(value)
        && !has_prefix(value)
}

/// What stands after the name: from the last sign of an assignment, quote or space on.
fn value(text: &str) -> &str {
    let text = text.trim_end_matches(['=', '"', '\'', '`']);
    text.rsplit([' ', '\t', '\n', '\r', '=', ':', '>', '"', '\'', '`']).next().unwrap_or_default()
}

/// How often letters and digits take turns.
fn changes(value: &str) -> usize {
    let kinds = value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.is_ascii_digit());
    kinds.clone().zip(kinds.skip(1)).filter(|(one, next)| one != next).count()
}

/// Whether a value begins as an issuer's keys do: with letters that are known, or
/// with a short word of one case and a separator.
fn has_prefix(value: &str) -> bool {
    let Some(at) = value.find(['-', '_', '.']) else {
        return PREFIXES.iter().any(|prefix| value.starts_with(prefix));
    };
    let word = value.get(..at).unwrap_or_default();
    let is_word = (2..=PREFIX_BYTES_MAX).contains(&at)
        && (!word.bytes().any(|b| b.is_ascii_uppercase()) || !word.bytes().any(|b| b.is_ascii_lowercase()))
        && word.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_word && !is_uuid(value) || PREFIXES.iter().any(|prefix| value.starts_with(prefix))
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36 && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether the last word is base 64 of `name:password`.
pub(super) fn is_basic_auth(text: &str) -> bool {
    let word = text.trim_end_matches(['"', '\'', '=']);
    let word = word.rsplit([' ', '\t', '\n', '\r', ':', '"', '\'']).next().unwrap_or_default();
    let Some(Ok(pair)) = decode_base64(word).map(String::from_utf8) else {
        return false;
    };
    let is_text = !pair.chars().any(char::is_control);
    is_text && pair.split_once(':').is_some_and(|(_, password)| password.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_keys() {
        let table = [
            ("api_key = \"9fQ2mZ7xK4vB1nR8tL5w\"", true),
            ("api_key: 7f3d9a1c5be04268aa10", true),
            ("token=3b241101-e2bb-4255-8caf-4136c566a962", true),
            ("api_key = sk_live_9fQ2mZ7xK4vB1nR8", false),
            ("secret_key=github_pat_11ABCDE0a9b8c7d6e5f4", false),
            ("api_key = AIza9fQ2mZ7xK4vB1nR8tL5w", false),
            ("token: eyJhbGciOiJIUzI1NiJ9", false),
            ("api_key = getApiKeyFromEnvironment2", false),
            ("api_key = your-9fQ2mZ7x-key", false),
            ("api_key = settings/production/2024", false),
            ("api_key = aaaa1111aaaa1111aaaa", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_assigned_key(text), expected, "{text}");
        }
    }

    #[test]
    fn basic_auths() {
        let table = [
            ("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true), // of RFC 7617
            ("Authorization: Basic dGVzdDoxMjPCow==", true),             // of RFC 7617
            ("\"auth\": \"YXBwOnMzY3JldA==\"", true),
            ("Authorization: Basic dXNlcm5hbWU=", false), // no colon
            ("Authorization: Basic dXNlcjo=", false),     // no password
            ("Authorization: Basic credentials", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_basic_auth(text), expected, "{text}");
        }
    }
}
