//! Constant texts found by hash: what a request says, made a small number once.

/// A text that no table holds.
pub(crate) const OTHER: u32 = u32::MAX;

/// A fixed set of texts, each with a number.
///
/// Open addressing over hashes, at most half full. The texts are the policy's,
/// so no sender of requests can make probes long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The hash and number of a text, or `OTHER` where there is none; a power of two of them.
    slots: Box<[(u32, u32)]>,
    /// Where each number's text ends in `bytes`.
    ends: Box<[u32]>,
    bytes: Box<[u8]>,
    /// A bit for each length that some text has; the last for all that are longer.
    lengths: u64,
}

/// The bit of a text's length.
fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

impl Names {
    /// The texts, numbered in their order; of equal ones the first counts.
    pub(crate) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let (mut bytes, mut ends, mut lengths) = (String::new(), Vec::new(), 0);
        let mut hashes = Vec::new();
        for text in texts {
            bytes.push_str(text);
            ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            hashes.push(hash(text));
            lengths |= length_bit(text);
        }
        let size = hashes.len().saturating_mul(2).next_power_of_two();
        let mut names = Self {
            slots: vec![(0, OTHER); size].into(),
            ends: ends.into(),
            bytes: bytes.into_bytes().into(),
            lengths,
        };
        for (number, hash) in (0u32..).zip(hashes) {
            let mut at = hash as usize;
            let mask = size.saturating_sub(1);
            while names.slots.get(at & mask).is_some_and(|(_, taken)| *taken != OTHER) {
                at = at.wrapping_add(1);
            }
            if let Some(slot) = names.slots.get_mut(at & mask) {
                *slot = (hash, number);
            }
        }
        names
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a text, or [`OTHER`].
    #[inline]
    pub(crate) fn find(&self, text: &str) -> u32 {
        if self.lengths & length_bit(text) == 0 { OTHER } else { self.probe(text) }
    }

    fn probe(&self, text: &str) -> u32 {
        let hash = hash(text);
        let mask = self.slots.len().saturating_sub(1);
        let mut at = hash as usize;
        while let Some((known, number)) = self.slots.get(at & mask) {
            if *number == OTHER {
                return OTHER;
            }
            if *known == hash && self.text(*number) == Some(text.as_bytes()) {
                return *number;
            }
            at = at.wrapping_add(1);
        }
        OTHER
    }

    /// The text with this number.
    #[inline]
    fn text(&self, number: u32) -> Option<&[u8]> {
        let index = number as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(index)? as usize)
    }
}

/// Multiplies and folds eight bytes at a time, as hashers for short keys do.
fn hash(text: &str) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word).wrapping_mul(u128::from(FACTOR));
        #[expect(clippy::cast_possible_truncation, reason = "both halves are taken, one after the other")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        low ^ high
    };
    let bytes = text.as_bytes();
    let mut state = (bytes.len() as u64) ^ FACTOR;
    // Words from the front, then the last eight bytes once more, overlapping; shorter texts in halves.
    if let Some(last) = bytes.last_chunk::<8>() {
        let (words, _) = bytes.as_chunks::<8>();
        for word in words {
            state = fold(state, u64::from_le_bytes(*word));
        }
        state = fold(state, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let both = (u64::from(u32::from_le_bytes(*first)) << 32) | u64::from(u32::from_le_bytes(*last));
        state = fold(state, both);
    } else {
        let short = bytes.iter().fold(0u64, |word, byte| (word << 8) | u64::from(*byte));
        state = fold(state, short);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the low half of a mixed state is a hash")]
    let hash = (state ^ (state >> 32)) as u32;
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_and_no_other() {
        let texts: Vec<String> = (0..2_000).map(|number| format!("model-{number}")).collect();
        let names = Names::new(texts.iter().map(String::as_str));
        for (number, text) in (0u32..).zip(&texts) {
            assert_eq!(names.find(text), number);
            assert_eq!(names.text(number), Some(text.as_bytes()));
        }
        for other in ["", "model-", "model-2000", "Model-1", "model-1 "] {
            assert_eq!(names.find(other), OTHER, "{other}");
        }
        assert_eq!(names.len(), 2_000);
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        assert_eq!(Names::default().find("a"), OTHER);
        assert_eq!(Names::new([]).find(""), OTHER);
        assert_eq!(Names::new([""]).find(""), 0);
    }

    #[test]
    fn texts_that_differ_at_any_length_differ() {
        let texts = ["a", "aa", "aaaaaaa", "aaaaaaaa", "aaaaaaaaa", "\0", "", "aaaaaaaaaaaaaaaa"];
        let names = Names::new(texts);
        for (number, text) in (0u32..).zip(texts) {
            assert_eq!(names.find(text), number, "{text:?}");
        }
    }
}
