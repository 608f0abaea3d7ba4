//! Profiles and tenants: the meet of everything that holds for each.

use super::meet::Met;
use super::place::by_way_of;
use super::said::{Block, Nearest, Said};
use super::{Checker, title};
use crate::ast::{self, Declaration, IdentityKind, Name};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Access, AccessId, Identity, Limit, Parts, Profile, ProfileId, RuleId, Set, Tenant, TenantId, WorkloadId,
};
use crate::resolve::{ItemRef, Kind, ScopeId, Slot};
use crate::span::Span;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Operations that are allowed when a policy says nothing.
const ORDINARY_OPERATIONS: &[&str] = &["chat", "completions", "embeddings", "models"];

/// A profile with everything that it brings along.
#[derive(Clone, Debug, Default)]
struct Whole {
    /// Itself and all that it extends.
    profiles: BTreeSet<ProfileId>,
    /// What it says of the fields that the nearest decides, its own first.
    nearest: Nearest,
}

/// What is known while profiles are followed to those that they extend.
struct Extending<'a> {
    said: &'a [Said],
    wholes: Vec<Option<Whole>>,
    /// Profiles being followed now, outermost first: a second visit is a circle.
    open: Vec<ProfileId>,
    told: &'a mut Vec<(Span, Span)>,
}

/// What the meet of many tenants shares.
struct Shared {
    baselines: Vec<Said>,
    baseline_nearest: Nearest,
    said: Vec<Said>,
    wholes: Vec<Whole>,
    limits: Vec<Limit>,
    accesses: HashMap<Access, AccessId>,
    access_list: Vec<Access>,
    /// Pairs of places that were told to disagree.
    told: Vec<(Span, Span)>,
    /// Sets of redactions that were looked through for conflicts.
    looked: HashSet<Set<crate::model::RedactionId>>,
}

