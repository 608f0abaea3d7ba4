//! How people and machines are reached: e-mail, IP and hardware addresses; social security.

use super::{digits, number};
use std::net::IpAddr;

/// Longest local part, domain label and address of RFC 5321 and RFC 1035, in bytes.
const LOCAL_BYTES_MAX: usize = 64;
const LABEL_BYTES_MAX: usize = 63;
const ADDRESS_BYTES_MAX: usize = 254;

/// Whether an address has a plausible local part and domain.
///
/// Names of the kind that RFC 2606 reserves are addresses too: who tests with
/// them wants to see them found.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local = (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let mut labels = domain.split('.');
    let top = labels.next_back().unwrap_or_default();
    let is_top = is_label(top) && top.chars().count() >= 2 && !top.bytes().all(|byte| byte.is_ascii_digit());
    let is_file = FILE_ENDINGS.contains(&&*top.to_ascii_lowercase());
    let mut inner = labels.peekable();
    is_local
        && is_top
        && !is_file
        && inner.peek().is_some()
        && inner.all(is_label)
        && text.len() <= ADDRESS_BYTES_MAX
}

/// What names of files end with and no domain does: `icon@2x.png`, `left-pad@1.tgz`.
const FILE_ENDINGS: &[&str] = &[
    "avif", "bin", "bmp", "conf", "css", "csv", "deb", "exe", "gif", "gz", "html", "ico", "jar", "jpeg",
    "jpg", "js", "json", "jsx", "lock", "log", "mp4", "pdf", "png", "rpm", "scss", "svg", "tar", "tgz",
    "toml", "ts", "tsx", "ttf", "txt", "webp", "whl", "woff", "xml", "xz", "yaml", "yml",
];

fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Numbers that were printed in advertisements and are never issued.
const SSN_ADVERTISED: [u64; 2] = [78_051_120, 219_099_999];

/// Whether a text is a US social security number that can have been issued.
pub(super) fn is_us_ssn(text: &str) -> bool {
    let digits = digits(text);
    let (Some(area), Some(group), Some(serial)) = (digits.get(..3), digits.get(3..5), digits.get(5..9))
    else {
        return false;
    };
    let area = number(area);
    digits.len() == 9
        && area != 0
        && area != 666
        && area < 900
        && number(group) != 0
        && number(serial) != 0
        && !SSN_ADVERTISED.contains(&number(&digits))
}

/// Whether a text is an IPv4 or IPv6 address that can be somebody's.
///
/// The unspecified address, the machine itself and masks of networks are nobody's.
pub(super) fn is_ip_address(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => !matches!(address.octets(), [0 | 127 | 255, ..]),
        Ok(IpAddr::V6(address)) => !address.is_unspecified() && !address.is_loopback() && !is_eui64(text),
        Err(_) => false,
    }
}

/// Whether a text is eight pairs of digits: a hardware address of 64 bits, or a piece of a fingerprint.
fn is_eui64(text: &str) -> bool {
    text.split(':').all(|group| group.len() == 2)
}

/// Whether a text is a hardware address of 48 bits, in pairs or as three groups of four.
///
/// Zeros and ones alone are nobody's: they stand for none, and for all. Digits in groups of four
/// are a card or an account more often than not, so one letter at least stands there.
pub(super) fn is_mac_address(text: &str) -> bool {
    let digits: String =
        text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect();
    let mut separators = text.chars().filter(|c| !c.is_ascii_hexdigit());
    let first = separators.next();
    let has_letter = digits.bytes().any(|byte| byte.is_ascii_alphabetic());
    digits.len() == 12
        && (first != Some('.') || has_letter)
        && separators.all(|separator| Some(separator) == first)
        && ["0", "f"].iter().all(|digit| !digits.replace(digit, "").is_empty())
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
    fn addresses() {
        let long = format!("{}@example.com", "a".repeat(65));
        check(
            is_email,
            &[
                ("jane.doe+tag@mail.example.co.uk", true),
                ("o'brien@example.com", true),
                ("jürgen@müller.example", true),
                ("jane@localhost", false),
                ("jane@example.1", false),
                ("jane@192.0.2.1", false),
                (".jane@example.com", false),
                ("ja..ne@example.com", false),
                ("jane@-example.com", false),
                ("jane@example..com", false),
                ("@example.com", false),
                ("icon@2x.example.png", false),
                (&long, false),
            ],
        );
    }

    #[test]
    fn social_security_numbers() {
        check(
            is_us_ssn,
            &[
                ("536-22-8741", true),
                ("536 22 8741", true),
                ("000-22-8741", false),
                ("666-22-8741", false),
                ("900-22-8741", false),
                ("536-00-8741", false),
                ("536-22-0000", false),
                ("078-05-1120", false),
                ("219-09-9999", false),
                ("536-22-874", false),
                ("536-22-87411", false),
            ],
        );
    }

    #[test]
    fn ip_addresses() {
        check(
            is_ip_address,
            &[
                ("192.0.2.1", true),
                ("2001:db8::1", true),
                ("::ffff:192.0.2.1", true),
                ("256.0.2.1", false),
                ("1.2.3", false),
                ("0.0.0.0", false),
                ("127.0.0.1", false),
                ("255.255.255.0", false),
                ("::", false),
                ("::1", false),
                ("00:1a:2b:3c:4d:5e:6f:70", false),
                ("192.168.01.1", false),
                ("1.3.6.1.4.1", false),
                ("12:34", false),
            ],
        );
    }

    #[test]
    fn hardware_addresses() {
        check(
            is_mac_address,
            &[
                ("00:1a:2b:3c:4d:5e", true),
                ("00-1A-2B-3C-4D-5E", true),
                ("001a.2b3c.4d5e", true),
                ("001A2B3C4D5E", true),
                ("4111.1111.1111", false),
                ("00:1a:2b-3c:4d:5e", false),
                ("00:1a:2b:3c:4d", false),
                ("00:1a:2b:3c:4d:5e:6f", false),
                ("00:00:00:00:00:00", false),
                ("FF:ff:FF:ff:FF:ff", false),
                ("", false),
            ],
        );
    }
}
