//! One description of where text lives, per dialect, and the walk along it.
//!
//! A dialect describes its bodies as a table of [`Shape`]s. The walk collects
//! every place where text stands, notes what no detector can read, and checks
//! types. **What the table does not name is text**: a field that a provider
//! adds tomorrow is scanned until somebody says what it is.

use super::RequestError;
use super::json::{Document, Keys, Kind as JsonKind, Value};
use super::text::{Form, NUMBER_TEXT_MIN, TextPlace, read_data};
use lang::model::Kind;
use smallvec::SmallVec;

/// What a value of a body is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Text: a string, or all strings, keys and long numbers inside.
    Text,
    /// One of these words; anything else is text.
    Words(&'static [&'static str]),
    /// An id that a provider issued; anything else is text.
    Issued,
    /// A JSON schema: text, but for the words of the schema language.
    Schema,
    /// A string of JSON: the strings inside are the text.
    Source,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Read, checked and rewritten by the dialect itself.
    Own,
    /// A field that would take a decision from the policy; never passed on.
    Refused,
    /// An object with these members; members not named are text.
    Object(&'static [(&'static str, Shape)]),
    /// An array of this.
    Each(&'static Shape),
    /// A string that is the first, or an array or object that is the second.
    StringOr(&'static Shape, &'static Shape),
    /// The name of a content part: one of these words, else content that nobody knows.
    Part(&'static [&'static str]),
    /// What is embedded: a string, ids of tokens, or a list of either. The ids are numbers of the model's own
    /// dictionary, so no detector reads them.
    Prompt,
    /// Content in an encoding that no detector reads.
    Opaque(Kind),
    /// Content in base 64: text where it says and is so, else content of this kind that no detector reads.
    Data(Kind),
    /// An address: content of this kind when it holds its data, else also something to fetch.
    Link(Kind),
    /// The name of something stored at the provider.
    Stored(Kind),
}

impl Shape {
    /// What it wants, when a value is not that.
    fn mismatch(self, value: Value<'_, '_>) -> Option<&'static str> {
        let kind = value.kind();
        let unless = |is_it: bool, wanted| if is_it { None } else { Some(wanted) };
        match self {
            Self::Text | Self::Words(_) | Self::Issued | Self::Schema | Self::Own | Self::Refused => None,
            Self::Source
            | Self::Part(_)
            | Self::Opaque(_)
            | Self::Data(_)
            | Self::Link(_)
            | Self::Stored(_) => unless(kind == JsonKind::String, "a string"),
            Self::Bool => unless(kind == JsonKind::Bool, "a boolean"),
            Self::Integer => {
                let is_whole = kind == JsonKind::Number && !value.raw().contains(['.', 'e', 'E']);
                unless(is_whole, "a whole number")
            }
            Self::Number => unless(kind == JsonKind::Number, "a number"),
            Self::Object(_) => unless(kind == JsonKind::Object, "an object"),
            Self::Each(_) => unless(kind == JsonKind::Array, "an array"),
            Self::Prompt => unless(matches!(kind, JsonKind::String | JsonKind::Array), PROMPT),
            Self::StringOr(..) if kind == JsonKind::String => None,
            Self::StringOr(_, other) => other.mismatch(value).map(|_| "a string or its longer form"),
        }
    }
}

/// What an input of embeddings is.
const PROMPT: &str = "a string, ids of tokens, or a list of either";

/// Words of JSON Schema, as keys and as values, sorted. They stand in every tool definition and are no text.
const SCHEMA_WORDS: &[&str] = &[
    "$defs",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "array",
    "boolean",
    "const",
    "default",
    "definitions",
    "description",
    "enum",
    "format",
    "function",
    "integer",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "name",
    "null",
    "number",
    "object",
    "oneOf",
    "parameters",
    "pattern",
    "properties",
    "required",
    "schema",
    "strict",
    "string",
    "title",
    "type",
];

/// What a walk has found.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Where text stands, in the order of the body.
    pub(crate) texts: Vec<TextPlace>,
    /// What no detector reads; may repeat.
    pub(crate) unscannable: Vec<Kind>,
    /// Bytes of text, whether or not it is scanned: what tokens are estimated from.
    pub(crate) text_bytes: usize,
    /// Pieces of content that are no text: images, files and the like.
    pub(crate) opaque_parts: usize,
    /// Tokens that are given as their ids.
    pub(crate) token_ids: usize,
    /// Whether types are checked; an answer is taken as it comes.
    lenient: bool,
}

