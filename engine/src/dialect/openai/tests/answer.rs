//! Answers, chunks and errors as they are on the wire.

use super::*;
use crate::dialect::answer::{Channel, Part, ProviderError, ToolCallName};
use crate::dialect::report::ErrorReport;
use crate::dialect::text::{Form, source_texts};
use lang::model::Kind;

#[test]
fn a_plain_answer_is_read() {
    let body = br#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[
        {"index":0,"message":{"role":"assistant","content":"x","refusal":null,"annotations":[{"type":"url_citation","title":"t"}],
        "reasoning_content":"r","tool_calls":[{"id":"call_i1","type":"function","function":{"name":"n","arguments":"{\"k\":\"v\"}"}}]},
        "logprobs":null,"finish_reason":"tool_calls"},
        {"index":1,"message":{"role":"assistant","content":null,"audio":{"id":"audio_a1","data":"aGk=","transcript":"s"}},"finish_reason":"stop","logprobs":{}}],
        "usage":{"prompt_tokens":5,"completion_tokens":6,"prompt_tokens_details":{"cached_tokens":2}},"extra":{"note":"e"}}"#;
    let answer = ChatAnswer::read(body).unwrap();
    let mut reader = TextReader::new(body);
    let read: Vec<(u64, Part, String)> = answer
        .texts
        .iter()
        .map(|text| {
            (text.channel.choice, text.channel.part.clone(), reader.read(&text.place).text.into_owned())
        })
        .collect();
    let expected = [
        (0, Part::Content, "x"),
        (0, Part::Apart(1), "type"),
        (0, Part::Apart(2), "url_citation"),
        (0, Part::Apart(3), "title"),
        (0, Part::Apart(4), "t"),
        (0, Part::Reasoning, "r"),
        (0, Part::Arguments(0), "k"),
        (0, Part::Arguments(0), "v"),
        (1, Part::Apart(8), "s"),
        (0, Part::Apart(9), "note"),
        (0, Part::Apart(10), "e"),
    ];
    assert_eq!(read, expected.map(|(choice, part, text)| (choice, part, text.to_owned())));
    assert_eq!(answer.tool_calls, [ToolCallName { choice: 0, index: 0, name: "n".into() }]);
    assert_eq!(answer.finish_reasons, [(0, "tool_calls".to_owned()), (1, "stop".to_owned())]);
    assert_eq!(answer.usage.map(|usage| (usage.input, usage.output, usage.cached_input)), Some((5, 6, 2)));
    assert_eq!(answer.unscannable.as_slice(), [Kind::Audio]);
    assert!(answer.has_logprobs);
}

