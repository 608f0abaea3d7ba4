//! The parts of a condition that are asked for a truth, and which truths they can come to.
//!
//! A part is the whole condition, an operand of `&&`, `||` or `!`, the
//! question or a branch of `?:`, or the body of a macro. Constants in it are none.
//! Parts are numbered in the order of the text, the whole first.

use super::expr::evaluate_seeing;
use super::holds_for;
use super::reach::Reach;
use super::view::{Outcome, View};
use crate::decision::Candidate;
use crate::facts::Facts;
use lang::condition::{Expr, ExprKind, Fact, Type};
use lang::model::{Action, DetectorId, Effect, Model, Phase, Rule, Surface, TenantId, WorkloadId};
use std::collections::BTreeSet;

/// A part by its number, and a truth.
pub type PartOutcome = (u32, bool);

/// The parts of a condition, in the order of their numbers.
pub fn parts(condition: &Expr) -> Vec<&Expr> {
    let mut parts = vec![condition];
    add_below(condition, &mut parts);
    parts
}

fn add_below<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    for (child, is_truth) in children(expr) {
        if is_truth && !matches!(child.kind, ExprKind::Literal(_)) {
            parts.push(child);
        }
        add_below(child, parts);
    }
}

/// The operands of a node, and whether each is asked for a truth.
fn children(expr: &Expr) -> Vec<(&Expr, bool)> {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Fact(_) | ExprKind::Variable(_) => Vec::new(),
        ExprKind::Not(inner) => vec![(inner, true)],
        ExprKind::And(left, right) | ExprKind::Or(left, right) => vec![(left, true), (right, true)],
        ExprKind::Conditional(question, then, otherwise) => {
            vec![(question, true), (then, then.ty == Type::Bool), (otherwise, otherwise.ty == Type::Bool)]
        }
        ExprKind::List(elements) | ExprKind::Call(_, elements) => {
            elements.iter().map(|element| (element, false)).collect()
        }
        ExprKind::Map(entries) => {
            entries.iter().flat_map(|(key, value)| [(key, false), (value, false)]).collect()
        }
        ExprKind::Matches(operand, _) | ExprKind::Member(operand, _) | ExprKind::HasKey(operand, _) => {
            vec![(operand, false)]
        }
        ExprKind::Comprehension(macro_) => {
            let body = macro_.condition.iter().map(|condition| (condition, true));
            let made = macro_.element.iter().map(|element| (element, false));
            std::iter::once((&macro_.range, false)).chain(body).chain(made).collect()
        }
    }
}

/// The numbers of parts that were seen, with what they came to.
pub(super) fn numbered(parts: &[&Expr], seen: &[(&Expr, bool)]) -> BTreeSet<PartOutcome> {
    let number = |expr: &Expr| parts.iter().position(|part| std::ptr::eq(*part, expr));
    seen.iter().filter_map(|(expr, truth)| Some((to_number(number(expr)?), *truth))).collect()
}

fn to_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Which truths each part of a rule's condition can come to, over all tenants that the rule holds for.
///
/// What reads only the tenant, and of rules that ask about a candidate the
/// candidate, is computed, and what an earlier phase always refuses is not
/// found; of all else that a request, a caller or an answer brings, both truths
/// are taken as possible. `reaches` are those of the tenants, by number. A part
/// that is never asked comes to nothing.
pub fn possible(model: &Model, rule: &Rule, reaches: &[Reach]) -> BTreeSet<PartOutcome> {
    let condition = &rule.condition.expr;
    let both = parts(condition).len().saturating_mul(2);
    let is_about_findings = is_after_screen(rule) && reads(condition, &|fact| found_by(fact).is_some());
    // Otherwise what it can come to is the same for all of them.
    let is_about_tenant =
        is_about_findings || reads(condition, &|fact| is_of_tenant(fact) || is_of_route(fact));
    let mut found = BTreeSet::new();
    for (index, tenant) in model.tenants.iter().enumerate() {
        let id = TenantId::from_index(index);
        if !holds_for(rule, id, tenant) {
            continue;
        }
        let without = (!tenant.workload_required || !is_about_findings).then_some(None);
        let named = tenant.workloads.iter().copied().map(Some).filter(|_| is_about_findings);
        for workload in without.into_iter().chain(named) {
            for candidate in asked_of(rule, reaches.get(index)) {
                found.extend(possible_for(model, rule, (id, workload), candidate));
            }
        }
        if found.len() == both || !is_about_tenant {
            break;
        }
    }
    found
}

