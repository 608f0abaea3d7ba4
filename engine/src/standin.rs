//! The stand-in provider: what `--simulate` and the test harness answer with.
//!
//! It gets the very bytes that an upstream would get and gives an answer of the
//! same API, plain or streamed, as a script says or else with a friendly text
//! that shows what arrived. It is pure: ids follow from the request's digest and
//! the time is given, so that the same request always has the same answer.

#![deny(clippy::arithmetic_side_effects)]

mod chat;
mod embeddings;
mod script;

use crate::dialect::answer::Usage;
use std::num::NonZeroUsize;
use std::time::Duration;

pub use script::{DELAY_MAX, SCRIPT_BYTES_MAX, Script, ScriptError};

/// What the stand-in is to do with one request.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reply {
    /// The HTTP status; 200 when not said. From 400 on the answer is an error.
    pub status: Option<u16>,
    /// What the model says; when not said, and no tool is called, an echo of the last user message.
    pub say: Option<String>,
    /// The same in the pieces of a stream, in place of `say` and `cut`; none when empty.
    pub pieces: Vec<String>,
    /// Tools that the model calls.
    pub tool_calls: Vec<ScriptedCall>,
    /// How long the answer's first byte takes.
    pub delay: Duration,
    /// Characters in each piece of a stream, bytes in each piece of a plain body.
    pub cut: Option<NonZeroUsize>,
    /// Why the answer ends; `stop` or `tool_calls` when not said.
    pub finish_reason: Option<String>,
    /// What it took; the estimate when not said.
    pub usage: Option<Usage>,
    /// The connection breaks after so many pieces.
    pub truncate: Option<usize>,
    /// The body is not what the API promises.
    pub garbage: bool,
}

/// A call of a tool that a script makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedCall {
    /// The tool.
    pub name: String,
    /// Its arguments, as JSON.
    pub arguments: String,
}

/// An answer of the stand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// How long the first byte takes.
    pub delay: Duration,
    /// The body, in the pieces in which it arrives.
    pub pieces: Vec<Vec<u8>>,
    /// How the body ends.
    pub end: End,
}

/// How the body of an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// As the API promises.
    Complete,
    /// The connection breaks.
    Broken,
}

/// Answers what is sent to a path below an endpoint's base address; see [`chat`].
///
/// Vectors have their own form, so a reply's texts and calls mean nothing to `/embeddings`.
pub fn answer(path: &str, request: &[u8], reply: &Reply, created: u64) -> Answer {
    match path {
        "/embeddings" => finished(embeddings::answer(request, reply), reply),
        _ => chat(request, reply, created),
    }
}

/// Answers a chat request as an OpenAI-compatible provider would; `created` is in seconds since 1970.
///
/// # Examples
///
/// ```
/// # use engine::standin::{Reply, chat};
/// let body = br#"{"model":"gpt-4o-2024-11-20","messages":[{"role":"user","content":"hello"}]}"#;
/// let answer = chat(body, &Reply::default(), 1_795_000_000);
/// let text = String::from_utf8(answer.pieces.concat()).unwrap();
/// assert!(text.contains(r#""content":"Simulated answer by gpt-4o-2024-11-20: you said \"hello\".""#));
/// ```
pub fn chat(request: &[u8], reply: &Reply, created: u64) -> Answer {
    finished(chat::answer(request, reply, created), reply)
}

/// With the delay of a reply, and cut where it says.
fn finished(mut answer: Answer, reply: &Reply) -> Answer {
    answer.delay = reply.delay;
    if !has_body(answer.status) {
        answer.pieces.clear();
        return answer;
    }
    if let Some(pieces) = reply.truncate.filter(|&pieces| pieces < answer.pieces.len()) {
        answer.pieces.truncate(pieces);
        answer.end = End::Broken;
    }
    answer
}

/// Whether an answer of this status has a body; HTTP lets some have none, whatever they say.
pub const fn has_body(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 304)
}

#[cfg(test)]
mod tests;
