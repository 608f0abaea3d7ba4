//! Places where text lives, how to read them, and how to write into them.
//!
//! A [`TextPlace`] says where; a [`TextReader`] reads it; a [`Text`] knows the way
//! back from its characters to bytes of the body, through as many layers of
//! escapes as there are.

use super::edit::Edit;
use super::json::{self, OffsetMap};
use crate::base64;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

pub use super::shape::source_texts;

/// A number with at least so many bytes is read as text: an account number may stand without quotes.
pub const NUMBER_TEXT_MIN: usize = 8;

/// How the text of a place is written, and so how a replacement must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The inside of a JSON string.
    String,
    /// The inside of a JSON string that is the key of an object.
    Key,
    /// A number; once changed, a JSON string takes its place.
    Number,
    /// The inside of a JSON string that is itself JSON, or a piece of it, such as the arguments of a tool
    /// call in a stream; a replacement is escaped for the JSON inside too.
    Source,
    /// Base 64 of a text, within a JSON string: a file or picture of a text type, as it stands after the comma
    /// of a `data:` address. It is read as the text, and what replaces it is encoded again.
    Data,
}

impl Form {
    /// A value as it must stand within a text of this form.
    pub fn escape(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Source => json::encode(value),
            Self::String | Self::Key | Self::Number | Self::Data => Cow::Borrowed(value),
        }
    }
}

/// Where a text stands in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// The bytes of the body: a number, or a string without its quotes.
    pub range: Range<usize>,
    /// For JSON within a string: the range of this text in the decoded string.
    pub nested: Option<Range<usize>>,
    /// How it is written.
    pub form: Form,
}

/// Reads the texts of one body.
///
/// It remembers the last string that held nested places, so that reading all
/// places in their order decodes each string once.
#[derive(Debug)]
pub struct TextReader<'a> {
    body: &'a [u8],
    outer: Option<(Range<usize>, String, Arc<OffsetMap>)>,
}

/// A text and the way back to the bytes it came from.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// The characters.
    pub text: Cow<'a, str>,
    form: Form,
    range: Range<usize>,
    map: OffsetMap,
    /// The map of the string around a nested text.
    outer: Option<Arc<OffsetMap>>,
}

impl<'a> TextReader<'a> {
    /// Reads places of this body, which has been checked by the skimmer.
    pub fn new(body: &'a [u8]) -> Self {
        Self { body, outer: None }
    }

