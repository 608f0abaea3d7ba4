//! How an upstream answers: the `reply` of a case.

use super::Word;
use super::fields::{Layers, check_keys};
use super::fixtures::Fixtures;
use super::keys::{BYTES, COUNTED, NAMED_REPLY, REPLY, TOOL_CALL, TRUNCATE};
use super::value;
use crate::yaml::{Entry, Fault, Node, Value};
use std::time::Duration;

/// How an upstream answers, from one call on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Which endpoint; every one when it says none.
    pub from: Option<Word>,
    /// The status; 200 unless said.
    pub status: Option<u16>,
    /// Headers besides those that every answer has, names in lower case.
    pub headers: Vec<(String, String)>,
    /// How the call fails, if it does.
    pub fail: Option<Fail>,
    /// How long it takes to the first byte.
    pub delay: Duration,
    /// Text of the answer; `{{pii.pan.1}}` stands for the token that the upstream saw.
    pub say: Option<String>,
    /// The text in the chunks of a stream; an answer that is none says them together.
    pub chunks: Vec<String>,
    /// The whole body, in place of one that is made.
    pub body: Option<Vec<u8>>,
    /// Tools that it calls.
    pub tool_calls: Vec<ToolCall>,
    /// Why it ends.
    pub finish_reason: Option<String>,
    /// Characters a chunk, in a stream.
    pub cut: Option<u32>,
    /// Where the connection breaks, if it does.
    pub truncate: Option<Truncate>,
    /// Input and output tokens, as the upstream counts them.
    pub usage: Option<(u64, u64)>,
}

/// How a call fails, short of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fail {
    /// No connection.
    Connect,
    /// The connection breaks in the middle of the answer.
    Broken,
    /// The answer is not what the API promises.
    Malformed,
}

/// Where a connection breaks: after so much, or at the end of a shorter answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncate {
    /// After so many chunks, as they come over the wire.
    Chunks(usize),
    /// After so many bytes.
    Bytes(usize),
}

/// A tool that an upstream calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Its name.
    pub name: String,
    /// Its arguments, as JSON text.
    pub arguments: String,
}

/// The ways to fail, as suites write them.
pub(super) const FAILS: &[(&str, Fail)] =
    &[("connect", Fail::Connect), ("broken", Fail::Broken), ("malformed", Fail::Malformed)];

/// Most replies of one script; a story longer than this is several.
const REPLIES_MAX: usize = 4_096;

/// One reply, or a list of them; a text in place of a reply names one.
pub(super) fn read(node: &Node, fixtures: &Fixtures<'_>) -> Result<Vec<Reply>, Fault> {
    let replies = value::one_or_many(node, |node| match &node.value {
        Value::Scalar(_) => read_named(fixtures.reply(&value::word(node)?)?),
        Value::Sequence(_) | Value::Mapping(_) | Value::Broken(_) => Ok(vec![read_one(node, fixtures)?]),
    })?;
    if replies.iter().map(Vec::len).sum::<usize>() > REPLIES_MAX {
        return Err(Fault::new(node.place, format!("a script has at most {REPLIES_MAX} replies")));
    }
    Ok(replies.concat())
}

/// What a name stands for: one reply, or a list of them, none of which names another.
pub(super) fn read_named(node: &Node) -> Result<Vec<Reply>, Fault> {
    value::one_or_many(node, |node| {
        let fields = value::mapping(node, NAMED_REPLY.what)?;
        check_keys(fields, &NAMED_REPLY)?;
        from_fields(&Layers::new(&[fields]))
    })
}

fn read_one(node: &Node, fixtures: &Fixtures<'_>) -> Result<Reply, Fault> {
    let fields = value::mapping(node, REPLY.what)?;
    check_keys(fields, &REPLY)?;
    let own = Layers::new(&[fields]);
    let Some(name) = own.read("with", value::word)? else { return from_fields(&own) };
    let below: &[Entry] = match &fixtures.reply(&name)?.value {
        Value::Mapping(below) => below,
        Value::Scalar(_) | Value::Sequence(_) | Value::Broken(_) => {
            let message = format!("`{}` is a list of replies, and `with` takes in one", name.text);
            return Err(Fault::new(name.place, message));
        }
    };
    from_fields(&Layers::new(&[fields, below]))
}

