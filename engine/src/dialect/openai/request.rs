//! A chat request: what policy reads of it.

use super::fields;
use super::rewrite::{ForUpstream, Handles};
use crate::dialect::RequestError;
use crate::dialect::edit::{Edit, EditError, apply};
use crate::dialect::estimate::InputSize;
use crate::dialect::json::{Document, Kind as JsonKind, Value, present};
use crate::dialect::shape;
use crate::dialect::text::TextPlace;
use lang::model::{Accepts, Kind, Set};

/// Longest name of a model that is looked up; the longest known, of a fine-tuned model, has about 100 bytes.
pub const MODEL_BYTES_MAX: usize = 256;

/// Most answers that one request may ask for, as in the public API.
pub const CHOICES_MAX: u64 = 128;

/// What answers are to be; what is put into them is escaped for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Text.
    Text,
    /// JSON.
    Json,
    /// Vectors: the answer to a request for embeddings, which has no text, no end but its own and no maximum.
    Vectors,
}

/// What policy reads of a request for a chat, or for embeddings ([`ChatRequest::read_embeddings`]).
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// The model, as sent.
    pub model: String,
    /// Whether the answer is a stream.
    pub stream: bool,
    /// Whether the client asked for the chunk that tells usage.
    pub include_usage: bool,
    /// The most tokens that the client wants in an answer.
    pub max_tokens: Option<u64>,
    /// The end user: `user`, else `safety_identifier`, else empty.
    pub user: String,
    /// Names of the tools that the client runs, sorted.
    pub tools: Set<String>,
    /// What the provider would run or keep, sorted.
    pub hosted: Set<Hosted>,
    /// Where text lives, in the order of the body.
    pub texts: Vec<TextPlace>,
    /// Content that no detector reads.
    pub unscannable: Set<Kind>,
    /// Content of the answer that no detector would read: audio, when asked for.
    pub unscannable_output: Set<Kind>,
    /// What a model must accept to serve this.
    pub needs: Set<Accepts>,
    /// Whether log probabilities are wanted; they repeat the answer's text.
    pub wants_logprobs: bool,
    /// What answers are to be.
    pub answers: Answers,
    /// How many answers are asked for.
    pub choices: u64,
    /// What input tokens are estimated from.
    pub size: InputSize,
    /// Where the fields stand that are rewritten for an upstream.
    pub(super) handles: Handles,
}

/// Something that the provider itself would run or keep, as named after `allow hosted`:
/// `web_search`, `store`, `data_sources`, or the type of the tool, as in `code_interpreter`.
pub type Hosted = Box<str>;

/// Tools of providers whose types carry a date or a stage, by the start of the type.
const HOSTED_PREFIXES: &[&str] = &[
    "web_search",
    "file_search",
    "code_interpreter",
    "computer_use",
    "image_generation",
    "local_shell",
    "mcp",
];

impl ChatRequest {
    /// Reads the body of `POST /v1/chat/completions`.
    ///
    /// # Errors
    ///
    /// Returns [`RequestError`] for bytes that are not JSON, keys that two readers
    /// could take differently, a missing or empty `model` or `messages`, and
    /// fields of the wrong type.
    ///
    /// # Examples
    ///
    /// ```
    /// # use engine::dialect::openai::ChatRequest;
    /// let body = br#"{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"#;
    /// let request = ChatRequest::read(body).unwrap();
    /// assert_eq!((request.model.as_str(), request.texts.len()), ("gpt-4o", 1));
    ///
    /// let error = ChatRequest::read(br#"{"model":"gpt-4o"}"#).unwrap_err();
    /// assert_eq!(error.param.as_deref(), Some("messages"));
    /// ```
    pub fn read(body: &[u8]) -> Result<Self, RequestError> {
        let document = Document::parse(body)?;
        let root = document.root();
        if root.kind() != JsonKind::Object {
            return Err(RequestError::invalid("the body is not an object", None));
        }
        let model = read_model(root)?;
        let messages = check_messages(root)?;
        let gathered = shape::gather(root, fields::REQUEST)?;
        let tools = Tools::read(root)?;
        let audio = root.get("modalities").is_some_and(|list| list.elements().any(|word| word.is("audio")));
        let unscannable: Set<Kind> = gathered.unscannable.iter().copied().collect();
        Ok(Self {
            model,
            stream: flag(root.get("stream")),
            include_usage: flag(root.get("stream_options").and_then(|options| options.get("include_usage"))),
            max_tokens: read_max_tokens(root)?,
            user: text(root.get("user")).or_else(|| text(root.get("safety_identifier"))).unwrap_or_default(),
            needs: read_needs(root, &unscannable, audio, tools.any),
            tools: tools.names.into_iter().collect(),
            hosted: tools.hosted.into_iter().collect(),
            texts: gathered.texts,
            unscannable,
            unscannable_output: audio.then_some(Kind::Audio).into_iter().collect(),
            wants_logprobs: wants_logprobs(root),
            answers: if wants_json(root) { Answers::Json } else { Answers::Text },
            choices: read_choices(root)?,
            size: InputSize {
                text_bytes: to_u64(gathered.text_bytes),
                messages: to_u64(messages),
                opaque_parts: to_u64(gathered.opaque_parts),
                token_ids: to_u64(gathered.token_ids),
            },
            handles: Handles::read(root),
        })
    }
}

