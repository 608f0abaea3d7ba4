//! Random facts that fit a model.
//!
//! A condition can tell apart only what it names: so texts are the literals of
//! the conditions and one other, numbers stand at and beside their constants,
//! and instants at and beside the dates.

use super::random::Random;
use crate::facts::{Api, Caller, Facts, Findings, FoundFact, Operation, Output, Request, Usage, Windows};
use jiff::{SignedDuration, Timestamp};
use lang::condition::{Expr, ExprKind, Fact, Literal, visit};
use lang::model::{Accepts, DetectorId, EndpointId, Identity, Kind, Model, Tenant, TenantId, ToolRule};
use lang::units::end_of;

/// What facts are drawn from.
#[derive(Debug)]
pub(super) struct Pool<'m> {
    model: &'m Model,
    texts: Vec<String>,
    numbers: Vec<u64>,
    instants: Vec<Timestamp>,
    headers: Vec<String>,
    claims: Vec<String>,
    asked: Vec<String>,
    detectors: Vec<DetectorId>,
    tools: Vec<String>,
    from: Timestamp,
}

/// A text that no condition names.
const OTHER: &str = "other";

/// How far ahead instants lie that no date is near to, in hours: a year.
const AHEAD_HOURS: usize = 366 * 24;

impl<'m> Pool<'m> {
    /// Reads what the model's conditions can tell apart; no instant lies before `from`.
    pub(super) fn new(model: &'m Model, from: Timestamp) -> Self {
        let mut pool = Self {
            model,
            texts: vec![String::new(), OTHER.into()],
            numbers: vec![0, 1, 1_000],
            instants: Vec::new(),
            headers: Vec::new(),
            claims: Vec::new(),
            asked: vec![OTHER.into()],
            detectors: Vec::new(),
            tools: vec![OTHER.into()],
            from,
        };
        model.rules.iter().for_each(|rule| pool.read(&rule.condition.expr));
        for invariant in &model.invariants {
            invariant.given.iter().for_each(|given| pool.read(&given.expr));
            pool.read(&invariant.always.expr);
        }
        pool.read_declarations();
        pool.read_dates();
        pool.settle();
        pool
    }

    fn read(&mut self, expr: &Expr) {
        visit(expr, &mut |node| match &node.kind {
            ExprKind::Literal(literal) => self.read_literal(literal),
            ExprKind::Fact(fact) => self.read_fact(fact),
            ExprKind::Variable(..)
            | ExprKind::List(..)
            | ExprKind::Map(..)
            | ExprKind::Not(..)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Conditional(..)
            | ExprKind::Call(..)
            | ExprKind::Matches(..)
            | ExprKind::Member(..)
            | ExprKind::HasKey(..)
            | ExprKind::Comprehension(..) => {}
        });
    }

    fn read_literal(&mut self, literal: &Literal) {
        match literal {
            Literal::String(text) => self.texts.push(text.to_string()),
            Literal::Int(number) => self.near(u64::try_from(*number).unwrap_or(0)),
            Literal::Uint(number) => self.near(*number),
            Literal::Timestamp(instant) => self.instants.push(*instant),
            Literal::Bool(_)
            | Literal::Double(_)
            | Literal::Bytes(_)
            | Literal::Null
            | Literal::Duration(_)
            | Literal::Type(_) => {}
        }
    }

    fn read_fact(&mut self, fact: &Fact) {
        match fact {
            Fact::RequestHeader(name) => self.headers.push(name.to_string()),
            Fact::CallerClaim(name) => self.claims.push(name.to_string()),
            Fact::InputHas(ids)
            | Fact::InputCount(ids)
            | Fact::OutputHas(ids)
            | Fact::OutputCount(ids)
            | Fact::DecisionRedacts(ids, _) => self.detectors.extend(ids.iter().copied()),
            Fact::RequestOperation
            | Fact::RequestApi
            | Fact::RequestModel
            | Fact::RequestAsked
            | Fact::RequestPath
            | Fact::RequestMethod
            | Fact::RequestUser
            | Fact::RequestStream
            | Fact::RequestTokens
            | Fact::RequestMaxTokens
            | Fact::RequestBytes
            | Fact::RequestTools
            | Fact::CallerId
            | Fact::CallerRoles
            | Fact::TenantName
            | Fact::TenantZones
            | Fact::TenantProfiles
            | Fact::TenantLabel(..)
            | Fact::WorkloadName
            | Fact::InputFindings
            | Fact::OutputToolCalls
            | Fact::OutputTokens
            | Fact::OutputFinishReason
            | Fact::RouteProvider
            | Fact::RouteEndpoint
            | Fact::RouteRegion
            | Fact::RouteModel
            | Fact::RouteAttests
            | Fact::ZoneRegions(..)
            | Fact::UsageRequests(..)
            | Fact::UsageTokens(..)
            | Fact::UsageSpend(..)
            | Fact::Now
            | Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes => {}
        }
    }