#[test]
fn what_is_no_answer_is_refused() {
    for body in ["", "{}", "[]", "null", r#"{"choices":{}}"#, r#"{"choices":[],"Choices":[]}"#, "<html>"] {
        assert!(ChatAnswer::read(body.as_bytes()).is_err(), "{body}");
    }
    let error = read_error(br#"{"error":{"message":"m","type":"t","code":null}}"#);
    assert_eq!(error, Some(ProviderError { message: "m".into(), kind: "t".into(), code: String::new() }));
    assert_eq!(read_error(br#"{"error":"m"}"#).map(|error| error.message), Some("m".into()));
    assert_eq!(read_error(b"{}"), None);
}

fn chunk(data: &str) -> ChatChunk {
    match ChatEvent::read(data.as_bytes()) {
        Ok(ChatEvent::Chunk(chunk)) => chunk,
        other => panic!("{other:?}"),
    }
}

const HEAD: &str = r#""id":"c","object":"chat.completion.chunk","created":1,"model":"m","#;

#[test]
fn chunks_are_read_and_rewritten_in_place() {
    let data = format!(
        r#"{{{HEAD}"choices":[{{"index":1, "delta":{{"content":"a\u0062"}},"finish_reason":"stop"}}]}}"#
    );
    let read = chunk(&data);
    assert_eq!(read.finish_reasons, [(1, "stop".to_owned())]);
    let text = TextReader::new(data.as_bytes()).read(&read.texts[0].place);
    assert_eq!((text.text.as_ref(), read.texts[0].channel.part.clone()), ("ab", Part::Content));
    assert_eq!(text.replace("ab"), None);
    let edited = apply(data.as_bytes(), vec![text.replace("x\"").unwrap()]).unwrap();
    assert_eq!(String::from_utf8(edited).unwrap(), data.replace(r"a\u0062", r#"x\""#));
}

#[test]
fn pieces_of_arguments_stay_source() {
    let delta = r#"{"tool_calls":[{"index":2,"id":"call_i1","type":"function","function":{"name":"n","arguments":"{\"k\": \"4"}}]}"#;
    let data = format!(r#"{{{HEAD}"choices":[{{"index":0,"delta":{delta}}}]}}"#);
    let read = chunk(&data);
    assert_eq!(read.tool_calls, [ToolCallName { choice: 0, index: 2, name: "n".into() }]);
    assert_eq!(
        (read.texts[0].channel.part.clone(), read.texts[0].place.form),
        (Part::Arguments(2), Form::Source)
    );
    let text = TextReader::new(data.as_bytes()).read(&read.texts[0].place);
    assert_eq!(text.text, "{\"k\": \"4");
    let source = format!("{{\"k\": \"{}", Form::Source.escape("a\"b"));
    let edited = apply(data.as_bytes(), vec![text.replace(&source).unwrap()]).unwrap();
    assert!(String::from_utf8(edited).unwrap().contains(r#""arguments":"{\"k\": \"a\\\"b""#));
}

#[test]
fn arguments_put_together_are_read_as_json() {
    let source = br#"{"k": "\u0034111", "n": 41111111}"#;
    let mut reader = TextReader::new(source);
    let mut edits = Vec::new();
    for place in source_texts(source).unwrap() {
        edits.extend(
            reader.read(&place).text.contains("4111").then(|| reader.read(&place).replace("[\"]")).flatten(),
        );
    }
    assert_eq!(apply(source, edits).unwrap(), br#"{"k": "[\"]", "n": "[\"]"}"#);
    assert_eq!(source_texts(br#"{"k": "#), None);
}

#[test]
fn held_text_gets_a_chunk_of_its_own() {
    let head = ChunkHead::read(format!(r#"{{{HEAD}"system_fingerprint":"f","choices":[]}}"#).as_bytes());
    let parts = [
        Part::Content,
        Part::Refusal,
        Part::Reasoning,
        Part::Arguments(3),
        Part::CustomInput(1),
        Part::FunctionArguments,
        Part::Field("thought \"x\"".into()),
    ];
    for part in parts {
        let channel = Channel { choice: 4, part };
        let data = head.chunk(&channel, "é\"\n").unwrap();
        let data = String::from_utf8(data).unwrap();
        let read = chunk(&data);
        assert_eq!(ChunkHead::read(data.as_bytes()), head);
        assert_eq!(read.texts.len(), 1, "{data}");
        assert_eq!(read.texts[0].channel, channel, "{data}");
        assert_eq!(TextReader::new(data.as_bytes()).read(&read.texts[0].place).text, "é\"\n");
    }
    let nested = Channel { choice: 0, part: Part::Apart(3) };
    assert_eq!(head.chunk(&nested, "x"), None);
}

#[test]
fn events_are_told_apart() {
    let usage = format!(r#"{{{HEAD}"choices":[],"usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#);
    assert!(chunk(&usage).is_usage_only);
    assert_eq!(chunk(&usage).usage.map(|usage| (usage.input, usage.output)), Some((1, 2)));
    assert!(!chunk(&format!(r#"{{{HEAD}"choices":[],"prompt_filter_results":[]}}"#)).is_usage_only);
    assert!(
        !chunk(&format!(r#"{{{HEAD}"choices":[{{"index":0,"delta":{{}}}}],"usage":{{}}}}"#)).is_usage_only
    );
    assert!(matches!(ChatEvent::read(b" [DONE] "), Ok(ChatEvent::Done)));
    assert!(matches!(ChatEvent::read(br#"{"error":{"message":"m"}}"#), Ok(ChatEvent::Error(_))));
    assert!(
        ChatEvent::read(b"[]").is_err() && ChatEvent::read(b"").is_err() && ChatEvent::read(b"{").is_err()
    );
}

#[test]
fn errors_have_the_shape_that_clients_know() {
    let rows = [
        (400, "request_invalid", "invalid_request_error"),
        (401, "unauthenticated", "authentication_error"),
        (403, "residency", "permission_error"),
        (413, "body_too_large", "invalid_request_error"),
        (429, "rate_limited", "rate_limit_error"),
        (429, "budget_exhausted", "insufficient_quota"),
        (500, "policy_error", "server_error"),
        (503, "no_endpoint", "server_error"),
    ];
    for (status, reason, kind) in rows {
        let report = ErrorReport {
            status,
            reason,
            message: "a \"b\"\n",
            param: Some("model"),
            decision: "d",
            rule: Some("r"),
            file: Some("f.ascp"),
            line: Some(3),
        };
        let body: serde_json::Value = serde_json::from_slice(&error_body(&report)).unwrap();
        let expected = serde_json::json!({"error": {
            "message": "a \"b\"\n", "type": kind, "param": "model", "code": reason,
            "ascp": {"reason": reason, "decision": "d", "rule": "r", "file": "f.ascp", "line": 3},
        }});
        assert_eq!(body, expected, "{status}");
        let event = String::from_utf8(error_event(&report)).unwrap();
        assert!(
            event.starts_with("data: {\"error\"") && event.ends_with("}\n\n") && event.lines().count() == 2
        );
    }
}
