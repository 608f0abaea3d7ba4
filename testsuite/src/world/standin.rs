//! The stand-in provider as the upstream of every endpoint.

use super::{Answer, Upstream};
use crate::suite::{Fail, Reply};
use bytes::Bytes;
use engine::dialect::answer::Usage;
use engine::exchange::Attempt;
use engine::record::UpstreamFailure;
use engine::standin;
use std::num::NonZeroUsize;

/// Answers as a script says, and else with the stand-in's echo.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandIn {
    /// The virtual wall clock, in seconds since 1970.
    pub created: u64,
}

impl Upstream for StandIn {
    fn answer(&self, attempt: &Attempt, reply: Option<&Reply>) -> Answer {
        let fail = reply.and_then(|reply| reply.fail);
        let scripted = reply.map(|reply| scripted(reply, &attempt.body)).unwrap_or_default();
        let answer = standin::chat(&attempt.body, &scripted, self.created);
        let mut pieces: Vec<Bytes> = answer.pieces.into_iter().map(Bytes::from).collect();
        let failure = match (fail, answer.end) {
            (Some(Fail::Connect), _) => Some(UpstreamFailure::Connect),
            (Some(Fail::Broken), _) => {
                pieces = halved(pieces);
                Some(UpstreamFailure::Broken)
            }
            (Some(Fail::Malformed) | None, standin::End::Broken) => Some(UpstreamFailure::Broken),
            (Some(Fail::Malformed) | None, standin::End::Complete) => None,
        };
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Answer { delay: answer.delay, status: answer.status, headers, chunks: pieces, failure }
    }
}

/// The first half of an answer: of its pieces, or of its only one.
fn halved(mut pieces: Vec<Bytes>) -> Vec<Bytes> {
    match pieces.as_mut_slice() {
        [only] => only.truncate(only.len() >> 1),
        _ => pieces.truncate(pieces.len().div_ceil(2)),
    }
    pieces
}

/// A suite's reply in the stand-in's words.
fn scripted(reply: &Reply, body: &[u8]) -> standin::Reply {
    let body = String::from_utf8_lossy(body);
    let fill = |text: &str| fill_tokens(text, &body);
    let call = |call: &crate::suite::ToolCall| standin::ScriptedCall {
        name: call.name.clone(),
        arguments: fill(&call.arguments),
    };
    standin::Reply {
        status: reply.status,
        say: reply.say.as_deref().map(fill),
        tool_calls: reply.tool_calls.iter().map(call).collect(),
        delay: reply.delay,
        cut: reply.cut.and_then(|cut| NonZeroUsize::new(usize::try_from(cut).unwrap_or(usize::MAX))),
        finish_reason: reply.finish_reason.clone(),
        usage: reply.usage.map(|(input, output)| Usage { input, output, cached_input: 0 }),
        truncate: None,
        garbage: reply.fail == Some(Fail::Malformed),
    }
}

/// Puts the tokens that an upstream saw in place of `{{pii.pan.1}}` and its like.
///
/// What has no token stays as it is written, so that a wrong number shows.
fn fill_tokens(text: &str, body: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        match token(name.trim(), body) {
            Some(token) => filled.push_str(token),
            None => filled.extend(["{{", name, "}}"]),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// The token of the n-th value that a detector found: tokens carry the last part of its name.
fn token<'a>(name: &str, body: &'a str) -> Option<&'a str> {
    let (detector, number) = name.rsplit_once('.')?;
    let number: usize = number.parse().ok()?;
    let label = detector.rsplit_once('.').map_or(detector, |(_, last)| last).to_ascii_uppercase();
    let opening = format!("[{label}_");
    let mut seen: Vec<&str> = Vec::new();
    for (at, _) in body.match_indices(&opening) {
        let token = body.get(at..).and_then(|rest| rest.split_inclusive(']').next())?;
        let value = token.strip_prefix(opening.as_str()).and_then(|rest| rest.strip_suffix(']'));
        let is_value = value.is_some_and(|value| {
            value.len() >= TOKEN_LETTERS_MIN
                && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if is_value && !seen.contains(&token) {
            seen.push(token);
        }
    }
    seen.get(number.checked_sub(1)?).copied()
}

/// Shortest value part of a token.
const TOKEN_LETTERS_MIN: usize = 8;

#[cfg(test)]
mod tests {
    use super::fill_tokens;

    #[test]
    fn tokens_are_filled_in_the_order_of_the_request() {
        let body = r#"{"content":"[PAN_k3f9x2ma] and [IBAN_aaaabbbb], [PAN_k3f9x2ma], [PAN_zzzz2222], [PAN_short]"}"#;
        for (text, filled) in [
            ("Card {{pii.pan.1}}.", "Card [PAN_k3f9x2ma]."),
            ("{{pii.pan.2}}{{ pii.iban.1 }}", "[PAN_zzzz2222][IBAN_aaaabbbb]"),
            ("{{pii.pan.3}} {{pii.pan.0}} {{pan}}", "{{pii.pan.3}} {{pii.pan.0}} {{pan}}"),
            ("{{ open", "{{ open"),
        ] {
            assert_eq!(fill_tokens(text, body), filled, "{text}");
        }
    }
}
