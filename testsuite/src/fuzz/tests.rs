//! Whole runs on a small package that keeps its invariants, and on ones that do not.

use super::*;
use crate::package::{self, Options};
use crate::suite::Suite;
use engine::scan::TokenKey;
use lang::{Day, NoLoader, PackageFiles, compile};

const PACKAGE: &str = r#"
policy p { language 1; version "1" }
use std.pii
region here { country "DE" }
region there { country "US" }
provider a {
  speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}
model m { aka "m", "m-too"; offered by a as "m-1"; price 1 USD in, 1 USD out per 1M tokens }
redaction cards { pii.pan tokenize; on input, output }
tenant s { identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"; allow models m; redact cards }
tenant t { identify key "sha256:f778ea3f6ee3482746261d78e9956af685b5c6e28d4779311055be8365a11628"; allow models m }
rule secret { when request.header("x-class") == "secret"; deny "no" }
"#;

fn guard(more: &str) -> Arc<Guard> {
    let files = vec![("p.ascp".into(), format!("{PACKAGE}{more}").into_bytes())];
    let compiled = compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
    let model = compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Arc::new(Guard::new(&model, TokenKey::new([7; 32])).unwrap())
}

fn settings(requests: usize, jobs: usize) -> Settings {
    Settings {
        requests,
        seed: SEED,
        jobs: NonZeroUsize::new(jobs).unwrap(),
        now: "2026-11-20T12:00:00Z".parse().unwrap(),
    }
}

fn tried(guard: &Arc<Guard>, requests: usize) -> Fuzzed {
    run(guard, &settings(requests, 1), &|_, _| {}).unwrap()
}

/// The failure of the one invariant that a package has.
fn refuted(invariant: &str) -> (Arc<Guard>, Found) {
    let guard = guard(&format!("invariant i {{ {invariant} }}"));
    let fuzzed = tried(&guard, 400);
    let broken: Vec<&Checked> = fuzzed.properties.iter().filter(|one| one.failure.is_some()).collect();
    let [only] = broken.as_slice() else { panic!("{invariant}: {broken:?}") };
    assert_eq!((only.name.as_str(), only.place.as_ref().unwrap().line), ("invariant i", 16), "{only:?}");
    (guard, only.failure.clone().unwrap())
}

#[test]
fn what_holds_is_not_broken_and_what_was_tried_is_said() {
    let fuzzed = tried(
        &guard(r#"invariant i { for request.header("x-class") == "secret"; always decision.denied }"#),
        400,
    );
    assert!(
        fuzzed.is_good(),
        "{}",
        crate::report::to_text(&crate::Report { cases: cases(&fuzzed), ..Default::default() })
    );
    assert_eq!(fuzzed.warnings(), [""; 0]);
    assert_eq!((fuzzed.tally.tenants.len(), fuzzed.tally.rules.len(), fuzzed.tally.unwritten), (2, 1, 0));
    assert!(fuzzed.properties.iter().all(|checked| checked.exercised > 5), "{fuzzed:?}");
}

#[test]
fn every_request_is_written_as_a_case() {
    let guard = guard("rule large { when request.tokens > 90; flag \"large\" }");
    let settings = settings(1_000, 1);
    let bench = Bench::new(&guard, &settings).unwrap();
    for request in 0..settings.requests {
        let draft = request::draft(&bench.pool, &bench.draw(request).unwrap());
        let any = if draft.is_concurrent { "allowed: 0" } else { "verdict: allow" };
        let case = draft.to_case("c", &[any.to_owned()]);
        let suite = Suite::read("s", &format!("cases:\n{case}"));
        let faults =
            suite.faults.iter().chain(suite.entries.iter().filter_map(|entry| entry.case.as_ref().err()));
        let faults: Vec<String> = faults.map(ToString::to_string).collect();
        assert_eq!(faults, [""; 0], "request {request}: {case}");
    }
}

#[test]
fn a_seed_names_a_run_whatever_the_jobs() {
    let guard = guard(r#"invariant i { always decision.routes.all(r, r.region == "here") }"#);
    let one = tried(&guard, 60);
    assert_eq!(run(&guard, &settings(60, 4), &|_, _| {}).unwrap(), one);
    let other = Settings { seed: 2, ..settings(60, 1) };
    assert_ne!(run(&guard, &other, &|_, _| {}).unwrap().tally, one.tally);
}

#[test]
fn a_broken_invariant_is_told_as_a_small_case_that_fails() {
    let rows = [
        (
            r#"always decision.routes.all(r, r.region == "here")"#,
            "    now: 2026-11-20T12:00:00Z\n    tenant: s\n    model: m\n    expect:\n      route: [a/x]\n",
        ),
        (
            r#"for tenant.name == "t"; always decision.denied"#,
            "    now: 2026-11-20T12:00:00Z\n    tenant: t\n    model: m\n    expect:\n      verdict: deny\n",
        ),
        (
            r#"always decision.reason != "rule:secret""#,
            "    headers: { x-class: secret }\n    model: m\n    expect:\n      verdict: allow\n",
        ),
    ];
    for (invariant, tail) in rows {
        let (guard, found) = refuted(invariant);
        assert!(found.is_telling, "{found:?}");
        assert!(found.case.ends_with(tail), "{}", found.case);
        let suite = Suite::read("s", &format!("cases:\n{}", found.case));
        let report = package::run(&guard, &[suite], &Options::at(settings(1, 1).now));
        assert_eq!(report.failed(), 1);
    }
}

#[test]
fn a_run_that_lets_nothing_in_says_so() {
    let fuzzed = tried(&guard(r#"rule all { when true; deny "no" }"#), 50);
    assert!(fuzzed.is_good());
    assert_eq!(fuzzed.warnings(), ["no request was let in, so nothing was tried but refusals"]);
}

#[test]
fn a_case_is_added_to_a_suite_and_to_nothing_else() {
    let (guard, found) = refuted(r#"for tenant.name == "t"; always decision.denied"#);
    let options = Options::at(settings(1, 1).now);
    let add = |text: Option<&str>| append(&guard, text, &found.case, &options);
    let made = add(None).unwrap();
    let Kept::Added(made) = made else { panic!("{made:?}") };
    assert_eq!(made, format!("suite: Found by fuzzing\ncases:\n{}", found.case));
    assert_eq!(add(Some(&made)), Ok(Kept::Known));
    let own = "defaults: { model: m }\ncases:\n";
    for case in [
        "  - { name: a, tenant: t, expect: { verdict: allow } }\n",
        "- name: a\n  tenant: t\n  expect: { verdict: allow }",
    ] {
        let Ok(Kept::Added(text)) = add(Some(&format!("{own}{case}"))) else { panic!("{case}") };
        let suite = Suite::read("s", &text);
        let names: Vec<&str> = suite.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((names.len(), names[0], suite.fault_count()), (2, "a", 0), "{text}");
        assert!(text.starts_with(own), "{text}");
    }
    for (text, why) in [
        ("just words", "it is no suite"),
        ("cases:\n- { name: a, expect: {} }\n", "it is no suite: line 2"),
        (
            "cases: [{ name: a, tenant: t, model: m, expect: { verdict: allow } }]\n",
            "does not end with a list",
        ),
        (
            "cases:\n- { name: a, tenant: t, model: m, expect: { verdict: allow } }\nsuite: s\n",
            "does not end with a list",
        ),
    ] {
        let error = add(Some(text)).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}
