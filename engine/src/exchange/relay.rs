//! The answer on its way back: scanned before restoration, whole or as it arrives.

mod reader;
mod stream;
mod whole;

use super::step::Said;
use super::{Exchange, Moment, Problem, State, Step};
use crate::decision::Reason;
use crate::dialect::answer::Usage;
use crate::dialect::estimate::text_tokens;
use crate::dialect::openai::Answers;
use crate::program::SurfacePlan;
use crate::record::{AttemptOutcome, EndKind};
use crate::scan::{Counts, Surroundings};
use bytes::Bytes;
use lang::condition::Surface;
use lang::model::FailureKind;
use reader::Reader;
use stream::Stream;

/// What is known of the answer so far.
#[derive(Default)]
pub(super) struct Relay {
    mode: Mode,
    tally: Tally,
}

/// What an answer comes to.
#[derive(Default)]
struct Tally {
    usage: Option<Usage>,
    /// Bytes of text that came back, for an estimate where nobody counted.
    text_bytes: u64,
    redacted: Counts,
}

/// How the answer arrives.
#[derive(Default)]
enum Mode {
    /// It does not, yet.
    #[default]
    Nothing,
    /// As one body, with this status.
    Whole(u16, Vec<u8>),
    /// As events.
    Stream(Box<Stream>),
}

impl Relay {
    pub(super) const fn usage(&self) -> Option<Usage> {
        self.tally.usage
    }

    /// The upstream's own count of what it wrote; else the estimate.
    pub(super) const fn output_tokens(&self) -> u64 {
        self.tally.output_tokens()
    }

    pub(super) const fn redacted(&self) -> &Counts {
        &self.tally.redacted
    }
}

impl Tally {
    const fn output_tokens(&self) -> u64 {
        match self.usage {
            Some(usage) => usage.output,
            None => text_tokens(self.text_bytes),
        }
    }

    /// Takes in so much text.
    fn read(&mut self, text: &str) {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.text_bytes = self.text_bytes.saturating_add(length);
    }
}

impl Exchange {
    /// An endpoint answers well: its answer is read, and used unless it is none.
    pub(super) fn serve(&mut self, status: u16, headers: &[(String, String)], now: Moment) {
        if self.serve_by_present().is_none() {
            return self.misfit(now);
        }
        let is_events = headers.iter().any(|(name, value)| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            name == "content-type" && essence.eq_ignore_ascii_case("text/event-stream")
        });
        let is_stream = is_events && self.request.as_ref().is_some_and(|request| request.stream);
        let mode = if is_stream { Mode::Stream(Box::default()) } else { Mode::Whole(status, Vec::new()) };
        self.relay = Relay { mode, tally: Tally::default() };
        if let Some(judge) = &mut self.judge {
            judge.serve(self.record.served);
        }
        self.outcome(AttemptOutcome::Served(status));
        self.state = State::Answering;
        if is_stream {
            self.extend_deadline(now);
        }
    }

    pub(super) fn on_answer(&mut self, said: Said, now: Moment) {
        match std::mem::take(&mut self.relay.mode) {
            Mode::Nothing => self.misfit(now),
            Mode::Whole(status, body) => self.on_whole(status, body, said, now),
            Mode::Stream(stream) => self.on_stream(stream, said, now),
        }
    }

    /// The answer broke off before a byte of it was forwarded: the next candidate may do better.
    fn abandon(&mut self, outcome: AttemptOutcome, failure: FailureKind, now: Moment) {
        self.outcome(outcome);
        self.unserve();
        self.fall_back(failure, now);
    }

    /// What the answer is read with; `None` for a request that was never admitted.
    fn reader(&mut self) -> Option<Reader<'_>> {
        let caller = self.caller.as_ref()?;
        let (program, now) = (self.guard.program(), self.began.wall);
        let plan = program.redactions(caller.tenant, Surface::Output, now).map(SurfacePlan::rewrites)?;
        let vault = self.vault.as_ref()?;
        Some(Reader {
            program,
            tenant: caller.tenant,
            around: Surroundings::new(self.guard.scanner(), plan, vault, &self.watched),
            wants_json: self.request.as_ref().is_some_and(|request| request.answers == Answers::Json),
            is_changing: !plan.changing().is_empty(),
            judge: self.judge.as_mut()?,
            tally: &mut self.relay.tally,
        })
    }

    /// Passes on a provider's complaint about the client's request.
    pub(super) fn pass_error(&mut self, status: u16, said: &str, now: Moment) {
        let said = self.reader().and_then(|mut reader| reader.restore(said, None).ok()).unwrap_or_default();
        let message = if said.is_empty() {
            "The provider refused the request and did not say why.".to_owned()
        } else {
            format!("The provider refused the request: {said}")
        };
        let endpoint = self.route().get(self.present()).map(|candidate| candidate.endpoint);
        let problem = Problem { message: Some(message), ..Problem::new(Reason::UpstreamFailed) };
        let told = self.told_as(&problem, status);
        self.forward_head(status, vec![("content-type", "application/json".to_owned())], endpoint);
        self.push(Step::Forward(Bytes::from(told.body)));
        self.push(Step::Finish);
        self.record.reason = Some(Reason::UpstreamFailed);
        self.finish(EndKind::Answered, now);
    }
}