    fn read_declarations(&mut self) {
        let model = self.model;
        for served in &model.models {
            self.asked.extend(served.aliases.iter().map(ToString::to_string));
            served.context.into_iter().chain(served.output).for_each(|tokens| self.near(tokens));
        }
        self.asked.extend(model.chains.iter().flat_map(|chain| &chain.aliases).map(ToString::to_string));
        let rows = model.redactions.iter().flat_map(|redaction| &redaction.rows);
        self.detectors.extend(rows.flat_map(|row| row.detectors.iter().copied()));
        let rules = model.accesses.iter().flat_map(|access| &access.tools);
        let patterns = rules.flat_map(|rule| match rule {
            ToolRule::Allow(patterns) | ToolRule::Deny(patterns) => patterns,
        });
        self.tools.extend(patterns.map(|pattern| pattern.replace('*', OTHER)));
    }

    fn read_dates(&mut self) {
        let model = self.model;
        let dates = model
            .exceptions
            .iter()
            .map(|exception| exception.until)
            .chain(model.rules.iter().filter_map(|rule| rule.shadow_until))
            .chain(model.redactions.iter().filter_map(|redaction| redaction.shadow_until))
            .chain(model.limits.iter().filter_map(|limit| limit.shadow_until));
        self.instants.extend(dates.map(end_of));
    }

    fn near(&mut self, number: u64) {
        self.numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
    }

    /// Puts every list into one order, so that a trial does not depend on where things stood.
    fn settle(&mut self) {
        let beside = SignedDuration::from_secs(1);
        let around =
            |at: &Timestamp| [at.saturating_sub(beside).ok(), Some(*at), at.saturating_add(beside).ok()];
        let from = self.from;
        self.instants = self.instants.iter().flat_map(around).flatten().filter(|at| *at >= from).collect();
        self.instants.push(from);
        self.instants.sort_unstable();
        self.instants.dedup();
        self.numbers.sort_unstable();
        self.numbers.dedup();
        self.detectors.sort_unstable();
        self.detectors.dedup();
        for texts in [&mut self.texts, &mut self.headers, &mut self.claims, &mut self.asked, &mut self.tools]
        {
            texts.sort_unstable();
            texts.dedup();
        }
    }

    /// Facts of a request, as they are before an answer.
    pub(super) fn draw(&self, random: &mut Random) -> Option<Facts> {
        let tenants = self.model.tenants.len();
        let id = TenantId::from_index(random.below(tenants));
        let tenant = self.model.tenants.get(id.index())?;
        let workloads = tenant.workloads.as_slice();
        let none = !tenant.workload_required && random.once_in(2);
        Some(Facts {
            tenant: id,
            workload: random.pick(workloads).copied().filter(|_| !none),
            caller: self.caller(tenant, random),
            request: self.request(tenant, random),
            input: self.findings(random),
            usage: self.usage(random),
            down: self.down(random),
            served: None,
            output: Output::default(),
            now: self.instant(random),
        })
    }

    /// An answer to a request that was sent.
    pub(super) fn answer(&self, random: &mut Random) -> Output {
        Output {
            findings: self.findings(random),
            tool_calls: self.some_texts(random, &self.tools),
            tokens: self.number(random),
            finish_reason: random.pick(&["stop", "length", "tool_calls"]).copied().unwrap_or_default().into(),
        }
    }

    fn caller(&self, tenant: &Tenant, random: &mut Random) -> Caller {
        let mut caller = Caller::default();
        if let Some(Identity::Key { caller: Some(id), roles, .. }) = random.pick(&tenant.identities) {
            caller.id = id.to_string();
            caller.roles = roles.iter().map(ToString::to_string).collect();
        }
        if random.once_in(4) {
            caller.id = self.text(random);
            caller.roles = random.some(&self.texts, 2);
        }
        caller.claims = self.named(random, &self.claims);
        caller
    }

