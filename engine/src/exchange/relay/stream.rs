//! An answer that arrives as events: each is read, held back as far as it must be, and forwarded.

use super::reader::Reader;
use super::{Exchange, Mode, Moment, Problem, Reason, Said, Step};
use crate::dialect::answer::{AnswerText, Channel, Part};
use crate::dialect::edit::{Edit, apply};
use crate::dialect::openai::{ChatChunk, ChatEvent, ChunkHead, DONE};
use crate::dialect::sse::{COMMENT, EVENT_BYTES_MAX, SseEvent, SseItem, SseParser};
use crate::dialect::text::{Form, Text, TextReader, source_texts};
use crate::exchange::ANSWER_BYTES_MAX;
use crate::record::{AttemptOutcome, EndKind, UpstreamFailure};
use crate::scan::OutputStream;
use bytes::Bytes;
use lang::model::FailureKind;
use std::collections::BTreeMap;

/// Most channels of one stream, and most calls of tools: choices, their texts and their tool calls.
///
/// A request may ask for 128 choices; a model calls a few tools at once.
const CHANNELS_MAX: usize = 1_024;

/// What is known of a stream.
pub(super) struct Stream {
    parser: SseParser,
    channels: BTreeMap<Channel, OutputStream>,
    /// Arguments of tool calls, held until they are complete JSON.
    arguments: BTreeMap<Channel, String>,
    /// Choices that have ended, in the order in which they did.
    ended: Vec<u64>,
    head: Option<ChunkHead>,
    /// What is remembered of the answer beside the channels' own text, in bytes.
    kept_bytes: usize,
    /// Bytes that wait to be forwarded.
    ready: Vec<u8>,
    /// What a text becomes; kept for its memory.
    out: String,
    is_done: bool,
    /// Whether nothing is given out before the end.
    is_held: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            parser: SseParser::new(EVENT_BYTES_MAX),
            channels: BTreeMap::new(),
            arguments: BTreeMap::new(),
            ended: Vec::new(),
            head: None,
            kept_bytes: 0,
            ready: Vec::new(),
            out: String::new(),
            is_done: false,
            is_held: false,
        }
    }
}

