//! The facts of one request, as nodes read them.

use crate::decision::{Candidate, Decision, Verdict};
use crate::facts::{Facts, Findings, FoundFact};
use crate::oracle::Outcome;
use crate::value::Value;
use lang::condition::{Fact, Member};
use lang::model::{Attestation, DetectorId, ModelId, Parts, Profile, Zone};

/// What the conditions of one request read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// The package, for names.
    pub(crate) model: &'a Parts,
    /// What is known.
    pub(crate) facts: &'a Facts,
    /// The declared model that was asked for; `None` for a chain.
    pub(crate) resolved: Option<ModelId>,
    /// The candidate asked about, or the one that served.
    pub(crate) candidate: Option<Candidate>,
}

/// What was decided, as invariants read it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided<'a> {
    pub(crate) decision: &'a Decision,
    pub(crate) outcome: &'a Outcome,
}

impl<'a> Decided<'a> {
    /// The fact, if it is one about the decision.
    pub(crate) fn value(self, fact: &Fact) -> Option<Value<'a>> {
        Some(match fact {
            Fact::DecisionDenied => Value::Bool(self.decision.verdict == Verdict::Deny),
            Fact::DecisionReason => Value::text(&self.outcome.reason),
            Fact::DecisionFlags => Value::texts(self.decision.flags.iter().map(|flag| &**flag)),
            Fact::DecisionRoutes => {
                Value::List(self.decision.route.iter().copied().map(Value::Route).collect())
            }
            Fact::DecisionRedacts(detectors, surface) => {
                let redacted = &self.outcome.redacted;
                Value::Bool(detectors.iter().all(|detector| redacted.contains(&(*detector, *surface))))
            }
            _ => return None,
        })
    }
}

/// A list that can be read, without building it.
#[derive(Clone, Debug)]
pub(crate) enum Elements<'a> {
    /// Texts of the request.
    Texts(&'a [String]),
    /// Names of tool calls.
    ToolCalls(&'a [String]),
    /// Findings.
    Findings(&'a [FoundFact]),
    /// Names of the tenant's zones.
    Zones(&'a [lang::model::ZoneId], &'a [Zone]),
    /// Names of the tenant's profiles.
    Profiles(&'a [lang::model::ProfileId], &'a [Profile]),
    /// Names of what an endpoint attests.
    Attestations(&'a [lang::model::AttestationId], &'a [Attestation]),
    /// Names of a zone's regions.
    Regions(&'a [lang::model::RegionId], &'a [lang::model::Region]),
    /// A list that was computed.
    Values(std::sync::Arc<[Value<'a>]>),
    /// The keys of a map that was computed.
    Keys(std::sync::Arc<[(Value<'a>, Value<'a>)]>),
}

impl<'a> Elements<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Texts(list) | Self::ToolCalls(list) => list.len(),
            Self::Findings(list) => list.len(),
            Self::Zones(list, _) => list.len(),
            Self::Profiles(list, _) => list.len(),
            Self::Attestations(list, _) => list.len(),
            Self::Regions(list, _) => list.len(),
            Self::Values(list) => list.len(),
            Self::Keys(list) => list.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value<'a>> {
        Some(match self {
            Self::Texts(list) => Value::text(list.get(index)?),
            Self::ToolCalls(list) => Value::ToolCall(list.get(index)?),
            Self::Findings(list) => Value::Finding(*list.get(index)?),
            Self::Zones(list, names) => Value::text(&names.get(list.get(index)?.index())?.name),
            Self::Profiles(list, names) => Value::text(&names.get(list.get(index)?.index())?.name),
            Self::Attestations(list, names) => Value::text(&names.get(list.get(index)?.index())?.name),
            Self::Regions(list, names) => Value::text(&names.get(list.get(index)?.index())?.name),
            Self::Values(list) => list.get(index)?.clone(),
            Self::Keys(list) => list.get(index)?.0.clone(),
        })
    }

    /// As a value of its own.
    pub(crate) fn into_value(self) -> Value<'a> {
        if let Self::Values(list) = self {
            return Value::List(list);
        }
        Value::List((0..self.len()).filter_map(|index| self.get(index)).collect())
    }
}

/// Findings of these detectors; the set is sorted.
fn count(findings: &Findings, detectors: &[DetectorId]) -> u64 {
    let is_named = |found: &&FoundFact| detectors.binary_search(&found.detector).is_ok();
    u64::try_from(findings.list.iter().filter(is_named).count()).unwrap_or(u64::MAX)
}

fn has(findings: &Findings, detectors: &[DetectorId]) -> bool {
    findings.list.iter().any(|found| detectors.binary_search(&found.detector).is_ok())
}

/// The value with this name in a list of pairs; empty when there is none.
pub(crate) fn named<'n>(entries: &'n [(impl AsRef<str>, impl AsRef<str>)], name: &str) -> &'n str {
    let found = entries.iter().find(|(known, _)| known.as_ref() == name);
    found.map(|(_, value)| value.as_ref()).unwrap_or_default()
}

