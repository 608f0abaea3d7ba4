//! An answer that is one body: read to its end, judged, and then forwarded.

use super::{Event, Exchange, Mode, Moment, Problem, Reason, Step};
use crate::dialect::edit::{Edit, apply};
use crate::dialect::openai::ChatAnswer;
use crate::dialect::text::TextReader;
use crate::exchange::{ANSWER_BYTES_MAX, UpstreamFailure};
use crate::record::{AttemptOutcome, EndKind};
use bytes::Bytes;
use lang::model::FailureKind;

impl Exchange {
    pub(super) fn on_whole(&mut self, status: u16, mut body: Vec<u8>, event: Event, now: Moment) {
        match event {
            Event::UpstreamChunk(bytes) if body.len().saturating_add(bytes.len()) <= ANSWER_BYTES_MAX => {
                body.extend_from_slice(&bytes);
                self.relay.mode = Mode::Whole(status, body);
                self.extend_deadline(now);
            }
            Event::UpstreamEnd => self.finish_whole(status, &body, now),
            Event::UpstreamChunk(_) => {
                self.push(Step::Hangup);
                let malformed = AttemptOutcome::Failed(UpstreamFailure::Malformed);
                self.abandon(malformed, FailureKind::Connect, now);
            }
            Event::UpstreamFailed(failure) => {
                self.abandon(AttemptOutcome::Failed(failure), FailureKind::Connect, now);
            }
            Event::DeadlinePassed => {
                self.push(Step::Hangup);
                self.abandon(AttemptOutcome::Timeout, FailureKind::Timeout, now);
            }
            _ => self.misfit(now),
        }
    }

    fn finish_whole(&mut self, status: u16, body: &[u8], now: Moment) {
        let Ok(answer) = ChatAnswer::read(body) else {
            let malformed = AttemptOutcome::Failed(UpstreamFailure::Malformed);
            return self.abandon(malformed, FailureKind::Connect, now);
        };
        match self.judge(body, &answer) {
            Ok(edits) => match apply(body, edits) {
                Ok(body) => self.forward_whole(status, body, now),
                Err(_) => self.misfit(now),
            },
            Err(problem) => self.refuse(problem, now),
        }
    }

    /// Scans and restores each text, and asks what is to be said of the whole.
    fn judge(&mut self, body: &[u8], answer: &ChatAnswer) -> Result<Vec<Edit>, Problem> {
        let screen = self.output_screen().ok_or_else(|| Problem::new(Reason::PolicyError(None)))?;
        self.relay.usage = answer.usage;
        self.relay.tool_calls = answer.tool_calls.iter().map(|call| call.name.clone()).collect();
        self.relay.finish_reason =
            answer.finish_reasons.first().map(|(_, reason)| reason.clone()).unwrap_or_default();
        if self.is_unreadable(&screen, &answer.unscannable, answer.has_logprobs) {
            return Err(Problem::new(Reason::Unscannable));
        }
        let mut reader = TextReader::new(body);
        let mut edits = Vec::new();
        for answer_text in &answer.texts {
            let text = reader.read(&answer_text.place);
            self.relay.text_bytes =
                self.relay.text_bytes.saturating_add(u64::try_from(text.text.len()).unwrap_or(u64::MAX));
            let restored = self.restore(&screen, &text.text)?;
            edits.extend(text.replace(&restored));
        }
        self.record.output_redactions = crate::exchange::screen::listed(&self.relay.redacted);
        self.respond()?;
        Ok(edits)
    }

    fn forward_whole(&mut self, status: u16, body: Vec<u8>, now: Moment) {
        let endpoint = self.record.served.map(|(endpoint, _)| endpoint);
        self.forward_head(status, vec![("content-type", "application/json".to_owned())], endpoint);
        self.push(Step::Forward(Bytes::from(body)));
        self.push(Step::Finish);
        self.finish(EndKind::Answered, now);
    }
}
