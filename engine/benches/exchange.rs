//! How much an exchange adds to each event of a stream.
//!
//! `cargo bench -p engine --bench exchange` runs it: a whole exchange whose answer is a
//! stream of so many events; divide by them. Plain, nothing is looked for;
//! guarded, card numbers are redacted and a rule reads what was found.

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use engine::exchange::{Event, Exchange, Head, Identified, Moment, Start, Step};
use engine::facts::{Caller, Usage};
use engine::guard::Guard;
use engine::meter::ReservationId;
use engine::record::DecisionId;
use engine::scan::TokenKey;
use lang::model::TenantId;
use lang::{Day, NoLoader, PackageFiles};
use std::sync::Arc;
use std::time::Duration;

fn main() {
    divan::main();
}

/// Events of the answer: a long one, a token each.
const EVENTS: usize = 2_000;

const PACKAGE: &str = r#"
policy p { language 1 }
use std.pii
region r { country "DE" }
provider a { speaks openai; endpoint e { url "https://e.example/"; region r; key none } }
model m { aka "model"; offered by a as "v" }
redaction cards { pii.pan replace "[CARD]"; on input, output }
tenant guarded {
  identify header "x" "a" from 127.0.0.1
  allow models m
  redact cards
  rule seen { when output.has(pii.email); flag "seen" }
}
tenant plain { identify header "x" "b" from 127.0.0.1; allow models m }
"#;

fn guard() -> Option<Arc<Guard>> {
    let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "bench".into(), files }, &NoLoader, Day::Unchecked);
    Guard::new(&compiled.model?, TokenKey::new([7; 32])).ok().map(Arc::new)
}

/// The events, each as a chunk of its own.
fn chunks() -> Vec<Bytes> {
    let event = |number: usize| {
        let text = match number % 50 {
            0 => "4111 1111 1111 1111".to_owned(),
            _ => format!(" word{number}"),
        };
        let data = format!(
            r#"{{"id":"c","object":"chat.completion.chunk","created":1,"model":"v","choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#
        );
        Bytes::from(format!("data: {data}\n\n"))
    };
    (0..EVENTS).map(event).chain([Bytes::from_static(b"data: [DONE]\n\n")]).collect()
}

/// Drives an exchange to its end; the bytes that the client got.
fn drive(guard: &Arc<Guard>, tenant: TenantId, chunks: &[Bytes]) -> usize {
    let now = Moment { elapsed: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH };
    let head = Head {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        query: String::new(),
        headers: vec![("content-type".into(), "application/json".into())],
    };
    let start = Start { head, id: DecisionId(1), down: Vec::new(), now };
    let mut exchange = Exchange::begin(Arc::clone(guard), start);
    let (mut events, mut sent) = (Vec::new(), 0);
    loop {
        while let Some(step) = exchange.poll_step() {
            match step {
                Step::Identify(_) => {
                    let caller = Caller::default();
                    events.push(Event::Identified(Identified { tenant, caller, workload: None }));
                }
                Step::ReadBody { .. } => events.push(Event::Body(Bytes::from_static(
                    br#"{"model":"model","stream":true,"messages":[{"role":"user","content":"hi"}]}"#,
                ))),
                Step::Reserve(_) => {
                    let (usage, shadowed) = (Usage::default(), Vec::new());
                    events.push(Event::Reserved { id: ReservationId(1), usage, shadowed });
                }
                Step::Begin(_) => events.push(Event::Begun),
                Step::Attempt(_) => {
                    events.push(Event::UpstreamEnd);
                    events.extend(chunks.iter().rev().cloned().map(Event::UpstreamChunk));
                    let headers = vec![("content-type".into(), "text/event-stream".into())];
                    events.push(Event::UpstreamHead { status: 200, headers });
                }
                Step::Forward(bytes) | Step::Abort(bytes) => sent += bytes.len(),
                Step::End(_) => return sent,
                Step::ForwardHead(_) | Step::Finish | Step::Hangup | Step::Settle(_) => {}
            }
        }
        let Some(event) = events.pop() else { return sent };
        exchange.handle(event, now);
    }
}

fn bench(bencher: Bencher<'_, '_>, tenant: TenantId) {
    let Some(guard) = guard() else { return };
    let chunks = chunks();
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| drive(&guard, tenant, &chunks));
}

#[divan::bench]
fn guarded(bencher: Bencher<'_, '_>) {
    bench(bencher, TenantId(0));
}

#[divan::bench]
fn plain(bencher: Bencher<'_, '_>) {
    bench(bencher, TenantId(1));
}
