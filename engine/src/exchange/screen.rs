//! Scans the request, decides, redacts, and reserves what the answer may take.

use super::judge::{Judge, note_shadowed};
use super::{Exchange, Moment, Problem, State, Step};
use crate::decision::{Candidate, Reason, Shadowed, Verdict};
use crate::dialect::openai::Answers;
use crate::dialect::text::TextReader;
use crate::facts::{Facts, FoundFact, Operation};
use crate::meter::Full;
use crate::program::SurfacePlan;
use crate::scan::{Counts, Finding, Vault, redact};
use lang::condition::Surface;
use lang::model::{DetectorId, Limit, LimitKind, ModelId, Price};
use std::sync::Arc;

/// Output tokens that are reserved when neither client, policy nor model says a maximum.
///
/// Long answers of today's models end near it; what is used beyond is charged when it is settled.
pub const OUTPUT_TOKENS_DEFAULT: u64 = 4_096;

/// What a million tokens are, the unit of prices.
const PRICE_UNIT: u128 = 1_000_000;

impl Exchange {
    /// Decides all that can be decided before an answer.
    pub(super) fn screen(&mut self, facts: Facts, shadowed: &[Full], now: Moment) {
        let guard = Arc::clone(&self.guard);
        let program = guard.program();
        self.record.input_tokens = facts.request.tokens;
        let operation = facts.request.operation;
        let mut judge = Judge::admit(program, facts);
        let mut scanned = Vec::new();
        if !judge.is_denied() {
            let Some((findings, found)) = self.scan(judge.facts()) else {
                return self.misfit(now);
            };
            scanned = findings;
            judge.screen(program, found);
        }
        let mut decision = judge.decision(program);
        note_shadowed(&mut decision, shadowed.iter().map(|full| Shadowed::Limit(full.limit)));
        let refused = (decision.verdict == Verdict::Deny).then(|| decision.reasons.first().cloned());
        self.judge = Some(judge);
        self.record.decision = Some(decision);
        match refused {
            Some(reason) => {
                self.refuse(Problem::new(reason.unwrap_or(Reason::PolicyError(None))), now);
            }
            None if operation == Operation::Models => self.list_models(now),
            None => match self.redact(&scanned) {
                Ok(()) => self.reserve(now),
                Err(problem) => self.refuse(problem, now),
            },
        }
    }

    /// Finds what the tenant's rules and redactions need, text by text; and that as facts.
    fn scan(&self, facts: &Facts) -> Option<(Vec<Vec<Finding>>, Vec<FoundFact>)> {
        let (mut all, mut list) = (Vec::new(), Vec::new());
        let wanted = self.guard.program().detectors(facts.tenant, facts.workload, Surface::Input);
        let Some(request) = self.request.as_ref().filter(|_| !wanted.is_empty()) else {
            return Some((all, list));
        };
        let mut reader = TextReader::new(&self.body);
        for place in &request.texts {
            let mut found = Vec::new();
            let text = reader.read(place);
            self.guard.scanner().find(&text.text, wanted, &mut found).ok()?;
            list.extend(found.iter().map(|finding| FoundFact {
                detector: finding.detector,
                confidence_permille: finding.confidence.permille(),
            }));
            all.push(found);
        }
        Some((all, list))
    }

    /// Turns findings into edits of the body, and remembers the way back.
    fn redact(&mut self, scanned: &[Vec<Finding>]) -> Result<(), Problem> {
        let refused = || Problem::new(Reason::PolicyError(None));
        let tenant = self.tenant().ok_or_else(refused)?;
        let model = self.guard.model();
        let name = model.tenants.get(tenant.index()).map(|tenant| tenant.name.clone()).ok_or_else(refused)?;
        let mut vault = Vault::new(self.guard.key().clone(), &name);
        let program = self.guard.program();
        let plan = |surface| program.redactions(tenant, surface, self.began.wall).map(SurfacePlan::rewrites);
        let (input, output) = plan(Surface::Input).zip(plan(Surface::Output)).ok_or_else(refused)?;
        let workload = self.caller.as_ref().and_then(|caller| caller.workload);
        self.watched = output.watched(program.detectors(tenant, workload, Surface::Output));
        let mut counts = Counts::default();
        let mut reader = TextReader::new(&self.body);
        let places = self.request.iter().flat_map(|request| &request.texts);
        for (place, findings) in places.zip(scanned) {
            let text = reader.read(place);
            let redacted = redact(&text.text, findings, input, &mut vault).map_err(|error| Problem {
                message: Some(format!("The request cannot be redacted: {error}.")),
                ..Problem::new(Reason::RequestInvalid)
            })?;
            if let Some(detector) = redacted.blocked {
                return Err(Problem::new(Reason::ContentBlocked(detector)));
            }
            counts.merge(&redacted.counts);
            // Only what is redacted is written anew: how the rest is escaped stays the client's.
            let changes: Vec<_> = redacted.changes.iter().map(|(range, to)| (range.clone(), &**to)).collect();
            self.edits.extend(text.rewrite(&changes));
        }
        self.record.input_redactions = listed(&counts);
        self.vault = Some(vault);
        Ok(())
    }

