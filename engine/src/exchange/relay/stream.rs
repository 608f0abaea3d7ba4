//! An answer that arrives as events: each is read, held back as far as it must be, and forwarded.

use super::{Event, Exchange, Mode, Moment, Problem, Reason, Screen, Step};
use crate::dialect::answer::{AnswerText, Channel, Part};
use crate::dialect::edit::{Edit, apply};
use crate::dialect::openai::{ChatChunk, ChatEvent, ChunkHead, DONE};
use crate::dialect::sse::{COMMENT, EVENT_BYTES_MAX, SseEvent, SseItem, SseParser};
use crate::dialect::text::{Text, TextReader, source_texts};
use crate::exchange::{ANSWER_BYTES_MAX, UpstreamFailure};
use crate::record::{AttemptOutcome, EndKind};
use crate::scan::{OutputStream, Surroundings};
use bytes::Bytes;
use lang::model::FailureKind;
use std::collections::BTreeMap;

/// Most channels of one stream: choices, their texts and their tool calls.
const CHANNELS_MAX: usize = 1_024;

/// What is known of a stream.
#[derive(Debug)]
pub(super) struct Stream {
    parser: SseParser,
    channels: BTreeMap<Channel, OutputStream>,
    /// Arguments of tool calls, held until they are complete JSON.
    arguments: BTreeMap<Channel, String>,
    head: Option<ChunkHead>,
    /// Bytes that wait to be forwarded.
    ready: Vec<u8>,
    /// Whether a byte has reached the client.
    is_forwarding: bool,
    is_done: bool,
    /// How much is known of the answer: the rules on output are asked again when it grows.
    known: (usize, u64),
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            parser: SseParser::new(EVENT_BYTES_MAX),
            channels: BTreeMap::new(),
            arguments: BTreeMap::new(),
            head: None,
            ready: Vec::new(),
            is_forwarding: false,
            is_done: false,
            known: (0, 0),
        }
    }
}

