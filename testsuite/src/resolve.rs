//! Checks the names of a case against the package before it is run.
//!
//! A case that says `never: azure/westerope` would pass for ever. Whatever a
//! case names must exist, but for the models and tools that clients ask for:
//! asking for what does not exist is what some cases are about.

use crate::names::Names;
use crate::suite::{Ask, Case, Counts, Expect, Step, Word, near};
use crate::yaml::{Fault, Place};

/// Passes when every name of the case is declared.
///
/// # Errors
///
/// The first name that is not, with a near one if there is one.
pub fn check(case: &Case, names: Names<'_>) -> Result<(), Fault> {
    case.steps.iter().try_for_each(|step| check_step(step, names))
}

/// Passes when who asks, and what is said to be down, are declared.
///
/// # Errors
///
/// The first name that is not, with a near one if there is one.
fn check_ask(ask: &Ask, down: &[Word], names: Names<'_>) -> Result<(), Fault> {
    let model = names.model();
    let tenants = || model.tenants.iter().map(|tenant| &*tenant.name);
    let workloads = || model.workloads.iter().map(|workload| &*workload.name);
    let endpoints = || model.endpoints.iter().map(|endpoint| &*endpoint.name);
    ask.tenant.iter().try_for_each(|word| declared("tenant", word, tenants()))?;
    ask.workload.iter().try_for_each(|word| declared("workload", word, workloads()))?;
    down.iter().try_for_each(|word| declared("endpoint", word, endpoints()))
}

fn check_step(step: &Step, names: Names<'_>) -> Result<(), Fault> {
    check_ask(&step.ask, &step.down, names)?;
    let model = names.model();
    let endpoints = || model.endpoints.iter().map(|endpoint| &*endpoint.name);
    let replies = step.replies.iter().flatten().filter_map(|reply| reply.from.as_ref());
    replies.clone().try_for_each(|word| declared("endpoint", word, endpoints()))?;
    step.expect.iter().try_for_each(|expect| check_expect(expect, names))
}

fn check_expect(expect: &Expect, names: Names<'_>) -> Result<(), Fault> {
    let model = names.model();
    let endpoints = || model.endpoints.iter().map(|endpoint| &*endpoint.name);
    let rules = || model.rules.iter().map(|rule| &*rule.name);
    let detectors = || model.detectors.iter().map(|detector| &*detector.name);
    let limits = || model.limits.iter().map(|limit| &*limit.text);
    let lists = [&expect.route, &expect.attempts];
    let endpoint_words = lists
        .into_iter()
        .flatten()
        .flatten()
        .chain(&expect.served_by)
        .chain(&expect.never)
        .chain(expect.dropped.iter().map(|(endpoint, _)| endpoint));
    endpoint_words.into_iter().try_for_each(|word| declared("endpoint", word, endpoints()))?;
    let exceptions = || model.exceptions.iter().map(|exception| &*exception.name);
    expect.exceptions.iter().flatten().try_for_each(|word| declared("exception", word, exceptions()))?;
    expect.rules.iter().flatten().try_for_each(|word| declared("rule", word, rules()))?;
    let said = expect.reason.iter().chain(expect.reasons.iter().flatten());
    let reasons = said.chain(expect.dropped.iter().map(|(_, reason)| reason));
    for reason in reasons {
        match reason.split_once(':') {
            Some(("rule" | "policy_error", rule)) => named("rule", rule, expect.place, rules())?,
            Some(("content_blocked", detector)) => named("detector", detector, expect.place, detectors())?,
            Some(("rate_limited" | "token_limit" | "budget_exhausted", limit)) => {
                named("limit", limit, expect.place, limits())?;
            }
            Some(_) | None => {}
        }
    }
    let surfaces = [&expect.redacted, &expect.findings];
    let counts = surfaces.into_iter().flat_map(|surfaces| [&surfaces.input, &surfaces.output]);
    let detectors_named = counts.flatten().flat_map(Counts::keys);
    detectors_named.into_iter().try_for_each(|name| named("detector", name, expect.place, detectors()))?;
    let charged = expect.charges.iter().flat_map(|charges| charges.keys());
    charged.into_iter().try_for_each(|name| named("limit", name, expect.place, limits()))?;
    for alert in expect.alerts.iter().flatten() {
        let budget = alert.split_once(" at ").map_or(alert.as_str(), |(budget, _)| budget);
        named("limit", budget, expect.place, limits())?;
    }
    Ok(())
}

fn declared<'a>(kind: &str, word: &Word, known: impl Iterator<Item = &'a str> + Clone) -> Result<(), Fault> {
    named(kind, &word.text, word.place, known)
}

fn named<'a>(
    kind: &str,
    name: &str,
    place: Place,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Fault> {
    if known.clone().any(|candidate| candidate == name) {
        return Ok(());
    }
    let help = near(name, known);
    Err(Fault::new(place, format!("the package has no {kind} `{name}`")).help_maybe(help))
}
