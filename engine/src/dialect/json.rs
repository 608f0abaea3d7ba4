//! JSON as byte ranges: one skimmer over the text, and no tree.
//!
//! A [`Document`] is a flat tape of tokens, each with its kind and its range in
//! the bytes that were read, so that an edit can replace one string and keep
//! every other byte. The skimmer is strict ([RFC 8259]) and stricter: keys that
//! are equal, or that differ by case only, are refused in every object, since
//! two readers of one body must not see two different requests.
//!
//! [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259

mod keys;
mod skim;
mod string;

use std::borrow::Cow;
use std::ops::Range;

pub use string::{Decoded, OffsetMap, decode, encode, encode_into};

/// Deepest nesting of objects and arrays that is read.
///
/// Whoever walks a document recurses once per level. Schemas of tools reach 10 in practice;
/// 64 leaves room for arguments and fits a small stack.
pub const DEPTH_MAX: usize = 64;

/// Most tokens in one document: values and keys together.
///
/// A token is 16 bytes, so a tape stays under 16 MiB whatever is sent. A chat of
/// a thousand turns has about ten thousand.
pub const TOKENS_MAX: usize = 1 << 20;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// A number, not read further than its grammar.
    Number,
    /// A string; its range includes the quotes.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

impl Kind {
    /// The word for it in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Why bytes are not a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Fault {
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not JSON.
    #[error("not JSON")]
    Syntax,
    /// Something stands after the value.
    #[error("more bytes after the JSON value")]
    TrailingBytes,
    /// An escape that JSON does not have, or half of a surrogate pair.
    #[error("an escape in a string that is no character")]
    Escape,
    /// Deeper than [`DEPTH_MAX`].
    #[error("nested deeper than 64 levels")]
    TooDeep,
    /// More than [`TOKENS_MAX`].
    #[error("more than 1048576 values")]
    TooManyValues,
    /// A key stands twice in one object.
    #[error("a key stands twice in one object")]
    DuplicateKey,
    /// Two keys of one object differ by case only.
    #[error("two keys of one object differ by case only")]
    CaseVariantKey,
}

/// What is wrong with bytes that should be a document, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} (byte {offset})")]
pub struct JsonError {
    /// What is wrong.
    pub fault: Fault,
    /// The byte at which it was noticed.
    pub offset: usize,
}

/// Which keys one object may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// No two that are equal, or that differ by case only.
    Distinct,
    /// Any: for text that is only looked through, such as the arguments of a tool call.
    Any,
}

/// One token: 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    kind: Kind,
    /// A string that holds an escape.
    escaped: bool,
    start: u32,
    end: u32,
    /// The index of the token after this value and all it holds.
    next: u32,
}

/// A checked document.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Document<'a> {
    /// Reads `bytes` as one JSON value, keys distinct.
    ///
    /// # Errors
    ///
    /// Returns the first [`Fault`] and its place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use engine::dialect::json::{Document, Fault};
    /// let document = Document::parse(br#"{"model": "gpt-4o"}"#).unwrap();
    /// let model = document.root().get("model").unwrap();
    /// assert_eq!((model.range(), model.as_str().unwrap().as_ref()), (10..18, "gpt-4o"));
    ///
    /// let twice = Document::parse(br#"{"model": 1, "Model": 2}"#).unwrap_err();
    /// assert_eq!(twice.fault, Fault::CaseVariantKey);
    /// ```
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        Self::parse_with(bytes, Keys::Distinct)
    }

    /// Reads `bytes` as one JSON value.
    ///
    /// # Errors
    ///
    /// Returns the first [`Fault`] and its place.
    pub fn parse_with(bytes: &'a [u8], keys: Keys) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| JsonError { fault: Fault::NotUtf8, offset: error.valid_up_to() })?;
        Ok(Self { text, tokens: skim::skim(text, keys)? })
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value { document: self, at: 0 }
    }

    /// The path to the innermost value around a byte, as in `messages[2].content`.
    ///
    /// Walked when it is asked for, so that nobody pays for paths that are not shown.
    pub fn path_at(&self, offset: usize) -> String {
        let mut path = String::new();
        let mut value = self.root();
        while let Some((step, inner)) = value.child_at(offset) {
            match step {
                Step::Member(key) if path.is_empty() => path.push_str(&key),
                Step::Member(key) => path.extend([".", key.as_ref()]),
                Step::Element(index) => path.extend(["[", &index.to_string(), "]"]),
            }
            value = inner;
        }
        path
    }
}

