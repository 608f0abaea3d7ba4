//! Rules that fire and do not, and what the parts of their conditions come to.

use super::countable::Making;
use super::unit::{Key, Kind, Unit};
use engine::oracle::{parts, possible};
use lang::Span;
use lang::model::{Effect, Rule, RuleId, RuleScope};

/// The two outcomes of each rule, and of each part of its condition, as far as they can come.
pub(super) fn units(making: Making<'_>) -> Vec<Unit> {
    let (mut rules, mut conditions) = (Vec::new(), Vec::new());
    for (index, rule) in making.model.rules.iter().enumerate() {
        if !making.is_own(rule.span) {
            continue;
        }
        let id = RuleId::from_index(index);
        let parts = parts(&rule.condition.expr);
        // The truth before the falsehood: a rule that fires is what people look for.
        let mut found: Vec<(u32, bool)> = possible(making.model, rule, making.reaches).into_iter().collect();
        found.sort_by_key(|(part, truth)| (*part, !*truth));
        for (number, truth) in found {
            if number == 0 {
                rules.push(whole(rule, id, truth));
                continue;
            }
            let part = usize::try_from(number).ok().and_then(|number| parts.get(number));
            conditions.extend(part.map(|part| {
                let text = one_line(making.model.sources.text(part.span));
                self::part(rule, &text, part.span, Key::Part(id, number, truth), truth)
            }));
        }
    }
    rules.append(&mut conditions);
    rules
}

fn whole(rule: &Rule, id: RuleId, truth: bool) -> Unit {
    let condition = one_line(&rule.condition.text);
    let holds = if truth { "holds" } else { "does not hold" };
    Unit {
        key: Key::Rule(id, truth),
        kind: Kind::Rule,
        what: format!("rule `{}`", rule.name),
        outcome: if truth { "fires" } else { "is asked and does not fire" }.into(),
        hint: format!("{} for which `{condition}` {holds}", whose(rule)),
        span: rule.span,
        also: vec![rule.condition.span],
    }
}

fn part(rule: &Rule, text: &str, span: Span, key: Key, truth: bool) -> Unit {
    Unit {
        key,
        kind: Kind::Condition,
        what: format!("`{text}` in rule `{}`", rule.name),
        outcome: format!("is {truth}"),
        hint: format!(
            "{} in which it is asked, and {truth}: parts are asked from left to right",
            whose(rule)
        ),
        span,
        also: Vec::new(),
    }
}

/// What a rule is asked about.
fn whose(rule: &Rule) -> &'static str {
    let is_about_candidates =
        rule.phase == lang::model::Phase::Route && !matches!(rule.effect, Effect::Flag(_));
    match (is_about_candidates, rule.scope) {
        (true, _) => "a request with a candidate",
        (false, RuleScope::All) => "a request",
        (false, RuleScope::Profile(_)) => "a request of a tenant with its profile",
        (false, RuleScope::Tenant(_)) => "a request of its tenant",
    }
}

/// Policy text as one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
