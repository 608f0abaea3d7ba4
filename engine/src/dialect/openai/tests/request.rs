//! Chat requests as they are on the wire.

use super::*;
use crate::dialect::text::TextPlace;
use lang::model::{Accepts, Kind};

/// A request of one user message and these further fields.
fn with(fields: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}]{fields}}}"#)
}

fn read(body: &str) -> ChatRequest {
    ChatRequest::read(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// All texts, in their order.
pub(super) fn texts(body: &[u8], places: &[TextPlace]) -> Vec<String> {
    let mut reader = TextReader::new(body);
    places.iter().map(|place| reader.read(place).text.into_owned()).collect()
}

#[test]
fn a_request_is_read() {
    let body = with(
        r#","stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"user":"u1","n":2,"logprobs":true,
        "tools":[{"type":"function","function":{"name":"b"}},{"type":"custom","custom":{"name":"a"}},
        {"type":"web_search_preview_2025_03_11"},{"type":"mcp","server_url":"https://x"}],"store":true,
        "response_format":{"type":"json_schema","json_schema":{"name":"s"}}"#,
    );
    let request = read(&body);
    assert_eq!((request.model.as_str(), request.user.as_str()), ("m", "u1"));
    assert_eq!((request.stream, request.include_usage, request.wants_logprobs), (true, true, true));
    assert_eq!((request.max_tokens, request.choices), (Some(7), 2));
    assert_eq!(request.tools.as_slice(), ["a", "b"]);
    let hosted: Vec<&str> = request.hosted.iter().map(AsRef::as_ref).collect();
    assert_eq!(hosted, ["mcp", "store", "web_search"]);
    assert_eq!(request.needs.as_slice(), [Accepts::Text, Accepts::Tools, Accepts::JsonSchema]);
}

#[test]
fn text_is_found_wherever_it_lives() {
    let message = |fields: &str| format!(r#"{{"model":"m","messages":[{{"role":"user",{fields}}}]}}"#);
    let rows: &[(&str, String, &[&str])] = &[
        ("a string", message(r#""content":"x""#), &["x"]),
        ("an escape", message(r#""content":"\u0034111""#), &["4111"]),
        (
            "parts",
            message(r#""content":[{"type":"text","text":"x"},{"type":"refusal","refusal":"y"}]"#),
            &["x", "y"],
        ),
        ("an unknown part", message(r#""content":[{"type":"poem","lines":["x"]}]"#), &["poem", "lines", "x"]),
        ("a name", message(r#""name":"x","content":null"#), &["x"]),
        ("a strange role", r#"{"model":"m","messages":[{"role":"4111","content":""}]}"#.into(), &["4111"]),
        ("a result", message(r#""tool_call_id":"c","content":"x""#), &["c", "x"]),
        ("unknown fields", with(r#","x":{"y":["z",1,12345678]}"#), &["hi", "x", "y", "z", "12345678"]),
        ("metadata", with(r#","metadata":{"k":"v"}"#), &["hi", "k", "v"]),
        ("a strange word", with(r#","service_tier":"4111""#), &["hi", "4111"]),
        ("a known word", with(r#","service_tier":"flex""#), &["hi"]),
        ("a word that is an object", with(r#","service_tier":{"a":"b"}"#), &["hi", "a", "b"]),
        ("prediction", with(r#","prediction":{"type":"content","content":"x"}"#), &["hi", "x"]),
        ("stop", with(r#","stop":["x","y"]"#), &["hi", "x", "y"]),
        ("long seed", with(r#","seed":4111111111111111"#), &["hi", "4111111111111111"]),
        (
            "search",
            with(r#","web_search_options":{"user_location":{"city":"x"}}"#),
            &["hi", "user_location", "city", "x"],
        ),
        (
            "a tool",
            with(
                r#","tools":[{"type":"function","function":{"name":"n","description":"d","parameters":{"type":"object","properties":{"p":{"enum":["e"],"default":12345678}}}}}]"#,
            ),
            &["hi", "n", "d", "p", "e", "12345678"],
        ),
        (
            "arguments",
            message(
                r#""tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":"{\"k\":\"\\u0034111\",\"n\":41111111}"}}]"#,
            ),
            &["c", "n", "k", "4111", "n", "41111111"],
        ),
        (
            "arguments that are no JSON",
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": 4"}}]"#),
            &["{\"k\": 4"],
        ),
    ];
    for (name, body, expected) in rows {
        assert_eq!(texts(body.as_bytes(), &read(body).texts), *expected, "{name}");
    }
}

#[test]
fn what_no_detector_reads_is_told() {
    let part = |part: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#);
    let rows: &[(&str, String, &[Kind], &[&str])] = &[
        (
            "data",
            part(r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}"#),
            &[Kind::Image],
            &[],
        ),
        (
            "address",
            part(r#"{"type":"image_url","image_url":{"url":"http://x"}}"#),
            &[Kind::Image, Kind::Url],
            &["http://x"],
        ),
        (
            "address as a string",
            part(r#"{"type":"image_url","image_url":"http://x"}"#),
            &[Kind::Image, Kind::Url],
            &["http://x"],
        ),
        (
            "payload under another type",
            part(r#"{"type":"text","image_url":{"url":"data:;base64,aGk="}}"#),
            &[Kind::Image],
            &[],
        ),
        (
            "audio",
            part(r#"{"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}}"#),
            &[Kind::Audio],
            &[],
        ),
        (
            "file",
            part(r#"{"type":"file","file":{"file_data":"aGk=","filename":"f"}}"#),
            &[Kind::Document],
            &["f"],
        ),
        ("stored file", part(r#"{"type":"file","file":{"file_id":"id"}}"#), &[Kind::File], &["id"]),
        (
            "video",
            part(r#"{"type":"video_url","video_url":{"url":"http://x"}}"#),
            &[Kind::Video, Kind::Url],
            &["http://x"],
        ),
        ("unknown", part(r#"{"type":"smell"}"#), &[Kind::File], &["smell"]),
    ];
    for (name, body, kinds, expected) in rows {
        let request = read(body);
        assert_eq!(request.unscannable.as_slice(), *kinds, "{name}");
        assert_eq!(texts(body.as_bytes(), &request.texts), *expected, "{name}");
        assert_eq!(request.size.opaque_parts, 1, "{name}");
    }
    let spoken = read(&with(r#","modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"}"#));
    assert_eq!(spoken.unscannable_output.as_slice(), [Kind::Audio]);
    assert!(spoken.needs.contains(&Accepts::Audio));
}

#[test]
fn bad_requests_are_refused_where_they_are_bad() {
    let rows: &[(&str, &str, Option<&str>)] = &[
        ("nothing", "", None),
        ("an array", "[]", None),
        ("trailing bytes", &(with("") + "{}"), None),
        ("key twice", &with(r#","model":"x""#), None),
        ("key in another case", &with(r#","Model":"x""#), None),
        ("key in another case, deep", &with(r#","metadata":{"a":1,"A":2}"#), None),
        ("too deep", &with(&format!(r#","x":{}{}"#, "[".repeat(64), "]".repeat(64))), None),
        ("no model", r#"{"messages":[{"role":"user"}]}"#, Some("model")),
        ("model null", r#"{"model":null,"messages":[{"role":"user"}]}"#, Some("model")),
        ("model a number", r#"{"model":4,"messages":[{"role":"user"}]}"#, Some("model")),
        ("model empty", r#"{"model":"","messages":[{"role":"user"}]}"#, Some("model")),
        ("no messages", r#"{"model":"m"}"#, Some("messages")),
        ("messages an object", r#"{"model":"m","messages":{}}"#, Some("messages")),
        ("messages empty", r#"{"model":"m","messages":[]}"#, Some("messages")),
        ("a message a string", r#"{"model":"m","messages":["x"]}"#, Some("messages[0]")),
        (
            "no role",
            r#"{"model":"m","messages":[{"role":"user"},{"content":"x"}]}"#,
            Some("messages[1].role"),
        ),
        (
            "content an object",
            r#"{"model":"m","messages":[{"role":"user","content":{}}]}"#,
            Some("messages[0].content"),
        ),
        (
            "a part a string",
            r#"{"model":"m","messages":[{"role":"user","content":["x"]}]}"#,
            Some("messages[0].content[0]"),
        ),
        ("stream a string", &with(r#","stream":"true""#), Some("stream")),
        ("options an array", &with(r#","stream_options":[]"#), Some("stream_options")),
        ("maximum a string", &with(r#","max_tokens":"7""#), Some("max_tokens")),
        ("maximum a fraction", &with(r#","max_tokens":7.5"#), Some("max_tokens")),
        ("maximum zero", &with(r#","max_tokens":0"#), Some("max_tokens")),
        ("maximum negative", &with(r#","max_tokens":-7"#), Some("max_tokens")),
        ("maximum too large", &with(r#","max_tokens":99999999999999999999"#), Some("max_tokens")),
        ("maxima differ", &with(r#","max_tokens":7,"max_completion_tokens":8"#), Some("max_tokens")),
        ("choices", &with(r#","n":129"#), Some("n")),
        ("no choices", &with(r#","n":0"#), Some("n")),
        ("temperature", &with(r#","temperature":"hot""#), Some("temperature")),
        ("a tool without type", &with(r#","tools":[{"function":{"name":"n"}}]"#), Some("tools[0].type")),
        (
            "a tool without name",
            &with(r#","tools":[{"type":"function","function":{}}]"#),
            Some("tools[0].function.name"),
        ),
        ("a tool a string", &with(r#","tools":["x"]"#), Some("tools[0].type")),
        ("tools an object", &with(r#","tools":{}"#), Some("tools")),
        ("functions an object", &with(r#","functions":{"name":"f"}"#), Some("functions")),
    ];
    for (name, body, param) in rows {
        let error = ChatRequest::read(body.as_bytes()).expect_err(name);
        assert_eq!(error.param.as_deref(), *param, "{name}: {error}");
        assert_eq!(error.reason.as_str(), "request_invalid", "{name}");
        assert!(!error.message.is_empty() && !error.message.contains('\n'), "{name}");
    }
}

#[test]
fn fields_that_steer_past_the_policy_are_refused() {
    for field in ["models", "provider", "route", "fallbacks", "api_base", "api_key", "extra_body"] {
        let error = ChatRequest::read(with(&format!(",\"{field}\":\"x\"")).as_bytes()).expect_err(field);
        assert_eq!((error.reason.as_str(), error.param.as_deref()), ("unsupported", Some(field)));
    }
}

#[test]
fn limits_hold_at_their_edges() {
    let model =
        |length: usize| format!(r#"{{"model":"{}","messages":[{{"role":"user"}}]}}"#, "m".repeat(length));
    assert!(ChatRequest::read(model(MODEL_BYTES_MAX).as_bytes()).is_ok());
    assert!(ChatRequest::read(model(MODEL_BYTES_MAX.saturating_add(1)).as_bytes()).is_err());
    assert_eq!(read(&with(r#","n":128"#)).choices, CHOICES_MAX);
    let numbers = with(r#","x":[1234567,12345678]"#);
    assert_eq!(texts(numbers.as_bytes(), &read(&numbers).texts), ["hi", "x", "12345678"]);
}

#[test]
fn size_is_what_the_model_may_see() {
    let rows: &[(&str, String, u64)] = &[
        ("one message", with(""), 1 + 4),
        ("escapes are undone", with(r#","stop":"\u0061\u0062""#), 1 + 4),
        ("schema words count", with(r#","tools":[{"type":"function","function":{"name":"abcd"}}]"#), 8 + 4),
        ("known words do not", with(r#","service_tier":"default""#), 1 + 4),
    ];
    for (name, body, tokens) in rows {
        assert_eq!(read(body).size.tokens(), *tokens, "{name}");
    }
}

#[test]
fn nulls_are_as_good_as_absent() {
    let fields = [
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "tools",
        "n",
        "user",
        "stop",
        "response_format",
        "web_search_options",
        "metadata",
        "logprobs",
        "top_logprobs",
        "modalities",
        "functions",
    ];
    let nulls = fields.map(|field| format!(",\"{field}\":null")).concat();
    let (sparse, full) = (read(&with("")), read(&with(&nulls)));
    assert_eq!(full.texts, sparse.texts);
    assert_eq!((full.max_tokens, full.stream, full.choices), (None, false, 1));
    assert!(full.hosted.is_empty() && full.tools.is_empty() && !full.wants_logprobs);
}

fn for_openai(cap: Option<u64>) -> ForUpstream<'static> {
    ForUpstream { model: "m-1", cap, speaks: lang::model::Dialect::OpenAi }
}

#[test]
fn a_request_is_rewritten_for_its_upstream() {
    let head = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]"#;
    let pinned = r#"{"model":"m-1","messages":[{"role":"user","content":"hi"}]"#;
    let rows: &[(&str, Option<u64>, &str, &str, &str)] = &[
        ("as it is", None, "", "", ""),
        ("below the cap", Some(9), r#","max_tokens":7}"#, "", r#","max_tokens":7}"#),
        ("above the cap", Some(5), r#","max_tokens" : 7}"#, "", r#","max_tokens" : 5}"#),
        (
            "both names",
            Some(5),
            r#","max_tokens":7,"max_completion_tokens":7}"#,
            "",
            r#","max_tokens":5,"max_completion_tokens":5}"#,
        ),
        ("no maximum", Some(5), "", r#""max_completion_tokens":5,"#, ""),
        ("null for a maximum", Some(5), r#","max_tokens":null}"#, "", r#","max_tokens":5}"#),
        (
            "a null beside one",
            Some(5),
            r#","max_tokens":null,"max_completion_tokens":7}"#,
            "",
            r#","max_tokens":null,"max_completion_tokens":5}"#,
        ),
        (
            "no options",
            None,
            r#","stream":true}"#,
            r#""stream_options":{"include_usage":true},"#,
            r#","stream":true}"#,
        ),
        (
            "null options",
            None,
            r#","stream":true,"stream_options":null}"#,
            "",
            r#","stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            "empty options",
            None,
            r#","stream":true,"stream_options":{ }}"#,
            "",
            r#","stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            "other options",
            None,
            r#","stream":true,"stream_options":{"a":1}}"#,
            "",
            r#","stream":true,"stream_options":{"include_usage":true,"a":1}}"#,
        ),
        (
            "declined",
            None,
            r#","stream":true,"stream_options":{"include_usage":false}}"#,
            "",
            r#","stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        ("no stream", None, r#","stream":false}"#, "", r#","stream":false}"#),
    ];
    for &(name, cap, tail, inserted, expected) in rows {
        let or_end = |text: &str| if text.is_empty() { "}".to_owned() } else { text.to_owned() };
        let body = format!("{head}{}", or_end(tail));
        let sent = read(&body).rewrite(body.as_bytes(), for_openai(cap), vec![]).unwrap();
        let expected = format!("{{{inserted}{}{}", pinned.strip_prefix('{').unwrap(), or_end(expected));
        assert_eq!(String::from_utf8(sent).unwrap(), expected, "{name}");
        ChatRequest::read(expected.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Replaces `needle` in every text of a body that holds it.
fn redact(body: &str, needle: &str, value: &str) -> String {
    let mut reader = TextReader::new(body.as_bytes());
    let mut edits: Vec<Edit> = Vec::new();
    for place in read(body).texts {
        let text = reader.read(&place);
        let found =
            text.text.match_indices(needle).map(|(at, _)| (at..at.saturating_add(needle.len()), value));
        edits.extend(text.rewrite(&found.collect::<Vec<_>>()));
    }
    String::from_utf8(apply(body.as_bytes(), edits).unwrap()).unwrap()
}

#[test]
fn redaction_changes_only_what_was_found() {
    let message = |fields: &str| format!(r#"{{ "model":"m", "messages":[{{"role":"user",{fields}}}] }}"#);
    let rows: &[(&str, String, String)] = &[
        ("twice", message(r#""content":"a 4111 b 4111""#), message(r#""content":"a [\"] b [\"]""#)),
        (
            "escaped",
            message(r#""content":"\u00e9\u0034\u00311\u0031\/""#),
            message(r#""content":"\u00e9[\"]\/""#),
        ),
        ("a number", message(r#""x":12341119"#), message(r#""x":"123[\"]9""#)),
        ("a key", message(r#""x":{"4111":1}"#), message(r#""x":{"[\"]":1}"#)),
        (
            "in arguments",
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": \"x\\u00344111\"}"}}]"#),
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": \"x\\u0034[\\\"]\"}"}}]"#),
        ),
        (
            "a number in arguments",
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": 12341119}"}}]"#),
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": \"123[\\\"]9\"}"}}]"#),
        ),
        (
            "in arguments that are no JSON",
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": \"4111"}}]"#),
            message(r#""tool_calls":[{"function":{"arguments":"{\"k\": \"[\\\"]"}}]"#),
        ),
    ];
    for (name, body, expected) in rows {
        assert_eq!(&redact(body, "4111", "[\"]"), expected, "{name}");
    }
}

#[test]
fn mistral_is_told_a_cap_by_the_name_that_it_knows() {
    let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let upstream = ForUpstream { model: "m-1", cap: Some(9), speaks: lang::model::Dialect::Mistral };
    let sent = read(body).rewrite(body.as_bytes(), upstream, vec![]).unwrap();
    let expected =
        r#"{"max_tokens":9,"model":"m-1","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(String::from_utf8(sent).unwrap(), expected);
}
