//! The header `x-ascp-simulate`: a script for the stand-in, sent with a request.
//!
//! Settings stand one after another, separated by `,` or `;`, white space around
//! them does not matter. A value that holds a separator stands in double quotes,
//! where `\"` is a quote and `\\` a backslash. A setting holds for every endpoint,
//! or for one when its name stands before it: `azure/westeurope:status=503`.
//!
//! | setting | meaning |
//! |---|---|
//! | `status=503` | the HTTP status |
//! | `delay=2s` | time to the first byte: `ms`, `s` or `m` |
//! | `say=hello` | what the model says |
//! | `cut=7` | pieces of so many characters in a stream, bytes otherwise |
//! | `call=get_balance` | the model calls this tool; may repeat |
//! | `arguments="{}"` | the arguments of the call before it |
//! | `finish=length` | why the answer ends |
//! | `truncate=3` | the connection breaks after so many pieces |
//! | `garbage` | the body is not what the API promises |

use super::{Reply, ScriptedCall};
use std::time::Duration;

/// Longest script; a header of this length is the most that servers take.
pub const SCRIPT_BYTES_MAX: usize = 8 << 10;

/// Longest delay: any timeout of a chain that is tried by hand is shorter.
pub const DELAY_MAX: Duration = Duration::from_mins(10);

/// A script, read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Script {
    settings: Vec<(Option<String>, Setting)>,
}

/// What is wrong with a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// Longer than [`SCRIPT_BYTES_MAX`].
    #[error("the script is longer than {SCRIPT_BYTES_MAX} bytes")]
    TooLong,
    /// A quote that does not end, or text after one.
    #[error("a quoted value does not end where its setting does")]
    Quote,
    /// No setting of this name.
    #[error(
        "no setting is called `{0}`; there are `status`, `delay`, `say`, `cut`, `call`, `arguments`, `finish`, `truncate`, `garbage`"
    )]
    Unknown(String),
    /// A value that the setting does not take.
    #[error("`{name}` takes {wanted}, not `{found}`")]
    Value {
        /// The setting.
        name: &'static str,
        /// What it takes.
        wanted: &'static str,
        /// What was found.
        found: String,
    },
    /// Arguments without a call before them.
    #[error("`arguments` stands without a `call` before it")]
    Arguments,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Setting {
    Status(u16),
    Delay(Duration),
    Say(String),
    Cut(std::num::NonZeroUsize),
    Call(String),
    Arguments(String),
    Finish(String),
    Truncate(usize),
    Garbage,
}

impl Script {
    /// Reads the header's value.
    ///
    /// # Errors
    ///
    /// Returns the first [`ScriptError`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use engine::standin::Script;
    /// let script = Script::parse(r#"say="hi, you"; azure/westeurope:status=503"#).unwrap();
    /// assert_eq!(script.reply("azure/westeurope").status, Some(503));
    /// assert_eq!(script.reply("mistral/eu").say.as_deref(), Some("hi, you"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        if text.len() > SCRIPT_BYTES_MAX {
            return Err(ScriptError::TooLong);
        }
        let mut script = Self::default();
        for item in split(text)? {
            let (name, value) = item.split_once('=').unwrap_or((&item, ""));
            let (endpoint, name) = match name.rsplit_once(':') {
                Some((endpoint, name)) => (Some(endpoint.trim().to_owned()), name.trim()),
                None => (None, name.trim()),
            };
            let setting = Setting::read(name, unquote(value.trim())?)?;
            let has_call = script
                .settings
                .iter()
                .any(|(whose, before)| *whose == endpoint && matches!(before, Setting::Call(_)));
            if matches!(setting, Setting::Arguments(_)) && !has_call {
                return Err(ScriptError::Arguments);
            }
            script.settings.push((endpoint, setting));
        }
        Ok(script)
    }

    /// What the stand-in does for an endpoint: what holds for all, then what is its own.
    pub fn reply(&self, endpoint: &str) -> Reply {
        let mut reply = Reply::default();
        let common = self.settings.iter().filter(|(whose, _)| whose.is_none());
        let own = self.settings.iter().filter(|(whose, _)| whose.as_deref() == Some(endpoint));
        for (_, setting) in common.chain(own) {
            setting.apply(&mut reply);
        }
        reply
    }
}

