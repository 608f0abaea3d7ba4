//! The normal form of a text, where it differs from the text, read as it arrives.
//!
//! What hides a value stands in few places, so the normal form is read in
//! islands: from a little before a change to the last change that follows
//! closely. A hit that overlaps no change, and stands behind no escape that ends like
//! a word, is found in the text as it was given, and is not told again.
//!
//! Nothing more than the text is held back for it: up to the first change both
//! forms are the same, so what may become a hit here may become one there.
//!
//! **Invariant:** islands, and what is found in them, depend on the text alone.

use super::finder::Finder;
use super::idle::Around;
use super::lexicon::Place;
use super::look::Look;
use super::normalise::{self, Change, Unit};
use super::validate::CLAIM_BYTES_MAX;
use super::window::{Found, Window};
use super::{HIT_BYTES_MAX, LONG_BYTES_MIN};
use std::ops::Range;

/// How far before a first change hits are looked for, in bytes: twice the
/// longest structured value (an IBAN spelled with spaces, a long e-mail address).
const BACK_BYTES: usize = 256;

/// How close a change must follow another to be read with it, in bytes.
///
/// More than [`BACK_BYTES`], so that no island begins within another, and than what tells that
/// only long hits may go on.
const GAP_BYTES: usize = 320;
const _: () = assert!(GAP_BYTES > BACK_BYTES && GAP_BYTES > LONG_BYTES_MIN);

/// Longest hit of the normal form, in bytes of the text as it was given.
///
/// An escape writes one byte with up to a dozen, so a bound on the normal form alone would hold too much back.
pub(super) const SPELLED_BYTES_MAX: usize = 2 * HIT_BYTES_MAX;

/// How much of a text is put into its normal form at once, in bytes.
const STEP_BYTES: usize = HIT_BYTES_MAX;

/// Most characters in a row that nobody sees and that are read over. More than
/// that is no value in hiding, and would hold back as much.
const INVISIBLE_MAX: usize = 64;

/// Stands where too many invisible characters stood; no pattern is about it.
const BREAK: char = '\u{FFFC}';

/// Normal text that stays readable before what is decided, in bytes: a word that claims a hit,
/// and the character before a boundary.
const BEFORE_BYTES: usize = CLAIM_BYTES_MAX + 4;

/// How far the normal form of one text has been read. All places are from its beginning.
#[derive(Debug, Default)]
pub(super) struct NormalView {
    /// Every change before it has been seen.
    seen: usize,
    island: Option<Island>,
}

/// A part of a text in its normal form.
#[derive(Debug)]
struct Island {
    finder: Finder,
    /// The normal form, as far as it is kept.
    text: String,
    /// How much of the normal form stood before.
    base: usize,
    /// Where each part of the normal form came from, in order.
    pieces: Vec<Piece>,
    /// The text has been read up to here.
    fed: usize,
    /// Where the last change ends, in the text.
    changed_until: usize,
    /// Up to where hits may begin that overlap a change or stand behind an escape, in the normal form.
    normal_until: usize,
    /// Whether what follows cannot be read without more text.
    is_open: bool,
    /// Whether it is known, without a look for them, that there are no hits.
    is_idle: bool,
    invisible: usize,
}

/// Part of a normal form and of the text it came from.
#[derive(Clone, Debug)]
struct Piece {
    /// Where it begins in the normal form.
    normal: usize,
    /// What it came from.
    origin: Range<usize>,
    kind: Kind,
}

/// How a part reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As it is written.
    Same,
    /// Otherwise.
    Change,
    /// Otherwise, and what is written ends like a word: behind the `n` of `\n` a value begins in the
    /// normal form alone.
    Escape,
}

impl Kind {
    /// That of a change which ends before this place of a text.
    fn of_change(text: &str, end: usize) -> Self {
        let last = end.checked_sub(1).and_then(|last| text.as_bytes().get(last));
        match last {
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => Self::Escape,
            Some(_) | None => Self::Change,
        }
    }
}

