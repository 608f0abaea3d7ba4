//! The words of one statement: what stands between them, and where its lines break.

use super::{Tree, WIDTH};
use crate::comment::{PieceKind, pieces};
use crate::parse::tree::{Item, Statement, Token, TokenKind};
use crate::span::Span;

/// Where a further line of a statement begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// In the column of the first argument.
    Column,
    /// So many spaces in from the statement.
    In(usize),
    /// At the margin: the text brings its own space, as inside a string.
    Margin,
}

/// One line of a statement after its head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins; of no meaning for the first.
    pub(super) start: Start,
    /// Its text, without space at either end.
    pub(super) text: String,
}

/// How far the further lines of a condition, or of a head with a block, stand in.
const CONTINUATION: usize = 4;

/// The comments of a tree, each handed out once, in order.
pub(super) struct Comments<'t> {
    rest: std::slice::Iter<'t, Span>,
}

impl<'t> Comments<'t> {
    pub(super) fn new(tree: &'t Tree<'_>) -> Self {
        Self { rest: tree.comments.iter() }
    }

    /// The next one, if it begins before this offset.
    pub(super) fn before(&mut self, offset: u32) -> Option<Span> {
        let next = *self.rest.as_slice().first().filter(|span| span.start < offset)?;
        self.rest.next();
        Some(next)
    }
}

/// The statement on one line, its block included.
pub(super) fn inline(tree: &Tree<'_>, statement: &Statement) -> String {
    let mut out = tree.slice(statement.head).to_owned();
    let mut before: Option<&Token> = None;
    for token in &statement.tokens {
        out.push_str(gap(tree, statement, before, token));
        match &token.kind {
            TokenKind::Group(words) => out.push_str(&group(tree, words)),
            TokenKind::Condition => out.push_str(tree.slice(token.span).trim()),
            TokenKind::Word
            | TokenKind::String
            | TokenKind::Regex
            | TokenKind::Comma
            | TokenKind::Slash
            | TokenKind::Arrow => out.push_str(tree.slice(token.span)),
        }
        before = Some(token);
    }
    if let Some(block) = &statement.block {
        out.push_str(" {");
        for (at, item) in block.items.iter().enumerate() {
            out.push_str(if at == 0 { " " } else { "; " });
            if let Item::Statement(inner) = item {
                out.push_str(&inline(tree, inner));
            }
        }
        out.push_str(if block.items.is_empty() { "}" } else { " }" });
    }
    out
}

/// `.{a, b}`
fn group(tree: &Tree<'_>, words: &[Span]) -> String {
    let words: Vec<&str> = words.iter().map(|word| tree.slice(*word)).collect();
    format!(".{{{}}}", words.join(", "))
}

/// What stands before a token on the same line.
fn gap(tree: &Tree<'_>, statement: &Statement, before: Option<&Token>, token: &Token) -> &'static str {
    let is_rate = matches!(tree.slice(statement.head), "limit" | "budget");
    match (before.map(|token| &token.kind), &token.kind) {
        (_, TokenKind::Comma) | (Some(TokenKind::Word), TokenKind::Group(_)) => "",
        (Some(TokenKind::Slash), _) | (_, TokenKind::Slash) if !is_rate => "",
        _ => " ",
    }
}

/// The words of a statement after its head, as lines.
///
/// A line breaks where the author broke it, after a comma, and after a comment.
pub(super) fn arguments(tree: &Tree<'_>, statement: &Statement, comments: &mut Comments<'_>) -> Vec<Line> {
    let start = if statement.block.is_some() { Start::In(CONTINUATION) } else { Start::Column };
    let mut lines = Lines { tree, done: Vec::new(), open: Line { start, text: String::new() }, start };
    let mut before: Option<&Token> = None;
    let mut at = statement.head.end;
    for token in &statement.tokens {
        let is_commented = lines.comments(&mut at, token.span.start, comments);
        let is_broken = before.is_some_and(|token| token.kind == TokenKind::Comma)
            && newlines(tree, at, token.span.start) > 0;
        if is_commented || is_broken {
            lines.turn(start);
        } else if before.is_some() {
            lines.open.text.push_str(gap(tree, statement, before, token));
        }
        lines.token(statement, token, comments);
        at = token.span.end;
        before = Some(token);
    }
    lines.finish()
}

/// How many line ends stand between two offsets.
pub(super) fn newlines(tree: &Tree<'_>, from: u32, to: u32) -> usize {
    let between = tree.text.get(from as usize..to as usize).unwrap_or_default();
    between.bytes().filter(|byte| *byte == b'\n').count()
}

/// The lines of one statement, as they grow.
struct Lines<'t> {
    tree: &'t Tree<'t>,
    done: Vec<Line>,
    open: Line,
    start: Start,
}

