//! Keeps a request that was found as a case of a suite, where it fails until it is mended.

use crate::package::{self, Options};
use crate::suite::Suite;
use engine::guard::Guard;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How the items of `cases` stand in a suite that people write: below it, or at its column.
const INDENTS: &[&str] = &["  ", ""];

/// Why a case was not added to a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The text is no suite, or one with mistakes; this is the first.
    NoSuite(String),
    /// The suite does not end with a list of cases to which another can be added.
    NoPlace,
    /// With the suite's defaults the case passes, so it would show nothing.
    Passes,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuite(why) => write!(f, "it is no suite: {why}"),
            Self::NoPlace => f.write_str("it does not end with a list of `cases` to which one can be added"),
            Self::Passes => f.write_str("with its defaults the case would pass"),
        }
    }
}

impl std::error::Error for WriteError {}

/// What became of a case that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was added; this is the whole text.
    Added(String),
    /// The suite has a case of its name.
    Known,
}

/// A suite's text with one more case at its end; without a text, a new suite.
///
/// The case is as [`Found`](super::Found) has it. The result is read and run
/// before it is given: the suite has the cases that it had, and the new one fails.
///
/// # Errors
///
/// [`WriteError`] when the text is not such a suite; nothing of it is changed then.
pub fn append(
    guard: &Arc<Guard>,
    text: Option<&str>,
    case: &str,
    options: &Options,
) -> Result<Kept, WriteError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return check(guard, format!("suite: Found by fuzzing\ncases:\n{case}"), &[], options);
    };
    // What a suite includes is not looked at: its own lines say where it ends.
    let old = Suite::read("suite", text);
    let mut broken =
        old.faults.iter().chain(old.entries.iter().filter_map(|entry| entry.case.as_ref().err()));
    if let Some(fault) = broken.next() {
        return Err(WriteError::NoSuite(format!("line {}: {fault}", fault.place.line)));
    }
    let names: Vec<&str> = old.entries.iter().map(|entry| entry.name.as_str()).collect();
    let alone = Suite::read("case", &format!("cases:\n{case}"));
    if alone.entries.first().is_some_and(|entry| names.contains(&entry.name.as_str())) {
        return Ok(Kept::Known);
    }
    let mut last = WriteError::NoPlace;
    for indent in INDENTS {
        let lines = case.lines().map(|line| format!("{indent}{}\n", line.strip_prefix("  ").unwrap_or(line)));
        let new = format!("{}\n{}", text.trim_end_matches('\n'), lines.collect::<String>());
        match check(guard, new, &names, options) {
            Err(WriteError::NoPlace | WriteError::NoSuite(_)) => {}
            Err(error) => last = error,
            Ok(kept) => return Ok(kept),
        }
    }
    Err(last)
}

/// The text, if it is a suite of these cases and one more, which fails.
fn check(guard: &Arc<Guard>, text: String, names: &[&str], options: &Options) -> Result<Kept, WriteError> {
    let mut suite = Suite::read("suite", &text);
    let added = suite.entries.len().checked_sub(1);
    let is_whole = suite.fault_count() == 0
        && added == Some(names.len())
        && suite.entries.iter().map(|entry| entry.name.as_str()).zip(names).all(|(new, old)| new == *old);
    if !is_whole {
        return Err(WriteError::NoPlace);
    }
    suite.entries.drain(..names.len());
    let one = Options {
        jobs: NonZeroUsize::MIN,
        filter: None,
        tags: Vec::new(),
        skip_tags: Vec::new(),
        ..options.clone()
    };
    match package::run(guard, std::slice::from_ref(&suite), &one).failed() {
        0 => Err(WriteError::Passes),
        _ => Ok(Kept::Added(text)),
    }
}
