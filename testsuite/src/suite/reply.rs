//! How an upstream answers: the `reply` of a case.

use super::Word;
use super::fields::{Layers, check_keys};
use super::value;
use crate::yaml::{Fault, Node, Value};
use std::time::Duration;

/// How an upstream answers, from one call on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Which endpoint; every one when it says none.
    pub from: Option<Word>,
    /// The status; 200 unless said.
    pub status: Option<u16>,
    /// How the call fails, if it does.
    pub fail: Option<Fail>,
    /// How long it takes to the first byte.
    pub delay: Duration,
    /// Text of the answer; `{{pii.pan.1}}` stands for the token that the upstream saw.
    pub say: Option<String>,
    /// Tools that it calls.
    pub tool_calls: Vec<ToolCall>,
    /// Why it ends.
    pub finish_reason: Option<String>,
    /// Characters a chunk, in a stream.
    pub cut: Option<u32>,
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

/// A tool that an upstream calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// Its name.
    pub name: String,
    /// Its arguments, as JSON text.
    pub arguments: String,
}

/// Keys of a reply.
pub(super) const KEYS: &[&str] =
    &["from", "status", "fail", "delay", "say", "tool_calls", "finish_reason", "cut", "usage"];

/// The ways to fail, as suites write them.
const FAILS: &[(&str, Fail)] =
    &[("connect", Fail::Connect), ("broken", Fail::Broken), ("malformed", Fail::Malformed)];

/// One reply, or a list of them.
pub(super) fn read(node: &Node) -> Result<Vec<Reply>, Fault> {
    value::one_or_many(node, read_one)
}

fn read_one(node: &Node) -> Result<Reply, Fault> {
    let fields = value::mapping(node, "a reply")?;
    check_keys(fields, KEYS, "a reply")?;
    let fields = Layers::new(&[fields]);
    Ok(Reply {
        from: fields.read("from", value::word)?,
        status: fields.read("status", status)?,
        fail: fields.read("fail", |node| value::choice(node, FAILS))?,
        delay: fields.read("delay", value::duration)?.unwrap_or_default(),
        say: fields.read("say", value::text)?,
        tool_calls: fields.read("tool_calls", tool_calls)?.unwrap_or_default(),
        finish_reason: fields.read("finish_reason", value::text)?,
        cut: fields.read("cut", |node| value::count_within(node, u32::MAX))?,
        usage: fields.read("usage", usage)?,
    })
}

pub(super) fn status(node: &Node) -> Result<u16, Fault> {
    let status = value::count(node)?;
    u16::try_from(status)
        .ok()
        .filter(|status| (200..=599).contains(status))
        .ok_or_else(|| Fault::new(node.place, format!("{status} is no status of an answer: 200 to 599")))
}

fn tool_calls(node: &Node) -> Result<Vec<ToolCall>, Fault> {
    value::one_or_many(node, |node| {
        if let Value::Scalar(_) = node.value {
            return Ok(ToolCall { name: value::text(node)?, arguments: "{}".into() });
        }
        let fields = value::mapping(node, "a tool call")?;
        check_keys(fields, &["name", "arguments"], "a tool call")?;
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
    let fields = value::mapping(node, "`usage`")?;
    check_keys(fields, &["input", "output"], "`usage` of a reply")?;
    let fields = Layers::new(&[fields]);
    let input = fields.read("input", value::count)?.unwrap_or_default();
    Ok((input, fields.read("output", value::count)?.unwrap_or_default()))
}
