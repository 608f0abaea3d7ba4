//! `policy key`: caller keys and their digests.

use super::Outcome;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use lang::model::Digest;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Read as _};

/// Longest key that is hashed, in bytes: as much as an HTTP head takes in a header.
const KEY_BYTES_MAX: u64 = 8 << 10;

/// A key and what policies say of it.
#[derive(Debug)]
pub(super) struct FreshKey {
    /// What the caller sends.
    pub(super) text: String,
    /// What the tenant lists.
    pub(super) digest: Digest,
}

impl FreshKey {
    /// 256 random bits, as `ascp_` and hexadecimal digits, so that scanners of secrets can tell one.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub(super) fn draw() -> Result<Self, Failure> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|error| Failure::machine(format!("no random bits: {error}")))?;
        let mut text = "ascp_".to_owned();
        bits.iter().try_for_each(|byte| write!(text, "{byte:02x}")).ok();
        Ok(Self { digest: digest(&text), text })
    }
}

/// Prints a new key, and the statement that lets a tenant know its holder.
pub(super) fn new(output: &mut Output) -> Outcome {
    let key = FreshKey::draw()?;
    output.result(&format!("{}\nidentify key \"{}\"\n", key.text, key.digest));
    output.note("the first line is the key: give it to its caller, it is not kept anywhere");
    output.note("the second line belongs in the caller's tenant");
    Ok(Exit::Well)
}

/// Prints the digest of a key: typed unseen at a terminal, else on standard input.
pub(super) fn hash(output: &mut Output) -> Outcome {
    let input = std::io::stdin();
    let read = if input.is_terminal() {
        output.prompt("key: ");
        rpassword::read_password()
    } else {
        let mut text = String::new();
        let read = input.lock().take(KEY_BYTES_MAX.saturating_add(2)).read_to_string(&mut text);
        read.map(|_| text)
    };
    let text = read.map_err(|error| Failure::usage(format!("the key cannot be read: {error}")))?;
    let key = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    output.result(&format!("{}\n", digest(checked(key)?)));
    Ok(Exit::Well)
}

/// A key as a header can carry it; anything else would never match what a caller sends.
fn checked(key: &str) -> Result<&str, Failure> {
    let fault = if key.is_empty() {
        "there is no key on standard input"
    } else if u64::try_from(key.len()).unwrap_or(u64::MAX) > KEY_BYTES_MAX {
        "the key is longer than a header can be"
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        "a key is one word of printable ASCII"
    } else {
        return Ok(key);
    };
    Err(Failure::usage(fault).help("as in `printf %s \"$KEY\" | policy key hash`"))
}

fn digest(key: &str) -> Digest {
    Digest(Sha256::digest(key.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_header_carries_is_a_key() {
        assert_eq!(checked("ascp_demo"), Ok("ascp_demo"));
        for wrong in ["", "two words", "é", "line\nline", &"x".repeat(8193)] {
            assert_eq!(checked(wrong).unwrap_err().exit, Exit::Usage, "{wrong:?}");
        }
    }

    #[test]
    fn digests_are_those_of_the_example_package() {
        assert_eq!(
            digest("ascp_demo_retail_0001").to_string(),
            "sha256:f778ea3f6ee3482746261d78e9956af685b5c6e28d4779311055be8365a11628"
        );
    }
}
