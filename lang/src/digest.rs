//! Canonical forms and their SHA-256.
//!
//! Two digests name a version: the decision digest, over what decides, and
//! the package digest, over all that was written. Neither depends on the order
//! of declarations, statements or files, nor on layout.

mod decision;

use crate::comment::{PieceKind, pieces};
use crate::model::{Digest, Parts};
use crate::parse::tree::{Item, Statement, TokenKind};
use crate::span::Span;
use sha2::{Digest as _, Sha256};

/// The digest of one top-level statement, docs included, comments and layout not.
pub(crate) fn statement(text: &str, statement: &Statement) -> [u8; 32] {
    let mut canonical = String::new();
    write_statement(text, statement, What::All, &mut canonical);
    Sha256::digest(canonical.as_bytes()).into()
}

/// The digest of a declaration by itself: without its docs, and without the rules that stand in it.
pub(crate) fn alone(text: &str, statement: &Statement) -> [u8; 32] {
    let mut canonical = String::new();
    write_statement(text, statement, What::Alone, &mut canonical);
    Sha256::digest(canonical.as_bytes()).into()
}

/// What of a statement is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Everything.
    All,
    /// Neither docs nor rules.
    Alone,
}

/// One line a statement; nested ones are sorted, but for a chain's, whose order is its meaning.
fn write_statement(text: &str, statement: &Statement, what: What, out: &mut String) {
    let slice = |span: Span| text.get(span.range()).unwrap_or_default();
    let docs = if what == What::All { statement.docs.as_slice() } else { &[] };
    for doc in docs {
        out.push_str(slice(*doc).trim());
        out.push('\n');
    }
    let head = slice(statement.head);
    out.push_str(head);
    for token in &statement.tokens {
        out.push(' ');
        match &token.kind {
            TokenKind::Condition => write_condition(slice(token.span), out),
            TokenKind::Group(words) => words.iter().for_each(|word| {
                out.push_str(slice(*word));
                out.push(' ');
            }),
            TokenKind::Word
            | TokenKind::String
            | TokenKind::Regex
            | TokenKind::Comma
            | TokenKind::Slash
            | TokenKind::Arrow => out.push_str(slice(token.span)),
        }
    }
    out.push('\n');
    let Some(block) = &statement.block else { return };
    let mut lines: Vec<String> = Vec::with_capacity(block.items.len());
    for item in &block.items {
        let mut line = String::new();
        match item {
            Item::Statement(inner) if what == What::Alone && slice(inner.head) == "rule" => continue,
            Item::Statement(inner) => write_statement(text, inner, what, &mut line),
            Item::Unparsed(span) | Item::StrayDoc(span) => line.push_str(slice(*span)),
        }
        lines.push(line);
    }
    if head != "chain" {
        lines.sort_unstable();
    }
    out.push_str("{\n");
    for line in &lines {
        out.push_str(line);
    }
    out.push_str("}\n");
}

/// The condition with each run of space outside strings made one, comments left out.
fn write_condition(condition: &str, out: &mut String) {
    let mut is_spaced = false;
    for piece in pieces(condition) {
        match piece.kind {
            PieceKind::Comment => is_spaced = true,
            PieceKind::String => {
                out.push_str(if is_spaced { " " } else { "" });
                out.push_str(piece.text);
                is_spaced = false;
            }
            PieceKind::Code => {
                for char in piece.text.chars() {
                    if char.is_whitespace() {
                        is_spaced = true;
                        continue;
                    }
                    if std::mem::take(&mut is_spaced) {
                        out.push(' ');
                    }
                    out.push(char);
                }
            }
        }
    }
}

/// The digest of what decides.
pub(crate) fn decision(parts: &Parts) -> Digest {
    let mut canonical = decision::Canonical::new();
    // A hash takes any text, so writing to it cannot fail.
    let _ = canonical.write_parts(parts);
    Digest(canonical.finish())
}

/// The digest of all that was written: what decides, and every statement's own digest.
pub(crate) fn package(decision: Digest, statements: impl Iterator<Item = [u8; 32]>) -> Digest {
    let mut digests: Vec<[u8; 32]> = statements.collect();
    digests.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(decision.0);
    for digest in &digests {
        hasher.update(digest);
    }
    Digest(hasher.finalize().into())
}
