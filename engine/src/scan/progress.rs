//! Scanning that can stop at the end of a chunk and go on with the next.
//!
//! Text is decided from left to right. A place is decided when no hit that
//! begins there can change with more text; hits are told in the order of their
//! places, each exactly once. A whole text is one window that is the end.

use super::automaton::Scanner;
use super::finder::Finder;
use super::ledger::{CONTEXT_BYTES, Ledger};
use super::lexicon::Place;
use super::look::Look;
use super::normalise::{Change, first_change};
use super::payload::Payloads;
use super::set::DetectorSet;
use super::view::NormalView;
use super::window::{Context, Found, Item, Window};

/// How far the scan of one text has come. All places are from its beginning.
#[derive(Debug)]
pub(super) struct Progress {
    /// Of the text as it was given.
    plain: Finder,
    /// Of its normal form, where that differs.
    normal: NormalView,
    /// Of the texts within it.
    payloads: Payloads,
    ledger: Ledger,
}

impl Progress {
    /// At the beginning of a text.
    pub(super) fn new() -> Self {
        Self::within(Payloads::default())
    }

    /// At the beginning of a text that stands in another.
    pub(super) fn within(payloads: Payloads) -> Self {
        Self { plain: Finder::default(), normal: NormalView::default(), payloads, ledger: Ledger::default() }
    }

    /// Every hit that begins before it is in the ledger.
    fn decided(&self) -> usize {
        self.plain.decided().min(self.normal.frontier()).min(self.payloads.frontier())
    }

    /// Everything that begins before it has been told.
    pub(super) fn frontier(&self) -> usize {
        let decided = self.decided();
        self.ledger.first_pending().map_or(decided, |first| first.min(decided))
    }

    /// Text before it is not read again.
    pub(super) fn needed_from(&self) -> usize {
        let plain = self.decided().saturating_sub(CONTEXT_BYTES).min(self.normal.needed_from());
        self.ledger.needed_from().map_or(plain, |needed| needed.min(plain))
    }

    /// Reads on, and adds what is decided now to `sink`.
    ///
    /// The window holds all text from [`needed_from`](Self::needed_from) on.
    pub(super) fn advance(
        &mut self,
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
        sink: &mut Vec<Item>,
    ) {
        let ledger = &mut self.ledger;
        let base = window.base;
        if window.is_end && base == 0 && self.plain.is_new() {
            self.advance_whole(scanner, wanted, window);
        } else {
            let look = Look { scanner, wanted, context: Context::Elsewhere };
            self.plain.advance(look, window, usize::MAX, &mut |found| {
                ledger.take(scanner, window, found.moved(base));
            });
            self.normal.advance(look, window, None, &mut |found| ledger.take(scanner, window, found));
        }
        let ledger = &mut self.ledger;
        self.payloads.advance(scanner, wanted, window, &mut |item| ledger.add(scanner, window, item, None));
        let decided = self.decided();
        self.ledger.settle(scanner, window, decided);
        self.ledger.tell(self.frontier(), sink);
    }

    /// Reads a text that is all there: it is known which words stand near a place.
    fn advance_whole(&mut self, scanner: &Scanner, wanted: &DetectorSet, window: Window<'_>) {
        let ledger = &mut self.ledger;
        match first_change(window.text, 0, true) {
            Change::NoneBefore(place) => self.normal = NormalView::from(place),
            Change::At(place) => {
                let mut near = self.plain.near_in(scanner, wanted, window);
                let places = self.plain.all_places(window);
                let places = places.as_deref();
                let (mut normal, mut found) = read_normal(scanner, wanted, (window, place), &near, places);
                let known = near.clone();
                found.iter().filter_map(Found::near).for_each(|detector| near.insert(detector));
                if near != known {
                    // A word in one island counts for hits in others.
                    (normal, found) = read_normal(scanner, wanted, (window, place), &near, places);
                }
                self.normal = normal;
                for found in found {
                    self.plain.count_near(scanner, &found);
                    ledger.take(scanner, window, found);
                }
            }
        }
        let look = Look { scanner, wanted, context: Context::Here };
        self.plain.advance(look, window, usize::MAX, &mut |found| ledger.take(scanner, window, found));
    }
}

/// Reads the normal form of a whole text from its first change on, where these detectors have words near.
fn read_normal(
    scanner: &Scanner,
    wanted: &DetectorSet,
    (window, change): (Window<'_>, usize),
    near: &DetectorSet,
    places: Option<&[Place]>,
) -> (NormalView, Vec<Found>) {
    let (mut normal, mut found) = (NormalView::from(change), Vec::new());
    let look = Look { scanner, wanted, context: Context::Of(near) };
    normal.advance(look, window, places, &mut |hit| found.push(hit));
    (normal, found)
}
