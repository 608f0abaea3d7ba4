//! Values that stand after their name: in settings, headers and code.

use super::placeholder;
use super::secret::is_random;
use crate::base64;

/// Fewest digits in a value that is not hexadecimal: names in code have one or none.
const DIGITS_MIN: usize = 2;

/// Fewest changes between letters and digits in a value: `handler2024` has one, random
/// text of 16 characters about four.
const CHANGES_MIN: usize = 3;

/// Beginnings of values that name what they are digests of, and hide nothing.
const DIGESTS: &[&str] = &["md5", "sha1", "sha256", "sha384", "sha512"];

/// What stands before `key` or `token` in names of those that open nothing.
const OPEN: &[&str] = &[
    "cache",
    "composite",
    "config",
    "continuation",
    "csrf",
    "cursor",
    "dedup",
    "dedupe",
    "etag",
    "feature",
    "file",
    "foreign",
    "group",
    "hash",
    "idempotency",
    "index",
    "lookup",
    "map",
    "message",
    "next",
    "object",
    "page",
    "partition",
    "primary",
    "pub",
    "public",
    "publishable",
    "query",
    "range",
    "routing",
    "row",
    "s3",
    "search",
    "shard",
    "site",
    "sort",
    "storage",
    "translation",
    "unique",
    "xsrf",
];

/// Whether the value after its name is random, and the name is none of a key that opens nothing.
pub(super) fn is_assigned_key(text: &str) -> bool {
    let value = value_of(text);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    digits >= DIGITS_MIN
        && changes(value) >= CHANGES_MIN
        && is_random(value)
        && placeholder::is_absent(value)
        && !value.starts_with('/')
        && !DIGESTS.iter().any(|digest| value.starts_with(digest))
        && !opens_nothing(text)
}

/// Whether the name before the first sign of an assignment is one of those that open nothing.
fn opens_nothing(text: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = text.split(|c: char| !is_of_name(c)).next().unwrap_or_default().to_ascii_lowercase();
    let Some(before) = name.strip_suffix("key").or_else(|| name.strip_suffix("token")) else {
        return false;
    };
    let word = before.trim_end_matches(['_', '-']).rsplit(['_', '-']).next().unwrap_or_default();
    OPEN.contains(&word)
}

/// What stands after the name: from the last sign of an assignment, quote or space on.
fn value_of(text: &str) -> &str {
    let text = text.trim_end_matches(['=', '"', '\'', '`']);
    text.rsplit([' ', '\t', '\n', '\r', '=', ':', '>', '"', '\'', '`']).next().unwrap_or(text)
}

/// How often letters and digits take turns.
fn changes(value: &str) -> usize {
    let kinds = value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.is_ascii_digit());
    kinds.clone().zip(kinds.skip(1)).filter(|(one, next)| one != next).count()
}

/// Whether the last word is base 64 of `name:password`.
pub(super) fn is_basic_auth(text: &str) -> bool {
    let word = text.trim_end_matches(['"', '\'', '=']);
    let word = word.rsplit([' ', '\t', '\n', '\r', ':', '"', '\'']).next().unwrap_or_default();
    let Some(Ok(pair)) = base64::decode(word.as_bytes()).map(String::from_utf8) else {
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
            ("api_key = sk_live_9fQ2mZ7xK4vB1nR8", true),
            ("<token>9fQ2mZ7xK4vB1nR8tL5w", true),
            ("token: sha256-9fQ2mZ7xK4vB1nR8tL5w", false),
            ("acme_key: 9fQ2mZ7xK4vB1nR8tL5w", true),
            ("acme_cache_key: 9fQ2mZ7xK4vB1nR8tL5w", false),
            ("csrf-token=9fQ2mZ7xK4vB1nR8tL5w", false),
            ("PublicKey: 9fQ2mZ7xK4vB1nR8tL5w", false),
            ("api_key = getApiKeyFromEnvironment2", false),
            ("api_key = your-9fQ2mZ7x-key", false),
            ("api_key = settings/production/2024", false),
            ("secret_key: /etc/acme/keys/2024/v2x3y4z5", false),
            ("ACME_API_KEY=7f3d9a1c5be0426877f3d9a1c5be0426", true),
            ("access_token=7f3d9a1c5be0426877f3d9a1c5be0426", true),
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
