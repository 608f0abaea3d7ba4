//! Tokens that stand for values, and what they stand for.
//!
//! A token is made from a key, the tenant and the value, so the same value has
//! the same token in every turn, at every sidecar, and nobody without the key
//! can tell a value from its token. Only the way back needs memory: it is kept
//! for one exchange, holds what the caller sent in it, and is wiped at its end.

use super::plan::Label;
use super::recall;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::ops::Bound;
use zeroize::Zeroizing;

/// Most values that one exchange may have tokens for.
///
/// A request of a megabyte that is a list of addresses has about 40 000; such a
/// request is an export, and is refused.
const ENTRIES_MAX: usize = 16_384;

/// Most bytes of values that one exchange may have tokens for.
const VALUE_BYTES_MAX: usize = 4 << 20;

/// Characters of a token that say which value it is: 40 bits.
const TOKEN_CHARACTERS: usize = 8;

/// By how much a token grows when it is taken.
const TOKEN_GROWTH: usize = 4;

/// Longest token, in characters of its value part: 240 bits.
const TOKEN_CHARACTERS_MAX: usize = 48;

/// Longest token, in bytes: name, value part, brackets and what joins them.
pub(super) const TOKEN_BYTES_MAX: usize = 32 + TOKEN_CHARACTERS_MAX + 3;

/// A block of SHA-256: HMAC fills a shorter key up with zeros to it.
const BLOCK_BYTES: usize = 64;

/// Characters of a keyed hash: 80 bits.
const HASH_CHARACTERS: usize = 16;

/// Letters and digits that are hard to confuse, 32 of them.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What tokens and keyed hashes look like.
pub(super) const TOKEN_PATTERN: &str =
    r"\[[A-Z][A-Z0-9_]{0,31}(?:_[a-km-np-z2-9]{8,48}|#[a-km-np-z2-9]{16})\]";

