//! Chat completions, as an OpenAI-compatible provider answers them.

use super::{Answer, End, Reply};
use crate::dialect::answer::Usage;
use crate::dialect::estimate::text_tokens;
use crate::dialect::json::{Document, Value, encode};
use crate::dialect::openai::{ChatRequest, DONE, error_type};
use crate::dialect::sse::SseEvent;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::time::Duration;

/// Characters in each piece of a stream, unless the script says another number: about a token's worth of four.
const CUT: usize = 16;

/// Most of a user's message that is echoed, in bytes: long enough to see what redaction made of a page.
const ECHO_BYTES_MAX: usize = 16 << 10;

/// The status of an answer of which none is scripted.
pub(super) const OK: u16 = 200;

/// Most pieces of text in one stream; a finer cut is made coarser, so that a small request cannot ask for gigabytes.
const PIECES_MAX: usize = 1 << 16;

/// Answers, delays and truncation aside.
pub(super) fn answer(request: &[u8], reply: &Reply, created: u64) -> Answer {
    let parsed = match ChatRequest::read(request) {
        Ok(parsed) => parsed,
        Err(error) => return plain(400, error_body(400, &error.to_string()), reply),
    };
    if let Some(failure) = scripted_failure(reply) {
        return failure;
    }
    let status = reply.status.unwrap_or(OK);
    let completion = Completion::new(request, &parsed, reply, created);
    if parsed.stream {
        let mut pieces: Vec<Vec<u8>> = completion.events(parsed.include_usage, completion.cut(reply));
        pieces.push(wire(DONE));
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        return Answer { status, headers, delay: Duration::ZERO, pieces, end: End::Complete };
    }
    plain(status, completion.body().into_bytes(), reply)
}

/// The answer of a provider that was told to fail, or to say what is no answer.
pub(super) fn scripted_failure(reply: &Reply) -> Option<Answer> {
    let status = reply.status.unwrap_or(OK);
    if status >= 400 {
        return Some(plain(status, error_body(status, "The simulated provider was told to fail."), reply));
    }
    reply.garbage.then(|| plain(status, b"<html>this is no answer</html>".to_vec(), reply))
}

pub(super) fn plain(status: u16, body: Vec<u8>, reply: &Reply) -> Answer {
    let pieces = match reply.cut {
        Some(cut) => body.chunks(cut.get()).map(<[u8]>::to_vec).collect(),
        None => vec![body],
    };
    let headers = vec![("content-type", "application/json".to_owned())];
    Answer { status, headers, delay: Duration::ZERO, pieces, end: End::Complete }
}

pub(super) fn error_body(status: u16, message: &str) -> Vec<u8> {
    let kind = error_type(status, "");
    let message = encode(message);
    format!(r#"{{"error":{{"message":"{message}","type":"{kind}","param":null,"code":null}}}}"#).into_bytes()
}

/// What a provider would have computed.
struct Completion<'a> {
    /// The start of every body and chunk.
    id: String,
    created: u64,
    model: &'a str,
    say: Option<String>,
    /// Where the stream's pieces of `say` are given.
    pieces: &'a [String],
    calls: Vec<Call<'a>>,
    finish_reason: String,
    usage: Usage,
    choices: u64,
}

struct Call<'a> {
    id: String,
    name: &'a str,
    arguments: &'a str,
}

impl<'a> Completion<'a> {
    fn new(request: &[u8], parsed: &'a ChatRequest, reply: &'a Reply, created: u64) -> Self {
        let digest = hex(&Sha256::digest(request));
        let short = digest.get(..24).unwrap_or_default();
        let calls: Vec<Call<'a>> = reply
            .tool_calls
            .iter()
            .enumerate()
            .map(|(index, call)| Call {
                id: format!("call_{short}{index}"),
                name: &call.name,
                arguments: &call.arguments,
            })
            .collect();
        let said = if reply.pieces.is_empty() { reply.say.clone() } else { Some(reply.pieces.concat()) };
        let is_silent = said.is_none() && !calls.is_empty();
        let say = if is_silent { None } else { Some(said.unwrap_or_else(|| echo(request, parsed))) };
        let finish_reason = if calls.is_empty() { "stop" } else { "tool_calls" };
        let lengths = calls.iter().map(|call| call.name.len().saturating_add(call.arguments.len()));
        let bytes = lengths.chain(say.iter().map(String::len)).fold(0, usize::saturating_add);
        let output = text_tokens(u64::try_from(bytes).unwrap_or(u64::MAX)).saturating_mul(parsed.choices);
        let usage = Usage { input: parsed.size.tokens(), output, cached_input: 0 };
        Self {
            id: format!("chatcmpl-{short}"),
            created,
            model: &parsed.model,
            say,
            pieces: &reply.pieces,
            calls,
            finish_reason: reply.finish_reason.clone().unwrap_or_else(|| finish_reason.to_owned()),
            usage: reply.usage.unwrap_or(usage),
            choices: parsed.choices,
        }
    }

    /// Characters in each piece.
    fn cut(&self, reply: &Reply) -> usize {
        let asked = reply.cut.map_or(CUT, std::num::NonZeroUsize::get);
        let bytes =
            self.calls.iter().map(|call| call.arguments.len()).chain(self.say.iter().map(String::len));
        let choices = usize::try_from(self.choices).unwrap_or(usize::MAX);
        let all = bytes.fold(0, usize::saturating_add).saturating_mul(choices);
        asked.max(all.div_ceil(PIECES_MAX))
    }

