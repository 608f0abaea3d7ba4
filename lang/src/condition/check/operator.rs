//! The operators: what they take and what they give.

use super::super::{Expr, ExprKind, Function, Literal, Type};
use super::{Attempt, Checker, Typed};
use crate::{Code, Diagnostic};
use cel::common::ast::{IdedExpr, operators};

/// The binary operators, by their names in the parsed tree, and as they are written.
const BINARY: &[(&str, Function, &str)] = &[
    (operators::EQUALS, Function::Equal, "=="),
    (operators::NOT_EQUALS, Function::NotEqual, "!="),
    (operators::LESS, Function::Less, "<"),
    (operators::LESS_EQUALS, Function::LessEqual, "<="),
    (operators::GREATER, Function::Greater, ">"),
    (operators::GREATER_EQUALS, Function::GreaterEqual, ">="),
    (operators::ADD, Function::Add, "+"),
    (operators::SUBSTRACT, Function::Subtract, "-"),
    (operators::MULTIPLY, Function::Multiply, "*"),
    (operators::DIVIDE, Function::Divide, "/"),
    (operators::MODULO, Function::Modulo, "%"),
    (operators::IN, Function::In, "in"),
    (operators::INDEX, Function::Index, "[]"),
];

impl Checker<'_> {
    /// Checks a call as an operator.
    pub(super) fn operator(&mut self, node: &IdedExpr, name: &str, args: &[IdedExpr]) -> Attempt {
        Attempt::Checked(match (name, args) {
            (operators::LOGICAL_AND, [left, right]) => self.logical(node, ExprKind::And, left, right),
            (operators::LOGICAL_OR, [left, right]) => self.logical(node, ExprKind::Or, left, right),
            (operators::LOGICAL_NOT, [operand]) => self.not(node, operand),
            (operators::NEGATE, [operand]) => self.negate(node, operand),
            (operators::CONDITIONAL, [condition, then, otherwise]) => {
                self.conditional(node, condition, then, otherwise)
            }
            (name, [left, right]) => match BINARY.iter().find(|(known, ..)| *known == name) {
                Some(&(_, function, sign)) => self.binary(node, (function, sign), left, right),
                None => return Attempt::NotOne,
            },
            (_, _) => return Attempt::NotOne,
        })
    }

    fn logical(
        &mut self,
        node: &IdedExpr,
        make: fn(Box<Expr>, Box<Expr>) -> ExprKind,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Option<Typed> {
        let (left, right) = (self.bool_operand(left), self.bool_operand(right));
        Some(Typed::new(make(Box::new(left?), Box::new(right?)), Type::Bool, self.span(node)))
    }

    /// An operand that must be a `bool`.
    pub(super) fn bool_operand(&mut self, node: &IdedExpr) -> Option<Expr> {
        let operand = self.expr(node)?.expr;
        if matches!(operand.ty, Type::Bool | Type::Dyn) {
            return Some(operand);
        }
        let problem = Diagnostic::new(Code::TypeMismatch, operand.span, "a `bool` is needed here");
        self.report(
            problem
                .found(format!("this is {}", operand.ty.with_article()))
                .help_maybe(super::super::bool_help(&operand)),
        );
        None
    }

    fn not(&mut self, node: &IdedExpr, operand: &IdedExpr) -> Option<Typed> {
        let operand = self.bool_operand(operand)?;
        Some(Typed::new(ExprKind::Not(Box::new(operand)), Type::Bool, self.span(node)))
    }

    fn negate(&mut self, node: &IdedExpr, operand: &IdedExpr) -> Option<Typed> {
        let operand = self.expr(operand)?.expr;
        let span = self.span(node);
        let ty = operand.ty.clone();
        if !matches!(ty, Type::Int | Type::Double | Type::Dyn) {
            let problem =
                Diagnostic::new(Code::TypeMismatch, span, format!("`-` does not take {}", ty.with_article()));
            self.report(problem.label(operand.span, format!("this is {}", ty.with_article())));
            return None;
        }
        Some(Typed::new(ExprKind::Call(Function::Negate, vec![operand]), ty, span))
    }

    fn conditional(
        &mut self,
        node: &IdedExpr,
        condition: &IdedExpr,
        then: &IdedExpr,
        otherwise: &IdedExpr,
    ) -> Option<Typed> {
        let condition = self.bool_operand(condition);
        let (then, otherwise) = (self.expr(then), self.expr(otherwise));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let domain = then.domain.filter(|_| then.domain == otherwise.domain);
        let ty = if is_empty_literal(&then.expr) && otherwise.expr.ty.is_comparable(&then.expr.ty) {
            otherwise.expr.ty.clone()
        } else if is_empty_literal(&otherwise.expr) && then.expr.ty.is_comparable(&otherwise.expr.ty) {
            then.expr.ty.clone()
        } else {
            then.expr.ty.clone().join(otherwise.expr.ty.clone())
        };
        let kind = ExprKind::Conditional(Box::new(condition), Box::new(then.expr), Box::new(otherwise.expr));
        Some(Typed::new(kind, ty, self.span(node)).of(domain))
    }

    fn binary(
        &mut self,
        node: &IdedExpr,
        (function, sign): (Function, &str),
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Option<Typed> {
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left?, right?);
        let Some(ty) = result_of(function, &left.expr, &right.expr) else {
            self.mismatch(node, (function, sign), &left.expr, &right.expr);
            return None;
        };
        match function {
            Function::Equal | Function::NotEqual | Function::In => {
                self.compared(left.domain, &right.expr);
                self.compared(right.domain, &left.expr);
            }
            Function::Divide | Function::Modulo if is_zero(&right.expr) => {
                self.divisions_by_zero.push(right.expr.span);
            }
            _ => {}
        }
        let domain = match function {
            Function::Index => left.domain,
            Function::Add => left.domain.filter(|_| left.domain == right.domain),
            _ => None,
        };
        let domain = domain.filter(|_| matches!(left.expr.ty, Type::List(_)));
        let kind = ExprKind::Call(function, vec![left.expr, right.expr]);
        Some(Typed::new(kind, ty, self.span(node)).of(domain))
    }

    fn mismatch(&mut self, node: &IdedExpr, (function, sign): (Function, &str), left: &Expr, right: &Expr) {
        let (span, (a, b)) = (self.span(node), (&left.ty, &right.ty));
        let (one, other) = (a.with_article(), b.with_article());
        let message = match function {
            Function::Equal | Function::NotEqual => format!("{one} never equals {other}"),
            Function::Less | Function::LessEqual | Function::Greater | Function::GreaterEqual => {
                format!("{one} does not order against {other}")
            }
            Function::In => match b {
                Type::List(element) => format!("{one} is never in a list of `{element}`"),
                Type::Map(key, _) => format!("{one} is never a key that is {}", key.with_article()),
                _ => "`in` asks a list or a map".to_owned(),
            },
            Function::Index => format!("`[]` does not read {one} with {other}"),
            _ => format!("`{sign}` does not take {one} and {other}"),
        };
        let help = if a.is_number() && b.is_number() {
            let to = if matches!((a, b), (Type::Double, _) | (_, Type::Double)) { "double" } else { "int" };
            Some(format!("convert one of them with `{to}(…)`"))
        } else if function == Function::In && matches!((a, b), (Type::String, Type::String)) {
            Some("to search in a text, write `text.contains(part)`".to_owned())
        } else if matches!((function, b), (Function::In, Type::String)) {
            Some("write a list, as in `x in [\"a\", \"b\"]`".to_owned())
        } else if matches!(function, Function::Equal | Function::NotEqual) && matches!(a, Type::List(_)) {
            Some("to ask for one element, write `x in list`".to_owned())
        } else {
            None
        };
        self.report(
            Diagnostic::new(Code::TypeMismatch, span, message)
                .label(left.span, format!("this is {one}"))
                .label(right.span, format!("this is {other}"))
                .help_maybe(help),
        );
    }
}

