//! That every route leads somewhere, on every day ahead.

use super::Checker;
use crate::compile::Day;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Access, AccessId, Barrier, ChainId, Effect, Endpoint, Exception, ExceptionId, ModelId, Parts, Permit,
    RuleScope, Set, Tenant, TenantId,
};
use jiff::civil::Date;
use std::collections::BTreeSet;

impl Checker<'_> {
    pub(super) fn routes(&mut self, parts: &Parts) {
        let mut seen: BTreeSet<(AccessId, Set<ExceptionId>)> = BTreeSet::new();
        let by_rule = routed_by_rules(parts);
        let mut unrouted: BTreeSet<AccessId> = BTreeSet::new();
        for (at, tenant) in parts.tenants.iter().enumerate() {
            let Some(access) = parts.accesses.get(tenant.access.index()) else { continue };
            let mut chains: BTreeSet<ChainId> = access.routes.iter().map(|(_, chain)| *chain).collect();
            let is_new = seen.insert((tenant.access, tenant.exceptions.clone()));
            if !is_new && by_rule.is_empty() {
                continue;
            }
            let ruled = by_rule.iter().filter(|(scope, _)| holds(*scope, TenantId::from_index(at), tenant));
            let ruled: BTreeSet<ChainId> = ruled.map(|(_, chain)| *chain).collect();
            if !is_new && ruled.is_subset(&chains) {
                continue;
            }
            chains.extend(ruled);
            for chain in chains {
                if !self.chain_served(tenant, access, chain, parts) {
                    unrouted.insert(tenant.access);
                }
            }
        }
        // Whoever has an empty route was told why; that its models are not served says no more.
        let mut seen = unrouted;
        for tenant in &parts.tenants {
            if let Some(access) = parts.accesses.get(tenant.access.index())
                && seen.insert(tenant.access)
            {
                self.models_served(tenant, access, parts);
            }
        }
    }

    /// Whether a chain has a candidate on each day ahead; it must.
    fn chain_served(&mut self, tenant: &Tenant, access: &Access, id: ChainId, parts: &Parts) -> bool {
        let Some(chain) = parts.chains.get(id.index()) else { return true };
        for day in self.days(tenant, parts) {
            let in_force = in_force(tenant, day, parts);
            let mut barriers = Vec::new();
            let mut is_served = false;
            for step in &chain.steps {
                for endpoint in step.endpoints.iter().filter_map(|id| parts.endpoints.get(id.index())) {
                    match reaches(parts, access, &in_force, step.model, endpoint) {
                        Ok(()) => is_served = true,
                        Err(barrier) => barriers.push((endpoint, step.model, barrier)),
                    }
                }
            }
            if is_served || chain.steps.is_empty() {
                continue;
            }
            let when = if in_force.is_empty() && !tenant.exceptions.is_empty() {
                " once its exceptions end"
            } else {
                ""
            };
            let message =
                format!("the chain `{}` has no candidate for the tenant `{}`{when}", chain.name, tenant.name);
            let mut diagnostic = Diagnostic::new(Code::EmptyRoute, tenant.span, message)
                .found("can be routed to it")
                .label(chain.span, "this chain");
            for (endpoint, model, barrier) in barriers {
                diagnostic =
                    diagnostic.label(endpoint.span, explain(parts, access, endpoint, model, barrier));
            }
            self.push(diagnostic.help("allow what one of them lacks, or route to another chain"));
            return false;
        }
        true
    }

    /// A day in each interval between the dates ahead: today, and the one after each exception.
    fn days(&self, tenant: &Tenant, parts: &Parts) -> Vec<Date> {
        let today = match self.day {
            Day::Check(today) | Day::Load(today) => today,
            Day::Unchecked => Date::ZERO,
        };
        let exceptions = tenant.exceptions.iter().filter_map(|id| parts.exceptions.get(id.index()));
        let ends = exceptions.filter(|it| it.until >= today).filter_map(|it| it.until.tomorrow().ok());
        let mut days: Vec<Date> = std::iter::once(today).chain(ends).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// A model that a tenant may use and nothing can serve is a doubt, not an error.
    fn models_served(&mut self, tenant: &Tenant, access: &Access, parts: &Parts) {
        let exceptions: Vec<&Exception> =
            tenant.exceptions.iter().filter_map(|id| parts.exceptions.get(id.index())).collect();
        for id in &access.models {
            let Some(model) = parts.models.get(id.index()) else { continue };
            let mut barriers = Vec::new();
            for endpoint in
                model.offers.iter().filter_map(|offer| parts.endpoints.get(offer.endpoint.index()))
            {
                match reaches(parts, access, &exceptions, *id, endpoint) {
                    Ok(()) => {
                        barriers.clear();
                        break;
                    }
                    Err(barrier) => barriers.push((endpoint, barrier)),
                }
            }
            if barriers.is_empty() {
                continue;
            }
            let message =
                format!("`{}` may use the model `{}`, but nothing can serve it", tenant.name, model.name);
            let mut diagnostic =
                Diagnostic::new(Code::UnservedModel, tenant.span, message).label(model.span, "this model");
            for (endpoint, barrier) in barriers {
                diagnostic = diagnostic.label(endpoint.span, explain(parts, access, endpoint, *id, barrier));
            }
            self.push(
                diagnostic.help("take it out of `allow models`, or allow what an endpoint of it lacks"),
            );
        }
    }
}

