//! The lines of a file or block: blank lines, columns, comments at the end of a line.

use super::statement::{Comments, Line, Start, arguments, inline, newlines};
use super::{Tree, WIDTH};
use crate::parse::tree::{Block, Item, Statement, TokenKind};

/// How far a block stands in from what it belongs to.
const STEP: usize = 2;

/// Longest head that moves the column of a run, in characters.
///
/// One long name of a detector should not push all actions of a redaction aside.
const HEAD_MAX: usize = 24;

/// Longest line that moves the column of the comments of a run, in characters.
const COMMENTED_MAX: usize = 80;

/// The whole file, with a line end at its end.
pub(super) fn file(tree: &Tree<'_>) -> String {
    let mut comments = Comments::new(tree);
    let mut body = Body::new(tree, 0, 0);
    for (index, statement) in tree.statements.iter().enumerate() {
        let is_last = index + 1 == tree.statements.len();
        body.statement(statement, is_last, &mut comments);
    }
    body.comments(u32::MAX, &mut comments);
    let mut out = String::with_capacity(tree.text.len());
    body.write(&mut out);
    out
}

/// One line of a body, or a statement of several.
struct Entry<'t> {
    /// Whether a blank line stands before it.
    is_apart: bool,
    kind: EntryKind<'t>,
    /// The comment at the end of its last line.
    trailing: &'t str,
}

enum EntryKind<'t> {
    /// A comment on its own, or a line of documentation.
    Comment(&'t str),
    /// A statement without a block: head, and lines after it.
    Simple { head: &'t str, lines: Vec<Line> },
    /// A statement with a block, laid out, without the space before its first line.
    Whole(String),
}

/// A body as it grows.
struct Body<'t> {
    tree: &'t Tree<'t>,
    indent: usize,
    /// Where the last thing ended.
    at: u32,
    entries: Vec<Entry<'t>>,
    /// The comment on the line of the opening brace.
    opening: &'t str,
}

impl<'t> Body<'t> {
    fn new(tree: &'t Tree<'t>, indent: usize, at: u32) -> Self {
        Self { tree, indent, at, entries: Vec::new(), opening: "" }
    }

    fn push(&mut self, start: u32, end: u32, kind: EntryKind<'t>) {
        let is_apart = !self.entries.is_empty() && newlines(self.tree, self.at, start) > 1;
        self.entries.push(Entry { is_apart, kind, trailing: "" });
        self.at = end;
    }

    /// Takes in the comments that begin before `end`.
    fn comments(&mut self, end: u32, comments: &mut Comments<'_>) {
        while let Some(comment) = comments.before(end) {
            let text = self.tree.slice(comment);
            let is_own_line = newlines(self.tree, self.at, comment.start) > 0;
            match self.entries.last_mut() {
                Some(entry) if !is_own_line && entry.trailing.is_empty() => entry.trailing = text,
                // Only a block has something on the line before its first entry.
                None if !is_own_line && self.at > 0 => self.opening = text,
                _ => {
                    self.push(comment.start, comment.end, EntryKind::Comment(text));
                    continue;
                }
            }
            self.at = comment.end;
        }
    }

    fn statement(&mut self, statement: &'t Statement, is_last: bool, comments: &mut Comments<'_>) {
        for (index, doc) in statement.docs.iter().enumerate() {
            self.comments(doc.start, comments);
            self.push(doc.start, doc.end, EntryKind::Comment(self.tree.slice(*doc)));
            self.join(index > 0);
        }
        let known = self.entries.len();
        self.comments(statement.head.start, comments);
        let is_documented = !statement.docs.is_empty();
        if is_documented {
            self.entries.iter_mut().skip(known).for_each(|entry| entry.is_apart = false);
        }
        let kind = if let Some(block) = &statement.block {
            EntryKind::Whole(self.whole(statement, block, comments))
        } else {
            let mut lines = arguments(self.tree, statement, comments);
            // After a comma the next statement would be part of this one.
            let is_open = statement.tokens.last().is_some_and(|token| token.kind == TokenKind::Comma);
            if let Some(last) = lines.last_mut().filter(|_| is_open && !is_last) {
                last.text.push(';');
            }
            EntryKind::Simple { head: self.tree.slice(statement.head), lines }
        };
        self.push(statement.head.start, statement.span.end, kind);
        self.join(is_documented);
    }

    /// Puts the last entry right under the one before it.
    fn join(&mut self, is_joined: bool) {
        if let Some(entry) = self.entries.last_mut().filter(|_| is_joined) {
            entry.is_apart = false;
        }
    }