/// Whether a text is of the shape of a token or a keyed hash, as
/// `[PAN_k3f9x2ma]` is. Its value part has a letter, so no number is one.
pub fn is_token(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    let Some((name, value)) = inner.rsplit_once('#').or_else(|| inner.rsplit_once('_')) else {
        return false;
    };
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && (TOKEN_CHARACTERS..=TOKEN_CHARACTERS_MAX).contains(&value.len())
        && value.bytes().all(|byte| ALPHABET.contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The key of tokens; sidecars of one fleet share it.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<[u8; BLOCK_BYTES]>);

impl TokenKey {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let mut block = Zeroizing::new([0; BLOCK_BYTES]);
        block.iter_mut().zip(bytes.iter()).for_each(|(byte, key)| *byte = *key);
        Self(block)
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// More values than one exchange may have tokens for: the request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {ENTRIES_MAX} values, or {VALUE_BYTES_MAX} bytes of them, were to be replaced by tokens")]
pub struct VaultFull;

/// Makes tokens for one tenant, and restores those made in this exchange.
pub struct Vault {
    key: TokenKey,
    tenant: Box<str>,
    /// Tokens by the keyed digest of what they stand for.
    tokens: BTreeMap<[u8; 32], Box<str>>,
    /// Values, as they were first spelled, by name and value part of their token, in lower case.
    values: BTreeMap<Box<str>, Zeroizing<String>>,
    value_bytes: usize,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("tenant", &self.tenant)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// An empty vault for an exchange of `tenant`.
    pub fn new(key: TokenKey, tenant: &str) -> Self {
        Self { key, tenant: tenant.into(), tokens: BTreeMap::new(), values: BTreeMap::new(), value_bytes: 0 }
    }

    /// Whether there is nothing to restore.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// What a token stands for, in the spelling first seen in the request; the token as a model may have
    /// written it, in another case, escaped, or with emphasis.
    pub fn restore(&self, token: &str) -> Option<&str> {
        self.values.get(recall::key(token).as_str()).map(|value| value.as_str())
    }

    /// Whether this is name and value part of a token of this exchange.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Whether name and value part of a token of this exchange begin so.
    pub(super) fn has_key_from(&self, beginning: &str) -> bool {
        let mut from = self.values.range::<str, _>((Bound::Included(beginning), Bound::Unbounded));
        from.next().is_some_and(|(key, _)| key.starts_with(beginning))
    }

    /// The token of a value that the caller sent; remembers the way back.
    ///
    /// # Errors
    ///
    /// Returns [`VaultFull`] when the exchange has too many values.
    pub(super) fn deposit(&mut self, label: &Label, value: &str) -> Result<Box<str>, VaultFull> {
        let mac = self.mac("token", label, value);
        if let Some(token) = self.tokens.get(&mac) {
            return Ok(token.clone());
        }
        self.value_bytes = self.value_bytes.saturating_add(value.len());
        if self.values.len() >= ENTRIES_MAX || self.value_bytes > VALUE_BYTES_MAX {
            return Err(VaultFull);
        }
        let token = self.free_token(label, &mac);
        self.tokens.insert(mac, token.clone());
        self.values.insert(recall::key(&token).into(), Zeroizing::new(value.to_owned()));
        Ok(token)
    }

    /// The token of a value that is new in an answer; there is no way back.
    pub(super) fn name(&self, label: &Label, value: &str) -> Box<str> {
        let mac = self.mac("token", label, value);
        self.tokens.get(&mac).cloned().unwrap_or_else(|| self.free_token(label, &mac))
    }

    /// A keyed hash of a value.
    pub(super) fn hash(&self, label: &Label, value: &str) -> Box<str> {
        let mac = self.mac("hash", label, value);
        let text: String = characters(&mac).take(HASH_CHARACTERS).collect();
        format!("[{}#{text}]", label.name).into()
    }

    /// The shortest token of a digest that no other value of this exchange has.
    fn free_token(&self, label: &Label, mac: &[u8; 32]) -> Box<str> {
        let mut length = TOKEN_CHARACTERS;
        loop {
            let text: String = characters(mac).take(length).collect();
            let token = format!("[{}_{text}]", label.name);
            let is_free = is_token(&token) && !self.has_key(&recall::key(&token));
            if is_free || length >= TOKEN_CHARACTERS_MAX {
                return token.into();
            }
            length = length.saturating_add(TOKEN_GROWTH);
        }
    }

    /// The digest of a value under the key; each part is preceded by its
    /// length, so that no two lists of parts write the same bytes.
    fn mac(&self, purpose: &str, label: &Label, value: &str) -> [u8; 32] {
        let formed = Zeroizing::new(label.form.apply(value));
        let mut mac = Hmac::<Sha256>::new((&*self.key.0).into());
        for part in ["ascp.token/1", purpose, &self.tenant, &label.name, &formed] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// A digest as characters of the alphabet, five bits each.
fn characters(mac: &[u8; 32]) -> impl Iterator<Item = char> + '_ {
    let bit =
        |at: u32| mac.get((at >> 3) as usize).map_or(0, |byte| usize::from(byte.rotate_left(at & 7) >> 7));
    (0..u32::try_from(TOKEN_CHARACTERS_MAX).unwrap_or(0)).map(move |at| {
        let index =
            (0..5).fold(0, |index, offset| index << 1 | bit(at.saturating_mul(5).saturating_add(offset)));
        ALPHABET.get(index).copied().map_or('a', char::from)
    })
}

#[cfg(test)]
mod tests {
    use super::super::validate::Form;
    use super::*;

    fn vault(key: u8, tenant: &str) -> Vault {
        Vault::new(TokenKey::new([key; 32]), tenant)
    }

    fn label(form: Form) -> Label {
        Label { name: "PAN".into(), form }
    }

    #[test]
    fn a_token_is_keyed_to_tenant_and_value() {
        let digits = label(Form::Digits);
        let token = vault(1, "retail").deposit(&digits, "4111 1111 1111 1111").unwrap();
        assert!(is_token(&token), "{token}");
        assert_eq!(token.len(), "[PAN_k3f9x2ma]".len());
        assert_eq!(vault(1, "retail").deposit(&digits, "4111-1111-1111-1111").unwrap(), token);
        assert_eq!(vault(1, "retail").name(&digits, "4111111111111111"), token);
        assert_ne!(vault(1, "labs").deposit(&digits, "4111111111111111").unwrap(), token);
        assert_ne!(vault(2, "retail").deposit(&digits, "4111111111111111").unwrap(), token);
        assert_ne!(vault(1, "retail").deposit(&digits, "5555555555554444").unwrap(), token);
        assert!(is_token(&vault(1, "retail").hash(&digits, "4111111111111111")));
    }

    #[test]
    fn the_first_spelling_comes_back() {
        let mut vault = vault(1, "retail");
        let first = vault.deposit(&label(Form::Digits), "4111 1111").unwrap();
        let second = vault.deposit(&label(Form::Digits), "41111111").unwrap();
        assert_eq!(first, second);
        assert_eq!(vault.restore(&first), Some("4111 1111"));
        assert_eq!(vault.restore("[PAN_aaaaaaaa]"), None);
    }

    #[test]
    fn a_token_that_is_taken_grows() {
        let mut vault = vault(1, "retail");
        let label = label(Form::Exact);
        let short = vault.name(&label, "one");
        vault.values.insert(recall::key(&short).into(), Zeroizing::new("another".to_owned()));
        let long = vault.deposit(&label, "one").unwrap();
        assert_eq!(long.len(), short.len() + TOKEN_GROWTH);
        assert!(long.starts_with(short.trim_end_matches(']')));
        assert_eq!(vault.restore(&long), Some("one"));
    }

    #[test]
    fn a_full_vault_refuses() {
        let mut vault = vault(1, "retail");
        let label = label(Form::Exact);
        let largest = "x".repeat(VALUE_BYTES_MAX);
        assert!(vault.deposit(&label, &largest).is_ok());
        assert!(vault.deposit(&label, &largest).is_ok(), "it is known");
        assert_eq!(vault.deposit(&label, "y"), Err(VaultFull));
        let mut vault = Vault::new(TokenKey::new([1; 32]), "retail");
        for number in 0..ENTRIES_MAX {
            assert!(vault.deposit(&label, &number.to_string()).is_ok());
        }
        assert_eq!(vault.deposit(&label, "one more"), Err(VaultFull));
    }

    #[test]
    fn nothing_prints_a_value() {
        let mut vault = vault(9, "retail");
        let token = vault.deposit(&label(Form::Exact), "hunter2").unwrap();
        let printed = format!("{vault:?} {:?}", TokenKey::new([9; 32]));
        assert!(!printed.contains("hunter2") && !printed.contains(&*token) && !printed.contains("9, 9"));
    }

    #[test]
    fn shapes() {
        for text in ["[PAN_k3f9x2ma]", "[CARD_CVV_k3f9x2ma]", "[PAN#k3f9x2mak3f9x2ma]", "[PAN_k3f9x2mak3f9]"]
        {
            assert!(is_token(text), "{text}");
        }
        for text in [
            "[PAN_23456789]",
            "[PAN_k3f9x2m]",
            "[pan_k3f9x2ma]",
            "[PAN_k3f9x2mA]",
            "PAN_k3f9x2ma",
            "[_k3f9x2ma]",
            "[]",
        ] {
            assert!(!is_token(text), "{text}");
        }
    }
}
