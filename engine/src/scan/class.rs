//! Classes of bytes: what stands in a text, in few bits.
//!
//! Each letter is a class, in either case. So are all digits and nearly all signs together, as
//! fixed texts are found by their letters; and so are spaces and all that is no ASCII. Four bytes in a row
//! have a slot by their classes, in which it is told what to look for where they stand.

use super::bytes::Bytes;

/// Bits of a class.
pub(super) const CLASS_BITS: u32 = 5;

/// How many classes there are.
const CLASSES: u32 = 1 << CLASS_BITS;

/// The class of digits and signs, next to that of `z`.
const SIGN: u32 = 27;

/// Bits of a slot.
pub(super) const SLOT_BITS: u32 = 4 * CLASS_BITS;

/// The classes of eight bytes, each two in the lower bits of one lane of four.
#[inline]
pub(super) const fn pairs_of(bytes: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x1F * ONES;
    const FIRST: u64 = 0x001F_001F_001F_001F;
    const SECOND: u64 = FIRST << CLASS_BITS;
    // Of ASCII, letters have bit 6, and few signs; all other signs and digits have bit 5 and one below it.
    let ascii = !(bytes >> 7);
    let letters = (bytes >> 6) & ascii & ONES;
    let signs = (bytes >> 5) & ascii & !letters & ((bytes & LOW).wrapping_add(LOW) >> 5) & ONES;
    let classes = bytes & letters.wrapping_mul(0x1F) | signs.wrapping_mul(SIGN as u64);
    classes & FIRST | (classes >> (8 - CLASS_BITS)) & SECOND
}

/// The class of a byte.
pub(super) fn class(byte: u8) -> u32 {
    slot_of(pairs_of(u64::from(byte))) & (CLASSES - 1)
}

/// The slot of four bytes, by the lower two lanes of [`pairs_of`].
#[inline]
pub(super) fn slot_of(pairs: u64) -> u32 {
    const FIRST: u64 = (1 << (2 * CLASS_BITS)) - 1;
    const SECOND: u64 = FIRST << (2 * CLASS_BITS);
    u32::try_from(pairs & FIRST | (pairs >> (16 - 2 * CLASS_BITS)) & SECOND).unwrap_or(0)
}

/// The slots of the four bytes from each even place of eight on, by the lanes of these and of the next eight.
#[inline]
pub(super) fn slots_of(pairs: u64, next: u64) -> [u32; 4] {
    [pairs, pairs >> 16, pairs >> 32, pairs >> 48 | next << 16].map(slot_of)
}

/// The slot of some classes in a row, of which the first is in its lowest bits.
pub(super) fn slot(classes: &[u32]) -> u32 {
    classes.iter().rev().fold(0, |slot, class| slot << CLASS_BITS | class)
}

/// All classes of some bytes.
pub(super) fn classes_of(bytes: Bytes) -> impl Iterator<Item = u32> + Clone {
    let all = (0..=u8::MAX).filter(|byte| bytes.has(*byte)).fold(0_u32, |all, byte| all | 1 << class(byte));
    (0..CLASSES).filter(move |class| all & 1 << class != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_has_one_class_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let pairs = pairs_of(u64::from_le_bytes([byte; 8]));
            for lane in 0..4 {
                let pair = class(byte) << CLASS_BITS | class(byte);
                assert_eq!((pairs >> (16 * lane)) & 0xFFFF, u64::from(pair));
            }
            assert_eq!(class(byte.to_ascii_lowercase()), class(byte.to_ascii_uppercase()), "{byte}");
        }
        let four = [b'a', b'1', b' ', b'z'];
        let [one, two, ..] = four;
        assert_eq!(slot(&four.map(class)), slot_of(pairs_of(u64::from(u32::from_le_bytes(four)))));
        assert_eq!(
            pairs_of(u64::from_le_bytes([one, two, 0, 0, 0, 0, 0, 0])),
            u64::from(class(two) << CLASS_BITS | class(one))
        );
        assert_eq!(classes_of((b'a'..=b'z').collect()).count(), 26);
        assert_eq!(
            classes_of(b"Aa9 _\n".iter().copied().collect()).collect::<Vec<_>>(),
            [0, 1, SIGN, class(b'_')]
        );
    }
}