/// `[]` and `{}` take the type of what they meet.
fn is_empty_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(elements) => elements.is_empty(),
        ExprKind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

fn is_zero(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Literal::Int(0) | Literal::Uint(0)))
}

/// What a binary operator gives for operands of these types; `None` when it takes no such operands.
fn result_of(function: Function, left: &Expr, right: &Expr) -> Option<Type> {
    let (a, b) = (&left.ty, &right.ty);
    match function {
        Function::Equal | Function::NotEqual => a.is_comparable(b).then_some(Type::Bool),
        Function::Less | Function::LessEqual | Function::Greater | Function::GreaterEqual => {
            a.is_ordered(b).then_some(Type::Bool)
        }
        Function::In => match b {
            Type::List(element) => a.is_comparable(element).then_some(Type::Bool),
            Type::Map(key, _) => a.is_comparable(key).then_some(Type::Bool),
            Type::Dyn => Some(Type::Bool),
            _ => None,
        },
        Function::Index => match a {
            Type::List(element) => matches!(b, Type::Int | Type::Dyn).then(|| (**element).clone()),
            Type::Map(key, value) => b.is_comparable(key).then(|| (**value).clone()),
            Type::Dyn => Some(Type::Dyn),
            _ => None,
        },
        Function::Add if matches!((a, b), (Type::List(_), Type::List(_))) => {
            Some(if is_empty_literal(left) {
                b.clone()
            } else if is_empty_literal(right) {
                a.clone()
            } else {
                a.clone().join(b.clone())
            })
        }
        _ => arithmetic(function, a, b),
    }
}

/// The overloads of arithmetic: operands and result.
fn overloads(function: Function) -> &'static [(Type, Type, Type)] {
    use Type::{Bytes, Double, Duration, Int, String, Timestamp, Uint};
    match function {
        Function::Add => &[
            (Int, Int, Int),
            (Uint, Uint, Uint),
            (Double, Double, Double),
            (String, String, String),
            (Bytes, Bytes, Bytes),
            (Timestamp, Duration, Timestamp),
            (Duration, Timestamp, Timestamp),
            (Duration, Duration, Duration),
        ],
        Function::Subtract => &[
            (Int, Int, Int),
            (Uint, Uint, Uint),
            (Double, Double, Double),
            (Timestamp, Timestamp, Duration),
            (Timestamp, Duration, Timestamp),
            (Duration, Duration, Duration),
        ],
        Function::Multiply | Function::Divide => {
            &[(Int, Int, Int), (Uint, Uint, Uint), (Double, Double, Double)]
        }
        Function::Modulo => &[(Int, Int, Int), (Uint, Uint, Uint)],
        _ => &[],
    }
}

fn arithmetic(function: Function, a: &Type, b: &Type) -> Option<Type> {
    let fits = |wanted: &Type, found: &Type| *found == Type::Dyn || wanted == found;
    let results = overloads(function).iter().filter(|(x, y, _)| fits(x, a) && fits(y, b));
    let lists = function == Function::Add
        && matches!((a, b), (Type::Dyn, Type::List(_) | Type::Dyn) | (Type::List(_), Type::Dyn));
    let lists = lists.then_some(Type::Dyn);
    results.map(|(_, _, result)| result.clone()).chain(lists).reduce(Type::join)
}
