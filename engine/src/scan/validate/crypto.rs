//! Addresses of cryptographic currencies, each with the checksum of its own.

use super::base58::{self, BITCOIN, CHECKSUM_BYTES, RIPPLE};
use super::bech32::{self, Form};
use sha3::{Digest, Keccak256};

/// Prefixes of Bech32 addresses, with the least characters of their data: a hash of 20 bytes takes 32.
///
/// Bitcoin and its tests, Litecoin, Cardano and its stakes, Cosmos, Osmosis.
const BECH32_PREFIXES: &[(&str, usize)] =
    &[("bc", 33), ("tb", 33), ("ltc", 33), ("addr", 45), ("stake", 45), ("cosmos", 32), ("osmo", 32)];

/// First bytes of addresses in base 58 with a checksum.
///
/// Bitcoin 0x00 and 0x05, its tests 0x6F and 0xC4, Litecoin 0x30 and 0x32, Dogecoin 0x1E and 0x16,
/// Dash 0x4C and 0x10, TRON 0x41.
const BASE58_VERSIONS: &[u8] = &[0x00, 0x05, 0x10, 0x16, 0x1E, 0x30, 0x32, 0x41, 0x4C, 0x6F, 0xC4];

/// First bytes of transparent addresses of Zcash.
const ZCASH_VERSIONS: [[u8; 2]; 2] = [[0x1C, 0xB8], [0x1C, 0xBD]];

/// Whether a text ends with an address of a currency whose checksum is right.
///
/// Ethereum's has a checksum in its case alone (ERC-55), and Solana's none: in one case, or of
/// Solana, an address passes only behind a word that the hit takes in.
pub(super) fn is_crypto_address(text: &str) -> bool {
    let text = text.trim();
    let start = text.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at.saturating_add(1));
    let (before, address) = text.split_at_checked(start).unwrap_or(("", text));
    let before = before.to_ascii_lowercase();
    if let Some(prefix) = before.strip_suffix(':').filter(|prefix| prefix.starts_with('b')) {
        return bech32::is_cash(prefix, &address.to_ascii_lowercase());
    }
    let has_label = !before.is_empty();
    match address.strip_prefix("0x").or_else(|| address.strip_prefix("0X")) {
        Some(hex) if is_of_one_case(hex) => has_label && is_hex_address(hex),
        Some(hex) => !has_label && is_hex_address(hex) && is_erc55(hex),
        None if has_label => is_solana(address),
        None => {
            is_bech32(address)
                || is_base58check(address)
                || is_ripple(address)
                || is_monero(address)
                || is_stellar(address)
        }
    }
}

