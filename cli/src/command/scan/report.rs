//! What was found in one text, for people and for programs.

use super::detectors::{Detectors, Redacted};
use crate::output::Output;
use engine::scan::Finding;
use serde::Serialize;

/// How much text for people is gathered before it is written.
const BLOCK_BYTES: usize = 64 << 10;

/// Longest value that `--show` writes, in characters; a key of many lines is cut.
const SHOWN_CHARACTERS_MAX: usize = 100;

/// `ascp.scan/1`
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    schema: &'static str,
    file: &'a str,
    findings: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<String>,
    /// `null` where a finding refuses the text.
    redacted: Option<String>,
}

/// A finding; line and column count from one, columns in characters, `start` and `end` are bytes.
#[derive(Debug, Serialize)]
struct Row<'a> {
    detector: &'a str,
    start: u32,
    end: u32,
    line: usize,
    column: usize,
    confidence: f64,
    /// What redaction does with it.
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// Of a text's findings, which are in order; values are kept with `show` alone.
    pub(super) fn new(
        file: &'a str,
        text: &'a str,
        findings: &[Finding],
        detectors: &'a Detectors,
        show: bool,
    ) -> Self {
        let mut place = Place::default();
        let rows = findings.iter().map(|finding| {
            let (start, end) = (finding.start as usize, finding.end as usize);
            place.advance(text, start);
            Row {
                detector: detectors.name(finding.detector),
                start: finding.start,
                end: finding.end,
                line: place.line.saturating_add(1),
                column: place.column.saturating_add(1),
                confidence: finding.confidence.fraction(),
                action: detectors.action(finding.detector),
                value: text.get(start..end).filter(|_| show),
            }
        });
        Self { schema: "ascp.scan/1", file, findings: rows.collect(), blocked: None, redacted: None }
    }

    /// With the text as redaction leaves it.
    pub(super) fn with_redacted(self, redacted: &Redacted<'_>) -> Self {
        let text = redacted.blocked.is_none().then(|| redacted.text.clone().into_owned());
        Self { blocked: redacted.blocked.clone(), redacted: text, ..self }
    }

    /// A line a finding, as compilers write places.
    pub(super) fn write(&self, output: &mut Output) {
        let mut lines = String::new();
        for row in &self.findings {
            lines += &row.line(self.file);
            if lines.len() >= BLOCK_BYTES {
                output.result(&lines);
                lines.clear();
            }
            if output.is_closed() {
                return;
            }
        }
        output.result(&lines);
    }
}

impl Row<'_> {
    fn line(&self, file: &str) -> String {
        let action = self.action.unwrap_or("no redaction");
        let place = format!("{file}:{}:{}", self.line, self.column);
        let known = format!("{place}: {} ({action}, confidence {:.3})", self.detector, self.confidence);
        match self.value {
            None => known + "\n",
            Some(value) => {
                let cut = if value.chars().nth(SHOWN_CHARACTERS_MAX).is_some() { "…" } else { "" };
                let shown: String = value.chars().take(SHOWN_CHARACTERS_MAX).collect();
                format!("{known}: {shown:?}{cut}\n")
            }
        }
    }
}

/// A place that moves forward through a text, counted from zero.
#[derive(Default)]
struct Place {
    at: usize,
    line: usize,
    column: usize,
}

impl Place {
    fn advance(&mut self, text: &str, to: usize) {
        let passed = text.get(self.at..to).unwrap_or_default();
        match passed.rsplit_once('\n') {
            None => self.column = self.column.saturating_add(passed.chars().count()),
            Some((lines, last)) => {
                let breaks = lines.bytes().filter(|byte| *byte == b'\n').count();
                self.line = self.line.saturating_add(breaks).saturating_add(1);
                self.column = last.chars().count();
            }
        }
        self.at = self.at.max(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "äb\nc\r\n\n  dé!";
        let mut place = Place::default();
        let rows = [(0, 0, 0), (2, 0, 1), (2, 0, 1), (4, 1, 0), (7, 2, 0), (10, 3, 2), (13, 3, 4)];
        for (to, line, column) in rows {
            place.advance(text, to);
            assert_eq!((place.line, place.column), (line, column), "{to}");
        }
    }
}
