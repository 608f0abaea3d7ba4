//! What one request leaves of a bucket that is a single word.
//!
//! Most packages have no more rules than that. No fact is looked up for a
//! second word, so nothing is kept; and of all tables only those are passed by
//! that some rule of the word reads.

use super::table::Members;
use super::{Bucket, Index, head_class};
use crate::program::names::OTHER;
use crate::reading::{Elements, Reading};
use lang::model::{ModelId, WorkloadId};

/// The tables that rules of one word read, by kind: a jump for each would be guessed badly.
#[derive(Debug, Default)]
pub(super) struct Probes {
    counts: Box<[Probe]>,
    texts: Box<[Probe]>,
    lists: Box<[(Probe, List)]>,
}

/// A table that rules of one word read.
#[derive(Clone, Copy, Debug)]
struct Probe {
    /// The rules that read it.
    readers: u64,
    /// Which one of its kind.
    number: usize,
}

/// Whose members are looked at.
#[derive(Clone, Copy, Debug)]
enum List {
    Input,
    Output,
    Texts,
}

impl Probe {
    /// None when no rule of the word reads it.
    fn of(number: usize, readers: &[u64], word: usize) -> Option<Self> {
        let readers = readers.get(word).copied().filter(|readers| *readers != 0)?;
        Some(Self { readers, number })
    }
}

impl Index {
    /// The tables to probe for each bucket of one word.
    pub(super) fn probes_of_words(&self) -> [Probes; 4] {
        Bucket::ALL.map(|bucket| {
            let words = self.bucket(bucket);
            if words.len() == 1 { self.probes_of(words.start) } else { Probes::default() }
        })
    }

    fn probes_of(&self, word: usize) -> Probes {
        let counts = self.counts.iter().enumerate();
        let texts = self.texts.iter().enumerate();
        let input = self.input.iter().map(|one| (0, List::Input, &one.members));
        let output = self.output.iter().map(|one| (0, List::Output, &one.members));
        let sets = self.sets.iter().enumerate().map(|(at, one)| (at, List::Texts, &one.members));
        let list = |(at, list, members): (usize, List, &Members)| {
            Some((Probe::of(at, &members.readers, word)?, list))
        };
        Probes {
            counts: counts.filter_map(|(at, one)| Probe::of(at, &one.readers, word)).collect(),
            texts: texts.filter_map(|(at, one)| Probe::of(at, &one.readers, word)).collect(),
            lists: input.chain(output).chain(sets).filter_map(list).collect(),
        }
    }

    /// What a request leaves of a bucket's only word; `class` is its tenant's.
    #[inline(never)]
    pub(crate) fn left_alone(&self, bucket: Bucket, class: u32, reading: &Reading<'_>) -> u64 {
        let (model, facts) = (reading.model, reading.facts);
        let word = self.bucket(bucket).start;
        let asked = reading.resolved.map_or(model.models.len(), ModelId::index);
        let workload = facts.workload.map_or(model.workloads.len(), WorkloadId::index);
        let mut left = self.word_of(&self.classes, class as usize, word)
            & self.word_of(&self.head, head_class(facts), word)
            & self.word_of(&self.models, asked, word)
            & self.word_of(&self.workloads, workload, word);
        let Some(Probes { counts, texts, lists }) = self.probes.get(bucket as usize) else { return left };
        for probe in counts {
            if left & probe.readers != 0
                && let Some(table) = self.counts.get(probe.number)
            {
                left &= self.word_of(&table.masks, table.row(reading), word);
            }
        }
        for probe in texts {
            if left & probe.readers != 0
                && let Some(table) = self.texts.get(probe.number)
            {
                left &= self.word_of(&table.masks, table.row(reading), word);
            }
        }
        for (probe, list) in lists {
            if left & probe.readers != 0 {
                left &= self.word_of_list(*list, probe.number, word, reading);
            }
        }
        left
    }

    /// A word of a row; everything where there is no table.
    #[inline]
    fn word_of(&self, masks: &[u64], row: usize, word: usize) -> u64 {
        masks.get(self.start_of(row).wrapping_add(word)).copied().unwrap_or(u64::MAX)
    }

    #[inline(never)]
    fn word_of_list(&self, list: List, number: usize, word: usize, reading: &Reading<'_>) -> u64 {
        let facts = reading.facts;
        let left = match list {
            List::Input => self
                .input
                .as_ref()
                .map(|table| self.word_among(&table.members, table.numbers(&facts.input), word)),
            List::Output => self
                .output
                .as_ref()
                .map(|table| self.word_among(&table.members, table.numbers(&facts.output.findings), word)),
            List::Texts => self.sets.get(number).and_then(|table| match reading.elements(&table.fact) {
                Some(Elements::Texts(list) | Elements::ToolCalls(list)) => {
                    let numbers = list.iter().map(|text| table.names.find(text));
                    Some(self.word_among(&table.members, numbers, word))
                }
                Some(_) | None => None,
            }),
        };
        left.unwrap_or(u64::MAX)
    }

    /// What the members that are there leave of a word.
    #[inline]
    fn word_among(&self, members: &Members, numbers: impl Iterator<Item = u32>, word: usize) -> u64 {
        let (mut spoken, mut left) = (0, 0);
        for member in numbers.filter(|number| *number != OTHER) {
            // Two rows for each: of tables in memory, so that the product fits.
            let speaks = (member as usize).wrapping_mul(2);
            spoken |= self.word_of(&members.present, speaks, word);
            left |= self.word_of(&members.present, speaks.wrapping_add(1), word);
        }
        (self.word_of(&members.absent, 0, word) & !spoken) | left
    }
}
