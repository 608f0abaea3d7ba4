//! How single characters read.

use super::Characters;
use std::sync::LazyLock;
use unicode_normalization::char::{compose, decompose_compatible};

/// Where each row of ten decimal digits begins (Unicode, general category Nd).
///
/// Full-width and mathematical digits are among them.
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50,
    0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
    0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
];

/// Where rows of the digits from one to nine begin that Unicode does not count as compatible with them.
const ONES: &[u32] = &[0x24F5, 0x2776, 0x2780, 0x278A];

/// Whether nobody sees a character: format characters, variation selectors, tags, fillers.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x3164 | 0xFEFF | 0xFFA0
        | 0x180B..=0x180F      // Mongolian variation selectors
        | 0x200B..=0x200F      // zero-width, direction marks
        | 0x202A..=0x202E      // embeddings and overrides of direction
        | 0x2060..=0x206F      // word joiner, invisible operators, isolates
        | 0xFE00..=0xFE0F
        | 0xFFF9..=0xFFFB
        | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF    // tags, more variation selectors
    )
}

/// Whether a character is a mark over the one before it, of no script in particular.
pub(super) fn is_mark(character: char) -> bool {
    /// No character before it is one: none of ASCII and of Latin.
    const FIRST: char = '\u{300}';
    character >= FIRST
        && matches!(u32::from(character),
            0x300..=0x34E | 0x350..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF
            | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F
        )
}

/// Whether a mark over a character changes how it reads.
pub(super) fn takes_marks(character: char) -> bool {
    !is_dash(character) && !is_space(character)
}

/// Whether the character before a letter is a digit, so that the letter is read as one if it looks like one.
pub(super) fn is_beside_digit(before: Option<char>) -> bool {
    before.is_some_and(|before| before.is_ascii_digit() || digit(before).is_some())
}

/// Whether a character that is no ASCII surely reads as it is, wherever it stands.
pub(super) fn is_same(character: char) -> bool {
    match u32::from(character).checked_sub(READS_FIRST).and_then(|place| READS.get(place as usize)) {
        Some(read) => *read == Some(character),
        None => is_itself(character),
    }
}

/// Writes how a character reads.
pub(super) fn write(character: char, is_beside_digit: bool, out: &mut Characters) {
    if character.is_ascii() || is_itself(character) {
        out.push(character);
    } else if let Some(letter) = table(character).filter(|_| !is_beside_digit) {
        out.push(letter);
    } else {
        write_slowly(character, is_beside_digit, out);
    }
}

/// How characters read of the scripts that stand in many texts, from U+0080 on, and punctuation;
/// nothing for those that do not read as one character.
///
/// Asking several tables of Unicode for each character is what reading Cyrillic would spend its time on.
static READS: LazyLock<Vec<Option<char>>> = LazyLock::new(|| {
    let characters = READS_FIRST..=READS_LAST;
    let read = |code| {
        let character = char::from_u32(code)?;
        if is_itself(character) {
            return Some(character);
        }
        let mut out = Characters::new();
        write_slowly(character, false, &mut out);
        out.first().copied().filter(|_| out.len() == 1)
    };
    characters.map(read).collect()
});

/// The first and the last character of [`READS`]: Latin, Greek, Cyrillic, Hebrew and Arabic, Indic
/// scripts, and punctuation up to that of Chinese, Japanese and Korean.
const READS_FIRST: u32 = 0x80;
const READS_LAST: u32 = 0x33FF;

/// What [`READS`] says of a character.
fn table(character: char) -> Option<char> {
    let place = u32::from(character).checked_sub(READS_FIRST)?;
    READS.get(place as usize).copied().flatten()
}

fn write_slowly(character: char, is_beside_digit: bool, out: &mut Characters) {
    if is_invisible(character) {
        return;
    }
    if let Some(simple) = simple(character, is_beside_digit) {
        out.push(simple);
    } else {
        decompose_compatible(character, |part| {
            let part = if part.is_ascii() { part } else { simple(part, is_beside_digit).unwrap_or(part) };
            put(part, out);
        });
    }
}

