//! From the head to the facts: who calls, what is asked, and the charge for asking.

use super::step::Room;
use super::{Exchange, Head, Identified, Moment, Problem, Shown, State, Step};
use crate::decision::Reason;
use crate::dialect::RequestFault;
use crate::dialect::openai::ChatRequest;
use crate::facts::{Api, Caller, Facts, Findings, Operation, Output, Request, Usage};
use crate::meter::{Charge, Full, Subject, charge, time_zone};
use crate::program::Asked;
use crate::record::EndKind;
use bytes::Bytes;
use lang::model::{Limit, LimitId, LimitKind, Tenant, WorkloadId};
use std::time::Duration;

/// Headers that carry credentials; conditions and records never see them.
const CREDENTIAL_HEADERS: &[&str] =
    &["api-key", "authorization", "cookie", "proxy-authorization", "x-api-key"];

/// The header by which a client names its workload.
const WORKLOAD_HEADER: &str = "x-ascp-workload";

/// What a client shows to be known.
pub(super) fn shown(head: &Head) -> Shown {
    let mut found: Option<&str> = None;
    for (name, value) in &head.headers {
        let secret = match name.as_str() {
            "authorization" => bearer(value),
            "x-api-key" | "api-key" => Some(value.trim()),
            _ => continue,
        };
        match (secret, found) {
            (None, _) => return Shown::Ambiguous,
            (Some(secret), Some(first)) if secret != first => return Shown::Ambiguous,
            (Some(secret), _) => found = Some(secret),
        }
    }
    match found {
        Some(secret) if !secret.is_empty() => Shown::Secret(secret.into()),
        Some(_) | None => Shown::Nothing,
    }
}

/// The token of `Bearer …`; another scheme is none that is understood.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What kind of call a method and a path are.
pub(super) fn operation(head: &Head) -> Result<Operation, String> {
    let is = |method: &str, path: &str| head.method == method && head.path.trim_end_matches('/') == path;
    if is("POST", "/v1/chat/completions") {
        return Ok(Operation::Chat);
    }
    if is("POST", "/v1/embeddings") {
        return Ok(Operation::Embeddings);
    }
    if is("GET", "/v1/models") {
        return Ok(Operation::Models);
    }
    Err(format!("`{} {}` is not supported by this version.", head.method, shortened(&head.path)))
}

