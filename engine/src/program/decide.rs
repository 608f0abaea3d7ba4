//! The phases of a decision, over a program's tables.

use super::candidates::{Entry, List, accepts_bit};
use super::index::{Bucket, Deed, Index, Indexed};
use super::outcome::{NO_LIST, Outcome, Scratch};
use super::plan::SurfacePlan;
use super::rows::Row;
use super::{Asked, Program, TenantRecord};
use crate::budget::Budget;
use crate::decision::{Candidate, DropReason, Dropped, Reason, Shadowed};
use crate::evaluate::{Evaluator, Truth};
use crate::facts::{Facts, Findings, Operation};
use crate::reading::Reading;
use lang::condition::Surface;
use lang::model::{Access, Effect, ProviderId, ToolRule};
use smallvec::SmallVec;

/// One decision on its way through the phases.
pub(super) struct Run<'p, 's> {
    program: &'p Program,
    facts: &'p Facts,
    tenant: TenantRecord,
    row: &'p Row,
    access: &'p Access,
    asked: Asked,
    /// The list of the asked model, where it is one that may be used.
    asked_list: u32,
    budget: &'s mut Budget,
    scratch: &'s mut Scratch,
    outcome: &'s mut Outcome,
}

impl<'p, 's> Run<'p, 's> {
    /// Looks up the tenant and what its facts leave of the rules; `None` when there is no such tenant.
    pub(super) fn begin(
        program: &'p Program,
        facts: &'p Facts,
        budget: &'s mut Budget,
        scratch: &'s mut Scratch,
        outcome: &'s mut Outcome,
    ) -> Option<Self> {
        let tenant = *program.tenants.get(facts.tenant.index())?;
        let row = program.row(tenant, facts)?;
        let access = program.model.accesses.get(row.access.index())?;
        let asked = program.resolve_asked(&facts.request.asked);
        let asked_list = asked.model().map_or(NO_LIST, |model| row.list(facts.request.operation, model));
        scratch.memo.begin(&program.code);
        let run = Self { program, facts, tenant, row, access, asked, asked_list, budget, scratch, outcome };
        let reading = run.reading(None);
        run.scratch.shared.resize(program.shared.words(), 0);
        program.shared.survivors(tenant.class, &reading, &mut run.scratch.shared);
        if let Some(own) = program.own.get(tenant.own as usize) {
            run.scratch.own.resize(own.words(), 0);
            own.survivors(0, &reading, &mut run.scratch.own);
        }
        Some(run)
    }