/// Puts a mark over the last character, or leaves it out where Unicode has no such character.
pub(super) fn put_mark(mark: char, out: &mut Characters) {
    if let Some(last) = out.last_mut()
        && let Some(composed) = compose(*last, mark)
    {
        *last = composed;
    }
}

/// Adds a part of a decomposition, composed with what stands before it.
fn put(part: char, out: &mut Characters) {
    match out.last_mut().map(|last| (compose(*last, part), last)) {
        Some((Some(composed), last)) => *last = composed,
        Some((None, _)) | None => out.push(part),
    }
}

/// Characters of scripts that are long and look like no ASCII: they need no tables.
fn is_itself(character: char) -> bool {
    matches!(u32::from(character),
        0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x130 | 0x134..=0x13E | 0x141..=0x148 | 0x14A..=0x17E
        | 0x2018..=0x201F       // quotation marks
        | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3
    )
}

/// A digit, dash, space, letter of another width or look-alike as the ASCII character that it is read as.
fn simple(character: char, is_beside_digit: bool) -> Option<char> {
    if let Some(digit) = digit(character) {
        return Some(digit);
    }
    if is_dash(character) {
        return Some('-');
    }
    if is_space(character) {
        return Some(' ');
    }
    // What is the same letter in another width or style stays that letter, also beside digits.
    if let Some(letter) = compatible(character) {
        return Some(letter);
    }
    let letter = look_alike(character)?;
    Some(match letter {
        'O' | 'o' if is_beside_digit => '0',
        'l' | 'I' if is_beside_digit && !character.is_uppercase() => '1',
        'l' if character.is_uppercase() => 'I',
        letter => letter,
    })
}

/// The one ASCII character that NFKC writes for a character.
fn compatible(character: char) -> Option<char> {
    let mut parts = Characters::new();
    decompose_compatible(character, |part| parts.push(part));
    parts.first().copied().filter(|first| parts.len() == 1 && first.is_ascii())
}

/// A decimal digit of any script, or one in a circle.
fn digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let row = |starts: &[u32], length: u32| {
        let at = starts.partition_point(|start| *start <= code).checked_sub(1)?;
        code.checked_sub(*starts.get(at)?).filter(|offset| *offset < length)
    };
    let value = row(ZEROS, 10).or_else(|| row(ONES, 9).map(|offset| offset.saturating_add(1)));
    value.and_then(|value| char::from_digit(value, 10))
}

/// Dashes, and the signs that are drawn like one (Unicode, general category Pd, and U+2212).
fn is_dash(character: char) -> bool {
    matches!(
        u32::from(character),
        0x58A | 0x5BE | 0x1400 | 0x1806 | 0x2010
            ..=0x2015
                | 0x2043
                | 0x207B
                | 0x208B
                | 0x2212
                | 0x2E17
                | 0x2E1A
                | 0x2E3A
                | 0x2E3B
                | 0x2E40
                | 0x301C
                | 0x3030
                | 0x30A0
                | 0xFE31
                | 0xFE32
                | 0xFE58
                | 0xFE63
                | 0xFF0D
    )
}

/// Spaces that are not ASCII (Unicode, general categories Zs, Zl and Zp).
fn is_space(character: char) -> bool {
    !character.is_ascii() && character.is_whitespace()
}

/// The ASCII letter or digit that a character looks like (Unicode Technical Standard 39, confusables).
fn look_alike(character: char) -> Option<char> {
    let mut bytes = [0; 4];
    let mut skeleton = unicode_security::skeleton(character.encode_utf8(&mut bytes));
    let first = skeleton.next().filter(char::is_ascii_alphanumeric)?;
    skeleton.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digit_rows_are_sorted_and_hold_digits() {
        assert!(ZEROS.is_sorted() && ONES.is_sorted());
        for start in ZEROS {
            for offset in 0..10 {
                let character = char::from_u32(start + offset).unwrap();
                assert_eq!(digit(character), char::from_digit(offset, 10), "{start:x}");
            }
        }
        assert_eq!((digit('\u{65F}'), digit('\u{66A}'), digit('x')), (None, None, None));
    }
}
