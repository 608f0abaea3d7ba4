//! Endpoints that serve a tenant, and endpoints that fall out for it.
//!
//! What falls out for the size or kind of one request, or since it is down at
//! the moment, is no statement of the policy about it, and is not counted.

use super::countable::Making;
use super::hint;
use super::unit::{Key, Kind, Unit};
use engine::decision::DropReason;
use engine::oracle::Reached;
use lang::Span;
use lang::model::{EndpointId, Tenant, TenantId};
use std::collections::BTreeMap;

/// Each endpoint that can serve a tenant, and each reason for which one can fall out.
pub(super) fn units(making: Making<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (id, tenant) in making.tenants().filter(|(_, tenant)| making.is_own(tenant.span)) {
        // The first way there is the one that is told.
        let mut found: BTreeMap<Key, Unit> = BTreeMap::new();
        for reached in making.reaches.get(id.index()).iter().flat_map(|reach| &reach.all) {
            for candidate in &reached.serving {
                let key = Key::Served(id, candidate.endpoint);
                found.entry(key).or_insert_with(|| served(making, tenant, key, reached, candidate.endpoint));
            }
            for dropped in &reached.dropped {
                if is_own_reason(making, dropped.reason) {
                    let key = Key::Dropped(id, dropped.endpoint, dropped.reason);
                    let make = || fallen(making, (id, tenant), reached, dropped.endpoint, dropped.reason);
                    found.entry(key).or_insert_with(make);
                }
            }
        }
        units.extend(found.into_values());
    }
    units
}

/// Whether a reason is the package's own; a rule of a package that it uses is not.
fn is_own_reason(making: Making<'_>, reason: DropReason) -> bool {
    reason
        .rule()
        .is_none_or(|rule| making.model.rules.get(rule.index()).is_some_and(|rule| making.is_own(rule.span)))
}

fn served(making: Making<'_>, tenant: &Tenant, key: Key, reached: &Reached, endpoint: EndpointId) -> Unit {
    Unit {
        key,
        kind: Kind::Candidate,
        what: format!("`{}` for tenant `{}`", making.names.endpoint(endpoint), tenant.name),
        outcome: "serves".into(),
        hint: hint::served(making, &tenant.name, reached, endpoint),
        span: tenant.span,
        also: grounds(making, tenant, endpoint),
    }
}

fn fallen(
    making: Making<'_>,
    (id, tenant): (TenantId, &Tenant),
    reached: &Reached,
    endpoint: EndpointId,
    reason: DropReason,
) -> Unit {
    let words = making.names.dropped_in_full(&reason);
    let rule = reason.rule().and_then(|rule| making.model.rules.get(rule.index()));
    Unit {
        key: Key::Dropped(id, endpoint, reason),
        kind: Kind::Candidate,
        what: format!("`{}` for tenant `{}`", making.names.endpoint(endpoint), tenant.name),
        outcome: format!("falls out by `{words}`"),
        hint: hint::dropped(making, &tenant.name, reached, endpoint, reason),
        span: rule.map_or(tenant.span, |rule| rule.span),
        also: grounds(making, tenant, endpoint),
    }
}

/// What a candidate stands or falls with, besides what it is about.
fn grounds(making: Making<'_>, tenant: &Tenant, endpoint: EndpointId) -> Vec<Span> {
    let model = making.model;
    let profiles = tenant.profiles.iter().filter_map(|id| model.profiles.get(id.index()));
    let zones = tenant.zones.iter().filter_map(|id| model.zones.get(id.index()));
    let access = model.accesses.get(tenant.access.index());
    let routes = access.into_iter().flat_map(|access| &access.routes);
    let chains = routes.filter_map(|(_, id)| model.chains.get(id.index()));
    let endpoint = model.endpoints.get(endpoint.index()).map(|endpoint| endpoint.span);
    std::iter::once(tenant.span)
        .chain(profiles.map(|profile| profile.span))
        .chain(zones.map(|zone| zone.span))
        .chain(chains.map(|chain| chain.span))
        .chain(endpoint)
        .collect()
}
