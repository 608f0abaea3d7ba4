//! Conditions: CEL text to a checked [`Expr`].
//!
//! The text is parsed by the `cel` crate, typed against the names that
//! conditions can read, and its places are mapped into the `.ascp` file. What
//! cannot be given a total meaning is a diagnostic.
//!
//! The way of a text: [`literal`] replaces what only the rest of the language
//! writes, [`token`] bounds it, [`parse`] makes a tree with places, and
//! [`check`](mod@check) types it against the [`schema`].

mod check;
mod constrain;
mod expr;
mod fold;
mod literal;
mod parse;
pub mod pattern;
mod schema;
#[cfg(test)]
mod tests;
pub mod time;
mod token;
mod types;
mod walk;

pub use crate::model::Surface;
use crate::{Code, Diagnostic, Diagnostics, Span};
pub use constrain::{Constraints, needs_whole_answer};
pub use expr::{
    Comprehension, ComprehensionKind, Expr, ExprKind, Fact, Function, Literal, Member, Type, TypeName, Window,
};
pub use fold::parse_bool;
pub use schema::{APIS, Domain, Names, OPERATIONS, Place, schema_markdown};
pub use walk::{fact_phase, facts_read, phase, visit};

/// Checks a condition and gives it its meaning.
///
/// `text` is what stands at `span`, byte for byte. Every independent mistake
/// is reported once; with an error in `diagnostics` there is no result.
pub fn check(
    text: &str,
    span: Span,
    place: Place,
    names: &dyn Names,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let mut found = Diagnostics::new();
    let replaced = literal::replace(text, span, &mut found);
    let expr = check_text(&replaced, span, place, names, &mut found);
    let has_errors = found.has_errors();
    diagnostics.extend(found);
    expr.filter(|_| !has_errors)
}

fn check_text(
    replaced: &literal::Replaced,
    span: Span,
    place: Place,
    names: &dyn Names,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let scanned = token::scan(&replaced.text, span);
    let parsed = match scanned.and_then(|tokens| parse::parse(&replaced.text, span, tokens)) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    let expr = check::Checker::new(&parsed, place, names, &replaced.places, diagnostics).check()?;
    if expr.ty != Type::Bool {
        let problem = Diagnostic::new(Code::ConditionNotBool, expr.span, "condition is not a `bool`");
        diagnostics
            .push(problem.found(format!("this is {}", expr.ty.with_article())).help_maybe(bool_help(&expr)));
        return None;
    }
    if let Some(value) = fold::constant(&expr) {
        let always = if value { "true" } else { "false" };
        diagnostics.push(
            Diagnostic::new(Code::ConstantCondition, expr.span, format!("condition is always {always}"))
                .found(format!("this is {always} for every request")),
        );
    }
    Some(expr)
}

/// How a value that is no `bool` becomes one.
fn bool_help(expr: &Expr) -> Option<String> {
    let subject = match &expr.kind {
        ExprKind::Fact(fact) => schema::spelling(fact)?,
        _ => "x".to_owned(),
    };
    let example = match &expr.ty {
        Type::String if subject == "request.model" => format!("{subject} == \"o3\""),
        Type::String => format!("{subject} == \"…\""),
        Type::Int => format!("{subject} > 0"),
        Type::Uint => format!("{subject} > 0u"),
        Type::Double => format!("{subject} > 0.5"),
        Type::List(_) | Type::Map(..) => format!("size({subject}) > 0"),
        Type::Timestamp => format!("{subject} > timestamp(\"2027-01-31T00:00:00Z\")"),
        Type::Duration => format!("{subject} > duration(\"1h\")"),
        Type::Dyn => format!("{subject} == true"),
        Type::Bool | Type::Bytes | Type::Null | Type::Type | Type::Finding | Type::ToolCall | Type::Route => {
            return None;
        }
    };
    Some(format!("compare it with a value, as in `{example}`"))
}
