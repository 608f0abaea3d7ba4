//! What was used, what it cost, and the record.

use super::screen::listed;
use super::{Exchange, Moment, Settlement, Step};
use crate::dialect::answer::Usage;
use crate::record::EndKind;

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
            let spend = self.record.spend;
            self.push(Step::Settle(Settlement { reservations, tokens, spend }));
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
        for charge in &mut self.record.charges {
            charge.amount = match charge.kind {
                lang::model::LimitKind::Requests => charge.amount,
                lang::model::LimitKind::Tokens => usage.input.saturating_add(usage.output),
                lang::model::LimitKind::Spend => self.record.spend,
            };
        }
    }
}
