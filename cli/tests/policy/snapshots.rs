//! Snapshots from the command's side: new, reviewed, accepted, left over.

#![cfg(unix)]

use crate::support::{Scratch, json, policy};
use crate::terminal::policy_on_terminal;

/// Two cases that keep what comes of them.
const SUITE: &str = "suite: S\nnow: 2026-11-20T09:00:00Z\ndefaults: { tenant: t, model: m, snapshot: true }\n\
                     cases:\n- name: one\n- name: two\n";

const REVIEW: &[&str] = &["test", "--at", "2026-11-20", "--review"];

fn package(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("policy.ascp", crate::PACKAGE);
    scratch.write("a.test.yaml", SUITE);
    scratch
}

fn has(scratch: &Scratch, name: &str) -> bool {
    scratch.path().join("snapshots").join(name).exists()
}

#[test]
fn a_review_asks_about_each_and_does_what_is_said() {
    let scratch = package("review");
    let said = policy_on_terminal(scratch.path(), REVIEW, "what?\na\nreject\n");
    assert_eq!(said.code, 1, "{said:?}");
    for part in ["[1/2] S: one\nnew\n+ verdict: allow", "[2/2] S: two\n", "1 passed, 1 failed"] {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    assert_eq!(said.out.matches("accept, reject, skip or quit?").count(), 3, "{said:?}");
    assert!(has(&scratch, "a__one.snap") && !has(&scratch, "a__one.snap.new"));
    assert!(!has(&scratch, "a__two.snap") && !has(&scratch, "a__two.snap.new"));

    // Skipped, it goes on waiting; so it does when nobody answers any more.
    for typed in ["s\n", "q\n"] {
        let said = policy_on_terminal(scratch.path(), REVIEW, typed);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.out.contains("[1/1] S: two"), "{said:?}");
        assert!(!has(&scratch, "a__two.snap") && has(&scratch, "a__two.snap.new"));
    }
    let said = policy_on_terminal(scratch.path(), REVIEW, "accept\n");
    assert_eq!(said.code, 0, "{said:?}");
    let said = policy(scratch.path(), &["test", "--at", "2026-11-20"]);
    assert_eq!((said.code, said.out.as_str()), (0, "2 passed, 0 failed\n"), "{said:?}");

    // A kept one that changed shows the lines that did.
    let kept = scratch.read("snapshots/a__one.snap");
    scratch.write("snapshots/a__one.snap", &kept.replace("verdict: allow", "verdict: deny"));
    let said = policy_on_terminal(scratch.path(), REVIEW, "a\n");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("not as it was\n- verdict: deny\n+ verdict: allow\n"), "{said:?}");
    assert_eq!(scratch.read("snapshots/a__one.snap"), kept);
}

#[test]
fn a_review_needs_someone_to_ask() {
    let scratch = package("nobody");
    let said = policy(scratch.path(), REVIEW);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(
        said.err.contains("no terminal to ask on\n  = help: accept all of them with `--update`"),
        "{said:?}"
    );
    assert!(!scratch.path().join("snapshots").exists(), "nothing was run");
}

#[test]
fn what_no_case_has_is_told_and_removed_only_when_all_suites_ran() {
    let scratch = package("leftovers");
    assert_eq!(policy(scratch.path(), &["test", "--update"]).code, 0);
    scratch.write("a.test.yaml", &SUITE.replace("- name: two\n", ""));
    let said = policy(scratch.path(), &["test", "--format", "json"]);
    assert_eq!(json(&said.out)["unreferenced"][0], "snapshots/a__two.snap", "{said:?}");
    assert_eq!(said.code, 0, "{said:?}");
    // From elsewhere, the file is called as it is from there.
    let name = scratch.path().file_name().and_then(|name| name.to_str()).expect("a name");
    let said = policy(scratch.path().parent().expect("a folder"), &["test", name]);
    assert!(said.out.contains(&format!("unreferenced {name}/snapshots/a__two.snap: ")), "{said:?}");
    for narrower in [["test", "--update", "--filter", "one"].as_slice(), &["test", "a.test.yaml", "--update"]]
    {
        let said = policy(scratch.path(), narrower);
        assert!(has(&scratch, "a__two.snap") && !said.err.contains("removed"), "{said:?}");
    }
    let said = policy(scratch.path(), &["test", "--update"]);
    assert_eq!(said.err, "removed `snapshots/a__two.snap`, which no case has\n");
    assert!(has(&scratch, "a__one.snap") && !has(&scratch, "a__two.snap"));
}
