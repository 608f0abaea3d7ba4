//! The stand-in's answers, read back by the dialect.

use super::*;
use crate::dialect::answer::Part;
use crate::dialect::openai::{ChatAnswer, ChatEvent};
use crate::dialect::sse::{EVENT_BYTES_MAX, SseItem, SseParser};
use crate::dialect::text::TextReader;
use proptest::prelude::*;

const PLAIN: &[u8] = br#"{"model":"m-1","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":[{"type":"text","text":"caf\u00e9 \"x\""}]}]}"#;
const STREAM: &[u8] = br#"{"model":"m-1","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}"#;

fn events(answer: &Answer) -> Vec<Vec<u8>> {
    let mut parser = SseParser::new(EVENT_BYTES_MAX);
    let bytes = answer.pieces.concat();
    let mut input = bytes.as_slice();
    let mut events = Vec::new();
    while let Some(item) = parser.next(&mut input).unwrap() {
        if let SseItem::Event(event) = item {
            events.push(event.data);
        }
    }
    events
}

/// All text of a stream's part.
fn said(answer: &Answer, part: &Part) -> String {
    let mut text = String::new();
    for data in events(answer) {
        let ChatEvent::Chunk(chunk) = ChatEvent::read(&data).unwrap() else { continue };
        let mut reader = TextReader::new(&data);
        for piece in chunk.texts.iter().filter(|piece| piece.channel.part == *part) {
            text.push_str(&reader.read(&piece.place).text);
        }
    }
    text
}

#[test]
fn a_plain_answer_echoes_what_arrived() {
    let answer = chat(PLAIN, &Reply::default(), 7);
    let body = answer.pieces.concat();
    let read = ChatAnswer::read(&body).unwrap();
    let mut reader = TextReader::new(&body);
    let texts: Vec<_> = read.texts.iter().map(|text| reader.read(&text.place).text.into_owned()).collect();
    assert_eq!(texts, ["Simulated answer by m-1: you said \"café \"x\"\"."]);
    assert_eq!(read.finish_reasons, [(0, "stop".to_owned())]);
    assert_eq!(read.usage, Some(Usage { input: 15, output: 12, cached_input: 0 }));
    assert_eq!(answer, chat(PLAIN, &Reply::default(), 7));
    assert_ne!(answer, chat(STREAM, &Reply::default(), 7));
}

#[test]
fn a_stream_is_cut_where_its_pieces_are() {
    let pieces = vec!["Card ".to_owned(), "4".to_owned(), "111".to_owned()];
    let reply = Reply { pieces, cut: NonZeroUsize::new(1), say: Some("not this".into()), ..Reply::default() };
    let answer = chat(STREAM, &reply, 7);
    let deltas: Vec<String> = events(&answer)
        .iter()
        .filter_map(|event| serde_json::from_slice::<serde_json::Value>(event).ok())
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(deltas, ["", "Card ", "4", "111"]);
    assert!(String::from_utf8(chat(PLAIN, &reply, 7).pieces.concat()).unwrap().contains("Card 4111"));
}

#[test]
fn a_stream_says_the_same_in_any_cut() {
    for cut in [1, 2, 7, 1000] {
        let reply =
            Reply { cut: NonZeroUsize::new(cut), say: Some("grüße, 世界".into()), ..Reply::default() };
        let answer = chat(STREAM, &reply, 7);
        assert_eq!(said(&answer, &Part::Content), "grüße, 世界", "cut {cut}");
        assert_eq!(events(&answer).last().unwrap(), b"[DONE]");
    }
}

#[test]
fn usage_is_streamed_when_it_is_asked_for() {
    let asked = events(&chat(STREAM, &Reply::default(), 7));
    let without = String::from_utf8(STREAM.to_vec()).unwrap().replace("true}}", "false}}");
    let silent = events(&chat(without.as_bytes(), &Reply::default(), 7));
    let usage_only = |events: &[Vec<u8>]| {
        let is_it = |data: &&Vec<u8>| matches!(ChatEvent::read(data), Ok(ChatEvent::Chunk(chunk)) if chunk.is_usage_only);
        events.iter().filter(is_it).count()
    };
    assert_eq!((usage_only(&asked), usage_only(&silent)), (1, 0));
}

