//! Snapshot files as a whole: those that wait for a decision, and those that no case has.

use super::path;
use crate::suite::Suite;
use package::{Kind, PackageError};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Keeps the pending snapshot in place of the kept one.
///
/// # Errors
///
/// There is none, or it cannot be moved.
pub fn accept(kept: &Path) -> io::Result<()> {
    std::fs::rename(super::pending(kept), kept)
}

/// Drops the pending snapshot.
///
/// # Errors
///
/// It cannot be removed.
pub fn reject(kept: &Path) -> io::Result<()> {
    super::remove(&super::pending(kept))
}

/// The snapshots below `root`, kept and pending, that no case of its suites has; sorted by name.
///
/// A file that another tool keeps beside them is none of ours. Nor is one taken
/// for a leftover while its suite holds something that could not be read.
///
/// # Errors
///
/// The files cannot be read.
pub fn unreferenced(root: &Path, suites: &[Suite]) -> Result<Vec<String>, PackageError> {
    let mut wanted = BTreeSet::new();
    let mut unknown = Vec::new();
    for suite in suites {
        let file = Path::new(&suite.file);
        if suite.fault_count() > 0 {
            unknown.push(shown(&path(file, "")));
        }
        let kept = suite.entries.iter().filter(|entry| entry.case.as_ref().is_ok_and(|case| case.snapshot));
        wanted.extend(kept.map(|entry| shown(&path(file, &entry.name))));
    }
    let unknown: Vec<&str> = unknown.iter().filter_map(|name| name.strip_suffix(ENDING)).collect();
    let mut left = Vec::new();
    for kind in [Kind::Snapshot, Kind::PendingSnapshot] {
        for (name, bytes) in package::read(root, kind)? {
            let kept = name.strip_suffix(".new").unwrap_or(&name);
            let is_ours = bytes.starts_with(super::HEAD.as_bytes()) && lies_in_snapshots(kept);
            let may_be_wanted = wanted.contains(kept) || unknown.iter().any(|stem| kept.starts_with(stem));
            if is_ours && !may_be_wanted {
                left.push(name.into());
            }
        }
    }
    left.sort();
    Ok(left)
}

/// The ending of kept snapshots.
const ENDING: &str = ".snap";

fn lies_in_snapshots(name: &str) -> bool {
    Path::new(name).parent().is_some_and(|folder| folder.ends_with("snapshots"))
}

/// A path as packages call their files.
fn shown(path: &Path) -> String {
    let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::check;

    #[test]
    fn leftovers_are_told_from_what_is_wanted_and_from_what_is_not_ours() {
        let root = std::env::temp_dir().join(format!("ascp-leftovers-{}", std::process::id()));
        let suite = |text: &str| Suite::read("tests/a.test.yaml", text);
        let text = "cases:\n- { name: one, snapshot: true }\n- { name: two, expect: { verdict: allow } }\n";
        for case in ["one", "two", "gone"] {
            check(&path(&root.join("tests/a.test.yaml"), case), case, "x", true).unwrap();
        }
        check(&path(&root.join("tests/a.test.yaml"), "going"), "going", "x", false).unwrap();
        check(&path(&root.join("b.test.yaml"), "no suite"), "no suite", "x", true).unwrap();
        std::fs::write(root.join("tests/snapshots/other.snap"), "---\nsource: src/lib.rs\n---\nx\n").unwrap();
        let left = unreferenced(&root, &[suite(text)]).unwrap();
        assert_eq!(
            left,
            [
                "snapshots/b__no_suite.snap",
                "tests/snapshots/a__going.snap.new",
                "tests/snapshots/a__gone.snap",
                "tests/snapshots/a__two.snap",
            ]
        );
        // What could not be read may have had them.
        let left = unreferenced(&root, &[suite("cases:\n- { nome: one }\n")]).unwrap();
        assert_eq!(left, ["snapshots/b__no_suite.snap"]);
        std::fs::remove_dir_all(root).unwrap();
    }
}
