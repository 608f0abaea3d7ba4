//! Edits of lists: one element more, one less.

use super::Maker;
use crate::mutate::operator::Operator;
use lang::Span;
use lang::syntax::{Statement, Token, TokenKind};
use std::collections::BTreeSet;

/// The elements of the list that begins at a token: words or texts, with commas between.
pub(super) fn elements(statement: &Statement, from: usize) -> Vec<Span> {
    let mut elements = Vec::new();
    let mut rest = statement.tokens.iter().skip(from);
    while let Some(Token { kind: TokenKind::Word | TokenKind::String, span }) = rest.next() {
        elements.push(*span);
        if rest.next().is_none_or(|token| token.kind != TokenKind::Comma) {
            break;
        }
    }
    elements
}

impl Maker<'_> {
    /// A mutant without each element; without the statement where there is only one.
    pub(super) fn drop_elements(&mut self, operator: Operator, statement: &Statement, elements: &[Span]) {
        if let [_] = elements {
            return self.drop(operator, statement);
        }
        for (at, element) in elements.iter().enumerate() {
            let next = elements.get(at.saturating_add(1)).map(|span| span.range().start);
            let before = at.checked_sub(1).and_then(|before| elements.get(before));
            // The comma beside it goes too.
            let range = match (next, before) {
                (Some(next), _) => element.range().start..next,
                (None, Some(before)) => before.range().end..element.range().end,
                (None, None) => continue,
            };
            self.add(operator, statement, range, "");
        }
    }

    /// A mutant with each of the names that the list does not hold.
    pub(super) fn widen<'n>(
        &mut self,
        operator: Operator,
        statement: &Statement,
        elements: &[Span],
        more: impl IntoIterator<Item = &'n String>,
    ) {
        let Some(end) = elements.last().map(|span| span.range().end) else { return };
        let said: BTreeSet<&str> = elements.iter().map(|span| self.slice(*span)).collect();
        for name in more.into_iter().filter(|name| !said.contains(name.as_str())) {
            self.add(operator, statement, end..end, &format!(", {name}"));
        }
    }

    /// A mutant without `except` and what follows it.
    pub(super) fn drop_except(&mut self, statement: &Statement) {
        let Some(at) = self.find(statement, "except") else { return };
        // The list before it may end in a comma, after which the line went on.
        let before = at.checked_sub(1).and_then(|before| statement.tokens.get(before));
        let comma = before.filter(|token| token.kind == TokenKind::Comma);
        let start = comma.or_else(|| statement.tokens.get(at)).map(|token| token.span.range().start);
        let end = elements(statement, at.saturating_add(1)).last().map(|span| span.range().end);
        if let (Some(start), Some(end)) = (start, end) {
            self.add(Operator::DropExcept, statement, start..end, "");
        }
    }
}