/// One step of a path.
enum Step<'a> {
    Member(Cow<'a, str>),
    Element(usize),
}

/// A value of a document: a place on the tape.
#[derive(Clone, Copy, Debug)]
pub struct Value<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
}

/// What stands for a token that is not there: a defect would be told as `null`, not as a panic.
const NOTHING: Token = Token { kind: Kind::Null, escaped: false, start: 0, end: 0, next: u32::MAX };

impl<'d, 'a> Value<'d, 'a> {
    fn token(self) -> Token {
        self.document.tokens.get(self.at).copied().unwrap_or(NOTHING)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.token().kind
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Its bytes; with the quotes, brackets or braces.
    pub fn range(self) -> Range<usize> {
        let token = self.token();
        token.start as usize..token.end as usize
    }

    /// Its bytes without the quotes, brackets or braces.
    pub fn inside(self) -> Range<usize> {
        let range = self.range();
        match self.kind() {
            Kind::Null | Kind::Bool | Kind::Number => range,
            Kind::String | Kind::Array | Kind::Object => {
                range.start.saturating_add(1)..range.end.saturating_sub(1)
            }
        }
    }

    /// Its text as it stands in the document.
    pub fn raw(self) -> &'a str {
        self.document.text.get(self.range()).unwrap_or_default()
    }

    /// The characters of a string.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let token = self.token();
        let inside = self.document.text.get(self.inside()).unwrap_or_default();
        match token.kind {
            Kind::String if token.escaped => Some(decode(inside).text),
            Kind::String => Some(Cow::Borrowed(inside)),
            Kind::Null | Kind::Bool | Kind::Number | Kind::Array | Kind::Object => None,
        }
    }

    /// Whether a string is `expected`.
    pub fn is(self, expected: &str) -> bool {
        self.as_str().is_some_and(|text| text == expected)
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// A number without sign, fraction or exponent that fits 64 bits.
    pub fn as_u64(self) -> Option<u64> {
        (self.kind() == Kind::Number).then(|| self.raw().parse().ok()).flatten()
    }

    /// The members of an object, in their order; none of anything else.
    pub fn members(self) -> Members<'d, 'a> {
        Members { items: self.items(Kind::Object) }
    }

    /// The elements of an array, in their order; none of anything else.
    pub fn elements(self) -> Elements<'d, 'a> {
        Elements { items: self.items(Kind::Array) }
    }

    /// The member of an object with this key.
    pub fn get(self, key: &str) -> Option<Self> {
        self.members().find(|(name, _)| name.is(key)).map(|(_, value)| value)
    }

    fn items(self, kind: Kind) -> Items<'d, 'a> {
        let token = self.token();
        let next = if token.kind == kind { self.at.saturating_add(1) } else { usize::MAX };
        Items { document: self.document, next, end: token.next as usize }
    }

    fn child_at(self, offset: usize) -> Option<(Step<'a>, Self)> {
        let holds = |value: Self| value.range().contains(&offset);
        let member = self.members().find(|&(key, value)| holds(key) || holds(value));
        let member = member.and_then(|(key, value)| Some((Step::Member(key.as_str()?), value)));
        let element = || self.elements().enumerate().find(|&(_, value)| holds(value));
        member.or_else(|| element().map(|(index, value)| (Step::Element(index), value)))
    }
}

/// A member that is there and not `null`.
pub(crate) fn present<'d, 'a>(value: Option<Value<'d, 'a>>) -> Option<Value<'d, 'a>> {
    value.filter(|value| !value.is_null())
}

/// The tokens of one container, each skipping what it holds.
#[derive(Clone, Debug)]
struct Items<'d, 'a> {
    document: &'d Document<'a>,
    next: usize,
    end: usize,
}

impl<'d, 'a> Iterator for Items<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { document: self.document, at: self.next };
        self.next = value.token().next as usize;
        Some(value)
    }
}

/// The members of an object: key and value.
#[derive(Clone, Debug)]
pub struct Members<'d, 'a> {
    items: Items<'d, 'a>,
}

impl<'d, 'a> Iterator for Members<'d, 'a> {
    type Item = (Value<'d, 'a>, Value<'d, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.items.next()?, self.items.next()?))
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'d, 'a> {
    items: Items<'d, 'a>,
}

impl<'d, 'a> Iterator for Elements<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items.next()
    }
}

#[cfg(test)]
mod tests;
