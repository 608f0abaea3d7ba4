//! A request to be tried, and the case that makes it, as suites write it.
//!
//! Whoever draws requests and wants to show one writes it here: what is printed
//! is read back by the reader of suites.

use lang::model::LimitKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

/// A request to be tried, with what stands around it. What is empty is not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) now: Option<String>,
    pub(crate) tenant: String,
    pub(crate) workload: Option<String>,
    pub(crate) caller: Option<(String, Vec<String>)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) api: Option<&'static str>,
    pub(crate) model: String,
    pub(crate) say: Vec<Said>,
    pub(crate) user: Option<String>,
    /// The whole body, in place of model, texts, tools and the like.
    pub(crate) body: Option<Value>,
    pub(crate) tools: Vec<String>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) stream: bool,
    pub(crate) down: Vec<String>,
    /// What was used already: kind, window, amount.
    pub(crate) usage: Option<(&'static str, &'static str, u64)>,
    /// How upstreams answer, each as the inner of a flow mapping.
    pub(crate) replies: Vec<String>,
    /// How many requests went before; or how many are sent at once, and no other.
    pub(crate) before: u32,
    pub(crate) is_concurrent: bool,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    /// The user's, unless said.
    pub(crate) role: Option<&'static str>,
    /// The text, so many times over.
    pub(crate) content: String,
    pub(crate) times: u32,
}

impl Said {
    /// A text of the user.
    pub(crate) fn by_user(content: String, times: u32) -> Self {
        Self { role: None, content, times }
    }

    fn to_yaml(&self) -> String {
        let mut fields: Vec<String> = self.role.iter().map(|role| format!("role: {role}")).collect();
        fields.push(format!("content: {}", text(&self.content)));
        fields.extend((self.times != 1).then(|| format!("times: {}", self.times)));
        match fields.as_slice() {
            [_] => text(&self.content),
            _ => format!("{{ {} }}", fields.join(", ")),
        }
    }

    fn whole(&self) -> String {
        self.content.repeat(usize::try_from(self.times).unwrap_or(1))
    }
}

impl Draft {
    /// The case as an item of `cases`; what is expected are lines of a mapping.
    pub(crate) fn to_case(&self, name: &str, expected: &[String]) -> String {
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
        add("api", self.api.map(ToOwned::to_owned));
        match (&self.body, &self.user) {
            (Some(body), _) => add("request", Some(body.to_string())),
            (None, Some(user)) => {
                let content: String = self.say.iter().map(Said::whole).collect();
                let message = json!({ "role": "user", "content": content });
                let body = json!({ "model": self.model, "user": user, "messages": [message] });
                add("request", Some(body.to_string()));
            }
            (None, None) => {
                add("model", Some(text(&self.model)));
                let said = self.say.iter().map(Said::to_yaml).collect::<Vec<_>>();
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

/// What `usage` calls what a limit counts.
pub(crate) const fn used(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Requests => "requests",
        LimitKind::Tokens => "tokens",
        LimitKind::Spend => "spend",
    }
}

/// A text as YAML: plain where that cannot be taken for anything else, else in quotes.
pub(crate) fn text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'))
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    // A JSON string is a YAML string.
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// Texts as a YAML list.
pub(crate) fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|one| text(one)).collect::<Vec<_>>().join(", "))
}

/// Names and values as a YAML mapping.
pub(crate) fn map<T: Display>(pairs: &BTreeMap<String, T>) -> String {
    if pairs.is_empty() {
        return "{}".to_owned();
    }
    let pairs = pairs.iter().map(|(name, value)| format!("{}: {value}", text(name)));
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}
