//! What was used, what it cost, and the record.

use super::screen::{is_about, listed};
use super::{Exchange, Moment, Settlement, Step};
use crate::dialect::answer::Usage;
use crate::dialect::openai::MODEL_BYTES_MAX;
use crate::meter::{Charge, CounterKey};
use crate::program::Asked;
use crate::record::EndKind;
use crate::scan::{DetectorSet, Vault, redact};
use lang::condition::Surface;
use lang::model::LimitKind;

impl Exchange {
    /// Settles and records; the last thing that an exchange does.
    pub(super) fn finish(&mut self, end: EndKind, now: Moment) {
        if self.state == super::State::Over {
            return;
        }
        self.record.took = now.elapsed.saturating_sub(self.began.elapsed);
        self.record.end = end;
        self.count_use();
        self.record.output_redactions = listed(self.relay.redacted());
        let output_tokens = self.relay.output_tokens();
        if let (Some(judge), Some(decision)) = (&mut self.judge, &mut self.record.decision) {
            // An answer that was refused or broke off was read further than it was asked about; the
            // record says what its facts come to. How it ended is known already.
            if judge.is_behind() {
                let _ = judge.respond(self.guard.program(), output_tokens);
            }
            judge.note(self.guard.program(), decision);
        }
        if !self.reservations.is_empty() {
            let reservations = std::mem::take(&mut self.reservations);
            let tokens = self.record.input_tokens.saturating_add(self.record.output_tokens);
            let (spend, spared) = (self.record.spend, self.spared());
            self.push(Step::Settle(Settlement { reservations, tokens, spend, spared }));
        }
        let record = Box::new(self.record.clone());
        self.push(Step::End(record));
        self.close();
    }

    /// The upstream's own count; else the estimate of what was sent and of what came back.
    fn count_use(&mut self) {
        let Some(candidate) = self.call.served_by() else {
            // Nothing was answered, so nothing is charged for.
            self.record.input_tokens = 0;
            self.correct_charges(0);
            return;
        };
        let usage = self.relay.usage().unwrap_or(Usage {
            input: self.record.input_tokens,
            output: self.relay.output_tokens(),
            cached_input: 0,
        });
        self.record.input_tokens = usage.input;
        self.record.output_tokens = usage.output;
        self.record.spend = self.cost(&candidate, usage.input, usage.cached_input, usage.output);
        self.correct_charges(usage.input.saturating_add(usage.output));
    }

    /// Brings the recorded charges to what is settled.
    fn correct_charges(&mut self, tokens: u64) {
        let spared = self.spared();
        for charge in &mut self.record.charges {
            charge.amount = match charge.kind {
                LimitKind::Requests => charge.amount,
                LimitKind::Tokens | LimitKind::Spend if spared.contains(&charge.counter) => 0,
                LimitKind::Tokens => tokens,
                LimitKind::Spend => self.record.spend,
            };
        }
    }

    /// Counters of limits `for models …` from which nothing is taken, since another model answered.
    fn spared(&self) -> Vec<CounterKey> {
        let Some((_, model)) = self.record.served else { return Vec::new() };
        let limits = &self.guard.model().limits;
        let is_spared = |charge: &&Charge| {
            let limit = limits.get(charge.limit.index());
            charge.kind != LimitKind::Requests && limit.is_some_and(|limit| !is_about(limit, model))
        };
        self.record.charges.iter().filter(is_spared).map(|charge| charge.counter).collect()
    }

    /// The name of a model as the record may have it.
    ///
    /// A client can write anything there. What no policy knows by this name is
    /// redacted as the tenant's `audit` says, and left out where that cannot be done.
    pub(super) fn recorded_name(&self, name: &str) -> String {
        let program = self.guard.program();
        let cut = || name.chars().take(MODEL_BYTES_MAX).collect::<String>();
        if program.resolve_asked(name) != Asked::Unknown {
            return cut();
        }
        let tenant = self.tenant().filter(|id| self.guard.model().tenants.get(id.index()).is_some());
        let plan = tenant.and_then(|tenant| program.redactions(tenant, Surface::Audit, self.began.wall));
        let Some((plan, tenant)) = plan.zip(tenant) else { return String::new() };
        if !plan.is_redacted() {
            return cut();
        }
        let wanted: DetectorSet = plan.enforced().iter().map(|(detector, _)| *detector).collect();
        let mut found = Vec::new();
        if self.guard.scanner().find(name, &wanted, &mut found).is_err() {
            return String::new();
        }
        let owner = self.guard.model().tenants.get(tenant.index()).map(|tenant| &*tenant.name);
        let mut vault = Vault::new(self.guard.key().clone(), owner.unwrap_or_default());
        match redact(name, &found, plan.rewrites(), &mut vault) {
            Ok(redacted) if redacted.blocked.is_none() => {
                redacted.text.chars().take(MODEL_BYTES_MAX).collect()
            }
            Ok(_) | Err(_) => String::new(),
        }
    }
}