    fn reading(&self, candidate: Option<Candidate>) -> Reading<'p> {
        let resolved = self.asked.model();
        Reading { model: &self.program.model, facts: self.facts, resolved, candidate }
    }

    /// Whether the phase refuses; what it added is put in order.
    fn close(&mut self) -> bool {
        if self.budget.is_spent() {
            self.outcome.reasons.push(Reason::PolicyError(None));
        }
        self.outcome.settle();
        self.outcome.is_denied()
    }

    fn refuse(&mut self, reason: Reason) {
        self.outcome.reasons.push(reason);
    }

    pub(super) fn admit(&mut self) -> bool {
        let operation = self.facts.request.operation;
        self.outcome.cap = self.row.cap;
        if (self.row.operations >> (operation as u8)) & 1 == 0 {
            self.refuse(Reason::OperationNotAllowed);
        }
        self.judge_workload();
        self.judge_model();
        self.judge_tools();
        self.judge_unreadable();
        self.ask_bucket(Bucket::Admit, None);
        self.close()
    }

    fn judge_workload(&mut self) {
        let is_known = match self.facts.workload {
            Some(workload) => self.program.workload_slot(self.facts.tenant, workload).is_some(),
            None => !self.row.workload_required,
        };
        if !is_known {
            self.refuse(Reason::WorkloadUnknown);
        }
    }

    fn judge_model(&mut self) {
        let request = &self.facts.request;
        let is_allowed = match self.asked {
            Asked::Model(_) => self.asked_list != NO_LIST,
            Asked::Chain(chain) => self.row.routed_chain(request.operation) == Some(chain),
            Asked::Unknown => request.operation == Operation::Models && request.asked.is_empty(),
        };
        if !is_allowed {
            self.refuse(Reason::ModelNotAllowed);
        }
    }

    fn judge_tools(&mut self) {
        if !self.row.has_tool_rules {
            return;
        }
        for tool in &self.facts.request.tools {
            let passes = self.access.tools.iter().all(|rule| match rule {
                ToolRule::Allow(patterns) => patterns.iter().any(|pattern| glob(pattern, tool)),
                ToolRule::Deny(patterns) => !patterns.iter().any(|pattern| glob(pattern, tool)),
            });
            if !passes && !self.row.permitted_tools.iter().any(|pattern| glob(pattern, tool)) {
                self.outcome.reasons.push(Reason::ToolNotAllowed(tool.as_str().into()));
            }
        }
    }

    fn judge_unreadable(&mut self) {
        let request = &self.facts.request;
        if request.unscannable.is_empty() && request.hosted.is_empty() && !request.logprobs {
            return;
        }
        let is_allowed = |kind: &lang::model::Kind| (self.row.unscanned >> (*kind as u8)) & 1 == 1;
        let is_hosted = |tool: &String| self.access.hosted.iter().any(|name| **name == **tool);
        let is_unread = !request.unscannable.iter().all(is_allowed);
        if !request.hosted.iter().all(is_hosted)
            || (is_unread && self.plan(Surface::Input).is_redacted())
            || (request.logprobs && self.plan(Surface::Output).is_redacted())
        {
            self.refuse(Reason::Unscannable);
        }
    }

    fn plan(&self, surface: Surface) -> &'p SurfacePlan {
        self.program.plan(self.row).on(surface)
    }

    pub(super) fn screen(&mut self) -> bool {
        let findings = &self.facts.input;
        if !findings.list.is_empty() {
            self.judge_data(findings);
            self.judge_findings(Surface::Input, findings);
        }
        self.ask_bucket(Bucket::Screen, None);
        self.close()
    }

    fn judge_data(&mut self, findings: &Findings) {
        let Some(stated) = &self.row.data else { return };
        let model = &self.program.model;
        for found in &findings.list {
            let Some(detector) = model.detectors.get(found.detector.index()) else { continue };
            let category = detector.category;
            let is_data = model.categories.get(category.index()).is_some_and(|one| one.is_data);
            if is_data && !stated.contains(&category) {
                self.outcome.reasons.push(Reason::WorkloadData(category));
            }
        }
    }

    fn judge_findings(&mut self, surface: Surface, findings: &Findings) {
        let plan = self.plan(surface);
        for detector in plan.blocked(findings) {
            self.outcome.reasons.push(Reason::ContentBlocked(detector));
        }
        for (detector, _) in plan.shadowed() {
            let times = findings.list.iter().filter(|found| found.detector == *detector).count();
            if times > 0 {
                let times = u32::try_from(times).unwrap_or(u32::MAX);
                self.outcome.shadowed.push(Shadowed::Redaction(*detector, times));
            }
        }
    }

    pub(super) fn respond(&mut self) -> bool {
        let Some((endpoint, model)) = self.facts.served else { return self.close() };
        let output = &self.facts.output.findings;
        self.judge_findings(Surface::Output, output);
        let mut route = self.program.route_of(self.outcome);
        let known = route.find(|one| one.endpoint == endpoint && one.model == model);
        let served = known.unwrap_or(Candidate { endpoint, model, offer: 0, step: None, exception: None });
        self.ask_bucket(Bucket::Respond, Some(served));
        self.close()
    }

    /// Asks the rules of a bucket that are left; those of candidates are asked elsewhere.
    fn ask_bucket(&mut self, bucket: Bucket, candidate: Option<Candidate>) {
        let reading = self.reading(candidate);
        let program = self.program;
        ask(&program.shared, bucket, &reading, &mut Asking::of(self, true));
        if let Some(own) = program.own.get(self.tenant.own as usize) {
            ask(own, bucket, &reading, &mut Asking::of(self, false));
        }
    }

    pub(super) fn route(&mut self) -> bool {
        if self.facts.request.operation == Operation::Models {
            return self.close();
        }
        self.outcome.is_routed = true;
        let number = self.list_number();
        let Some(list) = self.program.lists.lists.get(number as usize) else {
            self.refuse(Reason::NoEndpoint);
            return self.close();
        };
        self.outcome.list = number;
        if list.entries.is_empty() {
            self.refuse_static(&list.dropped);
            return self.close();
        }
        if !self.takes_all(list) {
            self.filter(list);
        }
        let is_denied = self.close();
        if is_denied {
            self.outcome.is_whole = false;
            self.outcome.order.clear();
        }
        is_denied
    }

    fn list_number(&self) -> u32 {
        let entered = |lists: &[u32], step: usize| lists.get(step).copied().unwrap_or(NO_LIST);
        if let Some(chain) = self.replaced_route() {
            let steps = self.program.model.chains.get(chain.index()).map(|chain| chain.steps.as_slice());
            let offers = |steps: &[lang::model::Step]| {
                let asked = self.asked.model()?;
                steps.iter().position(|step| step.model == asked)
            };
            let step = steps.and_then(offers).unwrap_or(0);
            return self.row.chain(chain).map_or(NO_LIST, |lists| entered(lists, step));
        }
        match self.asked {
            Asked::Model(_) => self.asked_list,
            Asked::Chain(chain) => self.row.chain(chain).map_or(NO_LIST, |lists| entered(lists, 0)),
            Asked::Unknown => NO_LIST,
        }
    }

    /// The effects of the rules that fired so far.
    fn effects(&self) -> impl Iterator<Item = &'p Effect> + '_ {
        let rules = &self.program.model.rules;
        self.outcome.fired.iter().filter_map(|id| rules.get(id.index())).map(|rule| &rule.effect)
    }

    /// The chain of the first fired rule that replaces the route.
    fn replaced_route(&self) -> Option<lang::model::ChainId> {
        if !self.outcome.is_shaped {
            return None;
        }
        self.effects().find_map(|effect| match effect {
            Effect::Route(chain) => Some(*chain),
            Effect::Deny(_) | Effect::Flag(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
        })
    }

    /// Whether nothing about this request takes a candidate out or elsewhere; then the list is the route.
    fn takes_all(&mut self, list: &List) -> bool {
        let request = &self.facts.request;
        let needs = request.needs.iter().fold(0, |bits, need| bits | accepts_bit(*need));
        let reading = self.reading(None);
        let (shared, own) = (&self.program.shared, self.program.own.get(self.tenant.own as usize));
        let has_rules = is_left(shared, &reading, &mut self.scratch.shared)
            | own.is_some_and(|own| is_left(own, &reading, &mut self.scratch.own));
        let is_plain = !has_rules
            && !self.outcome.is_shaped
            && self.facts.down.is_empty()
            && request.tokens <= list.context_min
            && needs & !list.accepts_all == 0;
        self.outcome.is_whole = is_plain;
        is_plain
    }

    fn filter(&mut self, list: &'p List) {
        for (place, entry) in (0u16..).zip(&list.entries) {
            match self.drops(entry) {
                Some(reason) => self.outcome.dropped.push((place, reason)),
                None => self.outcome.order.push(place),
            }
        }
        if self.outcome.is_shaped {
            self.prefer(list);
        }
        if self.outcome.order.is_empty() {
            let outcome = &mut *self.outcome;
            let reasons = outcome.dropped.iter().filter_map(|(_, reason)| reason_of_request(*reason));
            outcome.reasons.extend(reasons);
        }
    }

    /// Preferred providers first; what exceptions let in stands last all the same.
    fn prefer(&mut self, list: &List) {
        let mut preferred: SmallVec<[ProviderId; 8]> = SmallVec::new();
        for effect in self.effects() {
            if let Effect::Prefer(providers) = effect {
                preferred.extend_from_slice(providers.as_slice());
            }
        }
        self.outcome.order.sort_by_key(|place| {
            list.entries
                .get(usize::from(*place))
                .map(|entry| (entry.candidate.exception.is_some(), !preferred.contains(&entry.provider)))
        });
    }

    /// The first thing about this request that takes a candidate out.
    fn drops(&mut self, entry: &'p Entry) -> Option<DropReason> {
        let request = &self.facts.request;
        if request.tokens > entry.context {
            return Some(DropReason::ContextTooSmall);
        }
        let is_refused = |need: &&lang::model::Accepts| entry.accepts & accepts_bit(**need) == 0;
        if let Some(need) = request.needs.iter().filter(is_refused).min() {
            return Some(DropReason::NotAccepted(*need));
        }
        if let Some(rule) = self.ask_candidate(entry) {
            return Some(DropReason::Rule(rule));
        }
        self.facts.down.binary_search(&entry.candidate.endpoint).is_ok().then_some(DropReason::Down)
    }

    /// Asks the route rules of one candidate: the first by name that denies it.
    fn ask_candidate(&mut self, entry: &Entry) -> Option<lang::model::RuleId> {
        let reading = self.reading(Some(entry.candidate));
        let program = self.program;
        let mut asking = Asking::of(self, true);
        asking.class = Some(entry.class);
        ask(&program.shared, Bucket::Route, &reading, &mut asking);
        let mut denied = asking.denied;
        if let Some(own) = program.own.get(self.tenant.own as usize) {
            let mut asking = Asking::of(self, false);
            asking.class = Some(entry.class);
            ask(own, Bucket::Route, &reading, &mut asking);
            denied = denied.into_iter().chain(asking.denied).min();
        }
        denied
    }

    fn refuse_static(&mut self, dropped: &[Dropped]) {
        let reasons = dropped.iter().filter_map(|dropped| reason_of_policy(dropped.reason));
        self.outcome.reasons.extend(reasons);
        if self.outcome.reasons.is_empty() {
            let nothing = if dropped.is_empty() { Reason::NoEndpoint } else { Reason::ModelNotAllowed };
            self.refuse(nothing);
        }
    }
}

