//! Macros: comprehensions read back from their expansions.
//!
//! The parser expands `list.exists(x, p)` and its relatives into one general
//! loop. Each macro leaves a loop of its own shape, so the loop is read back
//! into what was written, which the engine can carry out without it.

use super::super::{Comprehension, ComprehensionKind, ExprKind, Type};
use super::{Checker, Local, Typed};
use crate::{Code, Diagnostic};
use cel::common::ast::{self, ComprehensionExpr, Expr as Tree, IdedExpr, LiteralValue};

/// What a macro was written with.
struct Written<'a> {
    kind: ComprehensionKind,
    condition: Option<&'a IdedExpr>,
    element: Option<&'a IdedExpr>,
}

impl Checker<'_> {
    /// A comprehension.
    pub(super) fn comprehension(&mut self, node: &IdedExpr, fold: &ComprehensionExpr) -> Option<Typed> {
        let span = self.span(node);
        let Some(written) = read_back(fold) else {
            self.report(Diagnostic::new(Code::ReaderDrift, span, "macro cannot be read"));
            return None;
        };
        let range = self.expr(&fold.iter_range);
        let range = range.and_then(|range| self.range(range));
        // The body is checked even when the range is wrong, with a variable that says nothing.
        let (ty, domain) =
            range.as_ref().map_or((Type::Dyn, None), |(range, element)| (element.clone(), range.domain));
        let is_list = range.as_ref().is_some_and(|(range, _)| matches!(range.expr.ty, Type::List(_)));
        let domain = domain.filter(|_| is_list);
        let variable = u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        let errors_before = self.diagnostics.len();
        self.locals.push(Local { name: fold.iter_var.clone(), ty: ty.clone(), domain });
        let condition = written.condition.map(|condition| self.bool_operand(condition));
        let element = written.element.map(|element| self.expr(element));
        self.locals.pop();
        debug_assert!(self.diagnostics.len() >= errors_before);
        let (range, _) = range?;
        let condition = condition.map_or(Some(None), |condition| condition.map(Some))?;
        let element = element.map_or(Some(None), |element| element.map(Some))?;
        let (ty, domain) = match (written.kind, &element) {
            (ComprehensionKind::Map, Some(element)) => {
                (Type::list_of(element.expr.ty.clone()), element.domain)
            }
            (ComprehensionKind::Filter, _) => (Type::list_of(ty), domain),
            (
                ComprehensionKind::All
                | ComprehensionKind::Exists
                | ComprehensionKind::ExistsOne
                | ComprehensionKind::Map,
                _,
            ) => (Type::Bool, None),
        };
        let comprehension = Comprehension {
            kind: written.kind,
            range: range.expr,
            variable,
            condition,
            element: element.map(|element| element.expr),
        };
        Some(Typed::new(ExprKind::Comprehension(Box::new(comprehension)), ty, span).of(domain))
    }

    /// What a macro goes over, with the type of its variable.
    fn range(&mut self, range: Typed) -> Option<(Typed, Type)> {
        let element = match &range.expr.ty {
            Type::List(element) => (**element).clone(),
            Type::Map(key, _) => (**key).clone(),
            Type::Dyn => Type::Dyn,
            other => {
                let problem =
                    Diagnostic::new(Code::TypeMismatch, range.expr.span, "a macro goes over a list or a map");
                let problem = problem.found(format!("this is {}", other.with_article()));
                self.report(problem);
                return None;
            }
        };
        Some((range, element))
    }
}

/// Reads the loop that a macro was expanded into.
fn read_back(fold: &ComprehensionExpr) -> Option<Written<'_>> {
    let step = call_args(&fold.loop_step);
    match &fold.accu_init.expr {
        Tree::Literal(LiteralValue::Boolean(initial)) => {
            let kind = if *initial.inner() { ComprehensionKind::All } else { ComprehensionKind::Exists };
            Some(Written { kind, condition: Some(step?.get(1)?), element: None })
        }
        Tree::Literal(LiteralValue::Int(_)) => Some(Written {
            kind: ComprehensionKind::ExistsOne,
            condition: Some(step?.first()?),
            element: None,
        }),
        Tree::List(_) => match step? {
            [condition, added, _] => {
                let element = appended(added)?;
                // `map(x, p, x)` is `filter(x, p)`, whichever was written.
                if matches!(&element.expr, Tree::Ident(name) if *name == fold.iter_var) {
                    return Some(Written {
                        kind: ComprehensionKind::Filter,
                        condition: Some(condition),
                        element: None,
                    });
                }
                Some(Written {
                    kind: ComprehensionKind::Map,
                    condition: Some(condition),
                    element: Some(element),
                })
            }
            [_, _] => {
                let element = appended(&fold.loop_step)?;
                Some(Written { kind: ComprehensionKind::Map, condition: None, element: Some(element) })
            }
            _ => None,
        },
        _ => None,
    }
}

fn call_args(node: &IdedExpr) -> Option<&[IdedExpr]> {
    match &node.expr {
        Tree::Call(call) => Some(&call.args),
        _ => None,
    }
}

/// The element of `@result + [element]`.
fn appended(node: &IdedExpr) -> Option<&IdedExpr> {
    match &call_args(node)?.get(1)?.expr {
        Tree::List(ast::ListExpr { elements, .. }) => elements.first(),
        _ => None,
    }
}
