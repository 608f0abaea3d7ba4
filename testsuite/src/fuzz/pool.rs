//! What requests are made of: the names of a package, and values that its detectors find.

use crate::vocabulary::Vocabulary;
use engine::analysis::{sample_text, sample_text_within};
use engine::oracle::glob;
use engine::scan::{DetectorSet, Finding, ScanError, Scanner};
use jiff::Timestamp;
use lang::condition::{Fact, Window, facts_read};
use lang::model::{Access, DetectorId, Identity, LimitKind, LimitWindow, Model, Tenant, ToolRule};
use std::collections::BTreeSet;

/// Plain words, in which nothing is found.
pub(super) const WORDS: &[&str] = &["hello", "please look at this", "thank you", "what does it say"];

/// What stands between the parts of a text.
pub(super) const BETWEEN: &[&str] = &[" ", "\n", ", ", "; "];

/// Operations besides `chat`.
pub(super) const OPERATIONS: &[&str] = &["models", "embeddings", "completions"];

/// APIs besides OpenAI's.
pub(super) const APIS: &[&str] = &["mistral", "anthropic"];

/// Statuses of errors: the client's to see, and such as move on.
pub(super) const STATUSES: &[u16] = &[503, 429, 400, 404, 500];

/// How a call fails short of a status.
pub(super) const FAILS: &[&str] = &["connect", "broken", "malformed"];

/// Seeds of the texts in which each detector finds something; more would show little that two do not.
const SAMPLE_SEEDS: &[u64] = &[7, 11];

/// Texts that are tried for a detector of which the policy does not speak by name.
///
/// A library has hundreds, and those whose check is met more seldom would take most of a short run.
const TRIES_OF_OTHERS: usize = 5_000;

/// A text that no condition names.
const OTHER: &str = "other";

/// Shortest value that is planted, in bytes: a shorter one stands in any text by chance.
const VALUE_BYTES_MIN: usize = 5;

/// What requests are made of. Each list is in an order that depends on the package alone.
#[derive(Debug)]
pub(super) struct Pool<'m> {
    pub(super) model: &'m Model,
    pub(super) tenants: Vec<Member>,
    /// The longest list of callers, workloads, names and tools that a tenant has.
    pub(super) callers_max: usize,
    pub(super) workloads_max: usize,
    pub(super) asked_max: usize,
    pub(super) tools_max: usize,
    /// Names of all models and chains.
    pub(super) aliases: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) texts: Vec<String>,
    pub(super) numbers: Vec<u64>,
    pub(super) tools: Vec<String>,
    pub(super) endpoints: Vec<String>,
    pub(super) instants: Vec<Timestamp>,
    pub(super) delays: Vec<u64>,
    pub(super) limits: Vec<(LimitKind, Window, u64)>,
    pub(super) values: Vec<Value>,
    /// Places of values to plant: those of which the policy speaks by name, as often as all others together.
    pub(super) plantable: Vec<usize>,
    /// The instant of requests that choose none.
    pub(super) now: Timestamp,
    scanner: Scanner,
}

/// What a tenant's requests are made of.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) callers: Vec<(String, Vec<String>)>,
    pub(super) workloads: Vec<String>,
    /// Names by which it may ask.
    pub(super) asked: Vec<String>,
    /// Tools that it may offer.
    pub(super) tools: Vec<String>,
}

/// A value that a detector finds.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) detector: DetectorId,
    /// The text in which it is found.
    pub(super) text: String,
    /// The value alone.
    pub(super) found: String,
}

impl<'m> Pool<'m> {
    /// Reads a package; requests that choose no instant come at `now`.
    ///
    /// # Errors
    ///
    /// The detectors together make no scanner.
    pub(super) fn new(model: &'m Model, now: Timestamp) -> Result<Self, ScanError> {
        let mut known = Vocabulary::default();
        known.read(model);
        let detectors = model.detectors.iter().enumerate();
        let detectors = detectors.map(|(at, detector)| (DetectorId::from_index(at), detector));
        let tools: Vec<String> = known.tools.into_iter().collect();
        let mut pool = Self {
            model,
            tenants: model.tenants.iter().map(|tenant| member(model, tenant, &tools)).collect(),
            callers_max: 0,
            workloads_max: 0,
            asked_max: 0,
            tools_max: 0,
            aliases: aliases(model),
            headers: known.headers.into_iter().collect(),
            texts: std::iter::once(OTHER.to_owned())
                .chain(known.texts)
                .filter(|text| !text.is_empty())
                .collect(),
            numbers: known.numbers.into_iter().filter(|number| *number > 0).collect(),
            tools,
            endpoints: known.endpoints,
            instants: known.instants.into_iter().filter(|instant| *instant >= now).collect(),
            delays: known.delays.into_iter().collect(),
            limits: known
                .limits
                .into_iter()
                .filter_map(|(kind, window, amount)| Some((kind, per(window)?, amount)))
                .collect(),
            values: Vec::new(),
            plantable: Vec::new(),
            now,
            scanner: Scanner::new(detectors)?,
        };
        let longest = |count: fn(&Member) -> usize| pool.tenants.iter().map(count).max().unwrap_or(0);
        let (callers, workloads) = (longest(|one| one.callers.len()), longest(|one| one.workloads.len()));
        let (asked, tools) = (longest(|one| one.asked.len()), longest(|one| one.tools.len()));
        (pool.callers_max, pool.workloads_max, pool.asked_max, pool.tools_max) =
            (callers, workloads, asked, tools);
        let meant = meant(model);
        pool.values = pool.sample(&meant);
        let (meant, other): (Vec<usize>, Vec<usize>) = (0..pool.values.len())
            .partition(|at| pool.values.get(*at).is_some_and(|value| meant.contains(&value.detector)));
        let often =
            meant.iter().cycle().take(if meant.is_empty() { 0 } else { other.len().max(meant.len()) });
        pool.plantable = often.chain(&other).copied().collect();
        Ok(pool)
    }

