//! One case: its fields over the defaults, its matrix, its steps.

use super::fields::{Layers, check_keys};
use super::fixtures::Fixtures;
use super::keys::{CALLER, CASE, MESSAGE, SKIP, STEP, USED, WINDOWS};
use super::{Ask, Base, Body, Built, Case, Entry, Skip, Step, Times, Usage, expect, matrix, reply, value};
use crate::yaml::{Entry as Field, Fault, Node, Place, Value};
use engine::facts::{Api, Caller, Operation, Windows};
use std::time::Duration;

/// Most steps of a case; a story longer than this is several.
const STEPS_MAX: usize = 1_000;

/// Most requests of one step, one after another.
///
/// At some 100 µs an exchange this is ten seconds: long for a test, never a hang.
const REPEAT_MAX: u32 = 100_000;

/// Most requests at once; each holds its whole exchange in memory.
const CONCURRENT_MAX: u32 = 10_000;

/// Longest message that `times` makes; beyond what any model or listener takes.
const MESSAGE_BYTES_MAX: usize = 32 << 20;

/// Reads a case, one entry for each combination of its matrix; `room` is how many may still be.
///
/// # Errors
///
/// Name and fault of a case that is wrong before its combinations differ.
pub(super) fn read(node: &Node, base: &Base<'_>, room: usize) -> Result<Vec<Entry>, (String, Fault)> {
    let unnamed = |fault: Fault| ("(no name)".to_owned(), fault);
    let fields = value::mapping(node, "a case").map_err(unnamed)?;
    let own = Layers::new(&[fields]);
    let name = own.read("name", value::text).map_err(unnamed)?;
    let name = name.ok_or_else(|| unnamed(Fault::new(node.place, "a case needs a `name`")))?;
    let named = |fault: Fault| (name.clone(), fault);
    check_keys(fields, &CASE).map_err(named)?;
    let layers = base.layers(fields).map_err(named)?;
    let Some(rows) = own.read("matrix", matrix::read).map_err(named)? else {
        let case = one(node.place, fields, &layers, base);
        return fit(vec![Entry { name: name.clone(), place: node.place, case }], node.place, room)
            .map_err(named);
    };
    if let Some(twin) = fields.iter().find(|field| rows.iter().any(|row| sets(row, &field.key))) {
        let message = format!("`{}` is said by the case and by its matrix", twin.key);
        return Err(named(Fault::new(twin.place, message)));
    }
    let entry = |row: matrix::Combination| {
        let under = base.fixtures.with(&row.fields).map(|row| layers.under(&row));
        let case = under.and_then(|layers| one(node.place, fields, &layers, base));
        Entry { name: format!("{name}{}", row.suffix), place: node.place, case }
    };
    fit(rows.into_iter().map(entry).collect(), node.place, room).map_err(named)
}

fn sets(row: &matrix::Combination, key: &str) -> bool {
    row.fields.iter().any(|field| field.key == key)
}

fn fit(entries: Vec<Entry>, place: Place, room: usize) -> Result<Vec<Entry>, Fault> {
    if entries.len() <= room {
        return Ok(entries);
    }
    Err(Fault::new(place, format!("this suite has more than {} cases", super::CASES_MAX)))
}

/// One combination of a case.
fn one(place: Place, own: &[Field], layers: &Layers<'_>, base: &Base<'_>) -> Result<Case, Fault> {
    let own = Layers::new(&[own]);
    let snapshot = layers.read("snapshot", value::boolean)?.unwrap_or_default();
    let skip = own.read("skip", skip)?;
    let mut tags = base.tags.clone();
    tags.extend(own.read("tags", |node| value::one_or_many(node, value::tag))?.unwrap_or_default());
    let steps = match own.find("steps") {
        None => vec![only_step(place, layers, base.fixtures)?],
        Some((_, field)) => {
            if let Some((_, expect)) = own.find("expect") {
                let message = "a case with `steps` says in each step what it expects";
                return Err(Fault::new(expect.place, message));
            }
            steps(&field.value, layers, base.fixtures)?
        }
    };
    if !snapshot && steps.iter().all(|step| step.expect.is_none()) {
        return Err(expect::nothing(place));
    }
    Ok(Case { now: instant(layers)?.or(base.now), steps, snapshot, skip, tags })
}

