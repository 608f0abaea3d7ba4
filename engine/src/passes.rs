//! What makes the obvious graph a fast one, in the order in which it happens.
//!
//! `fold` first: it makes conditions equal that were written differently, so
//! that the arena shares them. `order` last: it asks cheap operands first, by
//! costs that are then final. Sharing needs no pass of its own, since equal
//! nodes have one number from the start.

mod fold;
mod order;
mod split;

use crate::graph::{Comprehension, Graph, Node, NodeId, verify};

pub(crate) use split::alternatives;

/// A step from a graph to a graph of the same meaning.
struct Pass {
    name: &'static str,
    /// What a node becomes, its operands being rebuilt already.
    rebuild: fn(&mut Graph, Node) -> NodeId,
}

/// Every pass, in the order they run.
const PASSES: &[Pass] =
    &[Pass { name: "fold", rebuild: fold::rebuild }, Pass { name: "order", rebuild: order::rebuild }];

/// Runs all passes; the roots follow.
pub(crate) fn run(mut graph: Graph, roots: &mut [NodeId]) -> Graph {
    debug_assert_eq!(verify(&graph), Ok(()), "after lowering");
    for pass in PASSES {
        graph = apply(pass, &graph, roots);
        debug_assert_eq!(verify(&graph), Ok(()), "after pass `{}`", pass.name);
    }
    graph
}

/// Rebuilds every node that a root needs, operands first.
fn apply(pass: &Pass, old: &Graph, roots: &mut [NodeId]) -> Graph {
    let mut needed = vec![false; old.len()];
    let mut open: Vec<NodeId> = roots.to_vec();
    while let Some(id) = open.pop() {
        match needed.get_mut(id.index()) {
            Some(is_needed) if !*is_needed => *is_needed = true,
            Some(_) | None => continue,
        }
        if let Some(node) = old.get(id) {
            open.extend(crate::graph::operands(node));
        }
    }
    let mut graph = old.emptied();
    let mut moved: Vec<NodeId> = Vec::with_capacity(needed.len());
    for ((id, node), is_needed) in old.iter().zip(needed) {
        let place = if is_needed { (pass.rebuild)(&mut graph, with_operands(node, &moved)) } else { id };
        moved.push(place);
    }
    for root in roots {
        *root = at(&moved, *root);
    }
    graph
}

fn at(moved: &[NodeId], id: NodeId) -> NodeId {
    moved.get(id.index()).copied().unwrap_or(id)
}

/// The node over the new places of its operands.
pub(crate) fn with_operands(node: &Node, moved: &[NodeId]) -> Node {
    let to = |id: &NodeId| at(moved, *id);
    match node {
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
        | Node::Variable(_) => node.clone(),
        Node::Not(inner) => Node::Not(to(inner)),
        Node::All(nodes) => Node::All(nodes.iter().map(to).collect()),
        Node::Any(nodes) => Node::Any(nodes.iter().map(to).collect()),
        Node::Select(condition, then, otherwise) => Node::Select(to(condition), to(then), to(otherwise)),
        Node::List(nodes) => Node::List(nodes.iter().map(to).collect()),
        Node::Map(entries) => Node::Map(entries.iter().map(|(key, value)| (to(key), to(value))).collect()),
        Node::Call(function, nodes) => Node::Call(*function, nodes.iter().map(to).collect()),
        Node::Matches(inner, pattern) => Node::Matches(to(inner), *pattern),
        Node::Member(inner, member) => Node::Member(to(inner), *member),
        Node::HasKey(inner, key) => Node::HasKey(to(inner), *key),
        Node::Comprehension(one) => Node::Comprehension(Comprehension {
            kind: one.kind,
            range: to(&one.range),
            variable: one.variable,
            condition: one.condition.as_ref().map(to),
            element: one.element.as_ref().map(to),
        }),
    }
}
