//! Texts within a text: runs of base 64, of hexadecimal digits, and of tag characters.
//!
//! A run that decodes to readable text is scanned like a text of its own, and
//! what is found in it is told of the whole run: half of an encoded text cannot
//! be replaced. Runs are cut into blocks counted from their beginning, so that a
//! long one takes bounded memory and is read alike however it arrives. Lines
//! that wrap one encoded text are runs of their own.

use super::automaton::Scanner;
use super::mark::{self, RUN_BYTES_MIN, is_of_run};
use super::progress::Progress;
use super::set::DetectorSet;
use super::window::{Item, Window};
use crate::base64;
use std::ops::Range;

/// Longest part of a run that is decoded at once, in bytes; a multiple of what
/// base 64 (4) and hexadecimal digits (2) write whole bytes with.
pub(super) const RUN_BYTES_MAX: usize = 12 << 10;

/// Where the characters for tagging lie that spell ASCII invisibly.
const TAG_FIRST: u32 = 0xE0020;
const TAG_LAST: u32 = 0xE007E;

/// Bytes of one tag character in UTF-8.
const TAG_BYTES: usize = 4;

/// How deep texts within texts are read; one more layer would hide any value.
const DEPTH_MAX: usize = 3;

/// How far the runs of one text have been read. All places are from its beginning.
#[derive(Debug, Default)]
pub(super) struct Payloads {
    /// All runs before it have been read.
    seen: usize,
    /// In how many texts this one stands.
    depth: usize,
}

impl Payloads {
    /// Every hit in a run that begins before it is known.
    pub(super) const fn frontier(&self) -> usize {
        self.seen
    }

    /// Reads on, and gives what stands in the runs to `sink`, each as if it took the whole run.
    pub(super) fn advance(
        &mut self,
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
        sink: &mut dyn FnMut(Item),
    ) {
        if self.depth >= DEPTH_MAX {
            self.seen = window.end();
            return;
        }
        loop {
            let from = self.seen.saturating_sub(window.base);
            let run = match next_run(window.text, from, window.is_end) {
                Next::Open(place) => {
                    self.seen = window.base.saturating_add(place);
                    return;
                }
                Next::Run(run) => run,
            };
            self.seen = window.base.saturating_add(run.range.end);
            let Some(text) = decode(window.text, &run) else {
                continue;
            };
            let within = Self { seen: 0, depth: self.depth.saturating_add(1) };
            let mut items = Vec::new();
            let whole = Window { text: &text, base: 0, is_end: true };
            Progress::within(within).advance(scanner, wanted, whole, &mut items);
            let start = window.base.saturating_add(run.range.start);
            for item in items.into_iter().filter(|item| item.detector.is_some()) {
                sink(Item { start, end: self.seen, ..item });
            }
        }
    }
}

/// A run of one encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where it stands.
    pub(super) range: Range<usize>,
    encoding: Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// Base 64 or hexadecimal digits; which one, its characters tell.
    Ascii,
    Tags,
}

/// The next run in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// One that is whole, or as long as is decoded at once.
    Run(Run),
    /// None before this place; one may begin there and go on in what follows.
    Open(usize),
}

/// The first run at or after `from`, where a run may begin.
///
/// A place where one run was cut is where the next may begin.
pub(super) fn next_run(text: &str, from: usize, is_end: bool) -> Next {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let Some(start) = find_start(bytes, at) else {
            return Next::Open(open_tail(bytes, at, is_end));
        };
        let encoding = if is_ascii_run(bytes, start) { Encoding::Ascii } else { Encoding::Tags };
        let end = run_end(text, start, encoding);
        let is_cut = end.saturating_sub(start) >= RUN_BYTES_MAX;
        if end >= bytes.len() && !is_end && !is_cut {
            return Next::Open(start);
        }
        if is_long(bytes, start, end, encoding) {
            return Next::Run(Run { range: start..end, encoding });
        }
        at = end.max(start.saturating_add(1));
    }
    Next::Open(bytes.len())
}

/// Where a run may begin that is long enough, at or after `from`, which begins no run's middle.
fn find_start(bytes: &[u8], from: usize) -> Option<usize> {
    let run = mark::next_run_start(bytes, from);
    let before = bytes.get(from..run.unwrap_or(bytes.len())).unwrap_or_default();
    let mut leads = memchr::memchr_iter(TAG_LEAD, before).map(|lead| from.saturating_add(lead));
    leads.find(|lead| is_tag(bytes, *lead)).or(run)
}

/// Whether a run is worth decoding; padding does not count.
fn is_long(bytes: &[u8], start: usize, end: usize, encoding: Encoding) -> bool {
    let least = start.saturating_add(RUN_BYTES_MIN);
    least <= end
        && match encoding {
            Encoding::Ascii => {
                bytes.get(start..least).is_some_and(|run| run.iter().all(|byte| is_of_run(*byte)))
            }
            Encoding::Tags => true,
        }
}

/// Where the run begins that the end of a text may be in the middle of.
fn open_tail(bytes: &[u8], from: usize, is_end: bool) -> usize {
    if is_end {
        return bytes.len();
    }
    let tail = bytes.get(from..).unwrap_or_default();
    let short = tail.iter().rev().take_while(|byte| is_of_run(**byte)).count();
    bytes.len().saturating_sub(short)
}

fn is_ascii_run(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| is_of_run(*byte))
}

