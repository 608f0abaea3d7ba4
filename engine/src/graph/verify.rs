//! What holds of every graph, as code.

use super::{Graph, Node, NodeId, operands};

/// A broken invariant of the graph: a defect of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Which node.
    pub(crate) node: NodeId,
    /// What does not hold.
    pub(crate) what: &'static str,
}

/// Checks that operands stand before operators, that what nodes refer to is
/// there, and that `All` and `Any` have two operands or more.
pub(crate) fn verify(graph: &Graph) -> Result<(), Broken> {
    for (id, node) in graph.iter() {
        if operands(node).iter().any(|operand| *operand >= id) {
            return Err(Broken { node: id, what: "an operand does not stand before its operator" });
        }
        if let Some(what) = missing(graph, node) {
            return Err(Broken { node: id, what });
        }
    }
    Ok(())
}

fn missing(graph: &Graph, node: &Node) -> Option<&'static str> {
    let has_fact = super::fact_read(node).is_none_or(|fact| graph.fact_of(fact).is_some());
    if !has_fact {
        return Some("a fact is not in the table");
    }
    let is_there = match node {
        Node::All(nodes) | Node::Any(nodes) => {
            return (nodes.len() < 2).then_some("fewer than two operands");
        }
        Node::TextIs(_, text) | Node::TextTest(_, _, text) | Node::HasKey(_, text) => {
            graph.texts.get(text.index()).is_some()
        }
        Node::TextIn(_, set) | Node::Holds(_, set) => graph.text_sets.get(set.index()).is_some(),
        Node::TextMatches(_, pattern) | Node::Matches(_, pattern) => {
            graph.patterns.get(pattern.index()).is_some()
        }
        Node::Literal(literal) => graph.literals.get(literal.index()).is_some(),
        Node::Constant(_)
        | Node::Not(_)
        | Node::Select(..)
        | Node::Truth(_)
        | Node::Count(..)
        | Node::Fact(_)
        | Node::Variable(_)
        | Node::List(_)
        | Node::Map(_)
        | Node::Call(..)
        | Node::Member(..)
        | Node::Comprehension(_) => true,
    };
    (!is_there).then_some("a constant is not in the table")
}
