//! Kept outcomes, in the file format of `insta`, so that its review tools work on them.
//!
//! A snapshot lies under `snapshots/` beside its suite. One that is new or
//! differs fails the case and is written beside the kept one as `.snap.new`;
//! only `--update` and `--review` accept it.

mod files;

pub use files::{accept, reject, unreferenced};

use crate::observed::Observed;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Longest file name of a snapshot, in bytes, before its ending; file systems stop at 255.
const STEM_BYTES_MAX: usize = 160;

/// How an outcome stands to the kept one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it was.
    Same,
    /// Nothing is kept yet.
    New,
    /// Otherwise than it was.
    Changed {
        /// What is kept.
        kept: String,
    },
    /// Accepted just now.
    Accepted,
}

/// Where the snapshot of a case lies.
pub fn path(suite: &Path, case: &str) -> PathBuf {
    let stem = suite.file_name().and_then(|name| name.to_str()).unwrap_or("suite");
    let stem = stem.strip_suffix(".test.yaml").unwrap_or(stem);
    let folder = suite.parent().unwrap_or_else(|| Path::new("")).join("snapshots");
    folder.join(format!("{}.snap", file_stem(stem, case)))
}

/// A name for files of every system; a digest keeps apart what it would make equal.
fn file_stem(suite: &str, case: &str) -> String {
    let plain = |text: &str| -> String {
        let letters = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
        letters.collect()
    };
    let mut stem = format!("{}__{}", plain(suite), plain(case));
    let is_faithful = stem.len() <= STEM_BYTES_MAX
        && case.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == ' ');
    if !is_faithful {
        use sha2::{Digest as _, Sha256};
        let digest = Sha256::digest(case.as_bytes());
        stem.truncate(STEM_BYTES_MAX);
        stem.push('_');
        for byte in digest.iter().take(4) {
            // Writing to a string cannot fail.
            let _ = write!(stem, "{byte:02x}");
        }
    }
    stem
}

