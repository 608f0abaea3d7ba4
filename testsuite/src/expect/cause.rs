//! One mistake, one failure: of differences that follow from each other, the earliest is told.
//!
//! A request that was refused has no route, called nobody and answered
//! otherwise; whoever reads eleven differences looks for the one that made the
//! others. What follows from what is written down in [`CAUSES`].

use super::Difference;
use serde_json::Value;

/// Everything, as a consequence.
const ALL: &[&str] = &[""];

/// What differs first, and what then differs for no reason of its own.
///
/// The order is that of an exchange, and the order in which differences are
/// told. A word stands for itself and for what is below it: `upstream` for
/// `upstream.lacks` too.
const CAUSES: &[(&str, &[&str])] = &[
    ("run", ALL),
    ("verdict", ALL),
    ("reason", ALL),
    ("allowed", ALL),
    ("reasons", &["message", "client", "record"]),
    ("findings.input", &["redacted.input", "rules", "flags", "upstream", "client", "record"]),
    ("rules", &["message", "flags", "cap", "dropped", "route", "never", "attempts", "served_by", "cost"]),
    ("message", &["client", "record"]),
    ("flags", &[]),
    ("shadowed", &[]),
    ("redacted.input", &["upstream", "client", "record"]),
    ("cap", &[]),
    ("exceptions", &["dropped", "route", "record"]),
    ("dropped", &["route", "never", "attempts", "served_by", "status", "cost", "client", "record"]),
    ("route", &["never", "attempts", "served_by", "status", "cost", "client", "record"]),
    ("never", &["attempts", "served_by", "status", "cost", "client", "record"]),
    ("attempts", &["served_by", "status", "cost", "client", "record"]),
    ("served_by", &["status", "cost", "client", "record"]),
    ("status", &["retry_after", "client", "record"]),
    ("end", &["client", "record"]),
    ("upstream.lacks", &["upstream"]),
    ("upstream.equals", &["upstream"]),
    ("upstream.has", &["upstream.matches"]),
    ("upstream", &[]),
    ("findings.output", &["redacted.output", "client", "record"]),
    ("redacted.output", &["client", "record"]),
    ("client.lacks", &["client", "record"]),
    ("client.equals", &["client", "record"]),
    ("client.has", &["client.matches"]),
    ("client", &[]),
    ("retry_after", &[]),
    ("charges", &[]),
    ("alerts", &["record"]),
    ("tokens", &["cost", "record"]),
    ("cost", &[]),
    ("record", &[]),
];

/// The differences that have a cause of their own, the earliest first; those of one field are told together.
pub(super) fn earliest(mut differences: Vec<Difference>) -> Vec<Difference> {
    differences.sort_by_key(|difference| rank(&difference.field));
    let fields: Vec<String> = differences.iter().map(|difference| difference.field.clone()).collect();
    let mut told: Vec<Difference> = Vec::new();
    for (at, difference) in differences.into_iter().enumerate() {
        match told.iter_mut().find(|earlier| earlier.field == difference.field) {
            Some(earlier) => join(earlier, difference),
            None if fields.iter().take(at).any(|earlier| explains(earlier, &difference.field)) => {}
            None => told.push(difference),
        }
    }
    told
}

/// Where a field stands among the causes; one that is not among them comes last.
fn rank(field: &str) -> usize {
    CAUSES.iter().position(|(cause, _)| is_of(field, cause)).unwrap_or(CAUSES.len())
}

fn explains(earlier: &str, later: &str) -> bool {
    let follows = CAUSES.iter().find(|(cause, _)| is_of(earlier, cause)).map(|(_, follows)| *follows);
    earlier != later && follows.unwrap_or_default().iter().any(|field| is_of(later, field))
}

/// Whether a field is `whole` or a part of it.
fn is_of(field: &str, whole: &str) -> bool {
    whole.is_empty() || field.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What stands between parts of a text and the text that lacks them.
const NOT_IN: &str = " is not in ";

/// Adds a second difference of one field to the first.
fn join(first: &mut Difference, second: Difference) {
    first.message = match (first.message.split_once(NOT_IN), second.message.split_once(NOT_IN)) {
        // The text is said once.
        (Some((parts, text)), Some((part, same))) if text == same => format!("{parts}, {part}{NOT_IN}{text}"),
        _ => format!("{}; {}", first.message, second.message),
    };
    for (whole, part) in [(&mut first.expected, second.expected), (&mut first.actual, second.actual)] {
        if *whole != part {
            match whole {
                Value::Array(items) => items.push(part),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    *whole = Value::Array(vec![whole.take(), part]);
                }
            }
        }
    }
    if first.decided_by.is_none() {
        first.decided_by = second.decided_by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference(field: &str) -> Difference {
        let (field, expected, actual) = (field.to_owned(), json!(1), json!(2));
        Difference { message: field.clone(), field, expected, actual, ..Difference::defect("") }
    }

    fn told(fields: &[&str]) -> Vec<String> {
        let differences = fields.iter().map(|field| difference(field)).collect();
        earliest(differences).into_iter().map(|difference| difference.field).collect()
    }

    #[test]
    fn what_follows_from_another_difference_is_not_told() {
        for (fields, expected) in [
            (&["status", "route", "client.has", "verdict", "reason"] as &[&str], &["verdict"] as &[&str]),
            (&["reason", "message", "status", "rules"], &["reason"]),
            (&["client.has", "upstream.lacks", "redacted.input"], &["redacted.input"]),
            (&["upstream.has", "upstream.lacks"], &["upstream.lacks"]),
            (&["served_by", "never", "attempts", "route", "dropped"], &["dropped"]),
            (&["served_by", "never"], &["never"]),
            // What has causes of its own is told, in the order of an exchange.
            (
                &["charges", "redacted.output", "redacted.input"],
                &["redacted.input", "redacted.output", "charges"],
            ),
            (&["rules", "upstream.lacks"], &["rules", "upstream.lacks"]),
            (&["new_field", "cap"], &["cap", "new_field"]),
            (&["new_field", "verdict"], &["verdict"]),
        ] {
            assert_eq!(told(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn differences_of_one_field_are_one_failure() {
        let both =
            earliest(vec![difference("client.has"), difference("client.has"), difference("client.has")]);
        assert_eq!(both.len(), 1);
        assert_eq!(both[0].message, "client.has; client.has; client.has");
        let missing = |part: &str| Difference {
            message: format!("`{part}` is not in `text`"),
            ..difference("client.has")
        };
        let both = earliest(vec![missing("a"), missing("b")]);
        assert_eq!(both[0].message, "`a`, `b` is not in `text`");
        let mut other = difference("client.has");
        other.expected = json!("x");
        let both = earliest(vec![difference("client.has"), other]);
        assert_eq!((&both[0].expected, &both[0].actual), (&json!([1, "x"]), &json!(2)));
    }

    #[test]
    fn each_cause_is_in_the_list_once_and_before_what_follows() {
        for (at, (cause, follows)) in CAUSES.iter().enumerate() {
            assert_eq!(rank(cause), at, "{cause}");
            for follow in follows.iter().filter(|follow| !follow.is_empty()) {
                assert!(rank(follow) > at || is_of(cause, follow), "{cause}: {follow}");
            }
        }
    }
}
