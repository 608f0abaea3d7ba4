//! OpenAI's API: chat completions, plain and streamed, embeddings, and the list of models.
//!
//! `fields` is the table of a request's fields; [`ChatRequest`] is what policy
//! reads of one; [`ChatAnswer`] and [`ChatEvent`] are what comes back, each with
//! the places where its text lives. Whoever redacts turns findings into edits
//! and applies them to the very bytes that were read.

mod answer;
mod embeddings;
mod error;
mod fields;
mod models;
mod request;
mod rewrite;
mod stream;

pub use answer::{ChatAnswer, read_error};
pub use embeddings::INPUTS_MAX;
pub(crate) use error::error_type;
pub use error::{error_body, error_event};
pub use models::{ModelEntry, models_body};
pub use request::{Answers, CHOICES_MAX, ChatRequest, Hosted, MODEL_BYTES_MAX};
pub use rewrite::ForUpstream;
pub use stream::{ChatChunk, ChatEvent, ChunkHead, DONE};

#[cfg(test)]
mod tests;
