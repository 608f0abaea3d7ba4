//! Masks made from conditions, once for every value that a fact can have.

mod exact;

use super::outcomes::{Dimension, Outcomes, dimension, outcomes};
use super::table::{CountTable, FoundTable, Members, SetTable, TextTable};
use super::{Bucket, Deed, HEAD_CLASSES, Index, Indexed};
use crate::budget::Budget;
use crate::decision::Candidate;
use crate::evaluate::{Code, Evaluator, Memo, Truth};
use crate::facts::{Api, Facts, Operation};
use crate::graph::{FactId, Node, NodeId, operands};
use crate::lower::{Shape, shape_of};
use crate::program::names::{Names, OTHER};
use crate::reading::Reading;
use jiff::Timestamp;
use lang::condition::Fact;
use lang::model::{DetectorId, EndpointId, ModelId, Parts, ProfileId, RuleId, TenantId, WorkloadId};
use std::collections::{BTreeSet, HashMap};

/// A rule that is to be found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleNode {
    pub(crate) rule: RuleId,
    pub(crate) node: NodeId,
    pub(crate) bucket: Bucket,
    pub(crate) deed: Deed,
    pub(crate) shadow_end: Option<Timestamp>,
    /// The profile that a tenant must extend for it to hold.
    pub(crate) profile: Option<ProfileId>,
}

/// Makes an index, then gives tenants their classes in it.
pub(crate) struct Builder<'m> {
    model: &'m Parts,
    code: &'m Code,
    rules: Vec<Option<RuleNode>>,
    index: Index,
    /// Largest parts of conditions that read nothing but the tenant.
    tenant_nodes: Vec<NodeId>,
    profiles: Vec<ProfileId>,
    classes: HashMap<Vec<u8>, u32>,
    facts: Facts,
    /// All nodes of the conditions.
    nodes: Vec<NodeId>,
}

impl<'m> Builder<'m> {
    /// An index that evaluates every rule: nothing to look up, for a handful of rules.
    pub(crate) fn plain(model: &'m Parts, code: &'m Code, rules: &[RuleNode]) -> Index {
        let mut builder = Self::laid_out(model, code, rules);
        builder.class_of(|_| true, &|_, _| None);
        builder.index
    }

    /// An index with a mask for every value that decides something.
    pub(crate) fn new(model: &'m Parts, code: &'m Code, rules: &[RuleNode]) -> Self {
        let mut builder = Self::laid_out(model, code, rules);
        if builder.index.words > 0 {
            builder.nodes = below(code, rules.iter().map(|rule| rule.node).collect());
            builder.tenant_nodes = builder.maximal(Dimension::Tenant);
            let profiles: BTreeSet<ProfileId> = rules.iter().filter_map(|rule| rule.profile).collect();
            builder.profiles = profiles.into_iter().collect();
            builder.tables();
        }
        builder
    }

    pub(crate) fn finish(self) -> Index {
        self.index
    }

    /// Gives every rule its bit: by bucket, then by name.
    fn laid_out(model: &'m Parts, code: &'m Code, rules: &[RuleNode]) -> Self {
        let mut laid: Vec<Option<RuleNode>> = Vec::new();
        let mut buckets = [const { 0..0 }; 4];
        for (range, bucket) in buckets.iter_mut().zip(Bucket::ALL) {
            let start = laid.len() / 64;
            let mut here: Vec<RuleNode> =
                rules.iter().filter(|rule| rule.bucket == bucket).copied().collect();
            here.sort_unstable_by_key(|rule| (rule.rule, rule.node));
            laid.extend(here.into_iter().map(Some));
            laid.resize(laid.len().next_multiple_of(64), None);
            *range = start..laid.len() / 64;
        }
        let indexed = laid.iter().map(|rule| {
            rule.map(|RuleNode { rule, node, deed, shadow_end, .. }| Indexed { rule, node, deed, shadow_end })
        });
        let words = laid.len() / 64;
        let index = Index {
            rules: indexed.collect(),
            is_narrow: buckets.iter().all(|words| words.len() <= 1),
            buckets,
            words,
            exact: vec![0; words].into(),
            ..Index::default()
        };
        let (tenant_nodes, profiles, classes) = (Vec::new(), Vec::new(), HashMap::new());
        Self {
            model,
            code,
            rules: laid,
            index,
            tenant_nodes,
            profiles,
            classes,
            facts: Facts::blank(TenantId(0)),
            nodes: Vec::new(),
        }
    }

