//! Rules and invariants.

use super::scope_names::{PackageNames, ScopeNames};
use super::{Checker, title};
use crate::ast::{self, ConditionText, Declaration, EffectKind};
use crate::condition::{self, Constraints, Place};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    ChainId, Condition, Effect, Invariant, Parts, Phase, ProfileId, ProviderId, Rule, RuleScope, Tenant,
    TenantId,
};
use crate::resolve::{ItemRef, Kind, ScopeId, Slot};
use crate::span::Span;

impl<'a> Checker<'a> {
    pub(super) fn rules(&mut self, parts: &mut Parts) {
        let mut rules = Vec::new();
        let list = self.items.list(Slot::Other(Kind::Rule));
        let names = PackageNames::new(parts);
        for (name, item) in list {
            let Some((declared, scope)) = self.rule_at(*item) else { continue };
            rules.push(self.rule((name, *item), scope, declared, &names));
        }
        parts.rules = rules.iter().map(|(rule, _)| rule.clone()).collect();
        self.unreachable(&rules);
        self.route_conflicts(&rules, parts);
    }

    /// The rule at a place, and for whom it holds by where it stands.
    fn rule_at(&self, item: ItemRef) -> Option<(&'a ast::Rule, RuleScope)> {
        let outer = ItemRef { inner: None, ..item };
        let declaration = self.scopes.declaration(item)?;
        let inner = item.inner.map(|inner| inner as usize);
        Some(match (declaration, inner) {
            (Declaration::Rule(rule), None) => (rule, RuleScope::All),
            (Declaration::Policy(policy), Some(at)) => (policy.terms.rules.get(at)?, RuleScope::All),
            (Declaration::Profile(profile), Some(at)) => {
                (profile.terms.rules.get(at)?, RuleScope::Profile(ProfileId(self.items.id(outer)?)))
            }
            (Declaration::Tenant(tenant), Some(at)) => {
                (tenant.terms.rules.get(at)?, RuleScope::Tenant(TenantId(self.items.id(outer)?)))
            }
            (Declaration::Rule(_), Some(_))
            | (Declaration::Policy(_) | Declaration::Profile(_) | Declaration::Tenant(_), None)
            | (
                Declaration::Use(..)
                | Declaration::Region(..)
                | Declaration::Zone(..)
                | Declaration::Attestation(..)
                | Declaration::Category(..)
                | Declaration::Provider(..)
                | Declaration::Model(..)
                | Declaration::Chain(..)
                | Declaration::Detector(..)
                | Declaration::Redaction(..)
                | Declaration::Exception(..)
                | Declaration::Workload(..)
                | Declaration::Invariant(..)
                | Declaration::Framework(..),
                _,
            ) => return None,
        })
    }

    fn rule(
        &mut self,
        (name, item): (&str, ItemRef),
        scope: RuleScope,
        declared: &ast::Rule,
        names: &PackageNames<'_>,
    ) -> (Rule, Constraints) {
        let span = declared.header.name.span;
        let condition = match &declared.when {
            Some(when) => self.condition(item.scope, when, Place::Rule, names),
            None => {
                self.missing(&declared.header, "a rule", "when", "when request.model == \"o3\"");
                None
            }
        };
        let effect = match &declared.effect {
            Some(effect) => self.effect(item.scope, effect),
            None => {
                self.missing(
                    &declared.header,
                    "a rule",
                    "deny",
                    "deny \"…\"` or `flag`, `route`, `prefer`, `cap`",
                );
                None
            }
        };
        let condition = condition.unwrap_or_else(|| Condition::never(span));
        let phase = condition::phase(&condition.expr);
        let effect = effect.unwrap_or_else(|| Effect::Flag("".into()));
        self.effect_phase(&effect, phase, declared);
        let holds_answer =
            matches!(effect, Effect::Deny(_)) && condition::needs_whole_answer(&condition.expr);
        if holds_answer {
            self.holds(name, &condition);
        }
        let constraints = Constraints::of(&condition.expr);
        let rule = Rule {
            name: name.into(),
            title: title(declared.header.title.as_ref()),
            scope,
            condition,
            effect,
            phase,
            holds_answer,
            shadow_until: self.shadow(declared.shadow_until.as_ref()),
            satisfies: self.satisfied(item.scope, &declared.satisfies),
            span,
        };
        (rule, constraints)
    }

    fn condition(
        &mut self,
        scope: ScopeId,
        text: &ConditionText,
        place: Place,
        package: &PackageNames<'_>,
    ) -> Option<Condition> {
        let names = ScopeNames { scopes: self.scopes, items: self.items, package, scope };
        let source = self.sources.text(text.span);
        let expr = condition::check(source, text.span, place, &names, self.diagnostics)?;
        Some(Condition { expr, text: source.into(), span: text.span })
    }

    fn effect(&mut self, scope: ScopeId, effect: &ast::Effect) -> Option<Effect> {
        Some(match &effect.kind {
            EffectKind::Deny(text) => Effect::Deny(text.value.clone()),
            EffectKind::Flag(text) => Effect::Flag(text.value.clone()),
            EffectKind::Route(chain) => Effect::Route(self.id(scope, Kind::Chain, chain).map(ChainId)?),
            EffectKind::Prefer(providers) => {
                Effect::Prefer(self.ids(scope, Kind::Provider, providers, ProviderId))
            }
            EffectKind::Cap(tokens) => Effect::Cap(*tokens),
        })
    }