/// The same for one tenant, workload and candidate.
pub(super) fn possible_for(
    model: &Model,
    rule: &Rule,
    (tenant, workload): (TenantId, Option<WorkloadId>),
    candidate: Option<Candidate>,
) -> BTreeSet<PartOutcome> {
    let facts = Facts { workload, ..Facts::blank(tenant) };
    let outcome = Outcome::default();
    let view = View { model, facts: &facts, resolved: None, candidate, decision: None, outcome: &outcome };
    let condition = &rule.condition.expr;
    let is_screened = is_after_screen(rule);
    let mut search = Search { view: &view, is_screened, parts: parts(condition), found: BTreeSet::new() };
    search.truths(condition, 0);
    search.found
}

/// Whether a rule is asked only of requests whose findings nothing refused.
fn is_after_screen(rule: &Rule) -> bool {
    match rule.phase {
        Phase::Admit | Phase::Screen => false,
        Phase::Route | Phase::Respond => true,
    }
}

/// The detectors whose findings in the request decide a fact alone.
fn found_by(fact: &Fact) -> Option<&[DetectorId]> {
    match fact {
        Fact::InputHas(detectors) | Fact::InputCount(detectors) => Some(detectors),
        _ => None,
    }
}

/// The candidates that a rule can be asked of; one question without any, where it reads none.
fn asked_of(rule: &Rule, reach: Option<&Reach>) -> Vec<Option<Candidate>> {
    if !reads(&rule.condition.expr, &is_of_route) {
        return vec![None];
    }
    // A flag is asked of what served.
    let is_before = rule.phase == Phase::Route && !matches!(rule.effect, Effect::Flag(_));
    let candidates = reach.map(|reach| if is_before { reach.standing() } else { reach.serving() });
    candidates.unwrap_or_default().into_iter().map(Some).collect()
}

/// Whether a condition reads a fact of this kind.
fn reads(expr: &Expr, is_it: &dyn Fn(&Fact) -> bool) -> bool {
    matches!(&expr.kind, ExprKind::Fact(fact) if is_it(fact))
        || children(expr).into_iter().any(|(child, _)| reads(child, is_it))
}

/// Whether the tenant alone decides a fact.
fn is_of_tenant(fact: &Fact) -> bool {
    matches!(fact, Fact::TenantName | Fact::TenantZones | Fact::TenantProfiles | Fact::TenantLabel(_))
}

/// Whether the candidate alone decides a fact.
fn is_of_route(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::RouteProvider | Fact::RouteEndpoint | Fact::RouteRegion | Fact::RouteModel | Fact::RouteAttests
    )
}

/// Which of the two truths can come.
#[derive(Clone, Copy, Default)]
struct Truths {
    no: bool,
    yes: bool,
}

impl Truths {
    const BOTH: Self = Self { no: true, yes: true };

    const fn of(truth: bool) -> Self {
        Self { no: !truth, yes: truth }
    }

    const fn flipped(self) -> Self {
        Self { no: self.yes, yes: self.no }
    }

    /// Either of the two.
    const fn or_either(self, other: Self) -> Self {
        Self { no: self.no || other.no, yes: self.yes || other.yes }
    }
}

/// Goes through a condition with what is known before any request.
struct Search<'a> {
    view: &'a View<'a>,
    /// Whether findings that the tenant's redactions or the workload refuse are out of the question.
    is_screened: bool,
    parts: Vec<&'a Expr>,
    found: BTreeSet<PartOutcome>,
}