impl NormalView {
    /// That of a text in which nothing changes before a place.
    pub(super) fn from(place: usize) -> Self {
        Self { seen: place, island: None }
    }

    /// Text that begins before it has no hit of the normal form that is not told.
    pub(super) fn frontier(&self) -> usize {
        match &self.island {
            Some(island) if island.is_open || island.finder.decided() < island.sought_until() => {
                island.origin_start(island.finder.decided()).max(island.fed.saturating_sub(SPELLED_BYTES_MAX))
            }
            Some(_) | None => usize::MAX,
        }
    }

    /// Text before it is not read again.
    pub(super) fn needed_from(&self) -> usize {
        let next = self.island.as_ref().map_or(self.seen, |island| island.fed);
        next.saturating_sub(GAP_BYTES)
    }

    /// Reads on, and gives what is decided now to `sink`, placed from the beginning of the text.
    ///
    /// `places` are all fixed texts that stand in a whole text as it was given, in order, where they are known.
    pub(super) fn advance(
        &mut self,
        look: Look<'_>,
        window: Window<'_>,
        places: Option<&[Place]>,
        sink: &mut dyn FnMut(Found),
    ) {
        loop {
            let Some(island) = &mut self.island else {
                let from = self.seen.saturating_sub(window.base);
                match normalise::first_change(window.text, from, window.is_end) {
                    Change::NoneBefore(place) => {
                        self.seen = window.base.saturating_add(place);
                        return;
                    }
                    Change::At(place) => {
                        let start = window.text.floor_char_boundary(place.saturating_sub(BACK_BYTES));
                        self.island = Some(Island::new(window.base.saturating_add(start)));
                    }
                }
                continue;
            };
            let is_fed = island.feed(window);
            island.is_idle = places.is_some_and(|places| island.is_idle(look, window, places));
            if !island.is_idle {
                island.find(look, window, sink);
            }
            if island.is_done(window) {
                self.seen = island.changed_until.max(island.safe_until());
                self.island = None;
            } else if !is_fed {
                return;
            }
        }
    }
}

impl Island {
    fn new(start: usize) -> Self {
        Self {
            finder: Finder::default(),
            text: String::new(),
            base: 0,
            pieces: Vec::new(),
            fed: start,
            changed_until: start,
            normal_until: 0,
            is_open: false,
            is_idle: false,
            invisible: 0,
        }
    }

    /// One past the last byte of the normal form.
    fn normal_end(&self) -> usize {
        self.base.saturating_add(self.text.len())
    }

    /// Up to where hits that are told may begin, of what is there.
    fn sought_until(&self) -> usize {
        self.normal_until.min(self.normal_end())
    }

    /// Puts the next step of the text into its normal form; whether there was any.
    fn feed(&mut self, window: Window<'_>) -> bool {
        let begun = self.fed;
        // What follows the last change is read only as far as it is asked for.
        let asked = begun.saturating_add(begun.saturating_sub(self.changed_until).min(STEP_BYTES));
        self.is_open = false;
        loop {
            let gap = self.changed_until.saturating_add(GAP_BYTES).saturating_add(1);
            let enough = asked.max(gap.min(begun.saturating_add(STEP_BYTES))).min(self.ahead());
            if self.fed >= enough.min(window.end()) {
                break;
            }
            let at = self.fed.saturating_sub(window.base);
            match normalise::unit(window.text, at, window.is_end) {
                Unit::Open => {
                    self.is_open = self.is_near(self.fed);
                    break;
                }
                Unit::Same { end } => {
                    let end = window.text.floor_char_boundary(end.min(enough.saturating_sub(window.base)));
                    // A character that reaches over the step is read whole.
                    let end = if end > at { end } else { super::pattern::after(window.text, at) };
                    self.keep(window, at..end);
                }
                Unit::Changed { end, characters } => {
                    let kind = Kind::of_change(window.text, end);
                    self.change(window.base.saturating_add(end), &characters, kind);
                }
            }
        }
        self.fed > begun
    }

