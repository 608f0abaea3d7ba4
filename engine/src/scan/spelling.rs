//! How a fixed text is written where it counts: in which case, and whether a word may go on at its ends.
//!
//! Fixed texts are folded; what is said here may let pass too much of what folds to one, and
//! never too little.

use super::bytes::Bytes;
use super::outline::Outline;
use super::pattern::Pattern;

/// How a fixed text is written where it counts.
#[derive(Clone, Debug)]
pub(super) struct Spelling {
    /// Which bytes may stand at its first places; `None` where it counts in any case.
    places: Option<Outline>,
    /// Whether no word goes on where it begins.
    pub(super) begins_word: bool,
    /// Whether none does where it ends.
    pub(super) ends_word: bool,
    /// Whether its last character is `_`, which folded text does not tell from a space.
    pub(super) is_signed: bool,
}

impl Spelling {
    /// It stands alone, in any case.
    pub(super) const WORD: Self = Self { places: None, begins_word: true, ends_word: true, is_signed: false };

    /// It may stand within a word, in any case.
    pub(super) const PART: Self = Self { begins_word: false, ends_word: false, ..Self::WORD };

    /// The matches of a pattern begin with it.
    pub(super) fn of_beginning(text: &str, pattern: &Pattern) -> Self {
        let first = text.bytes().next().unwrap_or(b' ');
        let begins_word = pattern.starts.begins_word(first);
        Self { places: Some(pattern.outline.clone()), begins_word, ..Self::PART }
    }

    /// The same, which may end with a `_`.
    pub(super) fn signed(self, is_signed: bool) -> Self {
        Self { is_signed, ..self }
    }

    /// Where either counts.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            places: self.places.zip(other.places).map(|(one, other)| one.or(&other)),
            begins_word: self.begins_word && other.begins_word,
            ends_word: self.ends_word && other.ends_word,
            is_signed: self.is_signed && other.is_signed,
        }
    }

    /// Which bytes may stand at a place for one of folded text that is ASCII and no space.
    /// `is_exact` says whether all before it are such bytes too.
    pub(super) fn bytes(&self, at: usize, folded: u8, is_exact: bool) -> Bytes {
        let both: Bytes = [folded, folded.to_ascii_uppercase()].into_iter().collect();
        match self.places.as_ref().and_then(|places| places.at(at)) {
            Some(place) if is_exact => both.of_both(place),
            Some(_) | None => both,
        }
    }
}
