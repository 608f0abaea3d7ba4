//! One request tried out, and the smallest that breaks a property as it does.

use super::choice::{Choices, choices};
use super::pool::Pool;
use super::property::{Breach, Judged, Property, Sight, judge};
use super::request::draft;
use super::{Extent, Found, FuzzError, Settings};
use crate::draft::Draft;
use crate::names::Names;
use crate::observed::Observed;
use crate::package::{self, Options};
use crate::request::summary;
use crate::run::Outcome;
use crate::suite::{Case, Suite};
use engine::Verdict;
use engine::analysis::Invariants;
use engine::guard::Guard;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Most requests that are tried to make one smaller.
///
/// Most are done after some two hundred; at about a millisecond each this is a second or two.
const SHRINKS_MAX: usize = 2_000;

/// Where requests are tried: the package, and all that is made of it once.
pub(super) struct Bench<'g> {
    guard: &'g Arc<Guard>,
    settings: &'g Settings,
    options: Options,
    pub(super) pool: Pool<'g>,
    invariants: Invariants<'g>,
    pub(super) properties: Vec<Property>,
}

/// A request, and all that came of it.
pub(super) struct Tried {
    draft: Draft,
    case: Case,
    pub(super) outcomes: Vec<Outcome>,
    /// Each property, in the order of [`Property::all`].
    pub(super) judged: Vec<Judged>,
}

impl<'g> Bench<'g> {
    pub(super) fn new(guard: &'g Arc<Guard>, settings: &'g Settings) -> Result<Self, FuzzError> {
        let model = guard.model();
        Ok(Self {
            guard,
            settings,
            options: Options { jobs: NonZeroUsize::MIN, ..Options::at(settings.now) },
            pool: Pool::new(model, settings.now).map_err(FuzzError::Scan)?,
            invariants: Invariants::new(model).map_err(FuzzError::Compile)?,
            properties: Property::all(model),
        })
    }

    pub(super) fn names(&self) -> Names<'g> {
        Names::new(self.guard.model())
    }

    pub(super) fn extent(&self) -> Extent {
        let model = self.guard.model();
        let sampled: BTreeSet<_> = self.pool.values.iter().map(|value| value.detector).collect();
        Extent {
            tenants: model.tenants.len(),
            rules: model.rules.len(),
            redactions: model.redactions.len(),
            detectors: model.detectors.len(),
            sampled: sampled.len(),
        }
    }

    /// The choices of the seed's n-th request, from 0, with the ways to make them simpler.
    fn tree(&self, request: usize) -> Option<impl ValueTree<Value = Choices> + use<'g>> {
        let mut seed = [0; 32];
        let request = u64::try_from(request).unwrap_or(u64::MAX);
        let numbers = self.settings.seed.to_le_bytes().into_iter().chain(request.to_le_bytes());
        seed.iter_mut().zip(numbers).for_each(|(place, byte)| *place = byte);
        // Nothing of the configuration comes to bear: the search for a smaller request is below.
        let mut runner =
            TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        choices(&self.pool).new_tree(&mut runner).ok()
    }

    /// The choices of the seed's n-th request, from 0.
    pub(super) fn draw(&self, request: usize) -> Option<Choices> {
        self.tree(request).map(|tree| tree.current())
    }

    /// Tries a request; `None` where it cannot be written as a case.
    pub(super) fn try_out(&self, choices: &Choices) -> Option<Tried> {
        let draft = draft(&self.pool, choices);
        // What is expected is not asked for here, and a case must expect something.
        let any = if draft.is_concurrent { "allowed: 0" } else { "verdict: allow" };
        let case =
            read(&draft.to_case("request", &[any.to_owned()]))?.entries.into_iter().next()?.case.ok()?;
        let outcomes = package::outcomes(self.guard, &case, &self.options);
        let again = package::outcomes(self.guard, &case, &self.options);
        let sight = Sight {
            names: self.names(),
            pool: &self.pool,
            invariants: &self.invariants,
            case: &case,
            outcomes: &outcomes,
            again: &again,
        };
        let judged = judge(&sight);
        Some(Tried { draft, case, outcomes, judged })
    }

    /// The smallest request that breaks a property as the n-th one does.
    pub(super) fn found(&self, property: usize, request: usize) -> Option<Found> {
        let mut tree = self.tree(request)?;
        let breaks = |tried: Option<Tried>| tried.filter(|tried| tried.breach(property).is_some());
        let mut smallest = breaks(self.try_out(&tree.current()))?;
        let mut is_broken = true;
        for _ in 0..SHRINKS_MAX {
            let has_moved = if is_broken { tree.simplify() } else { tree.complicate() };
            if !has_moved {
                break;
            }
            let tried = breaks(self.try_out(&tree.current()));
            is_broken = tried.is_some();
            smallest = tried.unwrap_or(smallest);
        }
        let breach = smallest.breach(property)?.clone();
        let name = self.properties.get(property).map(|property| property.name(self.guard.model()));
        let name = format!(
            "{}: seed {}, request {}",
            name.unwrap_or_default(),
            self.settings.seed,
            request.saturating_add(1)
        );
        Some(self.told(&smallest, breach, &name, request))
    }

    fn told(&self, tried: &Tried, breach: Breach, name: &str, request: usize) -> Found {
        let came =
            tried.outcomes.last().map(|outcome| Observed::of(self.names(), outcome)).unwrap_or_default();
        let telling = breach.expected.iter().map(|lines| tried.draft.to_case(name, lines));
        let telling = telling.into_iter().find(|case| self.fails(case));
        let is_telling = telling.is_some();
        let case = telling.unwrap_or_else(|| {
            let verdict = came.verdict.map_or("allow", Verdict::as_str);
            tried.draft.to_case(name, &[format!("verdict: {verdict}")])
        });
        Found {
            request: request.saturating_add(1),
            message: breach.message,
            asked: tried.case.steps.last().map(|step| summary(&step.ask)).unwrap_or_default(),
            came: came_of(&came),
            decided_by: breach.decided_by,
            case,
            is_telling,
        }
    }

    /// Whether a case, read and run as any other, fails.
    fn fails(&self, case: &str) -> bool {
        read(case).is_some_and(|suite| {
            package::run(self.guard, std::slice::from_ref(&suite), &self.options).failed() > 0
        })
    }
}

impl Tried {
    fn breach(&self, property: usize) -> Option<&Breach> {
        self.judged.get(property)?.breach.as_ref()
    }
}

/// A suite of one case.
fn read(case: &str) -> Option<Suite> {
    let suite = Suite::read("fuzz", &format!("cases:\n{case}"));
    (suite.fault_count() == 0).then_some(suite)
}

/// What came of a request, in one line.
fn came_of(came: &Observed) -> String {
    let mut parts = vec![came.verdict.map_or("nothing", Verdict::as_str).to_owned()];
    parts.extend(came.reason_in_full.clone());
    let list =
        |name: &str, values: &[String]| (!values.is_empty()).then(|| format!("{name} {}", values.join(", ")));
    parts.extend(list("rules", &came.rules));
    parts.extend(list("route", &came.route));
    parts.extend(list("called", &came.attempts));
    parts.extend(came.end.map(|end| format!("{} with status {}", end.as_str(), came.status)));
    parts.join("; ")
}
