//! The report for people: what failed and why, then one line of sums.

use super::{CaseOutcome, CaseReport, Failure, Report};
use lang::Style;
use std::fmt::Write as _;

/// The report as text, without colour.
pub fn render(report: &Report) -> String {
    render_in(report, Style::Plain)
}

/// The report as text.
pub fn render_in(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for case in &report.cases {
        if let CaseOutcome::Failed(failures) = &case.outcome {
            failed(&mut text, case, failures, style);
        }
    }
    let mut skipped = false;
    for case in &report.cases {
        if let CaseOutcome::Skipped(why) = &case.outcome {
            skipped = true;
            let _ = writeln!(text, "skipped {}", visible(&format!("{}: {} ({why})", case.suite, case.name)));
        }
    }
    if skipped {
        text.push('\n');
    }
    for file in &report.unreferenced {
        let _ = writeln!(text, "unreferenced {}: {UNREFERENCED}", visible(file));
    }
    if !report.unreferenced.is_empty() {
        text.push('\n');
    }
    let paint = if report.is_good() { Paint::Good } else { Paint::Bad };
    let _ = writeln!(text, "{}", paint.on(&sums(report), style));
    text
}

/// What is to be done about a snapshot that no case has.
pub(super) const UNREFERENCED: &str = "no case has this snapshot; `--update` removes it";

/// How many cases went how.
pub(super) fn sums(report: &Report) -> String {
    let mut text = format!("{} passed, {} failed", report.passed(), report.failed());
    if report.skipped() > 0 {
        let _ = write!(text, ", {} skipped", report.skipped());
    }
    text
}

fn failed(text: &mut String, case: &CaseReport, failures: &[Failure], style: Style) {
    let name = visible(&format!("{}: {}", case.suite, case.name));
    let _ = writeln!(text, "{} {name}", Paint::Bad.on("FAILED", style));
    let mut before = None;
    for failure in failures {
        for line in lines(case, failure, before) {
            // Lines of a snapshot that went and came.
            let paint = match line.trim_start().get(..2) {
                Some("- ") => Paint::Bad,
                Some("+ ") => Paint::Good,
                Some(_) | None => Paint::None,
            };
            let _ = writeln!(text, "  {}", paint.on(&line, style));
        }
        before = Some(failure);
    }
    text.push('\n');
}

/// A failure in lines; what it shares with the one before is said once.
pub(super) fn lines(case: &CaseReport, failure: &Failure, before: Option<&Failure>) -> Vec<String> {
    let mut lines = Vec::new();
    let is_other = before.is_none_or(|before| (before.line, &before.which) != (failure.line, &failure.which));
    if is_other {
        let which = if failure.which.is_empty() { String::new() } else { format!(", {}", failure.which) };
        lines.push(visible(&format!("at {}:{}{which}", case.file, failure.line)));
        if !failure.asked.is_empty() {
            lines.push(visible(&format!("asked: {}", failure.asked)));
        }
    }
    let headline = failure.headline();
    let mut parts = headline.split('\n').map(visible);
    lines.extend(parts.next());
    lines.extend(parts.map(|part| format!("  {part}")));
    if let Some(place) = &failure.decided_by
        && before.and_then(|before| before.decided_by.as_ref()) != Some(place)
    {
        lines.push(visible(&format!("decided by {place}")));
    }
    if let Some(said) = &failure.would_pass {
        lines.push(visible(&format!("would pass: {said}")));
    }
    lines
}

/// A text in one line, its control characters made visible: a name may not move the cursor.
fn visible(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let shown = |letter: char| {
        if letter.is_control() { letter.escape_debug().to_string() } else { letter.to_string() }
    };
    text.chars().map(shown).collect()
}

/// What a piece of text means, for terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paint {
    None,
    Good,
    Bad,
}

impl Paint {
    fn on(self, text: &str, style: Style) -> String {
        let code = match (self, style) {
            (Self::None, _) | (_, Style::Plain) => return text.to_owned(),
            (Self::Good, Style::Coloured) => "32",
            (Self::Bad, Style::Coloured) => "31",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
