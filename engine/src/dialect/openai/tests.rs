//! The dialect against the wire's shapes, and against any bytes.

mod answer;
mod embeddings;
mod fields;
mod request;

use super::*;
use crate::dialect::edit::{Edit, apply};
use crate::dialect::text::TextReader;
use proptest::prelude::*;

/// Bodies that are nearly requests.
fn near_request() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null"),
        Just("true"),
        Just("7"),
        Just("12345678"),
        Just("\"x\""),
        Just("[]"),
        Just("{}"),
        Just(r#""a\u0062\"""#),
        Just(r#"[{"type":"text","text":"x"}]"#),
        Just(
            r#"[{"role":"user","content":"x","tool_calls":[{"function":{"name":"n","arguments":"{\"a\":[1,\"\\u0041\"]}"}}]}]"#
        ),
        Just(r#"{"url":"data:,","name":"n","type":"function"}"#),
        Just(r#"[{"type":"function","function":{"name":"n"}}]"#),
        Just(
            r#"[{"index":0,"delta":{"content":"x"},"message":{"tool_calls":[{"function":{"arguments":"[\"x\"]"}}]}}]"#
        ),
    ];
    let key = prop_oneof![
        Just("model"),
        Just("messages"),
        Just("stream"),
        Just("stream_options"),
        Just("max_tokens"),
        Just("tools"),
        Just("n"),
        Just("metadata"),
        Just("functions"),
        Just("response_format"),
        Just("unknown"),
        Just("choices"),
        Just("usage"),
        Just("error"),
    ];
    let field = (key, value).prop_map(|(key, value)| (key, value.to_owned()));
    let fields = prop::collection::btree_map(
        field.clone().prop_map(|(key, _)| key),
        field.prop_map(|(_, value)| value),
        0..8,
    );
    (fields, 0..8_u8).prop_map(|(mut fields, whole)| {
        if whole > 0 {
            fields.insert("model", r#""m""#.to_owned());
            fields.insert("messages", MESSAGES.to_owned());
        }
        let fields: Vec<String> =
            fields.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    })
}

const MESSAGES: &str = r#"[{"role":"user","content":[{"type":"text","text":"a\u0062"},{"type":"image_url","image_url":"x"}],
    "tool_calls":[{"function":{"name":"n","arguments":"{\"a\":[12345678,\"\\u0041\"]}"}}]}]"#;

/// JSON of any form whose keys are the API's and whose strings are all `probe`.
fn probes() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![Just(serde_json::Value::from("probe")), Just(7.into()), Just(true.into())];
    let key = prop::sample::select(vec![
        "role",
        "content",
        "name",
        "type",
        "text",
        "function",
        "arguments",
        "parameters",
        "tool_calls",
        "image_url",
        "url",
        "detail",
        "custom",
        "json_schema",
        "schema",
        "description",
        "index",
        "id",
        "include_usage",
        "audio",
        "file",
        "file_data",
        "unknown",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn count_probes(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::String(text) => usize::from(text == "probe"),
        serde_json::Value::Array(list) => list.iter().map(count_probes).sum(),
        serde_json::Value::Object(map) => map.values().map(count_probes).sum(),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => 0,
    }
}

/// Fields that a probe is put under; more than one in ten is unknown.
const FIELDS: &[&str] = &[
    "messages",
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "metadata",
    "modalities",
    "prediction",
    "prompt_cache_key",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream_options",
    "tool_choice",
    "tools",
    "user",
    "verbosity",
    "web_search_options",
    "unknown",
    "other",
    "another",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn any_bytes_give_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = (ChatRequest::read(&bytes).is_ok(), ChatAnswer::read(&bytes).is_ok(), ChatEvent::read(&bytes).is_ok());
        prop_assert!(read_error(&bytes).is_none_or(|error| !error.message.contains('\0')));
    }

    #[test]
    fn no_string_passes_unseen(field in prop::sample::select(FIELDS), value in probes(), wrap in 0..4_u8) {
        let mut body = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        match wrap {
            0 => body[field] = value,
            1 => body["messages"] = serde_json::json!([{"role": "user", "content": [value]}]),
            2 => body["messages"] = serde_json::json!([{"role": "user", "tool_calls": [value]}]),
            _ => body["tools"] = serde_json::json!([{"type": "function", "function": {"name": "n", "parameters": value}}]),
        }
        let bytes = serde_json::to_vec(&body).unwrap();
        if let Ok(request) = ChatRequest::read(&bytes) {
            let mut reader = TextReader::new(&bytes);
            let seen = request.texts.iter().filter(|place| reader.read(place).text == "probe").count();
            let is_opaque = !request.unscannable.is_empty();
            prop_assert!(seen == count_probes(&body) || is_opaque, "{body}: {seen}");
        }
        let answer = serde_json::json!({"choices": [{"index": 0, "message": body["messages"][0], "delta": body}], "x": body});
        let bytes = serde_json::to_vec(&answer).unwrap();
        let mut reader = TextReader::new(&bytes);
        let read = ChatAnswer::read(&bytes).unwrap();
        let seen = read.texts.iter().filter(|text| reader.read(&text.place).text == "probe").count();
        prop_assert!(seen.saturating_add(read.tool_calls.len()) >= count_probes(&answer) || !read.unscannable.is_empty(), "{answer}: {seen}");
    }

    #[test]
    fn near_requests_are_read_and_rewritten(body in near_request(), cap in prop::option::of(1..20_u64)) {
        let bytes = body.as_bytes();
        if let Ok(request) = ChatRequest::read(bytes) {
            let mut reader = TextReader::new(bytes);
            let edits: Vec<Edit> = request.texts.iter().filter_map(|place| reader.read(place).replace("\"é\\")).collect();
            let sent = request.rewrite(bytes, ForUpstream { model: "m-1", cap, speaks: lang::model::Dialect::OpenAi }, edits).unwrap();
            let again = serde_json::from_slice::<serde_json::Value>(&sent).unwrap();
            prop_assert_eq!(&again["model"], "m-1");
            prop_assert_eq!(request.max_tokens_under(cap), again["max_completion_tokens"].as_u64().or(again["max_tokens"].as_u64()));
        }
        if let Ok(answer) = ChatAnswer::read(bytes) {
            let mut reader = TextReader::new(bytes);
            let edits: Vec<Edit> = answer.texts.iter().filter_map(|text| reader.read(&text.place).replace("\"é\\")).collect();
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&apply(bytes, edits).unwrap()).is_ok());
        }
        if let Ok(ChatEvent::Chunk(chunk)) = ChatEvent::read(bytes) {
            let mut reader = TextReader::new(bytes);
            let edits: Vec<Edit> = chunk.texts.iter().filter_map(|text| reader.read(&text.place).replace("\"é\\")).collect();
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&apply(bytes, edits).unwrap()).is_ok());
        }
    }
}
