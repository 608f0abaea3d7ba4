//! What a client sends: a case's fields as the head and the body of a request.

use crate::suite::{Ask, Body, Built};
use engine::exchange::Head;
use engine::facts::{Api, Operation};
use serde_json::{Value, json};

/// What a client says when the case does not care.
const GREETING: &str = "hello";

/// What an Anthropic client asks for when the case does not say; that API demands a number.
const ANTHROPIC_MAX_TOKENS: u64 = 1_024;

/// The head of the request that a case describes.
pub fn head(ask: &Ask) -> Head {
    let operation = ask.operation.unwrap_or(Operation::Chat);
    let api = ask.api.unwrap_or(Api::OpenAi);
    let method = if operation == Operation::Models { "GET" } else { "POST" };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if api == Api::Anthropic {
        headers.push(("anthropic-version".into(), "2023-06-01".into()));
    }
    if let Some(workload) = &ask.workload {
        headers.push(("x-ascp-workload".into(), workload.text.clone()));
    }
    // What the case says itself comes in place of what is added here.
    headers.retain(|(name, _)| ask.headers.iter().all(|(said, _)| said != name));
    headers.extend(ask.headers.iter().cloned());
    Head { method: method.into(), path: path(operation, api), query: String::new(), headers }
}

fn path(operation: Operation, api: Api) -> String {
    let below = match operation {
        Operation::Chat if api == Api::Anthropic => "messages",
        Operation::Chat => "chat/completions",
        Operation::Completions => "completions",
        Operation::Embeddings => "embeddings",
        Operation::Models => "models",
        Operation::Moderations => "moderations",
        Operation::Images => "images/generations",
        Operation::Audio => "audio/speech",
    };
    match api {
        Api::OpenAi | Api::Anthropic => format!("/v1/{below}"),
        Api::Mistral => format!("/mistral/v1/{below}"),
    }
}

/// The body of the request that a case describes.
pub fn body(ask: &Ask) -> String {
    match &ask.body {
        Body::Whole(json) => json.clone(),
        Body::Built(built) => {
            let operation = ask.operation.unwrap_or(Operation::Chat);
            let fields = match operation {
                Operation::Chat if ask.api == Some(Api::Anthropic) => anthropic(built),
                Operation::Chat => chat(built),
                Operation::Models => return String::new(),
                Operation::Completions | Operation::Images => vec![("prompt", json!(text(built)))],
                Operation::Embeddings | Operation::Moderations | Operation::Audio => {
                    vec![("input", json!(text(built)))]
                }
            };
            written(built, &fields)
        }
    }
}

/// Writes an object: the model first, as clients do, then what is asked.
fn written(built: &Built, fields: &[(&str, Value)]) -> String {
    let model = built.model.iter().map(|model| ("model", json!(model)));
    let rest = [("stream", built.stream.map(Value::from)), ("max_tokens", built.max_tokens.map(Value::from))];
    let said = |name: &str| fields.iter().any(|(field, _)| *field == name);
    let rest: Vec<(&str, Value)> = rest
        .into_iter()
        .filter(|(name, _)| !said(name))
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    let all = model.chain(fields.iter().cloned()).chain(rest);
    let parts: Vec<String> = all.map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", parts.join(","))
}

fn messages(built: &Built) -> Vec<(String, String)> {
    if built.messages.is_empty() {
        return vec![("user".into(), GREETING.into())];
    }
    built.messages.clone()
}

