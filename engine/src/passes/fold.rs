//! Constants, double negation and nested `All` and `Any` go.

use crate::graph::{Graph, Node, NodeId};

pub(super) fn rebuild(graph: &mut Graph, node: Node) -> NodeId {
    match node {
        Node::Not(inner) => negated(graph, inner),
        Node::All(nodes) => joined(graph, true, &nodes),
        Node::Any(nodes) => joined(graph, false, &nodes),
        Node::Select(condition, then, otherwise) => match graph.get(condition) {
            Some(Node::Constant(true)) => then,
            Some(Node::Constant(false)) => otherwise,
            Some(_) | None => graph.node(Node::Select(condition, then, otherwise)),
        },
        Node::Constant(_)
        | Node::Truth(_)
        | Node::TextIs(..)
        | Node::TextIn(..)
        | Node::TextTest(..)
        | Node::TextMatches(..)
        | Node::Holds(..)
        | Node::Count(..)
        | Node::Literal(_)
        | Node::Fact(_)
        | Node::Variable(_)
        | Node::List(_)
        | Node::Map(_)
        | Node::Call(..)
        | Node::Matches(..)
        | Node::Member(..)
        | Node::HasKey(..)
        | Node::Comprehension(_) => graph.node(node),
    }
}

fn negated(graph: &mut Graph, inner: NodeId) -> NodeId {
    match graph.get(inner) {
        Some(Node::Constant(value)) => {
            let value = !value;
            graph.node(Node::Constant(value))
        }
        Some(Node::Not(twice)) if is_truth(graph, *twice) => *twice,
        Some(_) | None => graph.node(Node::Not(inner)),
    }
}

/// `All` (`neutral` is true) or `Any` of the operands, each once, inner ones of the same kind opened.
fn joined(graph: &mut Graph, neutral: bool, nodes: &[NodeId]) -> NodeId {
    let mut kept: Vec<NodeId> = Vec::with_capacity(nodes.len());
    for id in nodes {
        let inner: &[NodeId] = match graph.get(*id) {
            Some(Node::All(inner)) if neutral => inner,
            Some(Node::Any(inner)) if !neutral => inner,
            Some(_) | None => std::slice::from_ref(id),
        };
        for id in inner {
            match graph.get(*id) {
                // One such operand decides, also where another fails.
                Some(Node::Constant(value)) if *value != neutral => {
                    return graph.node(Node::Constant(!neutral));
                }
                Some(Node::Constant(_)) => {}
                Some(_) | None if kept.contains(id) => {}
                Some(_) | None => kept.push(*id),
            }
        }
    }
    match kept.as_slice() {
        [] => graph.node(Node::Constant(neutral)),
        [only] if is_truth(graph, *only) => *only,
        // What is no `bool` by kind must still be checked to be one.
        [only] => {
            let rest = graph.node(Node::Constant(neutral));
            let both = [*only, rest];
            graph.node(if neutral { Node::All(both.into()) } else { Node::Any(both.into()) })
        }
        _ => graph.node(if neutral { Node::All(kept.into()) } else { Node::Any(kept.into()) }),
    }
}

/// Whether a node comes to a `bool` or an error by its kind.
fn is_truth(graph: &Graph, id: NodeId) -> bool {
    match graph.get(id) {
        Some(
            Node::Constant(_)
            | Node::Not(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Truth(_)
            | Node::TextIs(..)
            | Node::TextIn(..)
            | Node::TextTest(..)
            | Node::TextMatches(..)
            | Node::Holds(..)
            | Node::Count(..),
        ) => true,
        Some(
            Node::Select(..)
            | Node::Literal(_)
            | Node::Fact(_)
            | Node::Variable(_)
            | Node::List(_)
            | Node::Map(_)
            | Node::Call(..)
            | Node::Matches(..)
            | Node::Member(..)
            | Node::HasKey(..)
            | Node::Comprehension(_),
        )
        | None => false,
    }
}
