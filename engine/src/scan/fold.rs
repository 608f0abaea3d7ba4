//! Text as phrases see it: lower case, each run of white space or `_` one space.
//!
//! Every byte of the folded text knows the character that it came from, so
//! that a hit is told at its place in the text as it was given.

/// Folded text, with its way back.
pub(super) struct Folded {
    /// The folded text.
    pub(super) text: String,
    /// For each byte of it, the first byte of the character that it came from.
    origins: Vec<u32>,
}

impl Folded {
    /// Folds `text` from `from` on. Offsets stay those of `text`.
    pub(super) fn new(text: &str, from: usize) -> Self {
        let rest = text.get(from..).unwrap_or_default();
        let mut folded = Vec::with_capacity(rest.len());
        let mut origins: Vec<u32> = Vec::with_capacity(rest.len());
        let mut is_space = false;
        for (at, character) in rest.char_indices() {
            let was_space = std::mem::replace(&mut is_space, is_space_between_words(character));
            let origin = u32::try_from(from.saturating_add(at)).unwrap_or(u32::MAX);
            if is_space && was_space {
                continue;
            }
            if character.is_ascii() {
                let lower = if is_space { b' ' } else { (character as u8).to_ascii_lowercase() };
                folded.push(lower);
                origins.push(origin);
                continue;
            }
            if is_space {
                folded.push(b' ');
            } else {
                for lower in character.to_lowercase() {
                    folded.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            origins.resize(folded.len(), origin);
        }
        // Only whole characters were written; were it otherwise, nothing would be found.
        Self { text: String::from_utf8(folded).unwrap_or_default(), origins }
    }

    /// Where the character stands that a byte came from.
    pub(super) fn origin(&self, byte: usize) -> Option<usize> {
        self.origins.get(byte).map(|origin| *origin as usize)
    }
}

/// Whether a character stands between the words of a phrase: white space, or
/// the `_` that takes its place in names of fields and variables.
fn is_space_between_words(character: char) -> bool {
    character.is_whitespace() || character == '_'
}

/// A phrase as [`Folded`] text would show it: trimmed, one space between words.
pub(super) fn fold_phrase(phrase: &str) -> String {
    Folded::new(phrase.trim(), 0).text
}

/// Whether a word could go on across the place between two characters.
///
/// Scripts that write no spaces have no boundaries to ask for: between two of
/// their characters a phrase may begin or end anywhere.
pub(super) fn is_inside_word(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    is_word(before) && is_word(after) && !(is_spaceless(before) || is_spaceless(after))
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

    #[test]
    fn folding_keeps_the_way_back() {
        let text = "x ÄB \n\t  İc";
        let folded = Folded::new(text, 2);
        assert_eq!(folded.text, "äb i\u{307}c");
        let at = folded.text.find('c').unwrap();
        assert_eq!(text.get(folded.origin(at).unwrap()..), Some("c"));
        assert_eq!(folded.origin(0), Some(2));
    }

    #[test]
    fn words_end_where_readers_see_them_end() {
        assert!(is_inside_word(Some('a'), Some('b')));
        assert!(!is_inside_word(Some('a'), Some('-')));
        assert!(!is_inside_word(None, Some('b')));
        assert!(!is_inside_word(Some('指'), Some('令')));
    }
}
