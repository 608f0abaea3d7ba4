//! How statements meet: each field by its own law, none of which depends on order.

use super::said::Said;
use crate::model::{Access, Cap, LimitId, RedactionId, Residence, Retain, Set, ZoneId};

/// The meet of everything that holds for one tenant, as it grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    said: Said,
    zones: Vec<ZoneId>,
    places: Vec<Box<str>>,
}

/// Intersects with what was said, if anything was.
fn narrow<T: Ord + Clone>(met: &mut Option<Set<T>>, said: Option<&Set<T>>) {
    let Some(said) = said else { return };
    *met = Some(met.as_ref().map_or_else(|| said.clone(), |met| met.intersection(said)));
}

/// Adds to a set.
fn widen<T: Ord + Clone>(met: &mut Set<T>, said: &Set<T>) {
    if !met.is_superset(said) {
        *met = met.union(said);
    }
}

/// The smaller of two, when both are said.
fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl Met {
    /// Meets with one more block.
    pub(super) fn meet(&mut self, said: &Said) {
        let met = &mut self.said;
        if let Some((regions, place)) = &said.reside {
            let narrowed =
                met.reside.take().map_or_else(|| regions.clone(), |(held, _)| held.intersection(regions));
            met.reside = Some((narrowed, "".into()));
            self.places.push(place.clone());
        }
        self.zones.extend_from_slice(&said.zones);
        narrow(&mut met.models, said.models.as_ref());
        widen(&mut met.deny_models, &said.deny_models);
        narrow(&mut met.providers, said.providers.as_ref());
        widen(&mut met.deny_providers, &said.deny_providers);
        met.tools.extend_from_slice(&said.tools);
        narrow(&mut met.operations, said.operations.as_ref());
        widen(&mut met.deny_operations, &said.deny_operations);
        narrow(&mut met.unscanned, said.unscanned.as_ref());
        widen(&mut met.deny_unscanned, &said.deny_unscanned);
        narrow(&mut met.hosted, said.hosted.as_ref());
        widen(&mut met.deny_hosted, &said.deny_hosted);
        widen(&mut met.require, &said.require);
        met.workload_required |= said.workload_required;
        widen(&mut met.redact, &said.redact);
        widen(&mut met.limits, &said.limits);
        met.cap = least(met.cap, said.cap);
        met.retain = Retain {
            records: met.retain.records.max(said.retain.records),
            bodies: least(met.retain.bodies, said.retain.bodies),
        };
    }

    /// The static part: what the tenant may reach.
    pub(super) fn access(
        &self,
        routes: &super::said::Nearest,
        providers: usize,
        all_operations: &[&str],
    ) -> Access {
        let said = &self.said;
        let mut tools = said.tools.clone();
        tools.sort();
        tools.dedup();
        Access {
            residence: said
                .reside
                .as_ref()
                .map(|(regions, _)| Residence { regions: regions.clone(), said: self.place() }),
            models: said.models.clone().unwrap_or_default().difference(&said.deny_models),
            tools,
            providers: subtract(said.providers.as_ref(), &said.deny_providers, || {
                (0..providers).map(crate::model::ProviderId::from_index).collect()
            }),
            operations: subtract(said.operations.as_ref(), &said.deny_operations, || {
                all_operations.iter().map(|name| Box::from(*name)).collect()
            }),
            unscanned: said.unscanned.clone().unwrap_or_default().difference(&said.deny_unscanned),
            hosted: said.hosted.clone().unwrap_or_default().difference(&said.deny_hosted),
            require: said.require.clone(),
            routes: routes.routes.iter().map(|(operation, chain, _)| (operation.clone(), *chain)).collect(),
            cap: said.cap.map(|cap| Cap { tokens: cap.tokens, span: cap.span }),
        }
    }

    /// What was written, to be quoted in reasons: each place once.
    fn place(&self) -> Box<str> {
        let mut places: Vec<&str> = self.places.iter().map(|place| &**place).collect();
        places.sort_unstable();
        places.dedup();
        places.join(" and ").into()
    }

    pub(super) fn zones(&self) -> Set<ZoneId> {
        self.zones.iter().copied().collect()
    }

    pub(super) fn redactions(&self) -> &Set<RedactionId> {
        &self.said.redact
    }

    pub(super) fn limits(&self) -> &Set<LimitId> {
        &self.said.limits
    }

    pub(super) fn retain(&self) -> Retain {
        self.said.retain
    }

    pub(super) fn workload_required(&self) -> bool {
        self.said.workload_required
    }
}

/// `allow` less `deny`; with a `deny` alone, all less it.
fn subtract<T: Ord + Clone>(
    allowed: Option<&Set<T>>,
    denied: &Set<T>,
    all: impl FnOnce() -> Set<T>,
) -> Option<Set<T>> {
    match allowed {
        Some(allowed) => Some(allowed.difference(denied)),
        None if denied.is_empty() => None,
        None => Some(all().difference(denied)),
    }
}