    /// Takes tokens and money before anything is sent, at the dearest candidate that a limit is about.
    fn reserve(&mut self, now: Moment) {
        let output = self.output_reserved();
        let input = self.record.input_tokens;
        let tokens = input.saturating_add(output);
        let charges = self.charges(now, |limit| {
            let counted = self.route().iter().filter(|candidate| is_about(limit, candidate.model));
            let dearest = counted.map(|candidate| self.cost(candidate, input, 0, output)).max()?;
            match limit.kind {
                LimitKind::Requests => None,
                LimitKind::Tokens => Some(tokens),
                LimitKind::Spend => Some(dearest),
            }
        });
        if charges.is_empty() {
            return self.make_durable();
        }
        self.record.charges.extend(charges.iter().cloned());
        self.state = State::Reserving;
        self.push(Step::Reserve(charges));
    }

    /// The candidates, in order.
    pub(super) fn route(&self) -> &[Candidate] {
        self.record.decision.as_ref().map(|decision| decision.route.as_slice()).unwrap_or_default()
    }

    /// The least of what was asked, what policy caps and what the model can, for each answer asked for.
    fn output_reserved(&self) -> u64 {
        if self.wants_vectors() {
            return 0;
        }
        let model = self.guard.model();
        let largest = self.route().iter().filter_map(|candidate| model.models.get(candidate.model.index()));
        let largest = largest.map(|served| served.output.unwrap_or(OUTPUT_TOKENS_DEFAULT)).max();
        let cap = self.record.decision.as_ref().and_then(|decision| decision.cap);
        let asked = self.request.as_ref().and_then(|request| request.max_tokens_under(cap));
        let least = match (asked, largest) {
            (Some(asked), Some(largest)) => asked.min(largest),
            (asked, largest) => asked.or(largest).unwrap_or(OUTPUT_TOKENS_DEFAULT),
        };
        least.saturating_mul(self.request.as_ref().map_or(1, |request| request.choices.max(1)))
    }

    /// Whether the answer is vectors, for which no output is charged.
    pub(super) fn wants_vectors(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.answers == Answers::Vectors)
    }

    /// What an answer costs at a candidate, in millionths, rounded up.
    pub(super) fn cost(&self, candidate: &Candidate, input: u64, cached: u64, output: u64) -> u64 {
        let price = self.guard.model().models.get(candidate.model.index()).and_then(|served| served.price);
        price.map_or(0, |price| cost(price, input, cached, output))
    }
}

/// Whether what an answer of this model takes counts in a limit on tokens or money.
pub(super) fn is_about(limit: &Limit, model: ModelId) -> bool {
    limit.models.as_ref().is_none_or(|models| models.contains(&model))
}

/// Prices are for a million tokens; `cached` tokens are part of `input`.
fn cost(price: Price, input: u64, cached: u64, output: u64) -> u64 {
    let cached = cached.min(input);
    let parts =
        [(input.saturating_sub(cached), price.input), (cached, price.cached_input), (output, price.output)];
    let sum = parts.iter().fold(0u128, |sum, (tokens, price)| {
        sum.saturating_add(u128::from(*tokens).saturating_mul(u128::from(*price)))
    });
    u64::try_from(sum.div_ceil(PRICE_UNIT)).unwrap_or(u64::MAX)
}

/// Counts as a list, sorted by detector.
pub(super) fn listed(counts: &Counts) -> Vec<(DetectorId, u32)> {
    counts.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_round_up_and_cached_input_is_part_of_input() {
        let price = Price { input: 2_500_000, output: 10_000_000, cached_input: 1_250_000 };
        assert_eq!(cost(price, 1_000_000, 0, 0), 2_500_000);
        assert_eq!(cost(price, 1, 0, 0), 3, "2.5 millionths");
        assert_eq!(cost(price, 100, 40, 10), 150 + 50 + 100);
        assert_eq!(cost(price, u64::MAX, 0, u64::MAX), u64::MAX);
    }
}
