//! The invariants of the package hold for the decision that was made.

use super::{Breach, Judged, Sight};
use crate::draft::list;
use crate::run::Outcome;
use engine::analysis::Standing;
use engine::{Decision, Facts, Verdict};

/// Each invariant, in the order of the model.
pub(super) fn judge(sight: &Sight<'_>) -> Vec<Judged> {
    let count = sight.names.model().invariants.len();
    let mut judged = vec![Judged::default(); count];
    for outcome in sight.outcomes {
        let decision = outcome.record.as_ref().and_then(|record| record.decision.as_ref());
        // A request that is refused before anything is decided is sent nowhere.
        let Some((decision, facts)) = decision.zip(outcome.facts.as_deref()) else { continue };
        for (at, standing) in sight.invariants.judge(facts, decision).into_iter().enumerate() {
            let Some(judged) = judged.get_mut(at) else { continue };
            match standing {
                Standing::Beside => {}
                Standing::Holds => judged.take(None),
                Standing::Broken(error) => {
                    let message = match error {
                        None => "it does not hold".to_owned(),
                        Some(error) => format!("it cannot be evaluated: {error}"),
                    };
                    judged.take(Some(breach(sight, (at, message), outcome, (decision, facts))));
                }
            }
        }
    }
    judged
}

fn breach(
    sight: &Sight<'_>,
    (at, message): (usize, String),
    outcome: &Outcome,
    (decision, facts): (&Decision, &Facts),
) -> Breach {
    let record = outcome.record.as_ref();
    let holds = |other: &Decision| {
        let standing = sight.invariants.judge(facts, other).into_iter().nth(at);
        standing.is_some_and(|standing| !matches!(standing, Standing::Broken(_)))
    };
    let reason = record.and_then(|record| record.reason.as_ref());
    let decided =
        reason.and_then(|reason| sight.names.decided_by(reason, record.and_then(|record| record.tenant)));
    Breach {
        message,
        expected: mended(sight, decision, &holds),
        decided_by: decided.or_else(|| sight.tenant_place(outcome)),
    }
}

/// Decisions for which it would hold, as a case can say them: a shorter route, then another verdict.
fn mended(sight: &Sight<'_>, decision: &Decision, holds: &dyn Fn(&Decision) -> bool) -> Vec<Vec<String>> {
    let mut expected = Vec::new();
    let kept: Vec<_> = decision
        .route
        .iter()
        .filter(|candidate| holds(&Decision { route: vec![**candidate], ..decision.clone() }))
        .copied()
        .collect();
    let shorter = Decision { route: kept, ..decision.clone() };
    if !shorter.route.is_empty() && shorter.route.len() < decision.route.len() && holds(&shorter) {
        let names: Vec<String> = shorter
            .route
            .iter()
            .map(|candidate| sight.names.endpoint(candidate.endpoint).to_owned())
            .collect();
        expected.push(vec![format!("route: {}", list(&names))]);
    }
    for verdict in [Verdict::Deny, Verdict::Allow] {
        let (reasons, route) = match verdict {
            Verdict::Deny => (decision.reasons.clone(), Vec::new()),
            Verdict::Allow => (Vec::new(), decision.route.clone()),
        };
        if verdict != decision.verdict && holds(&Decision { verdict, reasons, route, ..decision.clone() }) {
            expected.push(vec![format!("verdict: {}", verdict.as_str())]);
        }
    }
    expected
}
