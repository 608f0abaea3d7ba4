//! Requests that are decided one by one, without an answer.

use super::*;
use crate::suite::{Body, Built};
use crate::yaml::Place;
use engine::Verdict;
use engine::scan::TokenKey;
use lang::{Day, NoLoader, PackageFiles};

const POLICY: &str = r#"
policy small { language 1; version "1" }
use std.pii
region here { country "DE" }
region there { country "US" }
zone home { regions here }
provider p { speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}
model m { aka "m"; offered by p as "m-1"; price 1 USD in, 1 USD out per 1M tokens; output 1k tokens }
redaction mails { pii.email mask; on input }
tenant t {
  identify mtls subject "CN=t"
  reside home
  allow models m
  redact mails
  limit 5 requests / minute
  limit 2k tokens / day
  rule no_stocks { when request.header("x-stocks") != ""; deny "No stocks." }
}
"#;

fn guard() -> Arc<Guard> {
    let files = vec![("policy.ascp".into(), POLICY.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "small".into(), files }, &NoLoader, Day::Unchecked);
    let model = compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Arc::new(Guard::new(&model, TokenKey::new([7; 32])).unwrap())
}

fn word(text: &str) -> Word {
    Word { text: text.into(), place: Place::START }
}

fn question(say: &str) -> Question {
    let messages = vec![("user".into(), say.into())];
    let body = Body::Built(Built { model: Some("m".into()), messages, ..Built::default() });
    Question { ask: Ask { tenant: Some(word("t")), body, ..Ask::default() }, ..Question::default() }
}

fn told(question: &Question) -> Result<Explained, Fault> {
    explain(&guard(), question, "2026-11-20T09:00:00Z".parse().unwrap())
}

#[test]
fn an_allowed_request_stops_before_its_first_call() {
    let explained = told(&question("write to jane@example.com")).unwrap();
    let observed = &explained.observed;
    assert_eq!(observed.verdict, Some(Verdict::Allow));
    assert_eq!(observed.route, ["p/x"]);
    assert_eq!(observed.redacted_input.get("pii.email"), Some(&1));
    let body = String::from_utf8_lossy(explained.upstream_body().unwrap()).into_owned();
    assert!(body.contains("m-1") && !body.contains("jane"), "{body}");
    assert_eq!(observed.charges.get("5 requests / minute"), Some(&1));
    assert!(observed.charges.get("2k tokens / day").is_some_and(|tokens| *tokens > 1_000), "reserved");
    let decision = explained.decision().unwrap();
    let dropped = &decision.dropped[0];
    let words = engine::wording::dropped(guard().model(), explained.record.tenant, dropped);
    assert_eq!(words, ("residency".into(), "there is outside home".into()));
    assert_eq!(explained.facts.unwrap().input.list.len(), 1);
}

#[test]
fn refusals_come_with_what_the_client_is_told() {
    let mut ruled = question("hello");
    ruled.ask.headers = vec![("x-stocks".into(), "1".into())];
    let mut down = question("hello");
    down.down = vec![word("p/x")];
    let mut spent = question("hello");
    spent.usage = Some(Usage {
        tokens: engine::facts::Windows { day: 1_990, ..Default::default() },
        ..Usage::default()
    });
    let mut nobody = question("hello");
    nobody.ask.tenant = None;
    for (question, reason, status) in [
        (ruled, "rule:no_stocks", 403),
        (down, "no_endpoint", 503),
        (spent, "token_limit", 429),
        (nobody, "unauthenticated", 401),
    ] {
        let explained = told(&question).unwrap();
        assert_eq!(explained.observed.reason.as_deref(), Some(reason));
        assert_eq!(explained.observed.status, status, "{reason}");
        assert!(explained.upstream_body().is_none() && explained.observed.attempts.is_empty());
        assert!(explained.observed.is_whole && !explained.observed.text.is_empty(), "{reason}");
    }
}

#[test]
fn names_that_nobody_declared_are_told() {
    let mut question = question("hello");
    question.ask.tenant = Some(word("tt"));
    assert_eq!(told(&question).unwrap_err().message, "the package has no tenant `tt`");
}
