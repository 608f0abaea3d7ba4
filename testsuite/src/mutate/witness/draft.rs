//! A request to be tried, and the case that makes it.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// A request to be tried, with what stands around it. What is empty is not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    pub(super) now: Option<String>,
    pub(super) tenant: String,
    pub(super) workload: Option<String>,
    pub(super) caller: Option<(String, Vec<String>)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) operation: Option<&'static str>,
    pub(super) model: String,
    /// Texts, each so many times over.
    pub(super) say: Vec<(String, u32)>,
    pub(super) user: Option<String>,
    pub(super) tools: Vec<String>,
    pub(super) max_tokens: Option<u64>,
    pub(super) stream: bool,
    pub(super) down: Vec<String>,
    /// What was used already: kind, window, amount.
    pub(super) usage: Option<(&'static str, &'static str, u64)>,
    /// How upstreams answer, each as the inner of a flow mapping.
    pub(super) replies: Vec<String>,
    /// How many requests went before; or how many are sent at once, and no other.
    pub(super) before: u32,
    pub(super) is_concurrent: bool,
}

/// One way to make a draft plainer.
type Simplification = fn(&mut Draft);

/// Tried in this order; each is kept where the case still tells the two apart.
pub(super) const SIMPLIFICATIONS: &[Simplification] = &[
    |draft| draft.headers.clear(),
    |draft| draft.headers.truncate(1),
    |draft| draft.caller = None,
    |draft| draft.down.clear(),
    |draft| draft.tools.clear(),
    |draft| draft.tools.truncate(1),
    |draft| draft.user = None,
    |draft| draft.max_tokens = None,
    |draft| draft.stream = false,
    |draft| draft.usage = None,
    |draft| draft.before = 0,
    |draft| draft.is_concurrent = false,
    |draft| draft.replies.clear(),
    |draft| draft.replies.truncate(1),
    |draft| draft.say.clear(),
    |draft| draft.say.truncate(1),
    |draft| draft.say.iter_mut().for_each(|(_, times)| *times = 1),
    |draft| draft.workload = None,
    |draft| draft.operation = None,
    |draft| draft.now = None,
];

impl Draft {
    /// The case as an item of `cases`; what is expected are lines of a mapping.
    pub(super) fn to_case(&self, name: &str, expected: &[String]) -> String {
        let mut out = format!("  - name: {}\n", text(name));
        for (key, value) in self.fields() {
            let _ = writeln!(out, "    {key}: {value}");
        }
        let before = self.before;
        let indent = if before == 0 {
            out.push_str("    expect:\n");
            "      "
        } else if self.is_concurrent {
            let _ = write!(out, "    steps:\n      - concurrent: {before}\n        expect:\n");
            "          "
        } else {
            let _ = write!(out, "    steps:\n      - {{ repeat: {before} }}\n      - expect:\n");
            "          "
        };
        for line in expected {
            let _ = writeln!(out, "{indent}{line}");
        }
        out
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields: Vec<(&'static str, String)> = Vec::new();
        let mut add = |key, value: Option<String>| fields.extend(value.map(|value| (key, value)));
        add("now", self.now.clone());
        add("tenant", Some(text(&self.tenant)));
        add("workload", self.workload.as_deref().map(text));
        add(
            "caller",
            self.caller.as_ref().map(|(id, roles)| format!("{{ id: {}, roles: {} }}", text(id), list(roles))),
        );
        let headers = self.headers.iter().map(|(name, value)| format!("{}: {}", text(name), text(value)));
        let headers = headers.collect::<Vec<_>>().join(", ");
        add("headers", (!headers.is_empty()).then(|| format!("{{ {headers} }}")));
        add("operation", self.operation.map(ToOwned::to_owned));
        match &self.user {
            Some(user) => {
                let content: String = self.say.iter().map(|(one, times)| repeated(one, *times)).collect();
                let message = json!({ "role": "user", "content": content });
                let body = json!({ "model": self.model, "user": user, "messages": [message] });
                add("request", Some(body.to_string()));
            }
            None => {
                add("model", Some(text(&self.model)));
                let said = self.say.iter().map(|(one, times)| match times {
                    1 => text(one),
                    times => format!("{{ content: {}, times: {times} }}", text(one)),
                });
                let said = said.collect::<Vec<_>>();
                add("say", (!said.is_empty()).then(|| format!("[{}]", said.join(", "))));
                add("stream", self.stream.then(|| "true".to_owned()));
                add("tools", (!self.tools.is_empty()).then(|| list(&self.tools)));
                add("max_tokens", self.max_tokens.map(|tokens| tokens.to_string()));
            }
        }
        add("down", (!self.down.is_empty()).then(|| list(&self.down)));
        add(
            "usage",
            self.usage.map(|(kind, window, amount)| format!("{{ {kind}: {{ {window}: {amount} }} }}")),
        );
        add(
            "reply",
            (!self.replies.is_empty()).then(|| {
                let replies = self.replies.iter().map(|reply| format!("{{ {reply} }}"));
                format!("[{}]", replies.collect::<Vec<_>>().join(", "))
            }),
        );
        fields
    }
}

fn repeated(one: &str, times: u32) -> String {
    one.repeat(usize::try_from(times).unwrap_or(1))
}

/// A text as YAML: plain where that cannot be taken for anything else, else in quotes.
pub(super) fn text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'))
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    // A JSON string is a YAML string.
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// Texts as a YAML list.
pub(super) fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|one| text(one)).collect::<Vec<_>>().join(", "))
}
