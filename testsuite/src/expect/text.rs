//! Texts, and JSON in them, against what they must be.

use super::compare::Differences;
use crate::suite::{Exact, JsonPath, Selected, TextExpect};
use serde_json::{Value, json};

/// What one side saw.
pub(super) struct Seen<'a> {
    /// The text that is looked at.
    pub(super) body: &'a str,
    /// All texts in which something must not be.
    pub(super) all: &'a [&'a str],
    /// Its JSON, if it is any; made only for those who ask.
    pub(super) value: &'a dyn Fn() -> Option<Value>,
}

/// Compares a text. `has`, `equals` and `matches` speak of `body`; `lacks` of
/// all texts, since what must not be seen must not be seen by any of them.
pub(super) fn compare(field: &str, expect: &TextExpect, seen: &Seen<'_>, differences: &mut Differences) {
    let body = seen.body;
    for part in &expect.has {
        if !body.contains(part.as_str()) && !unescaped(body).is_some_and(|body| body.contains(part.as_str()))
        {
            let message = format!("`{part}` is not in `{}`", cut(body));
            differences.push(&format!("{field}.has"), message, json!(part), json!(body));
        }
    }
    for part in &expect.lacks {
        let holds = |text: &&&str| {
            text.contains(part.as_str()) || unescaped(text).is_some_and(|text| text.contains(part.as_str()))
        };
        if let Some(found) = seen.all.iter().find(holds) {
            let message = format!("`{part}` must not be there, and is: `{}`", around(found, part));
            differences.push(&format!("{field}.lacks"), message, json!(part), json!(found));
        }
    }
    match &expect.equals {
        Some(Exact::Text(expected)) if expected != body => {
            let message = first_difference(expected, body);
            differences.push(&format!("{field}.equals"), message, json!(expected), json!(body));
        }
        Some(Exact::Json(expected)) => {
            let actual = serde_json::from_str::<Value>(body).unwrap_or_else(|_| json!(body));
            if *expected != actual {
                let message = json_difference("$", expected, &actual);
                differences.push(&format!("{field}.equals"), message, expected.clone(), actual);
            }
        }
        Some(Exact::Text(_)) | None => {}
    }
    for pattern in &expect.matches {
        if !pattern.is_match(body) {
            let message = format!("the pattern matches nowhere in `{}`", cut(body));
            differences.push(&format!("{field}.matches"), message, Value::Null, json!(body));
        }
    }
    if expect.json.is_empty() {
        return;
    }
    let field = format!("{field}.json");
    match (seen.value)() {
        Some(value) => {
            expect
                .json
                .iter()
                .for_each(|(path, expected)| selected(&field, path, expected, &value, differences));
        }
        None => {
            differences.push(&field, format!("no JSON is in `{}`", cut(body)), json!("JSON"), json!(body));
        }
    }
}

/// What one path selects, against what it should.
fn selected(field: &str, path: &JsonPath, expected: &Value, whole: &Value, differences: &mut Differences) {
    let (message, actual) = match path.select(whole) {
        Selected::One(Some(actual)) if actual == *expected => return,
        Selected::One(Some(actual)) => (json_difference(&path.text, expected, &actual), actual),
        Selected::One(None) => {
            let (expected, whole) = (value(expected), value(whole));
            (format!("`{}`: expected `{expected}`, and nothing is there: `{whole}`", path.text), Value::Null)
        }
        Selected::All(values) => {
            let actual = Value::Array(values);
            if actual == *expected {
                return;
            }
            let (wanted, came) = (value(expected), value(&actual));
            (format!("`{}`: expected `{wanted}`, selects `{came}`", path.text), actual)
        }
    };
    differences.push(field, message, expected.clone(), actual);
}

/// The strings in a JSON text with their escapes undone: `é` may travel as `\u00e9`.
fn unescaped(text: &str) -> Option<String> {
    fn collect(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push_str(text);
                out.push('\n');
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
            Value::Object(fields) => fields.values().for_each(|value| collect(value, out)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let value = serde_json::from_str::<Value>(text).ok()?;
    let mut out = String::new();
    collect(&value, &mut out);
    Some(out)
}

/// Longest piece of a body in a message; the whole is in the JSON report.
const SHOWN_LETTERS: usize = 160;

fn cut(text: &str) -> String {
    let shown = text.escape_debug().take(SHOWN_LETTERS).collect::<String>();
    if text.chars().nth(SHOWN_LETTERS).is_some() { format!("{shown}…") } else { shown }
}

/// A JSON value, cut; its own quotes and escapes stand as they are.
fn value(value: &Value) -> String {
    let text = value.to_string();
    let escaped = |letter: char| match letter {
        '"' | '\'' | '\\' => letter.to_string(),
        other => other.escape_debug().to_string(),
    };
    let shown: String = text.chars().take(SHOWN_LETTERS).map(escaped).collect();
    if text.chars().nth(SHOWN_LETTERS).is_some() { format!("{shown}…") } else { shown }
}

/// The neighbourhood of a part of a text.
fn around(text: &str, part: &str) -> String {
    const NEIGHBOURS: usize = 24;
    let Some((before, after)) = text.split_once(part) else { return cut(text) };
    let skip = before.chars().count().saturating_sub(NEIGHBOURS);
    let before: String = before.chars().skip(skip).collect();
    let after: String = after.chars().take(NEIGHBOURS).collect();
    cut(&format!("{before}{part}{after}"))
}

/// Where two texts part.
fn first_difference(expected: &str, actual: &str) -> String {
    let same = expected.chars().zip(actual.chars()).take_while(|(left, right)| left == right).count();
    let rest = |text: &str| cut(&text.chars().skip(same.saturating_sub(8)).take(40).collect::<String>());
    format!(
        "from character {}: expected `{}`, came `{}`",
        same.saturating_add(1),
        rest(expected),
        rest(actual)
    )
}

/// The first place where two JSON values differ, as a path that begins with `root`.
fn json_difference(root: &str, expected: &Value, actual: &Value) -> String {
    let mut path = String::from(root);
    let (mut left, mut right) = (expected, actual);
    loop {
        let step = match (left, right) {
            (Value::Object(a), Value::Object(b)) => {
                let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
                let different = keys.into_iter().find(|key| a.get(*key) != b.get(*key));
                different.map(|key| (format!(".{key}"), a.get(key), b.get(key)))
            }
            (Value::Array(a), Value::Array(b)) => {
                let longest = a.len().max(b.len());
                let different = (0..longest).find(|&at| a.get(at) != b.get(at));
                different.map(|at| (format!("[{at}]"), a.get(at), b.get(at)))
            }
            _ => None,
        };
        match step {
            Some((name, Some(inner_left), Some(inner_right))) => {
                path.push_str(&name);
                (left, right) = (inner_left, inner_right);
            }
            Some((name, Some(only), None)) => {
                return format!("`{path}{name}`: expected `{}`, came none", value(only));
            }
            Some((name, _, only)) => {
                let came = only.map(value).unwrap_or_default();
                return format!("`{path}{name}`: expected none, came `{came}`");
            }
            None => {
                let (left, right) = (value(left), value(right));
                return format!("`{path}`: expected `{left}`, came `{right}`");
            }
        }
    }
}
