//! Text as phrases see it: lower case, each run of white space or `_` one space.
//!
//! Nothing is copied for it: [`each`] gives the folded bytes of a text one by
//! one, with the place after the character that each came from.

use smallvec::SmallVec;
use std::ops::Range;

/// What stands in [`FOLDED`] for a byte that is not ASCII.
pub(super) const OTHER: u8 = 0x80;

/// ASCII as it folds; `_` takes the place of a space in names of fields and variables.
pub(super) const FOLDED: [u8; 256] = folded_bytes();

#[expect(clippy::indexing_slicing, reason = "computed while compiling, where it would show")]
const fn folded_bytes() -> [u8; 256] {
    let mut table = [OTHER; 256];
    let mut at = 0_u8;
    while at < 0x80 {
        let is_space = matches!(at, b'\t'..=b'\r' | b' ' | b'_');
        table[at as usize] = if is_space { b' ' } else { at.to_ascii_lowercase() };
        at = at.saturating_add(1);
    }
    table
}

/// Gives each byte of a part of `text`, folded, with the place after the
/// character that it came from. The part ends where characters do.
///
/// A run of white space is given at its first character, also when that
/// stands before the part.
#[inline]
pub(super) fn each(text: &str, part: Range<usize>, mut sink: impl FnMut(u8, usize)) {
    let mut at = part.start;
    while at < part.end {
        at = each_of_ascii(text, at..part.end, &mut sink);
        if at < part.end {
            at = each_of_character(text, at, &mut sink);
        }
    }
}

/// The same up to the first character that is not ASCII; returns where it stands.
#[inline]
fn each_of_ascii(text: &str, part: Range<usize>, sink: &mut impl FnMut(u8, usize)) -> usize {
    let mut was_space = is_after_space(text, part.start);
    let mut at = part.start;
    for byte in text.as_bytes().get(part.clone()).unwrap_or_default() {
        let folded = FOLDED.get(usize::from(*byte)).copied().unwrap_or(OTHER);
        if folded == OTHER {
            return at;
        }
        at = at.saturating_add(1);
        let is_space = folded == b' ';
        if !(is_space && was_space) {
            sink(folded, at);
        }
        was_space = is_space;
    }
    part.end
}

/// The same for the character at `at`; returns where the next begins.
pub(super) fn each_of_character(text: &str, at: usize, sink: &mut impl FnMut(u8, usize)) -> usize {
    let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else {
        return at.saturating_add(1);
    };
    let end = at.saturating_add(character.len_utf8());
    if character.is_whitespace() {
        if !is_after_space(text, at) {
            sink(b' ', end);
        }
        return end;
    }
    for folded in fold_character(character) {
        folded.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| sink(byte, end));
    }
    end
}

/// The long `s` is read as what it is, as patterns without regard to case read it.
pub(super) fn fold_character(character: char) -> impl Iterator<Item = char> {
    (if character == 'ſ' { 's' } else { character }).to_lowercase()
}

fn is_after_space(text: &str, at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| text.as_bytes().get(before)) {
        Some(before) if before.is_ascii() => FOLDED.get(usize::from(*before)) == Some(&b' '),
        Some(_) => text.get(..at).is_some_and(|before| before.ends_with(char::is_whitespace)),
        None => false,
    }
}

/// Where the characters begin that the `length` bytes before `end` came from.
pub(super) fn start_of(text: &str, end: usize, length: usize) -> usize {
    let before = text.get(..end).unwrap_or_default();
    // Nearly all is one byte a byte.
    let start = end.saturating_sub(length);
    let plain = before.as_bytes().get(start..).unwrap_or_default();
    if plain.iter().all(|byte| byte.is_ascii() && FOLDED.get(usize::from(*byte)) != Some(&b' ')) {
        return start;
    }
    let (mut start, mut left, mut was_space) = (end, length, false);
    for (at, character) in before.char_indices().rev() {
        let is_space = is_space(character);
        let bytes = match is_space {
            true if was_space => 0,
            true => 1,
            false => fold_character(character).map(char::len_utf8).sum(),
        };
        if bytes > left {
            break;
        }
        left = left.saturating_sub(bytes);
        was_space = is_space;
        start = at;
    }
    start
}

