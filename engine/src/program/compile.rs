//! Model to program.

use super::index::{Bucket, Builder, Deed, Dimension, Index, RuleNode, dimension};
use super::names::Names;
use super::needs::NeedsMaker;
use super::rows::{RowMaker, Rows};
use super::{Asked, Program, TenantRecord};
use crate::evaluate::{Automata, Code};
use crate::graph::{Graph, Node, NodeId, TextId};
use crate::{function, lower, passes};
use lang::condition::Fact;
use lang::model::{
    ChainId, Effect, Model, ModelId, Parts, Phase, Rule, RuleId, RuleScope, Set, TenantId, WorkloadId,
};
use lang::units::end_of;
use regex_automata::meta::Regex;
use std::collections::{BTreeMap, HashMap};

/// Rules of one tenant that are simply asked one after another.
///
/// Up to a word of them costs less than the look-ups of an index of their own.
const OWN_PLAIN_MAX: usize = 16;

/// Parts of earlier programs, found by the digests of what they were made from.
///
/// It keeps what the last compilation used, so it never grows beyond one program.
#[derive(Debug, Default)]
pub struct Cache {
    patterns: HashMap<Box<str>, Regex>,
}

/// Why a checked model makes no program: a promise of the compiler that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A pattern that was checked does not compile.
    #[error("pattern `{0}` does not compile")]
    Pattern(Box<str>),
}

/// Compiles a model.
///
/// # Errors
///
/// [`CompileError`] when the model breaks a promise of its checker.
pub fn compile(model: &Model, cache: &mut Cache) -> Result<Program, CompileError> {
    let (code, conditions) = conditions(model, cache)?;
    let (shared_rules, own_rules) = divided(model, &code, &conditions);
    let nodes = conditions.into_iter().map(|condition| condition.whole).collect();
    let routed = |rules: &[RuleNode]| rules.iter().filter_map(|rule| chain_of(model, rule.rule)).collect();
    let shared_chains: Set<ChainId> = routed(&shared_rules);

    let mut maker = RowMaker::new(model);
    let mut places = Vec::with_capacity(model.tenants.len());
    for (index, tenant) in model.tenants.iter().enumerate() {
        let own = own_rules.get(&TenantId::from_index(index));
        let chains = own.map_or_else(|| shared_chains.clone(), |own| shared_chains.union(&routed(own)));
        places.push(maker.tenant(tenant, &chains));
    }
    let Rows { rows, plans, mut lists, places: row_places, epochs } = maker.finish();
    lists.seal();

    let mut builder = Builder::new(model, &code, &shared_rules);
    builder.routes(&lists.classes);
    let mut own = Vec::new();
    let mut tenants = Vec::with_capacity(places.len());
    for (index, place) in places.into_iter().enumerate() {
        let tenant = TenantId::from_index(index);
        let class = builder.tenant(tenant);
        let own_at = match own_rules.get(&tenant) {
            Some(rules) => {
                own.push(own_index(model, &code, tenant, rules, &lists.classes));
                u32::try_from(own.len().saturating_sub(1)).unwrap_or(u32::MAX)
            }
            None => u32::MAX,
        };
        tenants.push(TenantRecord { place, class, own: own_at });
    }
    let shared = builder.finish();
    let mut needs = NeedsMaker::new(model, &code);
    for (tenant, record) in model.tenants.iter().zip(&tenants) {
        needs.tenant(tenant, &shared, record.class, own.get(record.own as usize));
    }
    let needs = needs.finish();
    let (asked, asked_kinds) = asked_names(model);
    let reads_usage = code.graph.facts.iter().any(is_usage);
    Ok(Program {
        model: model.clone(),
        nodes,
        asked,
        asked_kinds,
        tenants,
        workload_slots: workload_slots(model),
        rows,
        plans,
        no_plan: super::plan::Plan::default(),
        places: row_places,
        epochs,
        lists,
        shared,
        own,
        needs,
        reads_usage,
        code,
    })
}

/// The nodes of a rule's condition.
struct Nodes {
    whole: NodeId,
    /// Alternatives, each of which the index looks up by itself.
    alternatives: Vec<NodeId>,
}

/// Lowers every condition and makes the graph fast.
fn conditions(model: &Model, cache: &mut Cache) -> Result<(Code, Vec<Nodes>), CompileError> {
    let mut graph = Graph::default();
    let mut nodes: Vec<NodeId> =
        model.rules.iter().map(|rule| lower::condition(&mut graph, model, &rule.condition.expr)).collect();
    let mut graph = passes::run(graph, &mut nodes);
    for node in &nodes {
        graph.ask(*node);
    }
    let is_whole = |graph: &Graph, id: NodeId| dimension(graph, id) != Dimension::Mixed;
    let nodes: Vec<Nodes> = nodes
        .into_iter()
        .map(|whole| Nodes { whole, alternatives: passes::alternatives(&mut graph, whole, &is_whole) })
        .collect();
    let mut patterns = Vec::with_capacity(graph.patterns.len());
    let mut kept = HashMap::new();
    for text in &graph.patterns {
        let known = cache.patterns.remove(text);
        let compiled = known.map_or_else(|| function::pattern(text), Ok);
        let pattern = compiled.map_err(|_| CompileError::Pattern(text.clone()))?;
        kept.insert(text.clone(), pattern.clone());
        patterns.push(pattern);
    }
    cache.patterns = kept;
    let remembered = graph.iter().map(|(id, _)| is_remembered(&graph, id)).collect();
    graph.seal();
    let automata = Automata::new(&graph);
    Ok((Code { graph, patterns, automata, remembered }, nodes))
}

