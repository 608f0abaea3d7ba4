//! Reading a checked condition: its nodes, its facts, its phase.

use super::{Comprehension, Expr, ExprKind, Fact};
use crate::model::Phase;

impl Expr {
    /// The operands, in the order they were written.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Fact(_) | ExprKind::Variable(_) => Vec::new(),
            ExprKind::List(elements) | ExprKind::Call(_, elements) => elements.iter().collect(),
            ExprKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            ExprKind::Not(inner)
            | ExprKind::Matches(inner, _)
            | ExprKind::Member(inner, _)
            | ExprKind::HasKey(inner, _) => vec![inner],
            ExprKind::And(left, right) | ExprKind::Or(left, right) => vec![left, right],
            ExprKind::Conditional(condition, then, otherwise) => vec![condition, then, otherwise],
            ExprKind::Comprehension(comprehension) => {
                let Comprehension { range, condition, element, .. } = &**comprehension;
                std::iter::once(range).chain(condition).chain(element).collect()
            }
        }
    }
}

/// Calls `see` for each node, an operator before its operands.
pub fn visit<'e>(expr: &'e Expr, see: &mut impl FnMut(&'e Expr)) {
    see(expr);
    for child in expr.children() {
        visit(child, see);
    }
}

/// The facts that a condition reads, in the order they were written, with repetition.
pub fn facts_read(expr: &Expr) -> impl Iterator<Item = &Fact> {
    let mut facts = Vec::new();
    visit(expr, &mut |node| {
        if let ExprKind::Fact(fact) = &node.kind {
            facts.push(fact);
        }
    });
    facts.into_iter()
}

/// When a condition can be asked: as soon as the last of its facts is known.
pub fn phase(expr: &Expr) -> Phase {
    facts_read(expr).map(fact_phase).max().unwrap_or(Phase::Admit)
}

/// When a fact is known.
pub const fn fact_phase(fact: &Fact) -> Phase {
    match fact {
        Fact::RequestOperation
        | Fact::RequestApi
        | Fact::RequestModel
        | Fact::RequestAsked
        | Fact::RequestPath
        | Fact::RequestMethod
        | Fact::RequestUser
        | Fact::RequestStream
        | Fact::RequestTokens
        | Fact::RequestMaxTokens
        | Fact::RequestBytes
        | Fact::RequestTools
        | Fact::RequestHeader(_)
        | Fact::CallerId
        | Fact::CallerRoles
        | Fact::CallerClaim(_)
        | Fact::TenantName
        | Fact::TenantZones
        | Fact::TenantProfiles
        | Fact::TenantLabel(_)
        | Fact::WorkloadName
        | Fact::ZoneRegions(_)
        | Fact::UsageRequests(_)
        | Fact::UsageTokens(_)
        | Fact::UsageSpend(_)
        | Fact::Now => Phase::Admit,
        Fact::InputHas(_) | Fact::InputCount(_) | Fact::InputFindings => Phase::Screen,
        Fact::RouteProvider
        | Fact::RouteEndpoint
        | Fact::RouteRegion
        | Fact::RouteModel
        | Fact::RouteAttests => Phase::Route,
        Fact::OutputHas(_)
        | Fact::OutputCount(_)
        | Fact::OutputToolCalls
        | Fact::OutputTokens
        | Fact::OutputFinishReason
        | Fact::DecisionDenied
        | Fact::DecisionReason
        | Fact::DecisionFlags
        | Fact::DecisionRoutes
        | Fact::DecisionRedacts(..) => Phase::Respond,
    }
}
