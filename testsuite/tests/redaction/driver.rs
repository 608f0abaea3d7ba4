//! Drives one exchange, and keeps what went up and what came down.

use bytes::Bytes;
use engine::exchange::{Event, Exchange, Head, Identified, Moment, Start, Step};
use engine::facts::{Caller, Usage};
use engine::guard::Guard;
use engine::meter::ReservationId;
use engine::record::{DecisionId, EndKind};
use engine::scan::TokenKey;
use lang::model::{Model, TenantId};
use lang::{Day, NoLoader, PackageFiles};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Every structured value becomes a token, whichever way it goes. The model's version is its
/// name, so that a request is sent on as it came but for redactions.
const PACKAGE: &str = r#"
policy p { language 1 }
use std.pii
use std.secrets
region r { country "DE" }
provider a { speaks openai; endpoint e { url "https://e.example/"; region r; key none } }
model m { aka "model"; offered by a as "model"; context 1M tokens }
redaction values {
  pii.pan                 tokenize
  pii.iban                tokenize
  pii.us_ssn              tokenize
  pii.email               tokenize
  secrets.aws_access_key  tokenize
  secrets.github_token    tokenize
  secrets.openai_key      tokenize
  secrets.stripe_key      tokenize
  on                      input, output
}
tenant t { identify header "x" "t" from 127.0.0.1; allow models m; redact values }
"#;

/// The package above.
pub(crate) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "test".into(), files }, &NoLoader, Day::Unchecked);
    let told: Vec<_> = compiled.diagnostics.iter().map(|one| one.message.clone()).collect();
    compiled.model.unwrap_or_else(|| panic!("{told:?}"))
});

static GUARD: LazyLock<Arc<Guard>> =
    LazyLock::new(|| Arc::new(Guard::new(&MODEL, TokenKey::new([7; 32])).expect("the package compiles")));

/// An exchange whose request has been sent on.
pub(crate) struct Driven {
    exchange: Exchange,
    now: Moment,
    /// What went up.
    pub(crate) sent: Bytes,
    /// What came down.
    pub(crate) received: Vec<u8>,
    /// How it ended.
    pub(crate) end: Option<EndKind>,
}

impl Driven {
    /// Sends a request as far as the upstream.
    pub(crate) fn ask(body: impl Into<Bytes>) -> Self {
        let head = Head {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            query: String::new(),
            headers: vec![("content-type".into(), "application/json".into())],
        };
        let now = Moment { elapsed: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH };
        let start = Start { head, id: DecisionId(7), down: Vec::new(), now };
        let exchange = Exchange::begin(Arc::clone(&GUARD), start);
        let mut driven = Self { exchange, now, sent: Bytes::new(), received: Vec::new(), end: None };
        let mut body = Some(body.into());
        driven.carry_out(&mut body);
        driven
    }

    /// Answers with an upstream's body, in pieces; returns what came down.
    pub(crate) fn answer<'t>(mut self, kind: &str, pieces: impl Iterator<Item = &'t [u8]>) -> Self {
        let headers = vec![("content-type".into(), kind.to_owned())];
        self.handle(Event::UpstreamHead { status: 200, headers });
        pieces.for_each(|piece| self.handle(Event::UpstreamChunk(Bytes::copy_from_slice(piece))));
        self.handle(Event::UpstreamEnd);
        self
    }

    fn handle(&mut self, event: Event) {
        self.exchange.handle(event, self.now);
        self.carry_out(&mut None);
    }

    fn carry_out(&mut self, body: &mut Option<Bytes>) {
        while let Some(step) = self.exchange.poll_step() {
            let event = match step {
                Step::Identify(_) => Event::Identified(Identified {
                    tenant: TenantId(0),
                    caller: Caller::default(),
                    workload: None,
                }),
                Step::ReadBody { .. } => Event::Body(body.take().expect("one body")),
                Step::Reserve(_) => {
                    Event::Reserved { id: ReservationId(1), usage: Usage::default(), shadowed: Vec::new() }
                }
                Step::Begin(_) => Event::Begun,
                Step::Attempt(attempt) => {
                    self.sent = attempt.body;
                    continue;
                }
                Step::Forward(bytes) | Step::Abort(bytes) => {
                    self.received.extend_from_slice(&bytes);
                    continue;
                }
                Step::End(record) => {
                    self.end = Some(record.end);
                    continue;
                }
                Step::ForwardHead(_) | Step::Finish | Step::Hangup | Step::Settle(_) => continue,
            };
            self.exchange.handle(event, self.now);
        }
    }
}

/// An event of a stream with this delta.
pub(crate) fn event(delta: &serde_json::Value, finish: Option<&str>) -> String {
    let chunk = serde_json::json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    format!("data: {chunk}\n\n")
}

/// The end of a stream.
pub(crate) fn end(finish: &str) -> String {
    event(&serde_json::json!({}), Some(finish)) + "data: [DONE]\n\n"
}

/// What a streamed answer says: its content, and the arguments of its first call.
pub(crate) fn said(body: &[u8]) -> (String, String) {
    let (mut content, mut arguments) = (String::new(), String::new());
    for line in String::from_utf8_lossy(body).lines() {
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let Ok(chunk) = serde_json::from_str::<serde_json::Value>(data) else { continue };
        let delta = &chunk["choices"][0]["delta"];
        content.push_str(delta["content"].as_str().unwrap_or_default());
        arguments.push_str(delta["tool_calls"][0]["function"]["arguments"].as_str().unwrap_or_default());
    }
    (content, arguments)
}
