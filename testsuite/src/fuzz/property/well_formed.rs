//! The exchange ended honestly, with a record, and what was reserved was settled.

use super::{Breach, Judged, Sight, seen};
use crate::run::Outcome;
use engine::exchange::ResponseHead;
use engine::meter::ReservationId;
use engine::record::{EndKind, Record};
use lang::model::LimitKind;
use serde_json::Value;

/// What ends a stream that is whole.
const DONE: &str = "[DONE]";

pub(super) fn judge(sight: &Sight<'_>) -> Judged {
    let mut judged = Judged::default();
    for outcome in sight.outcomes {
        judged.take(fault(outcome).map(|(message, expected)| Breach {
            message,
            expected: expected.into_iter().map(|line| vec![line]).collect(),
            decided_by: sight.tenant_place(outcome),
        }));
    }
    judged
}

/// What is wrong, and what a case would expect instead where it can say so.
type Fault = (String, Option<String>);

fn fault(outcome: &Outcome) -> Option<Fault> {
    if let Some(defect) = outcome.defect {
        // Any expectation fails of an exchange that does not end.
        return Some((defect.to_owned(), Some("verdict: allow".to_owned())));
    }
    let Some(record) = outcome.record.as_deref() else {
        return Some(("no record was written".to_owned(), None));
    };
    let Some(head) = &outcome.head else {
        return Some(("the client got no answer".to_owned(), Some("status: 200".to_owned())));
    };
    headed(record, head).or_else(|| ended(outcome, record, head)).or_else(|| settled(outcome, record))
}

fn header<'h>(head: &'h ResponseHead, name: &str) -> Option<&'h str> {
    head.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// The head says what the record says.
fn headed(record: &Record, head: &ResponseHead) -> Option<Fault> {
    if head.status != record.status {
        let message = format!("the client got status {}, and the record says {}", head.status, record.status);
        return Some((message, Some(format!("record: {{ json: {{ $.status: {} }} }}", head.status))));
    }
    let id = record.id.to_string();
    (header(head, "x-ascp-decision") != Some(&id))
        .then(|| ("the answer names no decision, or another".to_owned(), None))
}

/// The end is what the record says it is.
fn ended(outcome: &Outcome, record: &Record, head: &ResponseHead) -> Option<Fault> {
    let body = String::from_utf8_lossy(&outcome.body);
    let is_done = seen::events(&body).is_some_and(|events| events.last() == Some(&DONE));
    let is_error = record.reason.is_some();
    let wrong = |message: &str| Some((message.to_owned(), None));
    match record.end {
        EndKind::Begun | EndKind::ClientGone => {
            wrong("the record of an exchange that ended does not say how")
        }
        EndKind::Refused if !is_error => wrong("it was refused, and no reason is recorded"),
        EndKind::Refused | EndKind::Answered if !outcome.is_whole => {
            let message = format!("it ended as `{}`, and the client's answer was cut", record.end.as_str());
            Some((message, Some("end: cut".to_owned())))
        }
        EndKind::Refused if head.status < 400 => {
            Some((format!("it was refused with status {}", head.status), Some("status: 403".to_owned())))
        }
        EndKind::Refused | EndKind::Answered if is_error => told(head, &body),
        EndKind::Refused | EndKind::Answered => answered(head, &body, is_done),
        EndKind::Cut if outcome.is_whole => wrong("it was cut, and the client takes it for whole"),
        EndKind::Cut if is_done => wrong("it was cut, and its stream ends as if it were whole"),
        EndKind::Cut => None,
    }
}

/// An error has a body that clients of its API understand.
fn told(head: &ResponseHead, body: &str) -> Option<Fault> {
    let value: Option<Value> = serde_json::from_str(body).ok();
    let error = value.as_ref().and_then(|value| value.get("error"));
    let message = error.and_then(|error| error.get("message")).and_then(Value::as_str);
    let has_type = error.is_some_and(|error| error.get("type").is_some_and(Value::is_string));
    if message.is_none_or(str::is_empty)
        || !has_type
        || header(head, "content-type") != Some("application/json")
    {
        return Some((format!("status {} has no error body that its API has", head.status), None));
    }
    None
}

fn answered(head: &ResponseHead, body: &str, is_done: bool) -> Option<Fault> {
    if header(head, "content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        if !is_done {
            return Some((
                "a stream that is whole does not end with `[DONE]`".to_owned(),
                Some("end: cut".to_owned()),
            ));
        }
        let events = seen::events(body).unwrap_or_default();
        let is_event = |event: &&str| {
            *event == DONE || serde_json::from_str::<Value>(event).is_ok_and(|it| it.is_object())
        };
        return events
            .iter()
            .find(|event| !is_event(event))
            .map(|event| (format!("an event is not JSON: `{event}`"), None));
    }
    let is_object = serde_json::from_str::<Value>(body).is_ok_and(|value| value.is_object());
    (!is_object).then(|| ("the answer is not a JSON object".to_owned(), None))
}

/// What was reserved is settled once, to what was used and recorded; what was not sent costs nothing.
fn settled(outcome: &Outcome, record: &Record) -> Option<Fault> {
    let wrong = |message: String| Some((message, None));
    let mut reserved: Vec<ReservationId> = outcome.reserved.iter().map(|(id, _)| *id).collect();
    let mut given: Vec<ReservationId> =
        outcome.settled.iter().flat_map(|settlement| &settlement.reservations).copied().collect();
    reserved.sort_unstable();
    given.sort_unstable();
    if reserved != given {
        return wrong(format!("{} reservations were made, and {} settled", reserved.len(), given.len()));
    }
    let (tokens, spend) = (record.input_tokens.saturating_add(record.output_tokens), record.spend);
    if let Some(other) = outcome.settled.iter().find(|one| (one.tokens, one.spend) != (tokens, spend)) {
        return wrong(format!(
            "{} tokens and {} millionths were settled, and {tokens} and {spend} recorded",
            other.tokens, other.spend
        ));
    }
    if record.served.is_none() && (tokens, spend) != (0, 0) {
        let message = format!("nothing served, and {tokens} tokens and {spend} millionths were charged");
        return Some((message, Some("cost: 0".to_owned())));
    }
    let is_final = |charge: &&engine::meter::Charge| match charge.kind {
        LimitKind::Requests => charge.amount == 1,
        LimitKind::Tokens => charge.amount == tokens,
        LimitKind::Spend => charge.amount == spend,
    };
    // A reservation that found no room took nothing.
    let taken = record.charges.iter().filter(|_| outcome.full.is_empty());
    taken.clone().find(|charge| !is_final(charge)).map(|charge| {
        let message = format!(
            "a charge is recorded as {}, and {tokens} tokens and {spend} millionths were settled",
            charge.amount
        );
        (message, None)
    })
}
