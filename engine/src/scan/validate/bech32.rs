//! Bech32 (BIP 173) and Bech32m (BIP 350): a prefix, `1`, data of five bits a character, a checksum;
//! and the addresses of Bitcoin Cash, which differ in separator and polynomial.

/// The characters of the data, by their value.
const CHARSET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The remainder that a valid text leaves, by form.
const BECH32: u32 = 1;
const BECH32M: u32 = 0x2BC8_30A3;

/// What the polynomial of six characters multiplies with, by bit.
const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];

/// The same for the eight characters of Bitcoin Cash.
const CASH_GENERATOR: [u64; 5] =
    [0x98_F2BC_8E61, 0x79_B76D_99E2, 0xF3_3E5F_B3C4, 0xAE_2EAB_E2A8, 0x1E_4F43_E470];

/// How many characters the checksum takes.
const CHECKSUM_CHARACTERS: usize = 6;

/// Which checksum a text carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// That of BIP 173.
    Bech32,
    /// That of BIP 350.
    Bech32m,
}

/// The form of a text and its data without the checksum; the prefix is given by the caller.
pub(super) fn read(prefix: &str, text: &str) -> Option<(Form, Vec<u8>)> {
    let data = text.strip_prefix(prefix)?.strip_prefix('1')?;
    let mut values = values(data)?;
    let expanded = prefix.bytes().map(|b| b >> 5).chain([0]).chain(prefix.bytes().map(|b| b & 31));
    let remainder = expanded.chain(values.iter().copied()).fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x1FF_FFFF) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(
            shifted,
            |sum, (bit, term)| {
                if top >> bit & 1 == 1 { sum ^ term } else { sum }
            },
        )
    });
    let form = match remainder {
        BECH32 => Form::Bech32,
        BECH32M => Form::Bech32m,
        _ => return None,
    };
    values.truncate(values.len().checked_sub(CHECKSUM_CHARACTERS)?);
    Some((form, values))
}

/// Whether what follows `prefix:` is an address of Bitcoin Cash.
pub(super) fn is_cash(prefix: &str, data: &str) -> bool {
    let Some(values) = values(data) else {
        return false;
    };
    let expanded = prefix.bytes().map(|b| b & 31).chain([0]);
    let remainder = expanded.chain(values).fold(1_u64, |sum, value| {
        let top = sum >> 35;
        let shifted = (sum & 0x7_FFFF_FFFF) << 5 ^ u64::from(value);
        CASH_GENERATOR
            .iter()
            .enumerate()
            .fold(shifted, |sum, (bit, term)| if top >> bit & 1 == 1 { sum ^ term } else { sum })
    });
    remainder == 1
}

/// The values of characters; upper case is read as lower.
fn values(data: &str) -> Option<Vec<u8>> {
    data.chars().map(|c| CHARSET.find(c).and_then(|at| u8::try_from(at).ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        // Of BIP 173 and BIP 350.
        let table = [
            ("bc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Some(Form::Bech32)),
            ("bc", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", Some(Form::Bech32m)),
            ("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", Some(Form::Bech32)),
            ("bc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", None),
            ("tb", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", None),
            ("bc", "bc1qw508d6qejxtdg4y5r3zarvbry0c5xw7kv8f3t4", None),
            ("bc", "bc1", None),
        ];
        for (prefix, text, expected) in table {
            assert_eq!(read(prefix, text).map(|(form, _)| form), expected, "{text}");
        }
    }

    #[test]
    fn addresses_of_bitcoin_cash() {
        // Of the specification of the format.
        assert!(is_cash("bitcoincash", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"));
        assert!(is_cash("bitcoincash", "ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"));
        assert!(!is_cash("bitcoincash", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b"));
        assert!(!is_cash("bchtest", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"));
    }
}
