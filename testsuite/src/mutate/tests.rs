//! A package, its tests, and what becomes of its mutants.

use super::*;
use engine::Cache;
use lang::{Day, NoLoader};

const PACKAGE: &str = r#"policy p { language 1; version "1"; require soc2_report }
use std.pii
region here { country "DE" }
provider a {
  speaks openai
  attests soc2_report
  endpoint x { url "https://x.example/v1"; region here; key none }
}
model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }
redaction r { pii.pan tokenize; on input }
tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow models m
  redact r
}
rule secret { when request.header("x-class") == "secret"; deny "no" }
rule big { when request.max_tokens > 50; flag "big" }
"#;

const SUITE: &str = r#"
defaults: { tenant: t, model: m }
cases:
  - { name: cards, say: "4111 1111 1111 1111", expect: { redacted: { input: { pii.pan: 1 } } } }
  - { name: secret, headers: { x-class: secret }, expect: { reason: "rule:secret" } }
"#;

fn mutation(suite: &str, jobs: usize) -> Mutation {
    let files = PackageFiles { path: "p".into(), files: vec![("p.ascp".into(), PACKAGE.into())] };
    let day = "2026-11-20".parse().unwrap();
    let model = lang::compile(files.clone(), &NoLoader, Day::Check(day)).model.unwrap();
    let key = TokenKey::new([7; 32]);
    let guard = Arc::new(Guard::with_cache(&model, key.clone(), &mut Cache::new()).unwrap());
    let suites = [Suite::read("p.test.yaml", suite)];
    let options =
        Options { jobs: jobs.try_into().unwrap(), ..Options::at("2026-11-20T12:00:00Z".parse().unwrap()) };
    assert!(crate::run_package(&guard, &suites, &options).is_good());
    let subject =
        Subject { files: &files, loader: &NoLoader, day, guard: &guard, key: &key, suites: &suites };
    run(subject, &options, &|_, _| ()).unwrap()
}

fn fate<'m>(mutation: &'m Mutation, operator: Operator, was: &str) -> &'m Fate {
    let found = mutation.mutants.iter().find(|(it, _)| it.operator == operator && it.was.contains(was));
    &found.unwrap_or_else(|| panic!("no {operator:?} of {was}")).1
}

#[test]
fn mutants_are_killed_survive_or_are_no_change() {
    let mutation = mutation(SUITE, 2);
    assert_eq!(
        fate(&mutation, Operator::WeakenAction, "pii.pan"),
        &Fate::Killed { by: "p.test.yaml: cards".into() }
    );
    assert_eq!(
        fate(&mutation, Operator::DenyToFlag, "deny"),
        &Fate::Killed { by: "p.test.yaml: secret".into() }
    );
    assert_eq!(fate(&mutation, Operator::DropRequire, "soc2_report"), &Fate::Equivalent);
    let survivor = fate(&mutation, Operator::FlipComparison, "max_tokens > 50");
    let Fate::Survived { witness: Some(case) } = survivor else { panic!("{survivor:?}") };
    assert!(case.contains("max_tokens: 50") && case.contains("flags: []"), "{case}");
    let tally = mutation.tally();
    assert_eq!(tally.made, tally.killed + tally.survived + tally.equivalent + tally.not_compiled);
    assert!(tally.survived > 0 && tally.score_permille().unwrap() < 1_000);
    let of_operators: usize = mutation.by_operator().iter().map(|(_, tally)| tally.made).sum();
    assert_eq!(of_operators, tally.made);
}

#[test]
fn a_witness_kills_what_it_was_found_for() {
    let before = mutation(SUITE, 1);
    let Fate::Survived { witness: Some(case) } = fate(&before, Operator::DropRule, "rule big") else {
        panic!()
    };
    let after = mutation(&format!("{SUITE}{case}"), 1);
    assert!(matches!(fate(&after, Operator::DropRule, "rule big"), Fate::Killed { .. }), "{case}");
    assert!(after.tally().killed > before.tally().killed);
}

#[test]
fn a_report_is_the_same_whatever_the_jobs() {
    let (one, three) = (mutation(SUITE, 1), mutation(SUITE, 3));
    assert_eq!(one, three);
    let text = to_text(&one);
    assert!(
        text.contains("SURVIVED p.ascp:17 rule big, flip a comparison\n  - when request.max_tokens > 50\n"),
        "{text}"
    );
    assert!(
        text.contains("equivalent p.ascp:1 policy p, drop a require: require soc2_report -> (left out)\n"),
        "{text}"
    );
    let json = to_json(&one);
    assert_eq!(json["survivors"].as_array().map(Vec::len), Some(one.tally().survived));
    assert_eq!(json["operators"][0]["operator"], "drop a rule");
}
