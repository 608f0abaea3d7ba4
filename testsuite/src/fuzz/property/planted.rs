//! No value that is redacted was seen where it must not be, and what the caller sent came back.
//!
//! A value counts only where its detector finds it in the very text in which
//! it stands, asked alone: that a text hides a value from a detector is not
//! what is asked here, but that what is found is dealt with on all roads.

use super::{Breach, Judged, Sight, seen};
use crate::draft::list;
use crate::fuzz::pool::Value;
use crate::names::Location;
use crate::observed::Observed;
use crate::request;
use crate::run::Outcome;
use crate::suite::{Reply, Step, Times};
use crate::world::{Script, fill_tokens};
use engine::facts::Operation;
use engine::record::{EndKind, Record};
use engine::scan::is_token;
use lang::model::{Action, DetectorId, EndpointId, RedactionRow, Surface};
use lang::units::end_of;
use std::collections::BTreeSet;

pub(super) fn judge(sight: &Sight<'_>) -> Judged {
    let mut judged = Judged::default();
    let Some(step) = sight.step() else { return judged };
    let asked = seen::texts_of_request(&request::body(&step.ask));
    let mut script = script(sight, step);
    for outcome in sight.outcomes {
        let replies: Vec<Option<Reply>> =
            outcome.sent.iter().map(|sent| script.next(sent.endpoint).cloned()).collect();
        let Some(record) = outcome.record.as_deref() else { continue };
        let look = Look { sight, outcome, record, asked: &asked };
        look.input(&mut judged);
        // Which reply went to whom is not known where several were under way, and a vector says nothing.
        let says = step.ask.operation != Some(Operation::Embeddings);
        if matches!(step.times, Times::Repeat(_)) && says {
            let serving = serving(outcome, record);
            let reply = serving.and_then(|at| replies.get(at)).and_then(Option::as_ref);
            if let Some((reply, sent)) = reply.zip(serving.and_then(|at| outcome.sent.get(at))) {
                look.output(&said(reply, &sent.body), &mut judged);
            }
        }
        look.audit(&mut judged);
    }
    judged
}

/// What upstreams answer, from the first call of the case on.
fn script(sight: &Sight<'_>, step: &Step) -> Script {
    let mut script = Script::default();
    let endpoints = sight.names.model().endpoints.iter().enumerate();
    let endpoints = endpoints.map(|(at, endpoint)| (EndpointId::from_index(at), &*endpoint.name));
    // A step that says none inherits those of the first, which are the case's.
    let first = sight.case.steps.first().and_then(|first| first.replies.as_ref());
    script.set(step.replies.as_ref().or(first).map(Vec::as_slice).unwrap_or_default(), endpoints);
    script
}

/// The call whose answer the client got: the one that served, else the last.
fn serving(outcome: &Outcome, record: &Record) -> Option<usize> {
    match record.served {
        Some((endpoint, _)) => outcome.sent.iter().rposition(|sent| sent.endpoint == endpoint),
        None => outcome.sent.len().checked_sub(1),
    }
}

/// The texts of a reply, as its upstream says them.
fn said(reply: &Reply, body: &str) -> Vec<String> {
    let chunks: String = reply.chunks.concat();
    let texts = reply.say.iter().chain([&chunks]).chain(reply.tool_calls.iter().map(|call| &call.arguments));
    texts.filter(|text| !text.is_empty()).map(|text| fill_tokens(text, body)).collect()
}

/// One exchange, looked at for values.
struct Look<'a> {
    sight: &'a Sight<'a>,
    outcome: &'a Outcome,
    record: &'a Record,
    /// The strings of the request in which detectors look.
    asked: &'a [String],
}

