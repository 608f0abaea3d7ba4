//! The automaton of fixed texts as one table over bytes as they are written.
//!
//! Folding is part of the table: a byte that is no ASCII has no column, letters share
//! the column of their lower case, and a state that was reached by a space stays
//! where it is at another. So a step is one look-up of the byte's column and one of
//! the state, and nothing is asked of the byte before.

use super::bytes::Bytes;
use super::fold::FOLDED;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::{Anchored, dfa};
use std::collections::HashMap;
use std::ops::Range;

/// A state is where its row begins; this bit says that texts end there.
const MATCH: u32 = 1 << 31;

/// The column of bytes that are not ASCII: there is none.
const OTHER: u8 = u8::MAX;

/// All steps of an automaton.
pub(super) struct Table {
    /// For each byte as it is written, its column.
    columns: [u8; 256],
    /// For each folded byte, its column.
    folded_columns: [u8; 256],
    width: u32,
    /// Row by row, where each step leads.
    steps: Vec<u32>,
    /// For each row, which texts end there.
    texts: Vec<Box<[u32]>>,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("states", &self.texts.len()).finish_non_exhaustive()
    }
}

/// How far ASCII was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ascii {
    /// In which state.
    pub(super) state: u32,
    /// Up to where.
    pub(super) end: usize,
    /// Whether texts end there; otherwise what follows is not ASCII, or nothing is left.
    pub(super) is_match: bool,
}

impl Table {
    /// The state before any text.
    pub(super) const START: u32 = 0;

    /// Writes an automaton over folded text out; `None` when it is too large for a table.
    ///
    /// `used` are the bytes of its texts, of which none begins with a space.
    pub(super) fn new(machine: &dfa::DFA, used: &Bytes) -> Option<Self> {
        let (folded_columns, representatives) = columns(used)?;
        let mut columns = [OTHER; 256];
        for (column, folded) in columns.iter_mut().zip(FOLDED).take(0x80) {
            *column = folded_columns.get(usize::from(folded)).copied()?;
        }
        let width = u32::try_from(representatives.len()).ok()?;
        let mut table = Self { columns, folded_columns, width, steps: Vec::new(), texts: Vec::new() };
        let start = machine.start_state(Anchored::No).ok()?;
        let mut rows = HashMap::from([(start, 0_u32)]);
        // Each state with the folded byte that leads to it, which is the same from everywhere.
        let mut states: Vec<(StateID, u8)> = vec![(start, 0)];
        let mut next = 0;
        while let Some((state, by)) = states.get(next).copied() {
            next = next.saturating_add(1);
            let texts = if machine.is_match(state) { machine.match_len(state) } else { 0 };
            let texts = (0..texts).map(|index| u32::try_from(machine.match_pattern(state, index).as_usize()));
            table.texts.push(texts.collect::<Result<_, _>>().ok()?);
            for byte in &representatives {
                let is_same_space = *byte == b' ' && by == b' ';
                let to = if is_same_space { state } else { machine.next_state(Anchored::No, state, *byte) };
                let row = match rows.get(&to) {
                    Some(row) => *row,
                    None => {
                        let row = u32::try_from(states.len()).ok()?.checked_mul(width)?;
                        rows.insert(to, row);
                        states.push((to, *byte));
                        row
                    }
                };
                // A text that ends with a space ends once, at the first.
                let is_match = machine.is_match(to) && !is_same_space;
                table.steps.push(if is_match { row.checked_add(MATCH)? } else { row });
            }
        }
        (table.steps.len() < MATCH as usize).then_some(table)
    }

