//! What one request leaves of the rules, a word of them at a time.
//!
//! A word stays in a register while the tables meet it, and the dearer tables
//! are asked only while it holds a rule that reads them. A fact is looked up
//! once for all words: its row is kept.

use super::table::Members;
use super::{Index, head_class};
use crate::program::names::OTHER;
use crate::reading::{Elements, Reading};
use lang::model::{ModelId, WorkloadId};

/// Counts and texts whose rows are kept; packages whose rules read more look the rest up for each word.
const ROWS_KEPT_MAX: usize = 12;

/// Lists whose members are kept: those of a request, of its caller and of the findings are fewer.
const SPANS_KEPT_MAX: usize = 5;

/// Not looked up yet.
const UNSEEN: usize = usize::MAX;

/// Where a request stands in the tables of one index.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Where its rows begin, of those that need no looking up.
    class: usize,
    head: usize,
    model: usize,
    workload: usize,
    /// Where the rows of counts and texts begin.
    rows: [usize; ROWS_KEPT_MAX],
    /// Where a list's members stand in `members`.
    spans: [(usize, usize); SPANS_KEPT_MAX],
    members: Vec<u32>,
}

impl Look {
    /// Where the row of a count or text begins.
    #[inline]
    fn row(&mut self, slot: usize, find: impl FnOnce() -> usize) -> usize {
        match self.rows.get(slot).copied() {
            Some(UNSEEN) | None => {
                let start = find();
                if let Some(kept) = self.rows.get_mut(slot) {
                    *kept = start;
                }
                start
            }
            Some(kept) => kept,
        }
    }

    /// The members of a list that some rule asks for.
    #[inline]
    fn held(&mut self, slot: usize, numbers: impl Iterator<Item = u32>) -> &[u32] {
        let (start, end) = match self.spans.get(slot).copied() {
            Some((UNSEEN, _)) | None => {
                let start = self.members.len();
                self.members.extend(numbers.filter(|number| *number != OTHER));
                let span = (start, self.members.len());
                if let Some(kept) = self.spans.get_mut(slot) {
                    *kept = span;
                }
                span
            }
            Some(kept) => kept,
        };
        self.members.get(start..end).unwrap_or_default()
    }
}

/// The word of a row that begins at `start`; everything where there is no table.
#[inline]
fn word_of(table: &[u64], start: usize, word: usize) -> u64 {
    table.get(start.wrapping_add(word)).copied().unwrap_or(u64::MAX)
}

impl Index {
    /// Finds where a request stands; `class` is its tenant's.
    #[inline]
    pub(crate) fn look(&self, class: u32, reading: &Reading<'_>, look: &mut Look) {
        let (model, facts) = (reading.model, reading.facts);
        look.class = self.start_of(class as usize);
        look.head = self.start_of(head_class(facts));
        look.model = self.start_of(reading.resolved.map_or(model.models.len(), ModelId::index));
        look.workload = self.start_of(facts.workload.map_or(model.workloads.len(), WorkloadId::index));
        look.rows = [UNSEEN; ROWS_KEPT_MAX];
        look.spans = [(UNSEEN, 0); SPANS_KEPT_MAX];
        look.members.clear();
    }

    /// Where a row begins. Rows are of tables in memory, so that the product fits.
    #[inline]
    const fn start_of(&self, row: usize) -> usize {
        row.wrapping_mul(self.words)
    }

    /// The rules of a word that a request leaves.
    pub(crate) fn left(&self, word: usize, reading: &Reading<'_>, look: &mut Look) -> u64 {
        let left = word_of(&self.classes, look.class, word)
            & word_of(&self.head, look.head, word)
            & word_of(&self.models, look.model, word)
            & word_of(&self.workloads, look.workload, word);
        let left = self.counted(left, word, reading, look);
        let left = self.named(left, word, reading, look);
        self.listed(left, word, reading, look)
    }

    #[inline]
    fn counted(&self, mut left: u64, word: usize, reading: &Reading<'_>, look: &mut Look) -> u64 {
        for (slot, table) in self.counts.iter().enumerate() {
            if is_read(left, &table.readers, word) {
                let row = look.row(slot, || self.start_of(table.row(reading)));
                left &= word_of(&table.masks, row, word);
            }
        }
        left
    }

    #[inline]
    fn named(&self, mut left: u64, word: usize, reading: &Reading<'_>, look: &mut Look) -> u64 {
        for (slot, table) in (self.counts.len()..).zip(&self.texts) {
            if is_read(left, &table.readers, word) {
                let row = look.row(slot, || self.start_of(table.row(reading)));
                left &= word_of(&table.masks, row, word);
            }
        }
        left
    }

    #[inline]
    fn listed(&self, mut left: u64, word: usize, reading: &Reading<'_>, look: &mut Look) -> u64 {
        let facts = reading.facts;
        for (table, findings, slot) in
            [(&self.input, &facts.input, 0), (&self.output, &facts.output.findings, 1)]
        {
            let Some(table) = table else { continue };
            if is_read(left, &table.members.readers, word) {
                let held = look.held(slot, table.numbers(findings));
                left &= self.among(&table.members, held, word);
            }
        }
        for (slot, table) in (2..).zip(&self.sets) {
            if is_read(left, &table.members.readers, word)
                && let Some(Elements::Texts(list) | Elements::ToolCalls(list)) = reading.elements(&table.fact)
            {
                let held = look.held(slot, list.iter().map(|text| table.names.find(text)));
                left &= self.among(&table.members, held, word);
            }
        }
        left
    }

    /// What the members that are there leave of a word.
    fn among(&self, members: &Members, held: &[u32], word: usize) -> u64 {
        let (mut spoken, mut left) = (0u64, 0u64);
        for member in held {
            let at = (*member as usize).saturating_mul(self.words).saturating_mul(2).saturating_add(word);
            spoken |= members.present.get(at).copied().unwrap_or(0);
            left |= members.present.get(at.saturating_add(self.words)).copied().unwrap_or(0);
        }
        (members.absent.get(word).copied().unwrap_or(u64::MAX) & !spoken) | left
    }
}

/// Whether some rule that is left reads what a table holds masks for.
#[inline]
fn is_read(left: u64, readers: &[u64], word: usize) -> bool {
    readers.get(word).is_some_and(|readers| left & readers != 0)
}