    /// The class of a tenant: tenants that no rule tells apart are one.
    pub(crate) fn tenant(&mut self, id: TenantId) -> u32 {
        let Some(tenant) = self.model.tenants.get(id.index()) else { return 0 };
        let mut facts = std::mem::replace(&mut self.facts, Facts::blank(TenantId(0)));
        facts.tenant = id;
        let reading = Reading { model: self.model, facts: &facts, resolved: None, candidate: None };
        let truths: Vec<Truth> =
            self.tenant_nodes.iter().map(|node| evaluate(self.code, reading, *node)).collect();
        self.facts = facts;
        let is_extended = |profile: &ProfileId| tenant.profiles.contains(profile);
        let mut key: Vec<u8> = truths.iter().map(|truth| *truth as u8).collect();
        key.extend(self.profiles.iter().map(|profile| u8::from(is_extended(profile))));
        if let Some(class) = self.classes.get(&key) {
            return *class;
        }
        let known: HashMap<NodeId, Truth> = self.tenant_nodes.iter().copied().zip(truths).collect();
        let holds = |rule: &RuleNode| rule.profile.is_none_or(|profile| is_extended(&profile));
        let class = self.class_of(holds, &|id, _| known.get(&id).map(|truth| Outcomes::from(*truth)));
        self.classes.insert(key, class);
        class
    }

    fn class_of(
        &mut self,
        holds: impl Fn(&RuleNode) -> bool,
        known: &impl Fn(NodeId, &Node) -> Option<Outcomes>,
    ) -> u32 {
        let words = self.index.words;
        let class =
            u32::try_from(self.index.classes.len().checked_div(words).unwrap_or(0)).unwrap_or(u32::MAX);
        let mut mask = vec![0u64; words];
        for (bit, rule) in self.bits() {
            if holds(rule) && outcomes(&self.code.graph, rule.node, known).may_fire() {
                set(&mut mask, bit);
            }
        }
        self.index.classes.extend(mask);
        class
    }

