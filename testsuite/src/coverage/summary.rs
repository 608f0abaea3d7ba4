//! What was passed, held against what can be: sums, and what is missing.

use super::unit::{Kind, Unit};
use lang::Origin;
use lang::model::Model;
use std::collections::BTreeMap;

/// How much of something is covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What came at least once.
    pub covered: usize,
    /// What can come.
    pub countable: usize,
}

impl Tally {
    fn add(&mut self, is_covered: bool) {
        self.countable = self.countable.saturating_add(1);
        self.covered = self.covered.saturating_add(usize::from(is_covered));
    }

    /// Thousandths, rounded down, so that 1000 is all of it; nothing to cover is covered.
    pub fn permille(self) -> usize {
        self.covered.saturating_mul(1_000).checked_div(self.countable).unwrap_or(1_000)
    }

    /// Whether at least so many hundredths are covered, exactly.
    pub fn is_at_least(self, percent: u8) -> bool {
        self.covered.saturating_mul(100) >= self.countable.saturating_mul(usize::from(percent))
    }

    /// As people read it: `96.1 %`.
    pub fn percent(self) -> String {
        let permille = self.permille();
        format!("{}.{} %", permille / 10, permille % 10)
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, one| Self {
            covered: sum.covered.saturating_add(one.covered),
            countable: sum.countable.saturating_add(one.countable),
        })
    }
}

/// A unit with its place, and how many exchanges passed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The unit.
    pub unit: Unit,
    /// The file, as the package calls it.
    pub file: String,
    /// The line, from one.
    pub line: u32,
    /// The column in characters, from one.
    pub column: u32,
    /// In how many exchanges it came.
    pub times: u64,
}

/// The coverage of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The package's name.
    pub package: String,
    /// Each unit, in the order of files and lines.
    pub units: Vec<Counted>,
    /// The text of each file of the package, by name.
    pub files: BTreeMap<String, String>,
}

impl Summary {
    pub(super) fn new(model: &Model, counted: impl Iterator<Item = (Unit, u64)>) -> Self {
        let own = model.sources.iter().filter(|(_, source)| source.origin() == Origin::Package);
        let files = own.map(|(_, source)| (source.name().to_owned(), source.text().to_owned())).collect();
        let mut units: Vec<Counted> = counted
            .filter_map(|(unit, times)| {
                let (file, start, _) = model.sources.locate(unit.span)?;
                let (file, line, column) = (file.to_owned(), start.line, start.column);
                Some(Counted { unit, file, line, column, times })
            })
            .collect();
        // Stable, so that units of one place stay in the order in which they were made.
        units.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        Self { package: model.policy.name.to_string(), units, files }
    }

    /// All of it.
    pub fn tally(&self) -> Tally {
        self.tally_of(|_| true)
    }

    /// By kind, in the order of reports, those that have anything to count.
    pub fn kinds(&self) -> Vec<(Kind, Tally)> {
        let tallies = Kind::ALL.iter().map(|kind| (*kind, self.tally_of(|one| one.unit.kind == *kind)));
        tallies.filter(|(_, tally)| tally.countable > 0).collect()
    }

    /// By file, those that have anything to count.
    pub fn by_file(&self) -> Vec<(&str, Tally)> {
        let tallies = self.files.keys().map(|file| (file.as_str(), self.tally_of(|one| one.file == *file)));
        tallies.filter(|(_, tally)| tally.countable > 0).collect()
    }

    /// What did not come.
    pub fn missing(&self) -> impl Iterator<Item = &Counted> {
        self.units.iter().filter(|one| one.times == 0)
    }

    fn tally_of(&self, is_wanted: impl Fn(&Counted) -> bool) -> Tally {
        let mut tally = Tally::default();
        self.units.iter().filter(|one| is_wanted(one)).for_each(|one| tally.add(one.times > 0));
        tally
    }
}
