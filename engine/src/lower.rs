//! Conditions to graph nodes, one obvious shape a construct.
//!
//! A comparison of one fact with constants becomes a predicate of its own
//! kind, which cannot fail and which rules can be found by. Everything else
//! becomes nodes over values, operator by operator.

use crate::graph::{Comparison, Comprehension, FactId, Graph, Node, NodeId, TextTest};
use lang::condition::{ComprehensionKind, Expr, ExprKind, Fact, Function, Literal, Member};
use lang::model::Parts;

/// The node of a condition.
pub(crate) fn condition(graph: &mut Graph, model: &Parts, expr: &Expr) -> NodeId {
    Lower { graph, model }.expr(expr)
}

struct Lower<'g> {
    graph: &'g mut Graph,
    model: &'g Parts,
}

/// What kind of predicate a fact takes part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A `bool`.
    Truth,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A whole number.
    Count,
    /// Something else.
    Other,
}

/// The shape of a fact.
pub(crate) const fn shape(fact: &Fact) -> Shape {
    match fact {
        Fact::RequestStream | Fact::InputHas(_) | Fact::OutputHas(_) => Shape::Truth,
        Fact::RequestOperation
        | Fact::RequestApi
        | Fact::RequestModel
        | Fact::RequestAsked
        | Fact::RequestPath
        | Fact::RequestMethod
        | Fact::RequestUser
        | Fact::RequestHeader(_)
        | Fact::CallerId
        | Fact::CallerClaim(_)
        | Fact::TenantName
        | Fact::TenantLabel(_)
        | Fact::WorkloadName
        | Fact::OutputFinishReason
        | Fact::RouteProvider
        | Fact::RouteEndpoint
        | Fact::RouteRegion
        | Fact::RouteModel => Shape::Text,
        Fact::RequestTools
        | Fact::CallerRoles
        | Fact::TenantZones
        | Fact::TenantProfiles
        | Fact::RouteAttests => Shape::Texts,
        Fact::RequestTokens
        | Fact::RequestMaxTokens
        | Fact::RequestBytes
        | Fact::InputCount(_)
        | Fact::OutputCount(_)
        | Fact::OutputTokens
        | Fact::UsageRequests(_)
        | Fact::UsageTokens(_)
        | Fact::UsageSpend(_) => Shape::Count,
        Fact::InputFindings
        | Fact::OutputToolCalls
        | Fact::ZoneRegions(_)
        | Fact::Now
        | Fact::DecisionDenied
        | Fact::DecisionReason
        | Fact::DecisionFlags
        | Fact::DecisionRoutes
        | Fact::DecisionRedacts(..) => Shape::Other,
    }
}

