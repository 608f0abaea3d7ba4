//! What must hold of every request, whatever it is.
//!
//! Each property looks at what was asked and at all that came of it, and is
//! asked by itself: a breach of one says nothing of the others.

mod determinism;
mod invariant;
mod planted;
mod residency;
mod seen;
mod well_formed;

use super::pool::Pool;
use crate::names::{Location, Names};
use crate::run::Outcome;
use crate::suite::{Case, Step};
use engine::analysis::Invariants;
use lang::model::{InvariantId, Model};

/// One thing that must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// The same request comes to the same end, and to the decision of the plain evaluator.
    Determinism,
    /// No call left what models, providers, residence and attestations allow.
    Residency,
    /// No value that is redacted was seen where it must not be, and what the caller sent came back.
    Planted,
    /// The exchange ended honestly, with a record, and what was reserved was settled.
    WellFormed,
    /// An invariant of the package holds for the decision.
    Invariant(InvariantId),
}

impl Property {
    /// All that a package has, in the order in which they are told.
    pub(super) fn all(model: &Model) -> Vec<Self> {
        let invariants = (0..model.invariants.len()).map(|at| Self::Invariant(InvariantId::from_index(at)));
        [Self::Determinism, Self::Residency, Self::Planted, Self::WellFormed]
            .into_iter()
            .chain(invariants)
            .collect()
    }

    /// What reports call it.
    pub fn name(self, model: &Model) -> String {
        match self {
            Self::Determinism => "determinism".into(),
            Self::Residency => "residency".into(),
            Self::Planted => "planted".into(),
            Self::WellFormed => "well formed".into(),
            Self::Invariant(id) => {
                let invariant = model.invariants.get(id.index());
                format!("invariant {}", invariant.map_or("?", |invariant| &invariant.name))
            }
        }
    }

    /// What a request must have for the property to be about it.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Determinism | Self::WellFormed => "",
            Self::Residency => " with a call",
            Self::Planted => " with a value that is redacted",
            Self::Invariant(_) => " that it speaks of",
        }
    }

    /// Where it is written, or else the `policy` block.
    pub(super) fn place(self, names: Names<'_>) -> Option<Location> {
        let model = names.model();
        let span = match self {
            Self::Invariant(id) => model.invariants.get(id.index()).map(|invariant| invariant.span),
            Self::Determinism | Self::Residency | Self::Planted | Self::WellFormed => None,
        };
        names.locate(span.unwrap_or(model.policy.span))
    }
}

/// One request, and all that came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    pub(super) names: Names<'a>,
    pub(super) pool: &'a Pool<'a>,
    pub(super) invariants: &'a Invariants<'a>,
    pub(super) case: &'a Case,
    /// What came of the case's exchanges, and of the same ones in a world of their own.
    pub(super) outcomes: &'a [Outcome],
    pub(super) again: &'a [Outcome],
}

impl<'a> Sight<'a> {
    /// The last step: the request that is looked at.
    fn step(&self) -> Option<&'a Step> {
        self.case.steps.last()
    }

    /// Where a tenant stands.
    fn tenant_place(&self, outcome: &Outcome) -> Option<Location> {
        let tenant = outcome.record.as_ref()?.tenant?;
        self.names.locate(self.names.tenant(tenant)?.span)
    }
}

/// What was seen of one property.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Judged {
    /// Whether the request could have broken it.
    pub(super) is_exercised: bool,
    /// How it is broken, if it is.
    pub(super) breach: Option<Breach>,
}

impl Judged {
    /// Takes in what another exchange of the same request shows; the first breach is told.
    fn take(&mut self, breach: Option<Breach>) {
        self.is_exercised = true;
        self.breach = self.breach.take().or(breach);
    }
}

/// How a property is broken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Breach {
    /// In one line.
    pub(super) message: String,
    /// What ought to hold, as lines of an `expect`: alternatives, the most telling first.
    pub(super) expected: Vec<Vec<String>>,
    /// The policy text that it is about.
    pub(super) decided_by: Option<Location>,
}

/// Each property of the package, in the order of [`Property::all`].
pub(super) fn judge(sight: &Sight<'_>) -> Vec<Judged> {
    let mut all = vec![
        determinism::judge(sight),
        residency::judge(sight),
        planted::judge(sight),
        well_formed::judge(sight),
    ];
    all.extend(invariant::judge(sight));
    all
}

#[cfg(test)]
mod tests;
