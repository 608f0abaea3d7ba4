//! What drafts are drawn from: the names, numbers, texts and dates of both policies.

use crate::arbitrary::Random;
use crate::draft::{Draft, Said, text, used};
use crate::mutate::Mutant;
use crate::package::Options;
use crate::vocabulary::Vocabulary;
use engine::analysis::sample_text;
use jiff::{SignedDuration, Timestamp};
use lang::model::{Detector, DetectorId, LimitWindow, Model};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Seed of the texts in which detectors find something.
const TEXT_SEED: u64 = 7;

/// A word that no policy names, about a token long.
const WORD: &str = "word ";

/// Most repetitions of a word in one draft; a scan reads all of them, for both policies.
const WORDS_MAX: u32 = 70_000;

/// Most requests that go before the one that counts.
const BEFORE_MAX: u64 = 700;

/// Texts in which the original's detectors find something, by name; drawn once, when the first survivor asks.
///
/// A mutant has no other detectors: no operator adds one.
#[derive(Debug)]
pub(in crate::mutate) struct Samples<'m> {
    model: &'m Model,
    texts: OnceLock<Vec<(String, String)>>,
}

impl<'m> Samples<'m> {
    pub(in crate::mutate) const fn new(model: &'m Model) -> Self {
        Self { model, texts: OnceLock::new() }
    }

    fn texts(&self) -> &[(String, String)] {
        self.texts.get_or_init(|| {
            let detectors = self.model.detectors.iter().enumerate();
            let sample = |(at, detector): (usize, &Detector)| {
                let text = sample_text(DetectorId::from_index(at), detector, TEXT_SEED)?;
                Some((detector.name.to_string(), text))
            };
            detectors.filter_map(sample).collect()
        })
    }
}

/// What drafts are drawn from.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Tenants, each with its workloads.
    tenants: Vec<(String, Vec<String>)>,
    /// All else that they name.
    known: Vocabulary,
    /// Texts that detectors find; those that the mutant speaks of come first and more often.
    found: Vec<String>,
    /// Whether the mutant speaks of sizes, and of limits: what is dear to draw is drawn seldom otherwise.
    is_about_size: bool,
    is_about_limits: bool,
}

