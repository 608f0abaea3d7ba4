//! The text in an answer, whatever API and framing it has.
//!
//! For tests alone: it reads what clients of the APIs read, leniently, and
//! gives the body itself where it knows no better.

use serde_json::Value;

/// An answer as JSON: its body, or of a stream the list of its events; `None` when it is neither.
pub(super) fn answer_json(body: &str) -> Option<Value> {
    if !is_stream(body) {
        return serde_json::from_str(body).ok();
    }
    let data = body.lines().filter_map(|line| line.strip_prefix("data:"));
    Some(data.filter_map(|data| serde_json::from_str::<Value>(data.trim_start()).ok()).collect())
}

fn is_stream(body: &str) -> bool {
    body.starts_with("data:") || body.starts_with("event:") || body.starts_with(':')
}

/// The text of an answer: of choices, content blocks and stream events, joined; else the body.
pub fn answer_text(body: &str) -> String {
    let mut text = String::new();
    if is_stream(body) {
        for line in body.lines() {
            let data = line.strip_prefix("data:").map(str::trim_start);
            if let Some(event) = data.and_then(|data| serde_json::from_str::<Value>(data).ok()) {
                collect(&event, &mut text);
            }
        }
    } else if let Ok(whole) = serde_json::from_str::<Value>(body) {
        collect(&whole, &mut text);
    }
    if text.is_empty() { body.to_owned() } else { text }
}

/// Where APIs keep text: these keys, below any others but those of requests.
fn collect(value: &Value, text: &mut String) {
    let Value::Object(fields) = value else { return };
    for key in ["content", "text", "refusal", "arguments", "partial_json"] {
        match fields.get(key) {
            Some(Value::String(part)) => text.push_str(part),
            Some(Value::Array(parts)) => parts.iter().for_each(|part| collect(part, text)),
            Some(_) | None => {}
        }
    }
    for key in ["message", "delta", "function", "content_block", "error"] {
        match fields.get(key) {
            Some(Value::String(part)) => text.push_str(part),
            Some(inner) => collect(inner, text),
            None => {}
        }
    }
    for key in ["choices", "tool_calls", "output"] {
        if let Some(Value::Array(parts)) = fields.get(key) {
            for part in parts {
                collect(part, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::answer_text;

    #[test]
    fn text_is_found_in_each_api() {
        for (body, text) in [
            (r#"{"choices":[{"message":{"role":"assistant","content":"hi"}}]}"#, "hi"),
            (
                "data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"i\"}}]}\n\ndata: [DONE]\n\n",
                "hi",
            ),
            (r#"{"type":"message","content":[{"type":"text","text":"hi"}]}"#, "hi"),
            (
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n",
                "hi",
            ),
            (r#"{"error":{"message":"no","type":"policy"}}"#, "no"),
            (
                r#"{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}"#,
                "{}",
            ),
            ("plain", "plain"),
        ] {
            assert_eq!(answer_text(body), text, "{body}");
        }
    }
}
