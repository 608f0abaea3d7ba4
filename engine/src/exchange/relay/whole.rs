//! An answer that is one body: read to its end, judged, and then forwarded.

use super::reader::Reader;
use super::{Exchange, Mode, Moment, Problem, Reason, Said, Step};
use crate::dialect::edit::{Edit, apply};
use crate::dialect::openai::ChatAnswer;
use crate::dialect::text::TextReader;
use crate::exchange::ANSWER_BYTES_MAX;
use crate::record::{AttemptOutcome, EndKind, UpstreamFailure};
use bytes::Bytes;
use lang::model::FailureKind;

impl Exchange {
    pub(super) fn on_whole(&mut self, status: u16, mut body: Vec<u8>, said: Said, now: Moment) {
        match said {
            Said::Chunk(bytes) if body.len().saturating_add(bytes.len()) <= ANSWER_BYTES_MAX => {
                body.extend_from_slice(&bytes);
                self.relay.mode = Mode::Whole(status, body);
                self.extend_deadline(now);
            }
            Said::End => self.finish_whole(status, &body, now),
            Said::Chunk(_) => {
                self.push(Step::Hangup);
                let malformed = AttemptOutcome::Failed(UpstreamFailure::Malformed);
                self.abandon(malformed, FailureKind::Connect, now);
            }
            Said::Failed(failure) => {
                self.abandon(AttemptOutcome::Failed(failure), FailureKind::Connect, now);
            }
            Said::Nothing => {
                self.push(Step::Hangup);
                self.abandon(AttemptOutcome::Timeout, FailureKind::Timeout, now);
            }
            Said::Head(..) => self.misfit(now),
        }
    }

    fn finish_whole(&mut self, status: u16, body: &[u8], now: Moment) {
        let read = if self.wants_vectors() { ChatAnswer::read_embeddings } else { ChatAnswer::read };
        let Ok(answer) = read(body) else {
            let malformed = AttemptOutcome::Failed(UpstreamFailure::Malformed);
            return self.abandon(malformed, FailureKind::Connect, now);
        };
        let Some(mut reader) = self.reader() else { return self.misfit(now) };
        match reader.judge_whole(body, answer) {
            Ok(edits) => match apply(body, edits) {
                Ok(body) => self.forward_whole(status, body, now),
                Err(_) => self.misfit(now),
            },
            Err(problem) => self.refuse(problem, now),
        }
    }

    fn forward_whole(&mut self, status: u16, body: Vec<u8>, now: Moment) {
        let endpoint = self.record.served.map(|(endpoint, _)| endpoint);
        self.forward_head(status, vec![("content-type", "application/json".to_owned())], endpoint);
        self.push(Step::Forward(Bytes::from(body)));
        self.push(Step::Finish);
        self.finish(EndKind::Answered, now);
    }
}

impl Reader<'_> {
    /// Scans and restores each text, and asks what is to be said of the whole.
    fn judge_whole(&mut self, body: &[u8], answer: ChatAnswer) -> Result<Vec<Edit>, Problem> {
        self.tally.usage = answer.usage;
        answer.tool_calls.into_iter().for_each(|call| self.judge.calls(call.name));
        if let Some((_, reason)) = answer.finish_reasons.first() {
            self.judge.ends(reason);
        }
        if self.is_unreadable(&answer.unscannable, answer.has_logprobs) {
            return Err(Problem::new(Reason::Unscannable));
        }
        let mut reader = TextReader::new(body);
        let mut edits = Vec::new();
        for answer_text in &answer.texts {
            let text = reader.read(&answer_text.place);
            self.tally.read(&text.text);
            if !self.around.is_idle() {
                let escape = self.escape(&answer_text.channel.part, answer_text.place.form);
                let restored = self.restore(&text.text, escape)?;
                edits.extend(text.replace(&restored));
            }
        }
        self.respond()?;
        Ok(edits)
    }
}
