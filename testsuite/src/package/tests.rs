//! Suites against a real model, with a small machine in place of the exchange.

use super::*;
use crate::report::to_text;
use crate::run::tests::Simple;
use engine::meter::{Subject, charge};
use jiff::tz::TimeZone;
use lang::model::{LimitId, Model};
use lang::{Day, NoLoader, PackageFiles};

const POLICY: &str = r#"
policy small { language 1; version "1" }
region here { country "DE" }
provider p {
  speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region here; key none }
}
model m { aka "m"; offered by p as "m-1"; price 0 USD in, 0 USD out per 1M tokens }
tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow models m
  limit 3 requests at once
}
"#;

/// Asks `p/x` and then `p/y`, and charges the one limit.
struct Small(Model);

impl Small {
    fn new() -> Self {
        let files = vec![("policy.ascp".into(), POLICY.as_bytes().to_vec())];
        let compiled = lang::compile(PackageFiles { path: "small".into(), files }, &NoLoader, Day::Unchecked);
        Self(compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics)))
    }
}

impl Policy for Small {
    type Machine = Simple;

    fn model(&self) -> &Model {
        &self.0
    }

    fn begin(&self, start: Start) -> Simple {
        let endpoints: Vec<u32> = (0..2).filter(|id| !start.down.contains(&EndpointId(*id))).collect();
        let subject = Subject { tenant: "t", caller: "", workload: "" };
        let now = (start.now.wall, &TimeZone::UTC);
        let mut machine = Simple::new(&endpoints);
        machine.bytes_max = 1 << 10;
        machine.charges = vec![charge(&self.0.limits[0], LimitId(0), &subject, 1, now)];
        machine
    }
}

fn options() -> Options {
    Options::at("2026-11-20T09:00:00Z".parse().unwrap())
}

fn run_text(cases: &str, options: &Options) -> Report {
    let suite = Suite::read("a.test.yaml", &format!("suite: s\ndefaults: {{ tenant: t }}\ncases:\n{cases}"));
    run(&Small::new(), &[suite], options)
}

/// What the only case of a suite says.
fn told(case: &str) -> String {
    to_text(&run_text(&format!("- {{ name: a, {case} }}\n"), &options()))
}

#[test]
fn cases_pass_and_fail_and_say_why() {
    for (case, part) in [
        ("expect: { verdict: allow, attempts: [p/x] }", "1 passed, 0 failed"),
        ("down: p/x, expect: { attempts: [p/y] }", "1 passed, 0 failed"),
        ("reply: { from: p/x, fail: connect }, expect: { attempts: [p/x, p/y] }", "1 passed, 0 failed"),
        ("reply: { from: p/x, delay: 11s }, expect: { attempts: [p/x, p/y] }", "1 passed, 0 failed"),
        ("skip: later, expect: { verdict: deny }", "skipped s: a (later)"),
        ("skip: { reason: soon, until: 2026-11-20 }, expect: { verdict: deny }", "skipped s: a (soon)"),
        (
            "skip: { reason: soon, until: 2026-11-19 }, expect: { verdict: allow }",
            "a.test.yaml:4\n  skip: its skip has run out, on 2026-11-19: soon; run it again, or say a later day",
        ),
        ("expect: { exceptions: [nope] }", "the package has no exception `nope`"),
        ("expect: { reasons: [\"rule:nope\"] }", "the package has no rule `nope`"),
        ("expect: { end: answered, record: { json: { $.status: 200 } } }", "1 passed, 0 failed"),
        (
            "expect: { record: { json: { $.end: cut } } }",
            "record.json: `$.end`: expected `\"cut\"`, came `\"answered\"`",
        ),
        (
            "expect: { verdict: deny }",
            "  at a.test.yaml:4\n  asked: t, chat, no model: \"hello\"\n  verdict: expected `deny`, came `allow`",
        ),
        ("expect: { never: p/z }", "the package has no endpoint `p/z`"),
        ("tenant: tt, expect: { verdict: allow }", "the package has no tenant `tt`; did you mean `t`?"),
        ("expect: { rules: [nope] }", "the package has no rule `nope`"),
        (
            "headers: { authorization: Bearer x }, steps: [{ expect: { status: 200 } }]",
            "status: expected `200`, came `0`",
        ),
        ("steps: [{ at: 2026-11-19, expect: { verdict: allow } }]", "time does not go back"),
        (
            "steps: [{ concurrent: 5, expect: { allowed: 3, reason: rate_limited } }, { expect: { verdict: allow } }]",
            "1 passed, 0 failed",
        ),
        ("steps: [{ concurrent: 5, expect: { allowed: 4 } }]", "allowed: expected 4 to pass, came 3 of 5"),
        ("steps: [{ concurrent: 5, expect: { verdict: allow } }]", "a.test.yaml:4, request 4 of 5\n"),
        ("steps: [{ repeat: 5, expect: { verdict: allow } }]", "1 passed, 0 failed"),
        (
            "steps: [{ expect: { verdict: allow } }, { repeat: 2, expect: { verdict: deny } }]",
            "step 2, request 1 of 2",
        ),
    ] {
        let text = told(case);
        assert!(text.contains(part), "{case}\n{text}");
    }
}

