//! What suites mean, and what is said about those that mean nothing.

mod fixtures;
mod schema;

use super::*;
use proptest::prelude::*;

/// The suite of the language reference.
const EXAMPLE: &str = include_str!("../../cases/language/acme/example.test.yaml");

fn read(text: &str) -> Suite {
    Suite::read("a.test.yaml", text)
}

fn good(text: &str) -> Vec<Case> {
    let suite = read(text);
    assert_eq!(suite.faults, [], "{text}");
    suite.entries.into_iter().map(|entry| entry.case.unwrap_or_else(|fault| panic!("{fault:?}"))).collect()
}

/// All faults, as `line: message; help`.
fn faults(text: &str) -> Vec<String> {
    let suite = read(text);
    let broken = suite.entries.iter().filter_map(|entry| entry.case.as_ref().err());
    suite.faults.iter().chain(broken).map(|fault| format!("{}: {fault}", fault.place.line)).collect()
}

#[test]
fn the_example_of_the_language_reads() {
    let suite = read(EXAMPLE);
    assert_eq!(suite.name, "Retail banking");
    assert_eq!(suite.fault_count(), 0, "{:?}", suite.entries);
    assert_eq!(suite.entries.len(), 1 + 1 + 8 + 1);
    assert_eq!(suite.entries[2].name, "every model in every tenant [tenant: retail, model: gpt-4o]");
    assert_eq!(suite.entries[9].name, "every model in every tenant [tenant: labs, model: o3]");
    let steps = &suite.entries[10].case.as_ref().unwrap().steps;
    assert_eq!(steps[0].times, Times::Repeat(600));
    assert_eq!(steps[2].after, Duration::from_millis(100));
    let expect = steps[1].expect.as_ref().unwrap();
    assert_eq!(expect.retry_after, Some(Duration::from_millis(100)));
    let first = suite.entries[0].case.as_ref().unwrap();
    assert_eq!(first.now.unwrap().to_string(), "2026-11-20T09:00:00Z");
    let replies = first.steps[0].replies.as_ref().unwrap();
    assert_eq!(replies[0].say.as_deref(), Some("Card {{pii.pan.1}} was reported lost."));
}

/// A suite with one case of these fields.
fn case(fields: &str) -> String {
    format!("cases:\n  - name: a\n    {fields}\n    expect: {{ verdict: allow }}\n")
}

/// A suite with one case that expects this.
fn expect(fields: &str) -> String {
    format!("cases:\n  - name: a\n    expect: {{ {fields} }}\n")
}

/// Each text has one fault, which begins with what is said.
fn assert_told(rows: &[(String, &str)]) {
    for (text, said) in rows {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(said), "{text}\nsaid:  {}\nnot:   {said}", found[0]);
    }
}

#[test]
fn mistakes_are_told_where_they_stand() {
    assert_told(&[
        (case("tenat: retail"), "3: a case has no `tenat`; did you mean `tenant`?"),
        (case("colour: red"), "3: a case has no `colour`; a case has `tenant`, "),
        (case("max_tokens: many"), "3: `many` is not a whole number, as in `600` or `2M`"),
        (case("reply: { form: azure/x }"), "3: a reply has no `form`; did you mean `from`?"),
        (case("reply: { status: 99 }"), "3: 99 is no status of an answer: 200 to 599"),
        (case("say:"), "3: nothing is written here; a text is needed"),
        (case("say: [a]\n    request: {}"), "3: `request` is the whole body; this belongs inside it"),
        (case("model: [a]"), "3: a list stands where a text is needed"),
        (case("tenant: a\n    tenant: b"), "4: `tenant` is said twice"),
        (case("operation: chatt"), "3: `chatt` is not one of `chat`, `completions`"),
        (case("at: 2026-01-01\n    now: 2026-01-01"), "3: `at` and `now` both say when; one is enough"),
        (case("usage: { tokens: { weak: 1 } }"), "3: a window has no `weak`; "),
        (case("matrix: { model: [] }"), "3: an empty list leaves no combination"),
        (case("model: a\n    matrix: { model: [b] }"), "3: `model` is said by the case and by its matrix"),
        (
            case("steps: [{ expect: { verdict: deny } }]"),
            "4: a case with `steps` says in each step what it expects",
        ),
        (
            "cases:\n  - { name: a, say: hi }".into(),
            "2: nothing is expected here, so this could never fail; ",
        ),
        ("cases:\n  - { say: hi }".into(), "2: a case needs a `name`"),
        ("cases: []".into(), "1: a suite without cases passes for no reason"),
        ("suite: a".into(), "1: a suite without cases passes for no reason"),
        ("- a".into(), "1: a list stands where the mapping of a suite is needed"),
        ("case: []".into(), "1: a suite has no `case`; did you mean `cases`?"),
    ]);
}

