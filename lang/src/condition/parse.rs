//! CEL text to the `cel` crate's tree, and the exact extent of each of its nodes.
//!
//! **Invariant:** this folder alone names the `cel` crate, and only this file
//! calls its parser, on text whose brackets and depth [`super::token`] has
//! checked.
//!
//! The crate has two parsers. The Pratt parser takes about 1.5 µs for a
//! typical condition where the ANTLR one takes 25 to 35, and it counts bytes,
//! not characters. It gives places away only together with an error, so the
//! text is parsed a second time with a bracket too many at its end: numbers of
//! nodes are given in order, and those of the first parse have their places in
//! the second. The place is that of one token (of `a + b`, the `+`); the
//! extent follows from it, the operands and the pairs of brackets.

use super::token::{Tokens, place};
use crate::{Code, Diagnostic, Span};
use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::pratt_parser::TokenKind;
use cel::parser::{ParseError, PrattParser};
use std::ops::Range;
use std::sync::Arc;

/// A parsed condition with the places of its nodes.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The whole tree.
    pub(super) root: IdedExpr,
    offsets: Option<Arc<SourceInfo>>,
    tokens: Tokens,
    span: Span,
}

/// Parses text whose tokens have been scanned.
///
/// # Errors
///
/// The first syntax error; those after it would be guesses.
pub(super) fn parse(text: &str, span: Span, tokens: Tokens) -> Result<Parsed, Diagnostic> {
    let root = PrattParser::new().parse(text).map_err(|errors| {
        let first = errors.errors.into_iter().next();
        first.map_or_else(|| drift(span), |error| syntax_error(text, span, &tokens, &error))
    })?;
    let marked = format!("{text}\n)");
    let offsets = PrattParser::new()
        .parse(&marked)
        .err()
        .and_then(|errors| errors.errors.into_iter().find_map(|error| error.source_info));
    debug_assert!(offsets.is_some(), "the bracket too many is an error");
    Ok(Parsed { root, offsets, tokens, span })
}

fn drift(span: Span) -> Diagnostic {
    Diagnostic::new(Code::ReaderDrift, span, "condition cannot be read")
}

/// The error of the crate in our words, at the token it stumbled over.
fn syntax_error(text: &str, span: Span, tokens: &Tokens, error: &ParseError) -> Diagnostic {
    let start = error_offset(text, error);
    let Some((index, token)) = tokens.iter().find(|(_, token)| token.start >= start) else {
        let end = place(span, text.trim_end().len(), text.trim_end().len());
        return Diagnostic::new(Code::ConditionSyntax, end, "condition ends too early")
            .found("an operand is missing here");
    };
    let at = place(span, token.start, token.end);
    let found = text.get(token.start..token.end).unwrap_or_default();
    let before = index.checked_sub(1).and_then(|before| tokens.kind(before));
    let problem = |message: String| Diagnostic::new(Code::ConditionSyntax, at, message);
    let number = |ty: &str| problem(format!("number does not fit into `{ty}`"));
    match token.kind {
        TokenKind::TokEqual => problem("`=` is not an operator of CEL".into()).help("compare with `==`"),
        TokenKind::TokInt | TokenKind::TokMinus if error.msg.contains("literal") => number("int"),
        TokenKind::TokUint if error.msg.contains("literal") => number("uint"),
        TokenKind::TokFloat if error.msg.contains("literal") => number("double"),
        TokenKind::TokString | TokenKind::TokBytes if before_is_operator(before) => {
            problem("string has an escape that CEL does not know".into())
                .help("write `\\\\` for a backslash, or a raw string as in `r\"\\d\"`")
        }
        TokenKind::TokReservedWord => problem(format!("`{found}` is a reserved word of CEL")),
        TokenKind::TokIdent => match found {
            "and" => problem("`and` is not an operator of CEL".into()).help("write `&&`"),
            "or" => problem("`or` is not an operator of CEL".into()).help("write `||`"),
            "not" => problem("`not` is not an operator of CEL".into()).help("write `!`"),
            "is" => problem("`is` is not an operator of CEL".into()).help("compare with `==`"),
            "matches" | "contains" => problem(format!("`{found}` is a function, not an operator"))
                .help(format!("write `a.{found}(b)`")),
            _ => unexpected(problem, found),
        },
        _ if error.msg.contains("has() macro") => {
            problem("`has` asks for a member".into()).help("write `has(value.member)`")
        }
        _ if error.msg.contains("simple name") || error.msg.contains("identifier") => {
            problem(format!("a name is missing before `{found}`"))
                .help("the variable of a macro is a plain name")
        }
        _ => unexpected(problem, found),
    }
}

fn unexpected(problem: impl Fn(String) -> Diagnostic, found: &str) -> Diagnostic {
    problem(format!("`{found}` cannot stand here"))
        .help("an operator may be missing before it, or an operand")
}

/// Whether an operand may follow this token.
fn before_is_operator(before: Option<TokenKind>) -> bool {
    before.is_none_or(|kind| {
        !matches!(
            kind,
            TokenKind::TokIdent
                | TokenKind::TokInt
                | TokenKind::TokUint
                | TokenKind::TokFloat
                | TokenKind::TokString
                | TokenKind::TokBytes
                | TokenKind::TokRightParen
                | TokenKind::TokRightBracket
                | TokenKind::TokRightBrace
        )
    })
}