/// Where a folded text ends that begins at a place, if it stands there.
pub(super) fn end_of_text(text: &str, start: usize, folded: &[u8]) -> Option<usize> {
    // Nearly all is one byte a byte, or differs soon.
    let same = text.as_bytes().get(start..).unwrap_or_default().iter().zip(folded);
    let is_same =
        |(byte, folded): &(&u8, &u8)| byte.is_ascii() && FOLDED.get(usize::from(**byte)) == Some(folded);
    let same = same.take_while(is_same).count();
    let (mut at, mut rest) = (start.saturating_add(same), folded.get(same..).unwrap_or_default());
    let mut was_space = folded.get(..same).is_some_and(|folded| folded.ends_with(b" "));
    while let Some((first, others)) = rest.split_first() {
        let byte = *text.as_bytes().get(at)?;
        let folded = FOLDED.get(usize::from(byte)).copied().unwrap_or(OTHER);
        let is_space = if folded == OTHER {
            let character = text.get(at..)?.chars().next()?;
            at = at.saturating_add(character.len_utf8());
            if !character.is_whitespace() {
                let mut bytes = [0; 4];
                for folded in fold_character(character) {
                    rest = rest.strip_prefix(folded.encode_utf8(&mut bytes).as_bytes())?;
                }
                was_space = false;
                continue;
            }
            true
        } else {
            at = at.saturating_add(1);
            folded == b' '
        };
        if is_space && was_space {
            continue;
        }
        if *first != if is_space { b' ' } else { folded } {
            return None;
        }
        (rest, was_space) = (others, is_space);
    }
    Some(at)
}

/// Where a folded text begins that ends at a place, if it stands there.
pub(super) fn start_of_text(text: &str, end: usize, folded: &[u8]) -> Option<usize> {
    let (mut at, mut rest) = (end, folded);
    while let Some((last, others)) = rest.split_last() {
        let byte = *text.as_bytes().get(at.checked_sub(1)?)?;
        let folded = FOLDED.get(usize::from(byte)).copied().unwrap_or(OTHER);
        if folded != OTHER && folded != b' ' {
            if folded != *last {
                return None;
            }
            (at, rest) = (at.saturating_sub(1), others);
            continue;
        }
        let before = text.get(..at)?;
        let character = before.chars().next_back()?;
        if is_space(character) {
            rest = rest.strip_suffix(b" ")?;
            at = before.trim_end_matches(is_space).len();
            continue;
        }
        let mut bytes = [0; 4];
        let all: SmallVec<[char; 4]> = fold_character(character).collect();
        for folded in all.iter().rev() {
            rest = rest.strip_suffix(folded.encode_utf8(&mut bytes).as_bytes())?;
        }
        at = at.saturating_sub(character.len_utf8());
    }
    Some(at)
}

/// Whether a character stands between the words of a phrase.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '_'
}

/// A phrase as folded text would show it: trimmed, one space between words.
pub(super) fn fold_phrase(phrase: &str) -> String {
    let mut folded = Vec::with_capacity(phrase.len());
    let phrase = phrase.trim_matches(is_space);
    each(phrase, 0..phrase.len(), |byte, _| folded.push(byte));
    // Only whole characters were written; were it otherwise, nothing would be found.
    String::from_utf8(folded).unwrap_or_default()
}

/// Whether a word could go on across a place of a text.
///
/// Scripts that write no spaces have no boundaries to ask for: between two of
/// their characters a phrase may begin or end anywhere.
pub(super) fn is_inside_word(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
    let after = bytes.get(at).copied().unwrap_or(b' ');
    if before.is_ascii() && after.is_ascii() {
        return is_word(char::from(before)) && is_word(char::from(after));
    }
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text.get(at..).and_then(|text| text.chars().next());
    before.zip(after).is_some_and(|(before, after)| {
        is_word(before) && is_word(after) && !(is_spaceless(before) || is_spaceless(after))
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric()
}

/// Whether a character belongs to a script that writes words without spaces.
fn is_spaceless(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF        // Thai, Lao
        | 0x1000..=0x109F      // Myanmar
        | 0x1780..=0x17FF      // Khmer
        | 0x2E80..=0x30FF      // CJK radicals, Hiragana, Katakana
        | 0x3400..=0x9FFF      // CJK ideographs
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding_keeps_the_way_back() {
        let text = "x ÄB \n\t  İc";
        assert_eq!(fold_phrase(text), "x äb i\u{307}c");
        let mut ends = Vec::new();
        each(text, 1..text.len(), |byte, end| ends.push((byte, end)));
        assert_eq!(ends.last(), Some(&(b'c', text.len())));
        assert_eq!(start_of(text, text.len(), 4), 10);
        assert_eq!(start_of(text, text.len(), 5), 5, "all of the white space");
    }

    #[test]
    fn words_end_where_readers_see_them_end() {
        for (text, at, expected) in
            [("ab", 1, true), ("a-b", 1, false), ("b", 0, false), ("指令", 3, false), ("éa", 2, true)]
        {
            assert_eq!(is_inside_word(text, at), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The bytes of a part come from where it begins, and parts make up the whole.
        #[test]
        fn parts_are_folded_alike(text in "[aB \n\u{A0}éÄİſ指]{0,12}", cut in 0_usize..20) {
            let mut whole = Vec::new();
            each(&text, 0..text.len(), |byte, end| whole.push((byte, end)));
            let cut = text.floor_char_boundary(cut);
            let mut parts = Vec::new();
            each(&text, 0..cut, |byte, end| parts.push((byte, end)));
            each(&text, cut..text.len(), |byte, end| parts.push((byte, end)));
            prop_assert_eq!(parts, whole);
        }
    }
}
