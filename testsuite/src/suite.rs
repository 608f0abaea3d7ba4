//! Test suites: `*.test.yaml` text to cases.
//!
//! Reading never stops at the first mistake. Each case is read by itself; one
//! that is wrong becomes a [`Fault`] at its line, and its neighbours still
//! run. When even the YAML is broken, the text is cut at the cases and each
//! piece is read alone. What a suite cannot know (whether a tenant, endpoint or rule
//! exists) is for the runner to check: names keep their places as [`Word`]s.

mod case;
mod expect;
mod fields;
mod fixtures;
mod keys;
mod matrix;
mod near;
mod path;
mod recover;
mod reply;
pub mod schema;
mod value;

use crate::yaml::{self, Entry as Field, Fault, Node, Place, Value};
pub use expect::{Counts, Exact, Expect, Surfaces, TextExpect};
pub use fixtures::{Fetch, Include};
pub(crate) use near::near;
pub use path::{Path as JsonPath, Selected};
pub use reply::{Fail, Reply, ToolCall, Truncate};

use engine::facts::Operation;
use fields::{Layers, check_keys};
use fixtures::{Fixtures, Gathering};
use jiff::Timestamp;
use jiff::civil::Date;
use keys::{FIXTURES, SUITE};
use package::{Kind, PackageError};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Most cases of one suite, all combinations of matrices counted.
///
/// A case costs about a millisecond; a suite of this size still ends while one waits.
pub const CASES_MAX: usize = 20_000;

/// One file of cases.
#[derive(Debug)]
pub struct Suite {
    /// Its name; the file's when it says none.
    pub name: String,
    /// The file, as it is to be shown.
    pub file: String,
    /// Its cases, in the order of the text, matrices unfolded.
    pub entries: Vec<Entry>,
    /// What is wrong with the suite outside of its cases.
    pub faults: Vec<Fault>,
    /// The files that it includes; a place whose file is n lies in the n-th of them.
    pub includes: Vec<Include>,
}

/// One case, or what is wrong with it.
#[derive(Debug)]
pub struct Entry {
    /// Its name, with the values of its matrix.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The case.
    pub case: Result<Case, Fault>,
}

/// One case: a world, and what is done in it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The instant at which it begins; the run's when it says none.
    pub now: Option<Timestamp>,
    /// What is done, in order; at least one.
    pub steps: Vec<Step>,
    /// Whether the whole outcome is compared with a kept one.
    pub snapshot: bool,
    /// Why it is not run, if it is not.
    pub skip: Option<Skip>,
    /// Words by which it is chosen: those of its suite, then its own.
    pub tags: Vec<String>,
}

/// Why a case is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// In words.
    pub reason: String,
    /// The last day, in UTC, on which that holds; afterwards the case fails.
    pub until: Option<Date>,
    /// Where it is said.
    pub place: Place,
}

/// One request, or many of the same kind.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub place: Place,
    /// How often.
    pub times: Times,
    /// How much time passes before it.
    pub after: Duration,
    /// The instant to which time jumps before it.
    pub at: Option<Timestamp>,
    /// What is asked.
    pub ask: Ask,
    /// Endpoints that are known to be down.
    pub down: Vec<Word>,
    /// What the tenant has used already, besides what was counted; `None` adds nothing.
    pub usage: Option<Usage>,
    /// How upstreams answer from here on; `None` leaves the script as it is.
    pub replies: Option<Vec<Reply>>,
    /// What must come of it.
    pub expect: Option<Expect>,
}

/// How often a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// One after another, each settled before the next begins.
    Repeat(u32),
    /// All begun before any ends.
    Concurrent(u32),
}

/// What is asked, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The tenant, named outright; otherwise headers must identify one.
    pub tenant: Option<Word>,
    /// The caller, as a credential would describe it.
    pub caller: Option<engine::facts::Caller>,
    /// The workload that the caller names.
    pub workload: Option<Word>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The operation; `chat` unless said.
    pub operation: Option<Operation>,
    /// The API that the client speaks; OpenAI's unless said.
    pub api: Option<engine::facts::Api>,
    /// What the body is made of.
    pub body: Body,
}

/// What a request's body is made of.
#[derive(Clone, Debug)]
pub enum Body {
    /// The client's JSON as written.
    Whole(String),
    /// Built from a few fields.
    Built(Built),
}

impl Default for Body {
    fn default() -> Self {
        Self::Built(Built::default())
    }
}

