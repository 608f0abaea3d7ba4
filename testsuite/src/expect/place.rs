//! The line of the policy that decided what a difference is about.
//!
//! A refusal names its line itself. For the rest: the rule, redaction or limit
//! that the expectation speaks of, the rule that fired and did what differs, or
//! the chain whose order it is; where there is none, the tenant.

use super::Difference;
use crate::names::{Location, Names};
use lang::Span;
use lang::model::{Detector, Effect, LimitId, RedactionId, Rule, RuleId, Tenant, TenantId};
use serde_json::Value;

/// Where to look for what decided, `fired` being the rules that did; `None` when no tenant is known.
pub fn place(
    difference: &Difference,
    names: Names<'_>,
    tenant: Option<TenantId>,
    fired: &[String],
) -> Option<Location> {
    let said = tenant.and_then(|id| Some(Lookup { names, tenant: names.tenant(id)?, fired }));
    match (difference.field.as_str(), said) {
        ("rules" | "shadowed", Some(lookup)) => lookup.rule(difference),
        ("flags", Some(lookup)) => lookup.flag(difference),
        ("dropped", Some(lookup)) => lookup.dropper(difference),
        ("cap", Some(lookup)) => {
            lookup.or_tenant(lookup.fired_with(|effect| matches!(effect, Effect::Cap(_))))
        }
        ("redacted.input" | "redacted.output", Some(lookup)) => lookup.redaction(difference),
        ("findings.input" | "findings.output", Some(lookup)) => lookup.detector(difference),
        ("charges" | "alerts" | "retry_after", Some(lookup)) => lookup.limit(difference),
        ("route" | "attempts" | "served_by", Some(lookup)) => lookup.chain(difference),
        (_, Some(lookup)) => names.locate(lookup.tenant.span),
        (_, None) => None,
    }
}

struct Lookup<'a> {
    names: Names<'a>,
    tenant: &'a Tenant,
    fired: &'a [String],
}

impl Lookup<'_> {
    /// The first span, else the tenant's.
    fn or_tenant(&self, span: Option<Span>) -> Option<Location> {
        self.names.locate(span.unwrap_or(self.tenant.span))
    }

    /// The first rule that one side has and the other has not.
    fn rule(&self, difference: &Difference) -> Option<Location> {
        let names = one_sided(&difference.expected, &difference.actual);
        let rules = &self.names.model().rules;
        let holds = |name: &String| {
            let name = name.strip_prefix("rule:").unwrap_or(name);
            let is_it = |id: &RuleId| rules.get(id.index()).is_some_and(|rule| &*rule.name == name);
            let own = self.tenant.rules.iter().copied().find(is_it);
            own.or_else(|| (0..rules.len()).map(RuleId::from_index).find(is_it))
        };
        let found = names.iter().find_map(holds).and_then(|id| rules.get(id.index()));
        self.or_tenant(found.map(|rule| rule.span))
    }

    /// The rule that a flag is of which one side has and the other has not.
    fn flag(&self, difference: &Difference) -> Option<Location> {
        let flags = one_sided(&difference.expected, &difference.actual);
        let raises =
            |rule: &&Rule, flag: &String| matches!(&rule.effect, Effect::Flag(said) if **said == **flag);
        // What came tells more than what did not: a flag with a typing error is in the policy.
        let of_flag = |flag: &String| self.names.model().rules.iter().find(|rule| raises(rule, flag));
        self.or_tenant(flags.iter().rev().find_map(of_flag).map(|rule| rule.span))
    }

    /// The rule for which an endpoint should have fallen out.
    fn dropper(&self, difference: &Difference) -> Option<Location> {
        let said = difference.expected.as_str().and_then(|reason| reason.strip_prefix("rule:"));
        said.and_then(|name| self.names.rule_location(name)).or_else(|| self.or_tenant(None))
    }

    /// The first rule that fired with such an effect.
    fn fired_with(&self, is_it: impl Fn(&Effect) -> bool) -> Option<Span> {
        let rules = self.names.model().rules.iter();
        let fired = rules.filter(|rule| self.fired.iter().any(|name| **name == *rule.name));
        fired.filter(|rule| is_it(&rule.effect)).map(|rule| rule.span).next()
    }

    /// The row that does something to the first detector whose count differs.
    fn redaction(&self, difference: &Difference) -> Option<Location> {
        let model = self.names.model();
        let rows = || {
            let redactions = self.tenant.redactions.iter();
            let redactions = redactions.filter_map(|id: &RedactionId| model.redactions.get(id.index()));
            redactions.flat_map(|redaction| &redaction.rows)
        };
        let of_detector = |name: &String| {
            let at = model.detectors.iter().position(|detector| *detector.name == **name)?;
            let id = lang::model::DetectorId::from_index(at);
            rows().find(|row| row.detectors.contains(&id)).map(|row| row.span)
        };
        self.or_tenant(one_sided(&difference.expected, &difference.actual).iter().find_map(of_detector))
    }

    fn detector(&self, difference: &Difference) -> Option<Location> {
        let detectors = &self.names.model().detectors;
        let span = |name: &String| {
            let is_it = |detector: &&Detector| *detector.name == **name;
            detectors.iter().find(is_it).map(|detector| detector.span)
        };
        self.or_tenant(one_sided(&difference.expected, &difference.actual).iter().find_map(span))
    }

    /// The rule that replaced the route or put a provider first; else the chain, where endpoints only
    /// stand in another order; which ones there are is the tenant's to say.
    fn chain(&self, difference: &Difference) -> Option<Location> {
        let turns = |effect: &Effect| matches!(effect, Effect::Route(_) | Effect::Prefer(_));
        let model = self.names.model();
        let is_order = one_sided(&difference.expected, &difference.actual).is_empty();
        let access = model.accesses.get(self.tenant.access.index()).filter(|_| is_order);
        let routes = access.map(|access| access.routes.as_slice()).unwrap_or_default();
        let only = routes.first().filter(|first| routes.iter().all(|route| route.1 == first.1));
        let chain = only.and_then(|(_, id)| model.chains.get(id.index()));
        self.or_tenant(self.fired_with(turns).or(chain.map(|chain| chain.span)))
    }

    /// The limit whose charge differs; this tenant's, if several have one text.
    fn limit(&self, difference: &Difference) -> Option<Location> {
        let limits = &self.names.model().limits;
        let span = |name: &String| {
            let limits = self.tenant.limits.iter().filter_map(|id: &LimitId| limits.get(id.index()));
            limits.filter(|limit| *limit.text == **name).map(|limit| limit.span).next()
        };
        self.or_tenant(one_sided(&difference.expected, &difference.actual).iter().find_map(span))
    }
}

/// Names that stand on one side alone, or with another value, the expected ones first.
fn one_sided(expected: &Value, actual: &Value) -> Vec<String> {
    match (expected, actual) {
        (Value::Array(left), Value::Array(right)) => {
            let missing = left.iter().filter(|name| !right.contains(name));
            let surplus = right.iter().filter(|name| !left.contains(name));
            missing.chain(surplus).filter_map(Value::as_str).map(str::to_owned).collect()
        }
        (Value::Object(left), Value::Object(right)) => {
            let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(*key)));
            keys.filter(|key| left.get(*key) != right.get(*key)).cloned().collect()
        }
        _ => Vec::new(),
    }
}
