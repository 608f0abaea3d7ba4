//! The names of a package as conditions may speak of them.

use crate::condition::{APIS, Domain, Names, OPERATIONS};
use crate::model::{DetectorId, Identity, Parts, ZoneId};
use crate::resolve::{Items, Kind, ScopeId, Scopes};

/// What a condition in one scope can name.
pub(super) struct ScopeNames<'a> {
    pub(super) scopes: &'a Scopes,
    pub(super) items: &'a Items,
    pub(super) parts: &'a Parts,
    pub(super) scope: ScopeId,
}

impl Names for ScopeNames<'_> {
    fn detectors(&self, path: &str) -> Option<Vec<DetectorId>> {
        if let Some(category) = path.strip_prefix("category.") {
            let at = self.parts.categories.iter().position(|it| *it.name == *category)?;
            let all = self.parts.detectors.iter().enumerate();
            let of = all.filter(|(_, detector)| detector.category.index() == at);
            return Some(of.map(|(at, _)| DetectorId::from_index(at)).collect());
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
            Domain::Role => sorted(parts.tenants.iter().flat_map(|it| &it.identities).flat_map(roles)),
            Domain::Label => sorted(parts.tenants.iter().flat_map(|it| &it.labels).map(|(name, _)| &**name)),
        }
    }

    fn contains(&self, domain: Domain, name: &str) -> bool {
        if domain == Domain::Role && self.has_open_roles() {
            return true;
        }
        if domain == Domain::Region && self.scopes.lookup(self.scope, Kind::Place, name).is_some() {
            return true;
        }
        self.names(domain).contains(&name)
    }
}

impl ScopeNames<'_> {
    /// Whether some credential brings roles that the policy does not name.
    fn has_open_roles(&self) -> bool {
        let mut identities = self.parts.tenants.iter().flat_map(|tenant| &tenant.identities);
        identities.any(|identity| matches!(identity, Identity::Jwt { .. }))
    }
}

fn roles(identity: &Identity) -> impl Iterator<Item = &str> {
    let roles = match identity {
        Identity::Key { roles, .. } => roles.as_slice(),
        Identity::Jwt { .. } | Identity::Mtls { .. } | Identity::Header { .. } => &[],
    };
    roles.iter().map(|role| &**role)
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
