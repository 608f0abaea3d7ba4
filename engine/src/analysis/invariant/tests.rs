//! Trials of invariants that hold and of ones that do not.

use super::*;
use lang::{Day, NoLoader, PackageFiles, compile};

const PACKAGE: &str = r#"
policy p { language 1; redact cards }
use std.pii
region here "Here" { country "DE" }
region there "There" { country "US" }
provider a {
  speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}
model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }
redaction cards { pii.pan mask; on input }
tenant near { identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"; reside here; allow models m }
tenant far { identify key "sha256:f778ea3f6ee3482746261d78e9956af685b5c6e28d4779311055be8365a11628"; allow models m }
rule large { when request.tokens > 5000 && request.header("x-batch") == "yes"; deny "too large" }
"#;

fn try_one(invariant: &str) -> Trial {
    let text = format!("{PACKAGE}\ninvariant i {{ {invariant} }}\n");
    let files = vec![("p.ascp".into(), text.into_bytes())];
    let compiled = compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
    let model = compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let from = "2026-11-20T00:00:00Z".parse().unwrap();
    let program = crate::program::compile(&model, &mut crate::Cache::default()).unwrap();
    let first = try_invariants(&program, from, 1, 10_000).unwrap();
    assert_eq!(first, try_invariants(&program, from, 1, 10_000).unwrap(), "a seed names a trial");
    first.into_iter().next().unwrap()
}

#[test]
fn what_holds_is_not_refuted() {
    let rows = [
        r#"for tenant.name == "near"; always decision.routes.all(r, r.region == "here")"#,
        r"for input.has(pii.pan); always decision.denied || decision.redacts(pii.pan)",
        r#"for request.tokens > 6000 && request.header("x-batch") == "yes"; always decision.denied"#,
    ];
    for invariant in rows {
        let trial = try_one(invariant);
        assert_eq!(trial.refuted, None, "{invariant}");
        assert!(trial.tried > 10, "{invariant}: {}", trial.tried);
    }
}

#[test]
fn what_does_not_hold_is_refuted_by_a_small_request() {
    let rows = [
        r#"always decision.routes.all(r, r.region == "here")"#,
        r"for input.has(pii.iban); always decision.denied || decision.redacts(pii.iban)",
        "for request.tokens > 6000; always decision.denied",
        r#"always !(decision.reason == "rule:large")"#,
        r"always 1 / request.tokens >= 0",
    ];
    for invariant in rows {
        let witness = try_one(invariant).refuted.unwrap_or_else(|| panic!("{invariant}"));
        assert!(witness.facts.down.is_empty() && witness.facts.request.tools.is_empty(), "{witness:?}");
    }
}

#[test]
fn only_what_matters_stays_in_a_witness() {
    let witness = try_one(r#"always !(decision.reason == "rule:large")"#).refuted.unwrap();
    assert_eq!(witness.facts.request.headers, [("x-batch".to_owned(), "yes".to_owned())]);
    assert_eq!(witness.facts.input.list, []);
    assert_eq!(witness.decision.reasons.len(), 1);
    let failing = try_one(r"always 1 / request.tokens >= 0").refuted.unwrap();
    assert_eq!(failing.error, Some(EvalError::DivisionByZero));
}
