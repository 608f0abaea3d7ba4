//! The detectors of the standard library, graded on the labelled corpus.
//!
//! `ASCP_BLESS=1 cargo test -p testsuite --test corpus` writes the table again.
//! For each detector below the mark the test names sentences in which it missed
//! a value or found what is not there.

use engine::scan::{DetectorSet, Finding, Scanner};
use lang::model::{DetectorId, Model};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use testsuite::grade::{Entry, Found, Grades, Tally, shown};
use testsuite::{derived, library};

type Outcome = Result<(), Box<dyn Error>>;

/// The least precision and recall of a structured type, in thousandths.
const SHARE_MIN: usize = 980;

/// How many sentences are named of those in which a detector failed.
const NAMED_MAX: usize = 6;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All entries, file by file in the order of their names.
fn corpus() -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(root().join("testsuite/corpus"))? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    paths.sort();
    let mut entries = Vec::new();
    for path in paths {
        for line in std::fs::read_to_string(&path)?.lines() {
            entries.push(Entry::read(line).map_err(|error| format!("{}: {error}", path.display()))?);
        }
    }
    Ok(entries)
}

fn grade(model: &Model, entries: &[Entry]) -> Result<Grades, Box<dyn Error>> {
    let detectors = model.detectors.iter().enumerate();
    let scanner = Scanner::new(detectors.map(|(at, detector)| (DetectorId::from_index(at), detector)))?;
    let wanted: DetectorSet = scanner.detectors();
    let (mut grades, mut findings) = (Grades::default(), Vec::<Finding>::new());
    for entry in entries {
        findings.clear();
        scanner.find(&entry.text, &wanted, &mut findings)?;
        let named = findings.iter().filter_map(|finding| {
            let detector = model.detectors.get(finding.detector.index())?;
            Some(Found { detector: &detector.name, bytes: finding.start as usize..finding.end as usize })
        });
        grades.take(entry, &named.collect::<Vec<_>>());
    }
    Ok(grades)
}

/// The page: graded detectors, types that nothing finds, and detectors that the corpus says nothing of.
fn page(grades: &Grades, detectors: &BTreeSet<&str>, entries: &[Entry]) -> Result<String, Box<dyn Error>> {
    let planted: usize = grades.iter().map(|(_, tally)| tally.planted).sum();
    let mut page = format!(
        "# How well the detectors do\n\n\
         Each detector of the standard library on the labelled corpus of `testsuite/corpus`: {} sentences, {planted} planted values.\n\
         Its README says how the sentences were made and what counts as found.\n\
         The figures are of made-up sentences: they tell detectors apart and keep them from getting worse; \
         `policy scan --jsonl` measures them on your own.\n\n\
         Written by `ASCP_BLESS=1 cargo test -p testsuite --test corpus`; a test fails when it is stale, and when a figure is below {}.\n\n\
         | detector | planted | found | false alarms | precision | recall |\n|---|--:|--:|--:|--:|--:|\n",
        entries.len(),
        shown(Some(SHARE_MIN)),
    );
    for (name, tally) in grades.iter().filter(|(name, tally)| detectors.contains(name) && tally.planted > 0) {
        let (precision, recall) = (shown(tally.precision()), shown(tally.recall()));
        writeln!(
            page,
            "| `{name}` | {} | {} | {} | {precision} | {recall} |",
            tally.planted, tally.found, tally.alarms
        )?;
    }
    let missing: Vec<_> = grades.iter().filter(|(name, _)| !detectors.contains(name)).collect();
    if !missing.is_empty() {
        page.push_str("\n## In the corpus, without a detector\n\n");
        for (name, tally) in missing {
            writeln!(page, "- `{name}`: {} planted", tally.planted)?;
        }
    }
    page.push_str("\n## Not in the corpus\n\nThe corpus holds no value for these; the figure is how often they spoke up all the same.\n\n");
    for name in detectors.iter().filter(|name| grades.get(name).is_none_or(|tally| tally.planted == 0)) {
        writeln!(page, "- `{name}`: {}", grades.get(name).map_or(0, |tally| tally.alarms))?;
    }
    Ok(page)
}

/// Whether both figures reach the mark.
fn is_good(tally: &Tally) -> bool {
    [tally.precision(), tally.recall()].iter().all(|share| share.is_some_and(|share| share >= SHARE_MIN))
}

/// What a detector got wrong, in a line.
fn told(name: &str, tally: &Tally) -> String {
    let named = |ids: &[Box<str>]| {
        let more = if ids.len() > NAMED_MAX { ", …" } else { "" };
        format!("{}{more}", ids.iter().take(NAMED_MAX).map(|id| &**id).collect::<Vec<_>>().join(", "))
    };
    format!(
        "{name}: precision {}, recall {}; missed in [{}]; false alarms in [{}]\n",
        shown(tally.precision()),
        shown(tally.recall()),
        named(&tally.missed_in),
        named(&tally.alarmed_in),
    )
}

#[test]
fn the_detectors_reach_the_mark_and_the_table_is_true() -> Outcome {
    let model = library::compile().model.ok_or("the library compiles")?;
    let entries = corpus()?;
    let grades = grade(&model, &entries)?;
    let detectors: BTreeSet<&str> = model.detectors.iter().map(|detector| &*detector.name).collect();
    let mut failures = String::new();
    for (name, tally) in grades.iter().filter(|(name, tally)| detectors.contains(name) && tally.planted > 0) {
        if !is_good(tally) {
            failures += &told(name, tally);
        }
    }
    derived::check(&root().join("docs/detectors/quality.md"), &page(&grades, &detectors, &entries)?)?;
    assert!(failures.is_empty(), "below {}:\n{failures}", shown(Some(SHARE_MIN)));
    Ok(())
}

#[test]
fn the_corpus_holds_as_many_lookalikes_as_values() -> Outcome {
    let entries = corpus()?;
    assert!(entries.len() >= 6_000, "{}", entries.len());
    let with_values = entries.iter().filter(|entry| !entry.spans.is_empty()).count();
    assert!(entries.len() >= with_values * 2, "{with_values} of {}", entries.len());
    let ids: BTreeSet<&str> = entries.iter().map(|entry| &*entry.id).collect();
    assert_eq!(ids.len(), entries.len(), "two entries with one name");
    Ok(())
}