impl ChatRequest {
    /// The least of what the client asked for and what policy allows.
    pub fn max_tokens_under(&self, cap: Option<u64>) -> Option<u64> {
        match (self.max_tokens, cap) {
            (Some(asked), Some(cap)) => Some(asked.min(cap)),
            (asked, cap) => asked.or(cap),
        }
    }

    /// The edits that make the body into the one for an upstream.
    ///
    /// The model becomes its pinned version, the maximum is capped, and a stream
    /// is asked to tell its usage, since it is charged; see
    /// [`ChatChunk::is_usage_only`](super::ChatChunk::is_usage_only) for taking that away again.
    pub fn edits_for(&self, upstream: ForUpstream<'_>) -> Vec<Edit> {
        self.handles.edits_for(upstream, self.stream && !self.include_usage)
    }

    /// The body for an upstream; `texts` are the edits of redaction.
    ///
    /// # Errors
    ///
    /// Returns [`EditError`] when edits overlap or are not of this body.
    ///
    /// # Examples
    ///
    /// ```
    /// # use engine::dialect::openai::{ChatRequest, ForUpstream};
    /// let body = br#"{"model": "gpt-4o", "max_tokens": 9000, "messages": [{"role":"user","content":"hi"}]}"#;
    /// let request = ChatRequest::read(body).unwrap();
    /// let speaks = lang::model::Dialect::OpenAi;
    /// let upstream = ForUpstream { model: "gpt-4o-2024-11-20", cap: Some(4096), speaks };
    /// let sent = request.rewrite(body, upstream, vec![]).unwrap();
    /// let expected = br#"{"model": "gpt-4o-2024-11-20", "max_tokens": 4096, "messages": [{"role":"user","content":"hi"}]}"#;
    /// assert_eq!(sent, expected);
    /// ```
    pub fn rewrite(
        &self,
        body: &[u8],
        upstream: ForUpstream<'_>,
        texts: Vec<Edit>,
    ) -> Result<Vec<u8>, EditError> {
        let mut edits = self.edits_for(upstream);
        edits.extend(texts);
        apply(body, edits)
    }
}

pub(super) fn read_model(root: Value<'_, '_>) -> Result<String, RequestError> {
    let invalid = |message: &str| RequestError::invalid(message, Some("model".to_owned()));
    let model = present(root.get("model")).ok_or_else(|| invalid("`model` is missing"))?;
    let model = model.as_str().ok_or_else(|| invalid("`model` is not a string"))?;
    if model.is_empty() {
        return Err(invalid("`model` is empty"));
    }
    if model.len() > MODEL_BYTES_MAX {
        return Err(invalid("`model` is longer than 256 bytes"));
    }
    Ok(model.into_owned())
}

/// How many messages there are; each is an object with a role.
fn check_messages(root: Value<'_, '_>) -> Result<usize, RequestError> {
    let invalid = |message: &str, param: String| RequestError::invalid(message, Some(param));
    let list = || "messages".to_owned();
    let messages = present(root.get("messages")).ok_or_else(|| invalid("`messages` is missing", list()))?;
    if messages.kind() != JsonKind::Array {
        return Err(invalid("`messages` is not an array", list()));
    }
    let mut count = 0_usize;
    for (index, message) in messages.elements().enumerate() {
        if message.kind() != JsonKind::Object {
            return Err(invalid("a message is not an object", format!("messages[{index}]")));
        }
        if message.get("role").is_none_or(|role| role.kind() != JsonKind::String) {
            return Err(invalid("a message has no `role`", format!("messages[{index}].role")));
        }
        count = count.saturating_add(1);
    }
    if count == 0 { Err(invalid("`messages` is empty", list())) } else { Ok(count) }
}

/// `max_completion_tokens`, else its older name; both must agree.
fn read_max_tokens(root: Value<'_, '_>) -> Result<Option<u64>, RequestError> {
    let new = positive(root, "max_completion_tokens")?;
    let old = positive(root, "max_tokens")?;
    match (new, old) {
        (Some(new), Some(old)) if new != old => Err(RequestError::invalid(
            "`max_tokens` and `max_completion_tokens` differ",
            Some("max_tokens".to_owned()),
        )),
        (new, old) => Ok(new.or(old)),
    }
}

