//! What one request leaves of the rules, some words of them at a time.
//!
//! The words stay in registers while the tables meet them, and the dearer
//! tables are asked only while there is a rule left that reads them. A fact is
//! looked up once for all words: its row is kept.

use super::table::Members;
use super::{Index, head_class};
use crate::program::names::OTHER;
use crate::reading::{Elements, Reading};
use lang::model::{ModelId, WorkloadId};

/// Counts and texts whose rows are kept; packages whose rules read more look the rest up for each word.
const ROWS_KEPT_MAX: usize = 12;

/// Lists whose members are kept: those of a request, of its caller and of the findings are fewer.
const SPANS_KEPT_MAX: usize = 5;

/// Words that are met at once where a bucket has so many: two vector registers of the plainest machine.
pub(crate) const WORDS_AT_ONCE: usize = 4;

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

/// Words of a table from `start` on; everything where there is no table.
#[inline]
fn words_of<const N: usize>(table: &[u64], start: usize) -> [u64; N] {
    table.get(start..).and_then(|row| row.first_chunk()).copied().unwrap_or([u64::MAX; N])
}

/// What two groups of words have in common.
#[inline]
fn met<const N: usize>(left: [u64; N], right: [u64; N]) -> [u64; N] {
    let mut met = left;
    for (word, other) in met.iter_mut().zip(right) {
        *word &= other;
    }
    met
}

impl Index {
    /// Finds where a request stands; `class` is its tenant's.
    #[inline]
    pub(crate) fn look(&self, class: u32, reading: &Reading<'_>, look: &mut Look) {
        // What has a single word keeps nothing for a second.
        if !self.is_narrow {
            self.look_wide(class, reading, look);
        }
    }

    fn look_wide(&self, class: u32, reading: &Reading<'_>, look: &mut Look) {
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
    pub(super) const fn start_of(&self, row: usize) -> usize {
        row.wrapping_mul(self.words)
    }

    /// The rules of `N` words from `word` on that a request leaves.
    // In its caller's loop, all tables would be loaded ahead for either number of words.
    #[inline(never)]
    pub(crate) fn left<const N: usize>(
        &self,
        word: usize,
        reading: &Reading<'_>,
        look: &mut Look,
    ) -> [u64; N] {
        let row = |table: &[u64], start: usize| words_of::<N>(table, start.wrapping_add(word));
        let left = met(
            met(row(&self.classes, look.class), row(&self.head, look.head)),
            met(row(&self.models, look.model), row(&self.workloads, look.workload)),
        );
        let left = self.counted(left, word, reading, look);
        let left = self.named(left, word, reading, look);
        self.listed(left, word, reading, look)
    }

    #[inline]
    fn counted<const N: usize>(
        &self,
        mut left: [u64; N],
        word: usize,
        reading: &Reading<'_>,
        look: &mut Look,
    ) -> [u64; N] {
        for (slot, table) in self.counts.iter().enumerate() {
            if is_read(left, &table.readers, word) {
                let row = look.row(slot, || self.start_of(table.row(reading)));
                left = met(left, words_of(&table.masks, row.wrapping_add(word)));
            }
        }
        left
    }

    #[inline]
    fn named<const N: usize>(
        &self,
        mut left: [u64; N],
        word: usize,
        reading: &Reading<'_>,
        look: &mut Look,
    ) -> [u64; N] {
        for (slot, table) in (self.counts.len()..).zip(&self.texts) {
            if is_read(left, &table.readers, word) {
                let row = look.row(slot, || self.start_of(table.row(reading)));
                left = met(left, words_of(&table.masks, row.wrapping_add(word)));
            }
        }
        left
    }

    #[inline]
    fn listed<const N: usize>(
        &self,
        mut left: [u64; N],
        word: usize,
        reading: &Reading<'_>,
        look: &mut Look,
    ) -> [u64; N] {
        let facts = reading.facts;
        for (table, findings, slot) in
            [(&self.input, &facts.input, 0), (&self.output, &facts.output.findings, 1)]
        {
            let Some(table) = table else { continue };
            if is_read(left, &table.members.readers, word) {
                let held = look.held(slot, table.numbers(findings));
                left = met(left, self.among(&table.members, held, word));
            }
        }
        for (slot, table) in (2..).zip(&self.sets) {
            if is_read(left, &table.members.readers, word)
                && let Some(Elements::Texts(list) | Elements::ToolCalls(list)) = reading.elements(&table.fact)
            {
                let held = look.held(slot, list.iter().map(|text| table.names.find(text)));
                left = met(left, self.among(&table.members, held, word));
            }
        }
        left
    }

    /// What the members that are there leave of some words.
    #[inline]
    fn among<const N: usize>(&self, members: &Members, held: &[u32], word: usize) -> [u64; N] {
        let (mut spoken, mut left) = ([0u64; N], [0u64; N]);
        for member in held {
            // Two rows for each: of tables in memory, so that the product fits.
            let at = self.start_of(*member as usize).wrapping_mul(2).wrapping_add(word);
            let speaks: [u64; N] = words_of(&members.present, at);
            let leaves: [u64; N] = words_of(&members.present, at.wrapping_add(self.words));
            for ((spoken, left), (speaks, leaves)) in
                spoken.iter_mut().zip(&mut left).zip(speaks.into_iter().zip(leaves))
            {
                *spoken |= speaks;
                *left |= leaves;
            }
        }
        let mut among = words_of::<N>(&members.absent, word);
        for ((among, spoken), left) in among.iter_mut().zip(spoken).zip(left) {
            *among = (*among & !spoken) | left;
        }
        among
    }
}

/// Whether some rule that is left reads what a table holds masks for.
#[inline]
fn is_read<const N: usize>(left: [u64; N], readers: &[u64], word: usize) -> bool {
    let read = met(left, words_of(readers, word));
    read.iter().fold(0, |any, word| any | word) != 0
}