/// The way from the root to a value, to name it in an error.
type Path<'p> = SmallVec<[Step<'p>; 8]>;

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Member(&'p str),
    Element(usize),
}

/// Walks a request along its shape.
///
/// # Errors
///
/// Returns the first value whose type is not the shape's.
pub(crate) fn gather(value: Value<'_, '_>, shape: Shape) -> Result<Gathered, RequestError> {
    let mut gathered = Gathered::default();
    gathered.walk(value, shape, &mut Path::new())?;
    Ok(gathered)
}

/// The texts of JSON source that is whole, such as the arguments of a tool call put together from a stream.
///
/// A [`TextReader`](super::text::TextReader) over the same source reads them, and edits of theirs apply to it.
/// `None` for what is no JSON: it is one text as it stands.
pub fn source_texts(source: &[u8]) -> Option<Vec<TextPlace>> {
    let document = Document::parse_with(source, Keys::Any).ok()?;
    let mut gathered = Gathered::lenient();
    gathered.collect(document.root(), Shape::Text);
    Some(gathered.texts)
}

impl Gathered {
    /// A walk over an answer: what is not as it should be is text.
    pub(crate) fn lenient() -> Self {
        Self { lenient: true, ..Self::default() }
    }

    /// Collects from a value of an answer.
    pub(crate) fn collect(&mut self, value: Value<'_, '_>, shape: Shape) {
        // A lenient walk has no errors.
        if self.walk(value, shape, &mut Path::new()).is_err() {
            self.text(value, &[]);
        }
    }

    fn walk(&mut self, value: Value<'_, '_>, shape: Shape, path: &mut Path<'_>) -> Result<(), RequestError> {
        if value.is_null() {
            return Ok(());
        }
        if let Some(wanted) = shape.mismatch(value) {
            if self.lenient {
                self.text(value, &[]);
                return Ok(());
            }
            return Err(unlike(wanted, value, path));
        }
        match shape {
            Shape::Bool | Shape::Own => {}
            Shape::Refused => {
                let message =
                    "this field chooses what the policy decides: a model, an endpoint or a credential";
                return Err(RequestError::unsupported(message, Some(path_text(path))));
            }
            Shape::Issued if value.as_str().is_some_and(|text| is_issued(&text)) => {}
            Shape::Words(words) if words.iter().any(|word| value.is(word)) => {}
            Shape::Text | Shape::Words(_) | Shape::Issued | Shape::Integer | Shape::Number => {
                self.text(value, &[]);
            }
            Shape::Schema => self.text(value, SCHEMA_WORDS),
            Shape::Source => self.source(value),
            Shape::Object(fields) => self.object(value, fields, path)?,
            Shape::Each(shape) => self.each(value, *shape, path)?,
            Shape::StringOr(string, other) => {
                let shape = if value.kind() == JsonKind::String { string } else { other };
                self.walk(value, *shape, path)?;
            }
            Shape::Prompt => self.prompt(value, path)?,
            Shape::Part(known) if known.iter().any(|word| value.is(word)) => {}
            Shape::Part(_) => self.stored(value, Kind::File),
            Shape::Data(_) | Shape::Link(_) if self.data(value) => {}
            Shape::Opaque(kind) | Shape::Data(kind) => self.opaque(kind),
            Shape::Link(kind) => self.link(value, kind),
            Shape::Stored(kind) => self.stored(value, kind),
        }
        Ok(())
    }

