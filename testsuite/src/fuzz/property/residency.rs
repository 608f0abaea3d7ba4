//! No call left what the policy allows: models, providers, residence, attestations.
//!
//! Read from the checked model alone, call by call: which model was asked for
//! is what the body says, not what the decision says.

use super::{Breach, Judged, Sight};
use crate::draft::{list, text};
use crate::run::Outcome;
use crate::world::Sent;
use engine::record::Record;
use lang::model::{Access, Endpoint, Exception, ModelId, Parts, Permit, Tenant};
use lang::units::end_of;

pub(super) fn judge(sight: &Sight<'_>) -> Judged {
    let mut judged = Judged::default();
    for outcome in sight.outcomes {
        for sent in &outcome.sent {
            judged.take(breach(sight, outcome, sent));
        }
    }
    judged
}

fn breach(sight: &Sight<'_>, outcome: &Outcome, sent: &Sent) -> Option<Breach> {
    let name = sight.names.endpoint(sent.endpoint);
    let why = match outcome.record.as_deref() {
        None => Some("of an exchange without a record".to_owned()),
        Some(record) => forbidden(sight, record, sent),
    };
    Some(Breach {
        message: format!("`{name}` was called, {}", why?),
        expected: vec![vec![format!("never: {}", list(&[name.to_owned()]))]],
        decided_by: sight.tenant_place(outcome),
    })
}

/// Why a call must not have been made.
fn forbidden(sight: &Sight<'_>, record: &Record, sent: &Sent) -> Option<String> {
    let model: &Parts = sight.names.model();
    let tenant = record.tenant.and_then(|id| model.tenants.get(id.index()));
    let Some(tenant) = tenant else { return Some("and no tenant was known".into()) };
    let (endpoint, access) =
        (model.endpoints.get(sent.endpoint.index())?, model.accesses.get(tenant.access.index())?);
    let gate = Gate { model, tenant, access, endpoint, record };
    let version = serde_json::from_str::<serde_json::Value>(&sent.body).ok();
    let version = version.as_ref().and_then(|body| body.get("model")).and_then(serde_json::Value::as_str);
    let offered = model.models.iter().enumerate().filter(|(_, served)| {
        served.offers.iter().any(|offer| offer.endpoint == sent.endpoint && Some(&*offer.version) == version)
    });
    let mut reasons = offered.map(|(at, _)| gate.closed(ModelId::from_index(at))).peekable();
    if reasons.peek().is_none() {
        return Some(format!(
            "with a model that is not offered there: {}",
            text(version.unwrap_or_default())
        ));
    }
    // Two models may go by one version; the call was right if it was for either.
    reasons.collect::<Option<Vec<String>>>()?.into_iter().next()
}

/// One endpoint, and the tenant whose request was sent there.
struct Gate<'a> {
    model: &'a Parts,
    tenant: &'a Tenant,
    access: &'a Access,
    endpoint: &'a Endpoint,
    record: &'a Record,
}

impl Gate<'_> {
    /// The first field that forbids the call, exceptions in force aside.
    fn closed(&self, model: ModelId) -> Option<String> {
        let (tenant, endpoint) = (&self.tenant.name, self.endpoint);
        let workload = self.record.workload.and_then(|id| self.model.workloads.get(id.index()));
        let models = workload.and_then(|workload| workload.models.as_ref());
        if models.is_some_and(|models| !models.contains(&model)) {
            return Some("whose model the workload does not name".into());
        }
        if !self.access.models.contains(&model)
            && !self.permits(|permit| matches!(permit, Permit::Models(models) if models.contains(&model)))
        {
            return Some(format!("whose model is not among those of `{tenant}`"));
        }
        let is_provider = self.access.providers.as_ref().is_none_or(|all| all.contains(&endpoint.provider));
        if !is_provider
            && !self.permits(
                |permit| matches!(permit, Permit::Providers(all) if all.contains(&endpoint.provider)),
            )
        {
            return Some(format!("whose provider is not among those of `{tenant}`"));
        }
        self.outside(model).or_else(|| self.unattested())
    }

    fn outside(&self, model: ModelId) -> Option<String> {
        let residence = self.access.residence.as_ref()?;
        let is_inside = residence.regions.contains(&self.endpoint.region);
        let permits = |permit: &Permit| match permit {
            Permit::Regions { regions, models } => {
                regions.contains(&self.endpoint.region)
                    && models.as_ref().is_none_or(|all| all.contains(&model))
            }
            Permit::Models(_)
            | Permit::Tools(_)
            | Permit::Providers(_)
            | Permit::Without { .. }
            | Permit::Despite(_) => false,
        };
        if is_inside || self.permits(permits) {
            return None;
        }
        let region = self.model.regions.get(self.endpoint.region.index()).map_or("?", |region| &region.name);
        Some(format!(
            "and {region} is outside {}, where the data of `{}` stay",
            residence.said, self.tenant.name
        ))
    }

    fn unattested(&self) -> Option<String> {
        let missing = self.access.require.iter().find(|required| {
            let without = Permit::Without { attestation: **required, provider: self.endpoint.provider };
            !self.endpoint.attests.contains(required) && !self.permits(|permit| *permit == without)
        })?;
        let name = self.model.attestations.get(missing.index()).map_or("?", |attestation| &attestation.name);
        Some(format!("which does not attest `{name}`"))
    }

    /// Whether an exception of the tenant that was in force lets something in.
    fn permits(&self, permits: impl Fn(&Permit) -> bool) -> bool {
        let all = self.tenant.exceptions.iter().filter_map(|id| self.model.exceptions.get(id.index()));
        let is_in_force = |exception: &&Exception| self.record.began < end_of(exception.until);
        all.filter(is_in_force).any(|exception| permits(&exception.permit))
    }
}
