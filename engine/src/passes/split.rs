//! A condition as alternatives, so that the mask index can look each up.
//!
//! `&&` and `||` with absorbed errors are the least and the greatest of
//! `false` < error < `true`, so they distribute over each other and negation
//! turns them about: the alternatives together come to what the condition does.

use crate::graph::{Graph, Node, NodeId};

/// Most alternatives of one condition; beyond, it is kept whole and evaluated.
///
/// Each takes a bit of every mask. Conditions that people write have one or
/// two; normal forms of large ones grow without end.
const ALTERNATIVES_MAX: usize = 4;

/// The alternatives of a condition, in the order of their numbers; itself when there is but one.
///
/// `is_whole` says of a part that it is looked up as it stands.
pub(crate) fn alternatives(
    graph: &mut Graph,
    id: NodeId,
    is_whole: &impl Fn(&Graph, NodeId) -> bool,
) -> Vec<NodeId> {
    let Some(found) = split(graph, id, false, is_whole) else { return vec![id] };
    if found.len() < 2 {
        return vec![id];
    }
    found.into_iter().map(|parts| joined(graph, parts)).collect()
}

/// One alternative as a node.
fn joined(graph: &mut Graph, mut parts: Vec<NodeId>) -> NodeId {
    parts.sort_by_key(|id| (graph.traits(*id).map_or(u32::MAX, |traits| traits.cost), *id));
    parts.dedup();
    match parts.as_slice() {
        [only] => *only,
        _ => graph.node(Node::All(parts.into())),
    }
}

/// Alternatives, each a list of parts that must all hold; `None` when there are too many.
fn split(
    graph: &mut Graph,
    id: NodeId,
    is_negated: bool,
    is_whole: &impl Fn(&Graph, NodeId) -> bool,
) -> Option<Vec<Vec<NodeId>>> {
    let node = if is_whole(graph, id) { None } else { graph.get(id).cloned() };
    match (node, is_negated) {
        (Some(Node::Not(inner)), _) => split(graph, inner, !is_negated, is_whole),
        (Some(Node::All(parts)), false) | (Some(Node::Any(parts)), true) => {
            let mut product: Vec<Vec<NodeId>> = vec![Vec::new()];
            for part in parts {
                let choices = split(graph, part, is_negated, is_whole)?;
                let joined = product
                    .iter()
                    .flat_map(|left| choices.iter().map(|right| left.iter().chain(right).copied().collect()));
                product = joined.collect();
                if product.len() > ALTERNATIVES_MAX {
                    return None;
                }
            }
            Some(product)
        }
        (Some(Node::Any(parts)), false) | (Some(Node::All(parts)), true) => {
            let mut sum = Vec::new();
            for part in parts {
                sum.extend(split(graph, part, is_negated, is_whole)?);
                if sum.len() > ALTERNATIVES_MAX {
                    return None;
                }
            }
            Some(sum)
        }
        (_, false) => Some(vec![vec![id]]),
        (_, true) => Some(vec![vec![graph.node(Node::Not(id))]]),
    }
}
