//! The names of a package as conditions may speak of them.

use crate::condition::{APIS, Domain, Names, OPERATIONS};
use crate::model::{DetectorId, Identity, Parts, ZoneId};
use crate::resolve::{Items, Kind, ScopeId, Scopes};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// The names of a package, gathered when a condition first asks for their kind.
///
/// A package may have ten thousand tenants and as many rules that speak of them.
pub(super) struct PackageNames<'p> {
    parts: &'p Parts,
    sorted: RefCell<BTreeMap<Domain, Vec<&'p str>>>,
    categories: OnceCell<BTreeMap<&'p str, Vec<DetectorId>>>,
    has_open_roles: OnceCell<bool>,
}

impl<'p> PackageNames<'p> {
    pub(super) fn new(parts: &'p Parts) -> Self {
        Self {
            parts,
            sorted: RefCell::default(),
            categories: OnceCell::new(),
            has_open_roles: OnceCell::new(),
        }
    }

    /// All names of a kind, in no order that matters.
    fn all(&self, domain: Domain) -> Vec<&'p str> {
        let parts = self.parts;
        match domain {
            Domain::Tenant => parts.tenants.iter().map(|it| &*it.name).collect(),
            Domain::Model => parts.models.iter().map(|it| &*it.name).collect(),
            Domain::Provider => parts.providers.iter().map(|it| &*it.name).collect(),
            Domain::Endpoint => parts.endpoints.iter().map(|it| &*it.name).collect(),
            Domain::Region => parts.regions.iter().map(|it| &*it.name).collect(),
            Domain::Zone => parts.zones.iter().map(|it| &*it.name).collect(),
            Domain::Profile => parts.profiles.iter().map(|it| &*it.name).collect(),
            Domain::Attestation => parts.attestations.iter().map(|it| &*it.name).collect(),
            Domain::Workload => parts.workloads.iter().map(|it| &*it.name).collect(),
            Domain::Detector => parts.detectors.iter().map(|it| &*it.name).collect(),
            Domain::Category => parts.categories.iter().map(|it| &*it.name).collect(),
            Domain::Exception => parts.exceptions.iter().map(|it| &*it.name).collect(),
            Domain::Operation => OPERATIONS.to_vec(),
            Domain::Api => APIS.to_vec(),
            Domain::Role => parts.tenants.iter().flat_map(|it| &it.identities).flat_map(roles).collect(),
            Domain::Label => {
                parts.tenants.iter().flat_map(|it| &it.labels).map(|(name, _)| &**name).collect()
            }
        }
    }

    fn contains(&self, domain: Domain, name: &str) -> bool {
        let mut lists = self.sorted.borrow_mut();
        let list = lists.entry(domain).or_insert_with(|| sorted(self.all(domain)));
        list.binary_search(&name).is_ok()
    }

    /// The detectors of a category, unless there is none of this name.
    fn category(&self, name: &str) -> Option<&[DetectorId]> {
        let categories = self.categories.get_or_init(|| {
            let names = self.parts.categories.iter().map(|category| (&*category.name, Vec::new()));
            let mut categories: BTreeMap<&str, Vec<DetectorId>> = names.collect();
            for (at, detector) in self.parts.detectors.iter().enumerate() {
                let category = self.parts.categories.get(detector.category.index());
                if let Some(ids) = category.and_then(|category| categories.get_mut(&*category.name)) {
                    ids.push(DetectorId::from_index(at));
                }
            }
            categories
        });
        categories.get(name).map(Vec::as_slice)
    }

    /// Whether some credential brings roles that the policy does not name.
    fn has_open_roles(&self) -> bool {
        *self.has_open_roles.get_or_init(|| {
            let mut identities = self.parts.tenants.iter().flat_map(|tenant| &tenant.identities);
            identities.any(|identity| matches!(identity, Identity::Jwt { .. }))
        })
    }
}

/// What a condition in one scope can name.
pub(super) struct ScopeNames<'a, 'p> {
    pub(super) scopes: &'a Scopes,
    pub(super) items: &'a Items,
    pub(super) package: &'a PackageNames<'p>,
    pub(super) scope: ScopeId,
}

impl Names for ScopeNames<'_, '_> {
    fn detectors(&self, path: &str) -> Option<Vec<DetectorId>> {
        if let Some(category) = path.strip_prefix("category.") {
            return self.package.category(category).map(<[DetectorId]>::to_vec);
        }
        if let Some(item) = self.scopes.lookup(self.scope, Kind::Detector, path) {
            return self.items.id(item).map(|id| vec![DetectorId(id)]);
        }
        let members = self.scopes.members(self.scope, Kind::Detector, path);
        let ids: Vec<DetectorId> =
            members.into_iter().filter_map(|it| self.items.id(it)).map(DetectorId).collect();
        if ids.is_empty() { None } else { Some(ids) }
    }

    fn zone(&self, name: &str) -> Option<ZoneId> {
        let item = self.scopes.lookup(self.scope, Kind::Place, name)?;
        let is_zone = matches!(self.scopes.declaration(item), Some(crate::ast::Declaration::Zone(_)));
        if is_zone { self.items.id(item).map(ZoneId) } else { None }
    }

    fn names(&self, domain: Domain) -> Vec<&str> {
        self.package.all(domain)
    }

    fn contains(&self, domain: Domain, name: &str) -> bool {
        if domain == Domain::Role && self.package.has_open_roles() {
            return true;
        }
        if domain == Domain::Region && self.scopes.lookup(self.scope, Kind::Place, name).is_some() {
            return true;
        }
        self.package.contains(domain, name)
    }
}

fn roles(identity: &Identity) -> impl Iterator<Item = &str> {
    let roles = match identity {
        Identity::Key { roles, .. } => roles.as_slice(),
        Identity::Jwt { .. } | Identity::Mtls { .. } | Identity::Header { .. } => &[],
    };
    roles.iter().map(|role| &**role)
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.dedup();
    names
}
