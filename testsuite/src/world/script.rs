//! How upstreams answer, call by call.

use crate::suite::Reply;
use bytes::Bytes;
use engine::exchange::Attempt;
use engine::record::UpstreamFailure;
use lang::model::EndpointId;
use std::collections::BTreeMap;
use std::time::Duration;

/// One answer of an upstream, as it comes over the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How long until its first byte.
    pub delay: Duration,
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, in the pieces in which it arrives.
    pub chunks: Vec<Bytes>,
    /// How it breaks, if it does.
    pub failure: Option<UpstreamFailure>,
}

/// Says an upstream's lines; the stand-in provider does.
pub trait Upstream {
    /// The answer to a call, as scripted; `None` scripts nothing.
    fn answer(&self, attempt: &Attempt, reply: Option<&Reply>) -> Answer;
}

/// Replies by endpoint, and how far each has come.
#[derive(Clone, Debug, Default)]
pub struct Script {
    lines: BTreeMap<EndpointId, Lines>,
}

#[derive(Clone, Debug, Default)]
struct Lines {
    replies: Vec<Reply>,
    calls: usize,
}

impl Script {
    /// From here on, these replies, to each endpoint that they speak of.
    ///
    /// `endpoints` are all there are, by name.
    pub fn set<'a>(&mut self, replies: &[Reply], endpoints: impl Iterator<Item = (EndpointId, &'a str)>) {
        for (id, name) in endpoints {
            let speaks_of = |reply: &&Reply| reply.from.as_ref().is_none_or(|from| from.text == name);
            let replies: Vec<Reply> = replies.iter().filter(speaks_of).cloned().collect();
            if !replies.is_empty() {
                self.lines.insert(id, Lines { replies, calls: 0 });
            }
        }
    }

    /// The reply to the next call of an endpoint: the next one for it, then the last one for good.
    pub fn next(&mut self, endpoint: EndpointId) -> Option<&Reply> {
        let lines = self.lines.get_mut(&endpoint)?;
        let at = lines.calls.min(lines.replies.len().saturating_sub(1));
        lines.calls = lines.calls.saturating_add(1);
        lines.replies.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Word;
    use crate::yaml::Place;

    fn reply(from: Option<&str>, say: &str) -> Reply {
        let from = from.map(|text| Word { text: text.into(), place: Place::START });
        Reply { from, say: Some(say.into()), ..Reply::default() }
    }

    #[test]
    fn a_reply_holds_until_the_next_one_for_its_endpoint() {
        const ENDPOINTS: [(EndpointId, &str); 2] = [(EndpointId(0), "a/x"), (EndpointId(1), "b/y")];
        let mut script = Script::default();
        let say = |script: &mut Script, id| script.next(EndpointId(id)).and_then(|reply| reply.say.clone());
        assert_eq!(say(&mut script, 0), None);
        let replies = [reply(Some("a/x"), "one"), reply(None, "two"), reply(Some("a/x"), "three")];
        script.set(&replies, ENDPOINTS.into_iter());
        let heard: Vec<_> = (0..4).filter_map(|_| say(&mut script, 0)).collect();
        assert_eq!(heard, ["one", "two", "three", "three"]);
        assert_eq!(say(&mut script, 1).as_deref(), Some("two"));
        script.set(&[reply(Some("b/y"), "four")], ENDPOINTS.into_iter());
        assert_eq!(say(&mut script, 1).as_deref(), Some("four"));
        assert_eq!(say(&mut script, 0).as_deref(), Some("three"), "the other script goes on");
    }
}
