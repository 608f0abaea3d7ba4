//! A chat answer, plain: its texts, tool calls, usage, or the provider's error.

use crate::dialect::answer::{AnswerError, AnswerText, Channel, Part, ProviderError, ToolCallName, Usage};
use crate::dialect::json::{Document, Kind as JsonKind, Members, Value, present};
use crate::dialect::shape::{Gathered, Shape};
use crate::dialect::text::{Form, TextPlace};
use lang::model::{Kind, Set};

/// What is read of a plain answer.
#[derive(Clone, Debug, Default)]
pub struct ChatAnswer {
    /// The texts, in the order of the body.
    pub texts: Vec<AnswerText>,
    /// Calls of tools, in the order of the body.
    pub tool_calls: Vec<ToolCallName>,
    /// How each answer ended: its index, and why.
    pub finish_reasons: Vec<(u64, String)>,
    /// What it took, when the upstream says so.
    pub usage: Option<Usage>,
    /// Content that no detector reads.
    pub unscannable: Set<Kind>,
    /// Whether it holds log probabilities, which repeat its text.
    pub has_logprobs: bool,
}

impl ChatAnswer {
    /// Reads the body of a chat completion.
    ///
    /// # Errors
    ///
    /// Returns [`AnswerError`] for bytes that are no chat completion: what cannot be read cannot be scanned.
    pub fn read(body: &[u8]) -> Result<Self, AnswerError> {
        let document = Document::parse(body)?;
        let root = document.root();
        let choices = root.get("choices").filter(|choices| choices.kind() == JsonKind::Array);
        let choices = choices.ok_or(AnswerError::Missing("choices"))?;
        let mut reader = MessageReader::default();
        let mut finish_reasons = Vec::new();
        for (position, choice) in choices.elements().enumerate() {
            let index = reader.choice(choice, position, "message");
            if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
                finish_reasons.push((index, reason.into_owned()));
            }
        }
        reader.rest(root);
        Ok(Self {
            texts: reader.texts,
            tool_calls: reader.tool_calls,
            finish_reasons,
            usage: read_usage(root),
            unscannable: reader.unscannable.into_iter().collect(),
            has_logprobs: reader.has_logprobs,
        })
    }
}

/// Reads a provider's error: `{"error": {…}}`, or an error that is a string. `None` when it is neither.
pub fn read_error(body: &[u8]) -> Option<ProviderError> {
    let document = Document::parse(body).ok()?;
    error_of(document.root())
}

pub(super) fn error_of(root: Value<'_, '_>) -> Option<ProviderError> {
    let error = present(root.get("error"))?;
    let field = |key| error.get(key).and_then(Value::as_str).unwrap_or_default().into_owned();
    let message = error.as_str().map_or_else(|| field("message"), std::borrow::Cow::into_owned);
    Some(ProviderError { message, kind: field("type"), code: field("code") })
}

/// Usage, as far as it is told.
pub(super) fn read_usage(root: Value<'_, '_>) -> Option<Usage> {
    let usage = present(root.get("usage"))?;
    let number = |value: Option<Value<'_, '_>>| value.and_then(Value::as_u64);
    let details = usage.get("prompt_tokens_details");
    Some(Usage {
        input: number(usage.get("prompt_tokens"))?,
        output: number(usage.get("completion_tokens")).unwrap_or(0),
        cached_input: number(details.and_then(|details| details.get("cached_tokens"))).unwrap_or(0),
    })
}

/// Collects what messages and deltas say.
#[derive(Debug, Default)]
pub(super) struct MessageReader {
    pub(super) texts: Vec<AnswerText>,
    pub(super) tool_calls: Vec<ToolCallName>,
    pub(super) unscannable: Vec<Kind>,
    pub(super) has_logprobs: bool,
    /// Whether there is anything beside texts that are pieces of a channel.
    pub(super) says_more: bool,
    /// Whether tool arguments are whole, so that the JSON in them can be read.
    is_piece: bool,
}

/// Fields of an answer around its messages that hold no text of the model's.
const ENVELOPE: &[&str] = &[
    "id",
    "object",
    "created",
    "model",
    "choices",
    "usage",
    "system_fingerprint",
    "service_tier",
    "obfuscation",
    "error",
    "prompt_filter_results",
];

/// Why an answer ends, as the API has it; another reason is text.
const FINISH_REASONS: &[&str] = &["stop", "length", "tool_calls", "content_filter", "function_call"];

impl MessageReader {
    pub(super) fn of_pieces() -> Self {
        Self { is_piece: true, ..Self::default() }
    }

    /// Reads one choice, whose message or delta is the member `body`; returns its index.
    pub(super) fn choice(&mut self, choice: Value<'_, '_>, position: usize, body: &str) -> u64 {
        let index = choice.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or_else(|| u64::try_from(position).unwrap_or(u64::MAX));
        self.has_logprobs |= present(choice.get("logprobs")).is_some();
        for (key, value) in self.members(index, choice) {
            match key.as_str().unwrap_or_default().as_ref() {
                name if name == body => self.message(index, value),
                // Told by `has_logprobs`, or made by the provider's filter.
                "logprobs" | "content_filter_results" => {
                    self.says_more |= value.members().next().is_some();
                }
                "index" if value.as_u64().is_some() => {}
                "finish_reason" if FINISH_REASONS.iter().any(|reason| value.is(reason)) => {}
                _ => self.apart(index, value),
            }
        }
        index
    }

