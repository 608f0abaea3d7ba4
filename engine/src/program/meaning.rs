//! What a program does, tenant by tenant, so that two programs can be held against each other.
//!
//! A model says what was written; its decision digest tells apart what was
//! written differently. Here stands what comes of it: rows, lists and plans in
//! names, conditions as the nodes they became. What a second restriction closes
//! as well, or no rule reads, or no date reaches, is not in it.
//!
//! **Invariant:** whatever an exchange reads of its program or model is
//! written here, or reaches no exchange of the tenant.

mod nodes;
mod row;

use super::Program;
use lang::condition::Fact;
use lang::model::{Digest, Effect, Identity, Limit, Rule, RuleScope, Set, Tenant, TenantId};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What a program does.
///
/// Programs of equal meaning decide every request alike: verdict, first
/// reason, route, redactions, charges and flags. A request that is refused in
/// any case may be refused for further reasons besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What every tenant meets: endpoints, models, breakers.
    pub shared: Digest,
    /// What each tenant meets besides, by name.
    pub tenants: BTreeMap<Box<str>, Digest>,
}

impl Meaning {
    /// The tenants that meet something else in `other`; `None` when everyone may.
    pub fn changed_tenants<'m>(&'m self, other: &'m Self) -> Option<BTreeSet<&'m str>> {
        if self.shared != other.shared {
            return None;
        }
        let names = self.tenants.keys().chain(other.tenants.keys()).map(|name| &**name);
        let is_changed = |name: &&str| self.tenants.get(*name) != other.tenants.get(*name);
        Some(names.filter(is_changed).collect())
    }
}

impl Program {
    /// What this program does.
    pub fn meaning(&self) -> Meaning {
        let mut rows: Vec<Option<Digest>> = vec![None; self.rows.len()];
        let rules: Vec<String> = self.model.rules.iter().zip(&self.nodes).map(|it| self.rule(it)).collect();
        let tenants = self.model.tenants.iter().enumerate().map(|(at, tenant)| {
            let text = self.tenant(TenantId::from_index(at), tenant, &rules, &mut rows);
            (tenant.name.clone(), digest(&text))
        });
        Meaning { tenants: tenants.collect(), shared: digest(&self.shared_meaning()) }
    }

    fn shared_meaning(&self) -> String {
        let model = &self.model;
        let mut out = format!("currency {:?}\n", model.currency);
        for endpoint in &model.endpoints {
            let speaks = model.providers.get(endpoint.provider.index()).map(|provider| provider.speaks);
            let region = model.regions.get(endpoint.region.index()).map(|region| &region.name);
            let attests = endpoint.attests.iter().filter_map(|id| model.attestations.get(id.index()));
            let attests: Vec<&str> = attests.map(|one| &*one.name).collect();
            let _ = writeln!(
                out,
                "endpoint {} {speaks:?} {} {region:?} {:?} {:?} {:?} {:?} {attests:?} {}",
                endpoint.name,
                endpoint.url.text,
                endpoint.credential,
                endpoint.credential_header,
                endpoint.headers,
                endpoint.query,
                endpoint.private,
            );
        }
        for served in &model.models {
            let aliases: BTreeSet<&str> = served.aliases.iter().map(|alias| &**alias).collect();
            let _ = writeln!(
                out,
                "model {} {aliases:?} {:?} {:?} {:?} {:?} {:?}",
                served.name, served.price, served.context, served.output, served.accepts, served.count
            );
            for offer in &served.offers {
                let name = model.endpoints.get(offer.endpoint.index()).map(|endpoint| &endpoint.name);
                let _ = writeln!(out, "offer {name:?} {:?}", offer.version);
            }
        }
        let breakers = crate::breaker::settings(&model.chains);
        for (endpoint, settings) in breakers {
            let name = model.endpoints.get(endpoint.index()).map(|endpoint| &endpoint.name);
            let _ = writeln!(out, "breaker {name:?} {settings:?}");
        }
        out
    }

    fn tenant(&self, id: TenantId, tenant: &Tenant, rules: &[String], rows: &mut [Option<Digest>]) -> String {
        let mut out = format!("timezone {}\n", tenant.timezone);
        self.read_of(tenant, &mut out);
        let mut parts: Vec<String> = tenant.identities.iter().map(|it| self.identity(it)).collect();
        let limits = tenant.limits.iter().filter_map(|id| self.model.limits.get(id.index()));
        parts.extend(limits.map(|limit| self.limit(limit)));
        let held = self.model.rules.iter().zip(rules).filter(|(rule, _)| match rule.scope {
            RuleScope::All => true,
            RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
            RuleScope::Tenant(owner) => owner == id,
        });
        parts.extend(held.map(|(_, text)| text.clone()));
        parts.sort_unstable();
        out.push_str(&parts.join("\n"));
        let none = std::iter::once((None, None));
        let own = tenant.workloads.iter().map(|id| (Some(*id), self.model.workloads.get(id.index())));
        for (slot, (workload, named)) in (0u32..).zip(none.chain(own)) {
            let _ = writeln!(out, "\nworkload {:?}", named.map(|workload| &workload.name));
            self.stretches(id, slot, rows, &mut out);
            self.needs_of(id, workload, &mut out);
        }
        out
    }

