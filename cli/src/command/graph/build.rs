//! The nodes and edges of a package's picture, in one stable order.
//!
//! Phases and their rules come first; then tenants, the models that each may
//! use, and the endpoints that can serve them, in the order in which they are
//! tried, beside those that fall out and why.

use lang::model::{
    Access, Barrier, Effect, EndpointId, Model, ModelId, Parts, Phase, Rule, RuleScope, Tenant, TenantId,
};
use serde::Serialize;

/// `ascp.graph/1`
#[derive(Debug, Serialize)]
pub(super) struct Graph {
    schema: &'static str,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

/// A box.
#[derive(Debug, Serialize)]
pub(super) struct Node {
    /// Its place in the list of nodes.
    pub(super) id: usize,
    pub(super) kind: NodeKind,
    pub(super) label: String,
    /// Where it stands in the policy text.
    pub(super) place: Option<String>,
}

/// What a box is about; it decides the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NodeKind {
    Phase,
    Rule,
    Effect,
    Tenant,
    Model,
    Candidate,
    Dropped,
}

/// An arrow.
#[derive(Debug, Serialize)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
}

/// The phases of a decision, in their order, and those that ask rules.
const PHASES: &[(&str, Option<Phase>)] = &[
    ("identify", None),
    ("charge", None),
    ("admit", Some(Phase::Admit)),
    ("screen", Some(Phase::Screen)),
    ("route", Some(Phase::Route)),
    ("reserve", None),
    ("respond", Some(Phase::Respond)),
];

/// The picture of a package, or of what holds for one tenant.
pub(super) fn graph(model: &Model, tenant: Option<&str>) -> Graph {
    let mut graph = Graph { schema: "ascp.graph/1", nodes: Vec::new(), edges: Vec::new() };
    let wanted = |(_, one): &(usize, &Tenant)| tenant.is_none_or(|name| *one.name == *name);
    let tenants: Vec<(TenantId, &Tenant)> = model
        .tenants
        .iter()
        .enumerate()
        .filter(wanted)
        .map(|(at, tenant)| (TenantId::from_index(at), tenant))
        .collect();
    let mut before = None;
    for (name, phase) in PHASES {
        let id = graph.add(NodeKind::Phase, (*name).to_owned(), None);
        if let Some(before) = before.replace(id) {
            graph.join(before, id, "");
        }
        let rules = model.rules.iter().filter(|rule| Some(rule.phase) == *phase);
        let held = rules.filter(|rule| tenants.iter().any(|(id, tenant)| holds_for(rule, *id, tenant)));
        held.for_each(|rule| graph.add_rule(model, id, rule));
    }
    for (_, tenant) in tenants {
        graph.add_tenant(model, tenant);
    }
    graph
}