/// Where a run ends that begins at `start`: with its padding, and never longer than is decoded at once.
fn run_end(text: &str, start: usize, encoding: Encoding) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let rest = rest.get(..RUN_BYTES_MAX.min(rest.len())).unwrap_or_default();
    let length = match encoding {
        Encoding::Ascii => {
            let letters = rest.iter().take_while(|byte| is_of_run(**byte)).count();
            let padding = rest.get(letters..).unwrap_or_default().iter().take(2);
            letters.saturating_add(padding.take_while(|byte| **byte == b'=').count())
        }
        Encoding::Tags => {
            let tags = rest.chunks_exact(TAG_BYTES).enumerate();
            let tags = tags.take_while(|(index, _)| is_tag(rest, index.saturating_mul(TAG_BYTES))).count();
            tags.saturating_mul(TAG_BYTES)
        }
    };
    start.saturating_add(length)
}

/// First byte of a tag character in UTF-8.
const TAG_LEAD: u8 = 0xF3;

fn is_tag(bytes: &[u8], at: usize) -> bool {
    tag(bytes.get(at..at.saturating_add(TAG_BYTES)).unwrap_or_default()).is_some()
}

/// The ASCII character that a tag spells.
fn tag(bytes: &[u8]) -> Option<u8> {
    let character = std::str::from_utf8(bytes).ok()?.chars().next()?;
    let code = u32::from(character);
    if !(TAG_FIRST..=TAG_LAST).contains(&code) {
        return None;
    }
    u8::try_from(code & 0x7F).ok()
}

/// What a run of this text says; `None` when that is no text.
pub(super) fn decode(text: &str, run: &Run) -> Option<String> {
    let bytes = text.as_bytes().get(run.range.clone())?;
    match run.encoding {
        Encoding::Tags => {
            let spelled = bytes.chunks_exact(TAG_BYTES).map(tag).collect::<Option<Vec<u8>>>()?;
            String::from_utf8(spelled).ok()
        }
        Encoding::Ascii => readable(hex(bytes)?).or_else(|| readable(base64::decode(bytes)?)),
    }
}

/// Decoded bytes as text, if they are: UTF-8 without control characters. The
/// last character may be cut off where a run was.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (valid, has_bad) =
                (error.utf8_error().valid_up_to(), error.utf8_error().error_len().is_some());
            if has_bad {
                return None;
            }
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            String::from_utf8(bytes).ok()?
        }
    };
    let is_control = |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    (!text.is_empty() && !text.contains(is_control)).then_some(text)
}

/// Bytes that pairs of hexadecimal digits write; none at all when others are among them.
fn hex(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.iter().all(u8::is_ascii_hexdigit) {
        return Some(Vec::new());
    }
    let value = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = bytes.chunks_exact(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(value(*high)? << 4 | value(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All runs of a whole text, with what they say.
    fn runs(text: &str) -> Vec<(Range<usize>, Option<String>)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Next::Run(run) = next_run(text, at, true) {
            at = run.range.end;
            found.push((run.range.clone(), decode(text, &run)));
        }
        found
    }

    fn says(text: &str) -> Vec<String> {
        runs(text).into_iter().filter_map(|(_, said)| said).collect()
    }

    #[test]
    fn encoded_texts_are_read() {
        let tags: String =
            "ignore".chars().map(|c| char::from_u32(0xE0000 + u32::from(c)).unwrap()).collect();
        let table = [
            ("see NDExMSAxMTExIDExMTEgMTExMQ== there", vec!["4111 1111 1111 1111"]),
            ("NDExMSAxMTExIDExMTEgMTExMQ", vec!["4111 1111 1111 1111"]),
            ("34313131203131313120313131312031313131", vec!["4111 1111 1111 1111"]),
            ("data:text/plain;base64,NDExMTExMTExMTExMTExMQ==", vec!["4111111111111111"]),
            (tags.as_str(), vec!["ignore"]),
            ("an_identifier_of_some_length and/a/path/to/something.rs", vec![]),
            ("c0ffee", vec![]),
            ("d41d8cd98f00b204e9800998ecf8427e", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(says(text), expected, "{text}");
        }
    }

    #[test]
    fn long_runs_are_read_in_blocks() {
        let text = "QUFB".repeat(RUN_BYTES_MAX);
        let found = runs(&text);
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(range, said)| range.len() == RUN_BYTES_MAX && said.is_some()));
    }

    #[test]
    fn what_may_go_on_is_open() {
        let table =
            [("see NDEx", 4), ("see NDEx.", 9), ("see NDExMSAxMTExIDExMTEgMTExMQ", 4), ("", 0), ("a b", 2)];
        for (text, expected) in table {
            assert_eq!(next_run(text, 0, false), Next::Open(expected), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Runs are found where a plain reading finds them.
        #[test]
        fn runs_are_where_they_are(text in "([a-f0-9]{0,20}[ .=\u{E0041}é]{0,2}){0,6}") {
            let is_start = |at: usize| at == 0 || !is_of_run(text.as_bytes()[at - 1]);
            let mut plain = Vec::new();
            for at in 0..text.len() {
                let letters = text.as_bytes()[at..].iter().take_while(|byte| is_of_run(**byte)).count();
                let padding = text.as_bytes()[at + letters..].iter().take(2).take_while(|byte| **byte == b'=').count();
                if is_start(at) && letters >= RUN_BYTES_MIN {
                    plain.push(at..at + letters + padding);
                }
            }
            let found = runs(&text).into_iter().map(|(range, _)| range);
            let ascii: Vec<_> = found.filter(|range| text.as_bytes()[range.start].is_ascii()).collect();
            prop_assert_eq!(ascii, plain);
        }
    }
}
