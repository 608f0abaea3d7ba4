//! What is written of exchanges that did not go as asked; most of these random requests found.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Day, NoLoader, PackageFiles};
use std::error::Error;
use std::sync::Arc;
use testsuite::Options;
use testsuite::suite::Suite;

const PACKAGE: &str = r#"
policy p { language 1; version "1" }
use std.pii
region here { country "DE" }
provider a { speaks openai; endpoint x { url "https://x.example/v1"; region here; key none } }
model m { aka "m"; offered by a as "m-1"; price 1 USD in, 1 USD out per 1M tokens }
redaction cards { pii.pan replace "[CARD]"; pii.iban block; on input, output, audit }
tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow  models m
  redact cards
  limit  10k tokens / minute
  budget 5 USD / month
}
"#;

const SUITE: &str = r#"
defaults: { tenant: t, model: m }
cases:
  - name: a name that no policy knows is redacted for the record
    model: "card 4111 1111 1111 1111"
    expect: { reason: model_not_allowed, record: { lacks: "4111", json: { $.asked: "card [CARD]" } } }

  - name: a name with a value that is blocked is not recorded
    model: "DE89 3704 0044 0532 0130 00"
    expect: { reason: model_not_allowed, record: { json: { $.asked: "" } } }

  - name: a name that the policy knows is recorded as it is
    expect: { verdict: allow, record: { json: { $.asked: m } } }

  - name: what nothing served is charged nothing
    reply: { status: 503 }
    expect:
      reason: upstream_failed
      cost: 0
      charges: { 10k tokens / minute: 0, 5 USD / month: 0 }

  - name: an answer that is blocked is a decision that denies
    matrix: { stream: [false, true] }
    reply: { say: "Pay to DE89 3704 0044 0532 0130 00 today." }
    expect:
      reason: "content_blocked:pii.iban"
      record: { json: { $.verdict: deny, $.reasons: ["content_blocked:pii.iban"] } }
"#;

#[test]
fn records_say_what_came_of_it() -> Result<(), Box<dyn Error>> {
    let files = vec![("p.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
    let told: Vec<_> = compiled.diagnostics.iter().map(|one| one.message.clone()).collect();
    let model = compiled.model.ok_or(format!("{told:?}"))?;
    let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
    let suite = Suite::read("records", SUITE);
    let report = testsuite::run_package(&guard, &[suite], &Options::at("2026-11-20T12:00:00Z".parse()?));
    assert!(report.is_good() && report.passed() == 6, "{}", testsuite::report::to_text(&report));
    Ok(())
}
