//! Provider APIs as bytes: read what matters, edit in place, answer as each
//! client expects.
//!
//! A dialect has a folder. It reads a request into what policy decides on and
//! the places where text lives, rewrites it for an upstream, reads answers
//! plain or streamed, and writes errors in the shape that its clients know.
//! What every dialect needs stands beside the folders: [`json`] (the skimmer),
//! [`edit`] (replacing ranges), [`text`] (places of text and the way back to
//! bytes), `shape` (a dialect's description of where text lives), [`sse`]
//! (event streams), [`estimate`] (tokens before anyone counted them), [`answer`]
//! and [`report`] (what is read of an answer and told of an error).
//!
//! **Invariant:** bytes in, bytes out; nothing here waits, reads a clock or
//! remembers a request. Any bytes give a value or an error, never a panic.

#![deny(clippy::arithmetic_side_effects)]

pub mod answer;
pub mod edit;
pub mod estimate;
pub mod json;
pub mod openai;
pub mod report;
mod shape;
pub mod sse;
pub mod text;

use json::JsonError;

/// Why a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RequestError {
    /// The kind of refusal.
    pub reason: RequestFault,
    /// What is wrong, in one line; none of the body's text.
    pub message: String,
    /// The field at fault, as in `messages[0].content`.
    pub param: Option<String>,
}

/// The kind of a [`RequestError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestFault {
    /// `request_invalid`
    Invalid,
    /// `unsupported`
    Unsupported,
}

impl RequestFault {
    /// The reason code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "request_invalid",
            Self::Unsupported => "unsupported",
        }
    }
}

impl RequestError {
    /// A request that is not what the API asks for.
    pub fn invalid(message: impl Into<String>, param: Option<String>) -> Self {
        Self { reason: RequestFault::Invalid, message: message.into(), param }
    }

    /// A request for what is not offered here.
    pub fn unsupported(message: impl Into<String>, param: Option<String>) -> Self {
        Self { reason: RequestFault::Unsupported, message: message.into(), param }
    }
}

impl From<JsonError> for RequestError {
    fn from(error: JsonError) -> Self {
        Self::invalid(format!("the body cannot be read: {error}"), None)
    }
}