/// Why a case is not run: a text, or a reason and the last day on which it holds.
fn skip(node: &Node) -> Result<Skip, Fault> {
    let empty = || Fault::new(node.place, "say why the case is not run");
    let (reason, until) = match &node.value {
        Value::Scalar(_) => (value::text(node)?, None),
        Value::Sequence(_) | Value::Mapping(_) | Value::Broken(_) => {
            let fields = value::mapping(node, "`skip`: a text, or `{ reason, until }`")?;
            check_keys(fields, &SKIP)?;
            let fields = Layers::new(&[fields]);
            let until = fields
                .read("until", value::day)?
                .ok_or_else(|| Fault::new(node.place, "say `until` when, or write the reason as a text"))?;
            (fields.read("reason", value::text)?.ok_or_else(empty)?, Some(until))
        }
    };
    if reason.trim().is_empty() { Err(empty()) } else { Ok(Skip { reason, until, place: node.place }) }
}

fn steps(node: &Node, layers: &Layers<'_>, fixtures: &Fixtures<'_>) -> Result<Vec<Step>, Fault> {
    let items = value::items(node)?;
    if items.is_empty() || items.len() > STEPS_MAX {
        return Err(Fault::new(node.place, format!("a case has 1 to {STEPS_MAX} steps")));
    }
    let read = |(index, item): (usize, &Node)| {
        let fields = value::mapping(item, "a step")?;
        check_keys(fields, &STEP)?;
        let own = fixtures.with(fields)?;
        let layers = layers.under(&own);
        let own = Layers::new(&own);
        // Replies and what was used hold from the first step on, and are said once.
        let once = if index == 0 { &layers } else { &own };
        Ok(Step {
            times: times(&own)?,
            after: own.read("after", value::duration)?.unwrap_or_default(),
            at: instant(&own)?,
            expect: own.read("expect", expect::read)?,
            ..request(item.place, &layers, once, fixtures)?
        })
    };
    items.iter().enumerate().map(read).collect()
}

/// The step of a case that says none.
fn only_step(place: Place, case: &Layers<'_>, fixtures: &Fixtures<'_>) -> Result<Step, Fault> {
    let expect = case.read("expect", expect::read)?;
    Ok(Step { expect, ..request(place, case, case, fixtures)? })
}

/// A step that sends one request at once and expects nothing; `once` are the fields that are not inherited.
fn request(
    place: Place,
    layers: &Layers<'_>,
    once: &Layers<'_>,
    fixtures: &Fixtures<'_>,
) -> Result<Step, Fault> {
    Ok(Step {
        place,
        times: Times::Repeat(1),
        after: Duration::ZERO,
        at: None,
        ask: ask(layers)?,
        down: layers.read("down", |node| value::one_or_many(node, value::word))?.unwrap_or_default(),
        usage: once.read("usage", usage)?,
        replies: once.read("reply", |node| reply::read(node, fixtures))?,
        expect: None,
    })
}

/// Passes when a case could take in these fields of a named request.
pub(super) fn check_request(fields: &Layers<'_>, fixtures: &Fixtures<'_>) -> Result<(), Fault> {
    request(Place::START, fields, fields, fixtures).map(drop)
}

/// `now` and `at` say the same; one of them is enough.
fn instant(fields: &Layers<'_>) -> Result<Option<jiff::Timestamp>, Fault> {
    match (fields.find("now"), fields.find("at")) {
        (Some((now, _)), Some((at, entry))) if now == at => {
            Err(Fault::new(entry.place, "`at` and `now` both say when; one is enough"))
        }
        (Some((now, entry)), Some((at, _))) if now < at => value::instant(&entry.value).map(Some),
        (_, Some((_, entry))) | (Some((_, entry)), None) => value::instant(&entry.value).map(Some),
        (None, None) => Ok(None),
    }
}

fn times(fields: &Layers<'_>) -> Result<Times, Fault> {
    match (fields.find("repeat"), fields.find("concurrent")) {
        (Some(_), Some((_, entry))) => Err(Fault::new(
            entry.place,
            "`repeat` is one after another, `concurrent` is all at once; say one",
        )),
        (Some((_, entry)), None) => value::count_within(&entry.value, REPEAT_MAX).map(Times::Repeat),
        (None, Some((_, entry))) => value::count_within(&entry.value, CONCURRENT_MAX).map(Times::Concurrent),
        (None, None) => Ok(Times::Repeat(1)),
    }
}

/// The APIs that clients speak.
pub(super) const APIS: &[(&str, Api)] =
    &[("openai", Api::OpenAi), ("anthropic", Api::Anthropic), ("mistral", Api::Mistral)];

/// The operations, by name.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    Operation::ALL.iter().map(|operation| (operation.as_str(), *operation)).collect()
}

fn ask(fields: &Layers<'_>) -> Result<Ask, Fault> {
    let operations = operations();
    Ok(Ask {
        tenant: fields.read("tenant", value::word)?,
        caller: fields.read("caller", caller)?,
        workload: fields.read("workload", value::word)?,
        headers: fields.read("headers", value::headers)?.unwrap_or_default(),
        operation: fields.read("operation", |node| value::choice(node, &operations))?,
        api: fields.read("api", |node| value::choice(node, APIS))?,
        body: body(fields)?,
    })
}

