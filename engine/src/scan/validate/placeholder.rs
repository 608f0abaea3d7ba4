//! What stands for a key in examples and templates.

/// Words that no random key holds by chance, in lower case, without separators.
///
/// Seven letters stand in one of 10⁸ random keys of base 62. `example` is not
/// among them: issuers have examples of the right form, and these count.
const WORDS: &[&str] =
    &["changeme", "dummykey", "insertkey", "placeholder", "redacted", "replaceme", "yoursecret"];

/// Words that count where separators stand around them or the text ends.
const PARTS: &[&str] = &["dummy", "fake", "goes", "here", "insert", "my", "placeholder", "replace", "your"];

/// Runs of characters that people type instead of a key.
const RUNS: &[&str] = &["0123456789", "1234567890", "abcdefghij", "0a1b2c3d4e", "a1b2c3d4e5"];

/// Shortest run of one character that is no chance: in 64 hexadecimal digits it
/// stands once in 20,000.
const REPEATED_MIN: usize = 6;

/// What stands for a password in the address of an example, in lower case.
const PASSWORDS: &[&str] = &[
    "pass",
    "passw0rd",
    "passwd",
    "password",
    "passwort",
    "pw",
    "pwd",
    "secret",
    "token",
    "user",
    "xxx",
    "xxxx",
    "xxxxx",
    "...",
    "placeholder",
    "changeme",
    "mypassword",
    "yourpassword",
    "db_password",
    "your_password",
    "my_password",
    "your-password",
];

/// Whether the password of an address is none that examples have.
pub(super) fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return true;
    };
    let account = rest.split_once('@').map_or(rest, |(account, _)| account);
    let Some((_, password)) = account.split_once(':') else {
        return true;
    };
    let lower = password.to_ascii_lowercase();
    !PASSWORDS.contains(&lower.as_str()) && !has_repetition(&lower)
}

/// Whether nothing in the text stands for a key.
pub(super) fn is_absent(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    !has_repetition(&lower)
        && !RUNS.iter().any(|run| lower.contains(run))
        && !WORDS.iter().any(|word| lower.contains(word))
        && !lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| PARTS.contains(&part))
}

/// Whether one character stands several times in a row; base 64 of zeros is `AAAA…`,
/// and headers of binary keys have it, so capital letters count from twice as many on.
fn has_repetition(lower: &str) -> bool {
    let mut last = None;
    let mut count = 0_usize;
    for character in lower.chars().filter(|character| !character.is_whitespace()) {
        count = if last == Some(character) { count.saturating_add(1) } else { 1 };
        last = Some(character);
        let most = if character == 'a' { REPEATED_MIN.saturating_mul(2) } else { REPEATED_MIN };
        if count >= most {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses() {
        let table = [
            ("postgres://app:s3cr3tPw@db:5432/shop", true),
            ("redis://:p4ssw0rd!@cache", true),
            ("postgres://USER:PASSWORD@HOST/DB", false),
            ("mysql://root:xxxxxxxx@my-host", false),
            ("amqp://app:your_password@queue", false),
            ("SharedAccessKey=nGPuezvOdPTLJk", true),
        ];
        for (text, expected) in table {
            assert_eq!(has_password(text), expected, "{text}");
        }
    }

    #[test]
    fn placeholders() {
        let table = [
            ("sk-ant-api03-bQow-AUOq9OVJdvzLDaYjU1PjJMp", true),
            ("AKIAIOSFODNN7EXAMPLE", true),
            ("glpat-your-token-goes-here", false),
            ("dop_v1_PLACEHOLDER0a9", false),
            ("hf_xxxxxxAbc", false),
            ("rk_YOUR_KEY", false),
            ("api_1234567890abc", false),
            ("npm_yourself9", true),
            ("CHANGEME-9f2", false),
            ("AAAAAAAAAAAqQ7", true),
            ("AAAAAAAAAAAAAAAA", false),
            ("define('AUTH_KEY',         'k8z", true),
            ("", true),
        ];
        for (text, expected) in table {
            assert_eq!(is_absent(text), expected, "{text}");
        }
    }
}
