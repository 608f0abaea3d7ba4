//! What drafts are drawn from: the names, numbers, texts and dates of both policies.

use super::draft::{Draft, text};
use crate::arbitrary::Random;
use crate::mutate::Mutant;
use crate::package::Options;
use engine::analysis::sample_text;
use jiff::{SignedDuration, Timestamp};
use lang::condition::{Expr, ExprKind, Fact, Literal, visit};
use lang::model::{Detector, DetectorId, Identity, LimitKind, LimitWindow, Model, ToolRule};
use lang::units::end_of;
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
    callers: Vec<(String, Vec<String>)>,
    models: Vec<String>,
    headers: BTreeSet<String>,
    /// Texts that conditions compare with.
    texts: BTreeSet<String>,
    numbers: BTreeSet<u64>,
    /// Texts that detectors find; those that the mutant speaks of come first and more often.
    found: Vec<String>,
    tools: BTreeSet<String>,
    endpoints: Vec<String>,
    instants: BTreeSet<Timestamp>,
    /// How long an upstream may take, in milliseconds.
    delays: BTreeSet<u64>,
    /// Kind, window and amount of limits.
    limits: BTreeSet<(LimitKind, LimitWindow, u64)>,
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
        pool.instants.insert(options.now);
        let speaks_of = |word: &str| edit.was.contains(word);
        pool.is_about_limits = ["limit ", "budget "].into_iter().any(speaks_of);
        pool.is_about_size = ["request.tokens", "request.bytes", "context"].into_iter().any(speaks_of);
        for model in models {
            pool.read(model, changed);
            pool.read_conditions(model);
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
        for identity in model.tenants.iter().flat_map(|tenant| &tenant.identities) {
            if let Identity::Key { caller: Some(id), roles, .. } = identity {
                self.callers.push((id.to_string(), roles.iter().map(ToString::to_string).collect()));
            }
        }
        let aliases =
            model.models.iter().map(|it| &it.aliases).chain(model.chains.iter().map(|it| &it.aliases));
        self.models = aliases.filter_map(|aliases| aliases.first()).map(ToString::to_string).collect();
        for tokens in model.models.iter().flat_map(|it| [it.context, it.output]).flatten() {
            self.near(tokens);
        }
        self.endpoints = model.endpoints.iter().map(|endpoint| endpoint.name.to_string()).collect();
        let patterns = model.accesses.iter().flat_map(|access| &access.tools).flat_map(|rule| match rule {
            ToolRule::Allow(patterns) | ToolRule::Deny(patterns) => patterns,
        });
        self.tools.extend(patterns.map(|pattern| pattern.replace('*', "x")));
        self.tools.insert("other_tool".to_owned());
        let dates = model.exceptions.iter().map(|it| it.until);
        let dates = dates
            .chain(model.rules.iter().filter_map(|it| it.shadow_until))
            .chain(model.redactions.iter().filter_map(|it| it.shadow_until))
            .chain(model.limits.iter().filter_map(|it| it.shadow_until));
        for end in dates.map(end_of) {
            self.instants.extend(end.saturating_sub(SignedDuration::from_hours(1)));
            self.instants.extend(end.saturating_add(SignedDuration::from_hours(1)));
        }
        for step in model.chains.iter().flat_map(|chain| &chain.steps) {
            for time in
                [step.timeouts.first_byte, step.timeouts.idle, step.timeouts.total].into_iter().flatten()
            {
                let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                self.delays.extend([millis.saturating_sub(500), millis.saturating_add(500)]);
            }
        }
        self.limits.extend(model.limits.iter().map(|limit| (limit.kind, limit.window, limit.amount)));
        let bursts = model.limits.iter().map(|limit| (limit.kind, limit.window, limit.burst));
        self.limits.extend(bursts);
        let caps = model.accesses.iter().filter_map(|access| access.cap);
        caps.for_each(|cap| self.near(cap.tokens));
    }

    fn read_conditions(&mut self, model: &Model) {
        let mut see = |node: &Expr| {
            if let ExprKind::Literal(Literal::String(text)) = &node.kind {
                self.texts.insert(text.to_string());
            } else if let ExprKind::Literal(Literal::Int(number)) = &node.kind {
                let number = u64::try_from(*number).unwrap_or(0);
                self.numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
            } else if let ExprKind::Fact(Fact::RequestHeader(name)) = &node.kind {
                self.headers.insert(name.to_string());
            }
        };
        for rule in &model.rules {
            visit(&rule.condition.expr, &mut see);
        }
    }

    fn near(&mut self, number: u64) {
        self.numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
    }

    /// A request that fits; most that can be said is left out, so that what is said comes to bear.
    pub(super) fn draw(&self, random: &mut Random) -> Draft {
        let (tenant, workloads) = one(random, &self.tenants).cloned().unwrap_or_default();
        let texts: Vec<&String> = self.texts.iter().collect();
        let mut draft = Draft { tenant, ..Draft::default() };
        draft.model = one(random, &self.models).cloned().unwrap_or_default();
        draft.workload = if random.chance(3, 4) { one(random, &workloads).cloned() } else { None };
        draft.operation = random.chance(1, 6).then_some("embeddings");
        if random.chance(1, 3) {
            draft.caller = one(random, &self.callers).cloned();
        }
        for name in &self.headers {
            if random.chance(1, 3) {
                let value = one(random, &texts).map_or_else(|| "other".to_owned(), |text| (*text).clone());
                draft.headers.push((name.clone(), value));
            }
        }
        self.draw_body(random, &mut draft);
        let instants: Vec<&Timestamp> = self.instants.iter().collect();
        if random.chance(1, 2) {
            let hours = i64::try_from(random.below(7 * 24)).unwrap_or(0);
            let shift = SignedDuration::from_hours(if random.chance(1, 2) { 0 } else { hours });
            let at = one(random, &instants).and_then(|at| at.saturating_add(shift).ok());
            draft.now = at.map(|at| at.to_string());
        }
        if random.chance(1, 8) {
            draft.down = one(random, &self.endpoints).cloned().into_iter().collect();
        }
        self.draw_replies(random, &mut draft);
        self.draw_usage(random, &mut draft);
        draft
    }

    fn draw_body(&self, random: &mut Random, draft: &mut Draft) {
        let numbers: Vec<&u64> = self.numbers.iter().collect();
        if random.chance(1, 2)
            && let Some(found) = one(random, &self.found)
        {
            let times = if random.chance(1, 3) { one(random, &numbers).map_or(1, |one| **one) } else { 1 };
            let times = u32::try_from(times).unwrap_or(1).clamp(1, 20);
            draft.say.push((format!("{found} "), times));
        }
        if random.chance(1, if self.is_about_size { 2 } else { 100 }) {
            let words = one(random, &numbers).map_or(1, |one| **one);
            draft.say.push((WORD.to_owned(), u32::try_from(words).unwrap_or(WORDS_MAX).clamp(1, WORDS_MAX)));
        }
        let tools: Vec<&String> = self.tools.iter().collect();
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
        let delays: Vec<&u64> = self.delays.iter().collect();
        let texts: Vec<&String> = self.texts.iter().collect();
        for _ in 0..random.below(4) {
            let mut parts: Vec<String> = Vec::new();
            if random.chance(2, 3) {
                parts
                    .extend(one(random, &self.endpoints).map(|endpoint| format!("from: {}", text(endpoint))));
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
        let limits: Vec<_> = self.limits.iter().collect();
        let Some((kind, window, amount)) = one(random, &limits).copied() else { return };
        if !random.chance(1, if self.is_about_limits { 2 } else { 100 }) {
            return;
        }
        let kind = match kind {
            LimitKind::Requests => "requests",
            LimitKind::Tokens => "tokens",
            LimitKind::Spend => "spend",
        };
        let amount = amount.saturating_sub(u64::from(random.chance(1, 3)));
        match window {
            LimitWindow::Per(window) if random.chance(1, 2) => {
                draft.usage = Some((kind, window.as_str(), amount));
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