/// The nearer of `request` and the fields that build a body.
fn body(fields: &Layers<'_>) -> Result<Body, Fault> {
    const BUILDING: &[&str] = &["say", "model", "stream", "tools", "max_tokens"];
    let nearest =
        BUILDING.iter().filter_map(|key| fields.find(key)).map(|(depth, entry)| (depth, entry.place)).min();
    if let Some((whole, entry)) = fields.find("request") {
        match nearest {
            Some((depth, place)) if depth == whole => {
                let message = "`request` is the whole body; this belongs inside it";
                return Err(Fault::new(place, message));
            }
            Some((depth, place)) if depth < whole && !fields.is_default(whole) => {
                return Err(Fault::new(place, "the case has a whole `request`; this would be ignored"));
            }
            Some((depth, _)) if depth < whole => {}
            Some(_) | None => {
                value::mapping(&entry.value, "the client's JSON")?;
                return Ok(Body::Whole(value::json(&entry.value)?.to_string()));
            }
        }
    }
    Ok(Body::Built(Built {
        model: fields.read("model", value::text)?,
        messages: fields.read("say", messages)?.unwrap_or_default(),
        stream: fields.read("stream", value::boolean)?,
        tools: fields.read("tools", |node| value::list(node, value::text))?.unwrap_or_default(),
        max_tokens: fields.read("max_tokens", value::count)?,
    }))
}

/// Who says a message.
pub(super) const ROLES: &[(&str, &str)] =
    &[("user", "user"), ("assistant", "assistant"), ("system", "system"), ("developer", "developer")];

/// One text of the user, or a list of texts and of messages with a role.
fn messages(node: &Node) -> Result<Vec<(String, String)>, Fault> {
    value::one_or_many(node, |node| match &node.value {
        Value::Scalar(_) => Ok(("user".to_owned(), value::text(node)?)),
        Value::Sequence(_) | Value::Mapping(_) | Value::Broken(_) => {
            let fields = value::mapping(node, MESSAGE.what)?;
            check_keys(fields, &MESSAGE)?;
            let fields = Layers::new(&[fields]);
            let role = fields.read("role", |node| value::choice(node, ROLES))?.unwrap_or("user");
            let content = fields.read("content", value::text)?;
            let content = content.ok_or_else(|| Fault::new(node.place, "a message needs its `content`"))?;
            let times = fields.read("times", |node| value::count_within(node, u32::MAX))?.unwrap_or(1);
            Ok((role.to_owned(), repeated(&content, times, node.place)?))
        }
    })
}

/// A text many times over, so that long prompts need no long suites.
fn repeated(content: &str, times: u32, place: Place) -> Result<String, Fault> {
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    if content.len().saturating_mul(times) > MESSAGE_BYTES_MAX {
        return Err(Fault::new(
            place,
            format!("this message is longer than {} MiB", MESSAGE_BYTES_MAX >> 20),
        ));
    }
    Ok(content.repeat(times))
}

fn caller(node: &Node) -> Result<Caller, Fault> {
    if let Value::Scalar(_) = node.value {
        return Ok(Caller { id: value::text(node)?, ..Caller::default() });
    }
    let fields = value::mapping(node, CALLER.what)?;
    check_keys(fields, &CALLER)?;
    let fields = Layers::new(&[fields]);
    let roles = |node: &Node| value::one_or_many(node, value::text);
    Ok(Caller {
        id: fields.read("id", value::text)?.unwrap_or_default(),
        roles: fields.read("roles", roles)?.unwrap_or_default(),
        claims: fields.read("claims", |node| value::pairs(node, "claims"))?.unwrap_or_default(),
    })
}

fn usage(node: &Node) -> Result<Usage, Fault> {
    let fields = value::mapping(node, USED.what)?;
    check_keys(fields, &USED)?;
    let fields = Layers::new(&[fields]);
    let read = |key: &str| Ok(fields.read(key, windows)?.unwrap_or_default());
    Ok(Usage { requests: read("requests")?, tokens: read("tokens")?, spend: read("spend")? })
}

fn windows(node: &Node) -> Result<Windows, Fault> {
    let fields = value::mapping(node, "windows")?;
    check_keys(fields, &WINDOWS)?;
    let fields = Layers::new(&[fields]);
    let read = |key: &str| Ok(fields.read(key, value::millionths)?.unwrap_or_default());
    Ok(Windows {
        second: read("second")?,
        minute: read("minute")?,
        hour: read("hour")?,
        day: read("day")?,
        month: read("month")?,
    })
}
