//! Coverage of what matters in a policy, in place of lines that were run.
//!
//! What can be counted is made from the model ([`countable`]): outcomes that a
//! good suite can bring about, and none that no request ever could. What came
//! is read from the end of each exchange ([`passed`]), whose facts the slow
//! evaluator goes through once more; nothing of it touches the road on which
//! requests are decided. A [`Summary`] holds one against the other, for people
//! ([`to_text`]), for programs ([`to_json`], [`to_lcov`]) and as pages
//! ([`to_pages`]); it can be about the declarations alone that a change
//! touches ([`Touched`]).
//!
//! **Invariant:** counts are sums over exchanges, so they are the same in
//! whatever order and on however many threads cases run.

mod allowlist;
mod candidates;
mod changed;
mod conditions;
mod countable;
mod hint;
mod json;
mod lcov;
mod lines;
mod pages;
mod passed;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod unit;

pub use changed::Touched;
pub use json::render as to_json;
pub use lcov::render as to_lcov;
pub use pages::{Page, render as to_pages};
pub use summary::{Counted, Summary, Tally};
pub use text::render as to_text;
pub use unit::{Kind, Unit};

use crate::run::Outcome;
use allowlist::Entry;
use lang::model::Model;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use unit::Key;

/// What of a package the exchanges of a run have passed so far.
#[derive(Debug)]
pub struct Coverage {
    model: Model,
    units: Vec<Unit>,
    entries: Vec<Entry>,
    times: Mutex<BTreeMap<Key, u64>>,
}

impl Coverage {
    /// All that can be counted of a package, and nothing passed yet.
    pub fn of(model: &Model) -> Self {
        let entries = allowlist::entries(model);
        let units = countable::units(model, &entries);
        Self { model: model.clone(), units, entries, times: Mutex::default() }
    }

    /// Takes in the end of an exchange.
    pub fn watch(&self, outcome: &Outcome) {
        let passed = passed::keys(&self.model, &self.entries, outcome);
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        for key in passed {
            let count = times.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// What was passed and what was not, of all that can be counted or of what a change touches.
    pub fn summary(&self, touched: Option<&Touched>) -> Summary {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = self.units.iter().filter(|unit| touched.is_none_or(|touched| touched.holds(unit)));
        let counted = wanted.map(|unit| (unit.clone(), times.get(&unit.key).copied().unwrap_or(0)));
        Summary::new(&self.model, counted)
    }
}