impl Checker<'_> {
    pub(super) fn tenants(&mut self, parts: &mut Parts) {
        let mut limits = Vec::new();
        let mut baselines = Vec::new();
        for (at, (scope, policy)) in self.baselines().into_iter().enumerate() {
            let owner =
                if at == 0 { "policy".to_owned() } else { format!("policy {}", policy.header.name.text) };
            baselines.push(self.said(
                &Block { scope, owner: &owner, terms: &policy.terms },
                parts,
                &mut limits,
            ));
        }
        let mut told = Vec::new();
        let baseline_nearest = match baselines.split_first() {
            Some((own, used)) => {
                let used = self.agree(used.iter().map(|said| &said.nearest), &own.nearest, &mut told);
                nearer(&own.nearest, &used)
            }
            None => Nearest::default(),
        };
        let said = self.profiles(parts, &mut limits);
        let wholes = self.wholes(&said, &mut told);
        let mut shared = Shared {
            baselines,
            baseline_nearest,
            said,
            wholes,
            limits,
            accesses: HashMap::new(),
            access_list: Vec::new(),
            told,
            looked: HashSet::new(),
        };
        let mut tenants = Vec::with_capacity(self.items.list(Slot::Other(Kind::Tenant)).len());
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Tenant)) {
            let Declaration::Tenant(declared) = declaration else { continue };
            let tenant = self.tenant((name, item), declared, parts, &mut shared);
            tenants.push(tenant);
        }
        parts.tenants = tenants;
        parts.limits = shared.limits;
        parts.accesses = shared.access_list;
        self.shared_identities(parts);
    }

    fn profiles(&mut self, parts: &mut Parts, limits: &mut Vec<Limit>) -> Vec<Said> {
        let mut all = Vec::new();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Profile)) {
            let Declaration::Profile(declared) = declaration else { continue };
            let owner = format!("profile {name}");
            let block = Block { scope: item.scope, owner: &owner, terms: &declared.terms };
            all.push(self.said(&block, parts, limits));
            let rules = self.inner_rules(item, declared.terms.rules.len());
            parts.profiles.push(Profile {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                rules,
                span: declared.header.name.span,
            });
        }
        all
    }

    /// The numbers of the rules that stand in a block.
    fn inner_rules(&self, item: ItemRef, count: usize) -> Set<RuleId> {
        let inner = (0..count).map(|at| ItemRef { inner: u32::try_from(at).ok(), ..item });
        inner.filter_map(|item| self.items.id(item)).map(RuleId).collect()
    }

    /// Each profile with all that it extends; circles are told.
    fn wholes(&mut self, said: &[Said], told: &mut Vec<(Span, Span)>) -> Vec<Whole> {
        let mut extending = Extending { said, wholes: vec![None; said.len()], open: Vec::new(), told };
        for at in 0..said.len() {
            self.whole(ProfileId::from_index(at), &mut extending);
        }
        extending.wholes.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn whole(&mut self, id: ProfileId, extending: &mut Extending<'_>) -> Whole {
        if let Some(Some(whole)) = extending.wholes.get(id.index()) {
            return whole.clone();
        }
        let list = self.items.list(Slot::Other(Kind::Profile));
        let item = list.get(id.index()).map(|(_, item)| *item);
        let declared = item.and_then(|item| self.scopes.declaration(item));
        let (Some(item), Some(Declaration::Profile(declared))) = (item, declared) else {
            return Whole::default();
        };
        if extending.open.contains(&id) {
            let name = &declared.header.name;
            let list = self.items.list(Slot::Other(Kind::Profile));
            let circle = extending.open.iter().skip_while(|it| **it != id).skip(1);
            let by_way = by_way_of(circle.filter_map(|it| list.get(it.index()).map(|(name, _)| &**name)));
            let message = format!("the profile `{}` extends itself{by_way}", name.text);
            self.push(
                Diagnostic::new(Code::CyclicExtends, name.span, message)
                    .help("remove one `extends` of the circle"),
            );
            return Whole::default();
        }
        extending.open.push(id);
        let extended = self.ids(item.scope, Kind::Profile, &declared.extends, ProfileId);
        let mut whole = Whole { profiles: BTreeSet::from([id]), nearest: Nearest::default() };
        let mut nearests = Vec::new();
        for extended in &extended {
            let inner = self.whole(*extended, extending);
            whole.profiles.extend(inner.profiles);
            nearests.push(inner.nearest);
        }
        let own = extending.said.get(id.index()).map(|said| said.nearest.clone()).unwrap_or_default();
        let inherited = self.agree(nearests.iter(), &own, extending.told);
        whole.nearest = nearer(&own, &inherited);
        extending.open.pop();
        if let Some(slot) = extending.wholes.get_mut(id.index()) {
            *slot = Some(whole.clone());
        }
        whole
    }

    /// What several blocks of one rank say; where two disagree and `own` is silent, it is told.
    fn agree<'n>(
        &mut self,
        said: impl Iterator<Item = &'n Nearest>,
        own: &Nearest,
        told: &mut Vec<(Span, Span)>,
    ) -> Nearest {
        let mut agreed = Nearest::default();
        for nearest in said {
            for (operation, chain, span) in &nearest.routes {
                match agreed.routes.iter().find(|(known, ..)| known == operation) {
                    Some((_, known, first)) if known != chain => {
                        let is_said = own.routes.iter().any(|(known, ..)| known == operation);
                        self.disagree(is_said, &format!("route {operation}"), (*first, *span), told);
                    }
                    Some(_) => {}
                    None => agreed.routes.push((operation.clone(), *chain, *span)),
                }
            }
            for (name, value, span) in &nearest.labels {
                match agreed.labels.iter().find(|(known, ..)| known == name) {
                    Some((_, known, first)) if known != value => {
                        let is_said = own.labels.iter().any(|(known, ..)| known == name);
                        self.disagree(is_said, &format!("label {name}"), (*first, *span), told);
                    }
                    Some(_) => {}
                    None => agreed.labels.push((name.clone(), value.clone(), *span)),
                }
            }
            match (&agreed.timezone, &nearest.timezone) {
                (Some((known, first)), Some((zone, span))) if known != zone => {
                    self.disagree(own.timezone.is_some(), "timezone", (*first, *span), told);
                }
                (None, Some(zone)) => agreed.timezone = Some(zone.clone()),
                (Some(_), Some(_)) | (Some(_) | None, None) => {}
            }
        }
        agreed
    }

    fn disagree(&mut self, is_said: bool, what: &str, places: (Span, Span), told: &mut Vec<(Span, Span)>) {
        let places = (places.0.min(places.1), places.0.max(places.1));
        if is_said || told.contains(&places) {
            return;
        }
        told.push(places);
        let message = format!("two profiles disagree on `{what}`");
        let diagnostic = Diagnostic::new(Code::ProfilesDisagree, places.1, message)
            .found("says this")
            .label(places.0, "says another")
            .help("say it in the tenant or profile that extends both, which then decides");
        self.push(diagnostic);
    }

    fn tenant(
        &mut self,
        (name, item): (&str, ItemRef),
        declared: &ast::Tenant,
        parts: &Parts,
        shared: &mut Shared,
    ) -> Tenant {
        let owner = format!("tenant {name}");
        let block = Block { scope: item.scope, owner: &owner, terms: &declared.terms };
        let own = self.said(&block, parts, &mut shared.limits);
        let extended = self.ids(item.scope, Kind::Profile, &declared.extends, ProfileId);
        let mut met = Met::default();
        shared.baselines.iter().for_each(|said| met.meet(said));
        let mut profiles = BTreeSet::new();
        for id in &extended {
            profiles.extend(shared.wholes.get(id.index()).iter().flat_map(|whole| &whole.profiles).copied());
        }
        for said in profiles.iter().filter_map(|id| shared.said.get(id.index())) {
            met.meet(said);
        }
        met.meet(&own);
        let nearests: Vec<Nearest> = extended
            .iter()
            .filter_map(|id| shared.wholes.get(id.index()))
            .map(|whole| whole.nearest.clone())
            .collect();
        let inherited = self.agree(nearests.iter(), &own.nearest, &mut shared.told);
        let nearest = nearer(&nearer(&own.nearest, &inherited), &shared.baseline_nearest);
        let access = met.access(&nearest, parts.providers.len(), ORDINARY_OPERATIONS);
        let access = intern(access, &mut shared.accesses, &mut shared.access_list);
        if shared.looked.insert(met.redactions().clone()) {
            let span = declared.header.name.span;
            self.transform_conflicts(parts, met.redactions(), span, &mut shared.told);
        }
        let id = self.items.id(item).map(TenantId);
        let workloads =
            parts.workloads.iter().enumerate().filter(|(_, workload)| Some(workload.tenant) == id);
        Tenant {
            name: name.into(),
            title: title(declared.header.title.as_ref()),
            identities: self.identities(item.scope, declared, id, parts),
            profiles: profiles.into_iter().collect(),
            zones: met.zones(),
            access,
            redactions: met.redactions().clone(),
            limits: met.limits().clone(),
            rules: self.inner_rules(item, declared.terms.rules.len()),
            exceptions: Set::default(),
            labels: nearest.labels.into_iter().map(|(name, value, _)| (name, value)).collect(),
            timezone: nearest.timezone.map_or_else(|| "UTC".into(), |(zone, _)| zone),
            retain: met.retain(),
            workloads: workloads.map(|(at, _)| WorkloadId::from_index(at)).collect(),
            workload_required: met.workload_required(),
            span: declared.header.name.span,
        }
    }

    fn identities(
        &mut self,
        scope: ScopeId,
        declared: &ast::Tenant,
        tenant: Option<TenantId>,
        parts: &Parts,
    ) -> Vec<Identity> {
        if declared.identities.is_empty() && !self.diagnostics.has_unread_text(declared.header.span) {
            let name = &declared.header.name;
            let message = format!("nobody can be the tenant `{}`: it says no `identify`", name.text);
            let help = "`policy key new` makes a key and the line that identifies it";
            self.push(Diagnostic::new(Code::NoIdentity, name.span, message).help(help));
        }
        let mut identities = Vec::with_capacity(declared.identities.len());
        for identity in &declared.identities {
            let span = identity.span;
            identities.push(match &identity.kind {
                IdentityKind::Key { digest, caller, roles, workload } => Identity::Key {
                    digest: *digest,
                    caller: caller.as_ref().map(|caller| caller.value.clone()),
                    roles: roles.iter().map(|role| role.text.clone()).collect(),
                    workload: workload
                        .as_ref()
                        .and_then(|name| self.own_workload(scope, name, tenant, parts)),
                    span,
                },
                IdentityKind::Jwt { issuer, audience, claims } => Identity::Jwt {
                    issuer: issuer.value.clone(),
                    audience: audience.value.clone(),
                    claims: claims
                        .iter()
                        .map(|(name, value)| (name.text.clone(), value.value.clone()))
                        .collect(),
                    span,
                },
                IdentityKind::Mtls { subject } => Identity::Mtls { subject: subject.value.clone(), span },
                IdentityKind::Header { name, value, from } => Identity::Header {
                    name: name.value.to_ascii_lowercase().into(),
                    value: value.value.clone(),
                    from: from.clone(),
                    span,
                },
            });
        }
        identities
    }

    /// A key is bound to a workload of its own tenant.
    fn own_workload(
        &mut self,
        scope: ScopeId,
        name: &Name,
        tenant: Option<TenantId>,
        parts: &Parts,
    ) -> Option<WorkloadId> {
        let id = self.id(scope, Kind::Workload, name).map(WorkloadId)?;
        let workload = parts.workloads.get(id.index())?;
        if Some(workload.tenant) != tenant {
            let message = format!("the workload `{}` is another tenant's", name.text);
            let diagnostic = Diagnostic::new(Code::ForeignWorkload, name.span, message);
            let diagnostic = diagnostic.label(workload.span, "declared here");
            self.push(diagnostic.help("bind a workload whose `tenant` is this one"));
        }
        Some(id)
    }

    /// One credential is one tenant's; two that share it could never be told apart.
    fn shared_identities(&mut self, parts: &Parts) {
        let mut keys: HashMap<[u8; 32], Span> = HashMap::new();
        for identity in parts.tenants.iter().flat_map(|tenant| &tenant.identities) {
            let Identity::Key { digest, span, .. } = identity else { continue };
            if let Some(first) = keys.get(digest) {
                let message = "two `identify` statements name the same key";
                let diagnostic = Diagnostic::new(Code::SharedKey, *span, message)
                    .label(*first, "the same key")
                    .help("make a key for each: `policy key new`");
                self.push(diagnostic);
            } else {
                keys.insert(*digest, *span);
            }
        }
    }
}

fn intern(access: Access, known: &mut HashMap<Access, AccessId>, list: &mut Vec<Access>) -> AccessId {
    if let Some(id) = known.get(&access) {
        return *id;
    }
    let id = AccessId::from_index(list.len());
    list.push(access.clone());
    known.insert(access, id);
    id
}

/// What the nearer block says, and what only the farther one says.
fn nearer(near: &Nearest, far: &Nearest) -> Nearest {
    let mut both = near.clone();
    let routes =
        far.routes.iter().filter(|(operation, ..)| !near.routes.iter().any(|(known, ..)| known == operation));
    both.routes.extend(routes.cloned());
    let labels = far.labels.iter().filter(|(name, ..)| !near.labels.iter().any(|(known, ..)| known == name));
    both.labels.extend(labels.cloned());
    both.timezone = both.timezone.or_else(|| far.timezone.clone());
    both.routes.sort();
    both.labels.sort();
    both
}
