//! Tenants specialised: what is static about them becomes rows, and equal rows are one.
//!
//! A row holds for a tenant, one of its workloads, and a stretch of time in
//! which none of its dates ends. It turns an asked model into the number of a
//! list of candidates.

use super::candidates::{Gates, Lists};
use super::plan::Plan;
use crate::facts::Operation;
use jiff::Timestamp;
use lang::model::{
    AccessId, CategoryId, ChainId, ExceptionId, Kind, ModelId, Parts, Permit, RedactionId, RuleId, Set,
    Tenant, ToolPattern, Workload,
};
use lang::units::end_of;
use std::collections::HashMap;

/// No list: the tenant may not use the model.
pub(crate) const NO_LIST: u32 = u32::MAX;

/// Models up to which a row has a place for each, allowed or not.
///
/// Looking one up is a single load then, and a row takes 256 bytes for each of
/// its variants; with more, rows that allow a few of many would be mostly empty.
const MODELS_PLACED_MAX: usize = 64;

/// What is static about a tenant and a workload.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// A bit for each allowed operation, by its place in [`Operation::ALL`].
    pub(crate) operations: u8,
    /// A bit for each kind that may pass unread, by its place in [`Kind::ALL`].
    pub(crate) unscanned: u8,
    /// Which part of `lists` an operation looks in.
    pub(crate) variants: [u8; Operation::ALL.len()],
    pub(crate) workload_required: bool,
    /// Whether tools are judged at all.
    pub(crate) has_tool_rules: bool,
    /// A bit for each model that may be used; empty when `lists` has a place for every model.
    models: Box<[u64]>,
    /// How many models `lists` has a place for.
    model_count: usize,
    /// For each variant, the list of each model in order: of all, or of those that may be used.
    lists: Box<[u32]>,
    /// The routed chain of each variant.
    pub(crate) routed: Box<[Option<ChainId>]>,
    /// For chains asked by name or by a rule: the list from each step on.
    pub(crate) chains: Box<[(ChainId, Box<[u32]>)]>,
    pub(crate) access: AccessId,
    pub(crate) plan: u32,
    pub(crate) cap: Option<u64>,
    /// Data that the workload states; any when `None`.
    pub(crate) data: Option<Set<CategoryId>>,
    /// Tools that exceptions let in.
    pub(crate) permitted_tools: Box<[ToolPattern]>,
    /// Rules that exceptions lift.
    pub(crate) lifted: Set<RuleId>,
}

impl Row {
    /// The place of a model among those that may be used.
    #[inline(never)]
    fn rank(&self, model: ModelId) -> Option<usize> {
        let (word, bit) = (model.index() / 64, model.0 % 64);
        let bits = *self.models.get(word)?;
        if (bits >> bit) & 1 == 0 {
            return None;
        }
        let below = bits & (1u64 << bit).wrapping_sub(1);
        let before: u32 = self.models.get(..word)?.iter().map(|word| word.count_ones()).sum();
        Some(before.saturating_add(below.count_ones()) as usize)
    }

    /// The list for an asked model, or [`NO_LIST`].
    pub(crate) fn list(&self, operation: Operation, model: ModelId) -> u32 {
        let place = if self.models.is_empty() { Some(model.index()) } else { self.rank(model) };
        let Some(place) = place else { return NO_LIST };
        let variant = usize::from(self.variants.get(operation as usize).copied().unwrap_or(0));
        // Into a table in memory, so that the product fits.
        let at = variant.wrapping_mul(self.model_count).wrapping_add(place);
        self.lists.get(at).copied().unwrap_or(NO_LIST)
    }

    /// The lists of the models that may be used, for each variant.
    pub(crate) fn direct(&self) -> Vec<u32> {
        self.lists.iter().copied().filter(|list| *list != NO_LIST).collect()
    }

    /// The chain that an operation is routed to.
    pub(crate) fn routed_chain(&self, operation: Operation) -> Option<ChainId> {
        let variant = usize::from(*self.variants.get(operation as usize)?);
        self.routed.get(variant).copied().flatten()
    }

    /// The lists of a chain, by the step at which it is entered.
    pub(crate) fn chain(&self, chain: ChainId) -> Option<&[u32]> {
        let at = self.chains.binary_search_by_key(&chain, |(known, _)| *known).ok()?;
        self.chains.get(at).map(|(_, lists)| &**lists)
    }
}

/// What tells one row from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    access: AccessId,
    workload_required: bool,
    exceptions: Set<ExceptionId>,
    enforced: Set<RedactionId>,
    shadowed: Set<RedactionId>,
    models: Option<Set<ModelId>>,
    data: Option<Set<CategoryId>>,
    chains: Set<ChainId>,
}

/// Where a tenant's rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Into `places`: a row for each stretch of time and workload slot.
    pub(crate) first: u32,
    /// Into `epochs`: the instants at which the stretches end.
    pub(crate) epochs: u32,
    /// Rows for each stretch: one for no workload, and one for each of the tenant's.
    pub(crate) slots: u32,
}

