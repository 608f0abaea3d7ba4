//! What every answer is read with, whole or streamed: the scanner's surroundings, the decision, the tally.

use super::Tally;
use crate::decision::Reason;
use crate::dialect::answer::Part;
use crate::dialect::json::encode;
use crate::dialect::text::Form;
use crate::exchange::Problem;
use crate::exchange::judge::Judge;
use crate::program::{Answers, Program};
use crate::scan::{Blocked, Escape, OutputStream, Surroundings};
use lang::model::{Kind, Set, TenantId};

/// What every answer is read with; made without taking memory.
pub(super) struct Reader<'a> {
    pub(super) program: &'a Program,
    pub(super) tenant: TenantId,
    pub(super) around: Surroundings<'a>,
    /// Whether the answer itself is JSON.
    pub(super) wants_json: bool,
    /// Whether something that is found may change or refuse the answer.
    pub(super) is_changing: bool,
    pub(super) judge: &'a mut Judge,
    pub(super) tally: &'a mut Tally,
}

impl Reader<'_> {
    /// How what is put into a text must be escaped beyond what its place in the body asks for: the arguments
    /// of a call that cannot be read as JSON yet, and an answer that is JSON.
    pub(super) fn escape(&self, part: &Part, form: Form) -> Option<Escape> {
        let is_source = match form {
            Form::Source => true,
            Form::String | Form::Key | Form::Number | Form::Data => self.wants_json && *part == Part::Content,
        };
        is_source.then_some(encode)
    }

    /// Restores and redacts one text that is whole.
    pub(super) fn restore(&mut self, text: &str, escape: Option<Escape>) -> Result<String, Problem> {
        let mut out = String::with_capacity(text.len());
        let mut stream = open(escape);
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

/// A text of the answer, at its beginning.
pub(super) fn open(escape: Option<Escape>) -> OutputStream {
    let stream = OutputStream::new();
    match escape {
        Some(escape) => stream.escaping(escape),
        None => stream,
    }
}
