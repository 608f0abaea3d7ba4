//! Constant texts found by hash: what a request says, made a small number once.

/// A text that no table holds.
pub(crate) const OTHER: u32 = u32::MAX;

/// A fixed set of texts, each with a number.
///
/// Open addressing over hashes, at most half full. The texts are the policy's,
/// so no sender of requests can make probes long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// A power of two of them.
    slots: Box<[Slot]>,
    /// Where each number's text ends in `bytes`.
    ends: Box<[u32]>,
    bytes: Box<[u8]>,
    /// A bit for each length that some text has; the last for all that are longer.
    lengths: u64,
}

/// Where one text may be found.
#[derive(Clone, Copy, Debug)]
struct Slot {
    key: Key,
    /// The text's, or `OTHER` where there is none.
    number: u32,
}

/// A text in a few registers: all of it up to [`Key::WHOLE_MAX`] bytes, its hash beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    first: u64,
    last: u64,
    /// Of the text, so that its two ends may overlap.
    length: usize,
}

impl Key {
    /// Bytes of a text that is told from all others by its key: two words.
    const WHOLE_MAX: usize = 16;

    const EMPTY: Self = Self { first: 0, last: 0, length: 0 };

    #[inline]
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let length = bytes.len();
        let (first, last) =
            if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
                let first = if length > Self::WHOLE_MAX { folded(bytes) } else { u64::from_le_bytes(*first) };
                (first, u64::from_le_bytes(*last))
            } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
            } else {
                (bytes.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)), 0)
            };
        Self { first, last, length }
    }

    #[inline]
    fn hash(self) -> usize {
        let length = (self.length as u64).wrapping_mul(FACTOR);
        let state = fold(self.first ^ length, self.last ^ FACTOR.rotate_left(32));
        #[expect(clippy::cast_possible_truncation, reason = "the low half of a mixed state is a hash")]
        let hash = (state ^ (state >> 32)) as u32;
        hash as usize
    }
}

/// Odd and without a pattern: the golden ratio's fraction.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Multiplies and folds, as hashers for short keys do.
#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left).wrapping_mul(u128::from(right));
    #[expect(clippy::cast_possible_truncation, reason = "both halves are taken, one after the other")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

/// All whole words of a long text in one; what is behind them is among its last eight bytes.
fn folded(bytes: &[u8]) -> u64 {
    let (words, _) = bytes.as_chunks();
    words.iter().fold(FACTOR, |state, word| fold(state ^ u64::from_le_bytes(*word), FACTOR))
}

/// The bit of a text's length.
fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

impl Names {
    /// The texts, numbered in their order; of equal ones the first counts.
    pub(crate) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let (mut bytes, mut ends, mut lengths) = (String::new(), Vec::new(), 0);
        let mut keys = Vec::new();
        for text in texts {
            bytes.push_str(text);
            ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            keys.push(Key::of(text));
            lengths |= length_bit(text);
        }
        let size = keys.len().saturating_mul(2).next_power_of_two();
        let mut names = Self {
            slots: vec![Slot { key: Key::EMPTY, number: OTHER }; size].into(),
            ends: ends.into(),
            bytes: bytes.into_bytes().into(),
            lengths,
        };
        for (number, key) in (0u32..).zip(keys) {
            let mut at = key.hash();
            let mask = size.saturating_sub(1);
            while names.slots.get(at & mask).is_some_and(|slot| slot.number != OTHER) {
                at = at.wrapping_add(1);
            }
            if let Some(slot) = names.slots.get_mut(at & mask) {
                *slot = Slot { key, number };
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
        let key = Key::of(text);
        let mask = self.slots.len().saturating_sub(1);
        let mut at = key.hash();
        while let Some(slot) = self.slots.get(at & mask) {
            if slot.number == OTHER {
                return OTHER;
            }
            if slot.key == key && (key.length <= Key::WHOLE_MAX || self.is(slot.number, text)) {
                return slot.number;
            }
            at = at.wrapping_add(1);
        }
        OTHER
    }

    /// Whether a text is the one with this number.
    #[inline(never)]
    fn is(&self, number: u32, text: &str) -> bool {
        self.text(number) == Some(text.as_bytes())
    }

    /// The text with this number.
    fn text(&self, number: u32) -> Option<&[u8]> {
        let index = number as usize;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(index)? as usize)
    }
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
        let same = (0..40).map(|length| "a".repeat(length));
        let zeros = (1..40).map(|length| "\0".repeat(length));
        // One byte differs, at every place.
        let one = (1..40).flat_map(|length: usize| {
            (0..length).map(move |place| format!("{}b{}", "a".repeat(place), "a".repeat(length - place - 1)))
        });
        let texts: Vec<String> = same.chain(zeros).chain(one).collect();
        let names = Names::new(texts.iter().map(String::as_str));
        for (number, text) in (0u32..).zip(&texts) {
            assert_eq!(names.find(text), number, "{text:?}");
        }
        for other in ["c", "ac", "aaac", "aaaaac", "aaaaaaaaac", "aaaaaaaaaaaaaaaaac", "aaaaaaaaacaaaaaaaaaa"]
        {
            assert_eq!(names.find(other), OTHER, "{other:?}");
        }
    }
}
