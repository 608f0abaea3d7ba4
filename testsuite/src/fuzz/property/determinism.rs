//! The same request comes to the same end, and to what the plain evaluator decides.

use super::{Breach, Judged, Sight};
use crate::draft::{list, text};
use crate::run::Outcome;
use engine::decision::{Decision, Shadowed};
use engine::{Verdict, oracle};

pub(super) fn judge(sight: &Sight<'_>) -> Judged {
    let mut judged = Judged::default();
    if sight.outcomes.len() != sight.again.len() {
        let message =
            "the same request in the same world ended another time with another number of exchanges";
        judged.take(Some(Breach { message: message.into(), expected: Vec::new(), decided_by: None }));
    }
    for (one, again) in sight.outcomes.iter().zip(sight.again) {
        judged.take(differs(one, again));
        judged.take(disagrees(sight, one));
    }
    judged
}

/// Everything that came, byte for byte.
fn differs(one: &Outcome, again: &Outcome) -> Option<Breach> {
    let (one, again) = (format!("{one:?}"), format!("{again:?}"));
    if one == again {
        return None;
    }
    let same = one.chars().zip(again.chars()).take_while(|(left, right)| left == right).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(20)).take(60).collect::<String>();
    let message = format!(
        "the same request in the same world came out twice and not alike: `{}`, then `{}`",
        around(&one),
        around(&again)
    );
    Some(Breach { message, expected: Vec::new(), decided_by: None })
}

/// The plain evaluator, asked with the facts that the exchange recorded.
fn disagrees(sight: &Sight<'_>, outcome: &Outcome) -> Option<Breach> {
    let record = outcome.record.as_ref()?;
    let (made, facts) = record.decision.as_ref().zip(outcome.facts.as_deref())?;
    let plain = oracle::decide(sight.names.model(), facts);
    let mut made = made.clone();
    // Limits are the meter's to know, not the decision's.
    made.shadowed.retain(|one| !matches!(one, Shadowed::Limit(_)));
    let field = difference(&made, &plain)?;
    let names = sight.names;
    let rules: Vec<String> = plain.fired.iter().map(|rule| names.rule(*rule).to_owned()).collect();
    let route: Vec<String> =
        plain.route.iter().map(|candidate| names.endpoint(candidate.endpoint).to_owned()).collect();
    let reasons =
        plain.reasons.first().map(|reason| format!("reason: {}", text(&names.reason_in_full(reason))));
    let verdict = format!("verdict: {}", Verdict::as_str(plain.verdict));
    Some(Breach {
        message: format!("the plain evaluator decides otherwise: its {field} differs"),
        expected: vec![
            std::iter::once(verdict).chain(reasons).collect(),
            vec![format!("rules: {}", list(&rules))],
            vec![format!("route: {}", list(&route))],
        ],
        decided_by: made.reasons.first().and_then(|reason| names.decided_by(reason, record.tenant)),
    })
}

/// The first field in which two decisions differ.
fn difference(made: &Decision, plain: &Decision) -> Option<&'static str> {
    let fields = [
        ("verdict", made.verdict == plain.verdict),
        ("reasons", made.reasons == plain.reasons),
        ("list of fired rules", made.fired == plain.fired),
        ("list of what is on trial", made.shadowed == plain.shadowed),
        ("route", made.route == plain.route),
        ("list of what fell out", made.dropped == plain.dropped),
        ("list of flags", made.flags == plain.flags),
        ("cap", made.cap == plain.cap),
        ("instant", made.now == plain.now),
    ];
    fields.into_iter().find(|(_, is_same)| !is_same).map(|(name, _)| name)
}
