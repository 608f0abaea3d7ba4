//! The phases of a decision, over a program's tables.

mod asking;
mod glob;
mod route;

use super::index::{Bucket, Index};
use super::outcome::{NO_LIST, Outcome, Scratch};
use super::plan::SurfacePlan;
use super::rows::Row;
use super::{Asked, Program, TenantRecord};
use crate::budget::Budget;
use crate::decision::{Candidate, Reason, Shadowed};
use crate::facts::{Facts, Findings, Operation};
use crate::reading::Reading;
use glob::glob;
use lang::condition::Surface;
use lang::model::{Access, EndpointId, ModelId, ToolRule};

/// One decision on its way through the phases.
pub(super) struct Run<'p, 's> {
    program: &'p Program,
    facts: &'p Facts,
    row: &'p Row,
    /// The tenant's class in the shared index.
    class: u32,
    /// The index of the tenant's own rules.
    own: Option<&'p Index>,
    asked: Asked,
    /// The list of the asked model, where it is one that may be used.
    asked_list: u32,
    budget: &'s mut Budget,
    scratch: &'s mut Scratch,
    outcome: &'s mut Outcome,
}

/// What a run writes.
pub(super) struct Desk<'s> {
    pub(super) outcome: &'s mut Outcome,
    pub(super) budget: &'s mut Budget,
    pub(super) scratch: &'s mut Scratch,
}

impl<'p, 's> Run<'p, 's> {
    /// Finds where a request stands; `tenant` and `row` are its tenant's.
    #[expect(clippy::inline_always, reason = "what is passed in memory is waited for: a tenth of a decision")]
    #[inline(always)]
    pub(super) fn begin(
        program: &'p Program,
        facts: &'p Facts,
        (tenant, row): (&'p TenantRecord, &'p Row),
        Desk { outcome, budget, scratch }: Desk<'s>,
    ) -> Self {
        let asked = program.resolve_asked(&facts.request.asked);
        let asked_list = asked.model().map_or(NO_LIST, |model| row.list(facts.request.operation, model));
        scratch.memo.forget();
        let own = program.own.get(tenant.own as usize);
        let reading = Reading { model: &program.model, facts, resolved: asked.model(), candidate: None };
        let [shared_look, own_look] = &mut scratch.looks;
        program.shared.look(tenant.class, &reading, shared_look);
        if let Some(own) = own {
            own.look(0, &reading, own_look);
        }
        Self { program, facts, row, class: tenant.class, own, asked, asked_list, budget, scratch, outcome }
    }

    #[inline]
    fn reading(&self, candidate: Option<Candidate>) -> Reading<'p> {
        let resolved = self.asked.model();
        Reading { model: &self.program.model, facts: self.facts, resolved, candidate }
    }

    /// What the tenant's fields allow.
    fn access(&self) -> Option<&'p Access> {
        self.program.model.accesses.get(self.row.access.index())
    }

    /// Whether the phase refuses; what it added is put in order.
    #[inline]
    fn close(&mut self) -> bool {
        // No phase follows one that refused: one that added nothing refuses nothing.
        (self.budget.is_spent() || self.outcome.is_unsettled()) && self.settle()
    }

    #[inline(never)]
    fn settle(&mut self) -> bool {
        if self.budget.is_spent() {
            self.refuse(Reason::PolicyError(None));
        }
        self.outcome.settle();
        self.outcome.is_denied()
    }

    fn refuse(&mut self, reason: Reason) {
        self.outcome.refuse(reason);
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
        let Some(access) = self.access() else { return self.refuse(Reason::PolicyError(None)) };
        for tool in &self.facts.request.tools {
            let passes = access.tools.iter().all(|rule| match rule {
                ToolRule::Allow(patterns) => patterns.iter().any(|pattern| glob(pattern, tool)),
                ToolRule::Deny(patterns) => !patterns.iter().any(|pattern| glob(pattern, tool)),
            });
            if !passes && !self.row.permitted_tools.iter().any(|pattern| glob(pattern, tool)) {
                self.outcome.refuse(Reason::ToolNotAllowed(tool.as_str().into()));
            }
        }
    }

    fn judge_unreadable(&mut self) {
        let request = &self.facts.request;
        if request.unscannable.is_empty() && request.hosted.is_empty() && !request.logprobs {
            return;
        }
        let is_allowed = |kind: &lang::model::Kind| (self.row.unscanned >> (*kind as u8)) & 1 == 1;
        let Some(access) = self.access() else { return self.refuse(Reason::PolicyError(None)) };
        let is_hosted = |tool: &String| access.hosted.iter().any(|name| **name == **tool);
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

    #[inline]
    pub(super) fn screen(&mut self) -> bool {
        if !self.facts.input.list.is_empty() {
            self.judge_input();
        }
        self.ask_bucket(Bucket::Screen, None);
        self.close()
    }

    #[inline(never)]
    fn judge_input(&mut self) {
        let findings = &self.facts.input;
        self.judge_data(findings);
        self.judge_findings(Surface::Input, findings);
    }

    fn judge_data(&mut self, findings: &Findings) {
        let Some(stated) = &self.row.data else { return };
        let model = &self.program.model;
        for found in &findings.list {
            let Some(detector) = model.detectors.get(found.detector.index()) else { continue };
            let category = detector.category;
            let is_data = model.categories.get(category.index()).is_some_and(|one| one.is_data);
            if is_data && !stated.contains(&category) {
                self.outcome.refuse(Reason::WorkloadData(category));
            }
        }
    }

    fn judge_findings(&mut self, surface: Surface, findings: &Findings) {
        let plan = self.plan(surface);
        for detector in plan.blocked(findings) {
            self.outcome.refuse(Reason::ContentBlocked(detector));
        }
        for (detector, _) in plan.shadowed() {
            let times = findings.list.iter().filter(|found| found.detector == *detector).count();
            if times > 0 {
                let times = u32::try_from(times).unwrap_or(u32::MAX);
                self.outcome.shadow(Shadowed::Redaction(*detector, times));
            }
        }
    }

    #[inline]
    pub(super) fn respond(&mut self) -> bool {
        if let Some(served) = self.facts.served {
            self.judge_answer(served);
        }
        self.close()
    }

    #[inline(never)]
    fn judge_answer(&mut self, (endpoint, model): (EndpointId, ModelId)) {
        let output = &self.facts.output.findings;
        self.judge_findings(Surface::Output, output);
        let mut route = self.program.route_of(self.outcome);
        let known = route.find(|one| one.endpoint == endpoint && one.model == model);
        let served = known.unwrap_or(Candidate { endpoint, model, offer: 0, step: None, exception: None });
        self.ask_bucket(Bucket::Respond, Some(&served));
    }
}
