//! How far a long run has come: one line of a terminal, gone when the run ends.

use crate::clock::Stopwatch;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A run that is over by then has no need to be followed.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// How often the line changes: often enough to move, seldom enough to be read.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Follows a run, from several threads at once.
#[derive(Debug)]
pub(crate) struct Progress {
    /// What the run goes through.
    what: &'static str,
    /// `None` where nobody would see it.
    line: Option<Line>,
}

#[derive(Debug)]
struct Line {
    watch: Stopwatch,
    shown: Mutex<Shown>,
}

/// What stands on the terminal.
#[derive(Debug, Default)]
struct Shown {
    at: Option<Duration>,
    width: usize,
}

impl Progress {
    /// Follows from now on, where there is a terminal.
    pub(super) fn new(what: &'static str, is_seen: bool) -> Self {
        let line = || Line { watch: Stopwatch::start(), shown: Mutex::new(Shown::default()) };
        Self { what, line: is_seen.then(line) }
    }

    /// So many of so many are done.
    pub(crate) fn tell(&self, done: usize, total: usize) {
        let Some(line) = &self.line else { return };
        let now = line.watch.elapsed();
        let mut shown = line.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let due = shown.at.map_or(SHOWN_AFTER, |at| at.saturating_add(SHOWN_EVERY));
        if now >= due && done < total {
            let text = format!("{done} of {total} {}", self.what);
            shown.at = Some(now);
            shown.width = text.len().max(shown.width);
            draw(&format!("{text:<width$}", width = shown.width));
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn finish(self) {
        let shown = self.line.map(|line| line.shown.into_inner().unwrap_or_else(PoisonError::into_inner));
        if let Some(width) = shown.map(|shown| shown.width).filter(|width| *width > 0) {
            draw(&format!("{:width$}\r", ""));
        }
    }
}

/// Writes over the line. A terminal that is gone is nobody's loss: the result is told elsewhere.
fn draw(text: &str) {
    let mut err = std::io::stderr().lock();
    err.write_all(format!("\r{text}").as_bytes()).and_then(|()| err.flush()).ok();
}