    /// What shapes the route must be known before there is one.
    fn effect_phase(&mut self, effect: &Effect, phase: Phase, declared: &ast::Rule) {
        let is_late = matches!(phase, Phase::Route | Phase::Respond);
        let word = match effect {
            Effect::Route(_) => "route",
            Effect::Prefer(_) => "prefer",
            Effect::Cap(_) => "cap",
            Effect::Deny(_) | Effect::Flag(_) => return,
        };
        if is_late {
            let read = if phase == Phase::Route { "route" } else { "output" };
            let span = declared.effect.as_ref().map_or(declared.header.span, |effect| effect.span);
            let message = format!("`{word}` comes too late: the condition reads `{read}`");
            let diagnostic = Diagnostic::new(Code::EffectTooLate, span, message)
                .help("read `request`, `caller`, `tenant`, `usage` or `input`; or `deny`, which removes the candidate");
            let diagnostic = match &declared.when {
                Some(when) => diagnostic.label(when.span, format!("reads `{read}`")),
                None => diagnostic,
            };
            self.push(diagnostic);
        }
    }

    fn holds(&mut self, name: &str, condition: &Condition) {
        let message = format!("the rule `{name}` holds every answer back to its end");
        let diagnostic = Diagnostic::new(Code::HoldsAnswer, condition.span, message)
            .found("can only be known when the answer is whole")
            .help("ask for what an answer has, not for what it lacks; or `flag`, which never holds");
        self.push(diagnostic);
    }

    /// Rules that no request can reach.
    fn unreachable(&mut self, rules: &[(Rule, Constraints)]) {
        for (rule, constraints) in rules {
            if constraints.is_impossible() {
                let message = format!("the rule `{}` can never fire", rule.name);
                let diagnostic = Diagnostic::new(Code::UnreachableRule, rule.condition.span, message)
                    .found("these parts exclude each other")
                    .help("a name has one value at a time: did you mean `||` or `in [ … ]`?");
                self.push(diagnostic);
            }
        }
    }

    /// Two rules that replace the route in different ways must not fire together.
    fn route_conflicts(&mut self, rules: &[(Rule, Constraints)], parts: &Parts) {
        let routing: Vec<&(Rule, Constraints)> =
            rules.iter().filter(|(rule, _)| matches!(rule.effect, Effect::Route(_))).collect();
        for (at, (first, first_constraints)) in routing.iter().enumerate() {
            for (second, second_constraints) in routing.iter().skip(at + 1) {
                if first.effect == second.effect
                    || first_constraints.excludes(second_constraints)
                    || !share_tenant(first.scope, second.scope, parts)
                {
                    continue;
                }
                let message =
                    format!("`{}` and `{}` can fire together and route differently", first.name, second.name);
                let places = (first.span.min(second.span), first.span.max(second.span));
                let diagnostic = Diagnostic::new(Code::RoutesConflict, places.1, message)
                    .found("routes one way")
                    .label(places.0, "routes another way")
                    .help("make their conditions exclude each other, as by `request.model == \"…\"` in both");
                self.push(diagnostic);
            }
        }
    }

    pub(super) fn invariants(&mut self, parts: &mut Parts) {
        let mut invariants = Vec::new();
        let names = PackageNames::new(parts);
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Invariant)) {
            let Declaration::Invariant(declared) = declaration else { continue };
            let span: Span = declared.header.name.span;
            let given = match &declared.given {
                Some(given) => self.condition(item.scope, given, Place::InvariantGiven, &names),
                None => None,
            };
            let always = match &declared.always {
                Some(always) => self.condition(item.scope, always, Place::InvariantAlways, &names),
                None => {
                    self.missing(&declared.header, "an invariant", "always", "always decision.denied");
                    None
                }
            };
            self.satisfied(item.scope, &declared.satisfies);
            invariants.push(Invariant {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                given,
                always: always.unwrap_or_else(|| Condition::never(span)),
                span,
            });
        }
        parts.invariants = invariants;
    }
}

/// Whether some tenant is under both.
fn share_tenant(first: RuleScope, second: RuleScope, parts: &Parts) -> bool {
    let extends = |id: TenantId, profile: &ProfileId| {
        parts.tenants.get(id.index()).is_some_and(|tenant| tenant.profiles.contains(profile))
    };
    match (first, second) {
        (RuleScope::Tenant(first), RuleScope::Tenant(second)) => first == second,
        (RuleScope::Tenant(id), RuleScope::Profile(profile))
        | (RuleScope::Profile(profile), RuleScope::Tenant(id)) => extends(id, &profile),
        (RuleScope::Tenant(_), RuleScope::All) | (RuleScope::All, RuleScope::Tenant(_)) => true,
        (RuleScope::Profile(first), RuleScope::Profile(second)) => {
            let both =
                |tenant: &Tenant| tenant.profiles.contains(&first) && tenant.profiles.contains(&second);
            parts.tenants.iter().any(both)
        }
        (RuleScope::Profile(profile), RuleScope::All) | (RuleScope::All, RuleScope::Profile(profile)) => {
            parts.tenants.iter().any(|tenant| tenant.profiles.contains(&profile))
        }
        (RuleScope::All, RuleScope::All) => !parts.tenants.is_empty(),
    }
}
