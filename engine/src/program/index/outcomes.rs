//! What a condition can still come to when some of its facts are known.

use crate::evaluate::Truth;
use crate::graph::{FactId, Graph, Node, NodeId};
use lang::condition::Fact;

/// A set of truths: those that are still possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcomes(u8);

impl Outcomes {
    const FALSE: u8 = 1;
    const TRUE: u8 = 2;
    const ERROR: u8 = 4;
    /// Either answer, and no error.
    pub(crate) const EITHER: Self = Self(Self::FALSE | Self::TRUE);
    /// Anything.
    pub(crate) const ANY: Self = Self(Self::FALSE | Self::TRUE | Self::ERROR);

    /// Whether it can be anything but `false`.
    pub(crate) const fn may_fire(self) -> bool {
        self.0 & (Self::TRUE | Self::ERROR) != 0
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    const fn not(self) -> Self {
        let swapped = ((self.0 & Self::FALSE) << 1) | ((self.0 & Self::TRUE) >> 1);
        Self(swapped | (self.0 & Self::ERROR))
    }

    const fn or_also(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// `a && b`: false if one can be; true if both can; an error if one can and the other need not be false.
    fn and(self, other: Self) -> Self {
        let mut result = (self.0 | other.0) & Self::FALSE;
        if self.has(Self::TRUE) && other.has(Self::TRUE) {
            result |= Self::TRUE;
        }
        let not_false = Self::TRUE | Self::ERROR;
        if (self.has(Self::ERROR) && other.has(not_false)) || (other.has(Self::ERROR) && self.has(not_false))
        {
            result |= Self::ERROR;
        }
        Self(result)
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

impl From<Truth> for Outcomes {
    fn from(truth: Truth) -> Self {
        Self(match truth {
            Truth::False => Self::FALSE,
            Truth::True => Self::TRUE,
            Truth::Error => Self::ERROR,
        })
    }
}

impl From<bool> for Outcomes {
    fn from(value: bool) -> Self {
        Self::from(Truth::from(value))
    }
}

/// What a node can come to, where `known` says so for some nodes.
pub(crate) fn outcomes(
    graph: &Graph,
    id: NodeId,
    known: &impl Fn(NodeId, &Node) -> Option<Outcomes>,
) -> Outcomes {
    let Some(node) = graph.get(id) else { return Outcomes::ANY };
    if let Some(outcomes) = known(id, node) {
        return outcomes;
    }
    match node {
        Node::Constant(value) => Outcomes::from(*value),
        Node::Not(inner) => outcomes(graph, *inner, known).not(),
        Node::All(nodes) => {
            nodes.iter().map(|node| outcomes(graph, *node, known)).fold(Outcomes::from(true), Outcomes::and)
        }
        Node::Any(nodes) => {
            nodes.iter().map(|node| outcomes(graph, *node, known)).fold(Outcomes::from(false), Outcomes::or)
        }
        Node::Select(condition, then, otherwise) => {
            let condition = outcomes(graph, *condition, known);
            let (then, otherwise) = (outcomes(graph, *then, known), outcomes(graph, *otherwise, known));
            let mut result = Outcomes(condition.0 & Outcomes::ERROR);
            if condition.has(Outcomes::TRUE) {
                result = result.or_also(then);
            }
            if condition.has(Outcomes::FALSE) {
                result = result.or_also(otherwise);
            }
            result
        }
        Node::Truth(_)
        | Node::TextIs(..)
        | Node::TextIn(..)
        | Node::TextTest(..)
        | Node::TextMatches(..)
        | Node::Holds(..)
        | Node::Count(..) => Outcomes::EITHER,
        Node::Literal(_)
        | Node::Fact(_)
        | Node::Variable(_)
        | Node::List(_)
        | Node::Map(_)
        | Node::Call(..)
        | Node::Matches(..)
        | Node::Member(..)
        | Node::HasKey(..)
        | Node::Comprehension(_) => Outcomes::ANY,
    }
}

/// The group of facts whose values are looked up together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    /// No fact at all.
    Nothing,
    /// Operation, API and stream.
    Head,
    /// The declared model.
    Model,
    /// What is static about the tenant.
    Tenant,
    /// The workload.
    Workload,
    /// The candidate.
    Route,
    /// Findings of the request.
    Input,
    /// Findings of the answer.
    Output,
    /// One fact of which there is no end of values.
    Open(FactId),
    /// More than one of these, or what is not looked up.
    Mixed,
}

/// The group of one fact.
pub(crate) const fn dimension_of(id: FactId, fact: &Fact) -> Dimension {
    match fact {
        Fact::RequestOperation | Fact::RequestApi | Fact::RequestStream => Dimension::Head,
        Fact::RequestModel => Dimension::Model,
        Fact::TenantName | Fact::TenantZones | Fact::TenantProfiles | Fact::TenantLabel(_) => {
            Dimension::Tenant
        }
        Fact::WorkloadName => Dimension::Workload,
        Fact::RouteProvider
        | Fact::RouteEndpoint
        | Fact::RouteRegion
        | Fact::RouteModel
        | Fact::RouteAttests => Dimension::Route,
        Fact::InputHas(_) => Dimension::Input,
        Fact::OutputHas(_) => Dimension::Output,
        Fact::ZoneRegions(_) => Dimension::Nothing,
        Fact::RequestAsked
        | Fact::RequestPath
        | Fact::RequestMethod
        | Fact::RequestUser
        | Fact::RequestTokens
        | Fact::RequestMaxTokens
        | Fact::RequestBytes
        | Fact::RequestTools
        | Fact::RequestHeader(_)
        | Fact::CallerId
        | Fact::CallerRoles
        | Fact::CallerClaim(_)
        | Fact::InputCount(_)
        | Fact::OutputCount(_)
        | Fact::OutputToolCalls
        | Fact::OutputTokens
        | Fact::OutputFinishReason
        | Fact::UsageRequests(_)
        | Fact::UsageTokens(_)
        | Fact::UsageSpend(_) => Dimension::Open(id),
        Fact::InputFindings
        | Fact::Now
        | Fact::DecisionDenied
        | Fact::DecisionReason
        | Fact::DecisionFlags
        | Fact::DecisionRoutes
        | Fact::DecisionRedacts(..) => Dimension::Mixed,
    }
}

/// The group that a node reads, if it is one.
pub(crate) fn dimension(graph: &Graph, id: NodeId) -> Dimension {
    let Some(traits) = graph.traits(id) else { return Dimension::Mixed };
    if traits.open != 0 {
        return Dimension::Mixed;
    }
    let mut result = Dimension::Nothing;
    for fact in &traits.reads {
        let one = graph.fact_of(*fact).map_or(Dimension::Mixed, |named| dimension_of(*fact, named));
        result = match (result, one) {
            (Dimension::Nothing, one) => one,
            (known, Dimension::Nothing) => known,
            (known, one) if known == one && one != Dimension::Mixed => known,
            (_, _) => return Dimension::Mixed,
        };
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a && b` of two single truths, as the language says.
    fn and(a: Truth, b: Truth) -> Truth {
        match (a, b) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Error, _) | (_, Truth::Error) => Truth::Error,
            (Truth::True, Truth::True) => Truth::True,
        }
    }

    #[test]
    fn sets_combine_as_their_members_do() {
        let truths = [Truth::False, Truth::True, Truth::Error];
        let members =
            |set: Outcomes| truths.into_iter().filter(move |one| set.0 & Outcomes::from(*one).0 != 0);
        for left in (1..8).map(Outcomes) {
            for right in (1..8).map(Outcomes) {
                let pairs = members(left).flat_map(|a| members(right).map(move |b| and(a, b)));
                let expected = pairs.fold(0, |bits, truth| bits | Outcomes::from(truth).0);
                assert_eq!(left.and(right).0, expected, "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn a_false_side_hides_an_error() {
        let error = Outcomes::from(Truth::Error);
        assert!(!Outcomes::from(false).and(error).may_fire());
        assert!(!error.and(Outcomes::from(false)).may_fire());
        assert!(Outcomes::from(true).and(error).may_fire());
        assert!(error.or(Outcomes::from(true)).may_fire());
        assert_eq!(error.not(), error);
    }
}
