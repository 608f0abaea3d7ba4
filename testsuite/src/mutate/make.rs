//! Every mutant of a package: each operator on each statement that it fits.
//!
//! An edit is a range of one file and what stands there instead. Statements
//! are found in the generic tree, so that an edit knows the place of each comma;
//! what stands inside conditions is found in the checked model.

mod chain;
mod condition;
mod exception;
mod list;
mod number;
mod place;
mod redaction;
mod rule;
mod term;

use super::Mutant;
use super::known::Known;
use super::operator::Operator;
use jiff::civil::Date;
use lang::model::Model;
use lang::syntax::{Item, Statement, Token, TokenKind, statements};
use lang::{Origin, Span};
use std::ops::Range;

/// All mutants, in the order of files and text; `day` is the one on which the package is checked.
pub(super) fn mutants(model: &Model, day: Date) -> Vec<Mutant> {
    let known = Known::new(model);
    let mut all = Vec::new();
    for (id, source) in model.sources.iter().filter(|(_, source)| source.origin() == Origin::Package) {
        let text = source.text();
        let mut maker = Maker { text, file: source.name(), model, known: &known, day, made: Vec::new() };
        for statement in statements(source, id) {
            maker.declaration(&statement);
        }
        // One statement has several operators; reports read best by place.
        maker.made.sort_by_key(|mutant| (mutant.range.start, mutant.operator));
        all.append(&mut maker.made);
    }
    all
}

/// Makes the mutants of one file.
struct Maker<'a> {
    text: &'a str,
    file: &'a str,
    model: &'a Model,
    known: &'a Known,
    day: Date,
    made: Vec<Mutant>,
}

impl<'a> Maker<'a> {
    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn head(&self, statement: &Statement) -> &'a str {
        self.slice(statement.head)
    }

    /// The words after a statement's first, by the text of each.
    fn word(&self, statement: &Statement, at: usize) -> &'a str {
        statement.tokens.get(at).map(|token| self.slice(token.span)).unwrap_or_default()
    }

    /// The place of a word among the tokens.
    fn find(&self, statement: &Statement, word: &str) -> Option<usize> {
        let is_it = |token: &Token| token.kind == TokenKind::Word && self.slice(token.span) == word;
        statement.tokens.iter().position(is_it)
    }

    fn declaration(&mut self, statement: &Statement) {
        let inner = inner(statement);
        let name = self.word(statement, 0).to_owned();
        match self.head(statement) {
            "policy" | "profile" | "tenant" => {
                for inner in inner {
                    self.term(statement, inner);
                }
            }
            "rule" => self.rule(statement),
            "redaction" => self.redaction(statement),
            "zone" => self.zone(statement, &name),
            "workload" => inner.into_iter().for_each(|inner| self.workload(statement, inner)),
            "exception" => inner.into_iter().for_each(|inner| self.exception(statement, inner)),
            "chain" => self.chain(statement),
            _ => {}
        }
    }

    /// Adds a mutant: in `of`, the text of `range` is `new`.
    fn add(&mut self, operator: Operator, of: &Statement, range: Range<usize>, new: &str) {
        let old = self.text.get(range.clone()).unwrap_or_default();
        if old == new {
            return;
        }
        let shown = of.span.range();
        let cut = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let was = cut(shown.start.min(range.start), shown.end.max(range.end));
        let now = format!(
            "{}{new}{}",
            cut(shown.start.min(range.start), range.start),
            cut(range.end, shown.end.max(range.end))
        );
        let before = cut(0, range.start);
        // What is added or dropped begins on its own line, not on the comment's before it.
        let blank = old.len().saturating_sub(old.trim_start().len());
        let lines =
            before.matches('\n').count() + cut(range.start, range.start + blank).matches('\n').count();
        self.made.push(Mutant {
            operator,
            file: self.file.to_owned(),
            line: u32::try_from(lines + 1).unwrap_or(u32::MAX),
            declaration: String::new(),
            was: one_line(was),
            now: one_line(&now),
            new: new.to_owned(),
            range,
        });
    }

    /// Adds a mutant without a statement, with its docs.
    fn drop(&mut self, operator: Operator, statement: &Statement) {
        let start = statement.docs.first().map_or(statement.span, |doc| doc.to(statement.span));
        let line_of = statement.span.range().start;
        self.add(operator, statement, start.range(), "");
        // A doc before it is no part of what is shown.
        let line = self.text.get(..line_of).unwrap_or_default().matches('\n').count() + 1;
        if let Some(last) = self.made.last_mut().filter(|last| last.now.is_empty()) {
            last.was = one_line(self.text.get(statement.span.range()).unwrap_or_default());
            last.line = u32::try_from(line).unwrap_or(u32::MAX);
        }
    }

    /// Adds a mutant with one statement more in a block.
    fn insert(&mut self, operator: Operator, of: &Statement, new: &str) {
        let Some(close) = of.block.as_ref().map(|block| block.close.range().start) else { return };
        self.add(operator, of, close..close, &format!("; {new} "));
        if let Some(last) = self.made.last_mut() {
            let line = self.text.get(..of.span.range().start).unwrap_or_default().matches('\n').count() + 1;
            last.line = u32::try_from(line).unwrap_or(u32::MAX);
        }
    }

    /// Names the declaration that the mutants since `from` stand in.
    fn name(&mut self, from: usize, statement: &Statement) {
        let name = format!("{} {}", self.head(statement), self.word(statement, 0));
        for mutant in self.made.iter_mut().skip(from) {
            if mutant.declaration.is_empty() {
                mutant.declaration.clone_from(&name);
            }
        }
    }

    /// A day that lies a year after another.
    fn year_after(day: Date) -> Option<Date> {
        day.checked_add(jiff::Span::new().years(1)).ok()
    }
}

/// The statements of a block.
fn inner(statement: &Statement) -> Vec<&Statement> {
    let items = statement.block.as_ref().map(|block| block.items.as_slice()).unwrap_or_default();
    let statements = items.iter().filter_map(|item| match item {
        Item::Statement(statement) => Some(statement),
        Item::Unparsed(_) | Item::StrayDoc(_) => None,
    });
    statements.collect()
}

/// The text with each run of white space as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
