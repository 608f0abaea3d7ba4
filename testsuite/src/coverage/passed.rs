//! What one exchange passed, from its record and its facts.

use super::allowlist::{self, Entry};
use super::countable::strictest;
use super::unit::Key;
use crate::run::Outcome;
use engine::decision::{Decision, Shadowed};
use engine::facts::{Facts, Findings};
use engine::oracle::observe;
use lang::model::{DetectorId, Model, Redaction, RedactionId, Surface, TenantId};
use lang::units::end_of;
use std::collections::BTreeSet;

/// The numbers of all that an exchange passed; some of them are not counted.
pub(super) fn keys(model: &Model, entries: &[Entry], outcome: &Outcome) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let Some(record) = &outcome.record else { return keys };
    // A limit that is full takes nothing.
    let is_full = |limit| outcome.full.iter().any(|full| full.limit == limit);
    let charged = record.charges.iter().filter(|charge| !is_full(charge.limit));
    keys.extend(charged.map(|charge| Key::Charged(charge.limit)));
    keys.extend(outcome.full.iter().map(|full| Key::Full(full.limit)));
    if let Some((tenant, (endpoint, _))) = record.tenant.zip(record.served) {
        keys.insert(Key::Served(tenant, endpoint));
    }
    // Without a decision nothing was asked: the request was refused before.
    let Some((decision, facts)) = record.decision.as_ref().zip(outcome.facts.as_ref()) else { return keys };
    keys.extend(of_decision(facts.tenant, decision));
    let observation = observe(model, facts);
    for asked in observation.rules {
        keys.extend(asked.outcomes.into_iter().map(|(part, truth)| match part {
            0 => Key::Rule(asked.rule, truth),
            part => Key::Part(asked.rule, part, truth),
        }));
    }
    keys.extend(observation.exceptions.into_iter().map(Key::Used));
    keys.extend(hits(model, facts));
    keys.extend(allowlist::touched(model, entries, facts, record).into_iter().map(Key::Entry));
    keys
}

fn of_decision(tenant: TenantId, decision: &Decision) -> Vec<Key> {
    let dropped = decision.dropped.iter();
    let mut keys: Vec<Key> =
        dropped.map(|dropped| Key::Dropped(tenant, dropped.endpoint, dropped.reason)).collect();
    keys.extend(decision.shadowed.iter().filter_map(|shadowed| match shadowed {
        Shadowed::Limit(limit) => Some(Key::Full(*limit)),
        Shadowed::Rule(_) | Shadowed::Redaction(..) => None,
    }));
    keys
}

/// The rows of the tenant's redactions that did something, or would have done it.
fn hits(model: &Model, facts: &Facts) -> Vec<Key> {
    let Some(tenant) = model.tenants.get(facts.tenant.index()) else { return Vec::new() };
    let is_enforced =
        |redaction: &Redaction| redaction.shadow_until.is_none_or(|date| facts.now >= end_of(date));
    let mut keys = Vec::new();
    for id in &tenant.redactions {
        let Some(redaction) = model.redactions.get(id.index()) else { continue };
        for surface in &redaction.surfaces {
            let found = found(facts, *surface);
            for (number, row) in redaction.rows.iter().enumerate() {
                let is_hit =
                    found.iter().filter(|detector| row.detectors.contains(detector)).any(|detector| {
                        // Another row may do more to the same finding, and then this one does nothing.
                        !is_enforced(redaction)
                            || strictest(model, tenant, *surface, *detector, &is_enforced)
                                == Some(&row.action)
                    });
                keys.extend(is_hit.then(|| hit(*id, number, *surface)));
            }
        }
    }
    keys
}

fn hit(id: RedactionId, number: usize, surface: Surface) -> Key {
    Key::Hit(id, u32::try_from(number).unwrap_or(u32::MAX), surface)
}

/// The detectors that found something; what is recorded is what was sent and what was answered.
fn found(facts: &Facts, surface: Surface) -> BTreeSet<DetectorId> {
    let of = |findings: &Findings| findings.list.iter().map(|found| found.detector).collect::<BTreeSet<_>>();
    let (input, output) = (of(&facts.input), of(&facts.output.findings));
    match surface {
        Surface::Input => input,
        Surface::Output => output,
        Surface::Audit => input.union(&output).copied().collect(),
    }
}