#[test]
fn mistakes_of_choices_and_replies_are_told() {
    assert_told(&[
        (case("reply: { chunks: [a], say: b }"), "3: `chunks` and `say` are both said; "),
        (case("reply: { body: a, usage: {} }"), "3: `body` and `usage` are both said; "),
        (case("reply: { truncate: { bytes: 1 }, fail: broken }"), "3: `truncate` and `fail` are both said; "),
        (case("reply: { chunks: [] }"), "3: an answer has at least one chunk"),
        (case("reply: { truncate: {} }"), "3: say after how many `chunks` or after how many `bytes`"),
        (case("reply: { truncate: { bytes: 1, chunks: 1 } }"), "3: say after how many `chunks` or after"),
        (case("reply: { body: { hex: f } }"), "3: `f` is not bytes in hexadecimal digits"),
        (case("reply: { body: { hex: +f } }"), "3: `+f` is not bytes in hexadecimal digits"),
        (case("reply: { body: {} }"), "3: a body that is no text needs its `hex`"),
        (case("tags: [a b]"), "3: `a b` is no tag: letters, digits and `_-./:` alone"),
        (case("skip: \"\""), "3: say why the case is not run"),
        (case("skip: { reason: later }"), "3: say `until` when, or write the reason as a text"),
        (case("skip: { until: 2027-01-31 }"), "3: say why the case is not run"),
        (case("skip: { reason: a, until: soon }"), "3: `soon` is not a day, as in `2027-01-31`"),
        (case("matrix: { except: [{ model: a }] }"), "3: an empty matrix has no combination"),
        (
            case("matrix: { model: [a], except: [{ model: b }] }"),
            "3: no combination of this matrix has these",
        ),
        (
            case("matrix: { model: [a], except: [{ modle: a }] }"),
            "3: a combination of a matrix has no `modle`; did",
        ),
        (case("matrix: { model: [a], except: [{}] }"), "3: an empty exception would leave out every"),
        (case("matrix: { model: [a], except: [{ model: a }] }"), "3: `except` leaves no combination"),
        (case("with: nobody"), "3: there is no request named `nobody`"),
        (case("reply: nothing"), "3: there is no reply named `nothing`"),
    ]);
}

#[test]
fn expectations_that_mean_nothing_are_told() {
    assert_told(&[
        (expect("verdict: denied"), "3: `denied` is not one of `allow`, `deny`"),
        (expect("reason: rate_limitd"), "3: there is no reason `rate_limitd`; did you mean `rate_limited`?"),
        (expect("dropped: {}"), "3: nothing is expected here, so this could never fail; "),
        (expect("client: { has: \"\" }"), "3: an empty text is in every text"),
        (expect("client: { has: [] }"), "3: an empty list asks nothing"),
        (expect("client: { has: x, lacks: [] }"), "3: an empty list asks nothing"),
        (expect("verdict: allow, never: []"), "3: an empty list asks nothing"),
        (expect("client: {}"), "3: nothing is expected here, so this could never fail; "),
        (expect("message: \"\""), "3: an empty text is in every text"),
        (expect("client: { matches: \"x*\" }"), "3: `x*` matches every text"),
        (expect("record: { json: {} }"), "3: no path asks nothing"),
        (expect("record: { json: { status: 200 } }"), "3: `status` is no JSON path: at character 1: "),
        (expect("tokens: {}"), "3: nothing is expected here, so this could never fail; "),
        (expect("end: answred"), "3: `answred` is not one of `answered`, "),
        (expect("reasons: [ruel]"), "3: there is no reason `ruel`; did you mean `rule`?"),
        (expect("client: { matches: \"(\" }"), "3: this is no regular expression: "),
        (expect("redacted: { inptu: { pii.pan: 1 } }"), "3: surfaces has no `inptu`; did you mean `input`?"),
        (expect(""), "3: nothing is expected here, so this could never fail; "),
    ]);
}

#[test]
fn one_bad_case_spares_its_neighbours() {
    let text = "suite: s\ncases:\n  - name: a\n    expect: { verdict: allow }\n  - name: b\n    expct: {}\n  - name: c\n    expect: { verdict: deny }\n";
    let suite = read(text);
    let outcomes: Vec<bool> = suite.entries.iter().map(|entry| entry.case.is_ok()).collect();
    assert_eq!(outcomes, [true, false, true]);
}

