//! A program as text and as a graph, for people.

use super::Program;
use crate::graph::{Node, NodeId, operands};
use lang::model::RuleId;
use std::fmt::Write as _;

/// How many elements a list is taken to have where the worst case is told.
///
/// A request of the largest size may hold more; the budget, not this number,
/// bounds the work.
const ELEMENTS: u64 = 64;

/// A node of the decision graph, to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// Its number.
    pub id: u32,
    /// What it computes.
    pub label: String,
    /// Numbers of its operands, in the order in which they are asked.
    pub operands: Vec<u32>,
    /// The rules whose condition it is, by name.
    pub rules: Vec<Box<str>>,
}

impl Program {
    /// The program as text: rows, candidates, rules and nodes; the same for the same policy.
    pub fn listing(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} tenants, {} rows, {} lists, {} nodes",
            self.tenants.len(),
            self.rows.len(),
            self.lists.lists.len(),
            self.code.graph.len()
        );
        for (tenant, record) in self.model.tenants.iter().zip(&self.tenants) {
            let place = record.place;
            let epochs = self.epochs.get(place.epochs as usize).map_or(0, |ends| ends.len());
            let count = epochs.saturating_add(1).saturating_mul(place.slots as usize);
            let first = place.first as usize;
            let rows = self.places.get(first..first.saturating_add(count)).unwrap_or_default();
            let _ = writeln!(out, "tenant {} rows {rows:?} class {}", tenant.name, record.class);
        }
        for (number, row) in self.rows.iter().enumerate() {
            let _ = writeln!(out, "row {number} access {} lists {:?}", row.access.0, row.direct());
        }
        for (number, list) in self.lists.lists.iter().enumerate() {
            let names: Vec<String> =
                list.entries.iter().map(|entry| self.candidate_name(entry.candidate)).collect();
            let dropped = list.dropped.len();
            let _ = writeln!(out, "list {number} [{}] dropped {dropped}", names.join(", "));
        }
        for (rule, node) in self.model.rules.iter().zip(&self.nodes) {
            let _ = writeln!(out, "rule {} n{}", rule.name, node.0);
        }
        out.push_str(&self.code.graph.listing());
        out
    }

    pub(super) fn candidate_name(&self, candidate: crate::decision::Candidate) -> String {
        let endpoint = self.model.endpoints.get(candidate.endpoint.index());
        let model = self.model.models.get(candidate.model.index());
        format!(
            "{} {}",
            endpoint.map(|one| &*one.name).unwrap_or_default(),
            model.map(|one| &*one.name).unwrap_or_default()
        )
    }

    /// The conditions as a graph: operands before operators.
    pub fn graph(&self) -> Vec<GraphNode> {
        let graph = &self.code.graph;
        let mut nodes: Vec<GraphNode> = graph
            .iter()
            .map(|(id, node)| GraphNode {
                id: id.0,
                label: graph.describe(node),
                operands: operands(node).into_iter().map(|operand| operand.0).collect(),
                rules: Vec::new(),
            })
            .collect();
        for (rule, node) in self.model.rules.iter().zip(&self.nodes) {
            if let Some(node) = nodes.get_mut(node.index()) {
                node.rules.push(rule.name.clone());
            }
        }
        nodes
    }

    /// The node of a rule's condition, as [`graph`](Self::graph) numbers them.
    pub fn node_of(&self, rule: RuleId) -> Option<u32> {
        self.nodes.get(rule.index()).map(|node| node.0)
    }

    /// The most nodes that one decision can visit, lists taken to have 64 elements.
    ///
    /// Rules of candidates count once for each candidate of the longest list.
    pub fn worst_case_nodes(&self) -> u64 {
        let longest = self.lists.lists.iter().map(|list| list.entries.len()).max().unwrap_or(0);
        let longest = u64::try_from(longest).unwrap_or(u64::MAX);
        let mut visits: Vec<u64> = Vec::with_capacity(self.code.graph.len());
        for (_, node) in self.code.graph.iter() {
            let of = |id: &NodeId| visits.get(id.index()).copied().unwrap_or(0);
            let below = operands(node).iter().map(of).fold(0, u64::saturating_add);
            let own = match node {
                Node::Comprehension(one) => {
                    let range = of(&one.range);
                    below.saturating_sub(range).saturating_mul(ELEMENTS).saturating_add(range)
                }
                _ => below,
            };
            visits.push(own.saturating_add(1));
        }
        let of_index = |index: &super::index::Index| {
            index.rules().fold(0u64, |sum, rule| {
                let times = if index.is_of_candidates(rule) { longest } else { 1 };
                let visits = visits.get(rule.node.index()).copied().unwrap_or(0);
                sum.saturating_add(visits.saturating_mul(times))
            })
        };
        let own = self.own.iter().map(of_index).max().unwrap_or(0);
        of_index(&self.shared).saturating_add(own)
    }
}