fn is_hex_address(hex: &str) -> bool {
    let is_zero = hex.bytes().all(|byte| byte == b'0');
    hex.len() == 40 && !is_zero && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_of_one_case(hex: &str) -> bool {
    let is_any = |of: fn(&u8) -> bool| hex.bytes().any(|byte| of(&byte));
    !(is_any(u8::is_ascii_lowercase) && is_any(u8::is_ascii_uppercase))
}

/// Whether letters are in upper case where the hash of the address has a digit of 8 or more.
fn is_erc55(hex: &str) -> bool {
    let hash = Keccak256::digest(hex.to_ascii_lowercase());
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    hex.bytes()
        .zip(nibbles)
        .all(|(byte, nibble)| byte.is_ascii_digit() || byte.is_ascii_uppercase() == (nibble >= 8))
}

fn is_bech32(address: &str) -> bool {
    if !is_of_one_case(address) {
        return false;
    }
    let address = address.to_ascii_lowercase();
    BECH32_PREFIXES.iter().any(|(prefix, least)| {
        let Some((form, data)) = bech32::read(prefix, &address) else {
            return false;
        };
        // Witness version 0 has the first form, all others the second (BIP 350).
        let is_segwit = matches!(*prefix, "bc" | "tb" | "ltc");
        let is_form = if is_segwit {
            (data.first() == Some(&0)) == (form == Form::Bech32)
        } else {
            form == Form::Bech32
        };
        data.len() >= *least && is_form
    })
}

fn is_base58check(address: &str) -> bool {
    match base58::checked(address, BITCOIN).as_deref() {
        Some([version, hash @ ..]) if hash.len() == 20 => BASE58_VERSIONS.contains(version),
        Some([first, second, hash @ ..]) if hash.len() == 20 => ZCASH_VERSIONS.contains(&[*first, *second]),
        Some(_) | None => false,
    }
}

fn is_ripple(address: &str) -> bool {
    matches!(base58::checked(address, RIPPLE).as_deref(), Some([0, hash @ ..]) if hash.len() == 20)
}

/// Whether a text is a public key in base 58; it has no checksum.
fn is_solana(address: &str) -> bool {
    let has_both =
        address.bytes().any(|b| b.is_ascii_digit()) && address.bytes().any(|b| b.is_ascii_alphabetic());
    has_both && base58::decode(address, BITCOIN).is_some_and(|bytes| bytes.len() == 32)
}

/// Characters that write eight bytes of an address of Monero, and the last ones: its blocks stand for themselves.
const MONERO_BLOCK: usize = 11;
const MONERO_LAST_BLOCK: usize = 7;
const MONERO_LAST_BYTES: usize = 5;

/// First bytes of addresses of Monero: standard, integrated, subaddress.
const MONERO_NETWORKS: [u8; 3] = [18, 19, 42];

fn is_monero(address: &str) -> bool {
    let mut bytes = Vec::new();
    for block in address.as_bytes().chunks(MONERO_BLOCK) {
        let width = match block.len() {
            MONERO_BLOCK => 8,
            MONERO_LAST_BLOCK => MONERO_LAST_BYTES,
            _ => return false,
        };
        let decoded = std::str::from_utf8(block).ok().and_then(|block| base58::decode(block, BITCOIN));
        let decoded = decoded.unwrap_or_default();
        let significant = decoded.len().saturating_sub(decoded.iter().take_while(|byte| **byte == 0).count());
        let Some(zeros) = width.checked_sub(significant).map(|zeros: usize| zeros) else {
            return false;
        };
        bytes.extend(std::iter::repeat_n(0, zeros));
        bytes.extend(decoded.iter().skip_while(|byte| **byte == 0));
    }
    let Some((body, checksum)) = bytes.split_at_checked(bytes.len().saturating_sub(CHECKSUM_BYTES)) else {
        return false;
    };
    matches!(bytes.len(), 69 | 77)
        && body.first().is_some_and(|network| MONERO_NETWORKS.contains(network))
        && Keccak256::digest(body).starts_with(checksum)
}

/// Bytes of an account of Stellar: version, public key, checksum.
const STELLAR_BYTES: usize = 35;

/// First byte of an account of Stellar, which makes it begin with G.
const STELLAR_ACCOUNT: u8 = 6 << 3;

/// Whether a text is an account of Stellar: base 32, and the CRC-16 of XMODEM, low byte first.
fn is_stellar(address: &str) -> bool {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = Vec::with_capacity(STELLAR_BYTES);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for character in address.chars() {
        let Some(value) = ALPHABET.find(character).and_then(|at| u32::try_from(at).ok()) else {
            return false;
        };
        held = (held << 5 | value) & 0xFFF;
        bits = bits.saturating_add(5);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push((held >> bits & 0xFF) as u8);
        }
    }
    match bytes.split_last_chunk::<2>() {
        Some((body, checksum)) => {
            bytes.len() == STELLAR_BYTES
                && body.first() == Some(&STELLAR_ACCOUNT)
                && u16::from_le_bytes(*checksum) == crc16(body)
        }
        None => false,
    }
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(
            sum ^ u16::from(*byte) << 8,
            |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        // Published examples: of the proposals, the currencies' documentation, and well-known first addresses.
        let table = [
            ("Bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", true),
            ("Bitcoin, script", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", true),
            ("Bitcoin, witness", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true),
            ("Bitcoin, witness in capitals", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", true),
            ("Bitcoin, taproot", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", true),
            ("Bitcoin Cash", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", true),
            ("Ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", true),
            ("Ethereum", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", true),
            ("Ethereum, lower, behind a word", "wallet 0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", true),
            ("XRP", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", true),
            ("Stellar", "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7", true),
            ("TRON", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", true),
            ("Solana, behind a word", "solana: TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", true),
            (
                "Monero",
                "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
                true,
            ),
        ];
        for (name, text, expected) in table {
            assert_eq!(is_crypto_address(text), expected, "{name}");
        }
    }

    #[test]
    fn what_is_near_an_address_is_none() {
        let table = [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
            "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
            "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359",
            "wallet 0x0000000000000000000000000000000000000000",
            "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi",
            "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u",
            "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
            "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3B",
            "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN6",
            "d41d8cd98f00b204e9800998ecf8427e",
            "",
        ];
        for text in table {
            assert!(!is_crypto_address(text), "{text}");
        }
    }
}