/// Whether a route rule may concern some candidate.
fn is_left(index: &Index, reading: &Reading<'_>, mask: &mut [u64]) -> bool {
    let words = index.bucket(Bucket::Route);
    if words.is_empty() {
        return false;
    }
    index.narrow(Bucket::Route, reading, mask);
    mask.get(words).is_some_and(|words| words.iter().any(|word| *word != 0))
}

/// What asking rules reads and writes, apart from the index.
struct Asking<'a, 's> {
    program: &'a Program,
    facts: &'a Facts,
    row: &'a Row,
    mask: &'s mut Vec<u64>,
    memo: &'s mut crate::evaluate::Memo,
    budget: &'s mut Budget,
    outcome: &'s mut Outcome,
    /// The candidate's class, where rules are asked of one.
    class: Option<u32>,
    /// The first rule that denies the candidate.
    denied: Option<lang::model::RuleId>,
}

impl<'a, 's> Asking<'a, 's> {
    fn of<'p: 'a>(run: &'s mut Run<'p, '_>, is_shared: bool) -> Self {
        let scratch = &mut *run.scratch;
        Self {
            program: run.program,
            facts: run.facts,
            row: run.row,
            mask: if is_shared { &mut scratch.shared } else { &mut scratch.own },
            memo: &mut scratch.memo,
            budget: run.budget,
            outcome: run.outcome,
            class: None,
            denied: None,
        }
    }