/// Why a stream cannot go on.
enum Stop {
    /// Policy refuses what came.
    Refused(Problem),
    /// The upstream said something that cannot be read, or an error.
    Broken,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl Exchange {
    pub(super) fn on_stream(&mut self, mut stream: Box<Stream>, event: Event, now: Moment) {
        match event {
            Event::UpstreamChunk(bytes) => {
                let read = self.read_events(&mut stream, &bytes);
                self.extend_deadline(now);
                match read {
                    Ok(()) => {
                        self.forward_ready(&mut stream);
                        self.relay.mode = Mode::Stream(stream);
                    }
                    Err(stop) => self.stop(stream, stop, now),
                }
            }
            // The driver may go away once it has the end; an answer that was whole stays whole.
            Event::UpstreamEnd | Event::UpstreamFailed(_) | Event::DeadlinePassed if stream.is_done => {
                self.forward_ready(&mut stream);
                self.push(Step::Finish);
                self.finish(EndKind::Answered, now);
            }
            Event::UpstreamEnd => self.cut(&stream, AttemptOutcome::Failed(UpstreamFailure::Broken), now),
            Event::UpstreamFailed(failure) => self.cut(&stream, AttemptOutcome::Failed(failure), now),
            Event::DeadlinePassed => {
                self.push(Step::Hangup);
                self.cut(&stream, AttemptOutcome::Timeout, now);
            }
            _ => self.misfit(now),
        }
    }

    fn read_events(&mut self, stream: &mut Stream, bytes: &Bytes) -> Result<(), Stop> {
        let screen = self.output_screen().ok_or_else(|| Problem::new(Reason::PolicyError(None)))?;
        let mut input: &[u8] = bytes;
        loop {
            match stream.parser.next(&mut input) {
                Ok(Some(SseItem::Event(event))) => self.read_event(stream, &screen, &event)?,
                Ok(Some(SseItem::Comment)) => stream.ready.extend_from_slice(COMMENT),
                Ok(None) => return Ok(()),
                Err(_) => return Err(Stop::Broken),
            }
            if stream.ready.len() > ANSWER_BYTES_MAX {
                return Err(Stop::Broken);
            }
        }
    }

    fn read_event(&mut self, stream: &mut Stream, screen: &Screen, event: &SseEvent) -> Result<(), Stop> {
        if stream.is_done {
            return Ok(());
        }
        match ChatEvent::read(&event.data).map_err(|_| Stop::Broken)? {
            ChatEvent::Chunk(chunk) => self.read_chunk(stream, screen, event, &chunk),
            ChatEvent::Error(_) => Err(Stop::Broken),
            ChatEvent::Done => {
                let flushed: Vec<Channel> =
                    stream.channels.keys().chain(stream.arguments.keys()).cloned().collect();
                self.flush(stream, screen, &flushed)?;
                self.respond()?;
                SseEvent::of(DONE).encode_into(&mut stream.ready);
                stream.is_done = true;
                Ok(())
            }
        }
    }

    fn read_chunk(
        &mut self,
        stream: &mut Stream,
        screen: &Screen,
        event: &SseEvent,
        chunk: &ChatChunk,
    ) -> Result<(), Stop> {
        if stream.head.is_none() {
            stream.head = Some(ChunkHead::read(&event.data));
        }
        self.relay.usage = chunk.usage.or(self.relay.usage);
        if chunk.is_usage_only && self.request.as_ref().is_some_and(|request| !request.include_usage) {
            return Ok(());
        }
        if self.is_unreadable(screen, &chunk.unscannable, chunk.has_logprobs) {
            return Err(Problem::new(Reason::Unscannable).into());
        }
        self.relay.tool_calls.extend(chunk.tool_calls.iter().map(|call| call.name.clone()));
        if let Some((_, reason)) = chunk.finish_reasons.first() {
            self.relay.finish_reason.clone_from(reason);
        }
        let ended =
            |channel: &Channel| chunk.finish_reasons.iter().any(|(choice, _)| *choice == channel.choice);
        let mut reader = TextReader::new(&event.data);
        let mut edits: Vec<Edit> = Vec::new();
        let mut written: Vec<Channel> = Vec::new();
        for answer_text in &chunk.texts {
            let text = reader.read(&answer_text.place);
            edits.extend(self.read_text(
                stream,
                screen,
                (answer_text, &text),
                ended(&answer_text.channel),
            )?);
            written.push(answer_text.channel.clone());
        }
        let all = stream.channels.keys().chain(stream.arguments.keys());
        let flushed: Vec<Channel> = all.filter(|it| ended(it) && !written.contains(it)).cloned().collect();
        self.flush(stream, screen, &flushed)?;
        self.ask_rules(stream, screen)?;
        let data = if edits.is_empty() {
            event.data.clone()
        } else {
            apply(&event.data, edits).map_err(|_| Stop::Broken)?
        };
        SseEvent { data, ..event.clone() }.encode_into(&mut stream.ready);
        Ok(())
    }

    /// Asks the rules on output, when more is known than at the last time.
    fn ask_rules(&mut self, stream: &mut Stream, screen: &Screen) -> Result<(), Stop> {
        let found = self.relay.found.iter().map(|(_, times)| u64::from(times)).sum();
        let known = (self.relay.tool_calls.len(), found);
        if screen.asks_output && known != stream.known {
            stream.known = known;
            self.respond()?;
        }
        Ok(())
    }

    /// What one piece of text becomes; the edit, if it changes.
    fn read_text(
        &mut self,
        stream: &mut Stream,
        screen: &Screen,
        (answer_text, text): (&AnswerText, &Text<'_>),
        is_end: bool,
    ) -> Result<Option<Edit>, Stop> {
        let length = u64::try_from(text.text.len()).unwrap_or(u64::MAX);
        self.relay.text_bytes = self.relay.text_bytes.saturating_add(length);
        let channel = &answer_text.channel;
        let changed = match &channel.part {
            Part::Apart(_) => self.restore(screen, &text.text)?,
            Part::Arguments(_) | Part::FunctionArguments if self.is_changing(screen) => {
                let held = stream.arguments.entry(channel.clone()).or_default();
                held.push_str(&text.text);
                if held.len() > ANSWER_BYTES_MAX || stream.arguments.len() > CHANNELS_MAX {
                    return Err(Stop::Broken);
                }
                if is_end { self.take_arguments(stream, screen, channel)? } else { String::new() }
            }
            Part::Content
            | Part::Refusal
            | Part::Reasoning
            | Part::Arguments(_)
            | Part::CustomInput(_)
            | Part::FunctionArguments
            | Part::Field(_) => self.push_text(stream, screen, channel, (&text.text, is_end))?,
        };
        Ok(text.replace(&changed))
    }

    /// Whether answers are anything but passed on.
    fn is_changing(&self, screen: &Screen) -> bool {
        let plans = screen.plans(self.began.wall);
        !plans.output.changing().is_empty() || self.vault.as_ref().is_none_or(|vault| !vault.is_empty())
    }

    fn push_text(
        &mut self,
        stream: &mut Stream,
        screen: &Screen,
        channel: &Channel,
        (text, is_end): (&str, bool),
    ) -> Result<String, Stop> {
        let vault = self.vault.as_ref().ok_or_else(|| Problem::new(Reason::PolicyError(None)))?;
        let plans = screen.plans(self.began.wall);
        let around = Surroundings::new(self.guard.scanner(), &plans.output, vault, &screen.output);
        if !stream.channels.contains_key(channel) && stream.channels.len() >= CHANNELS_MAX {
            return Err(Stop::Broken);
        }
        let output = stream.channels.entry(channel.clone()).or_insert_with(|| OutputStream::new(&around));
        let before = (output.found().clone(), output.redacted().clone());
        let mut out = String::new();
        let pushed = output.push(text, &around, &mut out);
        let read = if is_end { pushed.and_then(|()| output.finish(&around, &mut out)) } else { pushed };
        read.map_err(|blocked| Problem::new(Reason::ContentBlocked(blocked.0)))?;
        self.relay.found.merge(&output.found().since(&before.0));
        self.relay.redacted.merge(&output.redacted().since(&before.1));
        self.record.output_redactions = crate::exchange::screen::listed(&self.relay.redacted);
        Ok(out)
    }

    /// Complete arguments, each text in them scanned and restored by itself.
    fn take_arguments(
        &mut self,
        stream: &mut Stream,
        screen: &Screen,
        channel: &Channel,
    ) -> Result<String, Stop> {
        let source = stream.arguments.remove(channel).unwrap_or_default();
        let Some(places) = source_texts(source.as_bytes()) else {
            return Ok(self.restore(screen, &source)?);
        };
        let mut reader = TextReader::new(source.as_bytes());
        let mut edits = Vec::new();
        for place in &places {
            let text = reader.read(place);
            let restored = self.restore(screen, &text.text)?;
            edits.extend(text.replace(&restored));
        }
        let edited = apply(source.as_bytes(), edits).map_err(|_| Stop::Broken)?;
        String::from_utf8(edited).map_err(|_| Stop::Broken)
    }

    /// Gives out what channels hold back, as chunks of their own.
    fn flush(&mut self, stream: &mut Stream, screen: &Screen, channels: &[Channel]) -> Result<(), Stop> {
        for channel in channels {
            let text = if stream.arguments.contains_key(channel) {
                self.take_arguments(stream, screen, channel)?
            } else {
                self.push_text(stream, screen, channel, ("", true))?
            };
            stream.channels.remove(channel);
            if text.is_empty() {
                continue;
            }
            let head = stream.head.clone().unwrap_or_default();
            let data = head.chunk(channel, &text).ok_or(Stop::Broken)?;
            SseEvent::of(data).encode_into(&mut stream.ready);
        }
        Ok(())
    }

    /// Sends what is ready, unless a rule needs the whole answer first.
    fn forward_ready(&mut self, stream: &mut Stream) {
        let is_held = self.output_screen().is_some_and(|screen| screen.holds_answer) && !stream.is_done;
        if stream.ready.is_empty() || is_held {
            return;
        }
        if !stream.is_forwarding {
            stream.is_forwarding = true;
            let endpoint = self.record.served.map(|(endpoint, _)| endpoint);
            let headers =
                vec![("content-type", "text/event-stream".into()), ("cache-control", "no-cache".into())];
            self.forward_head(200, headers, endpoint);
        }
        let ready = std::mem::take(&mut stream.ready);
        self.push(Step::Forward(Bytes::from(ready)));
    }

    /// The upstream broke off: another candidate, if nothing was forwarded; else an honest end.
    fn cut(&mut self, stream: &Stream, outcome: AttemptOutcome, now: Moment) {
        if !stream.is_forwarding {
            let failure = match outcome {
                AttemptOutcome::Timeout => FailureKind::Timeout,
                AttemptOutcome::Served(_)
                | AttemptOutcome::Status(_)
                | AttemptOutcome::Failed(_)
                | AttemptOutcome::Abandoned => FailureKind::Connect,
            };
            return self.abandon(outcome, failure, now);
        }
        self.outcome(outcome);
        let message = "The provider's answer broke off.".to_owned();
        let problem = Problem { message: Some(message), ..Problem::new(Reason::UpstreamFailed) };
        self.abort(&problem, now);
    }

    fn stop(&mut self, mut stream: Box<Stream>, stop: Stop, now: Moment) {
        self.push(Step::Hangup);
        match stop {
            Stop::Broken => self.cut(&stream, AttemptOutcome::Failed(UpstreamFailure::Malformed), now),
            Stop::Refused(problem) if stream.is_forwarding => {
                // What was judged before the refusal may still go out.
                self.forward_ready(&mut stream);
                self.abort(&problem, now);
            }
            Stop::Refused(problem) => self.refuse(problem, now),
        }
    }

    /// Ends a stream with the dialect's error event, never as if it were whole.
    fn abort(&mut self, problem: &Problem, now: Moment) {
        let told = self.told(problem);
        self.push(Step::Abort(Bytes::from(told.event)));
        self.record.reason = Some(problem.reason.clone());
        self.finish(EndKind::Cut, now);
    }
}