    fn object(
        &mut self,
        value: Value<'_, '_>,
        fields: &'static [(&'static str, Shape)],
        path: &mut Path<'_>,
    ) -> Result<(), RequestError> {
        for (key, member) in value.members() {
            let field = key.as_str().unwrap_or_default();
            if let Some(&(name, shape)) = fields.iter().find(|(name, _)| *name == field) {
                path.push(Step::Member(name));
                self.walk(member, shape, path)?;
                path.pop();
            } else {
                self.string(key, Form::Key);
                self.text(member, &[]);
            }
        }
        Ok(())
    }

    fn each(&mut self, value: Value<'_, '_>, shape: Shape, path: &mut Path<'_>) -> Result<(), RequestError> {
        for (index, element) in value.elements().enumerate() {
            path.push(Step::Element(index));
            self.walk(element, shape, path)?;
            path.pop();
        }
        Ok(())
    }

    fn prompt(&mut self, value: Value<'_, '_>, path: &mut Path<'_>) -> Result<(), RequestError> {
        if value.kind() == JsonKind::String {
            self.text(value, &[]);
            return Ok(());
        }
        if value.elements().next().is_some_and(|first| first.kind() == JsonKind::Number) {
            return self.ids(value, path);
        }
        for (index, element) in value.elements().enumerate() {
            path.push(Step::Element(index));
            match element.kind() {
                JsonKind::String => self.text(element, &[]),
                JsonKind::Array => self.ids(element, path)?,
                JsonKind::Null | JsonKind::Bool | JsonKind::Number | JsonKind::Object => {
                    return Err(unlike("a string or ids of tokens", element, path));
                }
            }
            path.pop();
        }
        Ok(())
    }

    /// Tokens by their numbers.
    fn ids(&mut self, value: Value<'_, '_>, path: &mut Path<'_>) -> Result<(), RequestError> {
        for (index, id) in value.elements().enumerate() {
            if id.as_u64().is_none() {
                path.push(Step::Element(index));
                return Err(unlike("the id of a token", id, path));
            }
            self.token_ids = self.token_ids.saturating_add(1);
        }
        self.unscannable.push(Kind::Tokens);
        Ok(())
    }

    /// All strings, keys and long numbers of a value, but for `skipped` words.
    fn text(&mut self, value: Value<'_, '_>, skipped: &[&str]) {
        match value.kind() {
            JsonKind::Null | JsonKind::Bool => {}
            JsonKind::Number => self.number(value),
            JsonKind::String => self.word(value, Form::String, skipped),
            JsonKind::Array => value.elements().for_each(|element| self.text(element, skipped)),
            JsonKind::Object => {
                for (key, member) in value.members() {
                    self.word(key, Form::Key, skipped);
                    self.text(member, skipped);
                }
            }
        }
    }

    fn word(&mut self, value: Value<'_, '_>, form: Form, skipped: &[&str]) {
        let raw = value.raw().trim_matches('"');
        if skipped.binary_search(&raw).is_ok() {
            self.text_bytes = self.text_bytes.saturating_add(raw.len());
        } else {
            self.string(value, form);
        }
    }

    fn string(&mut self, value: Value<'_, '_>, form: Form) {
        let range = value.inside();
        if !range.is_empty() {
            self.text_bytes = self.text_bytes.saturating_add(value.as_str().map_or(0, |text| text.len()));
            self.texts.push(TextPlace { range, nested: None, form });
        }
    }

    fn number(&mut self, value: Value<'_, '_>) {
        let range = value.range();
        if range.len() >= NUMBER_TEXT_MIN {
            self.text_bytes = self.text_bytes.saturating_add(range.len());
            self.texts.push(TextPlace { range, nested: None, form: Form::Number });
        }
    }

    /// The strings of the JSON that a string holds; what is no JSON is a text of its own.
    fn source(&mut self, value: Value<'_, '_>) {
        let Some(text) = value.as_str() else { return };
        let Ok(inner) = Document::parse_with(text.as_bytes(), Keys::Any) else {
            return self.string(value, Form::Source);
        };
        let mut nested = Self::lenient();
        nested.text(inner.root(), &[]);
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        let range = value.inside();
        self.texts.extend(nested.texts.into_iter().map(|place| TextPlace {
            range: range.clone(),
            nested: Some(place.range),
            form: place.form,
        }));
    }

    /// A piece of the JSON that a string holds, as streams bring it.
    pub(crate) fn piece(&mut self, value: Value<'_, '_>) {
        self.string(value, Form::Source);
    }

    fn opaque(&mut self, kind: Kind) {
        self.unscannable.push(kind);
        self.opaque_parts = self.opaque_parts.saturating_add(1);
    }

    /// Content that is only named here; the name is text.
    fn stored(&mut self, value: Value<'_, '_>, kind: Kind) {
        self.opaque(kind);
        self.text(value, &[]);
    }

    /// The text of a `data:` address that says it is one; whether it is.
    fn data(&mut self, value: Value<'_, '_>) -> bool {
        let raw = value.raw().trim_matches('"');
        let Some((head, inside)) = raw.split_once(',') else { return false };
        let is_text = value.as_str().is_some_and(|text| is_data_url(&text)) && is_text_type(head);
        let Some(text) = read_data(inside).filter(|_| is_text) else { return false };
        self.text_bytes = self.text_bytes.saturating_add(text.len());
        let end = value.inside().end;
        let range = end.saturating_sub(inside.len())..end;
        self.texts.push(TextPlace { range, nested: None, form: Form::Data });
        true
    }

    fn link(&mut self, value: Value<'_, '_>, kind: Kind) {
        self.opaque(kind);
        let holds_data = value.as_str().is_some_and(|text| is_data_url(&text));
        if !holds_data {
            self.unscannable.push(Kind::Url);
            self.text(value, &[]);
        }
    }
}

