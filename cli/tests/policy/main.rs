//! Exit codes and outputs of the verbs, as a shell sees them.

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod mishaps;
#[cfg(test)]
mod mutate;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod sarif;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod sidecar;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod suites;
#[cfg(test)]
mod support;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod watch;

use serde_json::Value;
use support::{Scratch, json, policy, policy_with, repository};

const DAY: [&str; 2] = ["--at", "2026-11-20"];

/// A package with one tenant, and whatever else a test adds.
const PACKAGE: &str = r#"policy p { language 1; version "1" }

use std.pii

region here "Here" { country "DE" }

provider a { speaks openai; endpoint x { url "https://x.example/v1"; region here; key none } }

model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }

tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow    models m
}
"#;

#[test]
fn wrong_calls_exit_with_2() {
    let scratch = Scratch::new("calls");
    let rows: &[(&[&str], &str)] = &[
        (&["chekc"], "unrecognized subcommand"),
        (&["check", "--nothing"], "unexpected argument"),
        (&["check", "nowhere"], "cannot read `nowhere`"),
        (&["check"], "no package here"),
        (&["check", "--at", "soon"], "write it as year-month-day"),
        (&["serve"], "policy serve policies/fintech --simulate"),
        (&["serve", "--config", "nowhere.yaml"], "cannot read `nowhere.yaml`"),
        (&["help", "ASCP9999"], "neither a diagnostic code nor a verb"),
        (&["help", "0201"], "did you mean `ASCP0201`?"),
        (&["help", "check", "test"], "`check test` is neither"),
        (&["test", "nowhere"], "cannot read `nowhere`"),
        (&["test", "."], "no package is at `.`, and no test"),
        (&["check", "."], "there is no `.ascp` file in `.`\n  = help: name the package's directory"),
        (&["serve", "--listen", "localhost:1"], "write it as number and port"),
        (&["explain", "--request", "nowhere.json"], "cannot read `nowhere.json`"),
        (&["fmt", "nowhere.ascp"], "cannot read `nowhere.ascp`"),
    ];
    for (args, expected) in rows {
        let said = policy(scratch.path(), args);
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
        assert!(said.err.contains(expected), "{args:?}: {said:?}");
        assert_eq!(said.out, "", "{args:?}");
    }
}

#[test]
fn help_goes_to_standard_output() {
    let scratch = Scratch::new("help");
    let rows: &[(&[&str], &str)] = &[
        (&["--help"], "Usage: policy"),
        (&["--version"], "policy "),
        (&["help"], "Commands:"),
        (&["help", "check"], "--deny-warnings"),
        (&["help", "key", "new"], "Usage: policy key new"),
        (&["check", "--help"], "Example:"),
        (&["help", "ascp0201"], "ASCP0201"),
        (&["help", "ASCP0601"], include_str!("../../../docs/diagnostics/ASCP0601.md")),
        (&["completions", "bash"], "_policy"),
        (&["completions", "fish"], "complete -c policy"),
    ];
    for (args, expected) in rows {
        let said = policy(scratch.path(), args);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{args:?}");
        assert!(said.out.contains(expected), "{args:?}: {}", said.out);
    }
    let near = policy(scratch.path(), &["help", "ASCP0210x"]);
    assert!(near.err.contains("did you mean `ASCP0210`?"), "{near:?}");
    assert_eq!(policy(scratch.path(), &["man", "man"]).code, 0);
    assert!(scratch.read("man/policy-check.1").contains("deny\\-warnings"));
}