impl Graph {
    fn add(&mut self, kind: NodeKind, label: String, place: Option<String>) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node { id, kind, label, place });
        id
    }

    fn join(&mut self, from: usize, to: usize, label: impl Into<String>) {
        self.edges.push(Edge { from, to, label: label.into() });
    }

    fn add_rule(&mut self, model: &Parts, phase: usize, rule: &Rule) {
        let for_whom = match rule.scope {
            RuleScope::All => String::new(),
            RuleScope::Profile(id) => model
                .profiles
                .get(id.index())
                .map(|profile| format!("profile {}", profile.name))
                .unwrap_or_default(),
            RuleScope::Tenant(id) => model
                .tenants
                .get(id.index())
                .map(|tenant| format!("tenant {}", tenant.name))
                .unwrap_or_default(),
        };
        let condition = rule.condition.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let node =
            self.add(NodeKind::Rule, format!("{}\nwhen {condition}", rule.name), place(model, rule.span));
        self.join(phase, node, for_whom);
        let effect = self.add(NodeKind::Effect, effect(model, &rule.effect), None);
        let shadow = rule.shadow_until.map(|date| format!("in shadow until {date}")).unwrap_or_default();
        self.join(node, effect, shadow);
    }

    fn add_tenant(&mut self, model: &Model, tenant: &Tenant) {
        let exceptions = tenant.exceptions.iter().filter_map(|id| model.exceptions.get(id.index()));
        let lines = exceptions.map(|one| format!("exception {} until {}", one.name, one.until));
        let label = std::iter::once(tenant.name.to_string()).chain(lines).collect::<Vec<_>>().join("\n");
        let node = self.add(NodeKind::Tenant, label, place(model, tenant.span));
        let Some(access) = model.accesses.get(tenant.access.index()) else { return };
        for id in &access.models {
            let Some(served) = model.models.get(id.index()) else { continue };
            let asked = self.add(NodeKind::Model, served.name.to_string(), place(model, served.span));
            self.join(node, asked, "may ask for");
            let mut order = 0_usize;
            for (endpoint, offered) in candidates(model, access, *id) {
                let Some(target) = model.endpoints.get(endpoint.index()) else { continue };
                let offered_name = model.models.get(offered.index()).map_or("", |one| &one.name);
                let label = format!("{}\n{offered_name}", target.name);
                if let Some(barrier) = model.barrier(access, offered, target) {
                    let fallen = self.add(NodeKind::Dropped, label, place(model, target.span));
                    self.join(asked, fallen, why(model, barrier));
                } else {
                    order = order.saturating_add(1);
                    let candidate = self.add(NodeKind::Candidate, label, place(model, target.span));
                    self.join(asked, candidate, order.to_string());
                }
            }
        }
    }
}

/// Where a request for a model may go: the rest of the routed chain, else the model's own offers.
fn candidates(model: &Parts, access: &Access, asked: ModelId) -> Vec<(EndpointId, ModelId)> {
    let routed = access.routes.iter().find(|(operation, _)| &**operation == "chat");
    let chain = routed.and_then(|(_, chain)| model.chains.get(chain.index()));
    let entry =
        chain.and_then(|chain| Some((chain, chain.steps.iter().position(|step| step.model == asked)?)));
    if let Some((chain, entry)) = entry {
        let steps = chain.steps.iter().skip(entry);
        return steps
            .flat_map(|step| step.endpoints.iter().map(|endpoint| (*endpoint, step.model)))
            .collect();
    }
    let offers = model.models.get(asked.index()).into_iter().flat_map(|served| &served.offers);
    offers.map(|offer| (offer.endpoint, asked)).collect()
}

fn holds_for(rule: &Rule, id: TenantId, tenant: &Tenant) -> bool {
    match rule.scope {
        RuleScope::All => true,
        RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
        RuleScope::Tenant(only) => only == id,
    }
}

fn effect(model: &Parts, effect: &Effect) -> String {
    match effect {
        Effect::Deny(message) => format!("deny: {message}"),
        Effect::Flag(flag) => format!("flag {flag}"),
        Effect::Route(chain) => {
            format!("route {}", model.chains.get(chain.index()).map_or("", |chain| &chain.name))
        }
        Effect::Prefer(providers) => {
            let names =
                providers.iter().filter_map(|id| model.providers.get(id.index())).map(|one| &*one.name);
            format!("prefer {}", names.collect::<Vec<_>>().join(", "))
        }
        Effect::Cap(tokens) => format!("cap max_tokens {tokens}"),
    }
}

fn why(model: &Parts, barrier: Barrier) -> String {
    match barrier {
        Barrier::ModelNotAllowed => "model not allowed".into(),
        Barrier::ProviderNotAllowed => "provider not allowed".into(),
        Barrier::Residency => "outside the residence".into(),
        Barrier::NotSpoken => "protocol not spoken".into(),
        Barrier::AttestationMissing(id) => {
            format!("does not attest {}", model.attestations.get(id.index()).map_or("", |one| &one.name))
        }
    }
}

fn place(model: &Parts, span: lang::Span) -> Option<String> {
    model.sources.locate(span).map(|(file, at, _)| format!("{file}:{}", at.line))
}
