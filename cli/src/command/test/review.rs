//! `policy test --review`: pending snapshots one by one, by someone who looks at each.

use crate::exit::{Failure, said};
use crate::output::Output;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use testsuite::report::{CaseOutcome, CaseReport};
use testsuite::{Report, snapshot};

/// Longest answer that is read, in bytes: one letter is meant, and a word is understood.
const ANSWER_BYTES_MAX: u64 = 64;

/// Passes where there is someone to ask.
///
/// # Errors
///
/// Input or output is no terminal.
pub(super) fn check_terminal() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        return Ok(());
    }
    let failure = Failure::usage("`--review` asks about each snapshot, and there is no terminal to ask on");
    Err(failure.help("accept all of them with `--update`, and read the difference in version control"))
}

/// Asks about each new or changed snapshot of a report; an accepted one passes its case.
///
/// # Errors
///
/// A snapshot cannot be moved or removed.
pub(super) fn run(report: &mut Report, root: &Path, output: &mut Output) -> Result<(), Failure> {
    let count = report.cases.iter().filter(|case| pending(case).is_some()).count();
    let mut number = 0_usize;
    for case in &mut report.cases {
        let Some(difference) = pending(case) else { continue };
        number = number.saturating_add(1);
        output.prompt(&format!("[{number}/{count}] {}: {}\n{difference}\n", case.suite, case.name));
        let path = snapshot::path(&root.join(&case.file), &case.name);
        let failed = |error: std::io::Error| {
            Failure::machine(format!("the snapshot `{}` cannot be moved: {}", path.display(), said(&error)))
        };
        match ask(output)? {
            Answer::Accept => {
                snapshot::accept(&path).map_err(failed)?;
                case.outcome = CaseOutcome::Accepted;
            }
            Answer::Reject => snapshot::reject(&path).map_err(failed)?,
            Answer::Skip => {}
            Answer::Stop => break,
        }
    }
    Ok(())
}

/// What there is to see of a case whose snapshot waits: lines that went and came, or all of a new one.
fn pending(case: &CaseReport) -> Option<String> {
    let CaseOutcome::Failed(failures) = &case.outcome else { return None };
    let failure = failures.iter().find(|failure| failure.field == "snapshot")?;
    if !failure.expected.is_null() {
        return Some(visible(&failure.message));
    }
    let came = failure.actual.as_str().unwrap_or_default();
    let lines: Vec<String> = came.lines().map(|line| format!("+ {line}")).collect();
    Some(visible(&format!("new\n{}", lines.join("\n"))))
}

/// Control characters but line ends made visible: an outcome may not move the cursor.
fn visible(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() && letter != '\n' {
            letter.escape_debug().to_string()
        } else {
            letter.to_string()
        }
    };
    text.chars().map(shown).collect()
}

/// What someone says to a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
    /// No more questions.
    Stop,
}

impl Answer {
    fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "a" | "accept" => Some(Self::Accept),
            "r" | "reject" => Some(Self::Reject),
            "s" | "skip" => Some(Self::Skip),
            "q" | "quit" => Some(Self::Stop),
            _ => None,
        }
    }
}

/// Asks until there is an answer; the end of input is one too.
fn ask(output: &mut Output) -> Result<Answer, Failure> {
    loop {
        output.prompt("accept, reject, skip or quit? [a/r/s/q] ");
        let mut line = String::new();
        let stdin = std::io::stdin();
        let mut input = std::io::Read::take(stdin.lock(), ANSWER_BYTES_MAX);
        let read = input.read_line(&mut line);
        let read =
            read.map_err(|error| Failure::machine(format!("no answer can be read: {}", said(&error))))?;
        if read == 0 {
            return Ok(Answer::Stop);
        }
        if let Some(answer) = Answer::read(&line) {
            return Ok(answer);
        }
    }
}