    /// The fields before `choices`.
    fn head(&self, object: &str) -> String {
        let (id, created, model) = (&self.id, self.created, encode(self.model));
        format!(r#"{{"id":"{id}","object":"{object}","created":{created},"model":"{model}","#)
    }

    fn body(&self) -> String {
        let content = self.say.as_deref().map_or_else(|| "null".to_owned(), quoted);
        let calls: Vec<String> = self.calls.iter().map(Call::body).collect();
        let calls =
            if calls.is_empty() { String::new() } else { format!(r#","tool_calls":[{}]"#, calls.join(",")) };
        let finish = quoted(&self.finish_reason);
        let choice = |index: u64| {
            format!(
                r#"{{"index":{index},"message":{{"role":"assistant","content":{content},"refusal":null{calls}}},"logprobs":null,"finish_reason":{finish}}}"#
            )
        };
        let choices: Vec<String> = (0..self.choices).map(choice).collect();
        format!(r#"{}"choices":[{}],{}}}"#, self.head("chat.completion"), choices.join(","), self.usage())
    }

    fn usage(&self) -> String {
        let Usage { input, output, cached_input } = self.usage;
        let total = input.saturating_add(output);
        format!(
            r#""usage":{{"prompt_tokens":{input},"completion_tokens":{output},"total_tokens":{total},"prompt_tokens_details":{{"cached_tokens":{cached_input}}}}}"#
        )
    }

    fn events(&self, include_usage: bool, cut: usize) -> Vec<Vec<u8>> {
        let mut deltas = Vec::new();
        for choice in 0..self.choices {
            deltas.extend(self.deltas(cut).into_iter().map(|delta| (choice, delta, "null".to_owned())));
            deltas.push((choice, "{}".to_owned(), quoted(&self.finish_reason)));
        }
        let head = self.head("chat.completion.chunk");
        let no_usage = if include_usage { r#","usage":null"# } else { "" };
        let event = |(choice, delta, finish): (u64, String, String)| {
            wire(format!(
                r#"{head}"choices":[{{"index":{choice},"delta":{delta},"logprobs":null,"finish_reason":{finish}}}]{no_usage}}}"#
            ))
        };
        let mut events: Vec<Vec<u8>> = deltas.into_iter().map(event).collect();
        if include_usage {
            events.push(wire(format!(r#"{head}"choices":[],{}}}"#, self.usage())));
        }
        events
    }

    fn deltas(&self, cut: usize) -> Vec<String> {
        let content = if self.say.is_some() { r#""""# } else { "null" };
        let mut deltas = vec![format!(r#"{{"role":"assistant","content":{content}}}"#)];
        let cut_evenly = self.say.iter().filter(|_| self.pieces.is_empty()).flat_map(|say| pieces(say, cut));
        for piece in self.pieces.iter().map(String::as_str).chain(cut_evenly) {
            deltas.push(format!(r#"{{"content":{}}}"#, quoted(piece)));
        }
        for (index, call) in self.calls.iter().enumerate() {
            deltas.push(format!(r#"{{"tool_calls":[{{"index":{index},{}]}}"#, call.head()));
            for piece in pieces(call.arguments, cut) {
                let piece = quoted(piece);
                deltas.push(format!(
                    r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":{piece}}}}}]}}"#
                ));
            }
        }
        deltas
    }
}

impl Call<'_> {
    fn body(&self) -> String {
        let (id, name, arguments) = (&self.id, quoted(self.name), quoted(self.arguments));
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":{name},"arguments":{arguments}}}}}"#)
    }

    /// What the first delta of the call says, after its index.
    fn head(&self) -> String {
        let (id, name) = (&self.id, quoted(self.name));
        format!(r#""id":"{id}","type":"function","function":{{"name":{name},"arguments":""}}}}"#)
    }
}

/// A friendly text that shows what arrived.
fn echo(request: &[u8], parsed: &ChatRequest) -> String {
    let said = Document::parse(request).map(|document| last_user_text(document.root())).unwrap_or_default();
    let end = said.floor_char_boundary(ECHO_BYTES_MAX);
    let (shown, rest) = said.split_at_checked(end).unwrap_or((&said, ""));
    let more = if rest.is_empty() { "" } else { "…" };
    format!("Simulated answer by {}: you said \"{shown}{more}\".", parsed.model)
}

fn last_user_text(root: Value<'_, '_>) -> String {
    let messages = root.get("messages").into_iter().flat_map(Value::elements);
    let from_user = messages.filter(|message| message.get("role").is_some_and(|role| role.is("user")));
    let Some(content) = from_user.last().and_then(|message| message.get("content")) else {
        return String::new();
    };
    if let Some(text) = content.as_str() {
        return text.into_owned();
    }
    let texts = content.elements().filter_map(|part| part.get("text").and_then(Value::as_str));
    texts.collect::<Vec<_>>().join(" ")
}

/// A text in pieces of so many characters.
fn pieces(text: &str, cut: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(cut).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at_checked(end)?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", encode(text))
}

fn wire(data: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    SseEvent::of(data).encode_into(&mut out);
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
