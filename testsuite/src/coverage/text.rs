//! Coverage for people: sums by kind and by file, then what is missing and what would cover it.

use super::summary::{Summary, Tally};
use std::fmt::Write as _;

/// One package as text, without colour; `since` is the revision that a part of it is counted since.
pub fn render(summary: &Summary, since: Option<&str>) -> String {
    let mut text = format!("\ncoverage of {}", summary.package);
    if let Some(since) = since {
        let _ = write!(text, ", of what changed since {since}");
    }
    text.push('\n');
    if summary.units.is_empty() {
        text.push_str("  nothing that is counted\n");
        return text;
    }
    let kinds = summary.kinds().into_iter().map(|(kind, tally)| (kind.as_str(), tally));
    let rows: Vec<(&str, Tally)> = kinds.chain([("all", summary.tally())]).collect();
    table(&mut text, &rows);
    text.push('\n');
    table(&mut text, &summary.by_file());
    let mut before = None;
    for one in summary.missing() {
        if before.is_none() {
            text.push_str("\nnot covered\n");
        }
        let hint = &one.unit.hint;
        // What would cover several in a row is said once.
        if before.is_some_and(|before| before != hint) {
            hint_line(&mut text, before);
        }
        let (unit, place) = (&one.unit, format!("{}:{}", one.file, one.line));
        let _ = writeln!(text, "  {place}  {} never {}", unit.what, unit.outcome);
        before = Some(hint);
    }
    hint_line(&mut text, before);
    text
}

fn hint_line(text: &mut String, hint: Option<&String>) {
    if let Some(hint) = hint {
        let _ = writeln!(text, "      {hint}");
    }
}

fn table(text: &mut String, rows: &[(&str, Tally)]) {
    let name_width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let digits = |number: usize| number.to_string().len();
    let width = rows.iter().map(|(_, tally)| digits(tally.countable)).max().unwrap_or(0);
    for (name, tally) in rows {
        let (covered, countable, percent) = (tally.covered, tally.countable, tally.percent());
        let _ =
            writeln!(text, "  {name:name_width$}  {covered:>width$} of {countable:>width$}  {percent:>7}");
    }
}
