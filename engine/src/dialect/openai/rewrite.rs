//! Where a chat request is changed for the upstream that gets it.

use crate::dialect::edit::Edit;
use crate::dialect::json::{Kind as JsonKind, Value, present};
use lang::model::Dialect;
use std::ops::Range;

/// What an upstream must be told other than the client said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForUpstream<'a> {
    /// The pinned version of the model.
    pub model: &'a str,
    /// The most tokens that policy lets an answer have.
    pub cap: Option<u64>,
    /// What the upstream speaks. Mistral's chat has OpenAI's shape, but knows
    /// neither `max_completion_tokens` nor `stream_options`, and tells usage unasked.
    pub speaks: Dialect,
}

/// Where the fields stand that are rewritten.
#[derive(Clone, Debug, Default)]
pub(super) struct Handles {
    /// After the `{` of the body, which is never empty.
    start: usize,
    model: Range<usize>,
    /// Each field that says a maximum, and what it says.
    maxima: Vec<(Range<usize>, u64)>,
    /// A maximum that is `null`.
    empty_maximum: Option<Range<usize>>,
    stream_options: Slot,
    /// Whether answers have a length that can be capped.
    is_capped: bool,
}

/// What there is of `stream_options.include_usage`.
#[derive(Clone, Debug, Default)]
enum Slot {
    /// No `stream_options`.
    #[default]
    Absent,
    /// A value to be replaced as a whole: `null`, or an empty object.
    Whole(Range<usize>),
    /// An object with members, none of this name; the place after its `{`.
    Member(usize),
    /// `include_usage` itself.
    Value(Range<usize>),
}

impl Handles {
    pub(super) fn read(root: Value<'_, '_>) -> Self {
        let maxima = ["max_completion_tokens", "max_tokens"].map(|key| root.get(key));
        let maxima = maxima.into_iter().flatten();
        Self {
            start: root.inside().start,
            model: root.get("model").map_or(0..0, Value::range),
            maxima: maxima.clone().filter_map(|value| Some((value.range(), value.as_u64()?))).collect(),
            empty_maximum: maxima.clone().find(|value| value.is_null()).map(Value::range),
            stream_options: Slot::read(root.get("stream_options")),
            is_capped: true,
        }
    }

    /// Of a request that names a model, and has nothing else that is rewritten.
    pub(super) fn of_model(root: Value<'_, '_>) -> Self {
        Self { model: root.get("model").map_or(0..0, Value::range), ..Self::default() }
    }
}

impl Slot {
    fn read(options: Option<Value<'_, '_>>) -> Self {
        let Some(options) = options else { return Self::Absent };
        match (options.get("include_usage"), present(Some(options)), options.members().next()) {
            (Some(value), _, _) => Self::Value(value.range()),
            (None, Some(options), Some(_)) if options.kind() == JsonKind::Object => {
                Self::Member(options.inside().start)
            }
            _ => Self::Whole(options.range()),
        }
    }

    fn edit(&self, start: usize) -> Edit {
        match self {
            Self::Absent => Edit::new(start..start, r#""stream_options":{"include_usage":true},"#),
            Self::Whole(range) => Edit::new(range.clone(), r#"{"include_usage":true}"#),
            Self::Member(at) => Edit::new(*at..*at, r#""include_usage":true,"#),
            Self::Value(range) => Edit::new(range.clone(), "true"),
        }
    }
}

impl Handles {
    /// The edits for an upstream, which is to tell usage that the client did not ask for.
    pub(super) fn edits_for(&self, upstream: ForUpstream<'_>, adds_usage: bool) -> Vec<Edit> {
        let mut edits = vec![Edit::string(self.model.clone(), upstream.model)];
        if let Some(cap) = upstream.cap.filter(|_| self.is_capped) {
            let above = self.maxima.iter().filter(|&&(_, asked)| asked > cap);
            edits.extend(above.map(|(range, _)| Edit::new(range.clone(), cap.to_string())));
            if self.maxima.is_empty() {
                edits.push(self.new_maximum(cap, upstream.speaks));
            }
        }
        if adds_usage && upstream.speaks != Dialect::Mistral {
            edits.push(self.stream_options.edit(self.start));
        }
        edits
    }

    fn new_maximum(&self, cap: u64, speaks: Dialect) -> Edit {
        let name = if speaks == Dialect::Mistral { "max_tokens" } else { "max_completion_tokens" };
        match &self.empty_maximum {
            Some(range) => Edit::new(range.clone(), cap.to_string()),
            None => Edit::new(self.start..self.start, format!("\"{name}\":{cap},")),
        }
    }
}
