//! Rules that the masks decide: what they leave holds, and need not be evaluated.

use super::{Builder, clear, get, set};
use crate::graph::{Node, NodeId, operands};
use crate::lower::{Shape, shape_of};
use crate::program::index::outcomes::{Dimension, dimension};
use crate::program::index::{Bucket, Deed};
use lang::model::RuleId;
use std::collections::{BTreeMap, BTreeSet};

impl Builder<'_> {
    /// Rules all of whose parts are decided by the masks: what survives holds.
    pub(super) fn exact(&self) -> Vec<u64> {
        let mut mask = vec![0; self.index.words];
        for (bit, rule) in self.bits() {
            let parts = match self.code.graph.get(rule.node) {
                Some(Node::All(parts)) => parts.to_vec(),
                Some(_) | None => vec![rule.node],
            };
            let mut members: BTreeMap<Dimension, BTreeSet<NodeId>> = BTreeMap::new();
            let is_exact = parts.iter().all(|part| self.is_decided(*part, rule.bucket, &mut members));
            // Two members of one group are not told apart by its mask.
            if is_exact && members.values().all(|atoms| atoms.len() == 1) {
                set(&mut mask, bit);
            }
        }
        mask
    }

    /// Rules that hold wherever their one bit is left, and whose firing needs no look at the time or the model.
    pub(super) fn immediate(&self) -> Vec<u64> {
        let mut mask = vec![0; self.index.words];
        let mut before: Option<(usize, RuleId)> = None;
        for (bit, rule) in self.bits() {
            let is_ready = rule.shadow_end.is_none() && rule.deed != Deed::Shape;
            // Alternatives of one rule stand side by side: neither is the whole rule.
            match before.replace((bit, rule.rule)) {
                Some((other, known)) if known == rule.rule => clear(&mut mask, other),
                Some(_) | None if is_ready && get(&self.index.exact, bit) => set(&mut mask, bit),
                Some(_) | None => {}
            }
        }
        mask
    }

    /// Whether the values of one group decide a part, without an error.
    fn is_decided(
        &self,
        part: NodeId,
        bucket: Bucket,
        members: &mut BTreeMap<Dimension, BTreeSet<NodeId>>,
    ) -> bool {
        let graph = &self.code.graph;
        let group = dimension(&self.code.graph, part);
        let of_kind = |is_kind: &dyn Fn(&Node) -> bool| self.is_made_of(part, is_kind);
        match group {
            Dimension::Head | Dimension::Model | Dimension::Tenant | Dimension::Workload => {
                of_kind(&is_predicate)
            }
            // Only candidates are looked up by what they are; what served is read.
            Dimension::Route => bucket == Bucket::Route && of_kind(&is_predicate),
            Dimension::Open(fact) => match shape_of(graph, fact) {
                Shape::Count => of_kind(&|node| matches!(node, Node::Count(..))),
                Shape::Text => of_kind(&|node| matches!(node, Node::TextIs(..) | Node::TextIn(..))),
                Shape::Texts | Shape::Other | Shape::Truth => {
                    let is_atom = |node: &Node| matches!(node, Node::Holds(..));
                    members.entry(group).or_default().extend(self.atoms(part, &is_atom));
                    of_kind(&is_atom)
                }
            },
            Dimension::Input | Dimension::Output => {
                let is_atom = |node: &Node| matches!(node, Node::Truth(_));
                members.entry(group).or_default().extend(self.atoms(part, &is_atom));
                of_kind(&is_atom)
            }
            Dimension::Nothing | Dimension::Mixed => false,
        }
    }

    /// Whether a part is of these predicates and connectives alone.
    fn is_made_of(&self, id: NodeId, is_kind: &dyn Fn(&Node) -> bool) -> bool {
        let Some(node) = self.code.graph.get(id) else { return false };
        match node {
            Node::Not(_) | Node::All(_) | Node::Any(_) | Node::Select(..) => {
                operands(node).iter().all(|operand| self.is_made_of(*operand, is_kind))
            }
            Node::Constant(_) => true,
            _ => is_kind(node),
        }
    }
}

/// Whether a node is a predicate over one fact, which cannot fail.
const fn is_predicate(node: &Node) -> bool {
    matches!(
        node,
        Node::Truth(_)
            | Node::TextIs(..)
            | Node::TextIn(..)
            | Node::TextTest(..)
            | Node::TextMatches(..)
            | Node::Holds(..)
            | Node::Count(..)
    )
}
