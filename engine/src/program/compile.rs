//! Model to program.

use super::index::{Bucket, Builder, Deed, Index, RuleNode};
use super::names::Names;
use super::needs::NeedsMaker;
use super::rows::{RowMaker, Rows};
use super::{Asked, Program, TenantRecord};
use crate::cache::Cache;
use crate::condition::{Lowered, lower_all};
use crate::evaluate::Code;
use crate::graph::{Node, NodeId, TextId};
use lang::condition::Fact;
use lang::model::{
    ChainId, Effect, Model, ModelId, Parts, Phase, Rule, RuleId, RuleScope, Set, TenantId, WorkloadId,
};
use lang::units::end_of;
use std::collections::{BTreeMap, HashMap};

/// Rules of one tenant that are simply asked one after another.
///
/// Up to a word of them costs less than the look-ups of an index of their own.
const OWN_PLAIN_MAX: usize = 16;

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
    let conditions = model.rules.iter().map(|rule| &rule.condition.expr);
    let (code, conditions) = lower_all(model, conditions, &mut cache.conditions)?;
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
    nodes: &[Lowered],
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
