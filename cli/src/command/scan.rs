//! `policy scan`: what the detectors find in a text, and what redaction would make of it.
//!
//! A text is scanned whole, since a finding may take many lines. JSON lines are
//! scanned one by one as they come, so that a file of any size takes no more
//! memory than its longest line.

mod detectors;
mod lines;
mod report;

use super::Outcome;
use crate::args::{Format, Scan};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{clock, file, json};
use detectors::Detectors;
use engine::scan::Finding;
use report::Report;
use std::path::{Path, PathBuf};

/// Longest text, in bytes.
///
/// It is held in memory with its findings. Larger ones are logs and tables,
/// whose lines are texts of their own: `--jsonl`.
const TEXT_BYTES_MAX: usize = 256 << 20;

/// Scans a text, or line by line.
pub(super) fn run(args: &Scan, output: &mut Output) -> Outcome {
    let (package, text) = sources(args);
    let detectors = match (package, args.tenant.as_deref()) {
        (Some(package), tenant) => {
            Detectors::of_package(package, tenant, clock::day(args.at.at), output.error_style())?
        }
        (None, None) => Detectors::of_library()?,
        (None, Some(_)) => {
            let failure = Failure::usage("`--tenant` needs a package, whose redactions it names");
            return Err(failure.help("as in `policy scan policies/fintech --tenant retail`"));
        }
    };
    if args.jsonl {
        lines::run(&detectors, &text, output)?;
    } else {
        whole(args, &detectors, &text, output)?;
    }
    Ok(Exit::Well)
}

/// Which arguments name the package and the text: a directory is a package, anything else a text.
fn sources(args: &Scan) -> (Option<&Path>, PathBuf) {
    let stdin = || PathBuf::from("-");
    match (args.package.as_deref(), args.file.as_deref()) {
        (None, _) => (None, stdin()),
        (Some(package), Some(text)) => (Some(package), text.to_owned()),
        (Some(only), None) if only.is_dir() => (Some(only), stdin()),
        (Some(only), None) => (None, only.to_owned()),
    }
}

fn whole(args: &Scan, detectors: &Detectors, path: &Path, output: &mut Output) -> Result<(), Failure> {
    let text = file::read_text(path, TEXT_BYTES_MAX).map_err(|failure| match failure.exit {
        Exit::Usage if !file::is_stdin(path) && !path.exists() => failure,
        Exit::Usage => failure.help("`--jsonl` scans lines of `{\"id\": …, \"text\": \"…\"}` one by one"),
        // What is no text is a wrong call here: it is of no package.
        Exit::Compile => Failure { exit: Exit::Usage, ..failure },
        Exit::Well | Exit::No | Exit::Machine => failure,
    })?;
    let mut findings: Vec<Finding> = Vec::new();
    detectors.find(&text, &mut findings)?;
    let name = if file::is_stdin(path) { "-".to_owned() } else { path.display().to_string() };
    if args.redacted {
        let redacted = detectors.redact(&text, &findings)?;
        return match redacted.blocked {
            Some(by) => Err(Failure { exit: Exit::No, ..Failure::usage(format!("`{by}` blocks this text")) }
                .help("without `--redacted` the findings are listed")),
            None => {
                output.result(&redacted.text);
                Ok(())
            }
        };
    }
    match args.format.format {
        Format::Json => {
            let report = Report::new(&name, &text, &findings, detectors, args.show);
            output.result(&json::line(&report.with_redacted(&detectors.redact(&text, &findings)?)));
        }
        Format::Text => {
            let report = Report::new(&name, &text, &findings, detectors, args.show);
            report.write(output);
            output.note(&detectors.tally(&findings));
        }
    }
    Ok(())
}
