//! Classes of bytes: what stands in a text, in few bits.
//!
//! Each letter is a class, in either case. So are all digits and nearly all signs together, as
//! fixed texts are found by their letters; and so are spaces and all that is no ASCII. Four bytes in a row
//! have a slot by their classes, in which it is told what to look for where they stand.

use super::blocks::BLOCK;
use super::bytes::Bytes;

/// Bits of a class.
pub(super) const CLASS_BITS: u32 = 5;

/// How many classes there are.
const CLASSES: u32 = 1 << CLASS_BITS;

/// The class of digits and signs, next to that of `z`.
const SIGN: u8 = 27;

/// Bits of a slot.
pub(super) const SLOT_BITS: u32 = 4 * CLASS_BITS;

/// The class of a byte. There is no branch in it, so that many are read at once.
#[inline]
pub(super) const fn class(byte: u8) -> u8 {
    /// The upper bits, what letters have of them in either case, and few signs, and which bits tell letters apart.
    const UPPER: u8 = 0xC0;
    const LETTER: u8 = 0x40;
    const OF_LETTER: u8 = 0x1F;
    let letter = if byte & UPPER == LETTER { OF_LETTER } else { 0 };
    let sign = if byte.wrapping_sub(b'!') <= b'?' - b'!' { SIGN } else { 0 };
    byte & letter | sign
}

/// The slots of the four bytes from each even place of a block on: the classes of the first byte, which
/// are the lowest bits, and those of the others.
pub(super) type Slots = ([u16; BLOCK / 2], [u16; BLOCK / 2]);

/// Those of a block, with the two bytes that follow it.
#[inline]
pub(super) fn slots(block: &[u8; BLOCK], next: [u8; 2]) -> Slots {
    const LOW: u16 = 0x1F;
    let classes = block.map(class);
    let mut pairs = [0; BLOCK / 2];
    let twos = classes.as_chunks().0;
    pairs.iter_mut().zip(twos).for_each(|(pair, two)| *pair = u16::from_le_bytes(*two));
    let mut nexts = [u16::from_le_bytes(next.map(class)); BLOCK / 2];
    nexts.iter_mut().zip(pairs.iter().skip(1)).for_each(|(next, pair)| *next = *pair);
    let mut others = [0; BLOCK / 2];
    others.iter_mut().zip(pairs.iter().zip(nexts)).for_each(|(others, (pair, next))| {
        *others = pair >> 8 | (next & LOW) << CLASS_BITS | next >> 8 << (2 * CLASS_BITS);
    });
    (pairs.map(|pair| pair & LOW), others)
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
        let text: [u8; BLOCK + 2] = std::array::from_fn(|at| u8::try_from(at * 37 % 251).unwrap());
        let (block, next) = text.split_first_chunk().unwrap();
        let (firsts, others) = slots(block, next.try_into().unwrap());
        for (place, (first, others)) in firsts.into_iter().zip(others).enumerate() {
            let four: Vec<u32> = text[2 * place..][..4].iter().map(|byte| class(*byte).into()).collect();
            assert_eq!(u32::from(first) | u32::from(others) << CLASS_BITS, slot(&four), "{place}");
        }
        for byte in 0..=u8::MAX {
            assert_eq!(class(byte.to_ascii_lowercase()), class(byte.to_ascii_uppercase()), "{byte}");
        }
        assert_eq!(classes_of((b'a'..=b'z').collect()).count(), 26);
        assert_eq!(
            classes_of(b"Aa9 _\n".iter().copied().collect()).collect::<Vec<_>>(),
            [0, 1, SIGN.into(), class(b'_').into()]
        );
    }
}
