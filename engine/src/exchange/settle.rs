//! What was used, what it cost, and the record.

use super::screen::{is_about, listed};
use super::{Exchange, Moment, Settlement, Step};
use crate::dialect::answer::Usage;
use crate::meter::{Charge, CounterKey};
use crate::record::EndKind;
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
        if let (Some(judge), Some(decision)) = (&self.judge, &mut self.record.decision) {
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
            for charge in self.record.charges.iter_mut().filter(|it| it.kind != LimitKind::Requests) {
                charge.amount = 0;
            }
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
        let spared = self.spared();
        for charge in &mut self.record.charges {
            charge.amount = match charge.kind {
                LimitKind::Requests => charge.amount,
                LimitKind::Tokens | LimitKind::Spend if spared.contains(&charge.counter) => 0,
                LimitKind::Tokens => usage.input.saturating_add(usage.output),
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
}