    /// What conditions read of a tenant, where some condition does.
    fn read_of(&self, tenant: &Tenant, out: &mut String) {
        let model = &self.model;
        for fact in &self.code.graph.facts {
            if *fact == Fact::TenantZones {
                let names = tenant.zones.iter().filter_map(|id| model.zones.get(id.index()));
                let _ = writeln!(out, "zones {:?}", names.map(|zone| &zone.name).collect::<Vec<_>>());
            } else if *fact == Fact::TenantProfiles {
                let names = tenant.profiles.iter().filter_map(|id| model.profiles.get(id.index()));
                let _ = writeln!(out, "profiles {:?}", names.map(|one| &one.name).collect::<Vec<_>>());
            } else if let Fact::TenantLabel(name) = fact {
                let label = tenant.labels.iter().find(|(known, _)| known == name);
                let _ = writeln!(out, "label {label:?}");
            }
        }
    }

    fn identity(&self, identity: &Identity) -> String {
        match identity {
            Identity::Key { digest, caller, roles, workload, .. } => {
                let workload = workload.and_then(|id| self.model.workloads.get(id.index()));
                let name = workload.map(|workload| &workload.name);
                format!("key {digest:?} {caller:?} {roles:?} {name:?}")
            }
            Identity::Jwt { issuer, audience, claims, .. } => {
                format!("jwt {issuer:?} {audience:?} {claims:?}")
            }
            Identity::Mtls { subject, .. } => format!("mtls {subject:?}"),
            Identity::Header { name, value, from, .. } => format!("header {name:?} {value:?} {from:?}"),
        }
    }

    fn limit(&self, limit: &Limit) -> String {
        let name = |id: &lang::model::ModelId| self.model.models.get(id.index()).map(|one| &one.name);
        let models = limit.models.as_ref().map(|models| models.iter().map(name).collect::<Vec<_>>());
        format!(
            "limit {} {} {:?} {} {:?} {} {:?} {:?} {models:?} {:?} {:?}",
            limit.key,
            limit.text,
            limit.kind,
            limit.amount,
            limit.window,
            limit.burst,
            limit.scope,
            limit.timezone,
            limit.alerts,
            limit.shadow_until
        )
    }

    fn rule(&self, (rule, node): (&Rule, &crate::graph::NodeId)) -> String {
        let model = &self.model;
        let effect = match &rule.effect {
            Effect::Deny(text) => format!("deny {text:?}"),
            Effect::Flag(text) => format!("flag {text:?}"),
            Effect::Route(chain) => {
                format!("route {:?}", model.chains.get(chain.index()).map(|one| &one.name))
            }
            Effect::Prefer(providers) => {
                let names = providers.iter().filter_map(|id| model.providers.get(id.index()));
                format!("prefer {:?}", names.map(|provider| &provider.name).collect::<Vec<_>>())
            }
            Effect::Cap(tokens) => format!("cap {tokens}"),
        };
        let Rule { name, phase, holds_answer, shadow_until, .. } = rule;
        let condition = nodes::text(&self.code.graph, model, *node);
        format!("rule {name} {effect} {phase:?} {holds_answer} {shadow_until:?} when\n{condition}")
    }

    /// The detectors that read for a tenant, and what they are.
    fn needs_of(&self, tenant: TenantId, workload: Option<lang::model::WorkloadId>, out: &mut String) {
        use lang::condition::Surface;
        for surface in [Surface::Input, Surface::Output, Surface::Audit] {
            let _ = writeln!(out, "read on {surface:?}");
            for detector in self.detectors(tenant, workload, surface).iter() {
                let Some(one) = self.model.detectors.get(detector.index()) else { continue };
                let category = self.model.categories.get(one.category.index()).map(|category| &category.name);
                let patterns: Vec<_> =
                    one.patterns.iter().map(|it| (&it.text, it.ignore_case, it.unicode)).collect();
                let near = one.near.as_ref().map(|near| (near.characters, &near.words));
                let _ = writeln!(
                    out,
                    "{} {patterns:?} {:?} {:?} {:?} {near:?} {category:?}",
                    one.name, one.phrases, one.words, one.checks
                );
            }
        }
    }
}

fn digest(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).into())
}

/// The names of what a set of numbers stands for.
fn names<'m, I, T>(set: &Set<I>, name: impl Fn(&I) -> Option<&'m T>) -> Vec<&'m T>
where
    I: Ord + Clone,
    T: ?Sized,
{
    set.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests;
