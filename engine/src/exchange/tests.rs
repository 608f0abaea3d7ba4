//! Exchanges driven by anything: events in any order, hostile bytes cut anywhere.

use super::*;
use crate::facts::Caller;
use crate::meter::Full;
use crate::scan::TokenKey;
use crate::{Verdict, facts::Usage};
use lang::model::{LimitId, LimitKind};
use lang::{Day, NoLoader, PackageFiles};
use proptest::prelude::*;
use std::sync::LazyLock;

const PACKAGE: &str = r#"
policy p { language 1 }
use std.pii
region r { country "DE" }
provider a {
  speaks openai
  endpoint e { url "https://e.example/"; region r; key none }
  endpoint f { url "https://f.example/"; region r; key none }
}
model m { aka "model"; offered by a as "v" }
redaction cards { pii.pan replace "[CARD]"; on input, output }
tenant t {
  identify header "x" "t" from 127.0.0.1
  allow    models m
  redact   cards
  limit    60 requests / minute
  limit    100k tokens / hour
}
rule seen { when output.has(pii.pan); flag "seen" }
rule many { when output.count(pii.pan) > 2; deny "too many" }
"#;

static GUARD: LazyLock<Arc<Guard>> = LazyLock::new(|| {
    let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "test".into(), files }, &NoLoader, Day::Unchecked);
    let told: Vec<_> = compiled.diagnostics.iter().map(|one| one.message.clone()).collect();
    let model = compiled.model.unwrap_or_else(|| panic!("{told:?}"));
    Arc::new(Guard::new(&model, TokenKey::new([7; 32])).unwrap())
});

/// One thing that a driver may do.
#[derive(Clone, Debug)]
enum Move {
    /// Answers what was asked last: well, or badly.
    Answer(bool),
    /// Says something whatever was asked.
    Stray(usize),
    /// Bytes of the upstream.
    Bytes(Vec<u8>),
}

/// A driver that answers what it is asked, and checks what it is asked to do.
struct Driver {
    exchange: Exchange,
    now: Moment,
    /// What waits for an answer.
    asked: Option<&'static str>,
    granted: Vec<ReservationId>,
    is_durable: bool,
    head: Option<u16>,
    body: Vec<u8>,
    is_ended: bool,
    settled: Option<Settlement>,
    record: Option<Box<Record>>,
}

impl Driver {
    fn new() -> Self {
        let head = Head {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            query: String::new(),
            headers: vec![("content-type".into(), "application/json".into())],
        };
        let now = Moment { elapsed: Duration::ZERO, wall: jiff::Timestamp::UNIX_EPOCH };
        let start = Start { head, id: DecisionId(7), down: Vec::new(), now };
        let mut driver = Self {
            exchange: Exchange::begin(Arc::clone(&GUARD), start),
            now,
            asked: None,
            granted: Vec::new(),
            is_durable: false,
            head: None,
            body: Vec::new(),
            is_ended: false,
            settled: None,
            record: None,
        };
        driver.carry_out();
        driver
    }

    fn handle(&mut self, event: Event) {
        self.now.elapsed += Duration::from_millis(1);
        self.exchange.handle(event, self.now);
        self.carry_out();
        assert!(!format!("{:?}", self.exchange).contains("4111"), "what is held is never printed");
    }

    fn carry_out(&mut self) {
        while let Some(step) = self.exchange.poll_step() {
            assert!(self.record.is_none(), "nothing is asked after the record: {step:?}");
            assert!(!format!("{step:?}").contains("4111"), "what is sent is never printed");
            match step {
                Step::Identify(_) => self.asked = Some("who"),
                Step::ReadBody { .. } => self.asked = Some("body"),
                Step::Reserve(_) => self.asked = Some("room"),
                Step::Begin(_) => self.asked = Some("begin"),
                Step::Attempt(_) => {
                    assert!(self.is_durable, "nothing is sent before the beginning is durable");
                    assert_eq!(self.head, None, "no second answer once one has begun");
                    self.asked = Some("head");
                }
                Step::ForwardHead(head) => {
                    assert_eq!(self.head.replace(head.status), None, "one head");
                    assert!(self.is_durable || head.status >= 400, "no answer before a beginning");
                }
                Step::Forward(bytes) => self.forward(&bytes),
                Step::Finish => {
                    self.forward(&[]);
                    self.is_ended = true;
                }
                Step::Abort(bytes) => {
                    self.forward(&bytes);
                    self.is_ended = true;
                }
                Step::Hangup => {}
                Step::Settle(settlement) => {
                    assert!(self.settled.replace(settlement).is_none(), "settled once");
                }
                Step::End(record) => self.record = Some(record),
            }
        }
    }

