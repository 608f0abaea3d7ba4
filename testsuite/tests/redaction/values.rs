//! Structured values that are not anybody's.

use testsuite::arbitrary::Random;

/// Letters and digits that keys are made of.
const KEY: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A random value of a random kind.
pub(crate) fn value(random: &mut Random) -> String {
    match random.below(8) {
        0 => card(random, ""),
        1 => card(random, random.clone().pick(&[" ", "-"])),
        2 => iban(random),
        3 => ssn(random),
        4 => email(random),
        5 => format!("AKIA{}", characters(random, 16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        6 => format!("ghp_{}", characters(random, 36, KEY)),
        _ => format!("sk-proj-{}", characters(random, 40, KEY)),
    }
}

fn card(random: &mut Random, separator: &str) -> String {
    let mut digits = format!("4{}", characters(random, 14, b"0123456789"));
    let sum: u32 =
        digits.bytes().enumerate().map(|(at, digit)| doubled(u32::from(digit - b'0'), at % 2 == 0)).sum();
    digits.push(char::from_digit((10 - sum % 10) % 10, 10).expect("a digit"));
    let groups: Vec<&str> = (0..4).map(|group| &digits[group * 4..group * 4 + 4]).collect();
    groups.join(separator)
}

const fn doubled(digit: u32, is_doubled: bool) -> u32 {
    match (is_doubled, digit) {
        (false, digit) => digit,
        (true, digit) if digit < 5 => digit * 2,
        (true, digit) => digit * 2 - 9,
    }
}

/// A German one: 18 digits and their check digits.
fn iban(random: &mut Random) -> String {
    let account = characters(random, 18, b"0123456789");
    // `DE00` behind the account, letters as two digits.
    let rest =
        format!("{account}131400").bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    let iban = format!("DE{:02}{account}", 98 - rest);
    let groups: Vec<&str> = (0..6).map(|group| &iban[group * 4..iban.len().min(group * 4 + 4)]).collect();
    groups.join(random.pick(&["", " "]))
}

fn ssn(random: &mut Random) -> String {
    format!("{}-{}-{}", 123 + random.below(500), 10 + random.below(89), 1000 + random.below(8999))
}

fn email(random: &mut Random) -> String {
    let name = characters(random, 6, b"abcdefghijklmnopqrstuvwxyz");
    format!("{name}.{}@example.org", random.below(99_999))
}

fn characters(random: &mut Random, count: usize, of: &[u8]) -> String {
    (0..count).map(|_| char::from(random.pick(of))).collect()
}
