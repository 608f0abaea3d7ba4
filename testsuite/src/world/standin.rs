//! The stand-in provider as the upstream of every endpoint.

use super::{Answer, Upstream};
use crate::suite::{Fail, Reply, Truncate};
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
        let truncate = reply.and_then(|reply| reply.truncate);
        let scripted = reply.map(|reply| scripted(reply, &attempt.body)).unwrap_or_default();
        let answer = standin::answer(attempt.path, &attempt.body, &scripted, self.created);
        let mut pieces: Vec<Bytes> = answer.pieces.into_iter().map(Bytes::from).collect();
        let has_body = standin::has_body(answer.status);
        if let Some(body) = reply.and_then(|reply| reply.body.as_deref()).filter(|_| has_body) {
            pieces = cut(body, reply.and_then(|reply| reply.cut));
        }
        let failure = match (fail, answer.end) {
            (Some(Fail::Connect), _) => Some(UpstreamFailure::Connect),
            // What has no body is whole with its head.
            (Some(Fail::Broken | Fail::Malformed) | None, _) if !has_body => None,
            (Some(Fail::Broken), _) => {
                pieces = halved(pieces);
                Some(UpstreamFailure::Broken)
            }
            (Some(Fail::Malformed) | None, standin::End::Complete) if truncate.is_some() => {
                pieces = truncate.map_or_else(Vec::new, |truncate| truncated(pieces, truncate));
                Some(UpstreamFailure::Broken)
            }
            (Some(Fail::Malformed) | None, standin::End::Broken) => Some(UpstreamFailure::Broken),
            (Some(Fail::Malformed) | None, standin::End::Complete) => None,
        };
        let scripted_headers = reply.map(|reply| reply.headers.clone()).unwrap_or_default();
        let own = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let is_own = |(name, _): &(String, String)| scripted_headers.iter().all(|(said, _)| said != name);
        let headers = own.filter(is_own).chain(scripted_headers.iter().cloned()).collect();
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

/// A body in pieces of so many bytes.
fn cut(body: &[u8], cut: Option<u32>) -> Vec<Bytes> {
    let cut = cut.map_or(body.len(), |cut| usize::try_from(cut).unwrap_or(usize::MAX));
    body.chunks(cut.max(1)).map(Bytes::copy_from_slice).collect()
}

/// What of an answer comes before its connection breaks.
fn truncated(pieces: Vec<Bytes>, truncate: Truncate) -> Vec<Bytes> {
    let mut left = match truncate {
        Truncate::Chunks(chunks) => return pieces.into_iter().take(chunks).collect(),
        Truncate::Bytes(bytes) => bytes,
    };
    let piece = |mut piece: Bytes| {
        piece.truncate(left);
        left = left.saturating_sub(piece.len());
        piece
    };
    pieces.into_iter().map(piece).filter(|piece| !piece.is_empty()).collect()
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
        pieces: reply.chunks.iter().map(|chunk| fill(chunk)).collect(),
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
pub(crate) fn fill_tokens(text: &str, body: &str) -> String {
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
    use super::*;
    use lang::model::EndpointId;

    const REQUEST: &str = r#"{"model":"m","messages":[{"role":"user","content":"[PAN_k3f9x2ma]"}]"#;

    /// The answer to a request, and its pieces as text.
    fn answer(is_stream: bool, reply: &Reply) -> (Answer, Vec<String>) {
        let attempt = Attempt {
            endpoint: EndpointId(0),
            path: "/chat/completions",
            headers: Vec::new(),
            body: format!("{REQUEST},\"stream\":{is_stream}}}").into(),
            number: 1,
            stream: is_stream,
        };
        let answer = StandIn::default().answer(&attempt, Some(reply));
        let pieces = answer.chunks.iter().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
        (answer, pieces)
    }

    #[test]
    fn chunks_are_pieces_of_a_stream() {
        let chunks = vec!["Card ".to_owned(), "{{pan.1}}".to_owned()];
        let reply = Reply { chunks, ..Reply::default() };
        let (_, pieces) = answer(true, &reply);
        let with_text = |text: &str| pieces.iter().position(|piece| piece.contains(text));
        assert_eq!((with_text("\"Card \""), with_text("\"[PAN_k3f9x2ma]\"")), (Some(1), Some(2)));
        assert!(answer(false, &reply).1.concat().contains("Card [PAN_k3f9x2ma]"));
    }

    #[test]
    fn a_connection_breaks_where_it_is_told_to() {
        let reply =
            |truncate| Reply { say: Some("hello".into()), truncate: Some(truncate), ..Reply::default() };
        let (whole, pieces) = answer(true, &Reply { say: Some("hello".into()), ..Reply::default() });
        assert_eq!(whole.failure, None);
        let all = pieces.concat();
        for (truncate, left) in [
            (Truncate::Chunks(0), ""),
            (Truncate::Chunks(2), &*pieces[..2].concat()),
            (Truncate::Chunks(1_000), &all),
            (Truncate::Bytes(0), ""),
            (Truncate::Bytes(pieces[0].len() + 3), all.get(..pieces[0].len() + 3).unwrap()),
            (Truncate::Bytes(1 << 20), &all),
        ] {
            let (cut, pieces) = answer(true, &reply(truncate));
            assert_eq!(pieces.concat(), left, "{truncate:?}");
            assert_eq!(cut.failure, Some(UpstreamFailure::Broken), "{truncate:?}");
        }
        let refused = Reply { fail: Some(Fail::Connect), ..Reply::default() };
        assert_eq!(answer(true, &refused).0.failure, Some(UpstreamFailure::Connect));
    }

    #[test]
    fn a_body_and_headers_are_sent_as_they_are() {
        let reply = Reply {
            status: Some(429),
            headers: vec![("content-type".into(), "text/html".into()), ("retry-after".into(), "20".into())],
            body: Some(b"\xff\x00{]".to_vec()),
            cut: Some(3),
            ..Reply::default()
        };
        for is_stream in [false, true] {
            let (answer, _) = answer(is_stream, &reply);
            assert_eq!(answer.chunks, [&b"\xff\x00{"[..], b"]"]);
            assert_eq!((answer.status, &answer.headers), (429, &reply.headers));
        }
        let (answer, pieces) = answer(false, &Reply { body: Some(Vec::new()), ..Reply::default() });
        assert_eq!((answer.status, pieces), (200, vec![]));
        assert_eq!(answer.headers, [("content-type".to_owned(), "application/json".to_owned())]);
    }

    #[test]
    fn a_status_without_a_body_has_none() {
        for (status, fail, body) in
            [(204, None, None), (304, Some(Fail::Broken), None), (204, None, Some("x"))]
        {
            let body = body.map(|body| body.as_bytes().to_vec());
            let reply = Reply { status: Some(status), fail, body, ..Reply::default() };
            for is_stream in [false, true] {
                let (answer, pieces) = answer(is_stream, &reply);
                assert_eq!((answer.status, answer.failure, pieces.as_slice()), (status, None, &[][..]));
            }
        }
    }

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