impl<'a> Reading<'a> {
    fn tenant(&self) -> Option<&'a lang::model::Tenant> {
        self.model.tenants.get(self.facts.tenant.index())
    }

    fn endpoint(&self) -> Option<&'a lang::model::Endpoint> {
        self.model.endpoints.get(self.candidate?.endpoint.index())
    }

    fn name_of_model(&self, model: Option<ModelId>) -> Option<&'a str> {
        Some(&self.model.models.get(model?.index())?.name)
    }

    /// A text; empty where there is none.
    pub(crate) fn text(&self, fact: &Fact) -> &'a str {
        let request = &self.facts.request;
        let text = match fact {
            Fact::RequestOperation => Some(request.operation.as_str()),
            Fact::RequestApi => Some(request.api.as_str()),
            Fact::RequestModel => self.name_of_model(self.resolved),
            Fact::RequestAsked => Some(request.asked.as_str()),
            Fact::RequestPath => Some(request.path.as_str()),
            Fact::RequestMethod => Some(request.method.as_str()),
            Fact::RequestUser => Some(request.user.as_str()),
            Fact::RequestHeader(name) => Some(named(&request.headers, name)),
            Fact::CallerId => Some(self.facts.caller.id.as_str()),
            Fact::CallerClaim(name) => Some(named(&self.facts.caller.claims, name)),
            Fact::TenantName => self.tenant().map(|tenant| &*tenant.name),
            Fact::TenantLabel(name) => self.tenant().map(|tenant| named(&tenant.labels, name)),
            Fact::WorkloadName => self
                .facts
                .workload
                .and_then(|id| self.model.workloads.get(id.index()))
                .map(|workload| &*workload.name),
            Fact::OutputFinishReason => Some(self.facts.output.finish_reason.as_str()),
            Fact::RouteProvider => self
                .endpoint()
                .and_then(|endpoint| self.model.providers.get(endpoint.provider.index()))
                .map(|provider| &*provider.name),
            Fact::RouteEndpoint => self.endpoint().map(|endpoint| &*endpoint.name),
            Fact::RouteRegion => self
                .endpoint()
                .and_then(|endpoint| self.model.regions.get(endpoint.region.index()))
                .map(|region| &*region.name),
            Fact::RouteModel => self.name_of_model(self.candidate.map(|candidate| candidate.model)),
            Fact::RequestStream
            | Fact::RequestTokens
            | Fact::RequestMaxTokens
            | Fact::RequestBytes
            | Fact::RequestTools
            | Fact::CallerRoles
            | Fact::TenantZones
            | Fact::TenantProfiles
            | Fact::InputHas(..)
            | Fact::InputCount(..)
            | Fact::InputFindings
            | Fact::OutputHas(..)
            | Fact::OutputCount(..)
            | Fact::OutputToolCalls
            | Fact::OutputTokens
            | Fact::RouteAttests
            | Fact::ZoneRegions(..)
            | Fact::UsageRequests(..)
            | Fact::UsageTokens(..)
            | Fact::UsageSpend(..)
            | Fact::Now
            | Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes
            | Fact::DecisionRedacts(..) => None,
        };
        text.unwrap_or_default()
    }

    /// A whole number; what is beyond an `int` is its largest.
    pub(crate) fn count(&self, fact: &Fact) -> i64 {
        let (request, usage) = (&self.facts.request, &self.facts.usage);
        let number = match fact {
            Fact::RequestTokens => request.tokens,
            Fact::RequestMaxTokens => request.max_tokens,
            Fact::RequestBytes => request.bytes,
            Fact::InputCount(detectors) => count(&self.facts.input, detectors),
            Fact::OutputCount(detectors) => count(&self.facts.output.findings, detectors),
            Fact::OutputTokens => self.facts.output.tokens,
            Fact::UsageRequests(one) => usage.requests.of(*one),
            Fact::UsageTokens(one) => usage.tokens.of(*one),
            Fact::UsageSpend(one) => usage.spend.of(*one),
            Fact::RequestOperation
            | Fact::RequestApi
            | Fact::RequestModel
            | Fact::RequestAsked
            | Fact::RequestPath
            | Fact::RequestMethod
            | Fact::RequestUser
            | Fact::RequestStream
            | Fact::RequestTools
            | Fact::RequestHeader(..)
            | Fact::CallerId
            | Fact::CallerRoles
            | Fact::CallerClaim(..)
            | Fact::TenantName
            | Fact::TenantZones
            | Fact::TenantProfiles
            | Fact::TenantLabel(..)
            | Fact::WorkloadName
            | Fact::InputHas(..)
            | Fact::InputFindings
            | Fact::OutputHas(..)
            | Fact::OutputToolCalls
            | Fact::OutputFinishReason
            | Fact::RouteProvider
            | Fact::RouteEndpoint
            | Fact::RouteRegion
            | Fact::RouteModel
            | Fact::RouteAttests
            | Fact::ZoneRegions(..)
            | Fact::Now
            | Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes
            | Fact::DecisionRedacts(..) => 0,
        };
        i64::try_from(number).unwrap_or(i64::MAX)
    }

    /// A `bool`.
    pub(crate) fn truth(&self, fact: &Fact) -> bool {
        match fact {
            Fact::RequestStream => self.facts.request.stream,
            Fact::InputHas(detectors) => has(&self.facts.input, detectors),
            Fact::OutputHas(detectors) => has(&self.facts.output.findings, detectors),
            Fact::RequestOperation
            | Fact::RequestApi
            | Fact::RequestModel
            | Fact::RequestAsked
            | Fact::RequestPath
            | Fact::RequestMethod
            | Fact::RequestUser
            | Fact::RequestTokens
            | Fact::RequestMaxTokens
            | Fact::RequestBytes
            | Fact::RequestTools
            | Fact::RequestHeader(..)
            | Fact::CallerId
            | Fact::CallerRoles
            | Fact::CallerClaim(..)
            | Fact::TenantName
            | Fact::TenantZones
            | Fact::TenantProfiles
            | Fact::TenantLabel(..)
            | Fact::WorkloadName
            | Fact::InputCount(..)
            | Fact::InputFindings
            | Fact::OutputCount(..)
            | Fact::OutputToolCalls
            | Fact::OutputTokens
            | Fact::OutputFinishReason
            | Fact::RouteProvider
            | Fact::RouteEndpoint
            | Fact::RouteRegion
            | Fact::RouteModel
            | Fact::RouteAttests
            | Fact::ZoneRegions(..)
            | Fact::UsageRequests(..)
            | Fact::UsageTokens(..)
            | Fact::UsageSpend(..)
            | Fact::Now
            | Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes
            | Fact::DecisionRedacts(..) => false,
        }
    }

    /// A list; `None` when the fact is none.
    pub(crate) fn elements(&self, fact: &Fact) -> Option<Elements<'a>> {
        Some(match fact {
            Fact::RequestTools => Elements::Texts(&self.facts.request.tools),
            Fact::CallerRoles => Elements::Texts(&self.facts.caller.roles),
            Fact::OutputToolCalls => Elements::ToolCalls(&self.facts.output.tool_calls),
            Fact::InputFindings => Elements::Findings(&self.facts.input.list),
            Fact::TenantZones => {
                let zones = self.tenant().map(|tenant| tenant.zones.as_slice());
                Elements::Zones(zones.unwrap_or_default(), &self.model.zones)
            }
            Fact::TenantProfiles => {
                let profiles = self.tenant().map(|tenant| tenant.profiles.as_slice());
                Elements::Profiles(profiles.unwrap_or_default(), &self.model.profiles)
            }
            Fact::RouteAttests => {
                let attests = self.endpoint().map(|endpoint| endpoint.attests.as_slice());
                Elements::Attestations(attests.unwrap_or_default(), &self.model.attestations)
            }
            Fact::ZoneRegions(zone) => {
                let regions = self.model.zones.get(zone.index()).map(|zone| zone.regions.as_slice());
                Elements::Regions(regions.unwrap_or_default(), &self.model.regions)
            }
            Fact::RequestOperation
            | Fact::RequestApi
            | Fact::RequestModel
            | Fact::RequestAsked
            | Fact::RequestPath
            | Fact::RequestMethod
            | Fact::RequestUser
            | Fact::RequestStream
            | Fact::RequestTokens
            | Fact::RequestMaxTokens
            | Fact::RequestBytes
            | Fact::RequestHeader(..)
            | Fact::CallerId
            | Fact::CallerClaim(..)
            | Fact::TenantName
            | Fact::TenantLabel(..)
            | Fact::WorkloadName
            | Fact::InputHas(..)
            | Fact::InputCount(..)
            | Fact::OutputHas(..)
            | Fact::OutputCount(..)
            | Fact::OutputTokens
            | Fact::OutputFinishReason
            | Fact::RouteProvider
            | Fact::RouteEndpoint
            | Fact::RouteRegion
            | Fact::RouteModel
            | Fact::UsageRequests(..)
            | Fact::UsageTokens(..)
            | Fact::UsageSpend(..)
            | Fact::Now
            | Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes
            | Fact::DecisionRedacts(..) => return None,
        })
    }

    /// Any fact as a value.
    pub(crate) fn value(&self, fact: &Fact) -> Value<'a> {
        use crate::lower::{Shape, shape};
        match (shape(fact), fact) {
            (Shape::Truth, _) => Value::Bool(self.truth(fact)),
            (Shape::Text, _) => Value::text(self.text(fact)),
            (Shape::Count, _) => Value::Int(self.count(fact)),
            (Shape::Texts | Shape::Other, Fact::Now) => Value::Timestamp(self.facts.now),
            (Shape::Texts | Shape::Other, _) => self.elements(fact).map_or(Value::Null, Elements::into_value),
        }
    }

    /// A member of a finding or tool call; `None` when the value is none.
    pub(crate) fn member(&self, value: &Value<'a>, member: Member) -> Option<Value<'a>> {
        match (value, member) {
            (Value::ToolCall(name), Member::ToolCallName) => Some(Value::text(name)),
            (Value::Finding(found), Member::FindingConfidence) => {
                self.model.detectors.get(found.detector.index())?;
                Some(Value::Double(f64::from(found.confidence_permille) / 1_000.0))
            }
            (Value::Finding(found), Member::FindingDetector) => {
                Some(Value::text(&self.model.detectors.get(found.detector.index())?.name))
            }
            (Value::Finding(found), Member::FindingCategory) => {
                let category = self.model.detectors.get(found.detector.index())?.category;
                Some(Value::text(&self.model.categories.get(category.index())?.name))
            }
            (Value::Route(candidate), _) => self.of_candidate(*candidate, member),
            _ => None,
        }
    }

    /// A part of a candidate, as the fact about it is read.
    fn of_candidate(&self, candidate: Candidate, member: Member) -> Option<Value<'a>> {
        let fact = match member {
            Member::RouteProvider => Fact::RouteProvider,
            Member::RouteEndpoint => Fact::RouteEndpoint,
            Member::RouteRegion => Fact::RouteRegion,
            Member::RouteModel => Fact::RouteModel,
            Member::RouteAttests => Fact::RouteAttests,
            Member::RouteException => {
                let exception = candidate.exception.and_then(|id| self.model.exceptions.get(id.index()));
                return Some(Value::text(exception.map(|one| &*one.name).unwrap_or_default()));
            }
            Member::FindingDetector
            | Member::FindingCategory
            | Member::FindingConfidence
            | Member::ToolCallName => return None,
        };
        Some(Self { candidate: Some(candidate), ..*self }.value(&fact))
    }
}
