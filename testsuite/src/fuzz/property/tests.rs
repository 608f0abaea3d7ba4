//! Each property, on outcomes that are as they should be and on ones that were tampered with.

use super::*;
use crate::package::{Options, outcomes};
use crate::run::Outcome;
use crate::suite::Suite;
use engine::Verdict;
use engine::decision::Candidate;
use engine::guard::Guard;
use engine::record::EndKind;
use engine::scan::TokenKey;
use lang::model::EndpointId;
use lang::{Day, NoLoader, PackageFiles, compile};
use std::sync::{Arc, LazyLock};

const PACKAGE: &str = r#"
policy p { language 1; version "1" }
use std.pii
region here { country "DE" }
region there { country "US" }
zone home { regions here }
provider a {
  speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}
model m { aka "m"; offered by a as "m-1"; price 1 USD in, 1 USD out per 1M tokens }
redaction cards { pii.pan tokenize; pii.iban mask; on input, output, audit }
tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  reside home
  allow models m
  redact cards
  limit 10k tokens / minute
}
invariant stays { always decision.routes.all(r, r.region == "here") }
"#;

static GUARD: LazyLock<Arc<Guard>> = LazyLock::new(|| {
    let files = vec![("p.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
    let model = compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Arc::new(Guard::new(&model, TokenKey::new([7; 32])).unwrap())
});

/// Made once: a number with a check digit is drawn in a second.
static POOL: LazyLock<Pool<'static>> =
    LazyLock::new(|| Pool::new(GUARD.model(), "2026-11-20T12:00:00Z".parse().unwrap()).unwrap());

/// What is done to an outcome.
type Tamper = fn(&mut Outcome, &Planted);

/// What is planted: a card number of the request, its token, and an IBAN of the answer.
struct Planted {
    card: String,
    token: String,
    iban: String,
}

/// The properties that are broken once the first of two equal outcomes was tampered with, by name, with their messages.
fn broken(tamper: Tamper, is_same_again: bool) -> Vec<(String, String)> {
    let (guard, pool, model) = (&*GUARD, &*POOL, GUARD.model());
    let value = |name: &str| {
        let is_it =
            |value: &&crate::fuzz::pool::Value| &*model.detectors[value.detector.index()].name == name;
        pool.values.iter().find(is_it).unwrap()
    };
    let (card, iban) = (value("pii.pan"), value("pii.iban"));
    let text = format!(
        "cases:\n- name: c\n  tenant: t\n  model: m\n  say: {:?}\n  reply: {{ say: {:?} }}\n  expect: {{ verdict: allow }}\n",
        format!("see {}", card.text),
        format!("{{{{pii.pan.1}}}} and {}", iban.text),
    );
    let case = Suite::read("s", &text).entries.remove(0).case.unwrap();
    let options = Options::at(pool.now);
    let (mut one, mut again) = (outcomes(guard, &case, &options), outcomes(guard, &case, &options));
    let token = one[0].sent[0].body.split_once("[PAN_").unwrap().1.split_once(']').unwrap().0;
    let planted =
        Planted { card: card.found.clone(), token: format!("[PAN_{token}]"), iban: iban.found.clone() };
    tamper(&mut one[0], &planted);
    if is_same_again {
        tamper(&mut again[0], &planted);
    }
    let (names, invariants) = (Names::new(model), Invariants::new(model).unwrap());
    let sight = Sight { names, pool, invariants: &invariants, case: &case, outcomes: &one, again: &again };
    let judged = judge(&sight);
    assert!(judged.iter().all(|one| one.is_exercised), "{judged:?}");
    let all = Property::all(model).into_iter().zip(judged);
    all.filter_map(|(property, judged)| Some((property.name(model), judged.breach?.message))).collect()
}

fn replace_in_body(outcome: &mut Outcome, from: &str, to: &str) {
    let body = String::from_utf8(std::mem::take(&mut outcome.body)).unwrap();
    assert!(body.contains(from), "{body}");
    outcome.body = body.replace(from, to).into_bytes();
}

/// The card number as another writer of JSON spells it.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |written, letter| format!("{written}\\u{:04x}", u32::from(letter)))
}

#[test]
fn what_is_as_it_should_be_breaks_nothing() {
    assert_eq!(broken(|_, _| {}, false), []);
}

#[test]
fn each_breach_is_noticed_by_its_property_alone() {
    let rows: &[(&str, &str, Tamper)] = &[
        ("residency", "`a/y` was called, and there is outside", |one, _| {
            one.sent[0].endpoint = EndpointId(1);
        }),
        ("residency", "with a model that is not offered there: m-2", |one, _| {
            one.sent[0].body = one.sent[0].body.replace("m-1", "m-2");
        }),
        ("planted", "in the request, reached `a/x` in clear", |one, planted| {
            one.sent[0].body = one.sent[0].body.replace("see ", &format!("{} ", planted.card));
        }),
        ("planted", "in the request, reached `a/x` in clear", |one, planted| {
            one.sent[0].body = one.sent[0].body.replace("see ", &escaped(&planted.card));
        }),
        ("planted", "a token of the request, reached the client", |one, planted| {
            replace_in_body(one, &planted.card, &format!("{} {}", planted.card, planted.token));
        }),
        ("planted", "did not come back for `[PAN_", |one, planted| {
            replace_in_body(one, &planted.card, "gone");
        }),
        ("planted", "in the answer, reached the client in clear", |one, planted| {
            replace_in_body(one, &planted.card, &format!("{} {}", planted.card, planted.iban));
        }),
        ("planted", "is in the record", |one, planted| {
            one.record.as_mut().unwrap().asked.clone_from(&planted.card);
        }),
        ("well formed", "it goes wrong", |one, _| one.defect = Some("it goes wrong")),
        ("well formed", "the client got no answer", |one, _| one.head = None),
        ("well formed", "the client got status 201, and the record says 200", |one, _| {
            one.head.as_mut().unwrap().status = 201;
        }),
        ("well formed", "names no decision", |one, _| one.head.as_mut().unwrap().headers.clear()),
        ("well formed", "and the client's answer was cut", |one, _| one.is_whole = false),
        ("well formed", "the answer is not a JSON object", |one, _| one.body.push(b'x')),
        ("well formed", "it was cut, and the client takes it for whole", |one, _| {
            one.record.as_mut().unwrap().end = EndKind::Cut;
        }),
        ("well formed", "2 reservations were made, and 0 settled", |one, _| one.settled.clear()),
        ("well formed", "millionths were settled, and", |one, _| one.settled[0].tokens += 1),
        ("well formed", "a charge is recorded as 1,", |one, _| {
            one.record.as_mut().unwrap().charges.iter_mut().for_each(|charge| charge.amount = 1);
        }),
        ("determinism", "its cap differs", |one, _| {
            one.record.as_mut().unwrap().decision.as_mut().unwrap().cap = Some(1);
        }),
    ];
    for (property, message, tamper) in rows {
        let found = broken(*tamper, true);
        let [(name, told)] = found.as_slice() else { panic!("{message}: {found:?}") };
        assert_eq!(name, property, "{told}");
        assert!(told.contains(message), "{told}");
    }
}

#[test]
fn another_end_the_second_time_is_noticed() {
    let found = broken(|one, _| one.sent[0].body.push(' '), false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("came out twice and not alike"), "{found:?}");
}

#[test]
fn a_decision_that_breaks_an_invariant_is_noticed() {
    let found = broken(
        |one, _| {
            let decision = one.record.as_mut().unwrap().decision.as_mut().unwrap();
            let outside = Candidate { endpoint: EndpointId(1), ..decision.route[0] };
            decision.route.push(outside);
        },
        true,
    );
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["determinism", "invariant stays"]);
}

#[test]
fn a_refusal_without_a_body_that_its_api_has_is_noticed() {
    let found = broken(
        |one, _| {
            let record = one.record.as_mut().unwrap();
            record.end = EndKind::Refused;
            record.reason = Some(engine::Reason::Residency);
            (record.status, one.head.as_mut().unwrap().status) = (403, 403);
            record.decision.as_mut().unwrap().verdict = Verdict::Deny;
        },
        true,
    );
    assert!(
        found.contains(&("well formed".into(), "status 403 has no error body that its API has".into())),
        "{found:?}"
    );
}