/// Starts of the ids that providers issue for calls.
const ISSUED_PREFIXES: &[&str] = &["call_", "fc_", "audio_", "toolu_", "chatcmpl-tool-"];

/// Longest id after its prefix; those known have 24 to 52 characters.
const ISSUED_BYTES_MAX: usize = 64;

/// Whether a text is an id of a provider's making: random letters and digits that a detector
/// of keys would take for one. Digits alone are text, since numbers of accounts are.
fn is_issued(text: &str) -> bool {
    let id = ISSUED_PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
    id.is_some_and(|id| {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        id.len() <= ISSUED_BYTES_MAX && is_plain && id.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether an address holds its content: `data:image/png;base64,…`, nothing but the encoding after the comma.
fn is_data_url(text: &str) -> bool {
    let Some((head, data)) = text.split_once(',') else { return false };
    let is_base64 = head.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
        && head.to_ascii_lowercase().ends_with(";base64")
        && head.len() <= DATA_URL_HEAD_MAX;
    is_base64
        && data
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'))
}

/// Longest head of a `data:` address; a media type with a parameter stays under it, a sentence does not.
const DATA_URL_HEAD_MAX: usize = 64;

/// Types of text that do not say so by `text/`.
const TEXT_TYPES: &[&str] = &[
    "application/csv",
    "application/javascript",
    "application/json",
    "application/jsonl",
    "application/sql",
    "application/toml",
    "application/x-ndjson",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
];

/// Whether the head of a `data:` address says that it holds text which reads as it is written. Rich text does not,
/// nor does any but UTF-8.
fn is_text_type(head: &str) -> bool {
    let head = head.replace("\\/", "/").to_ascii_lowercase();
    let mut parts = head.strip_prefix("data:").unwrap_or_default().split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let is_text = kind.starts_with("text/") && kind != "text/rtf" && kind != "text/richtext";
    let is_suffixed = kind.starts_with("application/") && (kind.ends_with("+json") || kind.ends_with("+xml"));
    let is_readable = parts
        .filter_map(|part| part.strip_prefix("charset="))
        .all(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8" | "us-ascii" | "ascii"));
    is_readable && (is_text || is_suffixed || TEXT_TYPES.contains(&kind))
}

fn unlike(wanted: &str, value: Value<'_, '_>, path: &Path<'_>) -> RequestError {
    let message = format!("expected {wanted}, found {}", value.kind().as_str());
    RequestError::invalid(message, Some(path_text(path)))
}

fn path_text(path: &Path<'_>) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => text.extend([".", name]),
            Step::Element(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_words_are_sorted() {
        assert!(SCHEMA_WORDS.is_sorted());
    }

    #[test]
    fn only_ids_of_providers_are_no_text() {
        let rows = [
            ("call_abc123", true),
            ("toolu_01A09q90qw90lq917835lq9", true),
            ("chatcmpl-tool-0a1b", true),
            ("call_4111111111111111", false),
            ("call_4111 1111 a", false),
            ("call_", false),
            ("abc123", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_issued(text), expected, "{text}");
        }
    }

    #[test]
    fn only_plain_base64_is_data() {
        let rows = [
            ("data:image/png;base64,iVBORw0KGgo=", true),
            ("DATA:image/png;BASE64,iVBORw0KGgo=", true),
            ("data:text/plain,4111 1111 1111 1111", false),
            ("data:image/png;base64,iVBOR my card is 4111", false),
            ("data:my card is 4111 1111 1111 1111 and I say it at some length here;base64,iVBO", false),
            ("https://example.com/a.png", false),
            ("data:", false),
        ];
        for (text, expected) in rows {
            assert_eq!(is_data_url(text), expected, "{text}");
        }
    }
}
