//! The decision graph: conditions as shared, typed nodes in one arena.
//!
//! A node is made once: equal nodes have one number, so a predicate that ten
//! rules ask is one node. Operands are made before their operators, so numbers
//! only ever point back.

mod listing;
mod verify;

use lang::condition::{ComprehensionKind, Fact, Function, Literal, Member};
use std::collections::HashMap;
pub(crate) use verify::verify;

/// A node of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

/// Declares numbers for what nodes refer to.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub(crate) struct $name(pub(crate) u32);

            impl $name {
                pub(crate) const fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )*
    };
}

numbers! {
    /// A fact that some condition reads.
    FactId;
    /// A constant text.
    TextId;
    /// A set of constant texts, sorted.
    TextSetId;
    /// A pattern of `matches`.
    PatternId;
    /// A constant of any type.
    LiteralId;
}

impl NodeId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node computes. The first kinds are predicates that cannot fail; what
/// has no such form computes with values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// Always this.
    Constant(bool),
    /// The other.
    Not(NodeId),
    /// `false` when one is; else an error when one is.
    All(Box<[NodeId]>),
    /// `true` when one is; else an error when one is.
    Any(Box<[NodeId]>),
    /// The second or the third, as the first says.
    Select(NodeId, NodeId, NodeId),
    /// A `bool` that can be read.
    Truth(FactId),
    /// Whether a text is this one.
    TextIs(FactId, TextId),
    /// Whether a text is one of these.
    TextIn(FactId, TextSetId),
    /// Whether a text starts with, ends with or contains this one.
    TextTest(TextTest, FactId, TextId),
    /// Whether a text matches a pattern.
    TextMatches(FactId, PatternId),
    /// Whether a list of texts holds one of these.
    Holds(FactId, TextSetId),
    /// Whether a whole number compares so with a constant.
    Count(FactId, Comparison, i64),
    /// A constant.
    Literal(LiteralId),
    /// What can be read.
    Fact(FactId),
    /// The variable of an enclosing comprehension.
    Variable(u32),
    /// A list of values.
    List(Box<[NodeId]>),
    /// A map of values.
    Map(Box<[(NodeId, NodeId)]>),
    /// An operator or function.
    Call(Function, Box<[NodeId]>),
    /// Whether a computed text matches a pattern.
    Matches(NodeId, PatternId),
    /// A member of a finding or a tool call.
    Member(NodeId, Member),
    /// Whether a map has a key.
    HasKey(NodeId, TextId),
    /// A macro over a list, or over the keys of a map.
    Comprehension(Comprehension),
}

/// How a text is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TextTest {
    /// `startsWith`
    Starts,
    /// `endsWith`
    Ends,
    /// `contains`
    Contains,
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Comparison {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Comparison {
    /// Whether `number` compares so with `constant`.
    pub(crate) const fn holds(self, number: i64, constant: i64) -> bool {
        match self {
            Self::Equal => number == constant,
            Self::Less => number < constant,
            Self::LessEqual => number <= constant,
            Self::Greater => number > constant,
            Self::GreaterEqual => number >= constant,
        }
    }

    /// The comparison with its sides swapped.
    pub(crate) const fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
        }
    }
}

/// `range.all(x, condition)` and its relatives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Comprehension {
    pub(crate) kind: ComprehensionKind,
    pub(crate) range: NodeId,
    /// The number of its variable, counted from the outermost.
    pub(crate) variable: u32,
    pub(crate) condition: Option<NodeId>,
    pub(crate) element: Option<NodeId>,
}

/// What is known of a node without any request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    /// The facts that it reads, sorted.
    pub(crate) reads: Box<[FactId]>,
    /// The variables of enclosing comprehensions that it reads, a bit each.
    pub(crate) open: u128,
    /// A rough count of what it costs to visit it and all below.
    pub(crate) cost: u32,
    /// How many operators and rules ask it.
    pub(crate) asked_by: u32,
}

/// Nodes and what they refer to.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    traits: Vec<Traits>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) text_sets: Vec<Box<[Box<str>]>>,
    pub(crate) patterns: Vec<Box<str>>,
    pub(crate) literals: Vec<Literal>,
    /// What was made already; never walked, so that no order comes from it.
    known: Known,
}