impl Look<'_> {
    /// The strictest row in force on a detector's findings.
    fn row(&self, surface: Surface, detector: DetectorId) -> Option<&RedactionRow> {
        let model = self.sight.names.model();
        let tenant = self.record.tenant.and_then(|id| model.tenants.get(id.index()))?;
        let redactions = tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index()));
        let in_force = redactions.filter(|redaction| {
            let is_on_trial = redaction.shadow_until.is_some_and(|date| self.record.began < end_of(date));
            redaction.surfaces.contains(&surface) && !is_on_trial
        });
        let rows = in_force.flat_map(|redaction| &redaction.rows);
        rows.filter(|row| row.detectors.contains(&detector))
            .max_by(|one, other| one.action.cmp(&other.action))
    }

    /// The row that hides a value on a surface; `None` where nothing does.
    fn hides(&self, surface: Surface, value: &Value) -> Option<&RedactionRow> {
        let row = self.row(surface, value.detector)?;
        let hides = match &row.action {
            Action::Flag => false,
            Action::Mask { keep_last } => {
                let kept = usize::try_from(*keep_last).unwrap_or(usize::MAX);
                value.found.chars().filter(|letter| letter.is_alphanumeric()).count() > kept
            }
            Action::Replace(text) => !text.contains(&value.found),
            Action::Hash | Action::Tokenize | Action::Block => true,
        };
        hides.then_some(row)
    }

    /// Whether a value stands in some of these texts, and is found in each in which it stands.
    fn is_found(&self, value: &Value, texts: &[String]) -> bool {
        let mut holding = texts.iter().filter(|text| text.contains(&value.found)).peekable();
        holding.peek().is_some() && holding.all(|text| self.sight.pool.is_found(value, text))
    }

    fn breach(&self, message: String, expected: String, row: Option<&RedactionRow>) -> Breach {
        let decided_by: Option<Location> = row.and_then(|row| self.sight.names.locate(row.span));
        Breach {
            message,
            expected: vec![vec![expected]],
            decided_by: decided_by.or_else(|| self.sight.tenant_place(self.outcome)),
        }
    }

    fn called(&self, value: &Value) -> String {
        format!("`{}`, which `{}` finds", value.found, self.sight.names.detector(value.detector))
    }

    /// What is redacted on input reached no upstream.
    fn input(&self, judged: &mut Judged) {
        let sent: Vec<Vec<String>> = self.outcome.sent.iter().map(|sent| seen::strings(&sent.body)).collect();
        for value in &self.sight.pool.values {
            let Some(row) = self.hides(Surface::Input, value).filter(|_| self.is_found(value, self.asked))
            else {
                continue;
            };
            let leaked = sent.iter().position(|texts| texts.iter().any(|text| text.contains(&value.found)));
            let breach = match leaked {
                Some(at) => {
                    let endpoint = self
                        .outcome
                        .sent
                        .get(at)
                        .map_or("?", |sent| self.sight.names.endpoint(sent.endpoint));
                    let message =
                        format!("{} in the request, reached `{endpoint}` in clear", self.called(value));
                    Some((
                        message,
                        format!("upstream: {{ lacks: {} }}", list(std::slice::from_ref(&value.found))),
                    ))
                }
                None if row.action == Action::Block && !sent.is_empty() => {
                    let message = format!(
                        "{} in the request, is blocked, and the request was sent",
                        self.called(value)
                    );
                    Some((message, "attempts: []".to_owned()))
                }
                None => None,
            };
            judged.take(breach.map(|(message, expected)| self.breach(message, expected, Some(row))));
        }
    }

    /// What is new in an answer and redacted did not reach the client, and what the caller sent did.
    fn output(&self, said: &[String], judged: &mut Judged) {
        let body = String::from_utf8_lossy(&self.outcome.body);
        let seen = seen::answer(&body);
        let is_seen = |value: &str| seen.iter().any(|text| text.contains(value));
        for value in &self.sight.pool.values {
            let is_sent = self.asked.iter().any(|text| text.contains(&value.found));
            let Some(row) =
                self.hides(Surface::Output, value).filter(|_| !is_sent && self.is_found(value, said))
            else {
                continue;
            };
            let breach = is_seen(&value.found).then(|| {
                let message = format!("{} in the answer, reached the client in clear", self.called(value));
                self.breach(
                    message,
                    format!("client: {{ lacks: {} }}", list(std::slice::from_ref(&value.found))),
                    Some(row),
                )
            });
            judged.take(breach);
        }
        let is_whole =
            self.record.end == EndKind::Answered && self.outcome.is_whole && self.record.reason.is_none();
        if is_whole && self.record.served.is_some() {
            for token in said.iter().flat_map(|text| tokens(text)).collect::<BTreeSet<_>>() {
                judged.take(self.unrestored(token, said, &is_seen));
            }
        }
    }

    /// A token of the request is the caller's value again.
    fn unrestored(&self, token: &str, said: &[String], is_seen: &dyn Fn(&str) -> bool) -> Option<Breach> {
        if self.asked.iter().any(|text| text.contains(token)) {
            return None; // The caller wrote it so.
        }
        // What an upstream says of itself is new, and redacted, to the same token where the caller sent it too.
        let is_new = self.sight.pool.values.iter().any(|value| {
            let holds = |texts: &[String]| texts.iter().any(|text| text.contains(&value.found));
            holds(said) && holds(self.asked)
        });
        if is_seen(token) && !is_new {
            let message = format!("`{token}`, a token of the request, reached the client");
            return Some(self.breach(
                message,
                format!("client: {{ lacks: {} }}", list(&[token.to_owned()])),
                None,
            ));
        }
        let value = self.only_value(token)?;
        (!is_seen(&value.found)).then(|| {
            let message =
                format!("{} and the caller sent, did not come back for `{token}`", self.called(value));
            let row = self.row(Surface::Input, value.detector);
            self.breach(
                message,
                format!("client: {{ has: {} }}", list(std::slice::from_ref(&value.found))),
                row,
            )
        })
    }

    /// The value that a token must stand for: the only one of the request that has such tokens.
    fn only_value(&self, token: &str) -> Option<&Value> {
        let label = token.strip_prefix('[')?.rsplit_once('_')?.0.to_ascii_lowercase();
        let detectors = self.sight.names.model().detectors.iter().enumerate();
        let own = detectors.filter(|(_, detector)| detector.name.rsplit('.').next() == Some(&*label));
        let own: Vec<DetectorId> = own.map(|(at, _)| DetectorId::from_index(at)).collect();
        let find = |detector: &DetectorId| {
            self.asked.iter().map(|text| self.sight.pool.find(*detector, text).len()).sum::<usize>()
        };
        if own.iter().map(find).sum::<usize>() != 1 {
            return None;
        }
        let mut values = self.sight.pool.values.iter();
        values.find(|value| own.contains(&value.detector) && self.is_found(value, self.asked))
    }

    /// What is redacted for the record is not in it.
    fn audit(&self, judged: &mut Judged) {
        let mut written: Option<Vec<String>> = None;
        for value in &self.sight.pool.values {
            let Some(row) = self.hides(Surface::Audit, value) else { continue };
            let written = written.get_or_insert_with(|| {
                seen::strings(&Observed::of(self.sight.names, self.outcome).record.to_string())
            });
            if self.is_found(value, written) {
                let message = format!("{} in the request, is in the record", self.called(value));
                let expected = format!("record: {{ lacks: {} }}", list(std::slice::from_ref(&value.found)));
                judged.take(Some(self.breach(message, expected, Some(row))));
            }
        }
    }
}

/// The tokens in a text.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let opened = text.match_indices('[').filter_map(|(at, _)| text.get(at..));
    opened.filter_map(|rest| rest.split_inclusive(']').next()).filter(|token| is_token(token))
}
