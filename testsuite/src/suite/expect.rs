//! What must come of a request: the `expect` of a case.

use super::fields::{Layers, check_keys};
use super::keys::{EXPECT, SURFACES, TEXT};
use super::path::{self, Path};
use super::reply::{counted, status};
use super::{Word, near, value};
use crate::yaml::{Fault, Node, Place, Value};
use engine::Verdict;
use engine::record::EndKind;
use regex_automata::meta::Regex;
use std::collections::BTreeMap;
use std::time::Duration;

/// What must come of a request. What is not said is not asked.
///
/// Lists are whole: `rules: []` says that none fired. `dropped` alone speaks
/// of the endpoints that it names and of no other.
#[derive(Clone, Debug)]
pub struct Expect {
    /// Where it stands.
    pub place: Place,
    /// How many of the step's requests are let in; the only other thing then said is the
    /// reason for which the rest are refused.
    pub allowed: Option<u32>,
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// The reason code, as in `rate_limited` or `rule:no_injection`.
    pub reason: Option<String>,
    /// All reasons, the deciding one first.
    pub reasons: Option<Vec<String>>,
    /// What the message holds.
    pub message: Option<String>,
    /// The rules that fired.
    pub rules: Option<Vec<Word>>,
    /// The flags.
    pub flags: Option<Vec<String>>,
    /// What shadowed rules, redactions and limits would have done.
    pub shadowed: Option<Vec<String>>,
    /// The endpoints of the route, in order.
    pub route: Option<Vec<Word>>,
    /// The exceptions that let candidates in.
    pub exceptions: Option<Vec<Word>>,
    /// Endpoints that fell out, and why.
    pub dropped: Vec<(Word, String)>,
    /// The endpoint that served.
    pub served_by: Option<Word>,
    /// Endpoints that were not called.
    pub never: Vec<Word>,
    /// The endpoints that were called, in order.
    pub attempts: Option<Vec<Word>>,
    /// Redactions, by detector.
    pub redacted: Surfaces,
    /// Findings, by detector.
    pub findings: Surfaces,
    /// The body that the serving upstream got.
    pub upstream: Option<TextExpect>,
    /// The answer that the client got.
    pub client: Option<TextExpect>,
    /// What is written of the exchange.
    pub record: Option<TextExpect>,
    /// The HTTP status that the client got.
    pub status: Option<u16>,
    /// When trying again can succeed.
    pub retry_after: Option<Duration>,
    /// How the exchange ended.
    pub end: Option<EndKind>,
    /// What was charged, by the text of the limit.
    pub charges: Option<BTreeMap<String, u64>>,
    /// Thresholds of budgets that it reached, as in `1 USD / month at 50%`.
    pub alerts: Option<Vec<String>>,
    /// Input and output tokens of the answer.
    pub tokens: (Option<u64>, Option<u64>),
    /// What it cost, in millionths of the currency.
    pub cost: Option<u64>,
    /// The least cap on output tokens in force.
    pub cap: Option<u64>,
}

/// Counts by detector.
pub type Counts = BTreeMap<String, u32>;

/// Counts on each surface; a surface that is not said is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surfaces {
    /// On the request.
    pub input: Option<Counts>,
    /// On the answer.
    pub output: Option<Counts>,
}

/// What a text must be.
#[derive(Clone, Debug, Default)]
pub struct TextExpect {
    /// It holds all of these.
    pub has: Vec<String>,
    /// It holds none of these.
    pub lacks: Vec<String>,
    /// It is this text, or this JSON.
    pub equals: Option<Exact>,
    /// All of these match somewhere in it.
    pub matches: Vec<Regex>,
    /// What these paths select in its JSON.
    pub json: Vec<(Path, serde_json::Value)>,
}

/// A whole text or a whole JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Exact {
    /// This text.
    Text(String),
    /// This JSON, whatever its layout.
    Json(serde_json::Value),
}

