//! The dialect against the wire's shapes, and against any bytes.

mod answer;
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn any_bytes_give_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = (ChatRequest::read(&bytes).is_ok(), ChatAnswer::read(&bytes).is_ok(), ChatEvent::read(&bytes).is_ok());
        prop_assert!(read_error(&bytes).is_none_or(|error| !error.message.contains('\0')));
    }

    #[test]
    fn near_requests_are_read_and_rewritten(body in near_request(), cap in prop::option::of(1..20_u64)) {
        let bytes = body.as_bytes();
        if let Ok(request) = ChatRequest::read(bytes) {
            let mut reader = TextReader::new(bytes);
            let edits: Vec<Edit> = request.texts.iter().filter_map(|place| reader.read(place).replace("\"é\\")).collect();
            let sent = request.rewrite(bytes, ForUpstream { model: "m-1", cap }, edits).unwrap();
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
