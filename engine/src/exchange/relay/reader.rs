//! What every answer is read with, whole or streamed: the scanner's surroundings, the decision, the tally.

use super::Tally;
use crate::decision::Reason;
use crate::exchange::Problem;
use crate::exchange::judge::Judge;
use crate::program::{Answers, Program};
use crate::scan::{Blocked, OutputStream, Surroundings};
use lang::model::{Kind, Set, TenantId};

/// What every answer is read with; made without taking memory.
pub(super) struct Reader<'a> {
    pub(super) program: &'a Program,
    pub(super) tenant: TenantId,
    pub(super) around: Surroundings<'a>,
    /// Whether something that is found may change or refuse the answer.
    pub(super) is_changing: bool,
    pub(super) judge: &'a mut Judge,
    pub(super) tally: &'a mut Tally,
}

impl Reader<'_> {
    /// Restores and redacts one text that is whole.
    pub(super) fn restore(&mut self, text: &str) -> Result<String, Problem> {
        let mut out = String::with_capacity(text.len());
        let mut stream = OutputStream::new();
        self.push(&mut stream, (text, true), &mut out)?;
        Ok(out)
    }

    /// Adds to `out` what may be given to the client once this piece has come, perhaps the last.
    pub(super) fn push(
        &mut self,
        stream: &mut OutputStream,
        (text, is_end): (&str, bool),
        out: &mut String,
    ) -> Result<(), Problem> {
        let mut read = stream.push(text, &self.around, out);
        if is_end && read.is_ok() {
            read = stream.finish(&self.around, out);
        }
        let (found, redacted) = stream.take_counts();
        self.judge.finds(&found);
        self.tally.redacted.merge(&redacted);
        read.map_err(|Blocked(detector)| Problem::new(Reason::ContentBlocked(detector)))
    }

    /// Whether an answer holds what cannot be scanned, where it must be.
    pub(super) fn is_unreadable(&self, kinds: &Set<Kind>, has_logprobs: bool) -> bool {
        if !self.is_changing || (kinds.is_empty() && !has_logprobs) {
            return false;
        }
        let model = self.program.model();
        let tenant = model.tenants.get(self.tenant.index());
        let access = tenant.and_then(|tenant| model.accesses.get(tenant.access.index()));
        has_logprobs || access.is_none_or(|access| !access.unscanned.is_superset(kinds))
    }

    /// What the tenant's rules need of answers.
    pub(super) fn needs(&self) -> Answers {
        self.program.answers(self.tenant)
    }

    /// Asks what is to be said of the answer as far as it is known.
    pub(super) fn respond(&mut self) -> Result<(), Problem> {
        let tokens = self.tally.output_tokens();
        self.judge.respond(self.program, tokens).map_err(Problem::new)
    }
}