    /// Notes what a rule comes to.
    fn note(&mut self, rule: &Indexed, truth: Truth) {
        if truth == Truth::False || self.row.lifted.contains(&rule.rule) {
            return;
        }
        if rule.shadow_end.is_some_and(|end| self.facts.now < end) {
            self.outcome.shadowed.push(Shadowed::Rule(rule.rule));
            return;
        }
        if truth == Truth::Error {
            self.outcome.reasons.push(Reason::PolicyError(Some(rule.rule)));
            return;
        }
        if self.outcome.fired.last() != Some(&rule.rule) {
            self.outcome.fired.push(rule.rule);
        }
        match rule.deed {
            Deed::Deny if self.class.is_some() => self.denied = self.denied.or(Some(rule.rule)),
            Deed::Deny => self.outcome.reasons.push(Reason::Rule(rule.rule)),
            Deed::Note => {}
            Deed::Shape => self.shape(rule),
        }
    }

    fn shape(&mut self, rule: &Indexed) {
        self.outcome.is_shaped = true;
        let effect = self.program.model.rules.get(rule.rule.index()).map(|rule| &rule.effect);
        if let Some(Effect::Cap(tokens)) = effect {
            let least = self.outcome.cap.map_or(*tokens, |cap| cap.min(*tokens));
            self.outcome.cap = Some(least);
        }
    }
}