    fn request(&self, tenant: &Tenant, random: &mut Random) -> Request {
        let operation = if random.once_in(8) { random.pick(Operation::ALL).copied() } else { None };
        let api = random.pick(&[Api::OpenAi, Api::Anthropic, Api::Mistral]).copied();
        let unscannable = if random.once_in(16) { random.some(Kind::ALL, 2) } else { Vec::new() };
        let needs = if random.once_in(8) {
            random.some(&[Accepts::Image, Accepts::Tools, Accepts::JsonSchema], 2)
        } else {
            Vec::new()
        };
        Request {
            operation: operation.unwrap_or(Operation::Chat),
            api: api.unwrap_or(Api::OpenAi),
            asked: self.asked(tenant, random),
            path: "/v1/chat/completions".into(),
            method: "POST".into(),
            user: if random.once_in(2) { self.text(random) } else { String::new() },
            stream: random.once_in(2),
            tokens: self.number(random),
            max_tokens: if random.once_in(2) { self.number(random) } else { 0 },
            bytes: self.number(random),
            tools: if random.once_in(3) { self.some_texts(random, &self.tools) } else { Vec::new() },
            hosted: Vec::new(),
            headers: self.named(random, &self.headers),
            needs,
            unscannable,
            logprobs: random.once_in(16),
        }
    }

    /// Mostly what the tenant may ask for, since all else is refused for one and the same reason.
    fn asked(&self, tenant: &Tenant, random: &mut Random) -> String {
        let access = self.model.accesses.get(tenant.access.index());
        let allowed = access.map(|access| access.models.as_slice()).unwrap_or_default();
        let model = random.pick(allowed).and_then(|id| self.model.models.get(id.index()));
        let alias = model.and_then(|model| random.pick(&model.aliases));
        match alias {
            Some(alias) if !random.once_in(4) => alias.to_string(),
            Some(_) | None => random.pick(&self.asked).cloned().unwrap_or_default(),
        }
    }

    fn findings(&self, random: &mut Random) -> Findings {
        let found = random.some(&self.detectors, 3);
        let confidences = [500, 1_000];
        let list = found.into_iter().map(|detector| FoundFact {
            detector,
            confidence_permille: random.pick(&confidences).copied().unwrap_or_default(),
        });
        Findings { list: list.collect() }
    }

    fn usage(&self, random: &mut Random) -> Usage {
        let mut windows = || {
            // A longer window holds at least what a shorter one does.
            let mut counts = [(); 5].map(|()| if random.once_in(2) { 0 } else { self.number(random) });
            counts.sort_unstable();
            let [second, minute, hour, day, month] = counts;
            Windows { second, minute, hour, day, month }
        };
        Usage { requests: windows(), tokens: windows(), spend: windows() }
    }

    fn down(&self, random: &mut Random) -> Vec<EndpointId> {
        if !random.once_in(4) {
            return Vec::new();
        }
        let all: Vec<EndpointId> = (0..self.model.endpoints.len()).map(EndpointId::from_index).collect();
        random.some(&all, 3)
    }

    /// A named instant, or some hour of the year ahead: conditions can ask for the day of the week.
    fn instant(&self, random: &mut Random) -> Timestamp {
        if random.once_in(2) {
            return random.pick(&self.instants).copied().unwrap_or(self.from);
        }
        let hours = i64::try_from(random.below(AHEAD_HOURS)).unwrap_or(0);
        self.from.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(self.from)
    }

    fn named(&self, random: &mut Random, names: &[String]) -> Vec<(String, String)> {
        let names = names.iter().filter(|_| random.once_in(2)).cloned().collect::<Vec<_>>();
        names.into_iter().map(|name| (name, self.text(random))).collect()
    }

    fn some_texts(&self, random: &mut Random, own: &[String]) -> Vec<String> {
        let from = if random.once_in(2) { own } else { &self.texts };
        let mut texts = random.some(from, 2);
        texts.retain(|text| !text.is_empty());
        texts
    }

    fn text(&self, random: &mut Random) -> String {
        random.pick(&self.texts).cloned().unwrap_or_default()
    }

    fn number(&self, random: &mut Random) -> u64 {
        random.pick(&self.numbers).copied().unwrap_or_default()
    }
}