/// Whether an answer is worth remembering: asked more than once, dearer than
/// the memory, and the same for every candidate and element.
fn is_remembered(graph: &Graph, id: NodeId) -> bool {
    const COST_MIN: u32 = 8;
    graph.traits(id).is_some_and(|traits| {
        let mut reads = traits.reads.iter().filter_map(|fact| graph.fact_of(*fact));
        traits.asked_by > 1 && traits.cost >= COST_MIN && traits.open == 0 && !reads.any(is_route)
    })
}

const fn is_route(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::RouteProvider | Fact::RouteEndpoint | Fact::RouteRegion | Fact::RouteModel | Fact::RouteAttests
    )
}

const fn is_usage(fact: &Fact) -> bool {
    matches!(fact, Fact::UsageRequests(_) | Fact::UsageTokens(_) | Fact::UsageSpend(_))
}

fn chain_of(model: &Parts, rule: RuleId) -> Option<ChainId> {
    match model.rules.get(rule.index())?.effect {
        Effect::Route(chain) => Some(chain),
        Effect::Deny(_) | Effect::Flag(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
    }
}

/// Rules that many tenants share, and those that need one particular tenant.
fn divided(
    model: &Parts,
    code: &Code,
    nodes: &[Nodes],
) -> (Vec<RuleNode>, BTreeMap<TenantId, Vec<RuleNode>>) {
    let (mut shared, mut own) = (Vec::new(), BTreeMap::<TenantId, Vec<RuleNode>>::new());
    let by_name: HashMap<&str, TenantId> =
        model.tenants.iter().enumerate().map(|(i, one)| (&*one.name, TenantId::from_index(i))).collect();
    for (index, (rule, node)) in model.rules.iter().zip(nodes).enumerate() {
        let id = RuleId::from_index(index);
        let alternatives = node.alternatives.iter().map(|node| rule_node(rule, id, *node));
        let needed = match rule.scope {
            RuleScope::Tenant(tenant) => Some(Some(tenant)),
            RuleScope::All | RuleScope::Profile(_) => {
                tenant_needed(code, node.whole).map(|text| by_name.get(code.graph.text_of(text)).copied())
            }
        };
        match (needed, rule.scope) {
            (None, _) => shared.extend(alternatives),
            (Some(Some(tenant)), RuleScope::Profile(profile)) => {
                let is_extended =
                    model.tenants.get(tenant.index()).is_some_and(|one| one.profiles.contains(&profile));
                if is_extended {
                    own.entry(tenant).or_default().extend(alternatives);
                }
            }
            (Some(Some(tenant)), RuleScope::All | RuleScope::Tenant(_)) => {
                own.entry(tenant).or_default().extend(alternatives);
            }
            // A tenant that there is not: the rule never fires.
            (Some(None), _) => {}
        }
    }
    (shared, own)
}

/// The tenant without which a condition is `false`.
fn tenant_needed(code: &Code, node: NodeId) -> Option<TextId> {
    let named = |id: NodeId| match code.graph.get(id) {
        Some(Node::TextIs(fact, text)) if code.graph.fact_of(*fact) == Some(&Fact::TenantName) => Some(*text),
        Some(_) | None => None,
    };
    match code.graph.get(node) {
        Some(Node::All(parts)) => parts.iter().find_map(|part| named(*part)),
        Some(_) | None => named(node),
    }
}

fn rule_node(rule: &Rule, id: RuleId, node: NodeId) -> RuleNode {
    let bucket = match (rule.phase, &rule.effect) {
        (Phase::Admit, _) => Bucket::Admit,
        (Phase::Screen, _) => Bucket::Screen,
        (Phase::Route, Effect::Flag(_)) | (Phase::Respond, _) => Bucket::Respond,
        (Phase::Route, Effect::Deny(_) | Effect::Route(_) | Effect::Prefer(_) | Effect::Cap(_)) => {
            Bucket::Route
        }
    };
    let profile = match rule.scope {
        RuleScope::Profile(profile) => Some(profile),
        RuleScope::All | RuleScope::Tenant(_) => None,
    };
    let shadow_end = rule.shadow_until.map(end_of);
    RuleNode { rule: id, node, bucket, deed: Deed::of(&rule.effect), shadow_end, profile }
}

fn own_index(
    model: &Parts,
    code: &Code,
    tenant: TenantId,
    rules: &[RuleNode],
    classes: &[(lang::model::EndpointId, ModelId)],
) -> Index {
    if rules.len() <= OWN_PLAIN_MAX {
        return Builder::plain(model, code, rules);
    }
    let mut builder = Builder::new(model, code, rules);
    builder.routes(classes);
    // The one class of this index is its tenant's.
    builder.tenant(tenant);
    builder.finish()
}

fn asked_names(model: &Parts) -> (Names, Vec<Asked>) {
    let (mut names, mut kinds): (Vec<&str>, Vec<Asked>) = (Vec::new(), Vec::new());
    for (index, one) in model.models.iter().enumerate() {
        names.extend(one.aliases.iter().map(|alias| &**alias));
        kinds.resize(names.len(), Asked::Model(ModelId::from_index(index)));
    }
    for (index, one) in model.chains.iter().enumerate() {
        names.extend(one.aliases.iter().map(|alias| &**alias));
        kinds.resize(names.len(), Asked::Chain(ChainId::from_index(index)));
    }
    (Names::new(names), kinds)
}

/// Slot 0 is for no workload.
fn workload_slots(model: &Parts) -> Vec<(TenantId, u32)> {
    let mut slots = vec![(TenantId(u32::MAX), 0); model.workloads.len()];
    for (index, tenant) in model.tenants.iter().enumerate() {
        for (slot, workload) in (1u32..).zip(&tenant.workloads) {
            let workload: &WorkloadId = workload;
            if let Some(place) = slots.get_mut(workload.index()) {
                *place = (TenantId::from_index(index), slot);
            }
        }
    }
    slots
}