/// Asks the rules of a bucket that the masks leave, in the order of their names.
fn ask<'a>(index: &Index, bucket: Bucket, reading: &Reading<'a>, asking: &mut Asking<'a, '_>) {
    let words = index.bucket(bucket);
    if words.is_empty() {
        return;
    }
    if asking.class.is_none() {
        index.narrow(bucket, reading, asking.mask);
    }
    // Alternatives of one rule stand side by side: the rule comes to the greatest of them.
    let mut open: Option<(&Indexed, Truth)> = None;
    for (place, word) in words.enumerate() {
        let mut left = asking.mask.get(word).copied().unwrap_or(0);
        if let Some(class) = asking.class {
            left &= index.route_word(class, place);
        }
        while left != 0 {
            let bit = word.saturating_mul(64).saturating_add(left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            let Some(rule) = index.rule(bit) else { continue };
            let before = match open {
                Some((known, truth)) if known.rule == rule.rule => truth,
                Some((known, truth)) => {
                    asking.note(known, truth);
                    Truth::False
                }
                None => Truth::False,
            };
            let truth = if before == Truth::True || index.is_exact(bit) {
                Truth::True
            } else {
                let code = &asking.program.code;
                let truth = Evaluator::new(code, *reading, asking.memo, asking.budget).truth(rule.node);
                before.or(truth)
            };
            open = Some((rule, truth));
        }
    }
    if let Some((rule, truth)) = open {
        asking.note(rule, truth);
    }
}

const fn reason_of_request(reason: DropReason) -> Option<Reason> {
    match reason {
        DropReason::ContextTooSmall | DropReason::NotAccepted(_) => Some(Reason::Unsupported),
        DropReason::Rule(rule) => Some(Reason::Rule(rule)),
        DropReason::Down => Some(Reason::NoEndpoint),
        DropReason::ModelNotAllowed
        | DropReason::ProviderNotAllowed
        | DropReason::Residency
        | DropReason::AttestationMissing(_) => None,
    }
}

const fn reason_of_policy(reason: DropReason) -> Option<Reason> {
    match reason {
        DropReason::ProviderNotAllowed => Some(Reason::ProviderNotAllowed),
        DropReason::Residency => Some(Reason::Residency),
        DropReason::AttestationMissing(attestation) => Some(Reason::AttestationMissing(attestation)),
        DropReason::ModelNotAllowed
        | DropReason::ContextTooSmall
        | DropReason::NotAccepted(_)
        | DropReason::Rule(_)
        | DropReason::Down => None,
    }
}

/// Whether a name matches a pattern in which `*` stands for any run of characters.
///
/// The last star takes what it can; no earlier one need be tried again.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut from) = (0usize, 0usize);
    // Where to go on after a mismatch: behind the last star, and one further in the name.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                at = at.saturating_add(1);
                retry = Some((at, from));
            }
            Some(known) if known == byte => {
                at = at.saturating_add(1);
                from = from.saturating_add(1);
            }
            Some(_) | None => {
                let Some((star, start)) = retry else { return false };
                let start = start.saturating_add(1);
                (at, from) = (star, start);
                retry = Some((star, start));
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_run() {
        let rows = [
            ("search", "search", true),
            ("search*", "search_kb", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*_read", "kb_read_read", true),
            ("mcp:jira/*", "mcp:git/create", false),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