/// Which chains rules route to, and for whom.
fn routed_by_rules(parts: &Parts) -> Vec<(RuleScope, ChainId)> {
    let routed = parts.rules.iter().filter_map(|rule| match rule.effect {
        Effect::Route(chain) => Some((rule.scope, chain)),
        Effect::Deny(_) | Effect::Flag(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
    });
    routed.collect()
}

fn holds(scope: RuleScope, id: TenantId, tenant: &Tenant) -> bool {
    match scope {
        RuleScope::All => true,
        RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
        RuleScope::Tenant(only) => only == id,
    }
}

fn in_force<'p>(tenant: &Tenant, day: Date, parts: &'p Parts) -> Vec<&'p Exception> {
    let all = tenant.exceptions.iter().filter_map(|id| parts.exceptions.get(id.index()));
    all.filter(|exception| exception.until >= day).collect()
}

/// Whether an endpoint can serve a model, each exception widening its one field.
fn reaches(
    parts: &Parts,
    access: &Access,
    exceptions: &[&Exception],
    model: ModelId,
    endpoint: &Endpoint,
) -> Result<(), Barrier> {
    let Some(first) = parts.barrier(access, model, endpoint) else { return Ok(()) };
    if exceptions.is_empty() {
        return Err(first);
    }
    let mut widened = access.clone();
    for exception in exceptions {
        match &exception.permit {
            Permit::Regions { regions, models }
                if models.as_ref().is_none_or(|models| models.contains(&model)) =>
            {
                if let Some(residence) = &mut widened.residence {
                    residence.regions = residence.regions.union(regions);
                }
            }
            Permit::Models(models) => widened.models = widened.models.union(models),
            Permit::Providers(providers) => {
                widened.providers = widened.providers.map(|held| held.union(providers));
            }
            Permit::Without { attestation, provider } if *provider == endpoint.provider => {
                widened.require = widened.require.difference(&[*attestation].into_iter().collect());
            }
            Permit::Regions { .. } | Permit::Without { .. } | Permit::Tools(_) | Permit::Despite(_) => {}
        }
    }
    parts.barrier(&widened, model, endpoint).map_or(Ok(()), Err)
}

/// Why an endpoint fell out, in words.
fn explain(parts: &Parts, access: &Access, endpoint: &Endpoint, model: ModelId, barrier: Barrier) -> String {
    let name = &endpoint.name;
    match barrier {
        Barrier::ModelNotAllowed => {
            let model = parts.models.get(model.index()).map(|model| &*model.name).unwrap_or_default();
            format!("`{name}`: the model `{model}` is not allowed")
        }
        Barrier::ProviderNotAllowed => format!("`{name}`: its provider is not allowed"),
        Barrier::Residency => {
            let region =
                parts.regions.get(endpoint.region.index()).map(|region| &*region.name).unwrap_or_default();
            let said = access.residence.as_ref().map(|residence| &*residence.said).unwrap_or_default();
            format!("`{name}`: `{region}` is outside `{said}`")
        }
        Barrier::AttestationMissing(id) => {
            let attestation = parts.attestations.get(id.index()).map(|it| &*it.name).unwrap_or_default();
            format!("`{name}`: it does not attest `{attestation}`")
        }
    }
}