#[test]
fn the_order_of_a_report_is_the_order_of_the_text() {
    let cases: Vec<String> =
        (0..50).map(|n| format!("- {{ name: case {n}, expect: {{ verdict: allow }} }}\n")).collect();
    let cases = cases.concat();
    let alone = run_text(&cases, &options());
    let together = run_text(&cases, &Options { jobs: NonZeroUsize::new(4).unwrap(), ..options() });
    assert_eq!(alone, together);
    assert_eq!((alone.passed(), alone.cases[49].name.as_str()), (50, "case 49"));
    let some = run_text(&cases, &Options { filter: Some("S: Case 4".into()), ..options() });
    assert_eq!(some.passed(), 11);
}

#[test]
fn tags_choose_cases_and_hide_no_mistake() {
    let cases = "- { name: a, tags: [fast, pci], expect: { verdict: allow } }\n\
                 - { name: b, tags: slow, expect: { verdict: allow } }\n\
                 - { name: c, expect: { verdict: allow } }\n";
    let names = |tags: &[&str], skip_tags: &[&str]| {
        let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        let options = Options { tags: owned(tags), skip_tags: owned(skip_tags), ..options() };
        run_text(cases, &options).cases.iter().map(|case| case.name.clone()).collect::<Vec<_>>().concat()
    };
    for (tags, skip_tags, chosen) in [
        (&[][..], &[][..], "abc"),
        (&["pci"], &[], "a"),
        (&["fast", "slow"], &[], "ab"),
        (&["fast", "slow"], &["pci"], "b"),
        (&[], &["slow"], "ac"),
        (&["none"], &[], ""),
    ] {
        assert_eq!(names(tags, skip_tags), chosen, "{tags:?} {skip_tags:?}");
    }
    let options = Options { tags: vec!["fast".into()], ..options() };
    let broken = run_text("- { name: a, tags: slow, expct: {} }\n", &options);
    assert_eq!((broken.failed(), broken.passed()), (1, 0));
}

#[test]
fn a_name_in_an_included_file_is_told_at_its_case() {
    let text = "suite: s\ninclude: b.yaml\ncases:\n- { name: a, expect: { verdict: allow } }\n";
    let fetch = |_: &str| Ok("defaults:\n  tenant: tt\n".to_owned());
    let report = run(&Small::new(), &[Suite::read_with("a.test.yaml", text, &fetch)], &options());
    let said = to_text(&report);
    let expected =
        "at a.test.yaml:4\n  in `b.yaml`, line 2: the package has no tenant `tt`; did you mean `t`?";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn snapshots_fail_until_they_are_accepted() {
    let root = std::env::temp_dir().join(format!("ascp-package-{}", std::process::id()));
    let options = Options { root: root.clone(), ..options() };
    let case = "- { name: a, snapshot: true }\n";
    let first = run_text(case, &options);
    assert!(to_text(&first).contains("snapshot: new, and not yet accepted"), "{}", to_text(&first));
    let update = Options { update: true, ..options.clone() };
    assert_eq!(run_text(case, &update).cases[0].outcome, CaseOutcome::Accepted);
    assert_eq!(run_text(case, &options).cases[0].outcome, CaseOutcome::Passed);
    let changed = run_text("- { name: a, down: p/x, snapshot: true }\n", &options);
    assert!(to_text(&changed).contains("- attempts: p/x\n    + attempts: p/y"), "{}", to_text(&changed));
    std::fs::remove_dir_all(root).unwrap();
}
