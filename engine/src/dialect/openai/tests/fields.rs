//! Every field of a chat completion, and what becomes of what it says.
//!
//! `fields.list` names them all; a line that is not true fails. What stands in
//! the list as `apart` is read by no detector and must not hold text of anyone's
//! making: numbers, and what the provider itself issues.

use super::*;

/// What becomes of what stands in a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It is read by detectors, and can be redacted. What is one of a few known words is not read.
    Text,
    /// It must be a number, which is read as text when it is long enough to be a value.
    Number,
    /// It must be a boolean.
    Flag,
    /// No detector reads it: refused unless policy allows it.
    Unscannable,
    /// Log probabilities: refused where answers are redacted.
    Logprobs,
    /// The name of a tool: decided on by policy, and read.
    Called,
    /// The name of the model: decided on and replaced.
    Model,
    /// The request is refused.
    Refused,
    /// An error of the provider, told in words of our own.
    Failure,
    /// Not read: made by the provider.
    Apart,
}

const LIST: &str = include_str!("fields.list");

const PROBE: &str = "PROBE";
const LONG: &str = "4111111111111111";

/// A body in which `value` stands at a path.
fn body(kind: &str, path: &str, value: &str) -> String {
    let mut body = value.to_owned();
    let mut parts: Vec<&str> = path.split('.').collect();
    while let Some(part) = parts.pop() {
        let name = part.trim_end_matches("[]");
        let elements = part.matches("[]").count();
        body = format!("{}{body}{}", "[".repeat(elements), "]".repeat(elements));
        // What an object needs besides.
        let above = parts.last().copied().unwrap_or_default();
        let rest = match (above, name) {
            ("messages[]", "role")
            | ("tools[]", "type")
            | ("function" | "custom" | "functions[]", "name")
            | ("", "messages" | "choices" | "model") => "",
            ("messages[]", _) => r#""role":"user","#,
            ("tools[]", "custom") => r#""type":"custom","#,
            ("tools[]", "function") => r#""type":"function","#,
            ("tools[]", _) => r#""type":"function","function":{"name":"n"},"#,
            ("function" | "custom", _) if path.starts_with("tools") => r#""name":"n","#,
            ("functions[]", _) => r#""name":"n","#,
            ("", _) => "REST",
            _ => "",
        };
        let rest = match rest {
            "REST" if kind == "request" => r#""messages":[{"role":"user","content":""}],"#,
            "REST" => r#""choices":[],"#,
            rest => rest,
        };
        let model =
            if above.is_empty() && kind == "request" && name != "model" { r#""model":"m","# } else { "" };
        let messages = if (above, name) == ("", "model") {
            r#""messages":[{"role":"user","content":""}],"choices":[],"#
        } else {
            ""
        };
        body = format!("{{{model}{messages}{rest}\"{name}\":{body}}}");
    }
    body
}

/// What a request makes of a value; `None` when it does not take it.
fn asked(body: &str) -> Option<Fate> {
    let request = ChatRequest::read(body.as_bytes()).ok()?;
    let mut reader = TextReader::new(body.as_bytes());
    let is_read = request.texts.iter().any(|place| [PROBE, LONG].contains(&&*reader.read(place).text));
    Some(match (is_read, request.unscannable.is_empty()) {
        (_, false) => Fate::Unscannable,
        (true, true) => Fate::Text,
        (false, true) if request.model == PROBE => Fate::Model,
        (false, true) => Fate::Apart,
    })
}

/// What an answer makes of a value.
fn answered(kind: &str, body: &str) -> Fate {
    let (texts, calls, unscannable, has_logprobs) = if kind == "answer" {
        let Ok(answer) = ChatAnswer::read(body.as_bytes()) else { return Fate::Refused };
        if read_error(body.as_bytes()).is_some() {
            return Fate::Failure;
        }
        (answer.texts, answer.tool_calls, answer.unscannable, answer.has_logprobs)
    } else {
        match ChatEvent::read(body.as_bytes()) {
            Ok(ChatEvent::Chunk(chunk)) => {
                (chunk.texts, chunk.tool_calls, chunk.unscannable, chunk.has_logprobs)
            }
            Ok(ChatEvent::Error(_) | ChatEvent::Done) => return Fate::Failure,
            Err(_) => return Fate::Refused,
        }
    };
    let mut reader = TextReader::new(body.as_bytes());
    let is_read = texts.iter().any(|text| [PROBE, LONG].contains(&&*reader.read(&text.place).text));
    match (is_read, has_logprobs) {
        _ if !unscannable.is_empty() => Fate::Unscannable,
        (_, true) => Fate::Logprobs,
        (true, false) => Fate::Text,
        (false, false) if calls.iter().any(|call| call.name == PROBE) => Fate::Called,
        (false, false) => Fate::Apart,
    }
}

fn fate(kind: &str, path: &str) -> Fate {
    let probe = body(kind, path, &format!("\"{PROBE}\""));
    if kind != "request" {
        return answered(kind, &probe);
    }
    match (asked(&probe), asked(&body(kind, path, LONG)), asked(&body(kind, path, "true"))) {
        (Some(fate), ..) => fate,
        (None, Some(Fate::Text), None) => Fate::Number,
        // The number of choices has a largest, the number of tokens is the policy's to cap.
        (None, _, None) if asked(&body(kind, path, "7")).is_some() => Fate::Number,
        (None, None, Some(_)) => Fate::Flag,
        (None, ..) => Fate::Refused,
    }
}

#[test]
fn every_field_is_covered_known_to_hold_no_text_or_refused() {
    let mut count = 0;
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let (kind, rest) = line.split_once(' ').unwrap();
        let (path, expected) = rest.rsplit_once(' ').unwrap();
        assert_eq!(format!("{:?}", fate(kind, path)).to_lowercase(), expected, "{kind} {path}");
        count += 1;
    }
    assert!(count > 250, "{count} fields");
}

