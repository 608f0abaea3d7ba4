//! Base 58: numbers without the letters that look alike, as addresses of currencies are written.

use sha2::{Digest, Sha256};

/// The alphabet of Bitcoin and of most others.
pub(super) const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The alphabet of the XRP Ledger.
pub(super) const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// Most characters that are read; an address of Monero has 106.
const CHARACTERS_MAX: usize = 128;

/// How many bytes of a hash end an address, so that a slip of the pen is seen.
pub(super) const CHECKSUM_BYTES: usize = 4;

/// The bytes that a text writes, most significant first.
pub(super) fn decode(text: &str, alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    if text.len() > CHARACTERS_MAX {
        return None;
    }
    let mut reversed: Vec<u8> = Vec::with_capacity(text.len());
    for character in text.bytes() {
        let value = alphabet.iter().position(|known| *known == character)?;
        let mut carry = u32::try_from(value).ok()?;
        for byte in &mut reversed {
            carry = u32::from(*byte).saturating_mul(58).saturating_add(carry);
            *byte = (carry & 0xFF) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            reversed.push((carry & 0xFF) as u8);
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|character| Some(character) == alphabet.first()).count();
    reversed.extend(std::iter::repeat_n(0, zeros));
    reversed.reverse();
    Some(reversed)
}

/// What stands before the checksum, if it is that of the rest: the first bytes of SHA-256 of SHA-256.
pub(super) fn checked(text: &str, alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    let mut bytes = decode(text, alphabet)?;
    let checksum = bytes.split_off(bytes.len().checked_sub(CHECKSUM_BYTES)?);
    let hash = Sha256::digest(Sha256::digest(&bytes));
    hash.starts_with(&checksum).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        // Examples of the draft "The Base58 Encoding Scheme".
        let table: [(&str, Option<&[u8]>); 5] = [
            ("2NEpo7TZRRrLZSi2U", Some(b"Hello World!")),
            ("11233QC4", Some(&[0, 0, 0x28, 0x7F, 0xB4, 0xCD])),
            ("", Some(b"")),
            ("0OIl", None),
            ("é", None),
        ];
        for (text, expected) in table {
            assert_eq!(decode(text, BITCOIN).as_deref(), expected, "{text}");
        }
        assert_eq!(decode(&"z".repeat(129), BITCOIN), None);
    }

    #[test]
    fn checksums() {
        let address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
        assert_eq!(checked(address, BITCOIN).map(|bytes| bytes.len()), Some(21));
        assert_eq!(checked(&address.replace("fNa", "fNb"), BITCOIN), None);
        assert_eq!(checked("11", BITCOIN), None);
    }
}
