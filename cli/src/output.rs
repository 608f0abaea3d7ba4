//! The only printer.
//!
//! Results go to standard output, everything else to standard error. A reader
//! that has gone away ends the printing, not the process: its verb still
//! answers with its exit code.

mod progress;

use crate::exit::{Exit, Failure};
use lang::Style;
pub(crate) use progress::Progress;
use std::io::{ErrorKind, IsTerminal as _, Write};

/// How much is said besides results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Results and failures alone.
    Quiet,
    /// Notes too.
    Ordinary,
    /// Details too.
    Verbose,
}

/// Where a verb says what it has to say.
#[derive(Debug)]
pub(crate) struct Output {
    level: Level,
    is_plain: bool,
    failed: Option<ErrorKind>,
}

impl Output {
    /// `is_plain` keeps colour away from terminals too.
    pub(crate) fn new(level: Level, is_plain: bool) -> Self {
        Self { level, is_plain, failed: None }
    }

    /// How to draw diagnostics on standard output.
    pub(crate) fn style(&self) -> Style {
        styled(self.is_plain, std::io::stdout().is_terminal())
    }

    /// How to draw diagnostics on standard error.
    pub(crate) fn error_style(&self) -> Style {
        styled(self.is_plain, std::io::stderr().is_terminal())
    }

    /// Whether notes are to be left out.
    pub(crate) fn is_quiet(&self) -> bool {
        self.level == Level::Quiet
    }

    /// Whether details are wanted.
    pub(crate) fn is_verbose(&self) -> bool {
        self.level == Level::Verbose
    }

    /// A result; the text ends its own lines.
    pub(crate) fn result(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.written(written);
    }

    /// One line that a person wants to know besides the result.
    pub(crate) fn note(&mut self, line: &str) {
        if self.level >= Level::Ordinary {
            self.error_line(line);
        }
    }

    /// One line that only someone who looks for it wants to know.
    pub(crate) fn detail(&mut self, line: &str) {
        if self.level >= Level::Verbose {
            self.error_line(line);
        }
    }

    /// A line that asks for input, left open.
    pub(crate) fn prompt(&mut self, text: &str) {
        let mut err = std::io::stderr().lock();
        let written = err.write_all(text.as_bytes()).and_then(|()| err.flush());
        self.written(written);
    }

    /// Follows a long run of so many of `what` on a terminal; nowhere else, and not when notes are to be left out.
    pub(crate) fn progress(&self, what: &'static str) -> Progress {
        Progress::new(what, !self.is_quiet() && std::io::stderr().is_terminal())
    }

    /// Why a verb could not do its work.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        match failure.exit {
            Exit::Compile => self.error_line(failure.message.trim_end()),
            Exit::Well | Exit::No | Exit::Usage | Exit::Machine => {
                self.error_line(&format!("error: {}", failure.message));
            }
        }
        if let Some(help) = &failure.help {
            self.error_line(&format!("  = help: {help}"));
        }
    }

    /// The exit code, given the verb's: an unwritten result is a failure of the machine, and said.
    pub(crate) fn exit(&mut self, exit: Exit) -> Exit {
        match self.failed {
            None | Some(ErrorKind::BrokenPipe) => exit,
            Some(kind) => {
                self.error_line(&format!("error: the result cannot be written: {kind}"));
                Exit::Machine
            }
        }
    }

    /// Whether nothing more can be written: its reader has gone away, or the machine failed.
    pub(crate) fn is_closed(&self) -> bool {
        self.failed.is_some()
    }

    fn error_line(&mut self, line: &str) {
        let mut err = std::io::stderr().lock();
        let written = err.write_all(line.as_bytes()).and_then(|()| err.write_all(b"\n"));
        self.written(written);
    }

    /// Notes whether something reached its reader, for the exit code.
    pub(crate) fn written(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            self.failed.get_or_insert(error.kind());
        }
    }
}

fn styled(is_plain: bool, is_terminal: bool) -> Style {
    if is_terminal && !is_plain { Style::Coloured } else { Style::Plain }
}
