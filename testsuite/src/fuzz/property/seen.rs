//! What was seen, as strings: of a body in any spelling, and of an answer however it came.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How often JSON is looked for in strings of JSON: arguments hold objects, whose strings may hold more.
const DEPTH_MAX: u32 = 4;

/// All strings of a JSON text, and those of JSON that stands in them; of any other text the text.
pub(super) fn strings(body: &str) -> Vec<String> {
    let mut all = Vec::new();
    match serde_json::from_str(body) {
        Ok(value) => collect(&value, DEPTH_MAX, &mut all),
        Err(_) => all.push(body.to_owned()),
    }
    all
}

fn collect(value: &Value, depth: u32, into: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        // A card number may come as a number.
        Value::Number(number) => into.push(number.to_string()),
        Value::String(text) => {
            let looks_like_json = text.trim_start().starts_with(['{', '[', '"']);
            if let (true, Ok(inner), Some(depth)) =
                (looks_like_json, serde_json::from_str::<Value>(text), depth.checked_sub(1))
            {
                collect(&inner, depth, into);
            }
            into.push(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|one| collect(one, depth, into)),
        Value::Object(fields) => fields.iter().for_each(|(name, one)| {
            into.push(name.clone());
            collect(one, depth, into);
        }),
    }
}

/// The strings that a detector reads of a request: those of its body but for the name of the model.
pub(super) fn texts_of_request(body: &str) -> Vec<String> {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(body) else { return Vec::new() };
    fields.remove("model");
    let mut all = Vec::new();
    collect(&Value::Object(fields), 0, &mut all);
    all
}

/// The events of a stream, or `None` for a body that is none.
pub(super) fn events(body: &str) -> Option<Vec<&str>> {
    let is_stream = ["data:", "event:", ":"].iter().any(|start| body.starts_with(start));
    is_stream
        .then(|| body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect())
}

/// The strings of an answer; what came in pieces is put together.
pub(super) fn answer(body: &str) -> Vec<String> {
    let Some(events) = events(body) else { return strings(body) };
    let (mut all, mut joined) = (Vec::new(), BTreeMap::<String, String>::new());
    for event in events {
        let Ok(event) = serde_json::from_str::<Value>(event) else {
            all.push(event.to_owned());
            continue;
        };
        collect(&event, DEPTH_MAX, &mut all);
        join(&event, &mut String::new(), &mut joined);
    }
    all.extend(joined.values().flat_map(|text| {
        let mut inner = strings(text);
        inner.push(text.clone());
        inner
    }));
    all
}

/// Appends each string to what earlier events had at its place; choices and calls go by their `index`.
fn join(value: &Value, place: &mut String, joined: &mut BTreeMap<String, String>) {
    let length = place.len();
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => joined.entry(place.clone()).or_default().push_str(text),
        Value::Array(list) => {
            for (at, one) in (0_u64..).zip(list) {
                let index = one.get("index").and_then(Value::as_u64).unwrap_or(at);
                let _ = write!(place, "/{index}");
                join(one, place, joined);
                place.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, one) in fields {
                let _ = write!(place, "/{name}");
                join(one, place, joined);
                place.truncate(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_in_any_spelling() {
        for body in [
            r#"{"a":["4111"]}"#,
            r#"{"a":{"\u0034\u0031\u0031\u0031":1}}"#,
            r#"{"arguments":"{\"card\":\"\\u0034111\"}"}"#,
            "4111",
        ] {
            assert!(strings(body).iter().any(|text| text.contains("4111")), "{body}");
        }
        assert_eq!(texts_of_request(r#"{"model":"4111","user":"u"}"#), ["user", "u"]);
    }

    #[test]
    fn what_comes_in_pieces_is_put_together() {
        let body = concat!(
            r#"data: {"choices":[{"index":0,"delta":{"content":"41"}}]}"#,
            "\n\n",
            r#"data: {"choices":[{"index":1,"delta":{"content":"x"}}]}"#,
            "\n\n",
            r#"data: {"choices":[{"index":0,"delta":{"content":"11"}}]}"#,
            "\n\n",
            r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":\"5\\u00"}}]}}]}"#,
            "\n\n",
            r#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"35\"}"}}]}}]}"#,
            "\n\ndata: [DONE]\n\n"
        );
        let seen = answer(body);
        for text in ["4111", "55", "[DONE]"] {
            assert!(seen.iter().any(|one| one == text), "{text}: {seen:?}");
        }
    }
}