/// Enough of a path to recognise it.
fn shortened(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl Exchange {
    pub(super) fn on_identity(&mut self, who: Option<Identified>, now: Moment) {
        let Some(caller) = who else {
            return self.refuse(Problem::new(Reason::Unauthenticated), now);
        };
        self.record.tenant = Some(caller.tenant);
        self.record.caller.clone_from(&caller.caller.id);
        self.caller = Some(caller);
        self.find_workload();
        match operation(&self.head) {
            Ok(operation) => self.admit(operation, now),
            Err(message) => {
                let problem = Problem::new(Reason::OperationNotAllowed);
                self.problem = Some(Problem { message: Some(message), ..problem });
                self.charge_request(now);
            }
        }
    }

    fn admit(&mut self, operation: Operation, now: Moment) {
        self.operation = Some(operation);
        self.record.operation = Some(operation);
        if operation == Operation::Models {
            self.charge_request(now);
        } else if is_json(&self.head) {
            self.state = State::Reading;
            self.push(Step::ReadBody { bytes_max: super::BODY_BYTES_MAX });
        } else {
            self.problem = Some(Problem::new(Reason::UnsupportedMedia));
            self.charge_request(now);
        }
    }

    /// A key's binding wins; else the header picks among the tenant's.
    fn find_workload(&mut self) {
        let Some(caller) = &mut self.caller else { return };
        let model = self.guard.model();
        if caller.workload.is_none()
            && let Some((_, named)) = self.head.headers.iter().find(|(name, _)| name == WORKLOAD_HEADER)
        {
            let tenant = model.tenants.get(caller.tenant.index());
            let own = tenant.iter().flat_map(|tenant| &tenant.workloads);
            let found = own.copied().find(|id| is_named(model, *id, named));
            if found.is_none() {
                self.problem = Some(Problem::new(Reason::WorkloadUnknown));
            }
            caller.workload = found;
        }
        self.record.workload = caller.workload;
    }

    pub(super) fn on_body(&mut self, body: Option<Bytes>, now: Moment) {
        match body {
            Some(body) => self.read(body),
            None => self.problem = Some(Problem::new(Reason::BodyTooLarge)),
        }
        self.charge_request(now);
    }

    fn read(&mut self, body: Bytes) {
        let read = match self.operation {
            Some(Operation::Embeddings) => ChatRequest::read_embeddings(&body),
            Some(_) | None => ChatRequest::read(&body),
        };
        match read {
            Ok(request) => {
                self.record.asked = self.recorded_name(&request.model);
                self.request = Some(request);
            }
            Err(error) => {
                let reason = match error.reason {
                    RequestFault::Invalid => Reason::RequestInvalid,
                    RequestFault::Unsupported => Reason::Unsupported,
                };
                let problem = Problem::new(reason);
                self.problem.get_or_insert(Problem {
                    message: Some(error.message),
                    param: error.param,
                    ..problem
                });
            }
        }
        self.body = body;
    }

    /// Takes from the limits on requests; denied requests count too.
    fn charge_request(&mut self, now: Moment) {
        let charges = self.charges(now, |limit| {
            (limit.kind == LimitKind::Requests && self.is_asked_of(limit)).then_some(1)
        });
        self.record.charges.clone_from(&charges);
        self.state = State::Charging;
        self.push(Step::Reserve(charges));
    }

    /// The charges for those limits of the tenant that `amount` names one for.
    pub(super) fn charges(&self, now: Moment, amount: impl Fn(&Limit) -> Option<u64>) -> Vec<Charge> {
        let model = self.guard.model();
        let Some(tenant) = self.tenant().and_then(|id| model.tenants.get(id.index())) else {
            return Vec::new();
        };
        let zone = time_zone(&tenant.timezone);
        let subject = self.subject(tenant);
        let mut charges = Vec::new();
        for id in &tenant.limits {
            let Some(limit) = model.limits.get(id.index()) else { continue };
            if let Some(amount) = amount(limit) {
                charges.push(charge(limit, *id, &subject, amount, (now.wall, &zone)));
            }
        }
        charges
    }

    fn subject<'s>(&'s self, tenant: &'s Tenant) -> Subject<'s> {
        let caller = self.caller.as_ref();
        let workload = caller.and_then(|caller| caller.workload);
        let workload = workload.and_then(|id| self.guard.model().workloads.get(id.index()));
        Subject {
            tenant: &tenant.name,
            caller: caller.map(|caller| caller.caller.id.as_str()).unwrap_or_default(),
            workload: workload.map(|workload| &*workload.name).unwrap_or_default(),
        }
    }

    /// Whether a limit on requests is about this one: `for models …` is about the model that is asked for.
    fn is_asked_of(&self, limit: &Limit) -> bool {
        let Some(models) = &limit.models else { return true };
        let Some(request) = &self.request else { return false };
        match self.guard.program().resolve_asked(&request.model) {
            Asked::Model(id) => models.contains(&id),
            Asked::Chain(id) => {
                let steps = self.guard.model().chains.get(id.index()).map(|chain| chain.steps.as_slice());
                steps.unwrap_or_default().iter().any(|step| models.contains(&step.model))
            }
            Asked::Unknown => false,
        }
    }

    pub(super) fn on_charged(&mut self, room: Result<Room, Vec<Full>>, now: Moment) {
        if let Some(room) = self.take_room(room, now) {
            let facts = self.facts_of(room.usage);
            self.screen(facts, &room.shadowed, now);
        }
    }

    /// What counters took, if they did and the exchange is to go on.
    pub(super) fn take_room(&mut self, room: Result<Room, Vec<Full>>, now: Moment) -> Option<Room> {
        if let Ok(room) = &room {
            self.reservations.push(room.id);
        }
        if self.is_gone {
            self.finish(EndKind::ClientGone, now);
            return None;
        }
        match (room, self.problem.take()) {
            (Err(full), _) => self.refuse_full(&full, now),
            (Ok(_), Some(problem)) => self.refuse(problem, now),
            (Ok(room), None) => return Some(room),
        }
        None
    }

    /// Refuses by the limits that are full; the longest wait is told.
    pub(super) fn refuse_full(&mut self, full: &[Full], now: Moment) {
        let enforced = || full.iter().filter(|full| !full.is_shadow);
        let is_never = enforced().any(|full| full.retry_after_nanos.is_none());
        let wait = enforced().filter_map(|full| full.retry_after_nanos).max();
        let mut reasons: Vec<Reason> = enforced().map(|full| full_reason(full.kind, full.limit)).collect();
        reasons.sort();
        let Some(reason) = reasons.first().cloned() else { return self.misfit(now) };
        let problem = Problem::new(reason);
        let retry_after = wait.filter(|_| !is_never).map(Duration::from_nanos);
        let message = is_never.then(|| "This request is larger than its limit could ever allow.".to_owned());
        self.refuse(Problem { retry_after, message, is_final: is_never, ..problem }, now);
    }

    /// The facts of a request, before anything is searched.
    fn facts_of(&self, usage: Usage) -> Facts {
        let caller = self.caller.as_ref();
        let tenant = self.tenant().unwrap_or(lang::model::TenantId(u32::MAX));
        Facts {
            tenant,
            workload: caller.and_then(|caller| caller.workload),
            caller: caller.map_or_else(Caller::default, |caller| caller.caller.clone()),
            request: self.request_facts(),
            input: Findings::default(),
            usage,
            down: self.down.clone(),
            served: None,
            output: Output::default(),
            now: self.began.wall,
        }
    }

    fn request_facts(&self) -> Request {
        let mut headers: Vec<(String, String)> = self
            .head
            .headers
            .iter()
            .filter(|(name, _)| !CREDENTIAL_HEADERS.contains(&name.as_str()))
            .cloned()
            .collect();
        headers.sort_by(|a, b| a.0.cmp(&b.0));
        let mut facts = Request {
            operation: self.operation.unwrap_or(Operation::Models),
            api: Api::OpenAi,
            asked: String::new(),
            path: self.head.path.clone(),
            method: self.head.method.clone(),
            user: String::new(),
            stream: false,
            tokens: 0,
            max_tokens: 0,
            bytes: u64::try_from(self.body.len()).unwrap_or(u64::MAX),
            tools: Vec::new(),
            hosted: Vec::new(),
            headers,
            needs: Vec::new(),
            unscannable: Vec::new(),
            logprobs: false,
        };
        if let Some(request) = &self.request {
            facts.asked.clone_from(&request.model);
            facts.user.clone_from(&request.user);
            facts.stream = request.stream;
            facts.tokens = request.size.tokens();
            facts.max_tokens = request.max_tokens.unwrap_or(0);
            facts.tools = request.tools.iter().cloned().collect();
            facts.hosted = request.hosted.iter().map(ToString::to_string).collect();
            facts.needs = request.needs.iter().copied().collect();
            let kinds = request.unscannable.union(&request.unscannable_output);
            facts.unscannable = kinds.iter().copied().collect();
            facts.logprobs = request.wants_logprobs;
        }
        facts
    }
}

/// Which reason a full limit is.
const fn full_reason(kind: LimitKind, limit: LimitId) -> Reason {
    match kind {
        LimitKind::Requests => Reason::RateLimited(limit),
        LimitKind::Tokens => Reason::TokenLimit(limit),
        LimitKind::Spend => Reason::BudgetExhausted(limit),
    }
}

fn is_named(model: &lang::model::Model, id: WorkloadId, name: &str) -> bool {
    model.workloads.get(id.index()).is_some_and(|workload| *workload.name == *name)
}

/// Whether the body says that it is JSON.
fn is_json(head: &Head) -> bool {
    let mut types = head.headers.iter().filter(|(name, _)| name == "content-type");
    let (first, second) = (types.next(), types.next());
    first.is_some_and(|(_, value)| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    }) && second.is_none()
}