/// All rows.
#[expect(clippy::struct_field_names, reason = "rows are its main field and its name")]
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) lists: Lists,
    pub(crate) places: Vec<u32>,
    pub(crate) epochs: Vec<Box<[Timestamp]>>,
}

/// Makes rows, each once.
pub(crate) struct RowMaker<'m> {
    model: &'m Parts,
    rows: Rows,
    known: HashMap<Key, u32>,
    plans: HashMap<(Set<RedactionId>, Set<RedactionId>), u32>,
    places: HashMap<Vec<u32>, u32>,
    epochs: HashMap<Vec<Timestamp>, u32>,
}

impl<'m> RowMaker<'m> {
    pub(crate) fn new(model: &'m Parts) -> Self {
        Self {
            model,
            rows: Rows::default(),
            known: HashMap::new(),
            plans: HashMap::new(),
            places: HashMap::new(),
            epochs: HashMap::new(),
        }
    }

    pub(crate) fn finish(self) -> Rows {
        self.rows
    }

    /// Makes the rows of a tenant; `chains` are those that a rule can route it to.
    pub(crate) fn tenant(&mut self, tenant: &Tenant, chains: &Set<ChainId>) -> Place {
        let ends = self.ends(tenant);
        let mut rows = Vec::new();
        for epoch in 0..=ends.len() {
            // The last stretch has no end: what no date bounds.
            let begins = epoch.checked_sub(1).and_then(|before| ends.get(before).copied());
            let key = self.key(tenant, begins.unwrap_or(Timestamp::MIN), chains);
            rows.push(self.row(&key));
            for workload in &tenant.workloads {
                let workload = self.model.workloads.get(workload.index());
                let of = |workload: &Workload| (workload.models.clone(), workload.data.clone());
                let (models, data) = workload.map(of).unwrap_or_default();
                rows.push(self.row(&Key { models, data, ..key.clone() }));
            }
        }
        let slots = u32::try_from(tenant.workloads.len().saturating_add(1)).unwrap_or(u32::MAX);
        Place { first: self.place(rows), epochs: self.epoch(ends), slots }
    }

