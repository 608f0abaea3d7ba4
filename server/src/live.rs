//! A loaded package made ready to serve: everything that one exchange needs of it, swapped as a whole.

use crate::credential;
use crate::identity::Identities;
use crate::machine::Policy;
use crate::upstream::Target;
use engine::breaker::{self, Breakers};
use engine::exchange::Moment;
use engine::meter::{CounterKey, time_zone};
use jiff::tz::TimeZone;
use lang::model::{Credential, Digest, EndpointId, Parts, TenantId};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What a loader hands over: a policy that compiled.
pub struct Loaded {
    /// Begins exchanges.
    pub policy: Arc<dyn Policy>,
    /// What the server itself reads of the package.
    pub catalog: Catalog,
    /// Directories of packages and single files that it was made from; a change of any is a reason to load again.
    pub watched: Vec<PathBuf>,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("digest", &self.catalog.digest).finish_non_exhaustive()
    }
}

/// What the server reads of a package: who calls, who is called, and its meaning for the log.
#[derive(Debug)]
pub struct Catalog {
    /// The decision digest.
    pub digest: Digest,
    /// The package digest.
    pub package_digest: Digest,
    /// The package's name and version.
    pub name: String,
    /// Who can be known.
    pub identities: Identities,
    /// What the package means, for the names of what records hold in numbers.
    pub model: Arc<Parts>,
    endpoints: Vec<Target>,
    breakers: Vec<(EndpointId, lang::model::Breaker)>,
    secrets: Vec<PathBuf>,
    tenants: Vec<Account>,
    warnings: Vec<String>,
    /// Endpoints that cannot be called, and why.
    unreachable: Vec<String>,
}

/// Where the use of a tenant is counted, and in which calendar.
#[derive(Debug)]
pub struct Account {
    /// The account.
    pub key: CounterKey,
    /// The zone of its calendar.
    pub zone: TimeZone,
}

impl Catalog {
    /// Reads what the server needs of a model, secrets of providers included.
    ///
    /// It waits for files, so it belongs on a thread that may block.
    pub fn new(model: impl Into<Arc<Parts>>) -> Self {
        let model = model.into();
        let (identities, warnings) = Identities::new(&model.tenants);
        let (mut endpoints, mut unreachable) = (Vec::new(), Vec::new());
        for endpoint in &model.endpoints {
            let speaks = model.providers.get(endpoint.provider.index()).map(|provider| provider.speaks);
            let secret = speaks
                .ok_or_else(|| "its provider is missing".to_owned())
                .and_then(|speaks| credential::header(endpoint, speaks));
            let target = secret.and_then(|secret| Target::new(endpoint, secret));
            endpoints.push(target.unwrap_or_else(|why| {
                unreachable.push(format!("endpoint `{}` is down: {why}", endpoint.name));
                Target::unusable()
            }));
        }
        Self {
            digest: model.decision_digest,
            package_digest: model.package_digest,
            name: format!("{} {}", model.policy.name, model.policy.version).trim_end().to_owned(),
            identities,
            endpoints,
            secrets: model
                .endpoints
                .iter()
                .filter_map(|endpoint| match &endpoint.credential {
                    Credential::File(path) => Some(PathBuf::from(path.as_ref())),
                    Credential::None
                    | Credential::Env(_)
                    | Credential::AwsRole(_)
                    | Credential::Google
                    | Credential::Entra => None,
                })
                .collect(),
            breakers: breaker::settings(&model.chains).into_iter().collect(),
            tenants: model
                .tenants
                .iter()
                .map(|tenant| Account {
                    key: CounterKey::account(&tenant.name),
                    zone: time_zone(&tenant.timezone),
                })
                .collect(),
            warnings,
            unreachable,
            model,
        }
    }

    /// Whether serving from the other would be no different: the same decisions, endpoints and secrets.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.package_digest == other.package_digest && self.endpoints == other.endpoints
    }

    /// What an operator should know: identities that identify nobody, and endpoints that
    /// cannot be called, which matters where no stand-in answers for them.
    pub fn warnings(&self, is_simulated: bool) -> impl Iterator<Item = &str> {
        let unreachable = if is_simulated { &[] } else { self.unreachable.as_slice() };
        self.warnings.iter().chain(unreachable).map(String::as_str)
    }
}

/// A package that serves.
pub(crate) struct Live {
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) catalog: Catalog,
    /// Numbers of endpoints are those of this package, so its breakers live and end with it.
    breakers: Mutex<Breakers>,
    /// Endpoints that cannot be called until a reload, sorted.
    unusable: Vec<EndpointId>,
    pub(crate) watched: Vec<PathBuf>,
}

impl Live {
    /// Makes a package ready; what `before` learnt about endpoints of the same name stays known.
    pub(crate) fn new(loaded: Loaded, before: Option<&Self>, is_simulated: bool) -> Self {
        let Loaded { policy, catalog, mut watched } = loaded;
        // A secret that is rotated in its file is a reason to load again.
        watched.extend_from_slice(&catalog.secrets);
        let breakers = Breakers::new(catalog.breakers.iter().copied());
        let breakers = match before {
            None => breakers,
            Some(before) => {
                let endpoints = &before.catalog.model.endpoints;
                let old = before.breakers.lock().unwrap_or_else(PoisonError::into_inner);
                breakers.inherit(&old, |id| {
                    let name = &catalog.model.endpoints.get(id.index())?.name;
                    endpoints.iter().position(|old| old.name == *name).map(EndpointId::from_index)
                })
            }
        };
        let ids = (0..catalog.endpoints.len()).map(EndpointId::from_index);
        let unusable = ids
            .zip(&catalog.endpoints)
            .filter(|(_, target)| !is_simulated && !target.is_usable())
            .map(|(id, _)| id)
            .collect();
        Self { policy, catalog, breakers: Mutex::new(breakers), unusable, watched }
    }

    /// Endpoints that are not to be tried now, sorted.
    pub(crate) fn down(&self, now: Moment) -> Vec<EndpointId> {
        let mut down = self.with_breakers(|breakers| breakers.down(now.wall));
        if !self.unusable.is_empty() {
            down.extend_from_slice(&self.unusable);
            down.sort_unstable();
            down.dedup();
        }
        down
    }

    pub(crate) fn with_breakers<T>(&self, act: impl FnOnce(&mut Breakers) -> T) -> T {
        act(&mut self.breakers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn target(&self, endpoint: EndpointId) -> Option<&Target> {
        self.catalog.endpoints.get(endpoint.index())
    }

    pub(crate) fn account(&self, tenant: TenantId) -> Option<&Account> {
        self.catalog.tenants.get(tenant.index())
    }
}
