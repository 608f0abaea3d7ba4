//! Holds what the sidecar did against what the runner said, field by field.

use crate::Seen;
use crate::package::Package;
use engine::Verdict;
use serde_json::Value;
use std::fmt::Debug;
use testsuite::expect;
use testsuite::names::Names;
use testsuite::observed::Observed;
use testsuite::suite::{Case, Expect, Step, Times};

/// The first thing in which both sides differ.
#[derive(Debug)]
pub(crate) struct Disagreement {
    /// Which request of which step.
    which: String,
    field: String,
    runner: String,
    sidecar: String,
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { which, field, runner, sidecar } = self;
        write!(f, "  {which}: `{field}` differs\n    runner:  {runner}\n    sidecar: {sidecar}")
    }
}

/// Compares all exchanges of a case, and holds the sidecar's against what the case expects.
pub(crate) fn all(
    package: &Package,
    case: &Case,
    runner: &[Seen],
    sidecar: &[Seen],
) -> Result<(), Disagreement> {
    let (mut runner, mut sidecar) = (runner.iter(), sidecar.iter());
    for (number, step) in case.steps.iter().enumerate() {
        let (Times::Repeat(times) | Times::Concurrent(times)) = step.times;
        let mut allowed = 0;
        for request in 1..=times {
            let which = format!("line {}, step {}, request {request}", step.place.line, number + 1);
            let (Some(expected), Some(came)) = (runner.next(), sidecar.next()) else {
                panic!("{which}: one side has fewer exchanges than the other");
            };
            one(expected, came).map_err(|difference| Disagreement { which: which.clone(), ..difference })?;
            allowed += u32::from(came.observed.verdict == Some(Verdict::Allow));
            as_expected(package, step, &came.observed, which)?;
        }
        let expected = step.expect.as_ref().and_then(|expect| expect.allowed).unwrap_or(allowed);
        assert_eq!(allowed, expected, "step {}: requests that pass", number + 1);
    }
    assert!(runner.next().is_none() && sidecar.next().is_none(), "a side has more exchanges than steps");
    Ok(())
}

/// Holds an exchange of the sidecar against what its step expects.
fn as_expected(package: &Package, step: &Step, came: &Observed, which: String) -> Result<(), Disagreement> {
    let names = Names::new(package.guard.model());
    let is_asked = |expect: &&Expect| expect.allowed.is_none() || came.verdict != Some(Verdict::Allow);
    let Some(expect) = step.expect.as_ref().filter(is_asked) else { return Ok(()) };
    let differences = expect::compare(expect, came, &|rule: &str| names.rule_location(rule));
    differences.into_iter().next().map_or(Ok(()), |difference| {
        Err(Disagreement {
            which,
            field: format!("expect.{}", difference.field),
            runner: difference.expected.to_string(),
            sidecar: difference.message,
        })
    })
}

fn one(runner: &Seen, sidecar: &Seen) -> Result<(), Disagreement> {
    observed(&runner.observed, &sidecar.observed)?;
    same("headers of the client's answer", &runner.headers, &sidecar.headers)
}

/// Each field there is, in the order in which an exchange makes them: none can be forgotten here.
fn observed(runner: &Observed, sidecar: &Observed) -> Result<(), Disagreement> {
    macro_rules! compare {
        ($($field:ident),+ $(,)?) => {{
            let Observed { record: recorded, $($field),+ } = runner;
            $(same(stringify!($field), $field, &sidecar.$field)?;)+
            record(recorded, &sidecar.record)
        }};
    }
    compare!(
        verdict,
        reason,
        reason_in_full,
        reasons,
        message,
        rules,
        flags,
        shadowed,
        route,
        exceptions,
        dropped,
        served_by,
        attempts,
        redacted_input,
        redacted_output,
        found_input,
        found_output,
        sent,
        serving,
        status,
        body,
        text,
        is_whole,
        retry_after,
        charges,
        alerts,
        cost,
        cap,
        tokens,
        end,
        decided_by,
    )
}

/// Names the key of a record that differs.
fn record(runner: &Value, sidecar: &Value) -> Result<(), Disagreement> {
    if let (Value::Object(runner), Value::Object(sidecar)) = (runner, sidecar) {
        for key in runner.keys().chain(sidecar.keys()) {
            same(&format!("record.{key}"), &runner.get(key), &sidecar.get(key))?;
        }
    }
    same("record", runner, sidecar)
}

fn same<T: PartialEq + Debug>(field: &str, runner: &T, sidecar: &T) -> Result<(), Disagreement> {
    if runner == sidecar {
        return Ok(());
    }
    Err(Disagreement {
        which: String::new(),
        field: field.to_owned(),
        runner: format!("{runner:?}"),
        sidecar: format!("{sidecar:?}"),
    })
}
