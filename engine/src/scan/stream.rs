//! An answer in pieces: scanned, redacted, and tokens restored, as it arrives.
//!
//! The answer is scanned before anything is restored: what is new in it is
//! redacted, what the caller sent comes back ([`recall`](super::recall) says in
//! which spellings of its token), and a restored value is not looked at again. Text is held back from the first place where a hit or a
//! token may have begun, and for hits that wait for a word near them; never
//! more than [`HOLD_BYTES_MAX`](super::HOLD_BYTES_MAX) bytes. What is only
//! watched, for a flag or a condition, holds nothing.
//!
//! **Invariant:** what has been given out after the end, and the detector that
//! blocked, are the same for every way of cutting the answer. It holds since
//! places are decided from text that can no longer change, in their order, and
//! each byte's owner only from findings that begin before it.

use super::automaton::Scanner;
use super::part;
use super::plan::Plan;
use super::progress::Progress;
use super::recall::Recall;
use super::set::DetectorSet;
use super::transform::{Counts, Layer, Piece, change_output, paint};
use super::vault::Vault;
use super::window::{Item, Window};
use lang::model::{Action, DetectorId};
use std::borrow::Cow;
use std::ops::Range;

/// Least text that is worth moving the rest of the buffer for, in bytes.
const DRAIN_BYTES_MIN: usize = 4 << 10;

/// The answer holds what a `block` refuses: it ends here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer holds what is blocked")]
pub struct Blocked(pub DetectorId);

/// Writes a value as it must stand where it lands.
pub type Escape = fn(&str) -> Cow<'_, str>;

/// What an answer is read with; the same for all of it.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    scanner: &'a Scanner,
    plan: &'a Plan,
    vault: &'a Vault,
    /// Detectors that are looked for and change nothing.
    watched: &'a DetectorSet,
}

impl<'a> Surroundings<'a> {
    /// With a plan of the output surface; `watched` is what [`Plan::watched`] makes of it.
    pub const fn new(
        scanner: &'a Scanner,
        plan: &'a Plan,
        vault: &'a Vault,
        watched: &'a DetectorSet,
    ) -> Self {
        Self { scanner, plan, vault, watched }
    }

    /// Whether nothing is looked for at all.
    pub fn is_idle(&self) -> bool {
        self.is_transparent() && self.watched.is_empty()
    }

    /// Whether text may pass as it comes.
    pub fn is_transparent(&self) -> bool {
        self.plan.changing().is_empty() && self.vault.is_empty()
    }
}

/// One channel of an answer: a choice's text, a tool call's arguments.
///
/// Text goes in and comes out decoded; whoever writes it into JSON escapes it.
pub struct OutputStream {
    /// Of detectors that change the text.
    changing: Progress,
    /// Of those that are only counted.
    watching: Progress,
    /// Of tokens.
    recall: Recall,
    /// Hits that wait to be told from what stands within a token.
    waiting: Vec<Item>,
    /// How what is put in must be written; as it is, where there is none.
    escape: Option<Escape>,
    buffer: String,
    /// How much of the answer stood before the buffer.
    base: usize,
    /// How much of the answer has been given out.
    given: usize,
    layers: Vec<Layer>,
    found: Counts,
    redacted: Counts,
    blocked: Option<(Blocked, usize)>,
}

impl std::fmt::Debug for OutputStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputStream")
            .field("held_bytes", &self.held_bytes())
            .field("given_bytes", &self.given)
            .field("found", &self.found)
            .field("blocked", &self.blocked)
            .finish_non_exhaustive()
    }
}

impl Default for OutputStream {
    fn default() -> Self {
        Self::new()
    }
}

impl OutputStream {
    /// At the beginning of an answer.
    pub fn new() -> Self {
        Self {
            changing: Progress::new(),
            watching: Progress::new(),
            recall: Recall::default(),
            waiting: Vec::new(),
            escape: None,
            buffer: String::new(),
            base: 0,
            given: 0,
            layers: Vec::new(),
            found: Counts::default(),
            redacted: Counts::default(),
            blocked: None,
        }
    }

    /// The same, where the answer is source text of a format, such as JSON: what is put in is escaped for it.
    #[must_use]
    pub fn escaping(self, escape: Escape) -> Self {
        Self { escape: Some(escape), ..self }
    }

    /// Takes more of the answer, and adds to `out` what may be given to the caller.
    ///
    /// # Errors
    ///
    /// Returns [`Blocked`] once the answer holds what is blocked, and from then
    /// on; `out` then has what stood before it.
    pub fn push(&mut self, text: &str, around: &Surroundings<'_>, out: &mut String) -> Result<(), Blocked> {
        self.read(text, false, around, out)
    }