    fn forward(&mut self, bytes: &[u8]) {
        assert!(self.head.is_some(), "nothing goes out before a head");
        assert!(!self.is_ended, "nothing goes out after the end");
        self.body.extend_from_slice(bytes);
    }

    fn answer(&mut self, is_good: bool) {
        let full = Full {
            limit: LimitId(0),
            kind: LimitKind::Requests,
            retry_after_nanos: Some(1),
            is_shadow: false,
        };
        let event = match (self.asked, is_good) {
            (Some("who"), true) => Event::Identified(Identified {
                tenant: TenantId(0),
                caller: Caller::default(),
                workload: None,
            }),
            (Some("who"), false) => Event::NotIdentified,
            (Some("body"), true) => {
                let body = br#"{"model":"model","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
                Event::Body(Bytes::from_static(body))
            }
            (Some("body"), false) => Event::BodyTooLarge,
            (Some("room"), true) => {
                let id = ReservationId(self.granted.len() as u64);
                self.granted.push(id);
                Event::Reserved { id, usage: Usage::default(), shadowed: Vec::new() }
            }
            (Some("room"), false) => Event::Full(vec![full]),
            (Some("begin"), true) => {
                self.is_durable = true;
                Event::Begun
            }
            (Some("begin"), false) => Event::NotBegun,
            (Some("head"), true) => upstream_head(200),
            (Some("head"), false) => upstream_head(400),
            (Some(_) | None, _) => return,
        };
        self.asked = None;
        self.handle(event);
    }

    fn stray(&mut self, number: usize) {
        let event = match number % 13 {
            0 => Event::ClientGone,
            1 => Event::DeadlinePassed,
            2 => Event::UpstreamEnd,
            3 => Event::UpstreamFailed(crate::record::UpstreamFailure::Broken),
            4 => Event::UpstreamFailed(crate::record::UpstreamFailure::Connect),
            5 => upstream_head(200),
            6 => upstream_head(503),
            7 => upstream_head(400),
            8 => Event::Body(Bytes::from_static(b"{}")),
            9 => Event::BodyTooLarge,
            10 => Event::NotBegun,
            11 => Event::NotIdentified,
            // Room is told of when it is asked for, and then always.
            _ => return self.answer(true),
        };
        self.handle(event);
    }

    fn act(&mut self, moved: Move) {
        match moved {
            Move::Answer(is_good) => self.answer(is_good),
            Move::Stray(number) => self.stray(number),
            Move::Bytes(bytes) => self.handle(Event::UpstreamChunk(bytes.into())),
        }
    }

    /// As far as an answer's first byte.
    fn answering() -> Self {
        let mut driver = Self::new();
        (0..6).for_each(|_| driver.answer(true));
        assert_eq!(driver.exchange.state, State::Answering);
        driver
    }

    /// What holds however it came to its end.
    fn check(mut self) -> Self {
        if self.record.is_none() {
            self.handle(Event::ClientGone);
        }
        if self.asked == Some("room") {
            self.answer(true);
        }
        assert!(self.record.is_some(), "every exchange ends");
        let settled = self.settled.as_ref().map(|settlement| settlement.reservations.clone());
        assert_eq!(settled.unwrap_or_default(), self.granted, "what was taken is settled");
        assert_eq!(self.exchange.poll_deadline(), None);
        for (choice, said) in contents(&self.body) {
            let (mut found, all) = (Vec::new(), GUARD.scanner().detectors());
            GUARD.scanner().find(&said, &all, &mut found).unwrap();
            assert!(found.is_empty(), "choice {choice} says a card: {said}");
        }
        self
    }