/// Every reason code; a code with a parameter is written `code:parameter`.
pub(super) const REASONS: &[&str] = &[
    "unauthenticated",
    "request_invalid",
    "not_translatable",
    "unscannable",
    "unsupported",
    "body_too_large",
    "unsupported_media",
    "operation_not_allowed",
    "workload_unknown",
    "workload_data",
    "model_not_allowed",
    "tool_not_allowed",
    "provider_not_allowed",
    "residency",
    "attestation_missing",
    "rule",
    "content_blocked",
    "rate_limited",
    "token_limit",
    "budget_exhausted",
    "no_endpoint",
    "upstream_failed",
    "audit_unavailable",
    "overloaded",
    "policy_error",
];

/// Every reason for which an endpoint falls out.
pub(super) const DROP_REASONS: &[&str] = &[
    "model_not_allowed",
    "provider_not_allowed",
    "residency",
    "attestation_missing",
    "not_spoken",
    "context_too_small",
    "not_accepted",
    "rule",
    "down",
];

/// How exchanges end.
pub(super) const ENDS: &[(&str, EndKind)] = &[
    (EndKind::Answered.as_str(), EndKind::Answered),
    (EndKind::Refused.as_str(), EndKind::Refused),
    (EndKind::Cut.as_str(), EndKind::Cut),
    (EndKind::ClientGone.as_str(), EndKind::ClientGone),
];

/// Reads an expectation that says at least one thing.
pub(super) fn read(node: &Node) -> Result<Expect, Fault> {
    let entries = value::mapping(node, "`expect`")?;
    check_keys(entries, &EXPECT)?;
    if entries.is_empty() {
        return Err(nothing(node.place));
    }
    let fields = Layers::new(&[entries]);
    let words = |node: &Node| value::list(node, value::word);
    Ok(Expect {
        place: node.place,
        allowed: fields.read("allowed", |node| allowed(node, entries))?,
        verdict: fields.read("verdict", verdict)?,
        reason: fields.read("reason", |node| code(node, REASONS))?,
        reasons: fields.read("reasons", |node| value::list(node, |node| code(node, REASONS)))?,
        message: fields.read("message", value::full_text)?,
        rules: fields.read("rules", words)?,
        flags: fields.read("flags", texts)?,
        shadowed: fields.read("shadowed", texts)?,
        route: fields.read("route", words)?,
        exceptions: fields.read("exceptions", words)?,
        dropped: fields.read("dropped", dropped)?.unwrap_or_default(),
        served_by: fields.read("served_by", value::word)?,
        never: fields.read("never", |node| value::one_or_more(node, value::word))?.unwrap_or_default(),
        attempts: fields.read("attempts", words)?,
        redacted: fields.read("redacted", surfaces)?.unwrap_or_default(),
        findings: fields.read("findings", surfaces)?.unwrap_or_default(),
        upstream: fields.read("upstream", text_expect)?,
        client: fields.read("client", text_expect)?,
        record: fields.read("record", text_expect)?,
        status: fields.read("status", status)?,
        retry_after: fields.read("retry_after", value::duration)?,
        end: fields.read("end", |node| value::choice(node, ENDS))?,
        charges: fields.read("charges", charges)?,
        alerts: fields.read("alerts", texts)?,
        tokens: fields.read("tokens", tokens)?.unwrap_or_default(),
        cost: fields.read("cost", value::millionths)?,
        cap: fields.read("cap", value::count)?,
    })
}

/// A test that asserts nothing never passes.
pub(super) fn nothing(place: Place) -> Fault {
    Fault::new(place, "nothing is expected here, so this could never fail").help_maybe(Some(
        "say what must come of it, as in `expect: { verdict: allow }`, or `snapshot: true`".into(),
    ))
}

/// A count of a crowd, of which nothing else can be said for each.
fn allowed(node: &Node, entries: &[crate::yaml::Entry]) -> Result<u32, Fault> {
    let other = entries.iter().find(|entry| !matches!(entry.key.as_str(), "allowed" | "reason"));
    if let Some(other) = other {
        let message = format!("beside `allowed` only `reason` can be said, not `{}`", other.key);
        return Err(Fault::new(other.place, message));
    }
    let count = value::count(node)?;
    u32::try_from(count).map_err(|_| Fault::new(node.place, format!("{count} is more than any step has")))
}