fn text(built: &Built) -> String {
    messages(built).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

fn chat(built: &Built) -> Vec<(&'static str, Value)> {
    let message = |(role, content): (String, String)| json!({ "role": role, "content": content });
    let mut fields = vec![("messages", messages(built).into_iter().map(message).collect())];
    if !built.tools.is_empty() {
        let tool = |name: &String| {
            let parameters = json!({ "type": "object" });
            json!({ "type": "function", "function": { "name": name, "parameters": parameters } })
        };
        fields.push(("tools", built.tools.iter().map(tool).collect()));
    }
    fields
}

fn anthropic(built: &Built) -> Vec<(&'static str, Value)> {
    let is_system = |role: &str| matches!(role, "system" | "developer");
    let (system, turns): (Vec<_>, Vec<_>) =
        messages(built).into_iter().partition(|(role, _)| is_system(role));
    let message = |(role, content): (String, String)| json!({ "role": role, "content": content });
    let mut fields = vec![
        ("max_tokens", json!(built.max_tokens.unwrap_or(ANTHROPIC_MAX_TOKENS))),
        ("messages", turns.into_iter().map(message).collect()),
    ];
    if !system.is_empty() {
        let system: Vec<String> = system.into_iter().map(|(_, text)| text).collect();
        fields.push(("system", json!(system.join("\n"))));
    }
    if !built.tools.is_empty() {
        let tool = |name: &String| json!({ "name": name, "input_schema": { "type": "object" } });
        fields.push(("tools", built.tools.iter().map(tool).collect()));
    }
    fields
}

/// What was asked, in one line, for people.
pub fn summary(ask: &Ask) -> String {
    const LETTERS_MAX: usize = 60;
    let tenant = ask.tenant.as_ref().map_or("no tenant named", |tenant| &tenant.text);
    let operation = ask.operation.unwrap_or(Operation::Chat).as_str();
    let said = match &ask.body {
        Body::Whole(json) => json.clone(),
        Body::Built(built) => {
            let model = built.model.as_deref().unwrap_or("no model");
            let said = cut(&text(built), LETTERS_MAX);
            return format!("{tenant}, {operation}, {model}: \"{said}\"{}", besides(ask, Some(built)));
        }
    };
    format!("{tenant}, {operation}: {}{}", cut(&said, LETTERS_MAX), besides(ask, None))
}

/// What a case says of its request besides tenant, model and text.
fn besides(ask: &Ask, built: Option<&Built>) -> String {
    const LETTERS_MAX: usize = 40;
    let mut parts = Vec::new();
    let mut add = |name: &str, value: String| parts.push(format!("{name}: {}", cut(&value, LETTERS_MAX)));
    if let Some(caller) = &ask.caller {
        add(
            "caller",
            if caller.roles.is_empty() {
                caller.id.clone()
            } else {
                format!("{} ({})", caller.id, caller.roles.join(", "))
            },
        );
    }
    if let Some(workload) = &ask.workload {
        add("workload", workload.text.clone());
    }
    if let Some(api) = ask.api.filter(|api| *api != Api::OpenAi) {
        add("api", api.as_str().to_owned());
    }
    for (name, value) in &ask.headers {
        // A credential is said to be there; which one it is, the suite says.
        let is_secret = matches!(name.as_str(), "authorization" | "x-api-key" | "api-key");
        add(name, if is_secret { "…".to_owned() } else { value.clone() });
    }
    if let Some(built) = built {
        if built.stream == Some(true) {
            add("stream", "true".into());
        }
        if !built.tools.is_empty() {
            add("tools", built.tools.join(", "));
        }
        if let Some(most) = built.max_tokens {
            add("max_tokens", most.to_string());
        }
    }
    if parts.is_empty() { String::new() } else { format!("; {}", parts.join("; ")) }
}

fn cut(text: &str, letters: usize) -> String {
    let shown: String = text.chars().take(letters).flat_map(char::escape_debug).collect();
    if text.chars().nth(letters).is_some() { format!("{shown}…") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    fn ask(fields: &str) -> Ask {
        let text = format!("cases:\n- {{ name: a, {fields}, expect: {{ verdict: allow }} }}\n");
        let entry = Suite::read("a", &text).entries.into_iter().next().unwrap();
        entry.case.unwrap_or_else(|fault| panic!("{fields}: {fault}")).steps[0].ask.clone()
    }

    #[test]
    fn bodies_have_the_shape_of_their_api() {
        for (fields, path, expected) in [
            (
                "model: m",
                "/v1/chat/completions",
                r#"{"model":"m","messages":[{"content":"hello","role":"user"}]}"#,
            ),
            (
                "model: m, say: [{ role: system, content: s }, u], stream: true, max_tokens: 5, tools: [t]",
                "/v1/chat/completions",
                r#"{"model":"m","messages":[{"content":"s","role":"system"},{"content":"u","role":"user"}],"tools":[{"function":{"name":"t","parameters":{"type":"object"}},"type":"function"}],"stream":true,"max_tokens":5}"#,
            ),
            (
                "api: anthropic, model: m, say: [{ role: system, content: s }, u]",
                "/v1/messages",
                r#"{"model":"m","max_tokens":1024,"messages":[{"content":"u","role":"user"}],"system":"s"}"#,
            ),
            (
                "api: mistral, operation: embeddings, model: m, say: x",
                "/mistral/v1/embeddings",
                r#"{"model":"m","input":"x"}"#,
            ),
            ("operation: models", "/v1/models", ""),
            ("request: { model: m, n: 2 }", "/v1/chat/completions", r#"{"model":"m","n":2}"#),
        ] {
            let ask = ask(fields);
            assert_eq!(body(&ask), expected, "{fields}");
            assert_eq!(head(&ask).path, path, "{fields}");
        }
    }

    #[test]
    fn said_headers_replace_added_ones() {
        let head = head(&ask("workload: w, headers: { Content-Type: text/plain, x-ascp-workload: v }"));
        assert_eq!(
            head.headers,
            [("content-type".into(), "text/plain".into()), ("x-ascp-workload".into(), "v".into())]
        );
    }

    #[test]
    fn the_summary_is_short() {
        assert_eq!(summary(&ask("tenant: t, model: m, say: \"a\\nb\"")), "t, chat, m: \"a\\nb\"");
        let more = summary(&ask(
            "tenant: t, model: m, caller: { id: c, roles: [r] }, headers: { X-Topic: advice, x-api-key: k }, stream: true, tools: [a, b]",
        ));
        assert_eq!(
            more,
            "t, chat, m: \"hello\"; caller: c (r); x-topic: advice; x-api-key: …; stream: true; tools: a, b"
        );
        let long = summary(&ask(&format!("model: m, say: {}", "x".repeat(100))));
        assert!(long.ends_with("x…\"") && long.starts_with("no tenant named, chat, m"), "{long}");
    }
}