#[test]
fn tools_are_called() {
    let script =
        Script::parse(r#"call=get_balance, arguments="{\"iban\":\"DE89\"}", call=stop, cut=3"#).unwrap();
    let answer = chat(STREAM, &script.reply("any"), 7);
    assert_eq!(said(&answer, &Part::Arguments(0)), r#"{"iban":"DE89"}"#);
    assert_eq!(said(&answer, &Part::Arguments(1)), "{}");
    let body = chat(PLAIN, &script.reply("any"), 7).pieces.concat();
    let names: Vec<_> =
        ChatAnswer::read(&body).unwrap().tool_calls.into_iter().map(|call| call.name).collect();
    assert_eq!(names, ["get_balance", "stop"]);
}

#[test]
fn failures_are_scripted() {
    let failed = chat(PLAIN, &Reply { status: Some(503), ..Reply::default() }, 7);
    assert_eq!(failed.status, 503);
    assert!(String::from_utf8(failed.pieces.concat()).unwrap().contains("server_error"));
    let broken = chat(STREAM, &Reply { truncate: Some(2), ..Reply::default() }, 7);
    assert_eq!((broken.pieces.len(), broken.end), (2, End::Broken));
    let garbage = chat(PLAIN, &Reply { garbage: true, ..Reply::default() }, 7);
    assert!(ChatAnswer::read(&garbage.pieces.concat()).is_err());
    assert_eq!(chat(b"{}", &Reply::default(), 7).status, 400);
    let late = chat(PLAIN, &Reply { delay: Duration::from_secs(2), ..Reply::default() }, 7);
    assert_eq!(late.delay, Duration::from_secs(2));
}

#[test]
fn a_small_request_cannot_ask_for_a_flood() {
    let many = String::from_utf8(STREAM.to_vec()).unwrap().replace("{\"model\"", "{\"n\":128,\"model\"");
    let reply =
        Reply { say: Some("x".repeat(SCRIPT_BYTES_MAX)), cut: NonZeroUsize::new(1), ..Reply::default() };
    assert!(chat(many.as_bytes(), &reply, 7).pieces.len() < 70_000);
    let long = String::from_utf8(PLAIN.to_vec()).unwrap().replace("caf", &"é".repeat(20_000));
    let answer = chat(long.as_bytes(), &Reply::default(), 7).pieces.concat();
    assert!(answer.len() < 17_500 && String::from_utf8(answer).unwrap().contains("éé…"));
}

#[test]
fn scripts_are_read() {
    let reply = |text: &str| Script::parse(text).unwrap().reply("azure/westeurope");
    let rows: &[(&str, Reply)] = &[
        ("", Reply::default()),
        (" , ;", Reply::default()),
        ("status=503", Reply { status: Some(503), ..Reply::default() }),
        ("delay=250ms", Reply { delay: Duration::from_millis(250), ..Reply::default() }),
        ("delay=10m", Reply { delay: DELAY_MAX, ..Reply::default() }),
        ("say=hello there", Reply { say: Some("hello there".into()), ..Reply::default() }),
        ("say=", Reply { say: Some(String::new()), ..Reply::default() }),
        (r#"say="a, \"b\"; \\c=d" "#, Reply { say: Some(r#"a, "b"; \c=d"#.into()), ..Reply::default() }),
        ("say=x: y=z", Reply { say: Some("x: y=z".into()), ..Reply::default() }),
        ("cut=7;garbage", Reply { cut: NonZeroUsize::new(7), garbage: true, ..Reply::default() }),
        ("azure/westeurope:status=503", Reply { status: Some(503), ..Reply::default() }),
        ("azure/westeurope:status=500, status=429", Reply { status: Some(500), ..Reply::default() }),
        ("mistral/eu:status=503", Reply::default()),
        (
            "truncate=3, finish=length",
            Reply { truncate: Some(3), finish_reason: Some("length".into()), ..Reply::default() },
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(&reply(text), expected, "{text}");
    }
}

#[test]
fn scripts_are_refused() {
    let rows = [
        ("stauts=503", "no setting is called `stauts`"),
        ("status=99", "`status` takes a status from 200 to 599, not `99`"),
        ("delay=2", "`delay` takes"),
        ("delay=601s", "`delay` takes"),
        ("cut=0", "`cut` takes a number from 1, not `0`"),
        ("say=\"open", "a quoted value does not end"),
        ("say=\"a\" b", "a quoted value does not end"),
        ("arguments={}", "`arguments` stands without"),
        ("call=", "`call` takes"),
        ("garbage=1", "`garbage` takes no value"),
    ];
    for (text, expected) in rows {
        let message = Script::parse(text).expect_err(text).to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    assert!(Script::parse(&" ".repeat(SCRIPT_BYTES_MAX)).is_ok());
    assert_eq!(Script::parse(&" ".repeat(SCRIPT_BYTES_MAX + 1)), Err(ScriptError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_script_is_read_or_refused(text in r#"[a-z=:,;"\\0-9 /é]{0,40}"#) {
        if let Ok(script) = Script::parse(&text) {
            script.reply("a/b");
        }
    }

    #[test]
    fn what_is_said_arrives(say in any::<String>(), cut in 1..20_usize) {
        let reply = Reply { say: Some(say.clone()), cut: NonZeroUsize::new(cut), ..Reply::default() };
        prop_assert_eq!(said(&chat(STREAM, &reply, 7), &Part::Content), say);
    }
}