impl Pool {
    /// Reads both policies.
    pub(super) fn new(
        models: [&Model; 2],
        edit: &Mutant,
        changed: Option<&BTreeSet<&str>>,
        (samples, options): (&Samples<'_>, &Options),
    ) -> Self {
        let mut pool = Self::default();
        pool.known.instants.insert(options.now);
        let speaks_of = |word: &str| edit.was.contains(word);
        pool.is_about_limits = ["limit ", "budget "].into_iter().any(speaks_of);
        pool.is_about_size = ["request.tokens", "request.bytes", "context"].into_iter().any(speaks_of);
        for model in models {
            pool.read(model, changed);
        }
        let is_meant = |name: &str| edit.was.contains(name) || edit.now.contains(name);
        let (meant, other): (Vec<_>, Vec<_>) = samples.texts().iter().partition(|(name, _)| is_meant(name));
        let often = meant.iter().cycle().take(if meant.is_empty() { 0 } else { other.len().max(1) });
        pool.found = often.chain(&other).map(|(_, text)| text.clone()).collect();
        pool
    }

    fn read(&mut self, model: &Model, changed: Option<&BTreeSet<&str>>) {
        let workload =
            |id: &lang::model::WorkloadId| model.workloads.get(id.index()).map(|it| it.name.to_string());
        self.tenants = model
            .tenants
            .iter()
            .filter(|tenant| changed.is_none_or(|changed| changed.contains(&*tenant.name)))
            .map(|tenant| (tenant.name.to_string(), tenant.workloads.iter().filter_map(workload).collect()))
            .collect();
        self.known.read(model);
    }

    /// A request that fits; most that can be said is left out, so that what is said comes to bear.
    pub(super) fn draw(&self, random: &mut Random) -> Draft {
        let (tenant, workloads) = one(random, &self.tenants).cloned().unwrap_or_default();
        let texts: Vec<&String> = self.known.texts.iter().collect();
        let mut draft = Draft { tenant, ..Draft::default() };
        draft.model = one(random, &self.known.models).cloned().unwrap_or_default();
        draft.workload = if random.chance(3, 4) { one(random, &workloads).cloned() } else { None };
        draft.operation = random.chance(1, 6).then_some("embeddings");
        if random.chance(1, 3) {
            draft.caller = one(random, &self.known.callers).cloned();
        }
        for name in &self.known.headers {
            if random.chance(1, 3) {
                let value = one(random, &texts).map_or_else(|| "other".to_owned(), |text| (*text).clone());
                draft.headers.push((name.clone(), value));
            }
        }
        self.draw_body(random, &mut draft);
        let instants: Vec<&Timestamp> = self.known.instants.iter().collect();
        if random.chance(1, 2) {
            let hours = i64::try_from(random.below(7 * 24)).unwrap_or(0);
            let shift = SignedDuration::from_hours(if random.chance(1, 2) { 0 } else { hours });
            let at = one(random, &instants).and_then(|at| at.saturating_add(shift).ok());
            draft.now = at.map(|at| at.to_string());
        }
        if random.chance(1, 8) {
            draft.down = one(random, &self.known.endpoints).cloned().into_iter().collect();
        }
        self.draw_replies(random, &mut draft);
        self.draw_usage(random, &mut draft);
        draft
    }

    fn draw_body(&self, random: &mut Random, draft: &mut Draft) {
        let numbers: Vec<&u64> = self.known.numbers.iter().collect();
        if random.chance(1, 2)
            && let Some(found) = one(random, &self.found)
        {
            let times = if random.chance(1, 3) { one(random, &numbers).map_or(1, |one| **one) } else { 1 };
            let times = u32::try_from(times).unwrap_or(1).clamp(1, 20);
            draft.say.push(Said::by_user(format!("{found} "), times));
        }
        if random.chance(1, if self.is_about_size { 2 } else { 100 }) {
            let words = one(random, &numbers).map_or(1, |one| **one);
            let words = u32::try_from(words).unwrap_or(WORDS_MAX).clamp(1, WORDS_MAX);
            draft.say.push(Said::by_user(WORD.to_owned(), words));
        }
        let tools: Vec<&String> = self.known.tools.iter().collect();
        if random.chance(1, 3) {
            draft.tools = one(random, &tools).map(|tool| (*tool).clone()).into_iter().collect();
        }
        if random.chance(1, 4) {
            draft.max_tokens = one(random, &numbers).map(|number| (**number).max(1));
        }
        draft.stream = random.chance(1, 4);
        draft.user = random.chance(1, 6).then(|| "someone".to_owned());
    }

    fn draw_replies(&self, random: &mut Random, draft: &mut Draft) {
        let delays: Vec<&u64> = self.known.delays.iter().collect();
        let texts: Vec<&String> = self.known.texts.iter().collect();
        for _ in 0..random.below(4) {
            let mut parts: Vec<String> = Vec::new();
            if random.chance(2, 3) {
                parts.extend(
                    one(random, &self.known.endpoints).map(|endpoint| format!("from: {}", text(endpoint))),
                );
            }
            let part = match random.below(8) {
                0 => Some("fail: connect".to_owned()),
                1 => Some("status: 429".to_owned()),
                2 => Some("status: 503".to_owned()),
                3 | 4 => one(random, &delays).map(|delay| format!("delay: {delay}ms, say: hi")),
                5 => one(random, &texts).map(|name| format!("tool_calls: [{}]", text(name))),
                _ => one(random, &self.found).map(|found| format!("say: {}", text(found))),
            };
            parts.extend(part);
            if !parts.is_empty() {
                draft.replies.push(parts.join(", "));
            }
        }
    }

    fn draw_usage(&self, random: &mut Random, draft: &mut Draft) {
        let limits: Vec<_> = self.known.limits.iter().collect();
        let Some((kind, window, amount)) = one(random, &limits).copied() else { return };
        if !random.chance(1, if self.is_about_limits { 2 } else { 100 }) {
            return;
        }
        let amount = amount.saturating_sub(u64::from(random.chance(1, 3)));
        match window {
            LimitWindow::Per(window) if random.chance(1, 2) => {
                draft.usage = Some((used(*kind), window.as_str(), amount));
            }
            LimitWindow::Per(_) => draft.before = u32::try_from(amount.min(BEFORE_MAX)).unwrap_or(0),
            LimitWindow::Concurrent => {
                draft.before = u32::try_from(amount.saturating_add(1).min(BEFORE_MAX)).unwrap_or(0);
                draft.is_concurrent = true;
            }
        }
    }
}

/// One of them, if there is any.
fn one<'a, T>(random: &mut Random, choices: &'a [T]) -> Option<&'a T> {
    choices.get(random.below(choices.len()))
}