    /// The rest of an answer, in pieces.
    fn feed(&mut self, bytes: &[u8], cuts: &[usize]) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            self.handle(Event::UpstreamChunk(Bytes::copy_from_slice(&bytes[pair[0]..pair[1]])));
        }
    }
}

fn upstream_head(status: u16) -> Event {
    Event::UpstreamHead { status, headers: vec![("content-type".into(), "text/event-stream".into())] }
}

/// What each choice of a streamed answer says.
fn contents(body: &[u8]) -> std::collections::BTreeMap<u64, String> {
    let mut said = std::collections::BTreeMap::<u64, String>::new();
    for line in String::from_utf8_lossy(body).lines() {
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let Ok(chunk) = serde_json::from_str::<serde_json::Value>(data) else { continue };
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            let text = choice["delta"]["content"].as_str().unwrap_or_default();
            said.entry(choice["index"].as_u64().unwrap_or(0)).or_default().push_str(text);
        }
    }
    said
}

/// An event that says `text` in a choice.
fn says(choice: u64, text: &str) -> Vec<u8> {
    format!("data: {{\"id\":\"c\",\"choices\":[{{\"index\":{choice},\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n").into()
}

/// An event with this delta and finish reason.
fn delta(delta: &str, finish: &str) -> Vec<u8> {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n").into()
}

