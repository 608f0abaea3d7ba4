//! JSON lines in, JSON lines out, at the speed of the scanner.

use super::detectors::Detectors;
use crate::exit::Failure;
use crate::output::Output;
use crate::{file, json};
use engine::scan::Finding;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

/// Longest line, in bytes; the longest request that a sidecar takes is shorter.
const LINE_BYTES_MAX: usize = 64 << 20;

/// How much is read at once, and how much is gathered before it is written.
const BLOCK_BYTES: usize = 1 << 20;

/// A line as it comes; other fields are left alone.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// A line as it is answered.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    findings: Vec<FindingJson<'a>>,
    /// `null` where a finding refuses the text.
    redacted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<&'a str>,
}

/// A finding: bytes of the text as it came.
#[derive(Serialize)]
struct FindingJson<'a> {
    detector: &'a str,
    start: u32,
    end: u32,
    confidence: f64,
}

/// Answers each line, in order; stops when nobody reads the answers.
///
/// # Errors
///
/// A line is not what it should be, or cannot be read; the lines before it are answered.
pub(super) fn run(detectors: &Detectors, path: &Path, output: &mut Output) -> Result<(), Failure> {
    if file::is_stdin(path) {
        return each(detectors, BufReader::with_capacity(BLOCK_BYTES, std::io::stdin()), path, output);
    }
    let source = File::open(path).map_err(|error| Failure::reading(path, &error))?;
    each(detectors, BufReader::with_capacity(BLOCK_BYTES, source), path, output)
}

fn each<R: std::io::Read>(
    detectors: &Detectors,
    mut reader: BufReader<R>,
    path: &Path,
    output: &mut Output,
) -> Result<(), Failure> {
    let (mut line, mut findings, mut answers) = (Vec::new(), Vec::new(), String::new());
    let mut number = 0_usize;
    let ended = loop {
        number = number.saturating_add(1);
        match next(&mut reader, &mut line) {
            Ok(false) => break Ok(()),
            Ok(true) => {}
            Err(error) => break Err(Failure::reading(path, &error)),
        }
        if let Err(failure) = answer(detectors, &line, &mut findings, &mut answers) {
            let message = format!("{}:{number}: {}", path.display(), failure.message);
            break Err(Failure { message, ..failure });
        }
        // Whoever waits for answers before asking on must get them.
        if answers.len() >= BLOCK_BYTES || reader.buffer().is_empty() {
            output.result(&answers);
            answers.clear();
        }
        if output.is_closed() {
            return Ok(());
        }
    };
    output.result(&answers);
    ended
}

/// Reads a line, up to a byte more than it may have; `false` at the end.
fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let most = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(most).read_until(b'\n', line).map(|bytes| bytes > 0)
}

/// Scans one line and adds its answer; an empty line has none.
fn answer(
    detectors: &Detectors,
    line: &[u8],
    findings: &mut Vec<Finding>,
    answers: &mut String,
) -> Result<(), Failure> {
    if line.len() > LINE_BYTES_MAX {
        let message = format!("the line is longer than {} MiB", LINE_BYTES_MAX >> 20);
        return Err(Failure::usage(message).help("each line is one JSON object with one text"));
    }
    if line.trim_ascii().is_empty() {
        return Ok(());
    }
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| {
        Failure::usage(format!("not a line of JSON with `text`: {error}"))
            .help("each line is one JSON object, as in {\"id\": 1, \"text\": \"…\"}")
    })?;
    findings.clear();
    detectors.find(&line.text, findings)?;
    let redacted = detectors.redact(&line.text, findings)?;
    let found = findings.iter().map(|finding| FindingJson {
        detector: detectors.name(finding.detector),
        start: finding.start,
        end: finding.end,
        confidence: finding.confidence.fraction(),
    });
    answers.push_str(&json::line(&Answer {
        id: line.id,
        findings: found.collect(),
        redacted: redacted.blocked.is_none().then_some(&*redacted.text),
        blocked: redacted.blocked.as_deref(),
    }));
    Ok(())
}
