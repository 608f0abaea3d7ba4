//! Names of what a decision speaks of in numbers.

use lang::model::{AttestationId, CategoryId, DetectorId, EndpointId, LimitId, Model, RuleId};

/// Stands for a number that is not of the model; it never shows in a decision of the same model.
const UNKNOWN: &str = "?";

pub(super) fn rule(model: &Model, id: RuleId) -> &str {
    model.rules.get(id.index()).map_or(UNKNOWN, |rule| &rule.name)
}

pub(super) fn detector(model: &Model, id: DetectorId) -> &str {
    model.detectors.get(id.index()).map_or(UNKNOWN, |detector| &detector.name)
}

pub(super) fn category(model: &Model, id: CategoryId) -> &str {
    model.categories.get(id.index()).map_or(UNKNOWN, |category| &category.name)
}

pub(super) fn attestation(model: &Model, id: AttestationId) -> &str {
    model.attestations.get(id.index()).map_or(UNKNOWN, |attestation| &attestation.name)
}

/// The limit's one spelling.
pub(super) fn limit(model: &Model, id: LimitId) -> &str {
    model.limits.get(id.index()).map_or(UNKNOWN, |limit| &limit.text)
}

/// Provider and endpoint, as in `azure/westeurope`.
pub fn endpoint_name(model: &Model, id: EndpointId) -> &str {
    model.endpoints.get(id.index()).map_or(UNKNOWN, |endpoint| &endpoint.name)
}

/// The provider of an endpoint.
pub fn provider_name(model: &Model, id: EndpointId) -> &str {
    let endpoint = model.endpoints.get(id.index());
    let provider = endpoint.and_then(|endpoint| model.providers.get(endpoint.provider.index()));
    provider.map_or(UNKNOWN, |provider| &provider.name)
}

/// The region of an endpoint.
pub fn region_name(model: &Model, id: EndpointId) -> &str {
    let endpoint = model.endpoints.get(id.index());
    let region = endpoint.and_then(|endpoint| model.regions.get(endpoint.region.index()));
    region.map_or(UNKNOWN, |region| &region.name)
}
