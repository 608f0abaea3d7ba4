//! `policy test --watch`: after each save, what it affects is run again.
//!
//! A save of a suite runs that suite; a save of the policy compiles it, with
//! what the compilation before left, and runs all. What counts is the content
//! of the files: a save that changes nothing runs nothing.

use super::{Part, guard, options, parts, render, suites};
use crate::args::Test;
use crate::clock::Stopwatch;
use crate::command::Outcome;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::package;
use crate::relative::Relative;
use engine::Cache;
use engine::guard::Guard;
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode, Watcher as _};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use testsuite::Report;
use testsuite::report::CaseReport;

/// How long nothing may change before what did is run: editors write a file in a few steps.
const QUIET_TIME: Duration = Duration::from_millis(10);

/// How often the quiet may be disturbed; a directory that never rests is run all the same.
const DISTURBANCES_MAX: usize = 20;

/// Endings of files that suites may read besides themselves.
const FIXTURES: &[&str] = &["json", "snap", "txt", "yaml", "yml"];

/// Runs until the process is ended, or nobody reads any more.
pub(super) fn run(args: &Test, output: &mut Output) -> Outcome {
    let (sender, changes) = channel();
    let is_updating = args.snapshots.update;
    let announce = move |event| {
        if let Some(change) = Change::of(event, is_updating) {
            sender.send(change).ok();
        }
    };
    let mut watcher = notify::recommended_watcher(announce)
        .map_err(|error| Failure::machine(format!("changes cannot be watched: {error}")))?;
    let mut cache = Cache::new();
    let mut watched: Vec<Watched> = parts(&args.paths)?.into_iter().map(Watched::new).collect();
    for one in &watched {
        let root = &one.part.root;
        watcher.watch(root, RecursiveMode::Recursive).map_err(|error| {
            Failure::machine(format!("changes of `{}` cannot be watched: {error}", root.display()))
        })?;
    }
    let mut heard = BTreeSet::new();
    let mut change = Change { is_of_all: true };
    loop {
        let watch = Stopwatch::start();
        for one in &mut watched {
            match one.refresh(args, change, &mut cache, output) {
                Ok(Some(count)) => {
                    let suites = if count == 1 { "suite" } else { "suites" };
                    output.note(&format!("{count} {suites} in {} ms", watch.elapsed().as_millis()));
                }
                Ok(None) => {}
                // What does not compile now may with the next save.
                Err(failure) => output.failure(&failure),
            }
        }
        if output.is_closed() {
            return Ok(Exit::Well);
        }
        // What is used from beside is known once a package was compiled, and may have changed since.
        let beside = watched.iter().flat_map(Watched::beside);
        let new: Vec<PathBuf> = beside.filter(|source| heard.insert(source.clone())).collect();
        for source in &new {
            // What cannot be watched is still read whenever something else changes.
            watcher.watch(source, RecursiveMode::Recursive).ok();
        }
        let next = if new.is_empty() { wait(&changes) } else { Some(Change { is_of_all: false }) };
        let Some(next) = next else { return Ok(Exit::Well) };
        change = next;
    }
}

/// What a save may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    /// Whether any suite may mean something else now, though its own text did not change.
    is_of_all: bool,
}

impl Change {
    /// What an event of the file system means; `None` when it changes no outcome.
    fn of(event: notify::Result<notify::Event>, is_updating: bool) -> Option<Self> {
        let Ok(event) = event else { return Some(Self { is_of_all: true }) };
        let is_read =
            matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
        let changes = event.paths.iter().filter_map(|path| Self::of_file(path, is_updating));
        let change = changes.reduce(|one, other| Self { is_of_all: one.is_of_all || other.is_of_all });
        if is_read { None } else { change }
    }

    fn of_file(path: &Path, is_updating: bool) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        // Hidden files are no part of a package, and pending snapshots are what a run leaves.
        let is_pending = name.ends_with(::package::Kind::PendingSnapshot.ending());
        let is_own = is_updating && name.ends_with(::package::Kind::Snapshot.ending());
        if name.starts_with('.') || is_pending || is_own {
            return None;
        }
        let is_suite = name.ends_with(::package::Kind::Suite.ending());
        let is_fixture = FIXTURES.iter().any(|ending| path.extension().is_some_and(|it| it == *ending));
        Some(Self { is_of_all: is_fixture && !is_suite })
    }
}

/// Waits for a change, and then until nothing more has changed for a while.
fn wait(changes: &Receiver<Change>) -> Option<Change> {
    let mut change = changes.recv().ok()?;
    for _ in 0..DISTURBANCES_MAX {
        match changes.recv_timeout(QUIET_TIME) {
            Ok(more) => change.is_of_all |= more.is_of_all,
            Err(_) => break,
        }
    }
    Some(change)
}

