//! The patterns of detectors: RE2 syntax, ASCII classes unless `u` is said.

use crate::condition::pattern::to_engine;
use regex_automata::nfa::thompson::{Config, NFA};
use regex_automata::util::syntax;

/// Largest compiled pattern, in bytes.
///
/// The scanner keeps one automaton for all detectors: one pattern may not take
/// the room of fifty. `\w{31}` with flag `u` is over it, its ASCII form far below.
pub const DETECTOR_COMPILED_BYTES_MAX: usize = 1 << 20;

/// Why a pattern cannot be used.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Whether only its size is wrong.
    pub(crate) is_size: bool,
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

/// Whether a pattern compiles within its bounds, and finds no empty text.
pub(crate) fn check(text: &str, ignore_case: bool, unicode: bool) -> Result<(), Problem> {
    let problem = |message: String| Problem { is_size: false, message, help: None };
    let spelled = if unicode { Ok(text.to_owned()) } else { to_engine(text) };
    let spelled = spelled.map_err(|error| problem(format!("this pattern does not compile: {error}")))?;
    let config = Config::new().utf8(false).nfa_size_limit(Some(DETECTOR_COMPILED_BYTES_MAX));
    let syntax = syntax::Config::new().utf8(false).case_insensitive(ignore_case);
    let compiled = NFA::compiler().syntax(syntax).configure(config).build(&spelled);
    let nfa = compiled.map_err(|error| {
        if error.size_limit().is_some() {
            return Problem {
                is_size: true,
                message: format!(
                    "this pattern needs more than {} KiB when compiled",
                    DETECTOR_COMPILED_BYTES_MAX >> 10
                ),
                help: Some("lower its repetitions, or leave the flag `u` out".into()),
            };
        }
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        let last = cause.lines().last().unwrap_or_default().trim_start_matches("error:").trim().to_owned();
        problem(format!("this pattern does not compile: {last}"))
    })?;
    if nfa.has_empty() {
        let message = "this pattern finds the empty text, and so is found everywhere".into();
        return Err(Problem { help: Some("make some part of it required".into()), ..problem(message) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_bounded_and_never_empty() {
        assert!(check(r"\bACC-\d{8}\b", false, false).is_ok());
        assert!(check(r"é+", false, false).is_ok());
        assert!(check(r"(", false, false).is_err_and(|problem| !problem.is_size));
        assert!(check(r"a*", false, false).is_err_and(|problem| !problem.is_size));
        assert!(check(r"\w{2000}\w{2000}", true, true).is_err_and(|problem| problem.is_size));
    }
}
