//! The one layout of policy text.
//!
//! Works on the generic tree, so that every statement of the language is laid
//! out by the same few rules, and trusts itself with nothing: what it wrote is
//! parsed again and must say the same, comments included.
//!
//! The rules: two spaces a level; one statement a line, except in a block that
//! was written on one line and fits there; first arguments of a run of
//! statements in one column; at most one blank line; a list or condition that
//! was broken over lines stays so. Conditions keep their text.

mod body;
mod same;
mod statement;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::parse;
use crate::parse::tree::{Item, Items, Statement};
use crate::source::{Origin, Source, Sources};
use crate::span::{SourceId, Span};

/// Widest line that a block on one line may fill, in characters.
///
/// Two files fit beside each other on a wide screen; lists and conditions are
/// broken by their authors and may be wider.
const WIDTH: usize = 120;

/// Lays out the text of one file; `name` is what diagnostics call it.
///
/// Only white space changes, `;` and line ends included. Formatting what it
/// returns changes nothing more.
///
/// # Errors
///
/// Text that cannot be read is not laid out; the diagnostics say why. They
/// point into the one source of a [`Sources`] that holds this text.
///
/// # Examples
///
/// ```
/// let text = "zone  eea{regions azure.westeurope,mistral.eu}";
/// let laid_out = lang::format("eea.ascp", text);
/// assert_eq!(laid_out.as_deref(), Ok("zone eea { regions azure.westeurope, mistral.eu }\n"));
/// ```
pub fn format(name: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut sources = Sources::new();
    let id = sources.add(name, text, Origin::Package);
    let mut diagnostics = Diagnostics::new();
    parse::file(&sources, id, &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics.into_sorted(&sources));
    }
    let text = sources.get(id).map(Source::text).unwrap_or_default();
    let Some(tree) = Tree::parse(text, id) else { return Err(vec![would_damage(name, id)]) };
    let laid_out = body::file(&tree);
    let is_same = Tree::parse(&laid_out, id).is_some_and(|again| same::is_same(&tree, &again));
    if is_same { Ok(laid_out) } else { Err(vec![would_damage(name, id)]) }
}

/// A defect of ours, told rather than written to the author's file.
fn would_damage(name: &str, id: SourceId) -> Diagnostic {
    let message = format!("formatting would change what `{name}` says");
    Diagnostic::new(Code::ReaderDrift, Span::new(id, 0, 0), message)
        .help("this is a defect of the formatter: the file is left as it is")
}

/// A file as statements and comments.
struct Tree<'a> {
    text: &'a str,
    statements: Vec<Statement>,
    /// In the order of the text.
    comments: Vec<Span>,
}

impl<'a> Tree<'a> {
    /// The tree, if all of the text is statements.
    fn parse(text: &'a str, id: SourceId) -> Option<Self> {
        let mut items = Items::new(text, id);
        let mut statements = Vec::new();
        for item in items.by_ref() {
            match item {
                Item::Statement(statement) => statements.push(statement),
                Item::Unparsed(_) | Item::StrayDoc(_) => return None,
            }
        }
        let mut comments: Vec<Span> = items.into_comments().iter().map(|comment| comment.span).collect();
        comments.sort_unstable();
        Some(Self { text, statements, comments })
    }

    /// The text that a span covers.
    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
