//! Fixed texts of other scripts than Latin, by two characters of each that are no ASCII.
//!
//! Those that have no two in a row are found by one.

use super::blocks::OfKind;
use super::fold;
use super::hashes::Hashes;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A character that is no ASCII, and the next where it is none either.
pub(super) type Characters = (char, Option<char>);

/// A text that is found by such characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    /// Which text.
    pub(super) entry: u32,
    /// Where in the text they stand, in bytes.
    pub(super) offset: usize,
}

/// Where such texts are found.
#[derive(Debug, Default)]
pub(super) struct Others {
    all: BTreeMap<Characters, Vec<Other>>,
    /// Of their characters.
    hashes: Hashes,
}

impl Others {
    /// Adds a text, which has these characters at a place.
    pub(super) fn add(&mut self, entry: u32, offset: usize, (first, next): Characters) {
        let nexts: Vec<Option<char>> = next.map_or(vec![None], |next| sources(next).map(Some).collect());
        for characters in sources(first).flat_map(|first| nexts.iter().map(move |next| (first, *next))) {
            self.hashes.add(number(characters));
            self.all.entry(characters).or_default().push(Other { entry, offset });
        }
    }

    /// Gives the texts that may stand where their characters do, from a place of `text` up to another,
    /// with where the first of these characters stands.
    pub(super) fn read(&self, text: &str, from: usize, until: usize, mut sink: impl FnMut(usize, &Other)) {
        if self.all.is_empty() {
            return;
        }
        let bytes = text.as_bytes().get(..until).unwrap_or_default();
        let (mut others, mut at) = (OfKind::new(bytes, |byte| byte >> 7), from);
        while let Some(first) = others.next(at) {
            at = until;
            let mut characters = text.get(first..).unwrap_or_default().char_indices().peekable();
            while let Some((place, character)) = characters.next() {
                let place = first.saturating_add(place);
                if place >= until || character.is_ascii() {
                    at = place;
                    break;
                }
                let next = characters.peek().map(|(_, next)| *next).filter(|next| !next.is_ascii());
                self.of((character, None)).iter().for_each(|other| sink(place, other));
                if next.is_some() {
                    self.of((character, next)).iter().for_each(|other| sink(place, other));
                }
            }
        }
    }

    /// Those that are found by some characters.
    fn of(&self, characters: Characters) -> &[Other] {
        if !self.hashes.may_have(number(characters)) {
            return &[];
        }
        self.all.get(&characters).map_or(&[], Vec::as_slice)
    }
}

/// Both characters as one number.
fn number((first, next): Characters) -> u32 {
    u32::from(first) ^ next.map_or(0, u32::from).rotate_left(16)
}

/// Which characters that are not ASCII fold to another one.
static FOLDS: LazyLock<BTreeMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut sources: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for character in ('\u{80}'..=char::MAX).filter(|character| !character.is_lowercase()) {
        let mut folded = fold::fold_character(character);
        if let (Some(first), None) = (folded.next(), folded.next())
            && first != character
        {
            sources.entry(first).or_default().push(character);
        }
    }
    sources
});

/// All characters that fold to one that is not ASCII, itself included.
fn sources(character: char) -> impl Iterator<Item = char> {
    FOLDS.get(&character).into_iter().flatten().copied().chain([character])
}
