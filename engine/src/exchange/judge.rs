//! The decision on one exchange, made phase by phase as its facts arrive.
//!
//! Each phase is asked once. The last is asked again as an answer grows, from
//! what the phases before it came to: those do not depend on the answer.

use crate::budget::Budget;
use crate::decision::{Decision, Reason, Shadowed};
use crate::facts::{Facts, FoundFact, Output};
use crate::program::{Outcome, Program, Scratch};
use crate::scan::{Confidence, Counts};
use lang::model::{EndpointId, ModelId};

/// Facts, and what they came to so far.
#[derive(Debug)]
pub(super) struct Judge {
    facts: Box<Facts>,
    scratch: Scratch,
    /// What the phases before the answer left of the work that a decision may cost.
    budget: Budget,
    /// What the phases before the answer came to.
    outcome: Outcome,
    /// What it is with the answer, as far as that was asked about.
    answered: Option<Outcome>,
    /// Whether the answer grew since it was asked about.
    has_grown: bool,
}

impl Judge {
    /// Asks what can be said before anything is searched.
    pub(super) fn admit(program: &Program, facts: Facts) -> Self {
        let (mut scratch, mut budget) = (Scratch::new(), Budget::ample());
        let outcome = program.admit(&facts, &mut budget, &mut scratch);
        Self { facts: Box::new(facts), scratch, budget, outcome, answered: None, has_grown: false }
    }

    /// Asks about what was found in the request, and where it may be sent.
    pub(super) fn screen(&mut self, program: &Program, found: Vec<FoundFact>) {
        self.facts.input.list = found;
        program.screen(&self.facts, &mut self.outcome, &mut self.budget, &mut self.scratch);
        program.route(&self.facts, &mut self.outcome, &mut self.budget, &mut self.scratch);
    }

    /// Whether the request is refused.
    pub(super) fn is_denied(&self) -> bool {
        self.outcome.is_denied()
    }

    /// What was decided before an answer.
    pub(super) fn decision(&self, program: &Program) -> Decision {
        program.explain(&self.facts, &self.outcome)
    }

    /// What the decision has read so far.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// An endpoint answers; what another said before is forgotten.
    pub(super) fn serve(&mut self, served: Option<(EndpointId, ModelId)>) {
        self.facts.served = served;
        self.facts.output = Output::default();
        self.answered = None;
        self.has_grown = false;
    }

    /// Takes in a tool that the answer calls.
    pub(super) fn calls(&mut self, tool: String) {
        self.facts.output.tool_calls.push(tool);
        self.has_grown = true;
    }

    /// How many tools it calls, by now.
    pub(super) fn tool_calls(&self) -> usize {
        self.facts.output.tool_calls.len()
    }

    /// Takes in why the answer ended.
    pub(super) fn ends(&mut self, reason: &str) {
        reason.clone_into(&mut self.facts.output.finish_reason);
    }

    /// Takes in what was found in the answer.
    pub(super) fn finds(&mut self, counts: &Counts) {
        if counts.is_empty() {
            return;
        }
        let confidence_permille = Confidence::MAX.permille();
        let list = &mut self.facts.output.findings.list;
        for (detector, times) in counts.iter() {
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            list.extend(std::iter::repeat_n(FoundFact { detector, confidence_permille }, times));
        }
        // By detector, so that the facts are the same however the answer came.
        list.sort_unstable();
        self.has_grown = true;
    }

    /// Whether the answer grew since it was asked about.
    pub(super) const fn has_grown(&self) -> bool {
        self.has_grown
    }

    /// Whether an endpoint answers, and not all that it said was asked about.
    pub(super) const fn is_behind(&self) -> bool {
        self.facts.served.is_some() && (self.has_grown || self.answered.is_none())
    }

    /// Asks what is to be said of the answer, as far as it is known.
    pub(super) fn respond(&mut self, program: &Program, tokens: u64) -> Result<(), Reason> {
        self.has_grown = false;
        self.facts.output.tokens = tokens;
        let (mut outcome, mut budget) = (self.outcome.clone(), self.budget);
        program.respond(&self.facts, &mut outcome, &mut budget, &mut self.scratch);
        let outcome = self.answered.insert(outcome);
        outcome.reasons().first().cloned().map_or(Ok(()), Err)
    }

    /// Notes in a decision what the answer added to it; its route was fixed before.
    pub(super) fn note(&self, program: &Program, decision: &mut Decision) {
        let Some(outcome) = &self.answered else { return };
        decision.verdict = outcome.verdict();
        decision.reasons = outcome.reasons().to_vec();
        decision.fired = outcome.fired().to_vec();
        decision.flags = program.flags_of(outcome);
        note_shadowed(decision, outcome.shadowed().iter().copied());
    }
}

/// Adds to what would have happened.
pub(super) fn note_shadowed(decision: &mut Decision, shadowed: impl Iterator<Item = Shadowed>) {
    decision.shadowed.extend(shadowed);
    decision.shadowed.sort_unstable();
    decision.shadowed.dedup();
}