    /// A statement with its block.
    fn whole(&self, statement: &'t Statement, block: &'t Block, comments: &mut Comments<'_>) -> String {
        if newlines(self.tree, statement.head.start, block.close.end) == 0 {
            let line = inline(self.tree, statement);
            if self.indent + line.chars().count() <= WIDTH {
                return line;
            }
        }
        let lines = arguments(self.tree, statement, comments);
        let mut out = String::new();
        write_simple(&mut out, self.tree.slice(statement.head), &lines, self.indent, 0);
        out.push_str(" {");
        let mut body = Body::new(self.tree, self.indent + STEP, block.open.end);
        for (index, item) in block.items.iter().enumerate() {
            if let Item::Statement(inner) = item {
                body.statement(inner, index + 1 == block.items.len(), comments);
            }
        }
        body.comments(block.close.start, comments);
        if !body.opening.is_empty() {
            out.push_str("  ");
            out.push_str(body.opening);
        }
        if body.entries.is_empty() && body.opening.is_empty() {
            out.push('}');
            return out;
        }
        out.push('\n');
        body.write(&mut out);
        push_spaces(&mut out, self.indent);
        out.push('}');
        out
    }

    fn write(&self, out: &mut String) {
        let mut rest = self.entries.as_slice();
        while let [first, ..] = rest {
            // A run ends at a blank line and at a statement with a block.
            let length = match first.kind {
                EntryKind::Whole(_) => 1,
                EntryKind::Comment(_) | EntryKind::Simple { .. } => {
                    1 + rest.iter().skip(1).take_while(|entry| entry.goes_on()).count()
                }
            };
            let (run, after) = rest.split_at(length);
            self.write_run(out, run);
            rest = after;
        }
    }

    fn write_run(&self, out: &mut String, run: &[Entry<'t>]) {
        let heads = run.iter().filter_map(Entry::head_width).filter(|width| *width <= HEAD_MAX);
        let column = heads.max().map_or(0, |width| width + 2);
        let column = if self.indent == 0 { 0 } else { column };
        let mut lines: Vec<(String, &str, bool)> = Vec::with_capacity(run.len());
        for entry in run {
            let mut text = String::new();
            match &entry.kind {
                EntryKind::Comment(comment) => text.push_str(comment),
                EntryKind::Simple { head, lines } => {
                    write_simple(&mut text, head, lines, self.indent, column_of(head, column));
                }
                EntryKind::Whole(whole) => text.push_str(whole),
            }
            lines.push((text, entry.trailing, entry.is_apart));
        }
        let commented = lines.iter().filter(|(_, trailing, _)| !trailing.is_empty());
        let widths =
            commented.map(|(text, ..)| last_width(text, self.indent)).filter(|width| *width <= COMMENTED_MAX);
        let edge = widths.max().unwrap_or(0) + 2;
        for (text, trailing, is_apart) in lines {
            if is_apart {
                out.push('\n');
            }
            push_spaces(out, self.indent);
            out.push_str(&text);
            if !trailing.is_empty() {
                push_spaces(out, edge.saturating_sub(last_width(&text, self.indent)).max(2));
                out.push_str(trailing);
            }
            out.push('\n');
        }
    }
}

impl Entry<'_> {
    /// Whether it belongs to the run before it.
    fn goes_on(&self) -> bool {
        !self.is_apart && !matches!(self.kind, EntryKind::Whole(_))
    }

    /// How wide its head is, if an argument stands after it in the run's column.
    fn head_width(&self) -> Option<usize> {
        match &self.kind {
            EntryKind::Simple { head, lines } if !declares(head) => {
                let has_arguments = lines.first().is_some_and(|line| !line.text.is_empty());
                has_arguments.then(|| head.chars().count())
            }
            EntryKind::Simple { .. } | EntryKind::Comment(_) | EntryKind::Whole(_) => None,
        }
    }
}

/// Statements in a block that declare something with a name of its own, which follows after one space.
fn declares(head: &str) -> bool {
    matches!(head, "control" | "endpoint" | "rule")
}

fn column_of(head: &str, column: usize) -> usize {
    if declares(head) { 0 } else { column }
}

/// Head and arguments; `column` counts from the head, and zero means one space.
fn write_simple(out: &mut String, head: &str, lines: &[Line], indent: usize, column: usize) {
    let width = head.chars().count();
    let gap = match column {
        0 => 1,
        _ => column.saturating_sub(width).max(2),
    };
    out.push_str(head);
    for (index, line) in lines.iter().enumerate() {
        let space = match line.start {
            _ if index == 0 => gap,
            Start::Column => indent + width + gap,
            Start::In(further) => indent + further,
            Start::Margin => 0,
        };
        if index > 0 {
            out.push('\n');
        }
        if line.start == Start::Margin || !line.text.is_empty() {
            push_spaces(out, space);
            out.push_str(&line.text);
        }
    }
}

fn push_spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// How wide the last line of a text is, in characters, if its first line stands at `indent`.
fn last_width(text: &str, indent: usize) -> usize {
    match text.rsplit_once('\n') {
        Some((_, last)) => last.chars().count(),
        None => indent + text.chars().count(),
    }
}