/// Compares an outcome with the kept one, and keeps it when `update` says so.
///
/// # Errors
///
/// A file that cannot be read or written.
pub fn check(path: &Path, case: &str, contents: &str, update: bool) -> io::Result<Standing> {
    let kept = match std::fs::read_to_string(path) {
        Ok(text) => Some(contents_of(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let pending = pending(path);
    if kept.as_deref().is_some_and(|kept| kept.trim_end() == contents.trim_end()) {
        remove(&pending)?;
        return Ok(Standing::Same);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if update {
        std::fs::write(path, render(case, contents))?;
        remove(&pending)?;
        return Ok(Standing::Accepted);
    }
    std::fs::write(pending, render(case, contents))?;
    Ok(kept.map_or(Standing::New, |kept| Standing::Changed { kept }))
}

/// Where the snapshot lies that waits to be accepted.
fn pending(path: &Path) -> PathBuf {
    path.with_extension("snap.new")
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// How a file begins that is ours.
const HEAD: &str = "---\nsource: testsuite\n";

/// The file: its head, and the outcome.
fn render(case: &str, contents: &str) -> String {
    // A JSON string is a YAML string.
    let expression = serde_json::Value::from(case);
    format!("{HEAD}expression: {expression}\n---\n{}\n", contents.trim_end())
}

/// What follows the head of a snapshot file.
fn contents_of(text: &str) -> String {
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    body.map_or(text, |(_, contents)| contents).trim_end().to_owned()
}

/// Outcomes of a step, equal neighbours counted together.
#[derive(Clone, Debug, Default)]
pub struct Paragraphs(Vec<(String, u32)>);

impl Paragraphs {
    /// Adds an outcome.
    pub fn add(&mut self, observed: &Observed) {
        let text = one(observed);
        match self.0.last_mut() {
            Some((last, times)) if *last == text => *times = times.saturating_add(1),
            Some(_) | None => self.0.push((text, 1)),
        }
    }
}

/// The outcome of a case as text: one line a fact, in one order, nothing that varies between runs.
pub fn outcome_text(steps: &[Paragraphs]) -> String {
    let mut text = String::new();
    for (index, step) in steps.iter().enumerate() {
        if steps.len() > 1 {
            let _ = writeln!(text, "step {}", index.saturating_add(1));
        }
        for (outcome, times) in &step.0 {
            if *times > 1 {
                let _ = writeln!(text, "{times} times");
            }
            text.push_str(outcome);
        }
    }
    text
}

/// Lines that a kept and a new outcome do not share, as `-` and `+`.
pub fn difference(kept: &str, came: &str) -> String {
    let (kept, came): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), came.lines().collect());
    let same_head = kept.iter().zip(&came).take_while(|(left, right)| left == right).count();
    let rest = |lines: &[&str]| lines.len().saturating_sub(same_head);
    let same_tail =
        kept.iter().rev().zip(came.iter().rev()).take_while(|(left, right)| left == right).count();
    let same_tail = same_tail.min(rest(&kept)).min(rest(&came));
    let middle = |lines: &[&str], sign: &str| -> String {
        let count = rest(lines).saturating_sub(same_tail);
        lines.iter().skip(same_head).take(count).flat_map(|line| ["\n", sign, " ", line]).collect()
    };
    format!("not as it was{}{}", middle(&kept, "-"), middle(&came, "+"))
}

fn one(observed: &Observed) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "{key}: {value}");
        }
    };
    line("verdict", observed.verdict.map_or("none", engine::Verdict::as_str).to_owned());
    line("reason", observed.reasons.join(", "));
    line("message", observed.message.clone().unwrap_or_default());
    line("status", observed.status.to_string());
    line("rules", observed.rules.join(", "));
    line("flags", observed.flags.join(", "));
    line("shadowed", observed.shadowed.join(", "));
    line("route", observed.route.join(", "));
    let pairs = |pairs: &mut dyn Iterator<Item = (&String, String)>| {
        pairs.map(|(name, value)| format!("{name} ({value})")).collect::<Vec<_>>().join(", ")
    };
    line("dropped", pairs(&mut observed.dropped.iter().map(|it| (&it.endpoint, it.in_full.clone()))));
    line("attempts", observed.attempts.join(", "));
    line("served_by", observed.served_by.clone().unwrap_or_default());
    for (key, counts) in [
        ("redacted.input", &observed.redacted_input),
        ("redacted.output", &observed.redacted_output),
        ("findings.input", &observed.found_input),
        ("findings.output", &observed.found_output),
    ] {
        line(key, pairs(&mut counts.iter().map(|(name, count)| (name, count.to_string()))));
    }
    line("cap", observed.cap.map(|cap| cap.to_string()).unwrap_or_default());
    line("charges", pairs(&mut observed.charges.iter().map(|(name, amount)| (name, amount.to_string()))));
    line("alerts", observed.alerts.join(", "));
    line("retry_after", observed.retry_after.map(|time| format!("{time:?}")).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Verdict;

    fn outcome() -> Observed {
        Observed {
            verdict: Some(Verdict::Allow),
            status: 200,
            route: vec!["a/x".into(), "b/y".into()],
            dropped: vec![crate::observed::Fallen {
                endpoint: "c/z".into(),
                reason: "residency".into(),
                in_full: "residency".into(),
            }],
            ..Observed::default()
        }
    }

    #[test]
    fn outcomes_are_text() {
        let denied = Observed { verdict: Some(Verdict::Deny), status: 403, ..outcome() };
        let mut step = Paragraphs::default();
        for outcome in [outcome(), outcome(), denied] {
            step.add(&outcome);
        }
        let text = outcome_text(&[step]);
        assert_eq!(
            text,
            "2 times\nverdict: allow\nstatus: 200\nroute: a/x, b/y\ndropped: c/z (residency)\n\
             verdict: deny\nstatus: 403\nroute: a/x, b/y\ndropped: c/z (residency)\n"
        );
    }

    #[test]
    fn differences_show_the_lines_that_changed() {
        assert_eq!(difference("a\nb\nc", "a\nx\ny\nc\n"), "not as it was\n- b\n+ x\n+ y");
        assert_eq!(difference("a", "a\nb"), "not as it was\n+ b");
        assert_eq!(difference("a\na", "a"), "not as it was\n- a");
    }

    #[test]
    fn file_names_are_plain_and_do_not_collide() {
        let name = |case: &str| path(Path::new("p/retail.test.yaml"), case).display().to_string();
        assert_eq!(name("a plain name"), "p/snapshots/retail__a_plain_name.snap");
        assert_ne!(name("a [x: 1]"), name("a [x  1]"));
        assert!(name(&"é/../".repeat(100)).len() < 255);
        assert!(!name("../../etc").contains(".."));
    }

    #[test]
    fn a_snapshot_is_kept_only_when_told() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("ascp-snapshot-{}", std::process::id()));
        let path = folder.join("snapshots/a__b.snap");
        assert_eq!(check(&path, "b", "one\n", false)?, Standing::New);
        assert!(!path.exists() && path.with_extension("snap.new").exists());
        assert_eq!(check(&path, "b", "one\n", true)?, Standing::Accepted);
        assert!(!path.with_extension("snap.new").exists());
        assert_eq!(check(&path, "b", "one\n", false)?, Standing::Same);
        assert_eq!(check(&path, "b", "two\n", false)?, Standing::Changed { kept: "one".into() });

        // What we write is what insta reads.
        let read = insta::Snapshot::from_file(&path).map_err(|error| io::Error::other(error.to_string()))?;
        assert_eq!(read.as_text().map(ToString::to_string).as_deref(), Some("one"));
        assert_eq!(read.metadata().expression(), Some("b"));
        let pending = path.with_extension("snap.new");
        let read =
            insta::Snapshot::from_file(&pending).map_err(|error| io::Error::other(error.to_string()))?;
        assert_eq!(read.as_text().map(ToString::to_string).as_deref(), Some("two"));

        // Either answer leaves nothing pending; the other snapshot is the one that is kept.
        reject(&path)?;
        assert!(!pending.exists());
        assert_eq!(check(&path, "b", "one\n", false)?, Standing::Same);
        assert_eq!(check(&path, "b", "two\n", false)?, Standing::Changed { kept: "one".into() });
        accept(&path)?;
        assert!(!pending.exists());
        assert_eq!(check(&path, "b", "two\n", false)?, Standing::Same);
        std::fs::remove_dir_all(folder)
    }
}
