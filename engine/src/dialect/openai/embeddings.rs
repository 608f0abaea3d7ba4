//! Embeddings: texts or ids of tokens in, one vector for each out.
//!
//! A request is read into the same [`ChatRequest`] as a chat, whose parts it has
//! fewer of; so everything after the reading is the same code. An answer holds
//! vectors, which are no text: what else a provider puts beside them is.

use super::answer::{MessageReader, read_usage};
use super::fields::EMBEDDINGS;
use super::request::{Answers, ChatRequest, read_model, text, to_u64};
use super::rewrite::Handles;
use crate::dialect::RequestError;
use crate::dialect::answer::AnswerError;
use crate::dialect::estimate::InputSize;
use crate::dialect::json::{Document, Kind as JsonKind, Value, present};
use crate::dialect::openai::ChatAnswer;
use crate::dialect::shape;
use lang::model::{Accepts, Set};

/// Most inputs of one request, as in the public API.
pub const INPUTS_MAX: usize = 2_048;

/// Fields around the vectors that hold no text of the model's.
const ENVELOPE: &[&str] = &["object", "data", "model", "usage", "id", "created"];

impl ChatRequest {
    /// Reads the body of `POST /v1/embeddings`.
    ///
    /// # Errors
    ///
    /// As [`ChatRequest::read`], with `input` in place of `messages`: a string, ids of tokens, or a list of either.
    ///
    /// # Examples
    ///
    /// ```
    /// # use engine::dialect::openai::ChatRequest;
    /// let request = ChatRequest::read_embeddings(br#"{"model":"ada","input":["hi","there"]}"#).unwrap();
    /// assert_eq!((request.texts.len(), request.size.tokens()), (2, 2));
    ///
    /// let ids = ChatRequest::read_embeddings(br#"{"model":"ada","input":[[40,2],[7]]}"#).unwrap();
    /// assert_eq!((ids.texts.len(), ids.size.tokens()), (0, 3));
    /// ```
    pub fn read_embeddings(body: &[u8]) -> Result<Self, RequestError> {
        let document = Document::parse(body)?;
        let root = document.root();
        if root.kind() != JsonKind::Object {
            return Err(RequestError::invalid("the body is not an object", None));
        }
        let model = read_model(root)?;
        check_input(root)?;
        let gathered = shape::gather(root, EMBEDDINGS)?;
        Ok(Self {
            model,
            stream: false,
            include_usage: false,
            max_tokens: None,
            user: text(root.get("user")).unwrap_or_default(),
            tools: Set::default(),
            hosted: Set::default(),
            texts: gathered.texts,
            unscannable: gathered.unscannable.into_iter().collect(),
            unscannable_output: Set::default(),
            needs: [Accepts::Text].into_iter().collect(),
            wants_logprobs: false,
            answers: Answers::Vectors,
            choices: 1,
            size: InputSize {
                text_bytes: to_u64(gathered.text_bytes),
                messages: 0,
                opaque_parts: to_u64(gathered.opaque_parts),
                token_ids: to_u64(gathered.token_ids),
            },
            handles: Handles::of_model(root),
        })
    }
}

/// There is something to embed, in a bounded number of inputs; of what form it is, the shape says.
fn check_input(root: Value<'_, '_>) -> Result<(), RequestError> {
    let invalid = |message: &str| RequestError::invalid(message, Some("input".to_owned()));
    let input = present(root.get("input")).ok_or_else(|| invalid("`input` is missing"))?;
    if input.kind() == JsonKind::Array {
        let is_ids = input.elements().next().is_some_and(|first| first.kind() == JsonKind::Number);
        if input.elements().next().is_none() {
            return Err(invalid("`input` is empty"));
        }
        if !is_ids && input.elements().nth(INPUTS_MAX).is_some() {
            return Err(invalid("`input` holds more than 2048 inputs"));
        }
    }
    Ok(())
}

impl ChatAnswer {
    /// Reads the body of an answer to `POST /v1/embeddings`.
    ///
    /// # Errors
    ///
    /// Returns [`AnswerError`] for bytes that are no list of embeddings, and for an embedding that is no
    /// vector: neither numbers nor base 64.
    pub fn read_embeddings(body: &[u8]) -> Result<Self, AnswerError> {
        let document = Document::parse(body)?;
        let root = document.root();
        let data = root.get("data").filter(|data| data.kind() == JsonKind::Array);
        let data = data.ok_or(AnswerError::Missing("data"))?;
        let mut reader = MessageReader::default();
        for item in data.elements() {
            let vector = item.get("embedding").filter(|vector| is_vector(*vector));
            vector.ok_or(AnswerError::Missing("embedding"))?;
            reader.rest_but(item, &["object", "index", "embedding"]);
        }
        reader.rest_but(root, ENVELOPE);
        Ok(Self { texts: reader.texts, usage: read_usage(root), ..Self::default() })
    }
}

/// Numbers, or base 64, in which they are packed: nothing that a person could read.
fn is_vector(value: Value<'_, '_>) -> bool {
    match value.kind() {
        JsonKind::Array => value.elements().all(|number| number.kind() == JsonKind::Number),
        JsonKind::String => {
            value.as_str().and_then(|text| crate::base64::decode(text.as_bytes())).is_some_and(|bytes| {
                // Floats of four bytes each.
                bytes.len().is_multiple_of(4)
            })
        }
        JsonKind::Null | JsonKind::Bool | JsonKind::Number | JsonKind::Object => false,
    }
}