/// Files and pictures of text types are read as the text they are, and written as the base 64 they were.
#[test]
fn data_of_text_types_is_text() {
    let body = |part: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{part}]}}]}}"#);
    let file = |data: &str| body(&format!(r#"{{"type":"file","file":{{"file_data":"{data}"}}}}"#));
    let image = |data: &str| body(&format!(r#"{{"type":"image_url","image_url":{{"url":"{data}"}}}}"#));
    let rows = [
        (file("data:text/plain;base64,Y2FyZCA0MTEx"), true),
        (image("data:text/csv;charset=utf-8;base64,Y2FyZCA0MTEx"), true),
        (file(r"data:application\/json;base64,Y2FyZCA0MTEx"), true),
        (file("data:application/vnd.a+json;base64,Y2FyZCA0MTEx"), true),
        (file("data:text/markdown;base64,Y2FyZCA0MTEx"), true),
        (file("data:text/plain;charset=utf-16;base64,Y2FyZCA0MTEx"), false),
        (file("data:text/rtf;base64,Y2FyZCA0MTEx"), false),
        (file("data:application/pdf;base64,Y2FyZCA0MTEx"), false),
        (image("data:image/svg+xml;base64,Y2FyZCA0MTEx"), false),
        (file("data:text/plain;base64,/w=="), false),
        (file("data:text/plain;base64,NAAxAA=="), false),
        (file("Y2FyZCA0MTEx"), false),
    ];
    for (body, is_text) in rows {
        let request = ChatRequest::read(body.as_bytes()).unwrap();
        assert_eq!(request.unscannable.is_empty(), is_text, "{body}");
        let mut reader = TextReader::new(body.as_bytes());
        let read = request.texts.iter().map(|place| reader.read(place)).find(|text| text.text == "card 4111");
        assert_eq!(read.is_some(), is_text, "{body}");
        let Some(text) = read else { continue };
        let sent = apply(body.as_bytes(), text.replace("card [P]").into_iter().collect()).unwrap();
        let expected = body.replace("Y2FyZCA0MTEx", "Y2FyZCBbUF0=");
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
        assert_eq!(text.rewrite(&[(5..9, "[P]")]), text.replace("card [P]").into_iter().collect::<Vec<_>>());
    }
}
