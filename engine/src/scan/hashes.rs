//! Hashes of what a text may hold, as bits: most of it is told apart without a look at any table.

/// Bits of a hash.
const BITS: u32 = 16;

/// The words that hold a bit for each.
const WORDS: usize = (1 << BITS) / u64::BITS as usize;

/// Hashes of numbers.
#[derive(Debug)]
pub(super) struct Hashes(Vec<u64>);

impl Default for Hashes {
    fn default() -> Self {
        Self(vec![0; WORDS])
    }
}

impl Hashes {
    pub(super) fn add(&mut self, number: u32) {
        let (word, bit) = place(number);
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Whether a number, or one with the same hash, was added.
    pub(super) fn may_have(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

/// The word and the bit of the multiplicative hash of Knuth.
fn place(number: u32) -> (usize, u64) {
    let hash = number.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BITS);
    ((hash / u64::BITS) as usize, 1 << (hash % u64::BITS))
}