#[derive(Debug, Default)]
struct Known {
    nodes: HashMap<Node, NodeId>,
    facts: HashMap<Fact, FactId>,
    texts: HashMap<Box<str>, TextId>,
    text_sets: HashMap<Box<[Box<str>]>, TextSetId>,
    patterns: HashMap<Box<str>, PatternId>,
    literals: HashMap<String, LiteralId>,
}

/// The number of the next element; package limits keep all counts far below `u32::MAX`.
fn next<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

impl Graph {
    /// The node with this meaning, made if there is none yet.
    pub(crate) fn node(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.nodes.get(&node) {
            return *id;
        }
        let id = NodeId(next(&self.nodes));
        let traits = self.traits_of(&node);
        for operand in operands(&node) {
            if let Some(traits) = self.traits.get_mut(operand.index()) {
                traits.asked_by = traits.asked_by.saturating_add(1);
            }
        }
        self.traits.push(traits);
        self.nodes.push(node.clone());
        self.known.nodes.insert(node, id);
        id
    }

    pub(crate) fn fact(&mut self, fact: &Fact) -> FactId {
        if let Some(id) = self.known.facts.get(fact) {
            return *id;
        }
        let id = FactId(next(&self.facts));
        self.facts.push(fact.clone());
        self.known.facts.insert(fact.clone(), id);
        id
    }

    pub(crate) fn text(&mut self, text: &str) -> TextId {
        if let Some(id) = self.known.texts.get(text) {
            return *id;
        }
        let id = TextId(next(&self.texts));
        self.texts.push(text.into());
        self.known.texts.insert(text.into(), id);
        id
    }

    pub(crate) fn text_set(&mut self, mut texts: Vec<Box<str>>) -> TextSetId {
        texts.sort_unstable();
        texts.dedup();
        let texts: Box<[Box<str>]> = texts.into();
        if let Some(id) = self.known.text_sets.get(&texts) {
            return *id;
        }
        let id = TextSetId(next(&self.text_sets));
        self.text_sets.push(texts.clone());
        self.known.text_sets.insert(texts, id);
        id
    }

    pub(crate) fn pattern(&mut self, text: &str) -> PatternId {
        if let Some(id) = self.known.patterns.get(text) {
            return *id;
        }
        let id = PatternId(next(&self.patterns));
        self.patterns.push(text.into());
        self.known.patterns.insert(text.into(), id);
        id
    }

    pub(crate) fn literal(&mut self, literal: &Literal) -> LiteralId {
        // Doubles have no hash; their debug form tells apart what must be told apart, `-0.0` too.
        let key = format!("{literal:?}");
        if let Some(id) = self.known.literals.get(&key) {
            return *id;
        }
        let id = LiteralId(next(&self.literals));
        self.literals.push(literal.clone());
        self.known.literals.insert(key, id);
        id
    }