/// The fields from which a body is built.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The model, as clients name it.
    pub model: Option<String>,
    /// The messages: role and text.
    pub messages: Vec<(String, String)>,
    /// Whether to stream; left out when not said.
    pub stream: Option<bool>,
    /// Names of the tools offered.
    pub tools: Vec<String>,
    /// The asked maximum of output tokens.
    pub max_tokens: Option<u64>,
}

/// What a tenant has used before a step begins.
pub type Usage = engine::facts::Usage;

/// A name that must exist in the package, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// The name.
    pub text: String,
    /// Where.
    pub place: Place,
}

impl Suite {
    /// The suites below `root`, in the order of their names; files are shown relative to it.
    ///
    /// # Errors
    ///
    /// They cannot be read. What is wrong in one is a fault of it.
    pub fn read_all(root: &Path) -> Result<Vec<Self>, PackageError> {
        let files = package::read(root, Kind::Suite)?;
        let fetch = |name: &str| package::read_text(root, name, yaml::SUITE_BYTES_MAX).map_err(unreadable);
        let suite = |(name, bytes): &(Box<str>, Vec<u8>)| {
            Self::read_with(name, &String::from_utf8_lossy(bytes), &fetch)
        };
        Ok(files.iter().map(suite).collect())
    }

    /// Reads a suite that includes nothing; what is wrong with it is part of it.
    pub fn read(file: &str, text: &str) -> Self {
        Self::read_with(file, text, &|_| Err("there are no files beside this suite".into()))
    }

    /// Reads a suite and what it includes; what is wrong with it is part of it.
    pub fn read_with(file: &str, text: &str, fetch: &Fetch<'_>) -> Self {
        let mut suite = Self {
            name: file.to_owned(),
            file: file.to_owned(),
            entries: Vec::new(),
            faults: Vec::new(),
            includes: Vec::new(),
        };
        match yaml::parse(text) {
            Ok(tree) => suite.take(&tree, None, fetch),
            Err(fault) => match recover::pieces(text) {
                None => suite.faults.push(fault),
                Some(pieces) => suite.take_pieces(pieces, fetch),
            },
        }
        suite.refuse_twins();
        suite.bring_home();
        suite
    }

    /// A fault as the suite tells it: one in an included file is told at `home`, and says where it lies.
    pub fn told(&self, fault: Fault, home: Place) -> Fault {
        match self.include_of(&fault) {
            None => fault,
            Some(include) => {
                let message = format!("in `{}`, line {}: {}", include.file, fault.place.line, fault.message);
                Fault { place: home, message, help: fault.help }
            }
        }
    }

    /// How many cases were written wrong, and faults of the whole.
    pub fn fault_count(&self) -> usize {
        self.faults.len() + self.entries.iter().filter(|entry| entry.case.is_err()).count()
    }

    fn take_pieces(&mut self, pieces: recover::Pieces, fetch: &Fetch<'_>) {
        match pieces.head {
            Ok(tree) => self.take(&tree, Some(pieces.cases), fetch),
            Err(fault) => self.faults.push(fault),
        }
    }

    /// Takes in the top of a suite; `pieces` are cases that were read apart.
    fn take(&mut self, tree: &Node, pieces: Option<Vec<Result<Node, Fault>>>, fetch: &Fetch<'_>) {
        let Ok(fields) = value::mapping(tree, SUITE.what).map_err(|fault| self.faults.push(fault)) else {
            return;
        };
        self.faults.extend(check_keys(fields, &SUITE).err());
        let top = Layers::new(&[fields]);
        match top.read("suite", value::text) {
            Ok(name) => self.name = name.unwrap_or_else(|| self.file.clone()),
            Err(fault) => self.faults.push(fault),
        }
        let mut gathering = Gathering::new(&self.file, fetch);
        let gathered = gathering.gather(fields);
        self.includes = gathering.includes;
        let included = gathering.trees.iter().map(|tree| value::mapping(tree, FIXTURES.what));
        let files: Result<Vec<_>, Fault> = std::iter::once(Ok(fields)).chain(included).collect();
        // What is wrong in what cases share would make every one of them mean something else.
        let fixtures = match gathered.and(files).and_then(|files| Fixtures::read(&files)) {
            Ok(fixtures) => fixtures,
            Err(fault) => return self.faults.push(fault),
        };
        let base = match Base::read(&top, &fixtures) {
            Ok(base) => base,
            Err(fault) => return self.faults.push(fault),
        };
        let whole = || top.find("cases").map_or(Ok(&[] as &[Node]), |(_, field)| value::items(&field.value));
        match (pieces, whole()) {
            (Some(pieces), _) => pieces.into_iter().for_each(|piece| match piece {
                Ok(node) => self.take_case(&node, &base),
                Err(fault) => self.push_broken("(not read)".into(), fault),
            }),
            (None, Ok(cases)) => cases.iter().for_each(|case| self.take_case(case, &base)),
            (None, Err(fault)) => self.faults.push(fault),
        }
        if self.entries.is_empty() && self.faults.is_empty() {
            self.faults.push(Fault::new(tree.place, "a suite without cases passes for no reason"));
        }
    }