/// Events that a provider may well send before the end.
fn fair() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (0..2_u64, prop::sample::select(vec!["hello ", "4111 1111", " 1111 1111", "4111", "1111", "", "é "]))
            .prop_map(|(choice, text)| says(choice, text)),
        1 => Just(delta(r#"{"role":"assistant","content":""}"#, "null")),
        1 => Just(delta(r#"{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"n","arguments":""}}]}"#, "null")),
        1 => Just(delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":\"4111 1111"}}]}"#, "null")),
        1 => Just(delta(r#"{"tool_calls":[{"index":0,"function":{"arguments":" 1111 1111\"}"}}]}"#, "null")),
        1 => Just(delta("{}", "\"\"")),
        1 => Just(b": alive\n\n".to_vec()),
        1 => Just(b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n".to_vec()),
    ]
}

/// Anything that may come from an upstream.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => fair(),
        1 => Just(delta("{}", "\"stop\"")),
        1 => Just(delta(r#"{"content":"4111 1111"}"#, "\"stop\"")),
        1 => Just(b"data: [DONE]\n\n".to_vec()),
        1 => Just(b"data: {\"error\":{\"message\":\"4111 1111 1111 1111\"}}\n\n".to_vec()),
        1 => Just(b"data: {\"choices\":[\n\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..24),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let bytes = (prop::collection::vec(hostile(), 1..4), any::<usize>()).prop_map(|(pieces, cut)| {
        let bytes = pieces.concat();
        let at = cut % (bytes.len() + 1);
        Move::Bytes(bytes[..at].to_vec())
    });
    let whole = prop::collection::vec(hostile(), 1..4).prop_map(|pieces| Move::Bytes(pieces.concat()));
    let moved = prop_oneof![
        12 => Just(Move::Answer(true)),
        1 => Just(Move::Answer(false)),
        1 => any::<usize>().prop_map(Move::Stray),
        2 => bytes,
        3 => whole,
    ];
    prop::collection::vec(moved, 0..32)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn any_events_end_in_one_record(moves in moves()) {
        let mut driver = Driver::new();
        for moved in moves {
            driver.act(moved);
        }
        driver.check();
    }

    #[test]
    fn an_answer_is_the_same_however_it_is_cut(
        events in prop::collection::vec(fair(), 0..24), cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        let bytes = [events.concat(), delta("{}", "\"stop\""), b"data: [DONE]\n\n".to_vec()].concat();
        let run = |cuts: &[usize]| {
            let mut driver = Driver::answering();
            driver.feed(&bytes, cuts);
            driver.handle(Event::UpstreamEnd);
            let driver = driver.check();
            let record = driver.record.unwrap();
            (record.end, record.decision, record.output_redactions, record.output_tokens, driver.body.len())
        };
        let (whole, cut) = (run(&[]), run(&cuts));
        if whole.0 == EndKind::Answered {
            prop_assert_eq!(whole, cut);
        }
    }
}

#[test]
fn a_card_in_pieces_goes_out_as_one_redaction_and_no_empty_chunk() {
    let mut driver = Driver::answering();
    let events = [says(0, "card 4111 "), says(0, "1111 1111 "), says(0, "1111"), delta("{}", "\"stop\"")];
    driver.feed(&[events.concat(), b"data: [DONE]\n\n".to_vec()].concat(), &[]);
    driver.handle(Event::UpstreamEnd);
    let driver = driver.check();
    let body = String::from_utf8(driver.body).unwrap();
    assert_eq!(contents(body.as_bytes())[&0], "card [CARD]");
    assert!(!body.contains(r#""content":"""#), "{body}");
    let record = driver.record.unwrap();
    assert_eq!((record.end, record.output_redactions.len()), (EndKind::Answered, 1));
    assert_eq!(record.decision.unwrap().flags, ["seen".into()]);
}

#[test]
fn text_after_the_end_of_its_choice_cuts_the_answer() {
    let mut driver = Driver::answering();
    driver.feed(&[says(0, "ok "), delta(r#"{"content":"4111 1111"}"#, "\"stop\"")].concat(), &[]);
    driver.feed(&says(0, " 1111 1111"), &[]);
    assert_eq!(driver.check().record.unwrap().end, EndKind::Cut);
}

#[test]
fn what_a_rule_refuses_cuts_an_answer_that_has_begun() {
    let mut driver = Driver::answering();
    let card = says(0, "4111 1111 1111 1111 and more than that. ");
    driver.feed(&[says(0, "hello "), card.repeat(4)].concat(), &[60, 200, 300]);
    let driver = driver.check();
    let record = driver.record.unwrap();
    assert_eq!(record.end, EndKind::Cut);
    assert_eq!(record.decision.unwrap().verdict, Verdict::Deny);
}

#[test]
fn events_that_never_end_are_cut() {
    let arguments = "x".repeat(1 << 20);
    let piece = |index: usize| {
        delta(
            &format!(r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":"{arguments}"}}}}]}}"#),
            "null",
        )
    };
    let mut driver = Driver::answering();
    for index in 0..40 {
        driver.feed(&piece(index), &[]);
        if driver.record.is_some() || driver.exchange.state != State::Answering {
            assert!(index >= 31, "{index}");
            driver.check();
            return;
        }
    }
    panic!("forty MiB of arguments are held");
}

#[test]
fn what_follows_the_end_is_nobody_s() {
    let mut driver = Driver::answering();
    driver.feed(&[says(0, "hi"), b"data: [DONE]\n\n".to_vec()].concat(), &[]);
    let (length, deadline) = (driver.body.len(), driver.exchange.poll_deadline());
    driver.feed(&[b": alive\n\n".to_vec(), says(0, "more")].concat(), &[]);
    assert_eq!((driver.body.len(), driver.exchange.poll_deadline()), (length, deadline));
    driver.handle(Event::UpstreamEnd);
    assert_eq!(driver.check().record.unwrap().end, EndKind::Answered);
}

#[test]
fn a_client_that_leaves_while_room_is_asked_for_gives_it_back() {
    let mut driver = Driver::new();
    (0..2).for_each(|_| driver.answer(true));
    assert_eq!(driver.asked, Some("room"));
    driver.handle(Event::ClientGone);
    driver.answer(true);
    assert_eq!(driver.granted.len(), 1);
    assert_eq!(driver.check().record.unwrap().end, EndKind::ClientGone);
}

#[test]
fn a_client_that_leaves_pays_for_what_was_streamed() {
    let mut driver = Driver::answering();
    driver.feed(&[says(0, "four words of text, "), says(0, "and more")].concat(), &[]);
    driver.handle(Event::ClientGone);
    let record = driver.check().record.unwrap();
    assert_eq!((record.end, record.output_tokens), (EndKind::ClientGone, 7));
    let tokens = record.charges.iter().find(|charge| charge.kind == LimitKind::Tokens).unwrap();
    assert_eq!(tokens.amount, record.input_tokens + 7);
}
