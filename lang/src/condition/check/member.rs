//! What follows the dot of a value: members of findings, tool calls and routes, keys of maps.

use super::super::schema;
use super::super::{ExprKind, Function, Literal, Type};
use super::{Checker, Typed, path_of};
use crate::near::did_you_mean;
use crate::{Code, Diagnostic};
use cel::common::ast::{IdedExpr, SelectExpr};

impl Checker<'_> {
    /// Follows the dots after a value.
    pub(super) fn members(&mut self, first: Typed, rest: &[(&str, &IdedExpr)]) -> Option<Typed> {
        rest.iter().try_fold(first, |operand, &(name, node)| self.member(operand, name, node))
    }

    /// `operand.field`, where the operand is more than names.
    pub(super) fn select(&mut self, node: &IdedExpr, select: &SelectExpr) -> Option<Typed> {
        let operand = self.expr(&select.operand)?;
        self.member(operand, &select.field, node)
    }

    fn member(&mut self, operand: Typed, name: &str, node: &IdedExpr) -> Option<Typed> {
        let span = self.span(node);
        match &operand.expr.ty {
            Type::Finding | Type::ToolCall | Type::Route => self.declared_member(operand, name, node),
            Type::Map(key, _) if !key.is_comparable(&Type::String) => {
                let ty = operand.expr.ty.clone();
                let at = self.parsed.member_span(node);
                self.report(
                    Diagnostic::new(Code::TypeMismatch, at, "a dot reads a `string` key")
                        .label(operand.expr.span, format!("this is {}", ty.with_article()))
                        .help("write the key in brackets, as in `m[1]`"),
                );
                None
            }
            Type::Map(..) | Type::Dyn => {
                let ty = match &operand.expr.ty {
                    Type::Map(_, value) => (**value).clone(),
                    _ => Type::Dyn,
                };
                let key = Typed::new(
                    ExprKind::Literal(Literal::String(name.into())),
                    Type::String,
                    self.parsed.member_span(node),
                );
                Some(Typed::new(ExprKind::Call(Function::Index, vec![operand.expr, key.expr]), ty, span))
            }
            Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Bytes
            | Type::Null
            | Type::Timestamp
            | Type::Duration
            | Type::List(_)
            | Type::Type => {
                let ty = operand.expr.ty.clone();
                let at = self.parsed.member_span(node);
                self.report(
                    Diagnostic::new(Code::UnknownFact, at, format!("{} has no `{name}`", ty.with_article()))
                        .label(operand.expr.span, format!("this is {}", ty.with_article()))
                        .help_maybe(member_help(&ty, name)),
                );
                None
            }
        }
    }

    fn declared_member(&mut self, operand: Typed, name: &str, node: &IdedExpr) -> Option<Typed> {
        let ty = operand.expr.ty.clone();
        let of = || schema::MEMBERS.iter().filter(|member| member.of == ty);
        if let Some(member) = of().find(|member| member.name == name) {
            let kind = ExprKind::Member(Box::new(operand.expr), member.member);
            return Some(Typed::new(kind, member.ty.to_type(), self.span(node)).of(member.domain));
        }
        let members: Vec<String> = of().map(|member| format!("`{}`", member.name)).collect();
        let near = did_you_mean(name, of().map(|member| member.name));
        let at = self.parsed.member_span(node);
        self.report(
            Diagnostic::new(Code::UnknownFact, at, format!("a {ty} has no `{name}`"))
                .help(near.unwrap_or_else(|| format!("it has {}", members.join(", ")))),
        );
        None
    }

    /// `has(operand.field)`
    pub(super) fn presence(&mut self, node: &IdedExpr, select: &SelectExpr) -> Option<Typed> {
        let span = self.span(node);
        // `has(request.user)`: what can be read is always there.
        let is_fact = path_of(&select.operand).is_some_and(|path| {
            path.len() == 1
                && path.iter().all(|&(root, _)| {
                    schema::roots().any(|known| known == root)
                        && !self.locals.iter().any(|local| local.name == root)
                })
        });
        if is_fact {
            self.always_there(node, &select.field);
            return None;
        }
        let operand = self.expr(&select.operand)?;
        match &operand.expr.ty {
            Type::Map(key, _) if key.is_comparable(&Type::String) => {}
            Type::Dyn => {}
            Type::Finding | Type::ToolCall | Type::Route => {
                self.always_there(node, &select.field);
                return None;
            }
            Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Bytes
            | Type::Null
            | Type::Timestamp
            | Type::Duration
            | Type::List(_)
            | Type::Map(..)
            | Type::Type => {
                let ty = &operand.expr.ty;
                let problem =
                    Diagnostic::new(Code::TypeMismatch, operand.expr.span, "`has` asks a map for a key");
                self.report(problem.found(format!("this is {}", ty.with_article())));
                return None;
            }
        }
        let kind = ExprKind::HasKey(Box::new(operand.expr), select.field.as_str().into());
        Some(Typed::new(kind, Type::Bool, span))
    }

    fn always_there(&mut self, node: &IdedExpr, field: &str) {
        let span = self.span(node);
        self.report(
            Diagnostic::new(Code::NotSupported, span, format!("`{field}` is always there"))
                .help("what can be read is empty when it is absent: compare it with `\"\"`"),
        );
    }
}

/// What the author may have meant by a member of a plain value.
fn member_help(ty: &Type, name: &str) -> Option<String> {
    match (ty, name) {
        (_, "size" | "length" | "len" | "count") => Some("write `size(…)`".to_owned()),
        (Type::List(_), _) => Some(format!("ask its elements, as in `….exists(x, x.{name} == …)`")),
        (_, _) => None,
    }
}