    /// Values of each detector for which a text can be drawn.
    fn sample(&self, meant: &BTreeSet<DetectorId>) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for (at, detector) in self.model.detectors.iter().enumerate() {
            let id = DetectorId::from_index(at);
            for seed in SAMPLE_SEEDS {
                // Where one seed draws nothing, another would search as long in vain.
                let text = if meant.contains(&id) {
                    sample_text(id, detector, *seed)
                } else {
                    sample_text_within(id, detector, *seed, TRIES_OF_OTHERS)
                };
                let Some(text) = text else { break };
                let found = self.find(id, &text).into_iter().next();
                let value =
                    found.and_then(|found| text.get(bytes(found))).map(|value| value.trim().to_owned());
                let value = value.filter(|value| value.len() >= VALUE_BYTES_MIN);
                if let Some(found) = value.filter(|value| values.iter().all(|known| known.found != *value)) {
                    values.push(Value { detector: id, text, found });
                }
            }
        }
        values
    }

    /// The value at a place of [`plantable`](Self::plantable).
    pub(super) fn value(&self, place: usize) -> Option<&Value> {
        let place = place.checked_rem(self.plantable.len())?;
        self.values.get(*self.plantable.get(place)?)
    }

    /// What one detector finds in a text.
    pub(super) fn find(&self, detector: DetectorId, text: &str) -> Vec<Finding> {
        let (mut wanted, mut found) = (DetectorSet::new(), Vec::new());
        wanted.insert(detector);
        // A text that is too long for the scanner is refused by the exchange as well.
        if self.scanner.find(text, &wanted, &mut found).is_err() {
            found.clear();
        }
        found
    }

    /// Whether the detector of a value finds it wherever it stands in a text, and it stands there.
    pub(super) fn is_found(&self, value: &Value, text: &str) -> bool {
        let mut places = text.match_indices(value.found.as_str()).peekable();
        if places.peek().is_none() {
            return false;
        }
        let found: Vec<_> = self.find(value.detector, text).into_iter().map(bytes).collect();
        places.all(|(at, part)| {
            let end = at.saturating_add(part.len());
            found.iter().any(|range| range.start <= at && end <= range.end)
        })
    }
}

/// The detectors of which the policy speaks by name, not as one of a whole module.
fn meant(model: &Model) -> BTreeSet<DetectorId> {
    let mut meant = BTreeSet::new();
    let mut add = |detectors: &[DetectorId]| {
        if let [only] = detectors {
            meant.insert(*only);
        }
    };
    let rows = model.redactions.iter().flat_map(|redaction| &redaction.rows);
    rows.for_each(|row| add(row.detectors.as_slice()));
    let invariants = model.invariants.iter().flat_map(|one| one.given.iter().chain([&one.always]));
    for condition in model.rules.iter().map(|rule| &rule.condition).chain(invariants) {
        for fact in facts_read(&condition.expr) {
            if let Fact::InputHas(ids)
            | Fact::InputCount(ids)
            | Fact::OutputHas(ids)
            | Fact::OutputCount(ids) = fact
            {
                add(ids);
            }
        }
    }
    meant
}

/// The bytes of a finding.
fn bytes(found: Finding) -> std::ops::Range<usize> {
    let place = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
    place(found.start)..place(found.end)
}

const fn per(window: LimitWindow) -> Option<Window> {
    match window {
        LimitWindow::Per(window) => Some(window),
        LimitWindow::Concurrent => None,
    }
}

fn aliases(model: &Model) -> Vec<String> {
    let models = model.models.iter().flat_map(|served| &served.aliases);
    models.chain(model.chains.iter().flat_map(|chain| &chain.aliases)).map(ToString::to_string).collect()
}

fn member(model: &Model, tenant: &Tenant, tools: &[String]) -> Member {
    let access = model.accesses.get(tenant.access.index());
    let callers = tenant.identities.iter().filter_map(|identity| match identity {
        Identity::Key { caller: Some(id), roles, .. } => {
            Some((id.to_string(), roles.iter().map(ToString::to_string).collect()))
        }
        Identity::Key { caller: None, .. }
        | Identity::Jwt { .. }
        | Identity::Mtls { .. }
        | Identity::Header { .. } => None,
    });
    let workloads = tenant.workloads.iter().filter_map(|id| model.workloads.get(id.index()));
    Member {
        name: tenant.name.to_string(),
        callers: callers.collect(),
        workloads: workloads.map(|workload| workload.name.to_string()).collect(),
        asked: access.map(|access| asked(model, access)).unwrap_or_default(),
        tools: tools
            .iter()
            .filter(|tool| access.is_some_and(|access| may_offer(access, tool)))
            .cloned()
            .collect(),
    }
}

/// Names of the models that an access allows and of the chains that it routes to.
fn asked(model: &Model, access: &Access) -> Vec<String> {
    let models = access.models.iter().filter_map(|id| model.models.get(id.index()));
    let chains = access.routes.iter().filter_map(|(_, id)| model.chains.get(id.index()));
    let names = models.flat_map(|served| &served.aliases).chain(chains.flat_map(|chain| &chain.aliases));
    names.map(ToString::to_string).collect()
}

fn may_offer(access: &Access, tool: &str) -> bool {
    access.tools.iter().all(|rule| match rule {
        ToolRule::Allow(patterns) => patterns.iter().any(|pattern| glob(pattern, tool)),
        ToolRule::Deny(patterns) => !patterns.iter().any(|pattern| glob(pattern, tool)),
    })
}