fn verdict(node: &Node) -> Result<Verdict, Fault> {
    value::choice(node, &[("allow", Verdict::Allow), ("deny", Verdict::Deny)])
}

fn texts(node: &Node) -> Result<Vec<String>, Fault> {
    let mut texts = value::list(node, value::text)?;
    texts.sort();
    Ok(texts)
}

/// A code of `known`, with or without its parameter.
fn code(node: &Node, known: &[&str]) -> Result<String, Fault> {
    let text = value::text(node)?;
    let base = text.split_once(':').map_or(text.as_str(), |(base, _)| base);
    if known.contains(&base) {
        return Ok(text);
    }
    let help = near(base, known.iter().copied());
    Err(Fault::new(node.place, format!("there is no reason `{base}`")).help_maybe(help))
}

fn dropped(node: &Node) -> Result<Vec<(Word, String)>, Fault> {
    let entry = |entry: &crate::yaml::Entry| {
        let endpoint = Word { text: entry.key.clone(), place: entry.place };
        Ok((endpoint, code(&entry.value, DROP_REASONS)?))
    };
    some(node, value::mapping(node, "`dropped`: endpoint to reason")?)?.iter().map(entry).collect()
}

/// Refuses an empty mapping, which would ask nothing.
fn some<'a, T>(node: &Node, entries: &'a [T]) -> Result<&'a [T], Fault> {
    if entries.is_empty() { Err(nothing(node.place)) } else { Ok(entries) }
}

fn surfaces(node: &Node) -> Result<Surfaces, Fault> {
    let entries = some(node, value::mapping(node, "surfaces")?)?;
    check_keys(entries, &SURFACES)?;
    let fields = Layers::new(&[entries]);
    Ok(Surfaces { input: fields.read("input", counts)?, output: fields.read("output", counts)? })
}

fn counts(node: &Node) -> Result<Counts, Fault> {
    let mut counts = Counts::new();
    for entry in value::mapping(node, "counts by detector")? {
        let count = value::count(&entry.value)?;
        let count = u32::try_from(count)
            .map_err(|_| Fault::new(entry.value.place, format!("{count} is more than any request holds")))?;
        counts.insert(entry.key.clone(), count);
    }
    Ok(counts)
}

fn charges(node: &Node) -> Result<BTreeMap<String, u64>, Fault> {
    let entries = value::mapping(node, "charges: limit to amount")?;
    entries.iter().map(|entry| Ok((entry.key.clone(), value::millionths(&entry.value)?))).collect()
}

/// Tokens of which at least one count is said.
fn tokens(node: &Node) -> Result<(Option<u64>, Option<u64>), Fault> {
    match counted(node)? {
        (None, None) => Err(nothing(node.place)),
        tokens => Ok(tokens),
    }
}

fn text_expect(node: &Node) -> Result<TextExpect, Fault> {
    let entries = some(node, value::mapping(node, TEXT.what)?)?;
    check_keys(entries, &TEXT)?;
    let fields = Layers::new(&[entries]);
    let many = |key: &str| {
        let texts = fields.read(key, |node| value::one_or_more(node, value::full_text))?;
        Ok::<_, Fault>(texts.unwrap_or_default())
    };
    Ok(TextExpect {
        has: many("has")?,
        lacks: many("lacks")?,
        equals: fields.read("equals", exact)?,
        matches: fields.read("matches", |node| value::one_or_more(node, value::pattern))?.unwrap_or_default(),
        json: fields.read("json", path::read_all)?.unwrap_or_default(),
    })
}

fn exact(node: &Node) -> Result<Exact, Fault> {
    match &node.value {
        Value::Scalar(_) => value::text(node).map(Exact::Text),
        Value::Sequence(_) | Value::Mapping(_) | Value::Broken(_) => value::json(node).map(Exact::Json),
    }
}
