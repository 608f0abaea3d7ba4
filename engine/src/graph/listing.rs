//! The graph as text, for people and snapshots: one node a line, in order.

use super::{Comparison, Graph, Node, NodeId, TextTest};
use std::fmt::Write as _;

impl Comparison {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

impl TextTest {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Ends => "ends",
            Self::Contains => "contains",
        }
    }
}

impl Graph {
    /// All nodes.
    pub(crate) fn listing(&self) -> String {
        let mut out = String::new();
        for (id, node) in self.iter() {
            let asked_by = self.traits(id).map_or(0, |traits| traits.asked_by);
            let _ = writeln!(out, "n{} = {}  ; asked {asked_by}", id.0, self.describe(node));
        }
        out
    }

    /// One node, its operands by number.
    pub(crate) fn describe(&self, node: &Node) -> String {
        let fact = |id: &super::FactId| self.fact_of(*id).map(|fact| format!("{fact:?}")).unwrap_or_default();
        let pattern =
            |id: &super::PatternId| self.patterns.get(id.index()).map(|text| &**text).unwrap_or_default();
        match node {
            Node::Constant(value) => value.to_string(),
            Node::Not(inner) => format!("not n{}", inner.0),
            Node::All(nodes) => format!("all {}", numbers(nodes)),
            Node::Any(nodes) => format!("any {}", numbers(nodes)),
            Node::Select(a, b, c) => format!("select n{} n{} n{}", a.0, b.0, c.0),
            Node::Truth(id) => format!("truth {}", fact(id)),
            Node::TextIs(id, text) => format!("is {} {:?}", fact(id), self.text_of(*text)),
            Node::TextIn(id, set) => format!("in {} {:?}", fact(id), self.texts_of(*set)),
            Node::TextTest(search, id, text) => {
                format!("{} {} {:?}", search.as_str(), fact(id), self.text_of(*text))
            }
            Node::TextMatches(id, text) => format!("matches {} {:?}", fact(id), pattern(text)),
            Node::Holds(id, set) => format!("holds {} {:?}", fact(id), self.texts_of(*set)),
            Node::Count(id, comparison, number) => {
                format!("count {} {} {number}", fact(id), comparison.as_str())
            }
            Node::Literal(id) => format!("literal {:?}", self.literals.get(id.index())),
            Node::Fact(id) => format!("fact {}", fact(id)),
            Node::Variable(number) => format!("variable {number}"),
            Node::List(nodes) => format!("list {}", numbers(nodes)),
            Node::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| format!("n{}: n{}", key.0, value.0)).collect();
                format!("map {}", entries.join(" "))
            }
            Node::Call(function, nodes) => format!("call {function:?} {}", numbers(nodes)),
            Node::Matches(inner, text) => format!("matches n{} {:?}", inner.0, pattern(text)),
            Node::Member(inner, member) => format!("member n{} {member:?}", inner.0),
            Node::HasKey(inner, key) => format!("has n{} {:?}", inner.0, self.text_of(*key)),
            Node::Comprehension(one) => format!(
                "{:?} n{} {} {}",
                one.kind,
                one.range.0,
                numbers(one.condition.as_slice()),
                numbers(one.element.as_slice())
            ),
        }
    }
}

fn numbers(nodes: &[NodeId]) -> String {
    let numbers: Vec<_> = nodes.iter().map(|id| format!("n{}", id.0)).collect();
    numbers.join(" ")
}
