//! Cheap operands first: `All` and `Any` mean the same in any order.

use crate::graph::{Graph, Node, NodeId};

pub(super) fn rebuild(graph: &mut Graph, node: Node) -> NodeId {
    let node = match node {
        Node::All(nodes) => Node::All(sorted(graph, &nodes)),
        Node::Any(nodes) => Node::Any(sorted(graph, &nodes)),
        other => other,
    };
    graph.node(node)
}

/// By cost, then by number, so that equal sets of operands are equal nodes.
fn sorted(graph: &Graph, nodes: &[NodeId]) -> Box<[NodeId]> {
    let mut nodes = nodes.to_vec();
    nodes.sort_by_key(|id| (graph.traits(*id).map_or(u32::MAX, |traits| traits.cost), *id));
    nodes.into()
}