#[test]
fn broken_yaml_in_one_case_spares_its_neighbours() {
    let text = "suite: s\ndefaults: { tenant: retail }\ncases:\n  - name: a\n    expect: { verdict: allow }\n  - name: b\n    expect: { verdict: [ }\n\n  # A comment.\n  - name: c\n    expect: { verdit: deny }\n  - name: d\n    expect: { verdict: deny }\nnow: 2026-11-20\n";
    let suite = read(text);
    assert_eq!(suite.faults, []);
    assert_eq!(suite.name, "s");
    let outcomes: Vec<Option<u32>> =
        suite.entries.iter().map(|entry| entry.case.as_ref().err().map(|fault| fault.place.line)).collect();
    assert_eq!(outcomes, [None, Some(7), Some(11), None]);
    let last = suite.entries[3].case.as_ref().unwrap();
    assert_eq!(last.steps[0].ask.tenant.as_ref().unwrap().text, "retail");
    assert_eq!(last.now.unwrap().to_string(), "2026-11-20T00:00:00Z");
}

#[test]
fn a_broken_head_runs_nothing() {
    for text in ["defaults: { a: [ }\ncases:\n  - name: a\n    expect: { verdict: allow }\n", "a: [", "\u{0}"]
    {
        let suite = read(text);
        assert!(!suite.faults.is_empty() && suite.entries.iter().all(|entry| entry.case.is_err()), "{text}");
    }
}

#[test]
fn the_nearer_field_wins() {
    let cases = good(
        "now: 2026-11-20\n\
         defaults: { tenant: retail, model: m, say: hello, reply: { say: hi }, expect: { verdict: allow } }\n\
         cases:\n\
         - name: plain\n\
         - { name: own, tenant: labs, at: 2027-01-01, say: [one, { role: system, content: two }] }\n\
         - { name: whole, request: { model: x, n: 2 } }\n\
         - name: steps\n  \
           steps:\n  \
           - { say: a, expect: { verdict: deny } }\n  \
           - { concurrent: 3, at: 2027-02-01 }\n",
    );
    assert_eq!(cases[0].steps[0].ask.tenant.as_ref().unwrap().text, "retail");
    assert!(cases[0].steps[0].expect.is_some() && cases[0].steps[0].replies.is_some());
    assert_eq!(cases[1].now.unwrap().to_string(), "2027-01-01T00:00:00Z");
    let Body::Built(built) = &cases[1].steps[0].ask.body else { panic!("built") };
    assert_eq!(built.messages, [("user".into(), "one".into()), ("system".into(), "two".into())]);
    let Body::Whole(json) = &cases[2].steps[0].ask.body else { panic!("whole") };
    assert_eq!(json, r#"{"model":"x","n":2}"#);
    let steps = &cases[3].steps;
    assert_eq!(steps[1].times, Times::Concurrent(3));
    assert_eq!(steps[1].at.unwrap().to_string(), "2027-02-01T00:00:00Z");
    assert!(steps[0].replies.is_some() && steps[1].replies.is_none(), "a script is set once");
    assert!(steps[1].expect.is_none(), "steps expect only what they say");
}

#[test]
fn twins_are_told() {
    let text =
        "cases:\n- { name: a, expect: { verdict: allow } }\n- { name: a, expect: { verdict: deny } }\n";
    assert_eq!(faults(text), ["3: a second case is named `a`"]);
}

#[test]
fn matrices_are_bounded() {
    let list =
        |length: usize| format!("[{}]", (0..length).map(|n| format!("m{n}")).collect::<Vec<_>>().join(", "));
    let text = |width: usize| {
        let width = list(width);
        format!(
            "cases:\n- name: a\n  matrix: {{ model: {width}, tenant: {width} }}\n  expect: {{ verdict: allow }}\n"
        )
    };
    assert_eq!(good(&text(64)).len(), matrix::COMBINATIONS_MAX);
    assert_eq!(faults(&text(65)), ["3: this matrix has more than 4096 combinations"]);
}

#[test]
fn a_matrix_leaves_out_what_it_is_told_to() {
    let text = "cases:\n- name: a\n  matrix:\n    model: [m, n]\n    stream: [false, true]\n    max_tokens: [1, 2]\n    \
                except: [{ model: n, stream: true }, { model: m, stream: false, max_tokens: 2 }]\n  \
                expect: { verdict: allow }\n";
    let suite = read(text);
    assert_eq!(suite.fault_count(), 0, "{:?}", suite.entries);
    let names: Vec<&str> = suite.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "a [model: m, stream: false, max_tokens: 1]",
            "a [model: m, stream: true, max_tokens: 1]",
            "a [model: m, stream: true, max_tokens: 2]",
            "a [model: n, stream: false, max_tokens: 1]",
            "a [model: n, stream: false, max_tokens: 2]",
        ]
    );
}

