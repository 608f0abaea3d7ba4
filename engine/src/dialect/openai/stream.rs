//! A chat answer, streamed: one event at a time.
//!
//! An event that changes is edited in place, like any body. Text that was held
//! back and has no event left to stand in gets one of its own, made from the
//! head of the stream: same id, model and time.

use super::answer::{MessageReader, error_of, read_usage};
use crate::dialect::answer::{AnswerError, AnswerText, Channel, Part, ProviderError, ToolCallName, Usage};
use crate::dialect::json::{Document, Kind as JsonKind, Value, encode_into, present};
use lang::model::{Kind, Set};

/// The data of the event that ends a stream.
pub const DONE: &[u8] = b"[DONE]";

/// What the data of an event holds.
#[derive(Clone, Debug)]
pub enum ChatEvent {
    /// A chunk of the answer.
    Chunk(ChatChunk),
    /// An error; nothing good follows.
    Error(ProviderError),
    /// The end.
    Done,
}

/// One chunk of a streamed answer.
#[derive(Clone, Debug, Default)]
pub struct ChatChunk {
    /// Pieces of text, in the order of the chunk.
    pub texts: Vec<AnswerText>,
    /// Tools whose calls begin here.
    pub tool_calls: Vec<ToolCallName>,
    /// Answers that end here: their index, and why.
    pub finish_reasons: Vec<(u64, String)>,
    /// What the exchange took, when it is told here.
    pub usage: Option<Usage>,
    /// Whether it says nothing else: to be removed for a client that did not ask.
    pub is_usage_only: bool,
    /// Content that no detector reads.
    pub unscannable: Set<Kind>,
    /// Whether it holds log probabilities, which repeat its text.
    pub has_logprobs: bool,
    /// Whether it says anything beside its texts: with these held back, it may be left out otherwise.
    pub says_more: bool,
}

/// What all chunks of a stream share, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ChunkHead {
    fields: Vec<(&'static str, String)>,
}

/// Fields that are the same in each chunk.
const SHARED: [&str; 4] = ["id", "created", "model", "system_fingerprint"];

impl ChatEvent {
    /// Reads the data of an event.
    ///
    /// # Errors
    ///
    /// Returns [`AnswerError`] for data that is no chunk: what cannot be read cannot be scanned.
    pub fn read(data: &[u8]) -> Result<Self, AnswerError> {
        if data.trim_ascii() == DONE {
            return Ok(Self::Done);
        }
        let document = Document::parse(data)?;
        let root = document.root();
        let choices = present(root.get("choices"));
        if root.kind() != JsonKind::Object || choices.is_some_and(|choices| choices.kind() != JsonKind::Array)
        {
            return Err(AnswerError::Missing("choices"));
        }
        match error_of(root) {
            Some(error) => Ok(Self::Error(error)),
            None => Ok(Self::Chunk(ChatChunk::read(root))),
        }
    }
}

impl ChatChunk {
    fn read(root: Value<'_, '_>) -> Self {
        let mut reader = MessageReader::of_pieces();
        let mut finish_reasons = Vec::new();
        let choices = root.get("choices");
        for (position, choice) in choices.into_iter().flat_map(Value::elements).enumerate() {
            let index = reader.choice(choice, position, "delta");
            // Some servers say an empty reason until there is one.
            let reason = choice.get("finish_reason").and_then(Value::as_str);
            if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
                finish_reasons.push((index, reason.into_owned()));
            }
        }
        reader.rest(root);
        let is_empty = choices.is_none_or(|choices| choices.elements().next().is_none());
        let has_usage = present(root.get("usage")).is_some();
        Self {
            usage: read_usage(root),
            is_usage_only: is_empty && has_usage && reader.texts.is_empty(),
            says_more: reader.says_more || has_usage || is_empty || !finish_reasons.is_empty(),
            finish_reasons,
            texts: reader.texts,
            tool_calls: reader.tool_calls,
            unscannable: reader.unscannable.into_iter().collect(),
            has_logprobs: reader.has_logprobs,
        }
    }
}

impl ChunkHead {
    /// Reads the data of any chunk of the stream; one is enough. Empty for data that is no JSON.
    pub fn read(data: &[u8]) -> Self {
        let Ok(document) = Document::parse(data) else { return Self::default() };
        let field = |name| Some((name, document.root().get(name)?.raw().to_owned()));
        Self { fields: SHARED.into_iter().filter_map(field).collect() }
    }

    /// The data of a chunk that says `text` in a channel.
    ///
    /// `text` is what [`Text::replace`](crate::dialect::text::Text::replace) takes. `None` for
    /// [`Part::Apart`], of which nothing is held back.
    pub fn chunk(&self, channel: &Channel, text: &str) -> Option<Vec<u8>> {
        let (before, after) = frame(&channel.part)?;
        let mut out = Vec::with_capacity(text.len().saturating_add(256));
        out.push(b'{');
        let id = self.fields.iter().filter(|(name, _)| *name == "id");
        let rest = self.fields.iter().filter(|(name, _)| *name != "id");
        for (name, raw) in id {
            out.extend_from_slice(format!("\"{name}\":{raw},").as_bytes());
        }
        out.extend_from_slice(br#""object":"chat.completion.chunk","#);
        for (name, raw) in rest {
            out.extend_from_slice(format!("\"{name}\":{raw},").as_bytes());
        }
        out.extend_from_slice(format!(r#""choices":[{{"index":{},"delta":"#, channel.choice).as_bytes());
        out.extend_from_slice(before.as_bytes());
        encode_into(&mut out, text);
        out.extend_from_slice(after.as_bytes());
        out.extend_from_slice(br#","finish_reason":null}]}"#);
        Some(out)
    }
}

/// What stands before and after the text in a delta.
fn frame(part: &Part) -> Option<(String, &'static str)> {
    let field = |name: &str| {
        let mut before = b"{\"".to_vec();
        encode_into(&mut before, name);
        before.extend_from_slice(b"\":\"");
        Some((String::from_utf8(before).ok()?, "\"}"))
    };
    match part {
        Part::Content => field("content"),
        Part::Refusal => field("refusal"),
        Part::Reasoning => field("reasoning_content"),
        Part::Arguments(index) => {
            Some((format!(r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":""#), r#""}}]}"#))
        }
        Part::CustomInput(index) => {
            Some((format!(r#"{{"tool_calls":[{{"index":{index},"custom":{{"input":""#), r#""}}]}"#))
        }
        Part::FunctionArguments => Some((r#"{"function_call":{"arguments":""#.to_owned(), r#""}}"#)),
        Part::Field(name) => field(name),
        Part::Apart(_) => None,
    }
}
