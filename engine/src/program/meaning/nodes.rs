//! A condition as the nodes it became, numbered from its own first one.

use crate::graph::{Comparison, Graph, Node, NodeId, fact_read, operands};
use crate::passes::with_operands;
use lang::condition::Fact;
use lang::model::{DetectorId, Parts};
use std::fmt::Write as _;

/// The nodes below `root`, operands first; the names that their facts speak of by number.
pub(super) fn text(graph: &Graph, model: &Parts, root: NodeId) -> String {
    let mut moved = vec![NodeId(u32::MAX); graph.len()];
    let mut order: Vec<NodeId> = Vec::new();
    // Operands stand before their operators, so one pass from above finds all that is below.
    let mut is_below = vec![false; graph.len()];
    mark(&mut is_below, root);
    for (id, node) in graph.iter().collect::<Vec<_>>().into_iter().rev() {
        if is_below.get(id.index()).copied().unwrap_or(false) {
            order.push(id);
            for operand in operands(node) {
                mark(&mut is_below, operand);
            }
        }
    }
    order.reverse();
    let mut out = String::new();
    for (number, id) in (0u32..).zip(&order) {
        if let Some(place) = moved.get_mut(id.index()) {
            *place = NodeId(number);
        }
        let Some(node) = graph.get(*id) else { continue };
        let _ = write!(out, "{}", graph.describe(&counted(with_operands(node, &moved))));
        if let Some(fact) = fact_read(node).and_then(|fact| graph.fact_of(fact)) {
            write_names(fact, model, &mut out);
        }
        out.push('\n');
    }
    out
}

/// Whole numbers have nothing between them: `>= 4` is `> 3`.
fn counted(node: Node) -> Node {
    match node {
        Node::Count(fact, Comparison::GreaterEqual, number) if number > i64::MIN => {
            Node::Count(fact, Comparison::Greater, number.wrapping_sub(1))
        }
        Node::Count(fact, Comparison::LessEqual, number) if number < i64::MAX => {
            Node::Count(fact, Comparison::Less, number.wrapping_add(1))
        }
        other => other,
    }
}

fn mark(marks: &mut [bool], id: NodeId) {
    if let Some(mark) = marks.get_mut(id.index()) {
        *mark = true;
    }
}

/// Numbers in facts mean something only beside their model.
fn write_names(fact: &Fact, model: &Parts, out: &mut String) {
    let name = |id: &DetectorId| model.detectors.get(id.index()).map(|detector| &detector.name);
    if let Fact::InputHas(ids)
    | Fact::InputCount(ids)
    | Fact::OutputHas(ids)
    | Fact::OutputCount(ids)
    | Fact::DecisionRedacts(ids, _) = fact
    {
        let _ = write!(out, " {:?}", ids.iter().map(name).collect::<Vec<_>>());
    } else if let Fact::ZoneRegions(id) = fact {
        let zone = model.zones.get(id.index());
        let regions = zone.into_iter().flat_map(|zone| zone.regions.iter());
        let names = regions.filter_map(|id| model.regions.get(id.index())).map(|region| &region.name);
        let _ = write!(out, " {:?}", names.collect::<Vec<_>>());
    }
}
