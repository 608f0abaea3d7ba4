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
use smallvec::SmallVec;

/// Counts and texts whose rows are kept; packages whose rules read more look the rest up for each word.
const ROWS_KEPT_MAX: usize = 16;

/// Lists whose members are kept: those of a request, of its caller and of the findings are fewer.
const SPANS_KEPT_MAX: usize = 6;

/// Not looked up yet.
const UNSEEN: u32 = u32::MAX;

/// Where a request stands in the tables of one index.
#[derive(Debug)]
pub(crate) struct Look {
    /// Where its rows begin, of those that need no looking up.
    class: usize,
    head: usize,
    model: usize,
    workload: usize,
    rows: [u32; ROWS_KEPT_MAX],
    /// Where a list's members stand in `members`.
    spans: [(u32, u32); SPANS_KEPT_MAX],
    members: SmallVec<[u32; 16]>,
}

impl Look {
    /// The row of a count or text.
    #[inline]
    fn row(&mut self, slot: usize, find: impl FnOnce() -> usize) -> usize {
        let Some(kept) = self.rows.get_mut(slot) else { return find() };
        if *kept == UNSEEN {
            *kept = u32::try_from(find()).unwrap_or(UNSEEN);
        }
        *kept as usize
    }

    /// The members of a list that some rule asks for.
    #[inline]
    fn held(&mut self, slot: usize, numbers: impl Iterator<Item = u32>) -> &[u32] {
        let kept = self.spans.get(slot).filter(|(start, _)| *start != UNSEEN);
        let (start, end) = match kept {
            Some((start, end)) => (*start as usize, *end as usize),
            None => {
                let start = self.members.len();
                self.members.extend(numbers.filter(|number| *number != OTHER));
                let span = (start, self.members.len());
                if let (Some(kept), (Ok(start), Ok(end))) =
                    (self.spans.get_mut(slot), (u32::try_from(span.0), u32::try_from(span.1)))
                {
                    *kept = (start, end);
                }
                span
            }
        };
        self.members.get(start..end).unwrap_or_default()
    }
}

/// The word of a row that begins at `start`; everything where there is no table.
#[inline]
fn word_of(table: &[u64], start: usize, word: usize) -> u64 {
    table.get(start.saturating_add(word)).copied().unwrap_or(u64::MAX)
}

impl Index {
    /// Where a request stands; `class` is its tenant's.
    #[inline]
    pub(crate) fn look(&self, class: u32, reading: &Reading<'_>) -> Look {
        let (model, facts) = (reading.model, reading.facts);
        let start = |row: usize| row.saturating_mul(self.words);
        Look {
            class: start(class as usize),
            head: start(head_class(facts)),
            model: start(reading.resolved.map_or(model.models.len(), ModelId::index)),
            workload: start(facts.workload.map_or(model.workloads.len(), WorkloadId::index)),
            rows: [UNSEEN; ROWS_KEPT_MAX],
            spans: [(UNSEEN, 0); SPANS_KEPT_MAX],
            members: SmallVec::new(),
        }
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
                let row = look.row(slot, || table.row(reading));
                left &= word_of(&table.masks, row.saturating_mul(self.words), word);
            }
        }
        left
    }

    #[inline]
    fn named(&self, mut left: u64, word: usize, reading: &Reading<'_>, look: &mut Look) -> u64 {
        for (slot, table) in (self.counts.len()..).zip(&self.texts) {
            if is_read(left, &table.readers, word) {
                let row = look.row(slot, || table.row(reading));
                left &= word_of(&table.masks, row.saturating_mul(self.words), word);
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