#[test]
fn the_package_around_the_working_directory_is_found() {
    let scratch = Scratch::new("around");
    scratch.write("p/policy.ascp", PACKAGE);
    scratch.write("p/tenants/deep/x.ascp", "");
    let said = policy(&scratch.path().join("p/tenants/deep"), &["check", "--at", "2026-11-20"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.starts_with("p 1: no errors, no warnings\n  decides     sha256:"), "{said:?}");
}

#[test]
fn check_tells_mistakes_and_warnings_apart() {
    let scratch = Scratch::new("check");
    scratch.write("policy.ascp", &PACKAGE.replace("allow    models m\n", "allow    models mm\n"));
    let said = policy(scratch.path(), &["check", DAY[0], DAY[1]]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.starts_with("error[ASCP0201]: "), "{said:?}");
    assert!(said.out.contains("--> policy.ascp:13:19"), "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "no colour where there is no terminal");
    let said = policy(scratch.path(), &["check", DAY[0], DAY[1], "--format", "json"]);
    let value = json(&said.out);
    assert_eq!((said.code, &value["ok"]), (3, &Value::Bool(false)));
    let first = &value["diagnostics"][0];
    assert_eq!(first["code"], "ASCP0201");
    assert_eq!((&first["line"], &first["column"]), (&13.into(), &19.into()));
    assert_eq!((&first["end_line"], &first["end_column"]), (&13.into(), &21.into()));
    assert_eq!(first["file"], "policy.ascp");
    assert_eq!(value["package"], Value::Null);

    scratch.write("policy.ascp", &format!("{PACKAGE}\nzone unused {{ regions here }}\n"));
    let lenient = policy(scratch.path(), &["check", DAY[0], DAY[1]]);
    assert_eq!(lenient.code, 0, "{lenient:?}");
    assert!(lenient.out.contains("warning[ASCP0901]"), "{lenient:?}");
    assert!(lenient.out.contains("no errors, 1 warning"), "{lenient:?}");
    assert_eq!(policy(scratch.path(), &["check", DAY[0], DAY[1], "--deny-warnings"]).code, 3);
}

#[test]
fn a_refuted_invariant_exits_with_1_and_its_witness_can_be_explained() {
    let scratch = Scratch::new("refuted");
    let invariant = "invariant small { always request.stream == false || decision.denied }\n";
    scratch.write("policy.ascp", &format!("{PACKAGE}\n{invariant}"));
    let said = policy(scratch.path(), &["check", DAY[0], DAY[1], "--format", "json"]);
    let value = json(&said.out);
    assert_eq!((said.code, &value["ok"]), (1, &Value::Bool(false)), "{said:?}");
    assert_eq!(value["invariants"][0]["result"], "refuted");
    let witness = &value["invariants"][0]["witness"];
    assert_eq!(witness["tenant"], "t");
    scratch.write("witness.json", &witness.to_string());
    let said = policy(scratch.path(), &["explain", "--request", "witness.json", "--format", "json"]);
    assert_eq!((said.code, json(&said.out)["verdict"].as_str()), (0, Some("allow")), "{said:?}");
    let text = policy(scratch.path(), &["check", DAY[0], DAY[1]]);
    assert_eq!(text.code, 1);
    let invariant = "invariant no_cards { for input.has(pii.pan); always decision.denied }\n";
    let rule = "rule cards { when input.has(pii.pan); flag \"card\" }\n";
    scratch.write("policy.ascp", &format!("{PACKAGE}\n{rule}{invariant}"));
    let value = json(&policy(scratch.path(), &["check", DAY[0], DAY[1], "--format", "json"]).out);
    let witness = value["invariants"][0]["witness"].to_string();
    let said = policy_with(scratch.path(), &["explain", "--request", "-", "--format", "json"], &witness);
    assert_eq!(
        json(&said.out)["flags"],
        serde_json::json!(["card"]),
        "the text is found: {witness} {said:?}"
    );
    assert!(text.out.contains("invariant `small` is refuted by this request:"), "{text:?}");
    assert!(text.out.contains("1 tried on 10,000 random requests: 1 broken"), "{text:?}");
}

#[test]
fn two_checks_say_the_same() {
    let scratch = Scratch::new("same");
    let root = repository().join("policies/fintech");
    let root = root.to_str().expect("a path");
    let check = || policy(scratch.path(), &["check", root, DAY[0], DAY[1], "--format", "json"]);
    let (first, second) = (check(), check());
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(first.out, second.out);
    assert!(json(&first.out)["work"]["worst_case_nodes"].as_u64() > Some(10), "{first:?}");
}

#[test]
fn what_init_writes_passes() {
    let scratch = Scratch::new("init");
    for (template, model) in [
        ("minimal", "mistral-small"),
        ("fintech", "gpt-4o"),
        ("healthcare", "gpt-4o-mini"),
        ("eu_saas", "gpt-4o"),
    ] {
        let said = policy(scratch.path(), &["init", template, "--from", template]);
        assert_eq!(said.code, 0, "{said:?}");
        let key = said.out.lines().find_map(|line| line.trim().strip_prefix("ascp_")).expect("a key");
        let check = policy(scratch.path(), &["check", template, DAY[0], DAY[1], "--deny-warnings"]);
        assert_eq!(check.code, 0, "{check:?}");
        let test = policy(scratch.path(), &["test", template, DAY[0], DAY[1]]);
        assert_eq!(test.code, 0, "{test:?}");
        let laid_out = policy(scratch.path(), &["fmt", "--check", template]);
        assert_eq!((laid_out.code, laid_out.out.as_str()), (0, ""), "{laid_out:?}");
        // The key that was printed opens the package.
        let request = r#"{"headers":{"authorization":"Bearer ascp_KEY"},"body":{"model":"MODEL","messages":[{"role":"user","content":"hi"}]}}"#;
        let request = request.replace("KEY", key).replace("MODEL", model);
        let said = policy_with(
            scratch.path(),
            &["explain", template, "--request", "-", "--format", "json"],
            &request,
        );
        assert_eq!(json(&said.out)["verdict"], "allow", "{said:?}");
        let again = policy(scratch.path(), &["init", template, "--from", template]);
        assert_eq!(again.code, 2, "{again:?}");
        assert!(again.err.contains("nothing is overwritten"), "{again:?}");
    }
    assert!(scratch.read("minimal/.github/workflows/policy.yml").contains("policy test ."));
    assert!(scratch.read("minimal/.pre-commit-config.yaml").contains("policy test ."));
}

#[test]
fn keys_are_drawn_and_hashed() {
    let scratch = Scratch::new("key");
    let said = policy(scratch.path(), &["key", "new"]);
    let (key, line) = said.out.split_once('\n').expect("two lines");
    assert_eq!((said.code, key.len()), (0, "ascp_".len() + 64), "{said:?}");
    let hash = policy_with(scratch.path(), &["key", "hash"], key);
    assert_eq!(line, format!("identify key \"{}\"\n", hash.out.trim()));
    assert_ne!(policy(scratch.path(), &["key", "new"]).out, said.out);
    assert_eq!(policy_with(scratch.path(), &["key", "hash"], "").code, 2);
    assert_eq!(policy(scratch.path(), &["key", "hash", key]).code, 2, "never on the command line");
}

#[test]
fn fmt_replaces_files_and_says_what_it_would_do() {
    let scratch = Scratch::new("fmt");
    let (ugly, pretty) = ("zone  z{regions here}", "zone z { regions here }\n");
    scratch.write("a.ascp", ugly);
    let check = policy(scratch.path(), &["fmt", "--check"]);
    assert_eq!((check.code, check.out.as_str()), (1, "a.ascp\n"), "{check:?}");
    let diff = policy(scratch.path(), &["fmt", "--diff", "a.ascp"]);
    assert!(
        diff.out.contains("-zone  z{regions here}") && diff.out.contains("+zone z { regions here }"),
        "{diff:?}"
    );
    assert_eq!(scratch.read("a.ascp"), ugly);
    let stdin = policy_with(scratch.path(), &["fmt", "-"], ugly);
    assert_eq!((stdin.code, stdin.out.as_str()), (0, pretty));
    assert_eq!(policy(scratch.path(), &["fmt"]).code, 0);
    assert_eq!(scratch.read("a.ascp"), pretty);
    assert_eq!(std::fs::read_dir(scratch.path()).expect("it").count(), 1, "nothing is left beside it");
    scratch.write("a.ascp", "zone {");
    let broken = policy(scratch.path(), &["fmt"]);
    assert_eq!(broken.code, 3, "{broken:?}");
    assert!(broken.err.contains("a.ascp:1"), "{broken:?}");
    assert_eq!(scratch.read("a.ascp"), "zone {");
    std::fs::write(scratch.path().join("a.ascp"), b"zone \xe9").expect("a file");
    for path in [".", "a.ascp"] {
        let latin = policy(scratch.path(), &["fmt", path]);
        assert_eq!((latin.code, latin.out.as_str()), (3, ""), "{latin:?}");
        assert!(latin.err.starts_with("error: `a.ascp` is not UTF-8"), "{latin:?}");
    }
}

#[test]
fn tests_pass_fail_and_are_counted() {
    let scratch = Scratch::new("test");
    scratch.write("policy.ascp", PACKAGE);
    let suite = |verdict: &str| {
        format!(
            "suite: S\nnow: 2026-11-20T09:00:00Z\ncases:\n  - name: one\n    tenant: t\n    model: m\n    expect: {{ verdict: {verdict} }}\n"
        )
    };
    scratch.write("tests/a.test.yaml", &suite("allow"));
    scratch.write("b.test.yaml", &suite("deny"));
    let all = policy(scratch.path(), &["test", "--format", "json"]);
    let value = json(&all.out);
    assert_eq!((all.code, &value["passed"], &value["failed"]), (1, &1.into(), &1.into()), "{all:?}");
    assert_eq!(policy(scratch.path(), &["test", "tests"]).code, 0);
    assert_eq!(policy(scratch.path(), &["test", "b.test.yaml"]).code, 1);
    let nothing = policy(scratch.path(), &["test", "--filter", "nothing"]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.err.contains("no case has the filter's text"), "{nothing:?}");
    scratch.write("policy.ascp", "policy p { language 1; nonsense }");
    let broken = policy(scratch.path(), &["test"]);
    assert_eq!(broken.code, 3, "{broken:?}");
    assert!(broken.err.contains("ASCP0109"), "{broken:?}");
    assert!(broken.err.ends_with("= help: `policy help ASCP0109` says more\n"), "{broken:?}");
}

#[test]
fn explain_says_why() {
    let scratch = Scratch::new("explain");
    let root = repository().join("policies/fintech");
    let root = root.to_str().expect("a path");
    let explain = |request: &str, more: &[&str]| {
        let args = [&["explain", root, "--request", "-", DAY[0], DAY[1]], more].concat();
        policy_with(scratch.path(), &args, request)
    };
    let ask = |text: &str| {
        format!(
            r#"{{"tenant":"retail","body":{{"model":"gpt-4o","messages":[{{"role":"user","content":"{text}"}}]}}}}"#
        )
    };
    let value = json(&explain(&ask("Which stock should I buy?"), &["--format", "json"]).out);
    assert_eq!(value["schema"], "ascp.decision/1");
    assert_eq!((&value["verdict"], &value["status"]), (&"deny".into(), &403.into()));
    assert_eq!(value["reason"], "rule:retail_gives_no_investment_advice");
    assert_eq!(value["message"], "Ask a licensed adviser.");
    assert_eq!(value["decided_by"]["file"], "tenants/retail.ascp");
    assert_eq!(value["upstream_body"], Value::Null);

    let value = json(&explain(&ask("Is 4111 1111 1111 1111 blocked?"), &["--format", "json"]).out);
    assert_eq!(value["verdict"], "allow", "{value}");
    assert_eq!(value["redactions"]["input"]["pii.pan"], 1);
    assert!(!value["upstream_body"].to_string().contains("4111"));
    assert_eq!(value["dropped"][0]["detail"], "azure.eastus is outside eea");
    assert_eq!(value["route"][0]["model"], "gpt-4o-2024-11-20");
    let charges = value["charges"].as_array().expect("charges");
    assert!(charges.iter().any(|charge| charge["unit"] == "millionths"), "{charges:?}");
    let text = explain(&ask("hello"), &[]);
    assert!(
        text.out.contains("  charged     0.0000") && text.out.contains(" of 5_000 USD / month"),
        "{text:?}"
    );

    let down = ask("hello").replace(r#""body""#, r#""down":["azure/westeurope"],"body""#);
    let value = json(&explain(&down, &["--format", "json"]).out);
    assert_ne!(value["route"][0]["endpoint"], "azure/westeurope", "{value}");

    let text = explain(&ask("Which stock should I buy?"), &[]);
    assert_eq!(text.code, 0, "{text:?}");
    assert!(
        text.out.starts_with("deny\n  reason      rule:retail_gives_no_investment_advice, status 403\n"),
        "{text:?}"
    );

    let rows = [
        (r#"{"tenant":"retial"}"#, "did you mean `retail`?"),
        (r#"{"tenant":"retail","down":["azure/westeurop"]}"#, "did you mean `azure/westeurope`?"),
        (r#"{"tenant":"retail","operation":"chta"}"#, "did you mean `chat`?"),
        (r#"{"tenat":"retail"}"#, "unknown field `tenat`"),
        (r#"{"tenant":"retail","now":"noon"}"#, "`now` is not an instant"),
        ("{}", "names neither `tenant` nor `headers`"),
        ("{", "not in its form"),
    ];
    for (request, expected) in rows {
        let said = explain(request, &[]);
        assert_eq!(said.code, 2, "{request}: {said:?}");
        assert!(said.err.contains(expected), "{request}: {said:?}");
    }
}

#[test]
fn graphs_are_stable_and_name_what_falls_out() {
    let scratch = Scratch::new("graph");
    let root = repository().join("policies/fintech");
    let root = root.to_str().expect("a path");
    let graph = |form: &str| policy(scratch.path(), &["graph", root, "--tenant", "retail", "--as", form]);
    let mermaid = graph("mermaid");
    assert!(mermaid.out.starts_with("flowchart LR\n"), "{mermaid:?}");
    assert!(mermaid.out.contains("-.->|\"outside the residence\"|"), "{mermaid:?}");
    assert_eq!(mermaid.out, graph("mermaid").out);
    assert!(graph("dot").out.starts_with("digraph policy {\n"));
    let value = json(&graph("json").out);
    assert_eq!(value["schema"], "ascp.graph/1");
    let labels: Vec<&str> =
        value["nodes"].as_array().expect("nodes").iter().filter_map(|node| node["label"].as_str()).collect();
    assert!(labels.contains(&"azure/westeurope\ngpt_4o"), "{labels:?}");
    assert!(!labels.iter().any(|label| label.starts_with("labs")), "only one tenant's: {labels:?}");
    assert_eq!(policy(scratch.path(), &["graph", root, "--tenant", "retial"]).code, 2);
}