/// Suites that are run together, and what came of them last.
struct Watched {
    part: Part,
    /// What the policy was made from.
    sources: Vec<PathBuf>,
    fingerprint: [u8; 32],
    /// The policy, unless it does not compile.
    guard: Option<Arc<Guard>>,
    /// Each suite's bytes when it was last run.
    texts: BTreeMap<Box<str>, Vec<u8>>,
    /// Each suite's outcomes.
    outcomes: BTreeMap<String, Vec<CaseReport>>,
}

impl Watched {
    fn new(part: Part) -> Self {
        let sources = vec![part.root.clone()];
        let (texts, outcomes) = (BTreeMap::new(), BTreeMap::new());
        Self { part, sources, fingerprint: [0; 32], guard: None, texts, outcomes }
    }

    /// Sources that do not lie in the package's own directory; one that is not there cannot be watched.
    fn beside(&self) -> Vec<PathBuf> {
        let root = self.part.root.canonicalize().unwrap_or_default();
        let real = self.sources.iter().filter_map(|source| source.canonicalize().ok());
        real.filter(|source| !source.starts_with(&root)).collect()
    }

    /// Runs what a change affects, and shows it; the number of suites, or `None` when there is nothing to run.
    fn refresh(
        &mut self,
        args: &Test,
        change: Change,
        cache: &mut Cache,
        output: &mut Output,
    ) -> Result<Option<usize>, Failure> {
        let root = self.part.root.clone();
        let texts = ::package::read(&root, ::package::Kind::Suite)
            .map_err(|error| package::unreadable(&root, &error))?;
        let texts: BTreeMap<Box<str>, Vec<u8>> = texts.into_iter().collect();
        let fingerprint = ::package::fingerprint(&self.sources);
        let is_same_policy = fingerprint == self.fingerprint;
        let is_affected =
            |file: &str| !is_same_policy || change.is_of_all || texts.get(file) != self.texts.get(file);
        let mut suites = suites(&root, &self.part.wanted)?;
        self.outcomes.retain(|file, _| suites.iter().any(|suite| suite.file == *file));
        suites.retain(|suite| is_affected(&suite.file));
        self.texts = texts;
        if suites.is_empty() && is_same_policy {
            return Ok(None);
        }
        if !is_same_policy {
            self.guard = None;
            let mut sources = self.sources.clone();
            let made = guard(&self.part, args, cache, &mut sources, output);
            self.fingerprint =
                if sources == self.sources { fingerprint } else { ::package::fingerprint(&sources) };
            self.sources = sources;
            self.guard = Some(Arc::new(made?));
        }
        if self.part.is_library {
            testsuite::library::fill(&mut suites);
        }
        // The policy that did not compile is still the same: it was told, and no suite can run.
        let Some(guard) = &self.guard else { return Ok(None) };
        let report = testsuite::run_package(guard, &suites, &options(args, root));
        for suite in &suites {
            let own = report.cases.iter().filter(|case| case.file == suite.file);
            self.outcomes.insert(suite.file.clone(), own.cloned().collect());
        }
        self.show(report, args, output);
        Ok(Some(suites.len()))
    }

    /// What was run, and when that is not all, how all of it stands.
    fn show(&self, mut report: Report, args: &Test, output: &mut Output) {
        let all = Report { cases: self.outcomes.values().flatten().cloned().collect(), ..Report::default() };
        let relative = Relative::to(&self.part.root);
        report.rename(|file| relative.name(file), |file| relative.name_of_source(file));
        let is_part = report.cases.len() < all.cases.len();
        output.result(&render(args.format, &report, output));
        if is_part {
            output.note(&format!("all suites: {} passed, {} failed", all.passed(), all.failed()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, ModifyKind};

    #[test]
    fn events_are_told_apart_by_what_they_can_change() {
        let write = EventKind::Modify(ModifyKind::Any);
        let rows = [
            (write, "p/a.test.yaml", Some(false)),
            (write, "p/a.ascp", Some(false)),
            (write, "p/fixture.yaml", Some(true)),
            (write, "p/snapshots/a__b.snap", Some(true)),
            (write, "p/snapshots/a__b.snap.new", None),
            (write, "p/.a.test.yaml.swp", None),
            (EventKind::Create(CreateKind::Folder), "p/folder", Some(false)),
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), "p/a.ascp", Some(false)),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), "p/a.ascp", None),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), "p/a.ascp", None),
        ];
        for (kind, path, expected) in rows {
            let event = notify::Event::new(kind).add_path(path.into());
            let change = Change::of(Ok(event), false);
            assert_eq!(change.map(|change| change.is_of_all), expected, "{kind:?} {path}");
        }
        let kept = || Ok(notify::Event::new(write).add_path("p/snapshots/a__b.snap".into()));
        assert_eq!(Change::of(kept(), true), None, "written by this run itself");
        assert!(Change::of(Err(notify::Error::generic("lost")), false).is_some());
    }
}
