//! What is read of an answer, whatever the dialect.

use super::json::JsonError;
use super::text::TextPlace;

/// What an upstream says that an exchange took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// Tokens read from the provider's cache.
    pub cached_input: u64,
}

/// Why an upstream's answer cannot be read; it is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not JSON as the skimmer takes it.
    #[error("the answer cannot be read: {0}")]
    Json(#[from] JsonError),
    /// JSON, but no answer of this API.
    #[error("the answer has no `{0}`")]
    Missing(&'static str),
}

/// A stream of text within an answer: text of one channel belongs together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel {
    /// Which of the answers.
    pub choice: u64,
    /// Which part of it.
    pub part: Part,
}

/// The part of an answer that a text is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `content`
    Content,
    /// `refusal`
    Refusal,
    /// `reasoning_content`: what some servers tell of the model's thoughts.
    Reasoning,
    /// Arguments of the tool call with this index.
    Arguments(u64),
    /// Input of the custom tool call with this index.
    CustomInput(u64),
    /// Arguments of the older `function_call`.
    FunctionArguments,
    /// Any other field of the message that is a string, by its name.
    Field(String),
    /// A text within a structure of a provider's own. It is whole, whatever else comes: nothing of it is held back.
    /// The number tells it from others of the same body.
    Apart(usize),
}

/// A text of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerText {
    /// What it is a piece of.
    pub channel: Channel,
    /// Where it stands.
    pub place: TextPlace,
}

/// The name of a tool that the model calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCallName {
    /// Which of the answers.
    pub choice: u64,
    /// Which call of it.
    pub index: u64,
    /// The tool.
    pub name: String,
}

/// An error that a provider tells.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProviderError {
    /// `message`
    pub message: String,
    /// `type`
    pub kind: String,
    /// `code`
    pub code: String,
}
