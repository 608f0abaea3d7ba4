//! Names of what a decision speaks of in numbers.

use lang::model::{
    AttestationId, CategoryId, DetectorId, EndpointId, LimitId, ModelId, Parts, RuleId, TenantId, WorkloadId,
};

/// Stands for a number that is not of the model; it never shows in a decision of the same model.
const UNKNOWN: &str = "?";

/// The rule.
pub fn rule_name(model: &Parts, id: RuleId) -> &str {
    model.rules.get(id.index()).map_or(UNKNOWN, |rule| &rule.name)
}

/// The detector.
pub fn detector_name(model: &Parts, id: DetectorId) -> &str {
    model.detectors.get(id.index()).map_or(UNKNOWN, |detector| &detector.name)
}

pub(super) fn category(model: &Parts, id: CategoryId) -> &str {
    model.categories.get(id.index()).map_or(UNKNOWN, |category| &category.name)
}

pub(super) fn attestation(model: &Parts, id: AttestationId) -> &str {
    model.attestations.get(id.index()).map_or(UNKNOWN, |attestation| &attestation.name)
}

/// The limit's one spelling.
pub fn limit_name(model: &Parts, id: LimitId) -> &str {
    model.limits.get(id.index()).map_or(UNKNOWN, |limit| &limit.text)
}

/// The tenant.
pub fn tenant_name(model: &Parts, id: TenantId) -> &str {
    model.tenants.get(id.index()).map_or(UNKNOWN, |tenant| &tenant.name)
}

/// The workload.
pub fn workload_name(model: &Parts, id: WorkloadId) -> &str {
    model.workloads.get(id.index()).map_or(UNKNOWN, |workload| &workload.name)
}

/// A model that is served.
pub fn model_name(model: &Parts, id: ModelId) -> &str {
    model.models.get(id.index()).map_or(UNKNOWN, |served| &served.name)
}

/// Provider and endpoint, as in `azure/westeurope`.
pub fn endpoint_name(model: &Parts, id: EndpointId) -> &str {
    model.endpoints.get(id.index()).map_or(UNKNOWN, |endpoint| &endpoint.name)
}

/// The provider of an endpoint.
pub fn provider_name(model: &Parts, id: EndpointId) -> &str {
    let endpoint = model.endpoints.get(id.index());
    let provider = endpoint.and_then(|endpoint| model.providers.get(endpoint.provider.index()));
    provider.map_or(UNKNOWN, |provider| &provider.name)
}

/// The region of an endpoint.
pub fn region_name(model: &Parts, id: EndpointId) -> &str {
    let endpoint = model.endpoints.get(id.index());
    let region = endpoint.and_then(|endpoint| model.regions.get(endpoint.region.index()));
    region.map_or(UNKNOWN, |region| &region.name)
}
