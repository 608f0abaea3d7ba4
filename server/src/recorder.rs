//! Where records go: into memory, the latest ones, and into the log, all of them, a line each.
//!
//! A record names things and counts them. What was sent or answered is not in it.

use crate::limits::RECORDS_KEPT_MAX;
use engine::decision::{Decision, Shadowed};
use engine::meter::Alert;
use engine::record::Record;
use engine::wording;
use lang::model::{DetectorId, EndpointId, ModelId, Parts, TenantId};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Takes in records.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    kept: Mutex<VecDeque<Box<Record>>>,
}

impl Recorder {
    /// A request is about to be sent.
    ///
    /// The log is not durable, so there is nothing to wait for. Each exchange is one line, written
    /// at its end; this one serves those who look for a request that has none yet.
    #[expect(clippy::unused_self, reason = "a durable log will be asked here whether the record is safe")]
    pub(crate) fn begin(&self, record: &Record, model: &Parts) {
        tracing::debug!(
            target: "ascp::begin",
            decision = %record.id,
            policy = %record.digest,
            tenant = record.tenant.map(|id| wording::tenant_name(model, id)),
        );
    }

    /// An exchange is over.
    pub(crate) fn end(&self, record: Box<Record>, model: &Parts) {
        log(&record, model);
        self.alert(&record.alerts, record.tenant, model);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= RECORDS_KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(record);
    }

    /// Tells of budgets whose thresholds were reached, a line each; of those on trial only the record tells.
    #[expect(clippy::unused_self, reason = "a recorder that sends alerts elsewhere will be asked here")]
    pub(crate) fn alert(&self, alerts: &[Alert], tenant: Option<TenantId>, model: &Parts) {
        for alert in alerts.iter().filter(|alert| !alert.is_shadow) {
            tracing::warn!(
                target: "ascp::alert",
                tenant = tenant.map(|id| wording::tenant_name(model, id)),
                budget = wording::limit_name(model, alert.limit),
                percent = alert.percent,
            );
        }
    }

    /// The latest records, oldest first.
    pub(crate) fn latest(&self) -> Vec<Record> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|record| Record::clone(record)).collect()
    }
}

/// Writes one structured line.
fn log(record: &Record, model: &Parts) {
    let decision = record.decision.as_ref();
    let endpoint = |id| wording::endpoint_name(model, id);
    tracing::info!(
        target: "ascp::record",
        decision = %record.id,
        began = %record.began,
        took_us = u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX),
        policy = %record.digest,
        tenant = record.tenant.map(|id| wording::tenant_name(model, id)),
        workload = record.workload.map(|id| wording::workload_name(model, id)),
        caller = record.caller,
        operation = record.operation.map(engine::facts::Operation::as_str),
        api = record.api.as_str(),
        asked = record.asked,
        verdict = decision.map(|decision| decision.verdict.as_str()),
        reason = record.reason.as_ref().map(|reason| wording::reason_in_log(model, reason)),
        reasons = decision.map(|one| list(&one.reasons, |reason| wording::reason_in_log(model, reason))),
        rules = decision.map(|one| list(&one.fired, |id| wording::rule_name(model, *id).to_owned())),
        shadowed = decision.map(|one| shadowed_list(model, one, &record.alerts)),
        route = decision.map(|one| list(&one.route, |to| served_text(model, to.endpoint, to.model))),
        dropped = decision.map(|one| list(&one.dropped, |dropped| {
            format!("{}={}", endpoint(dropped.endpoint), wording::drop_reason_in_full(model, dropped.reason))
        })),
        flags = decision.map(|one| list(&one.flags, ToString::to_string)),
        cap = decision.and_then(|one| one.cap),
        input_redactions = list(&record.input_redactions, |row| redaction_text(model, *row)),
        output_redactions = list(&record.output_redactions, |row| redaction_text(model, *row)),
        charges = list(&record.charges, |charge| {
            format!("{}={}", wording::limit_name(model, charge.limit), charge.amount)
        }),
        alerts = alert_list(model, &record.alerts, false),
        attempts = list(&record.attempts, |attempt| {
            format!("{}={}", endpoint(attempt.endpoint), attempt.outcome)
        }),
        served = record.served.map(|(endpoint, served)| served_text(model, endpoint, served)),
        status = record.status,
        input_tokens = record.input_tokens,
        output_tokens = record.output_tokens,
        spend = record.spend,
        end = record.end.as_str(),
    );
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(",")
}

