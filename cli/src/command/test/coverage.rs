//! What `policy test` counts besides its cases: the coverage of each package, and what is made of it.

use crate::args::Passed as Args;
use crate::exit::Failure;
use crate::output::Output;
use crate::revision;
use lang::model::Model;
use std::path::{Path, PathBuf};
use testsuite::coverage::{Coverage, Summary, Tally, Touched, to_json, to_lcov, to_pages, to_text};
use testsuite::run::Outcome;

/// The coverage of the packages of one run, as far as it is asked for.
#[derive(Debug)]
pub(super) struct Counting<'a> {
    args: &'a Args,
    /// The packages that have been run, each with its directory.
    done: Vec<(PathBuf, Summary)>,
}

/// The coverage of a package that is being run.
#[derive(Debug)]
pub(super) struct Counted {
    root: PathBuf,
    coverage: Coverage,
    touched: Option<Touched>,
}

impl Counted {
    /// Takes in the end of an exchange.
    pub(super) fn watch(&self, outcome: &Outcome) {
        self.coverage.watch(outcome);
    }
}

impl<'a> Counting<'a> {
    /// Nothing counted yet.
    pub(super) fn new(args: &'a Args) -> Self {
        Self { args, done: Vec::new() }
    }

    fn is_wanted(&self) -> bool {
        let Args { coverage, min, coverage_lcov, coverage_html, changed_since } = self.args;
        *coverage
            || min.is_some()
            || coverage_lcov.is_some()
            || coverage_html.is_some()
            || changed_since.is_some()
    }

    /// Begins to count for a package, if anybody wants to know.
    ///
    /// # Errors
    ///
    /// The revision that it is to be compared with cannot be read.
    pub(super) fn open(&self, model: &Model, root: &Path) -> Result<Option<Counted>, Failure> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let touched = match &self.args.changed_since {
            Some(name) => Some(Touched::since(&revision::policy_files(root, name)?, model)),
            None => None,
        };
        Ok(Some(Counted { root: root.to_owned(), coverage: Coverage::of(model), touched }))
    }

    /// Keeps what was counted.
    pub(super) fn close(&mut self, counted: Option<Counted>) {
        self.done.extend(counted.map(|counted| {
            let summary = counted.coverage.summary(counted.touched.as_ref());
            (counted.root, summary)
        }));
    }

    /// Writes the files that are asked for.
    ///
    /// # Errors
    ///
    /// One cannot be written.
    pub(super) fn write(&self) -> Result<(), Failure> {
        if let Some(path) = &self.args.coverage_lcov {
            let here = std::env::current_dir().unwrap_or_default();
            let records = self.done.iter().map(|(root, summary)| {
                // Tools look for a file below the folder in which they are run.
                let root = root.strip_prefix(&here).unwrap_or(root);
                to_lcov(summary, |file| root.join(file).display().to_string())
            });
            written(path, &records.collect::<String>())?;
        }
        if let Some(folder) = &self.args.coverage_html {
            for page in to_pages(&self.summaries(), self.since()) {
                written(&folder.join(page.path), &page.text)?;
            }
        }
        Ok(())
    }

    /// For people; nothing where nothing was counted.
    pub(super) fn text(&self) -> String {
        self.done.iter().map(|(_, summary)| to_text(summary, self.since())).collect()
    }

    /// For programs, what stands under `coverage`.
    pub(super) fn json(&self) -> Option<String> {
        self.is_wanted().then(|| to_json(&self.summaries(), self.since()))
    }

    /// Whether as much is covered as is asked for; if not, says so.
    pub(super) fn is_enough(&self, output: &mut Output) -> bool {
        let Some(min) = self.args.min else { return true };
        let tally: Tally = self.done.iter().map(|(_, summary)| summary.tally()).sum();
        let is_enough = tally.is_at_least(min);
        if !is_enough {
            output.note(&format!("coverage is {}, and `--min` asks for {min} %", tally.percent()));
        }
        is_enough
    }

    fn summaries(&self) -> Vec<Summary> {
        self.done.iter().map(|(_, summary)| summary.clone()).collect()
    }

    fn since(&self) -> Option<&str> {
        self.args.changed_since.as_deref()
    }
}

/// Writes a file, and the folders that it stands in.
fn written(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text)).map_err(|error| Failure::writing(path, &error))
}
