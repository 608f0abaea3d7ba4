//! The canonical form of what decides.
//!
//! The lists of a model are sorted by name, so their numbers are canonical,
//! and the form may use them. Titles, docs, owners, reviews, controls and
//! invariants decide nothing and are left out.

use super::write_condition;
use crate::condition::{Fact, facts_read};
use crate::model::{
    Condition, Detector, Effect, Endpoint, Identity, Parts, Redaction, Rule, ServedModel, Set, Tenant,
};
use sha2::{Digest as _, Sha256};
use std::fmt::Write;

/// Feeds text to the hash as it is written.
pub(super) struct Canonical(Sha256);

impl Write for Canonical {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl Canonical {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    pub(super) fn write_parts(&mut self, parts: &Parts) -> std::fmt::Result {
        writeln!(self, "ascp language {}", parts.policy.language)?;
        for region in &parts.regions {
            writeln!(self, "region {:?} {:?}", region.name, region.country)?;
        }
        for zone in &parts.zones {
            writeln!(self, "zone {:?} {:?}", zone.name, numbers(&zone.regions, |it| it.0))?;
        }
        for attestation in &parts.attestations {
            writeln!(self, "attestation {:?}", attestation.name)?;
        }
        for provider in &parts.providers {
            writeln!(self, "provider {:?} {}", provider.name, provider.speaks.as_str())?;
        }
        parts.endpoints.iter().try_for_each(|endpoint| self.endpoint(endpoint))?;
        parts.models.iter().try_for_each(|model| self.model(model))?;
        self.chains(parts)?;
        for category in &parts.categories {
            writeln!(self, "category {:?} {}", category.name, category.is_data)?;
        }
        parts.detectors.iter().try_for_each(|detector| self.detector(detector))?;
        parts.redactions.iter().try_for_each(|redaction| self.redaction(redaction))?;
        for profile in &parts.profiles {
            writeln!(self, "profile {:?}", profile.name)?;
        }
        self.limits(parts)?;
        self.accesses(parts)?;
        parts.tenants.iter().try_for_each(|tenant| self.tenant(tenant))?;
        for workload in &parts.workloads {
            let models = workload.models.as_ref().map(|models| numbers(models, |it| it.0));
            let data = workload.data.as_ref().map(|data| numbers(data, |it| it.0));
            writeln!(self, "workload {:?} {} {models:?} {data:?}", workload.name, workload.tenant.0)?;
        }
        parts.rules.iter().try_for_each(|rule| self.rule(rule))?;
        for exception in &parts.exceptions {
            let (name, tenant) = (&exception.name, exception.tenant.0);
            writeln!(self, "exception {name:?} {tenant} {:?} until {}", exception.permit, exception.until)?;
        }
        writeln!(self, "currency {:?}", parts.currency)
    }

    fn endpoint(&mut self, it: &Endpoint) -> std::fmt::Result {
        write!(self, "endpoint {:?} {} {:?} {}", it.name, it.provider.0, it.url.text, it.region.0)?;
        write!(self, " {:?} {:?} {:?}", it.credential, it.credential_header, it.headers)?;
        writeln!(self, " {:?} {:?} {}", it.query, numbers(&it.attests, |id| id.0), it.private)
    }

    fn model(&mut self, it: &ServedModel) -> std::fmt::Result {
        write!(self, "model {:?} {:?} {:?} {:?}", it.name, sorted(&it.aliases), it.context, it.output)?;
        let price = it.price.map(|price| (price.input, price.output, price.cached_input));
        let accepts = it.accepts.as_ref().map(|all| all.iter().map(|one| one.as_str()).collect::<Vec<_>>());
        write!(self, " {price:?} {accepts:?} {:?}", it.count)?;
        it.offers.iter().try_for_each(|offer| write!(self, " {} {:?}", offer.endpoint.0, offer.version))?;
        writeln!(self)
    }

    fn chains(&mut self, parts: &Parts) -> std::fmt::Result {
        for chain in &parts.chains {
            let breaker = chain.breaker.map(|it| (it.failures, it.window, it.probe));
            writeln!(self, "chain {:?} {:?} {:?} {breaker:?}", chain.name, sorted(&chain.aliases), chain.on)?;
            for step in &chain.steps {
                let endpoints: Vec<u32> = step.endpoints.iter().map(|id| id.0).collect();
                let timeouts = (step.timeouts.first_byte, step.timeouts.idle, step.timeouts.total);
                writeln!(self, "step {} {endpoints:?} {timeouts:?} {}", step.model.0, step.retries)?;
            }
        }
        Ok(())
    }

    fn detector(&mut self, it: &Detector) -> std::fmt::Result {
        let mut patterns: Vec<(&str, bool, bool)> =
            it.patterns.iter().map(|it| (&*it.text, it.ignore_case, it.unicode)).collect();
        patterns.sort_unstable();
        let mut checks: Vec<&str> = it.checks.iter().map(|check| check.as_str()).collect();
        checks.sort_unstable();
        let near = it.near.as_ref().map(|near| (near.characters, sorted(&near.words)));
        write!(self, "detector {:?} {patterns:?} {checks:?} {near:?}", it.name)?;
        writeln!(
            self,
            " {:?} {:?} {} {:?}",
            sorted(&it.phrases),
            sorted(&it.words),
            it.category.0,
            it.severity
        )
    }

