//! The type checker: a parsed tree to a typed [`Expr`].
//!
//! A part that is wrong is reported once and yields nothing; what stands
//! around it is still checked, and says nothing about it.

mod call;
mod fact;
mod macros;
mod member;
mod names;
mod operator;

use super::parse::Parsed;
use super::schema::{Domain, Names, Place};
use super::{Expr, ExprKind, Literal, Type, fold};
use crate::{Code, Diagnostic, Diagnostics, Span};
use cel::common::ast::{self, EntryExpr, IdedExpr, LiteralValue};

/// A checked part of a condition.
#[derive(Debug)]
pub(super) struct Typed {
    /// The node.
    expr: Expr,
    /// What its text, or the texts in its list, stand for.
    domain: Option<Domain>,
}

impl Typed {
    fn new(kind: ExprKind, ty: Type, span: Span) -> Self {
        Self { expr: Expr { kind, ty, span }, domain: None }
    }

    fn of(mut self, domain: Option<Domain>) -> Self {
        self.domain = domain;
        self
    }
}

/// What comes of trying to read a call as one kind of thing.
enum Attempt {
    /// It is one, and this came of checking it.
    Checked(Option<Typed>),
    /// It is something else.
    NotOne,
}

/// The variable of a comprehension.
#[derive(Debug)]
struct Local {
    name: String,
    ty: Type,
    domain: Option<Domain>,
}

/// The state of one check.
pub(super) struct Checker<'a> {
    pub(super) parsed: &'a Parsed,
    pub(super) place: Place,
    pub(super) names: &'a dyn Names,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// Bytes at which literals of the policy language stood; they are reported already.
    pub(super) replaced: &'a [usize],
    locals: Vec<Local>,
    /// Divisors that are the literal zero.
    divisions_by_zero: Vec<Span>,
}

