//! How people and machines are reached: e-mail, telephone, social security, IP.

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
    let mut inner = labels.peekable();
    is_local && is_top && inner.peek().is_some() && inner.all(is_label) && text.len() <= ADDRESS_BYTES_MAX
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Whether a text is a telephone number of plausible length.
///
/// With a `+` or `00` it is E.164: 8 to 15 digits, no zero first. Without, it
/// needs separators: ten digits in the form of North America, with area and
/// exchange that begin with 2 to 9, or 9 to 11 after a leading zero.
pub(super) fn is_phone(text: &str) -> bool {
    let digits = digits(text);
    let text = text.trim();
    if text.starts_with('+') {
        return is_international(&digits);
    }
    if let Some(rest) = digits.strip_prefix(&[0, 0]) {
        // Digits alone say less than a `+`, and account numbers have zeros too.
        return is_international(rest) && (text.contains("(0)") || !has_trunk_zero(rest));
    }
    let groups = text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    match digits.as_slice() {
        [0, ..] => (9..=11).contains(&digits.len()) && groups >= 2,
        [1, area, _, _, exchange, _, _, _, _, _, _] | [area, _, _, exchange, _, _, _, _, _, _] => {
            *area >= 2 && *exchange >= 2 && groups >= 3
        }
        _ => false,
    }
}

fn is_international(digits: &[u8]) -> bool {
    (8..=15).contains(&digits.len()) && digits.first().is_some_and(|digit| *digit != 0)
}

/// Whether a zero follows the country code, as it does in few countries alone.
fn has_trunk_zero(digits: &[u8]) -> bool {
    let code = match digits {
        [1 | 7, ..] => 1,
        [2, 0 | 7, ..]
        | [3, 0..=4 | 6, ..]
        | [4, 0 | 1 | 3..=9, ..]
        | [5, 1..=8, ..]
        | [6, 0..=6, ..]
        | [8, 1 | 2 | 4 | 6, ..]
        | [9, 0..=5 | 8, ..] => 2,
        [3, 9, ..] => return false, // Italy dials its zeros.
        _ => 3,
    };
    digits.get(code) == Some(&0)
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

/// Whether a text is an IPv4 or IPv6 address.
///
/// The unspecified address says nothing of anyone.
pub(super) fn is_ip_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok_and(|address| !address.is_unspecified())
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
                (&long, false),
            ],
        );
    }

    #[test]
    fn telephone_numbers() {
        check(
            is_phone,
            &[
                ("+49 30 901820", true),
                ("+1 (415) 555-2671", true),
                ("0049 30 901820", true),
                ("0049 (0)30 901820", true),
                ("0039 06 69812345", true),
                ("0044 0532 0130 00", false),
                ("(415) 555-2671", true),
                ("415.555.2671", true),
                ("1-415-555-2671", true),
                ("020 7946 0958", true),
                ("+0 30 901820", false),
                ("+1 23", false),
                ("+1234567890123456", false),
                ("4155552671", false),
                ("115-555-2671", false),
                ("415-155-2671", false),
                ("2026-11-20", false),
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
                ("::", false),
                ("12:34", false),
            ],
        );
    }
}
