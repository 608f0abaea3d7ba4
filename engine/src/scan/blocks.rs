//! Bytes of one kind, asked for sixty-four at a time.
//!
//! A kind is a function that gives one for the bytes that are of it and zero for all others, in
//! numbers, as a choice would be a branch: the compiler then asks many bytes with one instruction.

/// Bytes that are asked at once, one for each bit of a word.
pub(super) const BLOCK: usize = u64::BITS as usize;

/// Which bytes of a block are of a kind, as bits, the first as the lowest; `bit` is one for those that are.
#[inline]
pub(super) fn bits_of(block: &[u8; BLOCK], bit: impl Fn(u8) -> u8) -> u64 {
    // The lowest bits of eight bytes meet in the highest byte of this product, in their order.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let kinds = block.map(bit);
    let eights = kinds.as_chunks().0.iter().rev();
    eights.fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(TOGETHER) >> 56)
}

/// The blocks of a text, the last filled up with zeros.
#[inline]
pub(super) fn blocks(bytes: &[u8]) -> impl Iterator<Item = [u8; BLOCK]> {
    let (blocks, rest) = bytes.as_chunks();
    blocks.iter().copied().chain((!rest.is_empty()).then(|| filled(rest)))
}

fn filled(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    block
}

/// Where bytes of one kind stand in a text.
pub(super) struct OfKind<'t, F> {
    bytes: &'t [u8],
    /// One for the bytes that are of it.
    bit: F,
    /// Where the last block that was asked begins, and what it told.
    start: usize,
    bits: u64,
}

impl<'t, F: Fn(u8) -> u8> OfKind<'t, F> {
    #[inline]
    pub(super) fn new(bytes: &'t [u8], bit: F) -> Self {
        Self { bytes, bit, start: usize::MAX, bits: 0 }
    }

    /// The first at or after a place.
    #[inline]
    pub(super) fn next(&mut self, from: usize) -> Option<usize> {
        self.find(from, 0)
    }

    /// The first place at or after one where none stands, or the end of the text.
    #[inline]
    pub(super) fn end(&mut self, from: usize) -> usize {
        self.find(from, u64::MAX).unwrap_or(self.bytes.len())
    }

    /// The first place at or after one whose bit differs from those of `not`.
    #[inline]
    fn find(&mut self, from: usize, not: u64) -> Option<usize> {
        let mut at = from;
        while at < self.bytes.len() {
            let behind = at & (BLOCK - 1);
            self.ask(at & !(BLOCK - 1));
            let bits = (self.bits ^ not) >> behind;
            if bits != 0 {
                at = at.saturating_add(bits.trailing_zeros() as usize);
                return (at < self.bytes.len()).then_some(at);
            }
            at = (at | (BLOCK - 1)).saturating_add(1);
        }
        None
    }

    #[inline]
    fn ask(&mut self, start: usize) {
        if self.start != start {
            self.start = start;
            let rest = self.bytes.get(start..).unwrap_or_default();
            self.bits = match rest.first_chunk() {
                Some(block) => bits_of(block, &self.bit),
                None => bits_of(&filled(rest), &self.bit),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Bytes of a kind are where they are one by one, zeros as any other.
        #[test]
        fn bytes_of_a_kind_are_found_where_they_stand(
            bytes in prop::collection::vec(prop::sample::select(&[0, b'a', b'b', 0xC3][..]), 0..200),
            from in 0_usize..220,
            kind in prop::sample::select(&[0, b'a', 0xC3][..]),
        ) {
            let is = |byte: u8| u8::from(byte == kind);
            let mut found = OfKind::new(&bytes, is);
            let rest = || bytes.iter().enumerate().skip(from);
            let next = rest().find(|(_, byte)| **byte == kind).map(|(at, _)| at);
            let end = rest().find(|(_, byte)| **byte != kind).map_or(bytes.len(), |(at, _)| at);
            prop_assert_eq!((found.next(from), found.end(from), found.next(from)), (next, end, next));
            let bits = blocks(&bytes).map(|block| bits_of(&block, is).count_ones() as usize).sum::<usize>();
            let filled = if kind == 0 { bytes.len().next_multiple_of(BLOCK) - bytes.len() } else { 0 };
            prop_assert_eq!(bits, filled + bytes.iter().map(|byte| usize::from(is(*byte))).sum::<usize>());
        }
    }
}