    /// The text at a place; empty when the place is not of this body.
    pub fn read(&mut self, place: &TextPlace) -> Text<'a> {
        let Some(nested) = &place.nested else { return self.read_plain(place) };
        let (decoded, outer) = self.outer(&place.range);
        let inside = decoded.get(nested.clone()).unwrap_or_default();
        let (text, map) = match place.form {
            Form::Number => (inside.to_owned(), OffsetMap::straight(0)),
            Form::String | Form::Key | Form::Source | Form::Data => {
                let inner = json::decode(inside);
                (inner.text.into_owned(), inner.map)
            }
        };
        let map = map.shifted(nested.start);
        Text { text: Cow::Owned(text), form: place.form, range: nested.clone(), map, outer: Some(outer) }
    }

    fn read_plain(&self, place: &TextPlace) -> Text<'a> {
        let inside = self.source(&place.range);
        let (text, map) = match place.form {
            Form::Number => (Cow::Borrowed(inside), OffsetMap::straight(0)),
            Form::String | Form::Key | Form::Source => {
                let decoded = json::decode(inside);
                (decoded.text, decoded.map)
            }
            // Its edits replace all of it.
            Form::Data => (Cow::Owned(read_data(inside).unwrap_or_default()), OffsetMap::straight(0)),
        };
        let map = map.shifted(place.range.start);
        Text { text, form: place.form, range: place.range.clone(), map, outer: None }
    }

    fn outer(&mut self, range: &Range<usize>) -> (&str, Arc<OffsetMap>) {
        if self.outer.as_ref().is_none_or(|(known, ..)| known != range) {
            let decoded = json::decode(self.source(range));
            let map = Arc::new(decoded.map.shifted(range.start));
            self.outer = Some((range.clone(), decoded.text.into_owned(), map));
        }
        let known = self.outer.as_ref();
        known.map_or_else(
            || ("", Arc::new(OffsetMap::straight(0))),
            |(_, text, map)| (text.as_str(), Arc::clone(map)),
        )
    }

    fn source(&self, range: &Range<usize>) -> &'a str {
        let bytes = self.body.get(range.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

/// The text that the inside of a JSON string encodes; `None` when that is none that detectors can read.
pub(super) fn read_data(inside: &str) -> Option<String> {
    let text = String::from_utf8(base64::decode(json::decode(inside).text.as_bytes())?).ok()?;
    let is_control =
        |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\x0C');
    (!text.contains(is_control)).then_some(text)
}

impl Text<'_> {
    /// The edits that put each replacement in the place of its range of characters.
    ///
    /// Ranges do not overlap and lie on character boundaries. A number becomes
    /// a string, as a whole.
    pub fn rewrite(&self, changes: &[(Range<usize>, &str)]) -> Vec<Edit> {
        match self.form {
            Form::Number | Form::Data if changes.is_empty() => Vec::new(),
            Form::Number => vec![self.rewrite_number(changes)],
            Form::Data => {
                let text = self.changed(changes, |replacement| Cow::Borrowed(replacement));
                vec![Edit::new(self.range.clone(), base64::encode(text.as_bytes()))]
            }
            Form::String | Form::Key | Form::Source => {
                let edit = |(range, text): &(Range<usize>, &str)| {
                    Edit::new(self.source_range(range), self.written(text))
                };
                changes.iter().map(edit).collect()
            }
        }
    }

    /// The edit that puts `text` in the place of all of it; none when it is the same.
    ///
    /// Unlike the values that [`rewrite`](Self::rewrite) puts in, `text` is of the form that was read: for
    /// [`Form::Source`] it is JSON source, in which values have been escaped by [`Form::escape`].
    pub fn replace(&self, text: &str) -> Option<Edit> {
        let all = 0..self.text.len();
        if self.text == text {
            return None;
        }
        match self.form {
            Form::Source => {
                let mut bytes = Vec::with_capacity(text.len());
                json::encode_into(&mut bytes, text);
                Some(Edit::new(self.source_range(&all), bytes))
            }
            Form::String | Form::Key | Form::Number | Form::Data => self.rewrite(&[(all, text)]).pop(),
        }
    }

    /// The bytes of the body that a range of characters came from.
    pub fn source_range(&self, range: &Range<usize>) -> Range<usize> {
        if self.form == Form::Data {
            return self.range.clone();
        }
        let source = self.map.source_range(range);
        self.outer.as_ref().map_or(source.clone(), |outer| outer.source_range(&source))
    }

    fn rewrite_number(&self, changes: &[(Range<usize>, &str)]) -> Edit {
        let text = format!("\"{}\"", self.changed(changes, json::encode));
        let range = self.outer.as_ref().map_or(self.range.clone(), |outer| outer.source_range(&self.range));
        Edit::new(range, if self.outer.is_some() { json::encode(&text).into_owned() } else { text })
    }

    /// The text with each range replaced by what `escape` makes of its replacement.
    fn changed(&self, changes: &[(Range<usize>, &str)], escape: fn(&str) -> Cow<'_, str>) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut kept = 0;
        for (range, replacement) in changes {
            text.push_str(self.text.get(kept..range.start).unwrap_or_default());
            text.push_str(&escape(replacement));
            kept = range.end;
        }
        text.push_str(self.text.get(kept..).unwrap_or_default());
        text
    }

    /// A replacement as it must stand in the body: escaped once for each layer.
    fn written(&self, text: &str) -> Vec<u8> {
        let is_double = self.outer.is_some() || self.form == Form::Source;
        let once = json::encode(text);
        let mut bytes = Vec::with_capacity(once.len());
        if is_double {
            json::encode_into(&mut bytes, &once);
        } else {
            bytes.extend_from_slice(once.as_bytes());
        }
        bytes
    }
}