    fn all_nodes(&self) -> impl Iterator<Item = &'m Node> {
        self.nodes.iter().filter_map(|id| self.code.graph.get(*id))
    }

    fn bits(&self) -> impl Iterator<Item = (usize, &RuleNode)> {
        self.rules.iter().enumerate().filter_map(|(bit, rule)| Some((bit, rule.as_ref()?)))
    }

    /// A mask of the rules that may fire under an assumption; those that do not read it stay.
    fn mask(&self, readers: &[u64], known: &impl Fn(NodeId, &Node) -> Option<Outcomes>) -> Vec<u64> {
        let mut mask = vec![u64::MAX; self.index.words];
        for (bit, rule) in self.bits() {
            if get(readers, bit) && !outcomes(&self.code.graph, rule.node, known).may_fire() {
                clear(&mut mask, bit);
            }
        }
        mask
    }

    /// The rules with a part that reads nothing but this group.
    fn readers(&self, group: Dimension) -> Vec<u64> {
        let mut mask = vec![0; self.index.words];
        for (bit, rule) in self.bits() {
            let mut found = Vec::new();
            self.collect(rule.node, group, &mut found);
            if !found.is_empty() {
                set(&mut mask, bit);
            }
        }
        mask
    }

    /// The largest parts of all conditions that read nothing but this group, each once.
    fn maximal(&self, group: Dimension) -> Vec<NodeId> {
        let mut found = Vec::new();
        for (_, rule) in self.bits() {
            self.collect(rule.node, group, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn collect(&self, id: NodeId, group: Dimension, found: &mut Vec<NodeId>) {
        if dimension(&self.code.graph, id) == group {
            found.push(id);
            return;
        }
        if let Some(node) = self.code.graph.get(id) {
            for operand in operands(node) {
                self.collect(operand, group, found);
            }
        }
    }

    fn tables(&mut self) {
        self.index.head = self.head();
        self.index.models = self.models();
        self.index.workloads = self.workloads();
        self.index.input = self.found(Dimension::Input);
        self.index.output = self.found(Dimension::Output);
        let facts: BTreeSet<FactId> = self.bits().flat_map(|(_, rule)| self.reads(rule.node)).collect();
        let (mut counts, mut sets, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for fact in facts {
            let Some(named) = self.code.graph.fact_of(fact) else { continue };
            let group = super::outcomes::dimension_of(fact, named);
            if group != Dimension::Open(fact) {
                continue;
            }
            match shape_of(&self.code.graph, fact) {
                Shape::Count => counts.extend(self.counts(fact, named)),
                Shape::Text => texts.extend(self.texts(fact, named)),
                Shape::Texts | Shape::Other => sets.extend(self.set(fact, named)),
                Shape::Truth => {}
            }
        }
        self.index.counts = counts.into();
        self.index.sets = sets.into();
        self.index.texts = texts.into();
        self.index.exact = self.exact().into();
        self.index.immediate = self.immediate().into();
        self.index.probes = self.index.probes_of_words();
    }

    fn reads(&self, node: NodeId) -> Vec<FactId> {
        self.code.graph.traits(node).map(|traits| traits.reads.to_vec()).unwrap_or_default()
    }

    /// Masks for a group of which every value can be tried: a row for each sample.
    fn tried<'s>(&'s self, group: Dimension, samples: impl Iterator<Item = Sample> + 's) -> Box<[u64]> {
        let readers = self.readers(group);
        if readers.iter().all(|word| *word == 0) {
            return Box::default();
        }
        let nodes = self.maximal(group);
        let mut masks = Vec::new();
        for sample in samples {
            let Sample { facts, resolved, candidate } = sample;
            let reading = Reading { model: self.model, facts: &facts, resolved, candidate };
            let known: HashMap<NodeId, Truth> =
                nodes.iter().map(|node| (*node, evaluate(self.code, reading, *node))).collect();
            masks.extend(self.mask(&readers, &|id, _| known.get(&id).map(|truth| Outcomes::from(*truth))));
        }
        masks.into()
    }

    fn head(&self) -> Box<[u64]> {
        // In the order of `head_class`.
        let apis = [Api::OpenAi, Api::Anthropic, Api::Mistral];
        let heads = Operation::ALL.iter().flat_map(move |operation| {
            apis.into_iter().flat_map(move |api| [false, true].map(|stream| (*operation, api, stream)))
        });
        let samples = heads.map(|(operation, api, stream)| {
            let mut facts = Facts::blank(TenantId(0));
            facts.request.operation = operation;
            facts.request.api = api;
            facts.request.stream = stream;
            Sample::of(facts)
        });
        let masks = self.tried(Dimension::Head, samples);
        debug_assert!(masks.is_empty() || masks.len() == HEAD_CLASSES.saturating_mul(self.index.words));
        masks
    }

    fn models(&self) -> Box<[u64]> {
        let models = (0..self.model.models.len()).map(|index| Some(ModelId::from_index(index)));
        let samples =
            models.chain([None]).map(|resolved| Sample { resolved, ..Sample::of(Facts::blank(TenantId(0))) });
        self.tried(Dimension::Model, samples)
    }

    fn workloads(&self) -> Box<[u64]> {
        let workloads = (0..self.model.workloads.len()).map(|index| Some(WorkloadId::from_index(index)));
        let samples = workloads
            .chain([None])
            .map(|workload| Sample::of(Facts { workload, ..Facts::blank(TenantId(0)) }));
        self.tried(Dimension::Workload, samples)
    }

    /// Masks of the route bucket, a row for each endpoint and model.
    pub(crate) fn routes(&mut self, classes: &[(EndpointId, ModelId)]) {
        if self.index.words == 0 {
            return;
        }
        let samples = classes.iter().map(|(endpoint, model)| {
            let candidate =
                Candidate { endpoint: *endpoint, model: *model, offer: 0, step: None, exception: None };
            Sample { candidate: Some(candidate), ..Sample::of(Facts::blank(TenantId(0))) }
        });
        let masks = self.tried(Dimension::Route, samples);
        let range = self.index.bucket(Bucket::Route);
        let rows = masks.chunks_exact(self.index.words);
        self.index.routes =
            rows.flat_map(|row| row.get(range.clone()).unwrap_or_default().iter().copied()).collect();
    }

    fn counts(&self, fact: FactId, named: &Fact) -> Option<CountTable> {
        let mut cuts = BTreeSet::new();
        for node in self.all_nodes() {
            if let Node::Count(read, _, number) = node
                && *read == fact
            {
                cuts.insert(*number);
                cuts.extend(number.checked_add(1));
            }
        }
        let readers = self.readers(Dimension::Open(fact));
        if cuts.is_empty() || readers.iter().all(|word| *word == 0) {
            return None;
        }
        let mask_from = |first: i64| {
            self.mask(&readers, &|_, node| match node {
                Node::Count(read, comparison, number) if *read == fact => {
                    Some(Outcomes::from(comparison.holds(first, *number)))
                }
                _ => None,
            })
        };
        // A stretch begins at its cut, the first below all; what makes no difference is no cut.
        let (mut masks, mut kept) = (mask_from(i64::MIN), Vec::new());
        for cut in cuts {
            let mask = mask_from(cut);
            if !masks.ends_with(&mask) {
                kept.push(cut);
                masks.extend(mask);
            }
        }
        let (cuts, masks, readers) = (kept.into(), masks.into(), readers.into());
        Some(CountTable { fact: named.clone(), cuts, masks, readers })
    }

    fn texts(&self, fact: FactId, named: &Fact) -> Option<TextTable> {
        let graph = &self.code.graph;
        let mut literals: BTreeSet<&str> = BTreeSet::new();
        for node in self.all_nodes() {
            match node {
                Node::TextIs(read, text) if *read == fact => {
                    literals.insert(graph.text_of(*text));
                }
                Node::TextIn(read, set) if *read == fact => {
                    literals.extend(graph.texts_of(*set).iter().map(|text| &**text));
                }
                _ => {}
            }
        }
        let readers = self.readers(Dimension::Open(fact));
        if literals.is_empty() || readers.iter().all(|word| *word == 0) {
            return None;
        }
        let values = literals.iter().map(|name| Some(*name)).chain([None]);
        let masks = values.flat_map(|value| {
            self.mask(&readers, &|_, node| match node {
                Node::TextIs(read, text) if *read == fact => {
                    Some(Outcomes::from(value == Some(graph.text_of(*text))))
                }
                Node::TextIn(read, set) if *read == fact => {
                    Some(Outcomes::from(value.is_some_and(|value| graph.has_text(*set, value))))
                }
                _ => None,
            })
        });
        let masks = masks.collect();
        Some(TextTable { fact: named.clone(), names: Names::new(literals), masks, readers: readers.into() })
    }

    fn set(&self, fact: FactId, named: &Fact) -> Option<SetTable> {
        let graph = &self.code.graph;
        let is_atom = |node: &Node| matches!(node, Node::Holds(read, _) if *read == fact);
        let mut literals: BTreeSet<&str> = BTreeSet::new();
        for node in self.all_nodes() {
            if let Node::Holds(read, set) = node
                && *read == fact
            {
                literals.extend(graph.texts_of(*set).iter().map(|text| &**text));
            }
        }
        let literals: Vec<&str> = literals.into_iter().collect();
        let speaks = |node: &Node, member: usize| match (node, literals.get(member)) {
            (Node::Holds(_, set), Some(name)) => graph.has_text(*set, name),
            _ => false,
        };
        let members = self.members(Dimension::Open(fact), &is_atom, literals.len(), &speaks)?;
        Some(SetTable { fact: named.clone(), names: Names::new(literals.iter().copied()), members })
    }

    fn found(&self, group: Dimension) -> Option<FoundTable> {
        let detectors = |node: &Node| -> Box<[DetectorId]> {
            let Node::Truth(fact) = node else { return Box::default() };
            match (self.code.graph.fact_of(*fact), group) {
                (Some(Fact::InputHas(detectors)), Dimension::Input)
                | (Some(Fact::OutputHas(detectors)), Dimension::Output) => detectors.clone(),
                _ => Box::default(),
            }
        };
        let asked: BTreeSet<DetectorId> =
            self.all_nodes().flat_map(|node| detectors(node).into_vec()).collect();
        let asked: Vec<DetectorId> = asked.into_iter().collect();
        let speaks = |node: &Node, member: usize| {
            asked.get(member).is_some_and(|detector| detectors(node).binary_search(detector).is_ok())
        };
        let is_atom = |node: &Node| !detectors(node).is_empty();
        let members = self.members(group, &is_atom, asked.len(), &speaks)?;
        let mut numbers = vec![OTHER; self.model.detectors.len()];
        for (number, detector) in (0u32..).zip(&asked) {
            if let Some(slot) = numbers.get_mut(detector.index()) {
                *slot = number;
            }
        }
        Some(FoundTable { numbers: numbers.into(), members })
    }

    /// Masks for a group of members that are there or not.
    fn members(
        &self,
        group: Dimension,
        is_atom: &impl Fn(&Node) -> bool,
        count: usize,
        speaks: &impl Fn(&Node, usize) -> bool,
    ) -> Option<Members> {
        let readers = self.readers(group);
        if count == 0 || readers.iter().all(|word| *word == 0) {
            return None;
        }
        let assume =
            |there: bool| move |_: NodeId, node: &Node| is_atom(node).then_some(Outcomes::from(there));
        let absent = self.mask(&readers, &assume(false));
        let alone = self.mask(&readers, &assume(true));
        let mut present = Vec::new();
        for member in 0..count {
            let (mut spoken, mut left) = (vec![0; self.index.words], vec![0; self.index.words]);
            for (bit, rule) in self.bits().filter(|(bit, _)| get(&readers, *bit)) {
                let atoms = self.atoms(rule.node, is_atom);
                let is_spoken =
                    |id: &NodeId| self.code.graph.get(*id).is_some_and(|node| speaks(node, member));
                if atoms.iter().any(is_spoken) {
                    set(&mut spoken, bit);
                    // Of several atoms some may hold and some not: the rule stays, to be evaluated.
                    if atoms.len() > 1 || get(&alone, bit) {
                        set(&mut left, bit);
                    }
                }
            }
            present.extend(spoken);
            present.extend(left);
        }
        Some(Members { absent: absent.into(), present: present.into(), readers: readers.into() })
    }

    /// The distinct atoms of a condition.
    fn atoms(&self, id: NodeId, is_atom: &impl Fn(&Node) -> bool) -> BTreeSet<NodeId> {
        let all = below(self.code, vec![id]);
        all.into_iter().filter(|id| self.code.graph.get(*id).is_some_and(is_atom)).collect()
    }
}

/// What a group's facts are, to try.
struct Sample {
    facts: Facts,
    resolved: Option<ModelId>,
    candidate: Option<Candidate>,
}

impl Sample {
    const fn of(facts: Facts) -> Self {
        Self { facts, resolved: None, candidate: None }
    }
}

/// These nodes and all below them, each once, by number.
fn below(code: &Code, mut open: Vec<NodeId>) -> Vec<NodeId> {
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id)
            && let Some(node) = code.graph.get(id)
        {
            open.extend(operands(node));
        }
    }
    found.into_iter().collect()
}

fn evaluate(code: &Code, reading: Reading<'_>, node: NodeId) -> Truth {
    let (mut memo, mut budget) = (Memo::default(), Budget::ample());
    Evaluator::new(code, reading, &mut memo, &mut budget).truth(node)
}

fn set(mask: &mut [u64], bit: usize) {
    if let Some(word) = mask.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

fn clear(mask: &mut [u64], bit: usize) {
    if let Some(word) = mask.get_mut(bit / 64) {
        *word &= !(1 << (bit % 64));
    }
}

fn get(mask: &[u64], bit: usize) -> bool {
    (mask.get(bit / 64).copied().unwrap_or(0) >> (bit % 64)) & 1 == 1
}