    /// Reads ASCII up to where a text ends, or what is not ASCII begins, or the part ends.
    #[inline]
    pub(super) fn read(&self, state: u32, bytes: &[u8], part: Range<usize>) -> Ascii {
        let mut state = state & !MATCH;
        let mut end = part.start;
        for byte in bytes.get(part).unwrap_or_default() {
            let column = self.columns.get(usize::from(*byte)).copied().unwrap_or(OTHER);
            if column == OTHER {
                break;
            }
            end = end.saturating_add(1);
            let place = state.saturating_add(u32::from(column)) as usize;
            state = self.steps.get(place).copied().unwrap_or(0);
            if state & MATCH != 0 {
                return Ascii { state, end, is_match: true };
            }
        }
        Ascii { state, end, is_match: false }
    }

    /// Where one folded byte leads.
    pub(super) fn step(&self, state: u32, folded: u8) -> u32 {
        let column = self.folded_columns.get(usize::from(folded)).copied().unwrap_or(0);
        let place = (state & !MATCH).saturating_add(u32::from(column)) as usize;
        self.steps.get(place).copied().unwrap_or(0)
    }

    /// The texts that end where a step led.
    pub(super) fn texts(&self, state: u32) -> &[u32] {
        let row = (state & !MATCH).checked_div(self.width).unwrap_or(0);
        let texts = self.texts.get(row as usize).filter(|_| state & MATCH != 0);
        texts.map_or(&[][..], |texts| texts)
    }
}

/// For each folded byte its column, and for each column one of its bytes; all bytes
/// that stand in no text share one.
fn columns(used: &Bytes) -> Option<([u8; 256], Vec<u8>)> {
    let mut columns = [0; 256];
    let mut representatives: Vec<u8> = Vec::new();
    let mut column_of_unused = None;
    for (byte, column) in (0..=u8::MAX).zip(&mut columns) {
        let is_used = byte == b' ' || used.has(byte);
        if let Some(known) = column_of_unused.filter(|_| !is_used) {
            *column = known;
            continue;
        }
        *column = u8::try_from(representatives.len()).ok().filter(|column| *column < OTHER)?;
        representatives.push(byte);
        if !is_used {
            column_of_unused = Some(*column);
        }
    }
    Some((columns, representatives))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aho_corasick::MatchKind;
    use proptest::prelude::*;

    fn machine(texts: &[&str]) -> (dfa::DFA, Table) {
        let machine = dfa::Builder::new()
            .start_kind(aho_corasick::StartKind::Unanchored)
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(texts)
            .unwrap();
        let table = Table::new(&machine, &texts.iter().flat_map(|text| text.bytes()).collect()).unwrap();
        (machine, table)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What the table finds is what the automaton finds in folded text.
        #[test]
        fn a_table_steps_as_the_automaton(text in "[aBc_ \n.]{0,24}") {
            let (machine, table) = machine(&["a b", "ab", "b ", "c", "c c c", "b.a"]);
            let mut expected = Vec::new();
            let mut state = machine.start_state(Anchored::No).unwrap();
            super::super::fold::each(&text, 0..text.len(), |byte, end| {
                state = machine.next_state(Anchored::No, state, byte);
                if machine.is_match(state) {
                    let found = (0..machine.match_len(state)).map(|at| machine.match_pattern(state, at).as_u32());
                    expected.extend(found.map(|found| (found, end)));
                }
            });
            let (mut found, mut state, mut at) = (Vec::new(), Table::START, 0);
            while at < text.len() {
                let ascii = table.read(state, text.as_bytes(), at..text.len());
                (state, at) = (ascii.state, ascii.end);
                found.extend(table.texts(state).iter().filter(|_| ascii.is_match).map(|entry| (*entry, at)));
            }
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn folded_bytes_lead_on() {
        let (_, table) = machine(&["\u{E9}a"]);
        let state = "\u{E9}".bytes().fold(Table::START, |state, byte| table.step(state, byte));
        let ascii = table.read(state, b"A", 0..1);
        assert_eq!((ascii.is_match, table.texts(ascii.state)), (true, &[0][..]));
        assert_eq!(table.read(Table::START, "a\u{E9}".as_bytes(), 0..3).end, 1);
    }
}
