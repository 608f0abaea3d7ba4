//! Keys and tokens: what their form says about whether they are real.

use crate::base64;

/// Least Shannon entropy of a random key, in bits a character.
///
/// English words have about 2.5 to 3.2 over 20 characters, hex keys up to 4,
/// base 64 keys 4.5 and more.
const ENTROPY_BITS_MIN: f64 = 3.5;

/// Least Shannon entropy of random hexadecimal digits, in bits a digit.
///
/// Of 32 random ones about one in five stays under 3.5, and next to none under 3.
const HEX_ENTROPY_BITS_MIN: f64 = 3.0;

/// Whether a text has the entropy of a random key.
pub(super) fn is_random(text: &str) -> bool {
    entropy_bits(text) >= if is_hex(text) { HEX_ENTROPY_BITS_MIN } else { ENTROPY_BITS_MIN }
}

/// Whether a text is hexadecimal, of letters and digits both; a UUID is, with its hyphens.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Shannon entropy, in bits a byte. Bytes are counted in their order, so that
/// the sum is rounded alike wherever it runs.
fn entropy_bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = f64::from(counts.iter().sum::<u32>());
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

/// Whether the text before the first `.` is base64url of a JSON object.
pub(super) fn is_base64_json(text: &str) -> bool {
    let head = text.split('.').next().unwrap_or_default().trim_end_matches('=');
    let Some(bytes) = base64::decode(head.as_bytes()) else {
        return false;
    };
    let Ok(json) = std::str::from_utf8(&bytes) else {
        return false;
    };
    let inner = json.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.trim_start().starts_with('"') && inner.contains(':'))
}

/// How many of a GitHub token's last characters are its checksum.
const CHECKSUM_CHARACTERS: usize = 6;

/// Whether a GitHub token ends with the checksum of the rest.
///
/// After the prefix stand 30 random characters and six more: the CRC-32 of
/// the 30, in base 62, filled up with zeros.
pub(super) fn is_github_token(text: &str) -> bool {
    let Some((_, body)) = text.split_once('_') else {
        return false;
    };
    let Some(split) = body.len().checked_sub(CHECKSUM_CHARACTERS) else {
        return false;
    };
    let (Some(random), Some(checksum)) = (body.get(..split), body.get(split..)) else {
        return false;
    };
    random.len() == 30 && base62(crc32(random.as_bytes())) == checksum
}

/// The CRC-32 of ISO-HDLC, as in gzip and zip.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// A number in base 62, six characters, most significant first.
fn base62(number: u32) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = number;
    let mut reversed = Vec::with_capacity(CHECKSUM_CHARACTERS);
    for _ in 0..CHECKSUM_CHARACTERS {
        reversed.extend(ALPHABET.get((rest % 62) as usize).copied().map(char::from));
        rest /= 62;
    }
    reversed.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy() {
        let table = [
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY9", true),
            ("7f3d9a1c5be04268", true),
            ("e0b1a3e7a0f5e3b9a7e0f1b3a5e9b7f0", true), // hexadecimal, 3.24 bits
            ("20251120-2025-1120-2025-112020251120", false), // no letter
            ("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("passwordpassword", false),
            ("00000000000000000001", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_random(text), expected, "{text}: {}", entropy_bits(text));
        }
    }

    #[test]
    fn json_in_base64() {
        let table = [
            ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2ln", true),
            ("eyJhIjoxfQ==.x.y", true),
            ("eyJhbGciOiJIUzI1Ni.x.y", false), // the object does not end
            ("aGVsbG8gd29ybGQ.x.y", false),
            ("ey!.x.y", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_base64_json(text), expected, "{text}");
        }
    }

    #[test]
    fn github_checksums() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(base62(0), "000000");
        assert_eq!(base62(u32::MAX), "4gfFC3");
        let token = "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";
        assert!(is_github_token(token));
        assert!(!is_github_token(&token.replace("0mLq17", "0mLq18")));
        assert!(!is_github_token(&token.replace("zQW", "zQV")));
        assert!(!is_github_token("ghp_short"));
        assert!(!is_github_token("ghp"));
    }
}
