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

/// A table that rules of one word read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    /// The rules that read it.
    readers: u64,
    table: Table,
}

/// Which table, by its number where there are several of the kind.
#[derive(Clone, Copy, Debug)]
enum Table {
    Count(u32),
    Text(u32),
    Input,
    Output,
    Set(u32),
}

impl Index {
    /// The tables to probe for each bucket of one word, the cheapest first.
    pub(super) fn probes_of_words(&self) -> [Box<[Probe]>; 4] {
        Bucket::ALL.map(|bucket| {
            let words = self.bucket(bucket);
            if words.len() == 1 { self.probes_of(words.start) } else { Box::default() }
        })
    }

    fn probes_of(&self, word: usize) -> Box<[Probe]> {
        let counts = (0u32..).zip(&self.counts).map(|(at, one)| (Table::Count(at), &one.readers));
        let texts = (0u32..).zip(&self.texts).map(|(at, one)| (Table::Text(at), &one.readers));
        let input = self.input.iter().map(|one| (Table::Input, &one.members.readers));
        let output = self.output.iter().map(|one| (Table::Output, &one.members.readers));
        let sets = (0u32..).zip(&self.sets).map(|(at, one)| (Table::Set(at), &one.members.readers));
        let all = counts.chain(texts).chain(input).chain(output).chain(sets);
        let probes = all.map(|(table, readers)| {
            let readers = readers.get(word).copied().unwrap_or(0);
            Probe { readers, table }
        });
        probes.filter(|probe| probe.readers != 0).collect()
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
        for probe in self.probes.get(bucket as usize).map(|probes| &**probes).unwrap_or_default() {
            if left & probe.readers != 0 {
                left &= self.probed(probe.table, word, reading);
            }
        }
        left
    }

    /// A word of a row; everything where there is no table.
    #[inline]
    fn word_of(&self, masks: &[u64], row: usize, word: usize) -> u64 {
        masks.get(self.start_of(row).wrapping_add(word)).copied().unwrap_or(u64::MAX)
    }

    #[inline]
    fn probed(&self, table: Table, word: usize, reading: &Reading<'_>) -> u64 {
        let left = match table {
            Table::Count(at) => {
                let table = self.counts.get(at as usize);
                table.map(|table| self.word_of(&table.masks, table.row(reading), word))
            }
            Table::Text(at) => {
                let table = self.texts.get(at as usize);
                table.map(|table| self.word_of(&table.masks, table.row(reading), word))
            }
            Table::Input => self
                .input
                .as_ref()
                .map(|table| self.word_among(&table.members, table.numbers(&reading.facts.input), word)),
            Table::Output => self.output.as_ref().map(|table| {
                self.word_among(&table.members, table.numbers(&reading.facts.output.findings), word)
            }),
            Table::Set(at) => {
                self.sets.get(at as usize).and_then(|table| match reading.elements(&table.fact) {
                    Some(Elements::Texts(list) | Elements::ToolCalls(list)) => {
                        let numbers = list.iter().map(|text| table.names.find(text));
                        Some(self.word_among(&table.members, numbers, word))
                    }
                    Some(_) | None => None,
                })
            }
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