impl<'a> Search<'a> {
    /// What a part can come to, `within` so many macros.
    fn truths(&mut self, expr: &'a Expr, within: u32) -> Truths {
        if self.is_known(expr, within) {
            let mut seen = Vec::new();
            let truth = evaluate_seeing(expr, self.view, &mut seen);
            self.found.extend(numbered(&self.parts, &seen));
            return truth.map(Truths::of).unwrap_or_default();
        }
        let truths = match &expr.kind {
            ExprKind::Not(inner) => self.truths(inner, within).flipped(),
            ExprKind::And(left, right) => {
                let left = self.truths(left, within);
                let right = if left.yes { self.truths(right, within) } else { Truths::default() };
                Truths { no: left.no || right.no, yes: left.yes && right.yes }
            }
            ExprKind::Or(left, right) => {
                let left = self.truths(left, within);
                let right = if left.no { self.truths(right, within) } else { Truths::default() };
                Truths { no: left.no && right.no, yes: left.yes || right.yes }
            }
            ExprKind::Conditional(question, then, otherwise) => {
                let question = self.truths(question, within);
                let then = if question.yes { self.branch(then, within) } else { Truths::default() };
                let other = if question.no { self.branch(otherwise, within) } else { Truths::default() };
                then.or_either(other)
            }
            ExprKind::Literal(_)
            | ExprKind::Fact(_)
            | ExprKind::Variable(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Call(..)
            | ExprKind::Matches(..)
            | ExprKind::Member(..)
            | ExprKind::HasKey(..)
            | ExprKind::Comprehension(_) => {
                self.inside(expr, within);
                Truths::BOTH
            }
        };
        self.note(expr, truths);
        truths
    }

    fn branch(&mut self, expr: &'a Expr, within: u32) -> Truths {
        if expr.ty == Type::Bool {
            return self.truths(expr, within);
        }
        self.inside(expr, within);
        Truths::BOTH
    }

    /// The parts below an operand that is no truth itself.
    fn inside(&mut self, expr: &'a Expr, within: u32) {
        let deeper = u32::from(matches!(expr.kind, ExprKind::Comprehension(_)));
        for (child, is_truth) in children(expr) {
            // The range of a macro stands outside of it.
            let within = if is_truth { within.saturating_add(deeper) } else { within };
            if is_truth {
                self.truths(child, within);
            } else {
                self.inside(child, within);
            }
        }
    }

    fn note(&mut self, expr: &Expr, truths: Truths) {
        let Some(number) = self.parts.iter().position(|part| std::ptr::eq(*part, expr)) else { return };
        let number = to_number(number);
        self.found.extend(truths.no.then_some((number, false)));
        self.found.extend(truths.yes.then_some((number, true)));
    }

    /// Whether a part can be computed before any request; what a macro's variable stands for is not known within it.
    fn is_known(&self, expr: &Expr, within: u32) -> bool {
        let has_candidate = self.view.candidate.is_some();
        let is_unknown = |fact: &Fact| {
            let is_static = is_of_tenant(fact) || matches!(fact, Fact::ZoneRegions(_));
            let is_empty = || self.is_screened && found_by(fact).is_some_and(|found| self.are_refused(found));
            !(is_static || is_empty() || has_candidate && is_of_route(fact))
        };
        !reads(expr, &is_unknown) && (within == 0 || !has_variable(expr))
    }
}

impl Search<'_> {
    /// Whether any finding of these refuses its request before a route is looked for.
    fn are_refused(&self, detectors: &[DetectorId]) -> bool {
        let (model, facts) = (self.view.model, self.view.facts);
        let Some(tenant) = model.tenants.get(facts.tenant.index()) else { return false };
        let workload = facts.workload.and_then(|id| model.workloads.get(id.index()));
        let stated = workload.and_then(|workload| workload.data.as_ref());
        let is_unstated = |id: &DetectorId| {
            let category = model.detectors.get(id.index()).map(|detector| detector.category);
            let is_data =
                category.and_then(|id| model.categories.get(id.index())).is_some_and(|one| one.is_data);
            is_data && stated.zip(category).is_some_and(|(stated, category)| !stated.contains(&category))
        };
        let enforced = || {
            let held = tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index()));
            held.filter(|one| one.shadow_until.is_none() && one.surfaces.contains(&Surface::Input))
        };
        let is_blocked = |id: &DetectorId| {
            let mut rows = enforced().flat_map(|redaction| &redaction.rows);
            rows.any(|row| row.action == Action::Block && row.detectors.contains(id))
        };
        detectors.iter().all(|id| is_unstated(id) || is_blocked(id))
    }
}

fn has_variable(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Variable(_))
        || children(expr).into_iter().any(|(child, _)| has_variable(child))
}
