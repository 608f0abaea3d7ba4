//! Differences of lists, mappings and texts, each in one line.

use super::Difference;
use crate::names::Location;
use crate::suite::{Exact, TextExpect};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Differences as they are found.
pub(super) struct Differences {
    list: Vec<Difference>,
    decided_by: Option<Location>,
}

impl Differences {
    pub(super) fn new(decided_by: Option<Location>) -> Self {
        Self { list: Vec::new(), decided_by }
    }

    pub(super) fn into_list(self) -> Vec<Difference> {
        self.list
    }

    pub(super) fn push(&mut self, field: &str, message: String, expected: Value, actual: Value) {
        let decided_by = self.decided_by.clone();
        let field = field.to_owned();
        self.list.push(Difference { field, message, expected, actual, decided_by, would_pass: None });
    }

    /// Gives the last difference a place, if it has none.
    pub(super) fn decided_by_maybe(&mut self, place: Location) {
        if let Some(last) = self.list.last_mut() {
            last.decided_by.get_or_insert(place);
        }
    }

    pub(super) fn value<T>(&mut self, field: &str, expected: T, actual: T)
    where
        T: PartialEq + Copy + std::fmt::Display,
        Value: From<T>,
    {
        if expected != actual {
            let message = format!("expected `{expected}`, came `{actual}`");
            self.push(field, message, Value::from(expected), Value::from(actual));
        }
    }

    /// Lists that must be equal, and in order where order is their meaning.
    pub(super) fn list(&mut self, field: &str, expected: Option<&[String]>, actual: &[String]) {
        let Some(expected) = expected else { return };
        if expected == actual {
            return;
        }
        let missing: Vec<&str> = without(expected, actual);
        let surplus: Vec<&str> = without(actual, expected);
        let message = match (missing.is_empty(), surplus.is_empty()) {
            (true, true) => in_other_order(expected, actual),
            (false, true) => format!("{} missing from {}", ticks(&missing), listing(actual)),
            (true, false) => format!("{} not expected in {}", ticks(&surplus), listing(actual)),
            (false, false) => {
                format!(
                    "{} missing and {} not expected in {}",
                    ticks(&missing),
                    ticks(&surplus),
                    listing(actual)
                )
            }
        };
        self.push(field, message, json_list(expected), json_list(actual));
    }

    /// Mappings that must be equal; the message names the first entries that differ.
    pub(super) fn map<T>(&mut self, field: &str, expected: &BTreeMap<String, T>, actual: &BTreeMap<String, T>)
    where
        T: PartialEq + Copy + std::fmt::Display,
        Value: From<T>,
    {
        if expected == actual {
            return;
        }
        let mut parts = Vec::new();
        for (key, wanted) in expected {
            match actual.get(key) {
                Some(came) if came == wanted => {}
                Some(came) => parts.push(format!("`{key}`: expected {wanted}, came {came}")),
                None => parts.push(format!("`{key}`: expected {wanted}, came none")),
            }
        }
        let surplus = actual.iter().filter(|(key, _)| !expected.contains_key(*key));
        parts.extend(surplus.map(|(key, came)| format!("`{key}`: expected none, came {came}")));
        let whole = |map: &BTreeMap<String, T>| -> Value {
            map.iter().map(|(key, value)| (key.clone(), Value::from(*value))).collect()
        };
        self.push(field, parts.join("; "), whole(expected), whole(actual));
    }
}

/// Elements of `list` that are not in `other`, as often as they are missing.
fn without<'a>(list: &'a [String], other: &[String]) -> Vec<&'a str> {
    let mut rest: Vec<&String> = other.iter().collect();
    let mut left = Vec::new();
    for item in list {
        match rest.iter().position(|candidate| *candidate == item) {
            Some(at) => drop(rest.swap_remove(at)),
            None => left.push(item.as_str()),
        }
    }
    left
}

fn ticks(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Most names of a list in a message; the whole is in the JSON report.
const SHOWN_NAMES: usize = 8;

fn listing(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN_NAMES) {
        0 => format!("[{shown}]"),
        more => format!("[{shown}, and {more} more]"),
    }
}

/// How two lists with the same elements differ: whole where that is short, else where they part.
fn in_other_order(expected: &[String], actual: &[String]) -> String {
    if expected.len() <= SHOWN_NAMES {
        return format!("expected {}, came {}", listing(expected), listing(actual));
    }
    let mut pairs = (1_usize..).zip(expected.iter().zip(actual));
    let apart = pairs.find(|(_, (expected, actual))| expected != actual);
    apart.map_or_else(String::new, |(at, (expected, actual))| {
        format!("in another order: at place {at} expected `{expected}`, came `{actual}`")
    })
}

pub(super) fn json_list(names: &[String]) -> Value {
    names.iter().map(String::as_str).collect()
}

/// Compares a text. `has`, `equals` and `matches` speak of `body`; `lacks` of
/// all texts, since what must not be seen must not be seen by any of them.
pub(super) fn text(
    field: &str,
    expect: &TextExpect,
    body: &str,
    all: &[&str],
    differences: &mut Differences,
) {
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
        if let Some(found) = all.iter().find(holds) {
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
                let message = json_difference(expected, &actual);
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

/// The first place where two JSON values differ, as a path.
fn json_difference(expected: &Value, actual: &Value) -> String {
    let mut path = String::from("$");
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
                return format!("`{path}{name}`: expected `{}`, came none", cut(&only.to_string()));
            }
            Some((name, _, only)) => {
                let came = only.map(ToString::to_string).unwrap_or_default();
                return format!("`{path}{name}`: expected none, came `{}`", cut(&came));
            }
            None => {
                let (left, right) = (cut(&left.to_string()), cut(&right.to_string()));
                return format!("`{path}`: expected `{left}`, came `{right}`");
            }
        }
    }
}
