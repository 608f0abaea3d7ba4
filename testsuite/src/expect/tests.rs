//! Each expectation fails when what it speaks of comes out otherwise, and says how.

use super::*;
use crate::observed::Fallen;
use crate::suite::Suite;
use engine::Verdict;
use std::time::Duration;

fn expect(fields: &str) -> Expect {
    let suite = Suite::read("a", &format!("cases:\n- name: a\n  expect: {{ {fields} }}\n"));
    let entry = suite.entries.into_iter().next().unwrap();
    entry.case.unwrap_or_else(|fault| panic!("{fields}: {fault}")).steps[0].expect.clone().unwrap()
}

fn fallen(endpoint: &str, reason: &str) -> Fallen {
    Fallen { endpoint: endpoint.into(), reason: reason.into(), in_full: reason.into() }
}

/// What came of a request that was served by its second candidate.
fn served() -> Observed {
    let map = |key: &str, value| BTreeMap::from([(key.to_owned(), value)]);
    Observed {
        verdict: Some(Verdict::Allow),
        rules: vec!["long_prompts".into()],
        flags: vec!["prompt_attack".into()],
        route: vec!["azure/westeurope".into(), "mistral/eu".into()],
        dropped: vec![fallen("azure/eastus", "residency"), fallen("x/y", "rule:board")],
        served_by: Some("mistral/eu".into()),
        attempts: vec!["azure/westeurope".into(), "mistral/eu".into()],
        redacted_input: map("pii.pan", 1),
        found_input: map("pii.pan", 2),
        sent: vec!["{\"a\":\"4111\"}".into(), "{\"a\":\"caf\\u00e9\",\"n\":[1,2]}".into()],
        serving: Some(1),
        body: "{\"content\":\"hello\"}".into(),
        text: "hello".into(),
        is_whole: true,
        status: 200,
        charges: BTreeMap::from([("600 requests / minute".to_owned(), 1)]),
        alerts: vec!["1 USD / month at 50%".into()],
        cost: 150_000,
        cap: Some(8_000),
        exceptions: vec!["pilot".into()],
        tokens: (10, 2),
        end: Some(EndKind::Answered),
        record: json!({ "tenant": "retail", "attempts": ["a/b=timeout", "c/d=served:200"], "status": 200 }),
        ..Observed::default()
    }
}

fn refused() -> Observed {
    Observed {
        verdict: Some(Verdict::Deny),
        reason: Some("rule:board".into()),
        reasons: vec!["rule:board".into(), "content_blocked:pii.card_cvv".into()],
        message: Some("Board papers stay.".into()),
        body: "{\"error\":{\"message\":\"Board papers stay.\"}}".into(),
        text: "Board papers stay.".into(),
        status: 403,
        retry_after: Some(Duration::from_millis(100)),
        decided_by: Some(Location { file: "rules.ascp".into(), line: 41 }),
        ..Observed::default()
    }
}

fn told(fields: &str, observed: &Observed) -> Vec<String> {
    let nowhere = |_: &str| None;
    let differences = compare(&expect(fields), observed, &nowhere);
    differences
        .into_iter()
        .map(|difference| format!("{}: {}", difference.field, difference.message))
        .collect()
}

