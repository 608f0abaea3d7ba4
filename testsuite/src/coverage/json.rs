//! Coverage for programs: what stands under `coverage` in `ascp.test/1`.

use super::summary::{Counted, Summary, Tally};
use crate::report::object;
use serde_json::json;

/// The packages of a run as one JSON object; keys stand in the documented order.
///
/// `since` is the revision that a part of them is counted since.
pub fn render(packages: &[Summary], since: Option<&str>) -> String {
    let list: Vec<String> = packages.iter().map(package).collect();
    let mut fields = tally(packages.iter().map(Summary::tally).sum());
    fields.push(("changed_since", json!(since).to_string()));
    fields.push(("packages", format!("[{}]", list.join(","))));
    object(&fields)
}

fn package(summary: &Summary) -> String {
    let kinds: Vec<String> =
        summary.kinds().into_iter().map(|(kind, tally)| row("kind", kind.as_str(), tally)).collect();
    let files: Vec<String> =
        summary.by_file().into_iter().map(|(file, tally)| row("file", file, tally)).collect();
    let missing: Vec<String> = summary.missing().map(missing).collect();
    let mut fields = vec![("package", json!(summary.package).to_string())];
    fields.extend(tally(summary.tally()));
    fields.push(("kinds", format!("[{}]", kinds.join(","))));
    fields.push(("files", format!("[{}]", files.join(","))));
    fields.push(("missing", format!("[{}]", missing.join(","))));
    object(&fields)
}

fn row(key: &'static str, name: &str, sum: Tally) -> String {
    let mut fields = vec![(key, json!(name).to_string())];
    fields.extend(tally(sum));
    object(&fields)
}

fn tally(tally: Tally) -> Vec<(&'static str, String)> {
    let permille = tally.permille();
    vec![
        ("covered", tally.covered.to_string()),
        ("countable", tally.countable.to_string()),
        ("percent", format!("{}.{}", permille / 10, permille % 10)),
    ]
}

fn missing(one: &Counted) -> String {
    let unit = &one.unit;
    object(&[
        ("kind", json!(unit.kind.as_str()).to_string()),
        ("what", json!(unit.what).to_string()),
        ("outcome", json!(unit.outcome).to_string()),
        ("file", json!(one.file).to_string()),
        ("line", one.line.to_string()),
        ("column", one.column.to_string()),
        ("hint", json!(unit.hint).to_string()),
    ])
}