    /// Up to where text is read that hits which overlap a change may reach.
    fn ahead(&self) -> usize {
        self.changed_until.saturating_add(SPELLED_BYTES_MAX).saturating_add(GAP_BYTES)
    }

    /// Whether a change at this place is read with the ones before it.
    fn is_near(&self, place: usize) -> bool {
        place <= self.changed_until.saturating_add(GAP_BYTES)
    }

    fn keep(&mut self, window: Window<'_>, range: Range<usize>) {
        self.invisible = 0;
        let origin = window.base.saturating_add(range.start)..window.base.saturating_add(range.end);
        self.fed = origin.end;
        let normal = self.normal_end();
        self.text.push_str(window.text.get(range).unwrap_or_default());
        match self.pieces.last_mut() {
            Some(last) if last.kind == Kind::Same => last.origin.end = origin.end,
            Some(_) | None => self.pieces.push(Piece { normal, origin, kind: Kind::Same }),
        }
    }

    fn change(&mut self, end: usize, characters: &[char], kind: Kind) {
        let origin = self.fed..end;
        let normal = self.normal_end();
        self.invisible = if characters.is_empty() { self.invisible.saturating_add(1) } else { 0 };
        self.text.extend(characters);
        if self.invisible > INVISIBLE_MAX {
            self.invisible = 0;
            self.text.push(BREAK);
        }
        self.fed = end;
        let is_near = self.is_near(origin.start);
        match self.pieces.last_mut() {
            Some(last) if last.kind != Kind::Same && last.normal == normal => {
                last.origin.end = end;
                last.kind = kind;
            }
            Some(_) | None => self.pieces.push(Piece { normal, origin, kind }),
        }
        if is_near {
            self.changed_until = end;
            self.normal_until = self.normal_end().saturating_add(usize::from(kind == Kind::Escape));
        }
    }

    /// Finds what begins before the last change.
    fn find(&mut self, look: Look<'_>, window: Window<'_>, sink: &mut dyn FnMut(Found)) {
        let is_end = self.fed >= self.ahead() || window.is_end && self.fed >= window.end();
        let limit = if self.is_open { self.normal_end() } else { self.normal_until };
        let mut found = Vec::new();
        let normal = Window { text: &self.text, base: self.base, is_end };
        self.finder.advance(look, normal, limit, &mut |hit| found.push(hit));
        for hit in found {
            if let Some(hit) = self.placed(hit) {
                sink(hit);
            }
        }
        self.forget();
    }

    /// A hit of the normal form where it stands in the text; `None` when it is one of the text as it
    /// was given too.
    fn placed(&self, hit: Found) -> Option<Found> {
        let place = |range: &Range<usize>| {
            let normal = self.base.saturating_add(range.start)..self.base.saturating_add(range.end);
            let origin = self.origin_start(normal.start)..self.origin_end(normal.end);
            let is_new = self.has_change(&origin) || self.is_behind_escape(normal.start);
            (is_new && origin.len() <= SPELLED_BYTES_MAX).then_some(origin)
        };
        match hit {
            Found::Hit { detector, range, confidence } => {
                place(&range).map(|range| Found::Hit { detector, range, confidence })
            }
            Found::Near { detector, range } => place(&range).map(|range| Found::Near { detector, range }),
        }
    }

    /// Whether what stands right before a place of the normal form is an escape that ends like a word.
    fn is_behind_escape(&self, normal: usize) -> bool {
        let after = self.pieces.partition_point(|piece| piece.normal <= normal);
        let [.., before, piece] = self.pieces.get(..after).unwrap_or_default() else {
            return false;
        };
        piece.normal == normal && before.kind == Kind::Escape
    }