impl Lower<'_> {
    fn expr(&mut self, expr: &Expr) -> NodeId {
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => self.graph.node(Node::Constant(*value)),
            ExprKind::Literal(literal) => {
                let literal = self.graph.literal(literal);
                self.graph.node(Node::Literal(literal))
            }
            ExprKind::Fact(fact) => {
                if shape(fact) == Shape::Truth {
                    return self.truth(fact);
                }
                let id = self.graph.fact(fact);
                self.graph.node(Node::Fact(id))
            }
            ExprKind::Variable(number) => self.graph.node(Node::Variable(*number)),
            ExprKind::List(elements) => {
                let elements = elements.iter().map(|element| self.expr(element)).collect();
                self.graph.node(Node::List(elements))
            }
            ExprKind::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (self.expr(key), self.expr(value))).collect();
                self.graph.node(Node::Map(entries))
            }
            ExprKind::Not(inner) => {
                let inner = self.expr(inner);
                self.graph.node(Node::Not(inner))
            }
            ExprKind::And(left, right) => {
                let both = [self.expr(left), self.expr(right)];
                self.graph.node(Node::All(both.into()))
            }
            ExprKind::Or(left, right) => {
                let both = [self.expr(left), self.expr(right)];
                self.graph.node(Node::Any(both.into()))
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                let (condition, then) = (self.expr(condition), self.expr(then));
                let otherwise = self.expr(otherwise);
                self.graph.node(Node::Select(condition, then, otherwise))
            }
            ExprKind::Call(function, args) => self.call(*function, args),
            ExprKind::Matches(text, pattern) => self.matches(text, pattern),
            ExprKind::Member(inner, member) => {
                let inner = self.expr(inner);
                self.graph.node(Node::Member(inner, *member))
            }
            ExprKind::HasKey(map, key) => {
                let (map, key) = (self.expr(map), self.graph.text(key));
                self.graph.node(Node::HasKey(map, key))
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn call(&mut self, function: Function, args: &[Expr]) -> NodeId {
        if let Some(predicate) = self.predicate(function, args) {
            return predicate;
        }
        let args = args.iter().map(|arg| self.expr(arg)).collect();
        self.graph.node(Node::Call(function, args))
    }

    /// A comparison of one fact with constants, if it is one.
    fn predicate(&mut self, function: Function, args: &[Expr]) -> Option<NodeId> {
        let [left, right] = args else { return None };
        if function == Function::NotEqual {
            let equal = self.compared(Function::Equal, left, right)?;
            return Some(self.graph.node(Node::Not(equal)));
        }
        match function {
            Function::In => self.contained(left, right),
            Function::Contains => self.searched(TextTest::Contains, left, right),
            Function::StartsWith => self.searched(TextTest::Starts, left, right),
            Function::EndsWith => self.searched(TextTest::Ends, left, right),
            Function::Equal
            | Function::NotEqual
            | Function::Less
            | Function::LessEqual
            | Function::Greater
            | Function::GreaterEqual
            | Function::Add
            | Function::Subtract
            | Function::Multiply
            | Function::Divide
            | Function::Modulo
            | Function::Negate
            | Function::Index
            | Function::Size
            | Function::ToBool
            | Function::ToInt
            | Function::ToUint
            | Function::ToDouble
            | Function::ToString
            | Function::ToBytes
            | Function::ToTimestamp
            | Function::ToDuration
            | Function::ToDyn
            | Function::TypeOf
            | Function::GetFullYear
            | Function::GetMonth
            | Function::GetDayOfYear
            | Function::GetDayOfMonth
            | Function::GetDate
            | Function::GetDayOfWeek
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds
            | Function::GetMilliseconds => self.compared(function, left, right),
        }
    }

    fn compared(&mut self, function: Function, left: &Expr, right: &Expr) -> Option<NodeId> {
        let comparison = match function {
            Function::Equal => Comparison::Equal,
            Function::Less => Comparison::Less,
            Function::LessEqual => Comparison::LessEqual,
            Function::Greater => Comparison::Greater,
            Function::GreaterEqual => Comparison::GreaterEqual,
            Function::NotEqual
            | Function::Add
            | Function::Subtract
            | Function::Multiply
            | Function::Divide
            | Function::Modulo
            | Function::Negate
            | Function::In
            | Function::Index
            | Function::Size
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::ToBool
            | Function::ToInt
            | Function::ToUint
            | Function::ToDouble
            | Function::ToString
            | Function::ToBytes
            | Function::ToTimestamp
            | Function::ToDuration
            | Function::ToDyn
            | Function::TypeOf
            | Function::GetFullYear
            | Function::GetMonth
            | Function::GetDayOfYear
            | Function::GetDayOfMonth
            | Function::GetDate
            | Function::GetDayOfWeek
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds
            | Function::GetMilliseconds => return None,
        };
        match (&left.kind, &right.kind) {
            (ExprKind::Fact(fact), ExprKind::Literal(literal)) => self.constant(comparison, fact, literal),
            (ExprKind::Literal(literal), ExprKind::Fact(fact)) => {
                self.constant(comparison.mirrored(), fact, literal)
            }
            _ => None,
        }
    }

    fn constant(&mut self, comparison: Comparison, fact: &Fact, literal: &Literal) -> Option<NodeId> {
        let node = match (shape(fact), literal, comparison) {
            (Shape::Text, Literal::String(text), Comparison::Equal) => {
                Node::TextIs(self.graph.fact(fact), self.graph.text(text))
            }
            (Shape::Count, Literal::Int(number), _) => {
                Node::Count(self.graph.fact(fact), comparison, *number)
            }
            (Shape::Truth, Literal::Bool(value), Comparison::Equal) => {
                let truth = self.truth(fact);
                return Some(if *value { truth } else { self.graph.node(Node::Not(truth)) });
            }
            _ => return None,
        };
        Some(self.graph.node(node))
    }

    fn searched(&mut self, test: TextTest, left: &Expr, right: &Expr) -> Option<NodeId> {
        let (ExprKind::Fact(fact), ExprKind::Literal(Literal::String(part))) = (&left.kind, &right.kind)
        else {
            return None;
        };
        if shape(fact) != Shape::Text {
            return None;
        }
        let node = Node::TextTest(test, self.graph.fact(fact), self.graph.text(part));
        Some(self.graph.node(node))
    }

    fn contained(&mut self, left: &Expr, right: &Expr) -> Option<NodeId> {
        match (&left.kind, &right.kind) {
            (ExprKind::Fact(fact), _) if shape(fact) == Shape::Text => {
                let texts = self.constant_texts(right)?;
                if texts.is_empty() {
                    return Some(self.graph.node(Node::Constant(false)));
                }
                let node = Node::TextIn(self.graph.fact(fact), self.graph.text_set(texts));
                Some(self.graph.node(node))
            }
            (ExprKind::Literal(Literal::String(text)), ExprKind::Fact(fact))
                if shape(fact) == Shape::Texts =>
            {
                Some(self.holds(fact, vec![text.clone()]))
            }
            _ => None,
        }
    }

    /// A `bool` that can be read; that any of no detectors found something is never so.
    fn truth(&mut self, fact: &Fact) -> NodeId {
        let is_empty = matches!(fact, Fact::InputHas(set) | Fact::OutputHas(set) if set.is_empty());
        if is_empty {
            return self.graph.node(Node::Constant(false));
        }
        let id = self.graph.fact(fact);
        self.graph.node(Node::Truth(id))
    }

    fn holds(&mut self, fact: &Fact, texts: Vec<Box<str>>) -> NodeId {
        if texts.is_empty() {
            return self.graph.node(Node::Constant(false));
        }
        let node = Node::Holds(self.graph.fact(fact), self.graph.text_set(texts));
        self.graph.node(node)
    }

    /// A list of constant texts: written out, or the regions of a zone.
    fn constant_texts(&self, expr: &Expr) -> Option<Vec<Box<str>>> {
        match &expr.kind {
            ExprKind::List(elements) => elements.iter().map(constant_text).collect(),
            ExprKind::Fact(Fact::ZoneRegions(zone)) => {
                let regions = self.model.zones.get(zone.index())?.regions.iter();
                Some(
                    regions
                        .filter_map(|id| self.model.regions.get(id.index()))
                        .map(|region| region.name.clone())
                        .collect(),
                )
            }
            _ => None,
        }
    }

    fn matches(&mut self, text: &Expr, pattern: &str) -> NodeId {
        let pattern = self.graph.pattern(pattern);
        if let ExprKind::Fact(fact) = &text.kind
            && shape(fact) == Shape::Text
        {
            let fact = self.graph.fact(fact);
            return self.graph.node(Node::TextMatches(fact, pattern));
        }
        let text = self.expr(text);
        self.graph.node(Node::Matches(text, pattern))
    }

    fn comprehension(&mut self, one: &lang::condition::Comprehension) -> NodeId {
        if let Some(holds) = self.exists_text(one) {
            return holds;
        }
        let range = self.expr(&one.range);
        let condition = one.condition.as_ref().map(|condition| self.expr(condition));
        let element = one.element.as_ref().map(|element| self.expr(element));
        let node = Comprehension { kind: one.kind, range, variable: one.variable, condition, element };
        self.graph.node(Node::Comprehension(node))
    }

    /// `list.exists(x, x == "a")`, `list.exists(x, x in ["a", "b"])`, and the names of tool calls likewise.
    fn exists_text(&mut self, one: &lang::condition::Comprehension) -> Option<NodeId> {
        let (ComprehensionKind::Exists, ExprKind::Fact(fact)) = (one.kind, &one.range.kind) else {
            return None;
        };
        let is_element = |expr: &Expr| match (&expr.kind, fact) {
            (ExprKind::Variable(number), _) => *number == one.variable && shape(fact) == Shape::Texts,
            (ExprKind::Member(inner, Member::ToolCallName), Fact::OutputToolCalls) => {
                matches!(&inner.kind, ExprKind::Variable(number) if *number == one.variable)
            }
            _ => false,
        };
        let ExprKind::Call(function, args) = &one.condition.as_ref()?.kind else { return None };
        let [left, right] = args.as_slice() else { return None };
        let texts = match function {
            Function::Equal if is_element(left) => vec![constant_text(right)?],
            Function::Equal if is_element(right) => vec![constant_text(left)?],
            Function::In if is_element(left) => self.constant_texts(right)?,
            _ => return None,
        };
        Some(self.holds(fact, texts))
    }
}

fn constant_text(expr: &Expr) -> Option<Box<str>> {
    let ExprKind::Literal(Literal::String(text)) = &expr.kind else { return None };
    Some(text.clone())
}

/// The fact with this number, for those who only have the graph.
pub(crate) fn shape_of(graph: &Graph, fact: FactId) -> Shape {
    graph.fact_of(fact).map_or(Shape::Other, shape)
}