fn from_fields(fields: &Layers<'_>) -> Result<Reply, Fault> {
    one_text(fields)?;
    Ok(Reply {
        from: fields.read("from", value::word)?,
        status: fields.read("status", status)?,
        headers: fields.read("headers", value::headers)?.unwrap_or_default(),
        fail: fields.read("fail", |node| value::choice(node, FAILS))?,
        delay: fields.read("delay", value::duration)?.unwrap_or_default(),
        say: fields.read("say", value::text)?,
        chunks: fields.read("chunks", chunks)?.unwrap_or_default(),
        body: fields.read("body", body)?,
        tool_calls: fields.read("tool_calls", tool_calls)?.unwrap_or_default(),
        finish_reason: fields.read("finish_reason", value::text)?,
        cut: fields.read("cut", |node| value::count_within(node, u32::MAX))?,
        truncate: fields.read("truncate", truncate)?,
        usage: fields.read("usage", usage)?,
    })
}

/// Refuses what would be ignored: an answer is said in one way, and fails in one way.
fn one_text(fields: &Layers<'_>) -> Result<(), Fault> {
    const TWINS: &[(&str, &[&str])] = &[
        ("chunks", &["say", "cut"]),
        ("body", &["say", "chunks", "tool_calls", "finish_reason", "usage"]),
        ("truncate", &["fail"]),
    ];
    for (key, others) in TWINS {
        let Some((_, entry)) = fields.find(key) else { continue };
        if let Some(other) = others.iter().find(|other| fields.find(other).is_some()) {
            let message = format!("`{key}` and `{other}` are both said; one of them would be ignored");
            return Err(Fault::new(entry.place, message));
        }
    }
    Ok(())
}

pub(super) fn status(node: &Node) -> Result<u16, Fault> {
    let status = value::count(node)?;
    u16::try_from(status)
        .ok()
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| Fault::new(node.place, format!("{status} is no status of an answer: 200 to 599")))
}

fn chunks(node: &Node) -> Result<Vec<String>, Fault> {
    let chunks = value::list(node, value::full_text)?;
    if chunks.is_empty() {
        Err(Fault::new(node.place, "an answer has at least one chunk"))
    } else {
        Ok(chunks)
    }
}

/// A text as it stands, or bytes.
fn body(node: &Node) -> Result<Vec<u8>, Fault> {
    if let Value::Scalar(_) = node.value {
        return value::text(node).map(String::into_bytes);
    }
    let fields = value::mapping(node, "a body: a text or `{ hex }`")?;
    check_keys(fields, &BYTES)?;
    let bytes = Layers::new(&[fields]).read("hex", value::hex)?;
    bytes.ok_or_else(|| Fault::new(node.place, "a body that is no text needs its `hex`"))
}

fn truncate(node: &Node) -> Result<Truncate, Fault> {
    let fields = value::mapping(node, "`truncate`: `{ chunks }` or `{ bytes }`")?;
    check_keys(fields, &TRUNCATE)?;
    let fields = Layers::new(&[fields]);
    let size = |node: &Node| Ok(usize::try_from(value::count(node)?).unwrap_or(usize::MAX));
    match (fields.read("chunks", size)?, fields.read("bytes", size)?) {
        (Some(chunks), None) => Ok(Truncate::Chunks(chunks)),
        (None, Some(bytes)) => Ok(Truncate::Bytes(bytes)),
        (Some(_), Some(_)) | (None, None) => {
            Err(Fault::new(node.place, "say after how many `chunks` or after how many `bytes`, one of them"))
        }
    }
}

fn tool_calls(node: &Node) -> Result<Vec<ToolCall>, Fault> {
    value::one_or_many(node, |node| {
        if let Value::Scalar(_) = node.value {
            return Ok(ToolCall { name: value::text(node)?, arguments: "{}".into() });
        }
        let fields = value::mapping(node, TOOL_CALL.what)?;
        check_keys(fields, &TOOL_CALL)?;
        let fields = Layers::new(&[fields]);
        let name = fields.read("name", value::text)?;
        let name = name.ok_or_else(|| Fault::new(node.place, "a tool call needs a `name`"))?;
        let arguments = fields.read("arguments", arguments)?.unwrap_or_else(|| "{}".into());
        Ok(ToolCall { name, arguments })
    })
}

/// Arguments: a mapping, or their JSON as a text, whole or broken on purpose.
fn arguments(node: &Node) -> Result<String, Fault> {
    match &node.value {
        Value::Scalar(_) => value::text(node),
        Value::Mapping(_) | Value::Sequence(_) | Value::Broken(_) => Ok(value::json(node)?.to_string()),
    }
}

fn usage(node: &Node) -> Result<(u64, u64), Fault> {
    let (input, output) = counted(node)?;
    Ok((input.unwrap_or_default(), output.unwrap_or_default()))
}

/// Input and output tokens.
pub(super) fn counted(node: &Node) -> Result<(Option<u64>, Option<u64>), Fault> {
    let fields = value::mapping(node, "`usage`")?;
    check_keys(fields, &COUNTED)?;
    let fields = Layers::new(&[fields]);
    Ok((fields.read("input", value::count)?, fields.read("output", value::count)?))
}
