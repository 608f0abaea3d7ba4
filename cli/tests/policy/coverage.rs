//! `policy test --coverage` and its relatives, as a shell sees them.

use crate::support::{Said, Scratch, json, policy, repository};
use std::path::Path;
use std::process::Command;

/// One tenant, one rule.
const PACKAGE: &str = r#"policy p { language 1; version "1" }

region here "Here" { country "DE" }
provider a { speaks openai; endpoint x { url "https://x.example/v1"; region here; key none } }
model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }

tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow    models m
}

rule no_eve { when request.header("x-who") == "eve"; deny "Not you." }
"#;

const SUITE: &str = "suite: s\nnow: 2026-11-20T09:00:00Z\ncases:\n\
    - { name: hello, tenant: t, model: m, expect: { verdict: allow } }\n";

const EVE: &str =
    "- { name: eve, tenant: t, model: m, headers: { x-who: eve }, expect: { verdict: deny } }\n";

/// What people are told of this package when only `hello` is asked.
const TOLD: &str = "1 passed, 0 failed

coverage of p
  rules       1 of 2   50.0 %
  candidates  1 of 1  100.0 %
  allowlists  1 of 1  100.0 %
  all         3 of 4   75.0 %

  policy.ascp  3 of 4   75.0 %

not covered
  policy.ascp:12  rule `no_eve` never fires
      a request for which `request.header(\"x-who\") == \"eve\"` holds
";

fn package(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("p/policy.ascp", PACKAGE);
    scratch.write("p/a.test.yaml", SUITE);
    scratch
}

fn test(scratch: &Scratch, args: &[&str]) -> Said {
    let args: Vec<&str> = ["test", "p", "--at", "2026-11-20"].iter().chain(args).copied().collect();
    policy(scratch.path(), &args)
}

