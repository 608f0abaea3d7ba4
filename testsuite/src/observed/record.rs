//! What is written of an exchange, as the log of records shows it.
//!
//! The names of the fields and the words in them are those of the sidecar's
//! log, a line an exchange; what is a list is a list here. A field that the
//! log leaves out, this leaves out.

use crate::names::Names;
use engine::decision::{Decision, Shadowed};
use engine::record::Record;
use engine::wording;
use lang::model::{DetectorId, EndpointId, ModelId, Parts};
use serde_json::{Map, Value, json};

/// The record as JSON.
pub(super) fn shown(names: Names<'_>, record: &Record) -> Value {
    let model: &Parts = names.model();
    let mut fields = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    add("decision", Some(json!(record.id.to_string())));
    add("began", Some(json!(record.began.to_string())));
    add("took_us", Some(json!(u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX))));
    add("policy", Some(json!(record.digest.to_string())));
    add("tenant", record.tenant.map(|id| json!(wording::tenant_name(model, id))));
    add("workload", record.workload.map(|id| json!(wording::workload_name(model, id))));
    add("caller", Some(json!(record.caller)));
    add("operation", record.operation.map(|operation| json!(operation.as_str())));
    add("api", Some(json!(record.api.as_str())));
    add("asked", Some(json!(record.asked)));
    add("reason", record.reason.as_ref().map(|reason| json!(wording::reason_in_log(model, reason))));
    let redacted = |rows: &[(DetectorId, u32)]| list(rows, |row| redaction(model, *row));
    add("input_redactions", Some(redacted(&record.input_redactions)));
    add("output_redactions", Some(redacted(&record.output_redactions)));
    let charge = |charge: &engine::meter::Charge| {
        format!("{}={}", wording::limit_name(model, charge.limit), charge.amount)
    };
    add("charges", Some(list(&record.charges, charge)));
    let alerts = |is_shadow| record.alerts.iter().filter(move |alert| alert.is_shadow == is_shadow);
    add("alerts", Some(alerts(false).map(|alert| Value::String(wording::alert(model, *alert))).collect()));
    add(
        "attempts",
        Some(list(&record.attempts, |attempt| {
            format!("{}={}", wording::endpoint_name(model, attempt.endpoint), attempt.outcome)
        })),
    );
    add("served", record.served.map(|(endpoint, served)| json!(candidate(model, endpoint, served))));
    add("status", Some(json!(record.status)));
    add("input_tokens", Some(json!(record.input_tokens)));
    add("output_tokens", Some(json!(record.output_tokens)));
    add("spend", Some(json!(record.spend)));
    add("end", Some(json!(record.end.as_str())));
    if let Some(decision) = &record.decision {
        decided(model, decision, &mut add);
        let shadowed = decision.shadowed.iter().map(|one| shadowed(model, one));
        let shadowed = shadowed.chain(alerts(true).map(|alert| wording::alert(model, *alert)));
        add("shadowed", Some(shadowed.map(Value::String).collect()));
    }
    Value::Object(fields)
}

fn decided(model: &Parts, decision: &Decision, add: &mut dyn FnMut(&str, Option<Value>)) {
    add("verdict", Some(json!(decision.verdict.as_str())));
    add("reasons", Some(list(&decision.reasons, |reason| wording::reason_in_log(model, reason))));
    add("rules", Some(list(&decision.fired, |id| wording::rule_name(model, *id).to_owned())));
    add("route", Some(list(&decision.route, |to| candidate(model, to.endpoint, to.model))));
    add(
        "dropped",
        Some(list(&decision.dropped, |dropped| {
            let reason = wording::drop_reason_in_full(model, dropped.reason);
            format!("{}={reason}", wording::endpoint_name(model, dropped.endpoint))
        })),
    );
    add("flags", Some(list(&decision.flags, ToString::to_string)));
    add("cap", decision.cap.map(|cap| json!(cap)));
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> Value {
    items.iter().map(|item| Value::String(show(item))).collect()
}

/// What would have happened; of a redaction, how often as well.
fn shadowed(model: &Parts, shadowed: &Shadowed) -> String {
    let text = wording::shadowed(model, shadowed);
    match shadowed {
        Shadowed::Redaction(_, times) => format!("{text}={times}"),
        Shadowed::Rule(_) | Shadowed::Limit(_) => text,
    }
}

fn candidate(model: &Parts, endpoint: EndpointId, served: ModelId) -> String {
    format!("{} {}", wording::endpoint_name(model, endpoint), wording::model_name(model, served))
}

fn redaction(model: &Parts, (detector, times): (DetectorId, u32)) -> String {
    format!("{}={times}", wording::detector_name(model, detector))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::record::DecisionId;
    use lang::model::{Digest, LimitId, TenantId};
    use lang::{Day, NoLoader, PackageFiles};

    /// The log, whose fields these are.
    const LOG: &str = include_str!("../../../server/src/recorder.rs");

    /// A record in which nothing is left out.
    fn full() -> (lang::model::Model, Record) {
        let text =
            "policy small { language 1; version \"1\" }\ntenant labs { identify mtls subject \"CN=labs\" }\n";
        let files = vec![("policy.ascp".into(), text.as_bytes().to_vec())];
        let compiled = lang::compile(PackageFiles { path: "small".into(), files }, &NoLoader, Day::Unchecked);
        let decision = Decision {
            verdict: engine::Verdict::Deny,
            reasons: vec![engine::Reason::Residency],
            fired: Vec::new(),
            shadowed: vec![Shadowed::Redaction(DetectorId(0), 2), Shadowed::Limit(LimitId(0))],
            route: Vec::new(),
            dropped: Vec::new(),
            flags: vec!["a".into()],
            cap: Some(5),
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let record = Record {
            tenant: Some(TenantId(0)),
            workload: Some(lang::model::WorkloadId(0)),
            operation: Some(engine::facts::Operation::Chat),
            decision: Some(decision),
            reason: Some(engine::Reason::ToolNotAllowed("what a client wrote".into())),
            served: Some((EndpointId(0), ModelId(0))),
            ..Record::begun(DecisionId(1), jiff::Timestamp::UNIX_EPOCH, Digest([0; 32]))
        };
        (compiled.model.unwrap(), record)
    }

    #[test]
    fn its_fields_are_those_of_the_log() {
        let (model, record) = full();
        let Value::Object(fields) = shown(Names::new(&model), &record) else { panic!("an object") };
        let (_, line) = LOG.split_once("target: \"ascp::record\",").unwrap();
        let (line, _) = line.split_once("    );\n").unwrap();
        let name =
            |line: &str| line.strip_prefix("        ")?.split_once(" = ").map(|(name, _)| name.to_owned());
        let mut logged: Vec<String> = line.lines().filter_map(name).collect();
        logged.sort();
        assert_eq!(fields.keys().cloned().collect::<Vec<_>>(), logged);
    }

    #[test]
    fn nothing_that_was_said_is_in_it() {
        let (model, record) = full();
        let shown = shown(Names::new(&model), &record);
        assert_eq!(shown["reason"], "tool_not_allowed");
        assert_eq!(shown["tenant"], "labs");
        assert_eq!(shown["shadowed"], json!(["?=2", "?"]));
        assert!(!shown.to_string().contains("what a client wrote"), "{shown}");
    }
}