fn read_choices(root: Value<'_, '_>) -> Result<u64, RequestError> {
    let choices = positive(root, "n")?.unwrap_or(1);
    if choices > CHOICES_MAX {
        return Err(RequestError::invalid("`n` is greater than 128", Some("n".to_owned())));
    }
    Ok(choices)
}

/// A whole number from one, when there is one.
fn positive(root: Value<'_, '_>, key: &str) -> Result<Option<u64>, RequestError> {
    let Some(value) = present(root.get(key)) else { return Ok(None) };
    match value.as_u64() {
        Some(0) | None => {
            Err(RequestError::invalid(format!("`{key}` is not a whole number from 1"), Some(key.to_owned())))
        }
        Some(number) => Ok(Some(number)),
    }
}

fn read_needs(root: Value<'_, '_>, unscannable: &Set<Kind>, audio: bool, tools: bool) -> Set<Accepts> {
    let schema = root.get("response_format").and_then(|format| format.get("type"));
    let rows = [
        (Accepts::Text, true),
        (Accepts::Image, unscannable.contains(&Kind::Image)),
        (Accepts::Audio, audio || unscannable.contains(&Kind::Audio)),
        (Accepts::Tools, tools),
        (Accepts::JsonSchema, schema.is_some_and(|kind| kind.is("json_schema"))),
    ];
    rows.into_iter().filter(|&(_, needed)| needed).map(|(accepts, _)| accepts).collect()
}

/// Tools by who runs them.
#[derive(Default)]
struct Tools {
    names: Vec<String>,
    hosted: Vec<Hosted>,
    any: bool,
}

impl Tools {
    fn read(root: Value<'_, '_>) -> Result<Self, RequestError> {
        let mut tools = Self::default();
        for (index, tool) in root.get("tools").into_iter().flat_map(Value::elements).enumerate() {
            tools.any = true;
            tools.tool(tool, index)?;
        }
        for (index, function) in root.get("functions").into_iter().flat_map(Value::elements).enumerate() {
            tools.any = true;
            tools.names.push(name_of(Some(function), || format!("functions[{index}].name"))?);
        }
        if present(root.get("web_search_options")).is_some() {
            tools.hosted.push("web_search".into());
        }
        if flag(root.get("store")) {
            tools.hosted.push("store".into());
        }
        // Azure's retrieval from the customer's own indexes, done by the provider.
        if present(root.get("data_sources")).is_some() {
            tools.hosted.push("data_sources".into());
        }
        Ok(tools)
    }

    fn tool(&mut self, tool: Value<'_, '_>, index: usize) -> Result<(), RequestError> {
        let param = |field: &str| format!("tools[{index}].{field}");
        let Some(kind) = tool.get("type").and_then(Value::as_str) else {
            return Err(RequestError::invalid("a tool has no `type`", Some(param("type"))));
        };
        match kind.as_ref() {
            "function" | "custom" => {
                self.names.push(name_of(tool.get(&kind), || param(&format!("{kind}.name")))?);
            }
            other => {
                let family = HOSTED_PREFIXES.iter().find(|prefix| other.starts_with(**prefix));
                self.hosted.push(family.map_or(other, |family| family).into());
            }
        }
        Ok(())
    }
}

fn name_of(tool: Option<Value<'_, '_>>, param: impl FnOnce() -> String) -> Result<String, RequestError> {
    let name = tool.and_then(|tool| text(tool.get("name"))).filter(|name| !name.is_empty());
    name.ok_or_else(|| RequestError::invalid("a tool has no name", Some(param())))
}

/// `prompt_logprobs` is of some servers: the same for the request's text.
fn wants_logprobs(root: Value<'_, '_>) -> bool {
    let counts = ["top_logprobs", "prompt_logprobs"];
    flag(root.get("logprobs")) || counts.iter().any(|key| present(root.get(key)).is_some())
}

fn wants_json(root: Value<'_, '_>) -> bool {
    let kind = root.get("response_format").and_then(|format| format.get("type"));
    kind.is_some_and(|kind| kind.is("json_object") || kind.is("json_schema"))
}

fn flag(value: Option<Value<'_, '_>>) -> bool {
    value.and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn text(value: Option<Value<'_, '_>>) -> Option<String> {
    value.and_then(Value::as_str).map(std::borrow::Cow::into_owned)
}

/// Lengths fit: the skimmer refuses longer texts.
pub(super) fn to_u64(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
