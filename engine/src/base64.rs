//! Base 64 (RFC 4648), read leniently: either alphabet, padded or not; and written strictly.

/// Bytes that base 64 writes, of either alphabet; a last character that writes no whole byte is left out.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in bytes.iter().take_while(|byte| **byte != b'=') {
        bits = bits << 6 | sextet(*byte)?;
        count = count.saturating_add(6);
        if count >= 8 {
            count = count.saturating_sub(8);
            out.push(u8::try_from(bits >> count & 0xFF).ok()?);
            bits &= (1_u32 << count).saturating_sub(1);
        }
    }
    Some(out)
}

/// The characters of the standard alphabet, by their value.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes in the standard alphabet, padded.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let bits =
            [16, 8, 0].iter().zip(chunk).fold(0_u32, |bits, (shift, byte)| bits | u32::from(*byte) << shift);
        for (index, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let character = ALPHABET.get((bits >> shift & 63) as usize).filter(|_| index <= chunk.len());
            out.push(character.map_or('=', |byte| char::from(*byte)));
        }
    }
    out
}

/// The value of a character of base 64 (RFC 4648, sections 4 and 5).
fn sextet(byte: u8) -> Option<u32> {
    let (first, value) = match byte {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' | b'-' => return Some(62),
        b'/' | b'_' => return Some(63),
        _ => return None,
    };
    Some(u32::from(byte.saturating_sub(first)).saturating_add(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let table = [("", ""), ("h", "aA=="), ("he", "aGU="), ("hel", "aGVs"), ("???~", "Pz8/fg==")];
        for (text, expected) in table {
            assert_eq!(encode(text.as_bytes()), expected);
            assert_eq!(decode(expected.as_bytes()).as_deref(), Some(text.as_bytes()));
        }
    }

    #[test]
    fn either_alphabet_is_read() {
        let table = [
            ("aGVsbG8=", Some("hello")),
            ("aGVsbG8", Some("hello")),
            ("a", Some("")),
            ("Pz8_", Some("???")),
            ("Pz8/", Some("???")),
            ("a b", None),
        ];
        for (text, expected) in table {
            assert_eq!(decode(text.as_bytes()).as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }
}