impl Setting {
    fn read(name: &str, value: String) -> Result<Self, ScriptError> {
        let wrong = |name, wanted| ScriptError::Value { name, wanted, found: value.clone() };
        Ok(match name {
            "status" => {
                let status = value.parse().ok().filter(|status| (200..600).contains(status));
                Self::Status(status.ok_or_else(|| wrong("status", "a status from 200 to 599"))?)
            }
            "delay" => Self::Delay(
                parse_delay(&value)
                    .ok_or_else(|| wrong("delay", "a duration up to 10m, as `250ms` or `2s`"))?,
            ),
            "say" => Self::Say(value),
            "cut" => Self::Cut(value.parse().map_err(|_| wrong("cut", "a number from 1"))?),
            "call" if value.is_empty() => return Err(wrong("call", "the name of a tool")),
            "call" => Self::Call(value),
            "arguments" => Self::Arguments(value),
            "finish" => Self::Finish(value),
            "truncate" => Self::Truncate(value.parse().map_err(|_| wrong("truncate", "a number"))?),
            "garbage" if value.is_empty() => Self::Garbage,
            "garbage" => return Err(wrong("garbage", "no value")),
            unknown => return Err(ScriptError::Unknown(unknown.to_owned())),
        })
    }

    fn apply(&self, reply: &mut Reply) {
        match self {
            Self::Status(status) => reply.status = Some(*status),
            Self::Delay(delay) => reply.delay = *delay,
            Self::Say(text) => reply.say = Some(text.clone()),
            Self::Cut(cut) => reply.cut = Some(*cut),
            Self::Call(name) => {
                reply.tool_calls.push(ScriptedCall { name: name.clone(), arguments: "{}".to_owned() });
            }
            Self::Arguments(arguments) => {
                if let Some(call) = reply.tool_calls.last_mut() {
                    call.arguments.clone_from(arguments);
                }
            }
            Self::Finish(reason) => reply.finish_reason = Some(reason.clone()),
            Self::Truncate(pieces) => reply.truncate = Some(*pieces),
            Self::Garbage => reply.garbage = true,
        }
    }
}

/// Cuts at separators outside quotes; drops empty items.
fn split(text: &str) -> Result<Vec<String>, ScriptError> {
    let mut items = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in text.chars() {
        if !is_quoted && matches!(character, ',' | ';') {
            items.push(String::new());
            continue;
        }
        if let Some(item) = items.last_mut() {
            item.push(character);
        }
        let is_quote = character == '"' && !is_escaped;
        is_quoted ^= is_quote;
        is_escaped = is_quoted && character == '\\' && !is_escaped;
    }
    if is_quoted {
        return Err(ScriptError::Quote);
    }
    Ok(items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
}

fn unquote(value: &str) -> Result<String, ScriptError> {
    let Some(rest) = value.strip_prefix('"') else { return Ok(value.to_owned()) };
    let mut text = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next() {
            Some('\\') => text.extend(characters.next()),
            Some('"') if characters.as_str().is_empty() => return Ok(text),
            Some('"') | None => return Err(ScriptError::Quote),
            Some(character) => text.push(character),
        }
    }
}

fn parse_delay(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits)?;
    let count: u64 = count.parse().ok()?;
    let delay = match unit {
        "ms" => Duration::from_millis(count),
        "s" => Duration::from_secs(count),
        "m" => Duration::from_secs(count.checked_mul(60)?),
        _ => return None,
    };
    (delay <= DELAY_MAX).then_some(delay)
}