/// Why a stream cannot go on.
enum Stop {
    /// Policy refuses what came.
    Refused(Problem),
    /// The upstream said something that cannot be read, too much of it, or an error.
    Broken,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl Exchange {
    pub(super) fn on_stream(&mut self, mut stream: Box<Stream>, said: Said, now: Moment) {
        match said {
            Said::Chunk(bytes) => {
                if !stream.is_done {
                    self.extend_deadline(now);
                }
                let (began, asks_usage) = (self.began.wall, self.asks_usage());
                let Some(mut reader) = self.reader() else { return self.misfit(now) };
                stream.is_held = reader.needs().is_held(began);
                match stream.read(&mut reader, &bytes, asks_usage) {
                    Ok(()) => {
                        self.forward_ready(&mut stream);
                        self.relay.mode = Mode::Stream(stream);
                    }
                    Err(stop) => self.stop(stream, stop, now),
                }
            }
            // The driver may go away once it has the end; an answer that was whole stays whole.
            Said::End | Said::Failed(_) | Said::Nothing if stream.is_done => {
                self.push(Step::Finish);
                self.finish(EndKind::Answered, now);
            }
            Said::End => self.cut(AttemptOutcome::Failed(UpstreamFailure::Broken), now),
            Said::Failed(failure) => self.cut(AttemptOutcome::Failed(failure), now),
            Said::Nothing => {
                self.push(Step::Hangup);
                self.cut(AttemptOutcome::Timeout, now);
            }
            Said::Head(..) => self.misfit(now),
        }
    }

    /// Whether the client asked to be told what the answer took.
    fn asks_usage(&self) -> bool {
        self.request.as_ref().is_none_or(|request| request.include_usage)
    }

    /// Sends what is ready, unless a rule needs the whole answer first.
    fn forward_ready(&mut self, stream: &mut Stream) {
        if stream.ready.is_empty() || (stream.is_held && !stream.is_done) {
            return;
        }
        if !self.is_forwarding {
            let endpoint = self.record.served.map(|(endpoint, _)| endpoint);
            let headers =
                vec![("content-type", "text/event-stream".into()), ("cache-control", "no-cache".into())];
            self.forward_head(200, headers, endpoint);
        }
        let ready = std::mem::take(&mut stream.ready);
        self.push(Step::Forward(Bytes::from(ready)));
    }

    /// The upstream broke off: another candidate, if nothing was forwarded; else an honest end.
    fn cut(&mut self, outcome: AttemptOutcome, now: Moment) {
        if !self.is_forwarding {
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
        self.abort(problem, now);
    }

    fn stop(&mut self, mut stream: Box<Stream>, stop: Stop, now: Moment) {
        self.push(Step::Hangup);
        if self.is_forwarding {
            // What was judged before may still go out.
            self.forward_ready(&mut stream);
        }
        match stop {
            Stop::Broken => self.cut(AttemptOutcome::Failed(UpstreamFailure::Malformed), now),
            Stop::Refused(problem) => self.refuse(problem, now),
        }
    }
}

impl Stream {
    fn read(&mut self, reader: &mut Reader<'_>, bytes: &[u8], asks_usage: bool) -> Result<(), Stop> {
        let mut input = bytes;
        // What follows the end is none of the client's.
        while !self.is_done {
            match self.parser.next(&mut input).map_err(|_| Stop::Broken)? {
                Some(SseItem::Event(event)) => self.read_event(reader, event, asks_usage)?,
                Some(SseItem::Comment) => self.ready.extend_from_slice(COMMENT),
                None => break,
            }
            let text = usize::try_from(reader.tally.text_bytes).unwrap_or(usize::MAX);
            if self.ready.len().max(self.kept_bytes).max(text) > ANSWER_BYTES_MAX {
                return Err(Stop::Broken);
            }
        }
        Ok(())
    }

    fn read_event(&mut self, reader: &mut Reader<'_>, event: SseEvent, asks_usage: bool) -> Result<(), Stop> {
        match ChatEvent::read(&event.data).map_err(|_| Stop::Broken)? {
            ChatEvent::Chunk(chunk) if chunk.is_usage_only && !asks_usage => {
                reader.tally.usage = chunk.usage.or(reader.tally.usage);
                Ok(())
            }
            ChatEvent::Chunk(chunk) => self.read_chunk(reader, event, chunk),
            ChatEvent::Error(_) => Err(Stop::Broken),
            ChatEvent::Done => {
                self.flush(reader, |_| true)?;
                reader.respond()?;
                SseEvent::of(DONE).encode_into(&mut self.ready);
                self.is_done = true;
                Ok(())
            }
        }
    }

    fn read_chunk(
        &mut self,
        reader: &mut Reader<'_>,
        mut event: SseEvent,
        chunk: ChatChunk,
    ) -> Result<(), Stop> {
        if self.head.is_none() {
            self.head = Some(ChunkHead::read(&event.data));
        }
        reader.tally.usage = chunk.usage.or(reader.tally.usage);
        if reader.is_unreadable(&chunk.unscannable, chunk.has_logprobs) {
            return Err(Problem::new(Reason::Unscannable).into());
        }
        for call in chunk.tool_calls {
            self.keep(call.name.len());
            reader.judge.calls(call.name);
        }
        if let Some((_, reason)) = chunk.finish_reasons.first() {
            reader.judge.ends(reason);
        }
        if reader.judge.tool_calls() > CHANNELS_MAX {
            return Err(Stop::Broken);
        }
        let (edits, is_emptied) =
            self.read_texts(reader, &event.data, &chunk.texts, &chunk.finish_reasons)?;
        for (choice, _) in &chunk.finish_reasons {
            self.end(reader, *choice)?;
        }
        if reader.judge.has_grown() && reader.needs().is_asked {
            reader.respond()?;
        }
        // All that it says is held back: later chunks say it.
        if is_emptied && !chunk.says_more {
            return Ok(());
        }
        if !edits.is_empty() {
            event.data = apply(&event.data, edits).map_err(|_| Stop::Broken)?;
        }
        event.encode_into(&mut self.ready);
        Ok(())
    }

    /// Reads the texts of a chunk: how they change, and whether nothing is left of any.
    fn read_texts(
        &mut self,
        reader: &mut Reader<'_>,
        data: &[u8],
        texts: &[AnswerText],
        finished: &[(u64, String)],
    ) -> Result<(Vec<Edit>, bool), Stop> {
        let mut places = TextReader::new(data);
        let mut edits = Vec::new();
        let mut is_emptied = !texts.is_empty();
        let mut rest = texts;
        while let [answer_text, later @ ..] = rest {
            rest = later;
            let channel = &answer_text.channel;
            let text = places.read(&answer_text.place);
            reader.tally.read(&text.text);
            if reader.around.is_idle() {
                is_emptied = false;
                continue;
            }
            let is_end = finished.iter().any(|(choice, _)| *choice == channel.choice)
                && !later.iter().any(|other| other.channel == *channel);
            self.out.clear();
            self.read_text(reader, channel, (&text, is_end))?;
            is_emptied &= self.out.is_empty();
            edits.extend(text.replace(&self.out));
        }
        Ok((edits, is_emptied))
    }

    /// Puts into `out` what may be given out once this text has come.
    fn read_text(
        &mut self,
        reader: &mut Reader<'_>,
        channel: &Channel,
        (text, is_end): (&Text<'_>, bool),
    ) -> Result<(), Stop> {
        let is_late = self.ended.contains(&channel.choice);
        match &channel.part {
            Part::Apart(_) => {
                self.out = reader.restore(&text.text, None)?;
                Ok(())
            }
            // The rest of it has been given out: nothing that crosses the end would be found.
            Part::Content
            | Part::Refusal
            | Part::Reasoning
            | Part::Arguments(_)
            | Part::CustomInput(_)
            | Part::FunctionArguments
            | Part::Field(_)
                if is_late =>
            {
                Err(Stop::Broken)
            }
            Part::Arguments(_) | Part::FunctionArguments if !reader.around.is_transparent() => {
                self.keep(text.text.len());
                self.open(channel, self.arguments.contains_key(channel))?;
                if let Some(held) = self.arguments.get_mut(channel) {
                    held.push_str(&text.text);
                } else {
                    self.arguments.insert(channel.clone(), text.text.clone().into_owned());
                }
                if is_end { self.take_arguments(reader, channel) } else { Ok(()) }
            }
            Part::Content
            | Part::Refusal
            | Part::Reasoning
            | Part::Arguments(_)
            | Part::CustomInput(_)
            | Part::FunctionArguments
            | Part::Field(_) => self.push_text(reader, channel, (&text.text, is_end)),
        }
    }

    /// Whether one more channel may be held, unless it is already.
    fn open(&mut self, channel: &Channel, is_open: bool) -> Result<(), Stop> {
        if is_open {
            return Ok(());
        }
        if let Part::Field(name) = &channel.part {
            self.keep(name.len());
        }
        let open = self.channels.len().saturating_add(self.arguments.len());
        if open >= CHANNELS_MAX { Err(Stop::Broken) } else { Ok(()) }
    }

    /// Counts what is remembered of the answer; too much of it ends it.
    fn keep(&mut self, bytes: usize) {
        self.kept_bytes = self.kept_bytes.saturating_add(bytes);
    }

    fn push_text(
        &mut self,
        reader: &mut Reader<'_>,
        channel: &Channel,
        piece: (&str, bool),
    ) -> Result<(), Stop> {
        if !self.channels.contains_key(channel) {
            self.open(channel, false)?;
            let escape = reader.escape(&channel.part, Form::String);
            self.channels.insert(channel.clone(), super::reader::open(escape));
        }
        let Some(output) = self.channels.get_mut(channel) else { return Err(Stop::Broken) };
        reader.push(output, piece, &mut self.out)?;
        if piece.1 {
            self.channels.remove(channel);
        }
        Ok(())
    }

    /// Puts complete arguments into `out`, each text in them scanned and restored by itself.
    fn take_arguments(&mut self, reader: &mut Reader<'_>, channel: &Channel) -> Result<(), Stop> {
        let source = self.arguments.remove(channel).unwrap_or_default();
        self.kept_bytes = self.kept_bytes.saturating_sub(source.len());
        let Some(places) = source_texts(source.as_bytes()) else {
            self.out = reader.restore(&source, reader.escape(&channel.part, Form::Source))?;
            return Ok(());
        };
        let mut texts = TextReader::new(source.as_bytes());
        let mut edits = Vec::new();
        for place in &places {
            let text = texts.read(place);
            let restored = reader.restore(&text.text, None)?;
            edits.extend(text.replace(&restored));
        }
        let edited = apply(source.as_bytes(), edits).map_err(|_| Stop::Broken)?;
        self.out = String::from_utf8(edited).map_err(|_| Stop::Broken)?;
        Ok(())
    }

    /// A choice ends: what its channels hold back stands before the chunk that says so.
    fn end(&mut self, reader: &mut Reader<'_>, choice: u64) -> Result<(), Stop> {
        if !self.ended.contains(&choice) {
            self.ended.push(choice);
        }
        if self.ended.len() > CHANNELS_MAX {
            return Err(Stop::Broken);
        }
        self.flush(reader, |channel| channel.choice == choice)
    }

    /// Gives out what channels hold back, as chunks of their own.
    fn flush(&mut self, reader: &mut Reader<'_>, is_over: impl Fn(&Channel) -> bool) -> Result<(), Stop> {
        let all = self.channels.keys().chain(self.arguments.keys());
        let over: Vec<Channel> = all.filter(|channel| is_over(channel)).cloned().collect();
        for channel in over {
            self.out.clear();
            if self.arguments.contains_key(&channel) {
                self.take_arguments(reader, &channel)?;
            } else {
                self.push_text(reader, &channel, ("", true))?;
            }
            if self.out.is_empty() {
                continue;
            }
            let data = self.head.as_ref().and_then(|head| head.chunk(&channel, &self.out));
            SseEvent::of(data.ok_or(Stop::Broken)?).encode_into(&mut self.ready);
        }
        Ok(())
    }
}