#[test]
fn what_holds_passes() {
    for fields in [
        "verdict: allow, rules: [long_prompts], flags: [prompt_attack], shadowed: []",
        "route: [azure/westeurope, mistral/eu], attempts: [azure/westeurope, mistral/eu], served_by: mistral/eu",
        "dropped: { azure/eastus: residency, x/y: rule }, never: azure/eastus",
        "dropped: { x/y: \"rule:board\" }",
        "redacted: { input: { pii.pan: 1 }, output: {} }, findings: { input: { pii.pan: 2 } }",
        "upstream: { has: café, equals: { n: [1, 2], a: café } }, client: { equals: hello, matches: \"^h.llo$\", lacks: x }",
        "upstream: { json: { $.a: café, \"$..n\": [[1, 2]], $..x: [] } }, client: { json: { $.content: hello } }",
        "record: { has: retail, matches: \"timeout.*served\", equals: { tenant: retail, status: 200, attempts: [a/b=timeout, c/d=served:200] } }",
        "exceptions: [pilot], end: answered, tokens: { input: 10, output: 2 }, reasons: []",
        "status: 200, charges: { 600 requests / minute: 1 }, cost: 0.15 USD, cap: 8k",
        "alerts: [1 USD / month at 50%]",
    ] {
        assert_eq!(told(fields, &served()), [""; 0], "{fields}");
    }
    let fields = "verdict: deny, reason: rule, message: Board, status: 403, retry_after: 100ms, never: [a/b]";
    assert_eq!(told(fields, &refused()), [""; 0]);
    assert_eq!(told("reason: \"rule:board\"", &refused()), [""; 0]);
    let mut stated = refused();
    stated.reason = Some("workload_data".into());
    stated.reason_in_full = Some("workload_data:health_data".into());
    for reason in ["workload_data", "workload_data:health_data"] {
        assert_eq!(told(&format!("reason: \"{reason}\""), &stated), [""; 0]);
    }
    for reasons in ["\"rule:board\", content_blocked", "rule, \"content_blocked:pii.card_cvv\""] {
        assert_eq!(told(&format!("reasons: [{reasons}]"), &refused()), [""; 0]);
    }
    let other = "reason: expected `workload_data:secret`, came `workload_data:health_data`";
    assert_eq!(told("reason: \"workload_data:secret\"", &stated), [other]);
}

#[test]
fn what_each_side_saw_says_where_it_differs() {
    for (fields, message) in [
        ("reasons: [residency]", "reasons: `residency` missing from []"),
        ("exceptions: []", "exceptions: `pilot` not expected in [pilot]"),
        ("end: cut", "end: expected `cut`, came `answered`"),
        ("tokens: { output: 3 }", "tokens.output: expected `3`, came `2`"),
        ("upstream: { json: { \"$.n[1]\": 3 } }", "upstream.json: `$.n[1]`: expected `3`, came `2`"),
        (
            "upstream: { json: { $.m: 3 } }",
            "upstream.json: `$.m`: expected `3`, and nothing is there: `{\"a\":\"café\",\"n\":[1,2]}`",
        ),
        (
            "upstream: { json: { \"$.n[*]\": [1] } }",
            "upstream.json: `$.n[*]`: expected `[1]`, selects `[1,2]`",
        ),
        (
            "client: { json: { $: { content: bye } } }",
            "client.json: `$.content`: expected `\"bye\"`, came `\"hello\"`",
        ),
        (
            "record: { lacks: retail }",
            "record.lacks: `retail` must not be there, and is: `,\\\"status\\\":200,\\\"tenant\\\":\\\"retail\\\"}`",
        ),
        (
            "record: { json: { \"$.attempts[0]\": \"a/b=connect\" } }",
            "record.json: `$.attempts[0]`: expected `\"a/b=connect\"`, came `\"a/b=timeout\"`",
        ),
    ] {
        assert_eq!(told(fields, &served()), [message], "{fields}");
    }
}

