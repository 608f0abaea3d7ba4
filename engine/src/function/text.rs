//! Texts: searching, and patterns.

use crate::value::{EvalError, Outcome, Value};
use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;

/// A function from two texts to a `bool`.
pub(super) fn compare<'a>(a: &Value<'a>, b: &Value<'a>, holds: fn(&str, &str) -> bool) -> Outcome<'a> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Ok(Value::Bool(holds(a, b))),
        _ => Err(EvalError::NoSuchOverload),
    }
}

/// Compiles the pattern of a `matches`; the checker has seen it compile.
///
/// # Errors
///
/// [`EvalError::Broken`] when it does not compile after all.
pub fn pattern(text: &str) -> Result<Regex, EvalError> {
    const BROKEN: EvalError = EvalError::Broken("a pattern does not compile");
    let engine = lang::condition::pattern::to_engine(text).map_err(|_| BROKEN)?;
    Regex::builder()
        // `\B` may stand within a character, as in RE2; only whether there is a match is asked.
        .configure(Config::new().utf8_empty(false))
        .syntax(syntax::Config::new().utf8(false))
        .build(&engine)
        .map_err(|_| BROKEN)
}