impl<'a> Checker<'a> {
    /// A check that has seen nothing yet.
    pub(super) fn new(
        parsed: &'a Parsed,
        place: Place,
        names: &'a dyn Names,
        replaced: &'a [usize],
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            parsed,
            place,
            names,
            diagnostics,
            replaced,
            locals: Vec::new(),
            divisions_by_zero: Vec::new(),
        }
    }

    /// Checks the whole tree; `None` when something in it is wrong.
    pub(super) fn check(mut self) -> Option<Expr> {
        let parsed = self.parsed;
        let checked = self.expr(&parsed.root).map(|typed| typed.expr);
        // `1 / 0 > 1 || true` has an answer all the same, and that is told instead.
        if checked.as_ref().and_then(fold::constant).is_none() {
            for at in std::mem::take(&mut self.divisions_by_zero) {
                self.report(
                    Diagnostic::new(Code::ConditionAlwaysFails, at, "division by zero always fails")
                        .found("this is zero"),
                );
            }
        }
        checked
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn span(&self, node: &IdedExpr) -> Span {
        self.parsed.span(node)
    }

    /// Reports something that CEL has and conditions have not.
    fn not_supported(&mut self, node: &IdedExpr, what: &str, help: &str) {
        let span = self.span(node);
        self.report(
            Diagnostic::new(Code::NotSupported, span, format!("{what} have no meaning here")).help(help),
        );
    }

    /// Checks one node.
    fn expr(&mut self, node: &IdedExpr) -> Option<Typed> {
        match &node.expr {
            ast::Expr::Unspecified => {
                let span = self.span(node);
                self.report(Diagnostic::new(Code::ReaderDrift, span, "condition cannot be read"));
                None
            }
            ast::Expr::Literal(literal) => self.literal(node, literal),
            ast::Expr::Ident(_) => self.path(node),
            ast::Expr::Select(select) if select.test => self.presence(node, select),
            ast::Expr::Select(select) => {
                if path_of(node).is_some() {
                    self.path(node)
                } else {
                    self.select(node, select)
                }
            }
            ast::Expr::Call(call) => self.call(node, call),
            ast::Expr::List(list) => self.list(node, &list.elements),
            ast::Expr::Map(map) => self.map(node, map),
            ast::Expr::Struct(_) => {
                self.not_supported(node, "messages", "compare members one by one");
                None
            }
            ast::Expr::Comprehension(fold) => self.comprehension(node, fold),
        }
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Option<Typed> {
        let span = self.span(node);
        if self.parsed.anchor_start(node).is_some_and(|start| self.replaced.contains(&start)) {
            return None;
        }
        let (literal, ty) = match literal {
            LiteralValue::Boolean(value) => (Literal::Bool(*value.inner()), Type::Bool),
            LiteralValue::Int(value) => (Literal::Int(*value.inner()), Type::Int),
            LiteralValue::UInt(value) => (Literal::Uint(*value.inner()), Type::Uint),
            LiteralValue::Double(value) => (Literal::Double(*value.inner()), Type::Double),
            LiteralValue::String(value) => (Literal::String(value.inner().into()), Type::String),
            LiteralValue::Bytes(value) => (Literal::Bytes(value.inner().into()), Type::Bytes),
            LiteralValue::Null => (Literal::Null, Type::Null),
        };
        Some(Typed::new(ExprKind::Literal(literal), ty, span))
    }

    fn list(&mut self, node: &IdedExpr, elements: &[IdedExpr]) -> Option<Typed> {
        let span = self.span(node);
        // Every element is checked, also after one that is wrong.
        let elements: Vec<Option<Typed>> = elements.iter().map(|element| self.expr(element)).collect();
        let elements: Vec<Typed> = elements.into_iter().collect::<Option<_>>()?;
        let ty = join_all(elements.iter().map(|element| &element.expr.ty));
        let domain = elements.first().and_then(|first| first.domain);
        let domain = domain.filter(|_| elements.iter().all(|element| element.domain == domain));
        let elements = elements.into_iter().map(|element| element.expr).collect();
        Some(Typed::new(ExprKind::List(elements), Type::list_of(ty), span).of(domain))
    }

    fn map(&mut self, node: &IdedExpr, map: &ast::MapExpr) -> Option<Typed> {
        let span = self.span(node);
        let mut entries = Some(Vec::new());
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            let pair = (self.map_key(&entry.key), self.expr(&entry.value));
            match (pair, &mut entries) {
                ((Some(key), Some(value)), Some(entries)) => {
                    self.distinct(entries, &key.expr);
                    entries.push((key.expr, value.expr));
                }
                ((_, _), entries) => *entries = None,
            }
        }
        let entries = entries?;
        let key = join_all(entries.iter().map(|(key, _)| &key.ty));
        let value = join_all(entries.iter().map(|(_, value)| &value.ty));
        Some(Typed::new(ExprKind::Map(entries), Type::Map(Box::new(key), Box::new(value)), span))
    }

    fn map_key(&mut self, node: &IdedExpr) -> Option<Typed> {
        let key = self.expr(node)?;
        match key.expr.ty {
            Type::Bool | Type::Int | Type::Uint | Type::String | Type::Dyn => Some(key),
            Type::Double
            | Type::Bytes
            | Type::Null
            | Type::Timestamp
            | Type::Duration
            | Type::List(_)
            | Type::Map(..)
            | Type::Type
            | Type::Finding
            | Type::ToolCall
            | Type::Route => {
                let problem = Diagnostic::new(Code::TypeMismatch, key.expr.span, "this type cannot be a key");
                self.report(
                    problem
                        .found(format!("this is {}", key.expr.ty.with_article()))
                        .help("a key is a `bool`, `int`, `uint` or `string`"),
                );
                None
            }
        }
    }

    /// Reports a literal key that an earlier entry has too.
    fn distinct(&mut self, entries: &[(Expr, Expr)], key: &Expr) {
        let ExprKind::Literal(literal) = &key.kind else { return };
        let same =
            |other: &Expr| matches!(&other.kind, ExprKind::Literal(other) if is_same_key(other, literal));
        if let Some((first, _)) = entries.iter().find(|(other, _)| same(other)) {
            let first = first.span;
            self.report(
                Diagnostic::new(Code::DuplicateKey, key.span, "map has the same key twice")
                    .label(first, "it stands here first"),
            );
        }
    }
}

/// Keys are equal across `int` and `uint`.
fn is_same_key(left: &Literal, right: &Literal) -> bool {
    match (left, right) {
        (Literal::Int(int), Literal::Uint(uint)) | (Literal::Uint(uint), Literal::Int(int)) => {
            u64::try_from(*int) == Ok(*uint)
        }
        (left, right) => left == right,
    }
}

/// The type of the elements of a literal; `dyn` when it is empty or mixed.
fn join_all<'t>(types: impl Iterator<Item = &'t Type>) -> Type {
    types.cloned().reduce(Type::join).unwrap_or(Type::Dyn)
}

/// The names of `a.b.c`, with the node of each; `None` when it is not made of names alone.
fn path_of(node: &IdedExpr) -> Option<Vec<(&str, &IdedExpr)>> {
    let mut path = Vec::new();
    let mut node = node;
    loop {
        match &node.expr {
            ast::Expr::Ident(name) => {
                path.push((name.as_str(), node));
                path.reverse();
                return Some(path);
            }
            ast::Expr::Select(select) if !select.test => {
                path.push((select.field.as_str(), node));
                node = &select.operand;
            }
            _ => return None,
        }
    }
}