#[test]
fn what_does_not_hold_says_the_smallest_difference() {
    for (fields, message) in [
        ("verdict: deny", "verdict: expected `deny`, came `allow`"),
        ("reason: residency", "reason: expected `residency`, came none"),
        ("message: no", "message: `no` is not in no message"),
        ("rules: []", "rules: `long_prompts` not expected in [long_prompts]"),
        ("flags: [a, prompt_attack]", "flags: `a` missing from [prompt_attack]"),
        ("shadowed: [rule:x]", "shadowed: `rule:x` missing from []"),
        (
            "route: [mistral/eu, azure/westeurope]",
            "route: expected [mistral/eu, azure/westeurope], came [azure/westeurope, mistral/eu]",
        ),
        (
            "attempts: [mistral/eu]",
            "attempts: `azure/westeurope` not expected in [azure/westeurope, mistral/eu]",
        ),
        (
            "dropped: { azure/eastus: down }",
            "dropped: expected `azure/eastus` to fall out for `down`; it fell out for `residency`",
        ),
        (
            "dropped: { mistral/eu: down }",
            "dropped: expected `mistral/eu` to fall out for `down`; it is on the route",
        ),
        ("dropped: { q/r: down }", "dropped: expected `q/r` to fall out for `down`; it was no candidate"),
        (
            "served_by: azure/westeurope",
            "served_by: expected `azure/westeurope`, came `mistral/eu`; called: azure/westeurope, mistral/eu",
        ),
        ("never: azure/westeurope", "never: `azure/westeurope` was called, and must never be"),
        ("redacted: { input: {} }", "redacted.input: `pii.pan`: expected none, came 1"),
        (
            "findings: { input: { pii.pan: 1, pii.iban: 1 } }",
            "findings.input: `pii.iban`: expected 1, came none; `pii.pan`: expected 1, came 2",
        ),
        (
            "upstream: { lacks: \"4111\" }",
            "upstream.lacks: `4111` must not be there, and is: `{\\\"a\\\":\\\"4111\\\"}`",
        ),
        ("upstream: { equals: { a: café, n: [1, 3] } }", "upstream.equals: `$.n[1]`: expected `3`, came `2`"),
        ("client: { has: bye }", "client.has: `bye` is not in `hello`"),
        ("client: { equals: help }", "client.equals: from character 4: expected `help`, came `hello`"),
        ("client: { matches: ^x }", "client.matches: the pattern matches nowhere in `hello`"),
        (
            "client: { lacks: content }",
            "client.lacks: `content` must not be there, and is: `{\\\"content\\\":\\\"hello\\\"}`",
        ),
        ("status: 403", "status: expected `403`, came `200`"),
        ("retry_after: 1s", "retry_after: expected `1s`, came `none`"),
        ("charges: {}", "charges: `600 requests / minute`: expected none, came 1"),
        ("alerts: []", "alerts: `1 USD / month at 50%` not expected in [1 USD / month at 50%]"),
        ("cost: 1", "cost: expected `1`, came `150000`"),
        ("cap: 4k", "cap: expected `4000`, came `8000`"),
    ] {
        assert_eq!(told(fields, &served()), [message], "{fields}");
    }
    let nothing_sent = "upstream: no upstream was called, so there is nothing to look at";
    assert_eq!(told("upstream: { lacks: x }", &refused()), [nothing_sent]);
    let turned = "reasons: `content_blocked` missing and `content_blocked:pii.card_cvv` not expected in \
                  [rule:board, content_blocked:pii.card_cvv]";
    assert_eq!(told("reasons: [content_blocked, \"rule:board\"]", &refused()), [turned]);
    let page = Observed { body: "<html>".into(), text: "<html>".into(), ..served() };
    assert_eq!(told("client: { json: { $.a: 1 } }", &page), ["client.json: no JSON is in `<html>`"]);
    let stream =
        Observed { body: "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n".into(), ..served() };
    assert_eq!(told("client: { json: { \"$[1].n\": 2, \"$[*].n\": [1, 2] } }", &stream), [""; 0]);
    let late = "reason: expected `content_blocked`, came `rule:board`; the expected one also holds, but does not decide";
    assert_eq!(told("reason: content_blocked", &refused()), [late]);
}

#[test]
fn the_deciding_text_is_named() {
    let nowhere = |_: &str| None;
    let differences = compare(&expect("verdict: allow"), &refused(), &nowhere);
    assert_eq!(differences[0].decided_by.as_ref().unwrap().to_string(), "rules.ascp:41");
    let locate = |rule: &str| (rule == "board").then(|| Location { file: "a.ascp".into(), line: 7 });
    let differences = compare(&expect("reason: rule:board"), &served(), &locate);
    assert_eq!(differences[0].decided_by.as_ref().unwrap().to_string(), "a.ascp:7");
}