    /// A graph without nodes, with the same facts and constants under the same numbers.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            nodes: Vec::new(),
            traits: Vec::new(),
            facts: self.facts.clone(),
            texts: self.texts.clone(),
            text_sets: self.text_sets.clone(),
            patterns: self.patterns.clone(),
            literals: self.literals.clone(),
            known: Known::default(),
        }
    }

    /// Notes that a rule asks a node.
    pub(crate) fn ask(&mut self, id: NodeId) {
        if let Some(traits) = self.traits.get_mut(id.index()) {
            traits.asked_by = traits.asked_by.saturating_add(1);
        }
    }

    pub(crate) fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    pub(crate) fn traits(&self, id: NodeId) -> Option<&Traits> {
        self.traits.get(id.index())
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0u32..).map(NodeId).zip(&self.nodes)
    }

    pub(crate) fn fact_of(&self, id: FactId) -> Option<&Fact> {
        self.facts.get(id.index())
    }

    pub(crate) fn text_of(&self, id: TextId) -> &str {
        self.texts.get(id.index()).map(|text| &**text).unwrap_or_default()
    }

    pub(crate) fn texts_of(&self, id: TextSetId) -> &[Box<str>] {
        self.text_sets.get(id.index()).map(|texts| &**texts).unwrap_or_default()
    }

    /// Whether a set of texts holds this one.
    pub(crate) fn has_text(&self, id: TextSetId, text: &str) -> bool {
        self.texts_of(id).binary_search_by(|known| (**known).cmp(text)).is_ok()
    }

    /// Forgets how nodes are found; what decides only reads them.
    pub(crate) fn seal(&mut self) {
        self.known = Known::default();
        self.nodes.shrink_to_fit();
        self.traits.shrink_to_fit();
    }

    fn traits_of(&self, node: &Node) -> Traits {
        let below = operands(node);
        let below = || below.iter().filter_map(|id| self.traits(*id));
        let mut reads: Vec<FactId> = below().flat_map(|traits| traits.reads.iter().copied()).collect();
        reads.extend(fact_read(node));
        reads.sort_unstable();
        reads.dedup();
        let open = below().fold(0, |open, traits| open | traits.open);
        let open = match node {
            Node::Variable(number) => bit(*number),
            Node::Comprehension(one) => {
                let range = self.traits(one.range).map_or(0, |traits| traits.open);
                (open & !bit(one.variable)) | range
            }
            Node::Constant(_)
            | Node::Not(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Select(..)
            | Node::Truth(_)
            | Node::TextIs(..)
            | Node::TextIn(..)
            | Node::TextTest(..)
            | Node::TextMatches(..)
            | Node::Holds(..)
            | Node::Count(..)
            | Node::Literal(_)
            | Node::Fact(_)
            | Node::List(_)
            | Node::Map(_)
            | Node::Call(..)
            | Node::Matches(..)
            | Node::Member(..)
            | Node::HasKey(..) => open,
        };
        Traits {
            reads: reads.into(),
            open,
            cost: below().fold(own_cost(node), |sum, traits| sum.saturating_add(traits.cost)),
            asked_by: 0,
        }
    }
}

/// The bit of a variable; nesting is limited far below 128, and what lies beyond never closes.
fn bit(number: u32) -> u128 {
    1u128.checked_shl(number).unwrap_or(1 << 127)
}

/// The operands of a node, in order.
pub(crate) fn operands(node: &Node) -> Vec<NodeId> {
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
        | Node::Variable(_) => Vec::new(),
        Node::Not(inner) | Node::Matches(inner, _) | Node::Member(inner, _) | Node::HasKey(inner, _) => {
            vec![*inner]
        }
        Node::All(nodes) | Node::Any(nodes) | Node::List(nodes) | Node::Call(_, nodes) => nodes.to_vec(),
        Node::Select(condition, then, otherwise) => vec![*condition, *then, *otherwise],
        Node::Map(entries) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
        Node::Comprehension(Comprehension { range, condition, element, .. }) => {
            std::iter::once(*range).chain(*condition).chain(*element).collect()
        }
    }
}

/// The fact that a node reads by itself.
pub(crate) fn fact_read(node: &Node) -> Option<FactId> {
    match node {
        Node::Truth(fact)
        | Node::TextIs(fact, _)
        | Node::TextIn(fact, _)
        | Node::TextTest(_, fact, _)
        | Node::TextMatches(fact, _)
        | Node::Holds(fact, _)
        | Node::Count(fact, ..)
        | Node::Fact(fact) => Some(*fact),
        Node::Constant(_)
        | Node::Not(_)
        | Node::All(_)
        | Node::Any(_)
        | Node::Select(..)
        | Node::Literal(_)
        | Node::Variable(_)
        | Node::List(_)
        | Node::Map(_)
        | Node::Call(..)
        | Node::Matches(..)
        | Node::Member(..)
        | Node::HasKey(..)
        | Node::Comprehension(_) => None,
    }
}

/// What it costs to visit a node, its operands aside.
fn own_cost(node: &Node) -> u32 {
    match node {
        Node::Constant(_)
        | Node::Not(_)
        | Node::Truth(_)
        | Node::Count(..)
        | Node::Literal(_)
        | Node::All(_)
        | Node::Any(_)
        | Node::Select(..)
        | Node::Variable(_)
        | Node::Fact(_) => 1,
        Node::TextIs(..) => 2,
        Node::TextIn(..) | Node::TextTest(..) | Node::Holds(..) | Node::Member(..) | Node::HasKey(..) => 4,
        Node::TextMatches(..) => 32,
        Node::Call(..) | Node::List(_) | Node::Map(_) => 16,
        Node::Matches(..) => 48,
        Node::Comprehension(_) => 128,
    }
}
