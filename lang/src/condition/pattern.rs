//! The patterns of `matches`: RE2 syntax, checked and bounded.
//!
//! In RE2 `\d`, `\s`, `\w` and `\b` are ASCII. Rust's engine reads them as
//! Unicode, so they are spelled out before a pattern is compiled; what RE2
//! and Rust write alike stays as it is.

use crate::limits::PATTERN_COMPILED_BYTES_MAX;
use regex_automata::nfa::thompson::{Config, NFA};
use regex_automata::util::syntax;
use regex_syntax::ast::{self, Ast, ClassPerlKind, Visitor};

/// The same pattern in the syntax of Rust's engine.
///
/// It is to be compiled without the engine's UTF-8 mode, since `\B` may stand
/// between any two bytes there.
///
/// # Errors
///
/// What is wrong with the pattern, in one line.
///
/// # Examples
///
/// ```
/// # use lang::condition::pattern::to_engine;
/// assert_eq!(to_engine(r"^\d+$").as_deref(), Ok("^[0-9]+$"));
/// assert!(to_engine("(").is_err());
/// ```
pub fn to_engine(pattern: &str) -> Result<String, String> {
    let tree = ast::parse::Parser::new().parse(pattern).map_err(|error| error.kind().to_string())?;
    let rewrites = ast::visit(&tree, Rewriter::default()).map_err(str::to_owned)?;
    let mut out = String::with_capacity(pattern.len());
    let mut done = 0;
    for (start, end, instead) in rewrites {
        out.push_str(pattern.get(done..start).unwrap_or_default());
        out.push_str(instead);
        done = end;
    }
    out.push_str(pattern.get(done..).unwrap_or_default());
    Ok(out)
}

/// Whether a pattern compiles within its bounds.
///
/// # Errors
///
/// What is wrong with it, in one line.
pub fn check(pattern: &str) -> Result<(), String> {
    let engine = to_engine(pattern)?;
    let config = Config::new().utf8(false).nfa_size_limit(Some(PATTERN_COMPILED_BYTES_MAX));
    let built = NFA::compiler().syntax(syntax::Config::new().utf8(false)).configure(config).build(&engine);
    built.map(|_| ()).map_err(|error| {
        if error.size_limit().is_some() {
            return format!("it needs more than {PATTERN_COMPILED_BYTES_MAX} bytes when compiled");
        }
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        // The engine draws the pattern over several lines; the last one says what is wrong.
        let last = cause.lines().last().unwrap_or_default();
        last.trim_start_matches("error:").trim().to_owned()
    })
}

/// Collects what is to be spelled otherwise, from left to right.
#[derive(Default)]
struct Rewriter {
    rewrites: Vec<(usize, usize, &'static str)>,
}

impl Rewriter {
    fn perl(&mut self, class: &ast::ClassPerl) {
        let instead = match (&class.kind, class.negated) {
            (ClassPerlKind::Digit, false) => "[0-9]",
            (ClassPerlKind::Digit, true) => "[^0-9]",
            (ClassPerlKind::Space, false) => r"[\t\n\f\r ]",
            (ClassPerlKind::Space, true) => r"[^\t\n\f\r ]",
            (ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
            (ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
        };
        self.rewrites.push((class.span.start.offset, class.span.end.offset, instead));
    }
}

impl Visitor for Rewriter {
    type Output = Vec<(usize, usize, &'static str)>;
    type Err = &'static str;

    fn finish(self) -> Result<Self::Output, Self::Err> {
        Ok(self.rewrites)
    }

    fn visit_pre(&mut self, node: &Ast) -> Result<(), Self::Err> {
        match node {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Assertion(assertion) => {
                let instead = match assertion.kind {
                    ast::AssertionKind::WordBoundary => r"(?-u:\b)",
                    ast::AssertionKind::NotWordBoundary => r"(?-u:\B)",
                    ast::AssertionKind::StartLine
                    | ast::AssertionKind::EndLine
                    | ast::AssertionKind::StartText
                    | ast::AssertionKind::EndText => return Ok(()),
                    _ => return Err("RE2 has no such word boundary"),
                };
                self.rewrites.push((assertion.span.start.offset, assertion.span.end.offset, instead));
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Self::Err> {
        if let ast::ClassSetItem::Perl(class) = item {
            self.perl(class);
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ast::ClassSetBinaryOp) -> Result<(), Self::Err> {
        Err("RE2 has no operators between classes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii() {
        let rows = [
            (r"^\d{3}$", "^[0-9]{3}$"),
            (r"\D\s\S\w\W", r"[^0-9][\t\n\f\r ][^\t\n\f\r ][0-9A-Za-z_][^0-9A-Za-z_]"),
            (r"[\d.-]", "[[0-9].-]"),
            (r"\bcat\B", r"(?-u:\b)cat(?-u:\B)"),
            (r"é\d", "é[0-9]"),
            ("plain", "plain"),
        ];
        for (pattern, expected) in rows {
            assert_eq!(to_engine(pattern).as_deref(), Ok(expected), "{pattern}");
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_does_not_compile_says_why_in_one_line() {
        for pattern in ["(", "a{2,1}", r"\Z", "(?=x)", "[a&&b]", "[z-a]", "(a{1000}){1000}", r"\p{Nope}"] {
            let why = check(pattern).expect_err(pattern);
            assert!(!why.is_empty() && !why.contains('\n'), "{pattern}: {why}");
        }
    }
}