    /// Text beside the choices: a field of a provider's own.
    pub(super) fn rest(&mut self, root: Value<'_, '_>) {
        self.rest_but(root, ENVELOPE);
    }

    /// Text in all fields but these.
    pub(super) fn rest_but(&mut self, value: Value<'_, '_>, known: &[&str]) {
        for (key, value) in value.members() {
            let name = key.as_str().unwrap_or_default();
            if !known.contains(&name.as_ref()) {
                self.apart(0, value);
            }
        }
    }

    fn message(&mut self, choice: u64, message: Value<'_, '_>) {
        for (key, value) in self.members(choice, message) {
            let name = key.as_str().unwrap_or_default();
            match name.as_ref() {
                "role" if value.is("assistant") => self.says_more = true,
                "content" => self.field(choice, Part::Content, value),
                "refusal" => self.field(choice, Part::Refusal, value),
                "reasoning_content" => self.field(choice, Part::Reasoning, value),
                "tool_calls" => self.tool_calls(choice, value),
                "function_call" => self.function_call(choice, value),
                "audio" => self.audio(choice, value),
                other => self.field(choice, Part::Field(other.to_owned()), value),
            }
        }
    }

    /// A field that should be a string.
    fn field(&mut self, choice: u64, part: Part, value: Value<'_, '_>) {
        match value.kind() {
            JsonKind::String => self.text(choice, part, value),
            JsonKind::Null | JsonKind::Bool | JsonKind::Number | JsonKind::Array | JsonKind::Object => {
                self.apart(choice, value);
            }
        }
    }

    fn tool_calls(&mut self, choice: u64, calls: Value<'_, '_>) {
        if calls.kind() != JsonKind::Array {
            self.apart(choice, calls);
        }
        for (position, call) in calls.elements().enumerate() {
            let index = call.get("index").and_then(Value::as_u64);
            let index = index.unwrap_or_else(|| u64::try_from(position).unwrap_or(u64::MAX));
            for (key, value) in self.members(choice, call) {
                match key.as_str().unwrap_or_default().as_ref() {
                    "index" if value.as_u64().is_some() => {}
                    "id" => self.gathered(choice, value, Shape::Issued),
                    "type" if value.is("function") || value.is("custom") => self.says_more = true,
                    "function" => self.call(choice, index, value, &Part::Arguments(index)),
                    "custom" => self.call(choice, index, value, &Part::CustomInput(index)),
                    _ => self.apart(choice, value),
                }
            }
        }
    }

    fn function_call(&mut self, choice: u64, call: Value<'_, '_>) {
        self.call(choice, 0, call, &Part::FunctionArguments);
    }

    fn call(&mut self, choice: u64, index: u64, call: Value<'_, '_>, part: &Part) {
        for (key, value) in self.members(choice, call) {
            match (key.as_str().unwrap_or_default().as_ref(), value.as_str()) {
                ("name", Some(name)) => {
                    self.says_more = true;
                    self.tool_calls.push(ToolCallName { choice, index, name: name.into_owned() });
                }
                ("arguments", Some(_)) => self.source(choice, part, value),
                ("input", Some(_)) => self.text(choice, part.clone(), value),
                (_, Some(_) | None) => self.apart(choice, value),
            }
        }
    }

    fn audio(&mut self, choice: u64, audio: Value<'_, '_>) {
        for (key, value) in self.members(choice, audio) {
            match key.as_str().unwrap_or_default().as_ref() {
                "id" => self.gathered(choice, value, Shape::Issued),
                "data" => {
                    self.says_more = true;
                    self.unscannable.push(Kind::Audio);
                }
                _ => self.apart(choice, value),
            }
        }
    }

    /// The members of what should be an object; what is none is text.
    fn members<'d, 'a>(&mut self, choice: u64, value: Value<'d, 'a>) -> Members<'d, 'a> {
        if value.kind() != JsonKind::Object {
            self.apart(choice, value);
        }
        value.members()
    }

    /// All text of a structure that has no part of its own; each text stands alone.
    fn apart(&mut self, choice: u64, value: Value<'_, '_>) {
        self.gathered(choice, value, Shape::Text);
    }

    fn gathered(&mut self, choice: u64, value: Value<'_, '_>, shape: Shape) {
        self.says_more |= value.kind() != JsonKind::Null && !value.is("");
        let mut gathered = Gathered::lenient();
        gathered.collect(value, shape);
        for place in gathered.texts {
            let part = Part::Apart(self.texts.len());
            self.texts.push(AnswerText { channel: Channel { choice, part }, place });
        }
    }

    fn text(&mut self, choice: u64, part: Part, value: Value<'_, '_>) {
        let place = TextPlace { range: value.inside(), nested: None, form: Form::String };
        if !place.range.is_empty() {
            self.texts.push(AnswerText { channel: Channel { choice, part }, place });
        }
    }

    /// Arguments: whole ones are read as the JSON they are, a piece is no JSON yet even when it looks like some.
    fn source(&mut self, choice: u64, part: &Part, value: Value<'_, '_>) {
        let mut gathered = Gathered::lenient();
        if self.is_piece {
            gathered.piece(value);
        } else {
            gathered.collect(value, Shape::Source);
        }
        let channel = Channel { choice, part: part.clone() };
        let texts = gathered.texts.into_iter();
        self.texts.extend(texts.map(|place| AnswerText { channel: channel.clone(), place }));
    }
}