fn git(directory: &Path, args: &[&str]) {
    let who = ["-c", "user.name=T", "-c", "user.email=t@t.example", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").current_dir(directory).args(who).args(args).output().expect("git");
    assert!(output.status.success(), "{args:?}: {output:?}");
}

/// A repository with the package in it, committed.
fn repository_of(name: &str) -> Scratch {
    let scratch = package(name);
    git(scratch.path(), &["init", "--quiet"]);
    git(scratch.path(), &["add", "."]);
    git(scratch.path(), &["commit", "--quiet", "--message", "First"]);
    scratch
}

#[test]
fn what_is_covered_and_what_is_not_is_told() {
    let scratch = package("coverage-told");
    let said = test(&scratch, &["--coverage"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, TOLD, ""));
    assert_eq!(test(&scratch, &[]).out, "1 passed, 0 failed\n", "nobody asked");
    let said = test(&scratch, &["--format", "json", "--coverage"]);
    let value = json(&said.out);
    assert_eq!((&value["schema"], &value["coverage"]["percent"]), (&"ascp.test/1".into(), &75.0.into()));
    assert_eq!(value["coverage"]["packages"][0]["missing"][0]["line"], 12);
    assert_eq!(json(&test(&scratch, &["--format", "json"]).out).get("coverage"), None);
    scratch.write("p/a.test.yaml", &format!("{SUITE}{EVE}"));
    let said = test(&scratch, &["--coverage", "--jobs", "3"]);
    assert!(said.out.ends_with("\n  policy.ascp  4 of 4  100.0 %\n"), "{said:?}");
}

#[test]
fn too_little_coverage_exits_with_1() {
    let scratch = package("coverage-min");
    let rows: &[(&[&str], i32, &str)] = &[
        (&["--min", "75"], 0, ""),
        (&["--min", "76"], 1, "coverage is 75.0 %, and `--min` asks for 76 %\n"),
        (&["--min", "76", "--filter", "hello"], 1, "coverage is 75.0 %, and `--min` asks for 76 %\n"),
        (&["--min", "0", "--filter", "nobody"], 1, "no case has the filter's text in its name\n"),
    ];
    for (args, code, told) in rows {
        let said = test(&scratch, args);
        assert_eq!((said.code, said.err.as_str()), (*code, *told), "{args:?}: {said:?}");
        assert!(said.out.contains("\ncoverage of p\n"), "`--min` asks for coverage too: {said:?}");
    }
    assert_eq!(test(&scratch, &["--min", "101"]).code, 2);
    scratch.write("p/a.test.yaml", &SUITE.replace("allow", "deny"));
    assert_eq!(test(&scratch, &["--min", "0"]).code, 1, "a failed case stays one");
}

#[test]
fn tracefiles_and_pages_are_written() {
    let scratch = package("coverage-files");
    let said = test(&scratch, &["--coverage-lcov", "out/p.info", "--coverage-html", "out/pages"]);
    assert_eq!((said.code, said.out.as_str()), (0, TOLD), "{said:?}");
    let expected = "TN:\nSF:p/policy.ascp\nBRDA:12,0,0,0\nBRDA:12,0,1,1\nBRF:2\nBRH:1\n\
        DA:7,1\nDA:9,1\nDA:12,1\nLF:3\nLH:3\nend_of_record\n";
    assert_eq!(scratch.read("out/p.info"), expected);
    assert!(scratch.read("out/pages/index.html").contains("<a href=\"policy.ascp.html\">policy.ascp</a>"));
    let page = scratch.read("out/pages/policy.ascp.html");
    assert!(page.contains("<tr id=\"L12\" class=\"partly\">"), "{page}");
    scratch.write("file", "");
    let said = test(&scratch, &["--coverage-html", "file/pages"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("cannot write `file/pages"), "{said:?}");
}

#[test]
fn only_what_changed_is_counted_since_a_revision() {
    let scratch = repository_of("coverage-since");
    let said = test(&scratch, &["--changed-since", "HEAD", "--min", "100"]);
    assert_eq!(said.code, 0, "nothing changed, so nothing is missing: {said:?}");
    let nothing = "\ncoverage of p, of what changed since HEAD\n  nothing that is counted\n";
    assert!(said.out.ends_with(nothing), "{said:?}");

    // Moved to a file of its own, with a comment: that is no change. The tenant's line is one.
    let (tenant, rule) = PACKAGE.split_once("rule no_eve").expect("a rule");
    scratch.write(
        "p/policy.ascp",
        &tenant.replace("allow    models m", "allow    models m\n  cap max_tokens 1k"),
    );
    scratch.write("p/rules.ascp", &format!("// Nobody knows why.\nrule no_eve{rule}"));
    let said = test(&scratch, &["--changed-since", "main", "--min", "100"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("  candidates  1 of 1"), "{said:?}");
    assert!(!said.out.contains("rules "), "{said:?}");

    scratch.write("p/rules.ascp", &format!("rule no_eve{}", rule.replace("Not you.", "No.")));
    let said = test(&scratch, &["--changed-since", "main", "--min", "100"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("  rules.ascp:1  rule `no_eve` never fires\n"), "{said:?}");
    let value = json(&test(&scratch, &["--changed-since", "main", "--format", "json"]).out);
    assert_eq!(value["coverage"]["changed_since"], "main");

    // From within the package, and before it was there.
    git(scratch.path(), &["commit", "--quiet", "--all", "--message", "Second"]);
    let here =
        policy(&scratch.path().join("p"), &["test", "--changed-since", "HEAD~1", "--at", "2026-11-20"]);
    assert!(here.out.contains("rule `no_eve` never fires"), "{here:?}");
    git(scratch.path(), &["checkout", "--quiet", "--orphan", "young"]);
    git(scratch.path(), &["rm", "--quiet", "-r", "--cached", "."]);
    git(scratch.path(), &["commit", "--quiet", "--allow-empty", "--message", "Nothing"]);
    let young = test(&scratch, &["--changed-since", "young"]);
    assert!(young.out.contains("  all         3 of 4"), "{young:?}");
}

#[test]
fn what_git_cannot_tell_is_an_error() {
    let scratch = repository_of("coverage-git");
    for revision in ["nowhere", "", "--help", "main:p", "HEAD~99"] {
        let said = test(&scratch, &[&format!("--changed-since={revision}")]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{revision}: {said:?}");
        let told =
            format!("error: git knows no revision `{revision}` here\n  = help: name a commit, branch or tag");
        assert!(said.err.starts_with(&told), "{said:?}");
    }
    let outside = package("coverage-no-repository");
    let said = test(&outside, &["--changed-since", "main"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains("is in no git repository"), "{said:?}");
    let output = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args(["test", "p", "--at", "2026-11-20", "--changed-since", "main"])
        .current_dir(scratch.path())
        .env("PATH", scratch.path())
        .output()
        .expect("the command");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.starts_with("error: `git` cannot be run: "), "{told}");
}

#[test]
fn the_suites_of_the_library_count_nothing() {
    let said = policy(&repository(), &["test", "stdlib/pii/pan.test.yaml", "--coverage"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!said.out.contains("coverage of"), "{said:?}");
}
