//! How far a long run has come is shown on a terminal, and nowhere else.

#![cfg(unix)]

use crate::support::{Scratch, policy};
use crate::terminal::policy_on_terminal;
use std::fmt::Write as _;

/// Enough requests for a second or more; what is tested is that a run is followed, not how long it takes.
const CASES: usize = 60;

fn long_suite() -> String {
    let mut text = String::from("defaults: { tenant: t, model: m }\ncases:\n");
    for number in 0..CASES {
        let steps = "[{ repeat: 500, expect: { verdict: allow } }]";
        writeln!(text, "- {{ name: case {number}, steps: {steps} }}").expect("a string");
    }
    text
}

#[test]
fn long_runs_are_followed_on_a_terminal() {
    let scratch = Scratch::new("progress");
    scratch.write("policy.ascp", crate::PACKAGE);
    scratch.write("a.test.yaml", &long_suite());
    let args = ["test", "--at", "2026-11-20", "--jobs", "1"];
    let sums = format!("{CASES} passed, 0 failed");

    let piped = policy(scratch.path(), &args);
    assert_eq!((piped.out, piped.err.as_str()), (format!("{sums}\n"), ""));

    let shown = policy_on_terminal(scratch.path(), &args, "").out;
    assert!(shown.contains(&format!(" of {CASES} cases")), "{shown:?}");
    let last = shown.rsplit('\r').next().unwrap_or_default();
    assert_eq!(last, format!("\u{1b}[32m{sums}\u{1b}[0m\n"), "the line is gone before the report");

    let quiet = policy_on_terminal(scratch.path(), &[&args[..], &["--quiet"]].concat(), "").out;
    assert!(!quiet.contains(" cases"), "{quiet:?}");
}