    fn redaction(&mut self, it: &Redaction) -> std::fmt::Result {
        writeln!(self, "redaction {:?} {:?} {:?}", it.name, it.surfaces, it.shadow_until)?;
        let mut rows: Vec<String> = it
            .rows
            .iter()
            .map(|row| format!("row {:?} {:?}", numbers(&row.detectors, |id| id.0), row.action))
            .collect();
        rows.sort_unstable();
        rows.iter().try_for_each(|row| writeln!(self, "{row}"))
    }

    fn limits(&mut self, parts: &Parts) -> std::fmt::Result {
        for it in &parts.limits {
            write!(self, "limit {:?} {:?} {} {:?}", it.owner, it.kind, it.amount, it.window)?;
            let models = it.models.as_ref().map(|models| numbers(models, |id| id.0));
            write!(self, " {} {:?} {models:?} {:?} {:?}", it.burst, it.scope, it.alerts, it.shadow_until)?;
            if let Some(zone) = &it.timezone {
                write!(self, " in {zone:?}")?;
            }
            writeln!(self)?;
        }
        Ok(())
    }

    fn accesses(&mut self, parts: &Parts) -> std::fmt::Result {
        for it in &parts.accesses {
            let residence = it.residence.as_ref().map(|residence| numbers(&residence.regions, |id| id.0));
            let providers = it.providers.as_ref().map(|providers| numbers(providers, |id| id.0));
            write!(
                self,
                "access {residence:?} {:?} {:?} {providers:?}",
                numbers(&it.models, |id| id.0),
                it.tools
            )?;
            write!(self, " {:?} {:?} {:?}", it.operations, it.unscanned, it.hosted)?;
            let routes: Vec<(&str, u32)> = it.routes.iter().map(|(name, chain)| (&**name, chain.0)).collect();
            let cap = it.cap.map(|cap| cap.tokens);
            writeln!(self, " {:?} {routes:?} {cap:?}", numbers(&it.require, |id| id.0))?;
        }
        Ok(())
    }

    fn tenant(&mut self, it: &Tenant) -> std::fmt::Result {
        write!(self, "tenant {:?} {:?}", it.name, numbers(&it.profiles, |id| id.0))?;
        write!(self, " {:?} {}", numbers(&it.zones, |id| id.0), it.access.0)?;
        write!(self, " {:?} {:?}", numbers(&it.redactions, |id| id.0), numbers(&it.limits, |id| id.0))?;
        write!(self, " {:?} {:?} {:?}", it.labels, it.timezone, it.retain)?;
        writeln!(self, " {:?} {}", numbers(&it.workloads, |id| id.0), it.workload_required)?;
        let mut identities: Vec<String> = it.identities.iter().map(identity).collect();
        identities.sort_unstable();
        identities.iter().try_for_each(|identity| writeln!(self, "{identity}"))
    }

    fn rule(&mut self, it: &Rule) -> std::fmt::Result {
        write!(self, "rule {:?} {:?} {:?} ", it.name, it.scope, it.shadow_until)?;
        match &it.effect {
            Effect::Deny(text) => write!(self, "deny {text:?}")?,
            Effect::Flag(text) => write!(self, "flag {text:?}")?,
            Effect::Route(chain) => write!(self, "route {}", chain.0)?,
            Effect::Prefer(providers) => write!(self, "prefer {:?}", numbers(providers, |id| id.0))?,
            Effect::Cap(tokens) => write!(self, "cap {tokens}")?,
        }
        self.condition(&it.condition)
    }

    /// The text says what is asked; the numbers say what its names meant.
    fn condition(&mut self, condition: &Condition) -> std::fmt::Result {
        let mut text = String::new();
        write_condition(&condition.text, &mut text);
        write!(self, " when {text}")?;
        for fact in facts_read(&condition.expr) {
            match fact {
                Fact::InputHas(ids)
                | Fact::InputCount(ids)
                | Fact::OutputHas(ids)
                | Fact::OutputCount(ids) => {
                    write!(self, " {:?}", ids.iter().map(|id| id.0).collect::<Vec<_>>())?;
                }
                Fact::ZoneRegions(id) => write!(self, " {}", id.0)?,
                _ => {}
            }
        }
        writeln!(self)
    }
}

fn numbers<T: Ord + Clone>(set: &Set<T>, number: impl Fn(&T) -> u32) -> Vec<u32> {
    set.iter().map(number).collect()
}

fn sorted(texts: &[Box<str>]) -> Vec<&str> {
    let mut texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    texts.sort_unstable();
    texts
}

fn identity(identity: &Identity) -> String {
    match identity {
        Identity::Key { digest, caller, roles, workload, .. } => {
            format!(
                "key {:?} {caller:?} {:?} {:?}",
                crate::model::Digest(*digest),
                sorted(roles),
                workload.map(|id| id.0)
            )
        }
        Identity::Jwt { issuer, audience, claims, .. } => format!("jwt {issuer:?} {audience:?} {claims:?}"),
        Identity::Mtls { subject, .. } => format!("mtls {subject:?}"),
        Identity::Header { name, value, from, .. } => format!("header {name:?} {value:?} {from:?}"),
    }
}