    fn take_case(&mut self, node: &Node, base: &Base<'_>) {
        let room = CASES_MAX.saturating_sub(self.entries.len());
        match case::read(node, base, room) {
            Ok(mut entries) => self.entries.append(&mut entries),
            Err((name, fault)) => self.push_broken(name, fault),
        }
    }

    fn push_broken(&mut self, name: String, fault: Fault) {
        self.entries.push(Entry { name, place: fault.place, case: Err(fault) });
    }

    /// Tells faults of included files where the suite includes them, or at the case that meets them.
    fn bring_home(&mut self) {
        let faults = std::mem::take(&mut self.faults);
        let entries = std::mem::take(&mut self.entries);
        let home = |fault: Fault| {
            let home = self.include_of(&fault).map_or(Place::START, |include| include.place);
            self.told(fault, home)
        };
        let entry = |mut entry: Entry| {
            entry.case = entry.case.map_err(|fault| self.told(fault, entry.place));
            entry
        };
        let faults = faults.into_iter().map(home).collect();
        let entries = entries.into_iter().map(entry).collect();
        (self.faults, self.entries) = (faults, entries);
    }

    /// The included file that a fault lies in, if it lies in one.
    fn include_of(&self, fault: &Fault) -> Option<&Include> {
        let number = usize::try_from(fault.place.file).ok()?.checked_sub(1)?;
        self.includes.get(number)
    }

    /// A name is how a case is found again, in reports and snapshots.
    fn refuse_twins(&mut self) {
        let mut seen = BTreeSet::new();
        for entry in &mut self.entries {
            if entry.case.is_ok() && !seen.insert(entry.name.clone()) {
                let message = format!("a second case is named `{}`", entry.name);
                entry.case = Err(Fault::new(entry.place, message));
            }
        }
    }
}

/// What the top of a suite gives to each of its cases.
struct Base<'a> {
    fixtures: &'a Fixtures<'a>,
    defaults: Layers<'a>,
    now: Option<Timestamp>,
    tags: Vec<String>,
}

impl<'a> Base<'a> {
    fn read(top: &Layers<'a>, fixtures: &'a Fixtures<'a>) -> Result<Self, Fault> {
        let tags = top.read("tags", |node| value::one_or_many(node, value::tag))?;
        Ok(Self {
            fixtures,
            defaults: fixtures.defaults()?,
            now: top.read("now", value::instant)?,
            tags: tags.unwrap_or_default(),
        })
    }

    /// A case's fields over the named requests that it takes in, over the defaults.
    fn layers<'f>(&self, fields: &'f [Field]) -> Result<Layers<'f>, Fault>
    where
        'a: 'f,
    {
        Ok(self.defaults.under(&self.fixtures.with(fields)?))
    }
}

/// Why an included file cannot be read, without the path to the package.
fn unreadable(error: PackageError) -> String {
    match error {
        PackageError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            "there is no such file".into()
        }
        PackageError::Outside(_) => "the path leads out of the package".into(),
        PackageError::NotAFile(_) => "it is not a regular file".into(),
        PackageError::Text(_) => "it is not UTF-8".into(),
        PackageError::TooMuch { most, what, .. } => format!("it holds more than {most} {what}"),
        PackageError::Read { source, .. } => format!("it cannot be read: {}", source.kind()),
        PackageError::Empty(_) | PackageError::Circle(_) | PackageError::Name(_) => error.to_string(),
    }
}

/// Whether a value is written at all: a key with nothing after it is not.
fn is_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.is_plain && matches!(scalar.text.as_str(), "" | "~" | "null"),
        Value::Sequence(_) | Value::Mapping(_) | Value::Broken(_) => false,
    }
}

#[cfg(test)]
mod tests;
