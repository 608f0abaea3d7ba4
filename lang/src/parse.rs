//! Text to [`ast::File`], or diagnostics.
//!
//! The grammar is generic: it knows words, strings, brackets and where a
//! statement ends. [`tree`] turns one top-level item after another into
//! statements; the readers in [`declaration`] and [`statement`] say what the
//! words mean. A statement that nobody understands costs one diagnostic and
//! hides nothing after it.

mod declaration;
mod header;
mod literal;
mod nesting;
mod reader;
mod statement;
pub(crate) mod tree;

use crate::ast;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::limits::SOURCE_BYTES_MAX;
use crate::source::{Source, Sources};
use crate::span::{SourceId, Span};
pub use declaration::DECLARATIONS;
use tree::{Item, Items};

/// Reads one file; what it cannot read is in `diagnostics`, all else in the result.
pub(crate) fn file(sources: &Sources, id: SourceId, diagnostics: &mut Diagnostics) -> ast::File {
    let mut file = ast::File { source: id, declarations: Vec::new(), digests: Vec::new() };
    let Some(source) = sources.get(id) else { return file };
    if !is_readable(source, id, diagnostics) {
        return file;
    }
    for item in Items::new(source.text(), id) {
        match item {
            Item::Statement(statement) => {
                file.digests.push(crate::digest::statement(source.text(), &statement));
                if let Some(declaration) = declaration::read(source.text(), &statement, diagnostics) {
                    file.declarations.push(declaration);
                }
            }
            Item::Unparsed(span) => diagnostics.push(unparsed(source.text(), span)),
            Item::StrayDoc(span) => diagnostics.push(stray_doc(span)),
        }
    }
    file
}

/// Whether the text may be given to the parser at all.
pub(crate) fn is_readable(source: &Source, id: SourceId, diagnostics: &mut Diagnostics) -> bool {
    let text = source.text();
    if text.len() > SOURCE_BYTES_MAX {
        let message = format!("`{}` is larger than {} MiB", source.name(), SOURCE_BYTES_MAX >> 20);
        let help = "split it: all `.ascp` files under the package's directory are one package";
        diagnostics.push(Diagnostic::new(Code::SourceTooLarge, Span::new(id, 0, 0), message).help(help));
        return false;
    }
    match nesting::check(text, id) {
        Ok(()) => true,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            false
        }
    }
}

/// What stands where a statement should.
fn unparsed(text: &str, span: Span) -> Diagnostic {
    let found = text.get(span.range()).unwrap_or_default();
    if let Some(at) = open_quote(found) {
        let start = span.start + u32::try_from(at).unwrap_or(0);
        return nesting::open_string(Code::SyntaxError, Span::new(span.source, start, start + 1));
    }
    Diagnostic::new(Code::SyntaxError, span, "this is not a statement")
        .found("cannot be read from here to the end of the statement")
        .help("a statement is a keyword and its arguments on one line; strings stand in `\"…\"`")
}

/// Where a string begins that the text does not close.
fn open_quote(text: &str) -> Option<usize> {
    let (mut open, mut is_escaped) = (None, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if open.is_some() => is_escaped = true,
            b'"' => open = if open.is_some() { None } else { Some(at) },
            _ => {}
        }
    }
    open
}

/// A `///` with nothing after it.
fn stray_doc(span: Span) -> Diagnostic {
    Diagnostic::new(Code::StrayDoc, span, "a `///` comment documents the next declaration, and there is none")
        .help("write `//` for a plain comment")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::source::Origin;
    use std::path::{Path, PathBuf};

    /// The files of policy text below a folder.
    pub(crate) fn policies(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                policies(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "ascp") {
                into.push(path);
            }
        }
    }

    #[test]
    fn the_library_reads_without_a_word() {
        let mut paths = vec![];
        policies(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../stdlib")), &mut paths);
        assert!(!paths.is_empty());
        for path in paths {
            let mut sources = Sources::new();
            let text = std::fs::read_to_string(&path).expect("text");
            let id = sources.add(path.display().to_string(), text, Origin::Library);
            let mut diagnostics = Diagnostics::new();
            let file = file(&sources, id, &mut diagnostics);
            assert_eq!(diagnostics.into_sorted(&sources), [], "{}", path.display());
            assert!(!file.declarations.is_empty(), "{}", path.display());
        }
    }
}