    /// Gives out the rest.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn finish(&mut self, around: &Surroundings<'_>, out: &mut String) -> Result<(), Blocked> {
        self.read("", true, around, out)
    }

    /// What was found so far, changed or not.
    pub const fn found(&self) -> &Counts {
        &self.found
    }

    /// What was changed so far.
    pub const fn redacted(&self) -> &Counts {
        &self.redacted
    }

    /// What was found and what was changed since it was last taken.
    pub fn take_counts(&mut self) -> (Counts, Counts) {
        (std::mem::take(&mut self.found), std::mem::take(&mut self.redacted))
    }

    /// How much is held back.
    pub fn held_bytes(&self) -> usize {
        self.base.saturating_add(self.buffer.len()).saturating_sub(self.given)
    }

    fn read(
        &mut self,
        text: &str,
        is_end: bool,
        around: &Surroundings<'_>,
        out: &mut String,
    ) -> Result<(), Blocked> {
        if let Some((blocked, _)) = self.blocked {
            return Err(blocked);
        }
        self.buffer.push_str(text);
        self.watch(is_end, around);
        if around.is_transparent() {
            self.copy_until(self.base.saturating_add(self.buffer.len()), out);
        } else {
            self.change(is_end, around, out);
        }
        self.drain(around);
        self.blocked.map_or(Ok(()), |(blocked, _)| Err(blocked))
    }

    /// Counts what is only watched.
    fn watch(&mut self, is_end: bool, around: &Surroundings<'_>) {
        if around.watched.is_empty() {
            return;
        }
        let mut items = Vec::new();
        let window = Window { text: &self.buffer, base: self.base, is_end };
        self.watching.advance(around.scanner, around.watched, window, &mut items);
        items.iter().filter_map(|item| item.detector).for_each(|detector| self.found.add(detector));
    }

    /// Takes up what is decided now, and gives out what no later finding can reach.
    fn change(&mut self, is_end: bool, around: &Surroundings<'_>, out: &mut String) {
        let window = Window { text: &self.buffer, base: self.base, is_end };
        let mut tokens = Vec::new();
        self.recall.advance(around.vault, window, &mut tokens);
        self.changing.advance(around.scanner, around.plan.changing(), window, &mut self.waiting);
        self.layers.extend(tokens.iter().map(|token| Layer::of_token(token.start, token.end)));
        let known = self.waiting.partition_point(|item| item.start < self.recall.frontier());
        for item in self.waiting.drain(..known).collect::<Vec<_>>() {
            self.take(item, around);
        }
        let pieces = paint(&self.layers, self.given);
        let limit = self.limit(&pieces);
        for piece in pieces.iter().filter(|piece| piece.start < limit) {
            self.copy_until(piece.start, out);
            self.write(piece, around, out);
        }
        self.copy_until(limit, out);
        let given = self.given;
        self.layers.retain(|layer| layer.end > given);
    }

    /// Takes up a finding, unless it is of what a token says.
    fn take(&mut self, item: Item, around: &Surroundings<'_>) {
        let Some(detector) = item.detector.filter(|_| self.blocked.is_none()) else { return };
        if self.is_within_token(item.start..item.end) {
            return;
        }
        self.found.add(detector);
        match around.plan.row(detector) {
            None => {}
            Some(row) => match row.action {
                Action::Flag => {}
                Action::Block => self.blocked = Some((Blocked(detector), item.start)),
                Action::Mask { .. } | Action::Replace(_) | Action::Hash | Action::Tokenize => {
                    self.layers.push(Layer::of_finding(&item, detector, row));
                }
            },
        }
    }

    fn is_within_token(&self, range: Range<usize>) -> bool {
        let tokens = self.layers.iter().filter(|layer| layer.detector.is_none());
        tokens.into_iter().any(|token| token.start <= range.start && range.end <= token.end)
    }

    /// Up to where text may be given out: before what blocks, else before what is
    /// undecided and before the piece that reaches into it.
    fn limit(&self, pieces: &[Piece]) -> usize {
        if let Some((_, start)) = self.blocked {
            return start.max(self.given);
        }
        let frontier = self.changing.frontier().min(self.recall.frontier());
        let open = pieces.iter().find(|piece| piece.end > frontier);
        open.map_or(frontier, |piece| piece.start.min(frontier)).max(self.given)
    }

    /// Writes what a piece becomes.
    fn write(&mut self, piece: &Piece, around: &Surroundings<'_>, out: &mut String) {
        let begun = out.len();
        let value = self.kept(piece.start, piece.end);
        if let Some(row) = piece.detector.and_then(|detector| around.plan.row(detector)) {
            change_output(row, value, around.vault, out);
        } else {
            out.push_str(around.vault.restore(value).unwrap_or(value));
        }
        if let Some(escape) = self.escape {
            let put = out.split_off(begun);
            out.push_str(&escape(&put));
        }
        self.given = piece.end;
        if let (Some(detector), Some(layer)) = (piece.detector, self.layers.get_mut(piece.layer))
            && !layer.is_counted
        {
            layer.is_counted = true;
            self.redacted.add(detector);
        }
    }

    /// Gives out text as it came.
    fn copy_until(&mut self, end: usize, out: &mut String) {
        if end > self.given {
            out.push_str(self.kept(self.given, end));
            self.given = end;
        }
    }

    /// A part of the answer that is still kept.
    fn kept(&self, start: usize, end: usize) -> &str {
        part(&self.buffer, start.saturating_sub(self.base), end.saturating_sub(self.base))
    }

    /// Lets go of text that nobody reads again.
    fn drain(&mut self, around: &Surroundings<'_>) {
        let mut needed = self.given;
        if !around.is_transparent() {
            needed = needed.min(self.changing.needed_from()).min(self.recall.needed_from());
        }
        if !around.watched.is_empty() {
            needed = needed.min(self.watching.needed_from());
        }
        let gone = self.buffer.floor_char_boundary(needed.saturating_sub(self.base));
        if gone >= DRAIN_BYTES_MIN && gone >= self.buffer.len() / 2 {
            self.buffer.drain(..gone);
            self.base = self.base.saturating_add(gone);
        }
    }
}

#[cfg(test)]
mod tests;