    /// The instants at which something about a tenant changes, sorted.
    fn ends(&self, tenant: &Tenant) -> Vec<Timestamp> {
        let exceptions = tenant.exceptions.iter().filter_map(|id| self.model.exceptions.get(id.index()));
        let redactions = tenant.redactions.iter().filter_map(|id| self.model.redactions.get(id.index()));
        let mut ends: Vec<Timestamp> = exceptions
            .map(|exception| exception.until)
            .chain(redactions.filter_map(|redaction| redaction.shadow_until))
            .map(end_of)
            .collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    fn key(&self, tenant: &Tenant, now: Timestamp, chains: &Set<ChainId>) -> Key {
        let is_in_shadow = |id: &RedactionId| {
            let redaction = self.model.redactions.get(id.index());
            redaction.and_then(|redaction| redaction.shadow_until).is_some_and(|date| now < end_of(date))
        };
        let is_in_force = |id: &ExceptionId| {
            self.model.exceptions.get(id.index()).is_some_and(|exception| now < end_of(exception.until))
        };
        let (shadowed, enforced): (Vec<_>, Vec<_>) =
            tenant.redactions.iter().copied().partition(is_in_shadow);
        Key {
            access: tenant.access,
            workload_required: tenant.workload_required,
            exceptions: tenant.exceptions.iter().copied().filter(is_in_force).collect(),
            enforced: enforced.into_iter().collect(),
            shadowed: shadowed.into_iter().collect(),
            models: None,
            data: None,
            chains: chains.clone(),
        }
    }

    fn place(&mut self, rows: Vec<u32>) -> u32 {
        if let Some(first) = self.places.get(&rows) {
            return *first;
        }
        let first = u32::try_from(self.rows.places.len()).unwrap_or(u32::MAX);
        self.rows.places.extend(&rows);
        self.places.insert(rows, first);
        first
    }

    fn epoch(&mut self, ends: Vec<Timestamp>) -> u32 {
        if let Some(number) = self.epochs.get(&ends) {
            return *number;
        }
        let number = u32::try_from(self.rows.epochs.len()).unwrap_or(u32::MAX);
        self.rows.epochs.push(ends.clone().into());
        self.epochs.insert(ends, number);
        number
    }

    fn row(&mut self, key: &Key) -> u32 {
        if let Some(number) = self.known.get(key) {
            return *number;
        }
        let row = self.make(key);
        let number = u32::try_from(self.rows.rows.len()).unwrap_or(u32::MAX);
        self.rows.rows.push(row);
        self.known.insert(key.clone(), number);
        number
    }

    fn plan(&mut self, key: &Key) -> u32 {
        let known = (key.enforced.clone(), key.shadowed.clone());
        if let Some(number) = self.plans.get(&known) {
            return *number;
        }
        let number = u32::try_from(self.rows.plans.len()).unwrap_or(u32::MAX);
        self.rows.plans.push(Plan::new(self.model, &key.enforced, &key.shadowed));
        self.plans.insert(known, number);
        number
    }

    fn make(&mut self, key: &Key) -> Row {
        let plan = self.plan(key);
        let model = self.model;
        let gates = Gates::new(model, key.access, &key.exceptions, key.models.as_ref());
        let (models, placed) = placed_models(model.models.len(), &gates);
        let access = model.accesses.get(key.access.index());
        let routes = access.map(|access| access.routes.as_slice()).unwrap_or_default();
        let (by_operation, routed) = variants_of(routes);
        let lists = &mut self.rows.lists;
        let mut direct = Vec::with_capacity(placed.len().saturating_mul(routed.len()));
        for chain in &routed {
            direct.extend(
                placed.iter().map(|id| {
                    if gates.may_use(*id) { lists.for_model(&gates, *chain, *id) } else { NO_LIST }
                }),
            );
        }
        let chains: Set<ChainId> = routed.iter().flatten().chain(&key.chains).copied().collect();
        let chains = chains.iter().map(|chain| (*chain, lists.for_chain(&gates, *chain))).collect();
        let permits = || key.exceptions.iter().filter_map(|id| model.exceptions.get(id.index()));
        Row {
            operations: operations(access),
            unscanned: access.map_or(0, |access| kinds(&access.unscanned)),
            variants: by_operation,
            workload_required: key.workload_required,
            has_tool_rules: access.is_some_and(|access| !access.tools.is_empty()),
            models,
            model_count: placed.len(),
            lists: direct.into(),
            routed: routed.into(),
            chains,
            access: key.access,
            plan,
            cap: access.and_then(|access| access.cap).map(|cap| cap.tokens),
            data: key.data.clone(),
            permitted_tools: permits().flat_map(|one| permitted_tools(&one.permit)).cloned().collect(),
            lifted: permits().filter_map(|one| lifted(&one.permit)).collect(),
        }
    }
}

/// The models that a row has a place for; where not for all, a bit for each of them too.
fn placed_models(count: usize, gates: &Gates<'_>) -> (Box<[u64]>, Vec<ModelId>) {
    let all = (0..count).map(ModelId::from_index);
    if count <= MODELS_PLACED_MAX {
        return (Box::default(), all.collect());
    }
    let allowed: Vec<ModelId> = all.filter(|id| gates.may_use(*id)).collect();
    let mut bits = vec![0u64; count.div_ceil(64)];
    for id in &allowed {
        if let Some(word) = bits.get_mut(id.index() / 64) {
            *word |= 1u64 << (id.0 % 64);
        }
    }
    (bits.into(), allowed)
}

/// Which variant each operation looks in, and the chain of each; variant 0 has none.
fn variants_of(routes: &[(Box<str>, ChainId)]) -> ([u8; Operation::ALL.len()], Vec<Option<ChainId>>) {
    let mut chains: Vec<Option<ChainId>> = vec![None];
    let mut variants = [0; Operation::ALL.len()];
    for (slot, operation) in variants.iter_mut().zip(Operation::ALL) {
        let chain = routes.iter().find(|(name, _)| **name == *operation.as_str()).map(|(_, chain)| *chain);
        let known = chains.iter().position(|known| *known == chain);
        let at = known.unwrap_or_else(|| {
            chains.push(chain);
            chains.len().saturating_sub(1)
        });
        *slot = u8::try_from(at).unwrap_or(0);
    }
    (variants, chains)
}

fn operations(access: Option<&lang::model::Access>) -> u8 {
    let allowed = access.and_then(|access| access.operations.as_ref());
    let is_allowed = |operation: &Operation| match allowed {
        Some(allowed) => allowed.iter().any(|name| **name == *operation.as_str()),
        None => operation.is_ordinary(),
    };
    Operation::ALL.iter().filter(|one| is_allowed(one)).fold(0, |bits, one| bits | (1 << (*one as u8)))
}

fn kinds(kinds: &Set<Kind>) -> u8 {
    kinds.iter().fold(0, |bits, kind| bits | (1 << (*kind as u8)))
}

fn permitted_tools(permit: &Permit) -> &[ToolPattern] {
    match permit {
        Permit::Tools(tools) => tools,
        Permit::Regions { .. }
        | Permit::Models(_)
        | Permit::Providers(_)
        | Permit::Without { .. }
        | Permit::Despite(_) => &[],
    }
}

const fn lifted(permit: &Permit) -> Option<RuleId> {
    match permit {
        Permit::Despite(rule) => Some(*rule),
        Permit::Regions { .. }
        | Permit::Models(_)
        | Permit::Tools(_)
        | Permit::Providers(_)
        | Permit::Without { .. } => None,
    }
}
