//! Differences of lists and mappings, each in one line.

use super::Difference;
use crate::names::Location;
use serde_json::Value;
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