impl Lines<'_> {
    /// Begins a new line, unless nothing stands on this one.
    fn turn(&mut self, start: Start) {
        if self.open.text.is_empty() {
            self.open.start = start;
        } else {
            self.done.push(std::mem::replace(&mut self.open, Line { start, text: String::new() }));
        }
    }

    /// Puts the comments that stand before `end`; says whether there was one.
    fn comments(&mut self, at: &mut u32, end: u32, comments: &mut Comments<'_>) -> bool {
        let mut is_commented = false;
        while let Some(comment) = comments.before(end) {
            if newlines(self.tree, *at, comment.start) > 0 {
                self.turn(self.start);
            } else if !self.open.text.is_empty() {
                self.open.text.push_str("  ");
            }
            self.open.text.push_str(self.tree.slice(comment));
            *at = comment.end;
            is_commented = true;
        }
        is_commented
    }

    fn token(&mut self, statement: &Statement, token: &Token, comments: &mut Comments<'_>) {
        match &token.kind {
            TokenKind::Condition => self.condition(self.tree.slice(token.span).trim()),
            TokenKind::Group(words) => self.group(statement, token.span, words, comments),
            TokenKind::Word
            | TokenKind::String
            | TokenKind::Regex
            | TokenKind::Comma
            | TokenKind::Slash
            | TokenKind::Arrow => self.open.text.push_str(self.tree.slice(token.span)),
        }
    }

    /// On one line if it fits, else a word a line.
    fn group(&mut self, statement: &Statement, span: Span, words: &[Span], comments: &mut Comments<'_>) {
        let text = group(self.tree, words);
        let width = self.tree.slice(statement.head).chars().count() + self.open.text.chars().count();
        let has_comment = comments.rest.as_slice().first().is_some_and(|comment| comment.start < span.end);
        if !has_comment && width + 1 + text.chars().count() <= WIDTH {
            self.open.text.push_str(&text);
            return;
        }
        let outer = std::mem::replace(&mut self.start, Start::In(2));
        self.open.text.push_str(".{");
        let mut at = span.start;
        for (index, word) in words.iter().enumerate() {
            self.comments(&mut at, word.start, comments);
            self.turn(self.start);
            self.open.text.push_str(self.tree.slice(*word));
            at = word.end;
            if index + 1 < words.len() {
                self.open.text.push(',');
            }
        }
        self.comments(&mut at, span.end, comments);
        self.turn(Start::In(0));
        self.open.text.push('}');
        self.start = outer;
    }

    /// As written, but for the space at both ends of its lines.
    fn condition(&mut self, condition: &str) {
        for piece in pieces(condition) {
            if piece.kind == PieceKind::String {
                for (index, line) in piece.text.split('\n').enumerate() {
                    if index > 0 {
                        // Not `turn`: an empty line of a string is meant.
                        let next = Line { start: Start::Margin, text: String::new() };
                        self.done.push(std::mem::replace(&mut self.open, next));
                    }
                    self.open.text.push_str(line);
                }
                continue;
            }
            for (index, line) in piece.text.split('\n').enumerate() {
                if index > 0 {
                    self.open.text.truncate(self.open.text.trim_end().len());
                    self.turn(Start::In(CONTINUATION));
                }
                let is_margin = self.open.text.is_empty() && self.open.start != Start::Margin;
                self.open.text.push_str(if is_margin { line.trim_start() } else { line });
            }
        }
    }

    fn finish(mut self) -> Vec<Line> {
        self.done.push(self.open);
        self.done
    }
}
