//! `policy test --mutate`, as a shell sees it.

use crate::support::{Scratch, json, policy};

const PACKAGE: &str = r#"policy p { language 1; version "1" }

region here "Here" { country "DE" }

provider a { speaks openai; endpoint x { url "https://x.example/v1"; region here; key none } }

model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }

tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow    models m
}

rule secret {
  when request.header("x-class") == "secret"
  deny "no"
}
"#;

const SUITE: &str = r"defaults: { tenant: t, model: m }
cases:
  - { name: plain, expect: { verdict: allow } }
";

const CASE: &str = "  - { name: secret, headers: { x-class: secret }, expect: { reason: \"rule:secret\", rules: [secret] } }\n";

const ARGS: [&str; 5] = ["test", ".", "--at", "2026-11-20", "--mutate"];

#[test]
fn survivors_are_told_with_a_case_and_fail_only_a_score_that_is_asked_for() {
    let scratch = Scratch::new("mutate");
    scratch.write("p.ascp", PACKAGE);
    scratch.write("p.test.yaml", SUITE);
    let said = policy(scratch.path(), &ARGS);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.err, "", "no progress without a terminal");
    let survivor = "SURVIVED p.ascp:14 rule secret, drop a rule\n";
    assert!(said.out.contains(survivor), "{}", said.out);
    assert!(
        said.out.contains("this case would notice:\n      - name: \"rule secret: rule secret {"),
        "{}",
        said.out
    );
    assert!(said.out.contains("mutation score "), "{}", said.out);

    let gated = policy(scratch.path(), &[&ARGS[..], &["--mutate-min", "95"]].concat());
    assert_eq!((gated.code, &gated.out), (1, &said.out), "the report is the same");

    scratch.write("p.test.yaml", &format!("{SUITE}{CASE}"));
    let killed = policy(scratch.path(), &[&ARGS[..], &["--mutate-min", "95"]].concat());
    assert_eq!(killed.code, 0, "{}", killed.out);
    assert!(!killed.out.contains(survivor), "{}", killed.out);
}

#[test]
fn programs_read_the_same_under_mutation() {
    let scratch = Scratch::new("mutate-json");
    scratch.write("p.ascp", PACKAGE);
    scratch.write("p.test.yaml", SUITE);
    let said = policy(scratch.path(), &[&ARGS[..], &["--format", "json"]].concat());
    let report = json(&said.out);
    assert_eq!((said.code, &report["schema"]), (0, &"ascp.test/1".into()));
    let mutation = &report["mutation"];
    let survivors = mutation["survivors"].as_array().expect("survivors");
    assert_eq!(mutation["survived"], survivors.len());
    let dropped = survivors.iter().find(|one| one["operator"] == "drop a rule").expect("a dropped rule");
    assert_eq!(
        (&dropped["file"], &dropped["line"], &dropped["now"]),
        (&"p.ascp".into(), &14.into(), &"".into())
    );
    assert!(dropped["case"].as_str().is_some_and(|case| case.contains("x-class: secret")), "{dropped}");
}

#[test]
fn nothing_is_mutated_while_a_case_fails() {
    let scratch = Scratch::new("mutate-red");
    scratch.write("p.ascp", PACKAGE);
    scratch.write("p.test.yaml", &SUITE.replace("allow }", "deny }"));
    let said = policy(scratch.path(), &ARGS);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("no mutant was made"), "{}", said.err);
    let gate = policy(scratch.path(), &["test", ".", "--mutate-min", "95"]);
    assert_eq!(gate.code, 2, "a score is asked for and nothing is mutated");
}
