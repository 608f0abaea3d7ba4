//! What suites include, and what is said about includes that mean nothing.

use super::*;
use crate::suite::fixtures::Include;
use std::collections::BTreeMap;

/// A suite in `tests/a.test.yaml`, beside these files.
fn beside(files: &[(&str, &str)], text: &str) -> Suite {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let fetch =
        |name: &str| files.get(name).map(|text| (*text).to_owned()).ok_or_else(|| "no such file".to_owned());
    Suite::read_with("tests/a.test.yaml", text, &fetch)
}

fn told(suite: &Suite) -> Vec<String> {
    let broken = suite.entries.iter().filter_map(|entry| entry.case.as_ref().err());
    suite.faults.iter().chain(broken).map(|fault| format!("{}: {fault}", fault.place.line)).collect()
}

fn steps(suite: &Suite) -> Vec<&Step> {
    assert_eq!(told(suite), [""; 0]);
    suite.entries.iter().filter_map(|entry| entry.case.as_ref().ok()).flat_map(|case| &case.steps).collect()
}

fn model(step: &Step) -> Option<&str> {
    match &step.ask.body {
        Body::Built(built) => built.model.as_deref(),
        Body::Whole(_) => None,
    }
}

const TEAM: &str = "include: company.yaml\n\
    defaults: { tenant: team }\n\
    requests:\n  card: { say: card, model: team, reply: busy_here }\n  big: { max_tokens: 5 }\n\
    replies:\n  busy: { status: 503, delay: 1s }\n  busy_here: [{ status: 500 }, { status: 502 }]\n";

const COMPANY: &str = "defaults: { tenant: company, model: company, api: mistral }\n\
    requests: { card: { say: hidden }, whole: { request: { model: x } } }\n";

const FILES: &[(&str, &str)] = &[("fixtures/team.yaml", TEAM), ("fixtures/company.yaml", COMPANY)];

#[test]
fn what_is_nearer_goes_first() {
    let suite = beside(
        FILES,
        "include: ../fixtures/team.yaml\n\
         defaults: { api: anthropic, expect: { verdict: allow } }\n\
         cases:\n\
         - { name: plain }\n\
         - { name: card, with: card }\n\
         - { name: both, with: [big, card], model: own, reply: { with: busy, from: a/b, delay: 2s } }\n\
         - { name: whole, with: whole }\n\
         - name: rows\n  \
           matrix: { with: [card, big] }\n\
         - name: steps\n  \
           with: card\n  \
           steps:\n  \
           - { expect: { verdict: deny } }\n  \
           - { with: big, expect: { verdict: deny } }\n  \
           - { reply: [busy_here, busy], expect: { verdict: deny } }\n",
    );
    let steps = steps(&suite);
    let tenants = steps.iter().filter_map(|step| step.ask.tenant.as_ref());
    assert!(tenants.clone().all(|tenant| tenant.text == "team"), "{:?}", tenants.collect::<Vec<_>>());
    assert!(steps.iter().all(|step| step.ask.api == Some(engine::facts::Api::Anthropic)));
    let models: Vec<Option<&str>> = steps.iter().map(|step| model(step)).collect();
    let (team, company) = (Some("team"), Some("company"));
    assert_eq!(models, [company, team, Some("own"), None, team, company, team, team, team]);
    let statuses = |at: usize| -> Vec<Option<u16>> {
        steps[at].replies.iter().flatten().map(|reply| reply.status).collect()
    };
    assert_eq!(statuses(1), [Some(500), Some(502)]);
    let reply = &steps[2].replies.as_ref().unwrap()[0];
    assert_eq!((reply.status, reply.delay), (Some(503), Duration::from_secs(2)));
    assert_eq!(reply.from.as_ref().unwrap().text, "a/b");
    assert_eq!(statuses(6), [Some(500), Some(502)]);
    assert_eq!(statuses(7), [], "a script is set once");
    assert_eq!(statuses(8), [Some(500), Some(502), Some(503)]);
    let files: Vec<&str> = suite.includes.iter().map(|include| include.file.as_str()).collect();
    assert_eq!(files, ["fixtures/team.yaml", "fixtures/company.yaml"]);
}