/// The byte that an error points to: its line and column count from one.
fn error_offset(text: &str, error: &ParseError) -> usize {
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
    let lines: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    lines + column - 1
}

impl Parsed {
    /// Where a node stands in the file.
    pub(super) fn span(&self, node: &IdedExpr) -> Span {
        self.extent(node).map_or(self.span, |range| self.place(range))
    }

    /// Where the member's name stands in `operand.member`.
    pub(super) fn member_span(&self, select: &IdedExpr) -> Span {
        let name = self.anchor(select).and_then(|dot| self.tokens.get(dot + 1));
        name.map_or_else(|| self.span(select), |token| self.place(token.start..token.end))
    }

    /// Where the function's name stands in a call.
    pub(super) fn function_span(&self, call: &IdedExpr) -> Span {
        let Some(anchor) = self.anchor(call) else { return self.span };
        let index = match self.tokens.kind(anchor) {
            Some(TokenKind::TokLeftParen) => anchor.saturating_sub(1),
            Some(TokenKind::TokDot) => anchor + 1,
            _ => anchor,
        };
        let token = self.tokens.get(index);
        token.map_or(self.span, |token| self.place(token.start..token.end))
    }

    /// The byte at which a node's own token begins.
    pub(super) fn anchor_start(&self, node: &IdedExpr) -> Option<usize> {
        self.offset(node)
    }

    fn place(&self, range: Range<usize>) -> Span {
        place(self.span, range.start, range.end)
    }

    fn offset(&self, node: &IdedExpr) -> Option<usize> {
        let (start, _) = self.offsets.as_ref()?.offset_for(node.id)?;
        usize::try_from(start).ok()
    }

    /// The token that the crate gives as a node's place.
    fn anchor(&self, node: &IdedExpr) -> Option<usize> {
        self.tokens.at(self.offset(node)?)
    }

    /// The bytes from a node's first token to its last.
    fn extent(&self, node: &IdedExpr) -> Option<Range<usize>> {
        let anchor = self.anchor(node)?;
        let token = self.tokens.get(anchor)?;
        match &node.expr {
            Expr::Unspecified => Some(token.start..token.end),
            Expr::Literal(_) | Expr::Ident(_) | Expr::Struct(_) => {
                // `-1` and `.name` are two tokens.
                let is_pair = matches!(token.kind, TokenKind::TokMinus | TokenKind::TokDot);
                let last = if is_pair { self.tokens.get(anchor + 1)? } else { token };
                Some(token.start..last.end)
            }
            Expr::List(_) | Expr::Map(_) => Some(token.start..self.closing_end(anchor)?),
            // `has(a.b)` has the place of its call; `a.b` that of its dot.
            Expr::Select(select) if select.test => {
                Some(token.start..self.closing_end(self.opening(anchor)?)?)
            }
            Expr::Select(select) => {
                Some(self.left(&select.operand, anchor)?..self.tokens.get(anchor + 1)?.end)
            }
            Expr::Comprehension(fold) => {
                Some(self.left(&fold.iter_range, anchor)?..self.closing_end(anchor)?)
            }
            Expr::Call(call) => match (&call.target, call.args.as_slice()) {
                (Some(target), _) => Some(self.left(target, anchor)?..self.closing_end(anchor)?),
                (None, [left, _]) if token.kind == TokenKind::TokLeftBracket => {
                    Some(self.left(left, anchor)?..self.closing_end(anchor)?)
                }
                (None, _) if matches!(token.kind, TokenKind::TokIdent | TokenKind::TokDot) => {
                    Some(token.start..self.closing_end(self.opening(anchor)?)?)
                }
                (None, [operand]) => Some(token.start..self.right(operand, anchor)?),
                (None, [left, .., right]) => Some(self.left(left, anchor)?..self.right(right, anchor)?),
                (None, []) => Some(token.start..token.end),
            },
        }
    }

    /// The first `(` after the name of a global function.
    fn opening(&self, anchor: usize) -> Option<usize> {
        [anchor + 1, anchor + 2].into_iter().find(|&at| self.tokens.kind(at) == Some(TokenKind::TokLeftParen))
    }

    fn closing_end(&self, open: usize) -> Option<usize> {
        Some(self.tokens.get(self.tokens.partner(open)?)?.end)
    }

    /// The start of the operand to the left of `anchor`, with the brackets around it.
    fn left(&self, operand: &IdedExpr, anchor: usize) -> Option<usize> {
        let mut start = self.extent(operand)?.start;
        let mut index = self.tokens.at(start)?;
        while let Some(before) = index.checked_sub(1) {
            let is_around = self.tokens.kind(before) == Some(TokenKind::TokLeftParen)
                && self.tokens.partner(before).is_some_and(|closing| closing < anchor);
            if !is_around {
                break;
            }
            index = before;
            start = self.tokens.get(index)?.start;
        }
        Some(start)
    }

    /// The end of the operand to the right of `anchor`, with the brackets around it.
    fn right(&self, operand: &IdedExpr, anchor: usize) -> Option<usize> {
        let mut end = self.extent(operand)?.end;
        let mut next = self.tokens.from(end);
        loop {
            let is_around = self.tokens.kind(next) == Some(TokenKind::TokRightParen)
                && self.tokens.partner(next).is_some_and(|opening| opening > anchor);
            if !is_around {
                return Some(end);
            }
            end = self.tokens.get(next)?.end;
            next += 1;
        }
    }
}