    fn piece_of(&self, normal: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.normal <= normal);
        self.pieces.get(after.checked_sub(1)?)
    }

    /// Where the character begins that a byte of the normal form came from.
    fn origin_start(&self, normal: usize) -> usize {
        match self.piece_of(normal) {
            Some(piece) if piece.kind != Kind::Same => piece.origin.start,
            Some(piece) => piece.origin.start.saturating_add(normal.saturating_sub(piece.normal)),
            None => self.fed,
        }
    }

    /// One past the character that the byte before a place of the normal form came from.
    fn origin_end(&self, normal: usize) -> usize {
        match self.piece_of(normal.saturating_sub(1)) {
            Some(piece) if piece.kind != Kind::Same => piece.origin.end,
            Some(piece) => piece.origin.start.saturating_add(normal.saturating_sub(piece.normal)),
            None => self.fed,
        }
    }

    /// Whether anything within a part of the text reads otherwise than it is written.
    fn has_change(&self, origin: &Range<usize>) -> bool {
        let first = self.pieces.partition_point(|piece| piece.origin.end <= origin.start);
        let pieces = self.pieces.get(first..).unwrap_or_default();
        pieces
            .iter()
            .take_while(|piece| piece.origin.start < origin.end)
            .any(|piece| piece.kind != Kind::Same)
    }

    /// Up to where it is known that nothing changes after the last change.
    fn safe_until(&self) -> usize {
        self.fed.min(self.changed_until.saturating_add(GAP_BYTES))
    }

    /// Whether all is found, and no change follows closely.
    fn is_done(&self, window: Window<'_>) -> bool {
        self.is_whole(window) && (self.is_idle || self.finder.decided() >= self.sought_until())
    }

    /// Whether no change follows closely.
    fn is_whole(&self, window: Window<'_>) -> bool {
        let is_far = self.fed > self.changed_until.saturating_add(GAP_BYTES)
            || window.is_end && self.fed >= window.end();
        is_far && !self.is_open
    }

    /// Whether no hit can overlap a change, by the fixed texts that stand in the text as it was given.
    fn is_idle(&self, look: Look<'_>, window: Window<'_>, places: &[Place]) -> bool {
        if !self.is_whole(window) || !self.finder.is_new() {
            return false;
        }
        let ends = self.pieces.iter().skip(1).map(|piece| piece.normal).chain([self.normal_end()]);
        let changes = self.pieces.iter().zip(ends).filter(|(piece, _)| piece.kind != Kind::Same);
        let changes: Vec<_> = changes.map(|(piece, end)| (piece, piece.normal..end)).collect();
        if changes.iter().any(|(piece, _)| piece.kind == Kind::Escape) {
            return false;
        }
        let changes: Vec<_> = changes.into_iter().map(|(_, range)| range).collect();
        let is_end = window.is_end && self.fed >= window.end();
        let around = Around { look, text: &self.text, changes: &changes, is_end };
        let start = self.pieces.first().map_or(self.fed, |piece| piece.origin.start);
        let first = places.partition_point(|place| place.start < start);
        let places = places.get(first..).unwrap_or_default();
        let places = places.iter().take_while(|place| place.start < self.fed);
        around.are_idle(places.filter_map(|place| self.unchanged(place)))
    }

    /// A fixed text of the text as it was given, placed in the normal form, where nothing of it changes.
    fn unchanged(&self, place: &Place) -> Option<Place> {
        let after = self.pieces.partition_point(|piece| piece.origin.start <= place.start);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        let start = piece.normal.checked_add(place.start.checked_sub(piece.origin.start)?)?;
        let end = start.checked_add(place.end.checked_sub(place.start)?)?;
        (piece.kind == Kind::Same && place.end <= piece.origin.end).then_some(Place { start, end, ..*place })
    }

    /// Lets go of normal text that is decided.
    fn forget(&mut self) {
        let decided = self.finder.decided().saturating_sub(self.base).min(self.text.len());
        let gone = self.text.floor_char_boundary(decided.saturating_sub(BEFORE_BYTES));
        if gone >= STEP_BYTES {
            self.text.drain(..gone);
            self.base = self.base.saturating_add(gone);
            let base = self.base;
            let kept = self.pieces.partition_point(|piece| piece.normal <= base).saturating_sub(1);
            self.pieces.drain(..kept);
        }
    }
}