/// The alerts of budgets in force, or of those on trial.
fn alert_list(model: &Parts, alerts: &[Alert], is_shadow: bool) -> String {
    let told: Vec<Alert> = alerts.iter().copied().filter(|alert| alert.is_shadow == is_shadow).collect();
    list(&told, |alert| wording::alert(model, *alert))
}

/// What would have happened, alerts of budgets on trial last.
fn shadowed_list(model: &Parts, decision: &Decision, alerts: &[Alert]) -> String {
    let decided = list(&decision.shadowed, |shadowed| shadowed_text(model, shadowed));
    let told = alert_list(model, alerts, true);
    [decided, told].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",")
}

/// What would have happened; of a redaction, how often as well.
fn shadowed_text(model: &Parts, shadowed: &Shadowed) -> String {
    let text = wording::shadowed(model, shadowed);
    match shadowed {
        Shadowed::Redaction(_, times) => format!("{text}={times}"),
        Shadowed::Rule(_) | Shadowed::Limit(_) => text,
    }
}

fn served_text(model: &Parts, endpoint: EndpointId, served: ModelId) -> String {
    format!("{} {}", wording::endpoint_name(model, endpoint), wording::model_name(model, served))
}

fn redaction_text(model: &Parts, (detector, times): (DetectorId, u32)) -> String {
    format!("{}={times}", wording::detector_name(model, detector))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Log, subscriber};
    use engine::decision::Reason;
    use engine::record::{DecisionId, EndKind};
    use lang::model::{Digest, TenantId};
    use std::io::Write;
    use std::sync::Arc;

    const PACKAGE: &str = r#"
policy small "Small" { language 1; version "1"; owner "a@b.example" }
tenant labs { identify mtls subject "CN=labs" }
"#;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn record() -> Record {
        Record {
            tenant: Some(TenantId(0)),
            reason: Some(Reason::ToolNotAllowed("what a client wrote".into())),
            status: 403,
            end: EndKind::Refused,
            ..Record::begun(DecisionId(33), jiff::Timestamp::UNIX_EPOCH, Digest([0; 32]))
        }
    }

    /// What is logged of one exchange.
    fn lines(is_verbose: bool) -> Vec<serde_json::Value> {
        let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
        let package = lang::PackageFiles { path: "small".into(), files };
        let compiled = lang::compile(package, &lang::NoLoader, lang::Day::Unchecked);
        let said = compiled.render(lang::Style::Plain);
        let model: Arc<Parts> = compiled.model.expect(&said).into();
        let sink = Sink::default();
        let (log, lines) = Log::new(sink.clone());
        tracing::subscriber::with_default(subscriber(lines, is_verbose), || {
            let recorder = Recorder::default();
            recorder.begin(&record(), &model);
            recorder.end(Box::new(record()), &model);
            assert_eq!(recorder.latest().len(), 1);
        });
        drop(log);
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_exchange_is_one_line_and_two_when_verbose() {
        let one = lines(false);
        assert_eq!(one.len(), 1, "{one:?}");
        let two = lines(true);
        let is = |line: &serde_json::Value| (line["level"].clone(), line["target"].clone());
        let expected = [("DEBUG".into(), "ascp::begin".into()), ("INFO".into(), "ascp::record".into())];
        assert_eq!(two.iter().map(is).collect::<Vec<_>>(), expected);
        for line in &two {
            assert_eq!(
                (&line["decision"], &line["tenant"]),
                (&"dec_00000000000000000000000011".into(), &"labs".into())
            );
        }
    }

    #[test]
    fn a_tool_is_not_named_in_the_log() {
        let line = lines(false).remove(0);
        assert_eq!(line["reason"], "tool_not_allowed");
        assert!(!line.to_string().contains("what a client wrote"), "{line}");
    }
}