#[test]
fn includes_that_mean_nothing_are_told_at_their_line() {
    let files = &[
        ("tests/one.yaml", "include: two.yaml"),
        ("tests/two.yaml", "defaults: {}\ninclude: [one.yaml]"),
        ("tests/self.yaml", "include: self.yaml"),
        ("tests/lost.yaml", "include: nowhere.yaml"),
        ("tests/broken.yaml", "defaults: {}\nrequests: ["),
        ("tests/suite.yaml", "suite: a\ncases: []"),
        ("tests/wrong.yaml", "requests:\n  a: { tenat: x }"),
        ("tests/wrong_reply.yaml", "replies:\n  a: { status: 99 }"),
        ("tests/chained.yaml", "replies:\n  a: { with: b }"),
        ("tests/default.yaml", "defaults:\n  reply: { form: a/b }"),
        ("tests/empty.yaml", ""),
    ];
    for (include, said) in [
        ("nowhere.yaml", "2: cannot include `nowhere.yaml`: no such file"),
        ("../../etc/passwd", "2: cannot include `../../etc/passwd`: the path leads out of the package"),
        ("/etc/passwd", "2: cannot include `/etc/passwd`: the path leads out of the package"),
        (
            "one.yaml",
            "2: in `tests/two.yaml`, line 2: cannot include `one.yaml`: it includes itself: \
             `tests/one.yaml`, `tests/two.yaml`, `tests/one.yaml`",
        ),
        ("self.yaml", "2: in `tests/self.yaml`, line 1: cannot include `self.yaml`: it includes itself: "),
        ("a.test.yaml", "2: cannot include `a.test.yaml`: it includes itself: "),
        ("lost.yaml", "2: in `tests/lost.yaml`, line 1: cannot include `nowhere.yaml`: no such file"),
        ("broken.yaml", "2: in `tests/broken.yaml`, line 2: this is not YAML: "),
        ("suite.yaml", "2: in `tests/suite.yaml`, line 1: an included file has no `suite`; "),
        (
            "wrong.yaml",
            "2: in `tests/wrong.yaml`, line 2: a named request has no `tenat`; did you mean `tenant`?",
        ),
        ("wrong_reply.yaml", "2: in `tests/wrong_reply.yaml`, line 2: 99 is no status"),
        ("chained.yaml", "2: in `tests/chained.yaml`, line 2: a named reply has no `with`"),
        ("empty.yaml", "2: in `tests/empty.yaml`, line 1: the suite is empty"),
        // What only a case makes of it is told at the case.
        ("default.yaml", "4: in `tests/default.yaml`, line 2: a reply has no `form`; did you mean `from`?"),
    ] {
        let text =
            format!("suite: s\ninclude: {include}\ncases:\n- {{ name: a, expect: {{ verdict: allow }} }}\n");
        let found = told(&beside(files, &text));
        assert_eq!(found.len(), 1, "{include}: {found:?}");
        assert!(found[0].starts_with(said), "{include}\nsaid: {}\nnot:  {said}", found[0]);
    }
}

#[test]
fn names_that_are_not_there_are_told_with_a_near_one() {
    for (fields, said) in [
        ("with: crad", "3: there is no request named `crad`; did you mean `card`?"),
        ("reply: bussy", "3: there is no reply named `bussy`; did you mean `busy`?"),
        ("reply: { with: busy_here }", "3: `busy_here` is a list of replies, and `with` takes in one"),
        ("with: whole, say: a", "3: the case has a whole `request`; this would be ignored"),
    ] {
        let text = format!(
            "include: ../fixtures/team.yaml\ncases:\n- {{ name: a, {fields}, expect: {{ end: cut }} }}\n"
        );
        assert_eq!(told(&beside(FILES, &text)), [said]);
    }
}

#[test]
fn a_file_that_is_reached_by_two_ways_is_one() {
    let files = &[
        ("tests/l.yaml", "include: base.yaml"),
        ("tests/r.yaml", "include: base.yaml"),
        ("tests/base.yaml", COMPANY),
    ];
    let suite = beside(files, "include: [l.yaml, r.yaml]\ncases:\n- { name: a, expect: { end: cut } }\n");
    assert_eq!(model(steps(&suite)[0]), Some("company"));
    let place = |line, column| Place { file: 0, line, column };
    assert_eq!(
        suite.includes,
        [
            Include { file: "tests/l.yaml".into(), place: place(1, 11) },
            Include { file: "tests/base.yaml".into(), place: place(1, 11) },
            Include { file: "tests/r.yaml".into(), place: place(1, 19) },
        ]
    );
}

#[test]
fn includes_are_bounded() {
    let deep = |levels: usize| {
        let fetch = move |name: &str| {
            let number: usize = name.trim_start_matches("tests/").trim_end_matches(".yaml").parse().unwrap();
            let next = number + 1;
            Ok(if number == levels { "{}".into() } else { format!("include: {next}.yaml") })
        };
        let text = "include: 1.yaml\ncases:\n- { name: a, expect: { end: cut } }\n";
        told(&Suite::read_with("tests/a.test.yaml", text, &fetch))
    };
    assert_eq!(deep(8), [""; 0]);
    assert!(deep(9)[0].contains("nested deeper than 8 levels"), "{:?}", deep(9));
    let many = |count: usize, size: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("{number}.yaml")).collect();
        let text =
            format!("include: [{}]\ncases:\n- {{ name: a, expect: {{ end: cut }} }}\n", names.join(", "));
        let fetch = |_: &str| Ok(format!("defaults: {{}}{}", " ".repeat(size)));
        told(&Suite::read_with("a.test.yaml", &text, &fetch))
    };
    assert_eq!(many(64, 0), [""; 0]);
    assert!(many(65, 0)[0].contains("includes at most 64 files"), "{:?}", many(65, 0));
    assert!(many(3, 3 << 20)[0].contains("includes at most 8 MiB"));
    assert_eq!(many(2, (4 << 20) - "defaults: {}".len()), [""; 0]);
}

#[test]
fn a_suite_that_stands_alone_includes_nothing() {
    assert_eq!(
        faults("include: b.yaml\ncases:\n- { name: a, expect: { end: cut } }\n"),
        ["1: cannot include `b.yaml`: there are no files beside this suite"]
    );
}