#[test]
fn replies_say_how_an_upstream_misbehaves() {
    let cases = good(
        "cases:\n\
         - name: a\n  \
           reply:\n  \
           - { headers: { Retry-After: 20 }, status: 429, chunks: [one, two], truncate: { chunks: 2 } }\n  \
           - { body: { hex: \"FF 00\" }, cut: 1, truncate: { bytes: 1 } }\n  \
           - { body: \"{]\" }\n  \
           expect: { verdict: deny, reasons: [upstream_failed], end: cut, tokens: { output: 3 } }\n",
    );
    let replies = cases[0].steps[0].replies.as_ref().unwrap();
    assert_eq!(replies[0].headers, [("retry-after".into(), "20".into())]);
    assert_eq!(replies[0].chunks, ["one", "two"]);
    assert_eq!(replies[0].truncate, Some(Truncate::Chunks(2)));
    assert_eq!(replies[1].body.as_deref(), Some(&[0xff, 0][..]));
    assert_eq!(replies[1].truncate, Some(Truncate::Bytes(1)));
    assert_eq!(replies[2].body.as_deref(), Some(&b"{]"[..]));
    let expect = cases[0].steps[0].expect.as_ref().unwrap();
    assert_eq!(expect.end, Some(engine::record::EndKind::Cut));
    assert_eq!(expect.tokens, (None, Some(3)));
}

#[test]
fn cases_have_the_tags_of_their_suite_and_their_own() {
    let cases = good(
        "tags: slow\ncases:\n- { name: a, tags: [pci, x.y], expect: { verdict: allow } }\n\
         - { name: b, skip: later, expect: { verdict: allow } }\n\
         - { name: c, skip: { reason: soon, until: 2027-01-31 }, expect: { verdict: allow } }\n",
    );
    assert_eq!(cases[0].tags, ["slow", "pci", "x.y"]);
    assert_eq!(cases[1].tags, ["slow"]);
    let skip = |at: usize| cases[at].skip.as_ref().map(|skip| (skip.reason.as_str(), skip.until));
    assert_eq!(skip(1), Some(("later", None)));
    assert_eq!(skip(2), Some(("soon", Some(jiff::civil::date(2027, 1, 31)))));
}

#[test]
fn every_reason_of_the_engine_is_known() {
    use engine::Reason;
    for reason in [Reason::Unauthenticated, Reason::PolicyError(None), Reason::Overloaded, Reason::Residency]
    {
        let text = format!("cases:\n- {{ name: a, expect: {{ reason: {} }} }}\n", reason.code());
        assert_eq!(faults(&text), [""; 0]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Whatever the text, reading ends, and every place lies inside it.
    #[test]
    fn any_text_is_read(text in "(cases:|suite:|  |- |\n|name: a|expect: |\\{|\\}|\\[|\\]|\"|'|&a |\\*a|!t |\\||,|: |#|[a-z0-9é]){0,60}") {
        let suite = read(&text);
        let lines = u32::try_from(text.lines().count()).unwrap() + 1;
        for fault in suite.faults.iter().chain(suite.entries.iter().filter_map(|entry| entry.case.as_ref().err())) {
            prop_assert!((1..=lines).contains(&fault.place.line), "{:?} in {:?}", fault, text);
        }
        prop_assert!(!suite.entries.is_empty() || !suite.faults.is_empty(), "silence about {:?}", text);
    }

    /// A good suite with one character lost or doubled is never read without end or panic.
    #[test]
    fn damaged_suites_are_read(at in 0..EXAMPLE.len(), with in "(|\\[|\\}|\n|\t|'|\"|: |- |\u{0})") {
        let damaged: String = EXAMPLE.char_indices().map(|(index, letter)| if index == at { with.clone() } else { letter.to_string() }).collect();
        let suite = read(&damaged);
        prop_assert!(!suite.entries.is_empty() || !suite.faults.is_empty());
    }
}

#[test]
fn the_reference_names_every_key() {
    const PAGE: &str = include_str!("../../../docs/testing.md");
    let is_named = |key: &str| {
        [format!("`{key}`"), format!("`{key}: ")].iter().any(|spelling| PAGE.contains(spelling.as_str()))
    };
    let missing: Vec<&str> = keys::ALL
        .iter()
        .flat_map(|table| table.keys())
        .map(|key| key.name)
        .filter(|key| !is_named(key))
        .collect();
    assert_eq!(missing, [""; 0]);
}
