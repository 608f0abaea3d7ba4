//! That every route leads somewhere, on every day ahead.

use super::Checker;
use crate::compile::Day;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Access, AccessId, Barrier, ChainId, Dialect, Effect, Endpoint, Exception, ExceptionId, ModelId, Parts,
    Permit, RuleScope, Set, Tenant, TenantId,
};
use crate::near::list_of;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

impl Checker<'_> {
    /// Tenants of one access and the same exceptions reach the same, so one of them speaks for all.
    pub(super) fn routes(&mut self, parts: &Parts) {
        let by_rule = routed_by_rules(parts);
        let mut served: BTreeMap<(Reach<'_>, ChainId), bool> = BTreeMap::new();
        let mut unrouted: BTreeSet<TenantId> = BTreeSet::new();
        for (id, tenant, access) in with_access(parts) {
            let own = access.routes.iter().map(|(_, chain)| *chain);
            let ruled = by_rule.iter().filter(|(scope, _)| holds(*scope, id, tenant));
            for chain in own.chain(ruled.map(|(_, chain)| *chain)) {
                let is_served = served
                    .entry((reach(tenant), chain))
                    .or_insert_with(|| self.chain_served(tenant, access, chain, parts));
                if !*is_served {
                    unrouted.insert(id);
                }
            }
        }
        self.spoken(parts);
        let mut seen: BTreeSet<Reach<'_>> = BTreeSet::new();
        for (id, tenant, access) in with_access(parts) {
            // Whoever has an empty route was told why; that its models are not served says no more.
            if !unrouted.contains(&id) && seen.insert(reach(tenant)) {
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
        let today = self.today();
        let exceptions = tenant.exceptions.iter().filter_map(|id| parts.exceptions.get(id.index()));
        let ends = exceptions.filter(|it| it.until >= today).filter_map(|it| it.until.tomorrow().ok());
        let mut days: Vec<Date> = std::iter::once(today).chain(ends).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The day that the check is about; where dates are not looked at, one before all of them.
    const fn today(&self) -> Date {
        match self.day {
            Day::Check(today) | Day::Load(today) => today,
            Day::Unchecked => Date::ZERO,
        }
    }

    /// Of models that someone may use, the endpoints that nobody can be served by, since they are not spoken with.
    fn spoken(&mut self, parts: &Parts) {
        let used: BTreeSet<ModelId> =
            with_access(parts).flat_map(|(_, _, access)| access.models.iter().copied()).collect();
        for model in used.iter().filter_map(|id| parts.models.get(id.index())) {
            let offers = model.offers.iter().filter_map(|offer| parts.endpoints.get(offer.endpoint.index()));
            let silent: Vec<&Endpoint> = offers.filter(|endpoint| !parts.is_spoken(endpoint)).collect();
            let Some(provider) = silent.first().and_then(|it| parts.providers.get(it.provider.index()))
            else {
                continue;
            };
            let names: Vec<&str> = silent.iter().map(|endpoint| &*endpoint.name).collect();
            let message = format!("the model `{}` can never be served by {}", model.name, list_of(&names));
            let mut diagnostic = Diagnostic::new(Code::NotSpoken, model.span, message).found("offered by it");
            for endpoint in silent {
                let speaks = parts.providers.get(endpoint.provider.index()).map(|it| it.speaks);
                let speaks = speaks.map(Dialect::as_str).unwrap_or_default();
                diagnostic = diagnostic.label(endpoint.span, format!("speaks `{speaks}`"));
            }
            let help = format!(
                "this version speaks {}; name an endpoint of `{}` that does, or take the offer out",
                list_of(&spoken_names()),
                provider.name
            );
            self.push(diagnostic.help(help));
        }
    }

    /// A model that a tenant may use and nothing can serve is a doubt, not an error.
    fn models_served(&mut self, tenant: &Tenant, access: &Access, parts: &Parts) {
        let exceptions = in_force(tenant, self.today(), parts);
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

/// The protocols that this version speaks.
fn spoken_names() -> Vec<&'static str> {
    Dialect::ALL.iter().filter(|dialect| dialect.is_spoken()).map(|dialect| dialect.as_str()).collect()
}

/// What decides where the requests of a tenant can go, its rules aside.
type Reach<'p> = (AccessId, &'p Set<ExceptionId>);

const fn reach(tenant: &Tenant) -> Reach<'_> {
    (tenant.access, &tenant.exceptions)
}

/// All tenants, each with what it may reach.
fn with_access(parts: &Parts) -> impl Iterator<Item = (TenantId, &Tenant, &Access)> {
    parts.tenants.iter().enumerate().filter_map(|(at, tenant)| {
        let access = parts.accesses.get(tenant.access.index())?;
        Some((TenantId::from_index(at), tenant, access))
    })
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
        Barrier::NotSpoken => {
            let speaks = parts.providers.get(endpoint.provider.index()).map(|provider| provider.speaks);
            let speaks = speaks.map(Dialect::as_str).unwrap_or_default();
            format!("`{name}`: it speaks `{speaks}`, which this version does not")
        }
    }
}
