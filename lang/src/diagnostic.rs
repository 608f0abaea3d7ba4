//! Diagnostics as values: what is wrong, where, and what to write instead.
//!
//! Stages push them into a [`Diagnostics`] and go on, so that one run reports
//! every independent mistake. Rendering is in [`render`]; the closed list of
//! codes in [`code`].

pub(crate) mod code;
pub(crate) mod render;

use crate::limits::DIAGNOSTICS_MAX;
use crate::source::Sources;
use crate::span::Span;
pub use code::{Code, Severity};
pub use render::{Style, render};

/// One mistake, or one doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which mistake; it has a page.
    pub code: Code,
    /// What is wrong, in one line: lower case, no full stop, policy words in backticks.
    pub message: String,
    /// Where it is wrong.
    pub span: Span,
    /// What was found there; may be empty.
    pub found: String,
    /// Other places that matter.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: Option<String>,
}

/// A place that a diagnostic points to besides its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What it has to do with the mistake.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic at `span`; severity follows from the code. The message is one line: control
    /// characters that a name in it holds are escaped.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        let message = one_line(message.into());
        Self { code, message, span, found: String::new(), labels: Vec::new(), help: None }
    }

    /// Says what was found at the primary place.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = found.into();
        self
    }

    /// Points to another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the help only when there is one, as with a near name.
    #[must_use]
    pub fn help_maybe(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

/// A text with its control characters escaped: strings of conditions may hold them, and are quoted in messages.
fn one_line(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let mut line = String::with_capacity(text.len().saturating_add(8));
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// What one compilation has to say, in the order in which it was found.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    left_out: usize,
}

impl Diagnostics {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one in; past [`DIAGNOSTICS_MAX`] they are only counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < DIAGNOSTICS_MAX {
            self.list.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Takes in all of another run's, in its order.
    pub fn extend(&mut self, other: Self) {
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
        self.left_out += other.left_out;
    }

    /// In the order in which they were found.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code.severity() == Severity::Error)
    }

    /// Whether some file could not be read as text with balanced brackets, so
    /// that what it declares is unknown.
    pub(crate) fn has_unread_file(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code.hides_file())
    }

    /// Whether a mistake left something out of what the package means.
    ///
    /// What follows from the whole, such as that a route is empty, is then not told.
    pub(crate) fn has_gaps(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.code.leaves_gap())
    }

    /// Whether text inside `span` was not understood.
    pub(crate) fn has_unread_text(&self, span: Span) -> bool {
        let is_inside =
            |inner: Span| inner.source == span.source && span.start <= inner.start && inner.end <= span.end;
        self.list.iter().any(|it| it.code.is_syntax() && is_inside(it.span))
    }

    /// How many have been taken in.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many were beyond [`DIAGNOSTICS_MAX`].
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// In file order, each once.
    ///
    /// Files are ordered by name, since the order in which they were read is
    /// the file system's.
    pub fn into_sorted(mut self, sources: &Sources) -> Vec<Diagnostic> {
        let name = |span: Span| sources.get(span.source).map(|source| (source.origin(), source.name()));
        self.list.sort_by(|a, b| {
            (name(a.span), a.span.start, a.span.end, a.code, &a.message).cmp(&(
                name(b.span),
                b.span.start,
                b.span.end,
                b.code,
                &b.message,
            ))
        });
        self.list.dedup();
        self.list
    }
}
