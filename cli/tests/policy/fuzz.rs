//! `policy test --fuzz`, as a shell sees it.

use crate::support::{Scratch, json, policy};

const PACKAGE: &str = r#"policy p { language 1; version "1" }

region here "Here" { country "DE" }
region there "There" { country "US" }

provider a {
  speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}

model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }

tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow    models m
}
"#;

const REFUTED: &str = "invariant stays { always decision.routes.all(r, r.region == \"here\") }\n";

const ARGS: [&str; 6] = ["test", ".", "--at", "2026-11-20", "--fuzz", "60"];

/// The package, with a residence that keeps its invariant or without one.
fn desk(name: &str, holds: bool) -> Scratch {
    let scratch = Scratch::new(name);
    let package = if holds { PACKAGE.replace("  allow", "  reside   here\n  allow") } else { PACKAGE.into() };
    scratch.write("p.ascp", &format!("{package}\n{REFUTED}"));
    scratch
}

#[test]
fn what_holds_passes_and_says_what_was_tried() {
    let scratch = desk("fuzz-holds", true);
    let said = policy(scratch.path(), &ARGS);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("5 passed, 0 failed\n\nfuzz: 60 requests, seed 1: "), "{}", said.out);
    assert!(said.out.contains("\nfuzz: determinism: held, "), "{}", said.out);
    assert_eq!(policy(scratch.path(), &ARGS).out, said.out, "a seed names a run");
    let jobs = policy(scratch.path(), &[&ARGS[..], &["--jobs", "1"]].concat());
    assert_eq!(jobs.out, said.out, "however many jobs there are");
    let other = policy(scratch.path(), &[&ARGS[..], &["--seed", "2"]].concat());
    assert!(other.code == 0 && other.out != said.out, "another seed makes other requests");
}

#[test]
fn a_broken_property_is_told_and_kept_until_it_is_mended() {
    let scratch = desk("fuzz-kept", false);
    let keep = [&ARGS[..], &["--fuzz-write", "tests/found.test.yaml"]].concat();
    std::fs::create_dir(scratch.path().join("tests")).expect("a folder");
    let said = policy(scratch.path(), &keep);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err.contains("wrote the case of `invariant stays` to `tests/found.test.yaml`"),
        "{}",
        said.err
    );
    let kept = scratch.read("tests/found.test.yaml");
    assert!(
        kept.starts_with("suite: Found by fuzzing\ncases:\n  - name: \"invariant stays: seed 1"),
        "{kept}"
    );
    assert!(kept.ends_with("    expect:\n      route: [a/x]\n"), "{kept}");
    let tested = policy(scratch.path(), &["test", ".", "--at", "2026-11-20"]);
    assert_eq!(tested.code, 1, "{}", tested.out);
    let again = policy(scratch.path(), &keep);
    assert!(again.err.contains("stands in `tests/found.test.yaml` already"), "{}", again.err);
    assert_eq!(scratch.read("tests/found.test.yaml"), kept);

    scratch.write("p.ascp", &PACKAGE.replace("  allow", "  reside   here\n  allow"));
    assert_eq!(policy(scratch.path(), &["test", ".", "--at", "2026-11-20"]).code, 0, "mended");
}

#[test]
fn nothing_else_is_written_over() {
    let scratch = desk("fuzz-refuses", false);
    scratch.write("notes.test.yaml", "just words\n");
    for (file, code, why) in [
        ("notes.test.yaml", 2, "it is no suite"),
        ("p.ascp", 2, "is not named as a suite"),
        ("../elsewhere.test.yaml", 2, "lies outside the package"),
        ("nowhere/a.test.yaml", 2, "cannot read `nowhere`"),
    ] {
        let said = policy(scratch.path(), &[&ARGS[..], &["--fuzz-write", file]].concat());
        assert_eq!(said.code, code, "{file}: {said:?}");
        assert!(said.err.contains(why), "{file}: {}", said.err);
    }
    assert_eq!(scratch.read("notes.test.yaml"), "just words\n");
    for args in [
        &["test", ".", "--seed", "1"][..],
        &["test", ".", "--fuzz", "0"],
        &["test", ".", "--fuzz", "1", "--watch"],
    ] {
        assert_eq!(policy(scratch.path(), args).code, 2, "{args:?}");
    }
}

#[test]
fn programs_read_the_same_under_fuzz() {
    let scratch = desk("fuzz-json", false);
    let said = policy(scratch.path(), &[&ARGS[..], &["--format", "json"]].concat());
    let report = json(&said.out);
    assert_eq!((said.code, &report["schema"], &report["failed"]), (1, &"ascp.test/1".into(), &1.into()));
    let fuzz = &report["fuzz"];
    assert_eq!(
        (&fuzz["seed"], &fuzz["requests"], &fuzz["tenants"]["reached"]),
        (&1.into(), &60.into(), &1.into())
    );
    let properties = fuzz["properties"].as_array().expect("properties");
    let named: Vec<&str> = properties.iter().filter_map(|one| one["property"].as_str()).collect();
    assert_eq!(named, ["determinism", "residency", "planted", "well formed", "invariant stays"]);
    let failure = &properties[4]["failure"];
    assert_eq!((&properties[4]["outcome"], &failure["case_fails"]), (&"failed".into(), &true.into()));
    assert!(failure["case"].as_str().is_some_and(|case| case.contains("route: [a/x]")), "{failure}");
}

#[test]
fn a_run_that_means_little_says_so() {
    let scratch = desk("fuzz-nothing", true);
    scratch.write("q.ascp", "rule all { when true; deny \"no\" }\n");
    let said = policy(scratch.path(), &ARGS);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("warning: no request was let in"), "{}", said.err);
}
