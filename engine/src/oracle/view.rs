//! A model and the facts of one exchange, as conditions read them.

use super::expr::Read;
use crate::decision::{Candidate, Decision, Verdict};
use crate::facts::{Facts, Findings, FoundFact, Windows};
use crate::value::Value;
use lang::condition::{Fact, Member, Surface, Window};
use lang::model::{DetectorId, EndpointId, ModelId, Parts};

/// What the conditions of one exchange read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The package.
    pub model: &'a Parts,
    /// What is known.
    pub facts: &'a Facts,
    /// The declared model that was asked for; `None` for a chain.
    pub resolved: Option<ModelId>,
    /// The candidate asked about, or the one that served.
    pub candidate: Option<Candidate>,
    /// What was decided; in invariants alone.
    pub decision: Option<&'a Decision>,
    /// The decision's reason as text, and what it redacts.
    pub outcome: &'a Outcome,
}

/// What invariants read of a decision that is not a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The reason code; empty when allowed.
    pub reason: String,
    /// Which detectors are transformed or blocked, on which surface.
    pub redacted: Vec<(DetectorId, Surface)>,
}

impl View<'_> {
    fn windows(windows: &Windows, window: Window) -> u64 {
        match window {
            Window::Second => windows.second,
            Window::Minute => windows.minute,
            Window::Hour => windows.hour,
            Window::Day => windows.day,
            Window::Month => windows.month,
        }
    }

    fn count(findings: &Findings, detectors: &[DetectorId]) -> u64 {
        let count = findings.list.iter().filter(|found| detectors.contains(&found.detector)).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    fn endpoint(&self, id: EndpointId) -> Option<&lang::model::Endpoint> {
        self.model.endpoints.get(id.index())
    }

    /// A part of a candidate; what the model does not know reads as empty.
    fn of_candidate(&self, candidate: Option<Candidate>, member: Member) -> Value<'_> {
        let Some(candidate) = candidate else {
            let is_list = member == Member::RouteAttests;
            return if is_list { Value::List([].into()) } else { Value::text("") };
        };
        let endpoint = self.endpoint(candidate.endpoint);
        let text = match member {
            Member::RouteProvider => {
                endpoint.and_then(|e| self.model.providers.get(e.provider.index())).map(|p| &*p.name)
            }
            Member::RouteEndpoint => endpoint.map(|endpoint| &*endpoint.name),
            Member::RouteRegion => {
                endpoint.and_then(|e| self.model.regions.get(e.region.index())).map(|region| &*region.name)
            }
            Member::RouteModel => self.model.models.get(candidate.model.index()).map(|model| &*model.name),
            Member::RouteException => {
                let exception = candidate.exception.and_then(|id| self.model.exceptions.get(id.index()));
                exception.map(|exception| &*exception.name)
            }
            Member::RouteAttests => {
                let attests = endpoint.into_iter().flat_map(|endpoint| endpoint.attests.iter());
                let names = attests.filter_map(|id| self.model.attestations.get(id.index()));
                return Value::texts(names.map(|attestation| &*attestation.name));
            }
            Member::FindingDetector
            | Member::FindingCategory
            | Member::FindingConfidence
            | Member::ToolCallName => None,
        };
        Value::text(text.unwrap_or_default())
    }

    fn of_finding(&self, finding: FoundFact, member: Member) -> Option<Value<'_>> {
        let detector = self.model.detectors.get(finding.detector.index())?;
        match member {
            Member::FindingDetector => Some(Value::text(&detector.name)),
            Member::FindingCategory => self
                .model
                .categories
                .get(detector.category.index())
                .map(|category| Value::text(&category.name)),
            Member::FindingConfidence => {
                Some(Value::Double(f64::from(finding.confidence_permille) / 1_000.0))
            }
            Member::ToolCallName
            | Member::RouteProvider
            | Member::RouteEndpoint
            | Member::RouteRegion
            | Member::RouteModel
            | Member::RouteAttests
            | Member::RouteException => None,
        }
    }

    fn named<'n>(entries: &'n [(impl AsRef<str>, impl AsRef<str>)], name: &str) -> Value<'n> {
        let found = entries.iter().find(|(known, _)| known.as_ref() == name);
        Value::text(found.map(|(_, value)| value.as_ref()).unwrap_or_default())
    }

    fn of_tenant(&self, fact: &Fact) -> Value<'_> {
        let tenant = self.model.tenants.get(self.facts.tenant.index());
        match fact {
            Fact::TenantZones => {
                let zones = tenant.into_iter().flat_map(|tenant| tenant.zones.iter());
                Value::texts(zones.filter_map(|id| self.model.zones.get(id.index())).map(|zone| &*zone.name))
            }
            Fact::TenantProfiles => {
                let profiles = tenant.into_iter().flat_map(|tenant| tenant.profiles.iter());
                Value::texts(
                    profiles.filter_map(|id| self.model.profiles.get(id.index())).map(|one| &*one.name),
                )
            }
            Fact::TenantLabel(name) => {
                Self::named(tenant.map(|tenant| &*tenant.labels).unwrap_or_default(), name)
            }
            _ => Value::text(tenant.map(|tenant| &*tenant.name).unwrap_or_default()),
        }
    }

    fn of_decision(&self, fact: &Fact) -> Value<'_> {
        match fact {
            Fact::DecisionDenied => {
                Value::Bool(self.decision.is_some_and(|decision| decision.verdict == Verdict::Deny))
            }
            Fact::DecisionFlags => Value::texts(
                self.decision.into_iter().flat_map(|decision| decision.flags.iter().map(|flag| &**flag)),
            ),
            Fact::DecisionRoutes => {
                let route = self.decision.map(|decision| decision.route.as_slice()).unwrap_or_default();
                Value::List(route.iter().copied().map(Value::Route).collect())
            }
            Fact::DecisionRedacts(detectors, surface) => Value::Bool(
                detectors.iter().all(|detector| self.outcome.redacted.contains(&(*detector, *surface))),
            ),
            _ => Value::text(&self.outcome.reason),
        }
    }
}

impl Read for View<'_> {
    fn fact(&self, fact: &Fact) -> Value<'_> {
        let (request, output) = (&self.facts.request, &self.facts.output);
        let findings =
            |findings: &Findings| Value::List(findings.list.iter().copied().map(Value::Finding).collect());
        match fact {
            Fact::RequestOperation => Value::text(request.operation.as_str()),
            Fact::RequestApi => Value::text(request.api.as_str()),
            Fact::RequestModel => {
                let model = self.resolved.and_then(|id| self.model.models.get(id.index()));
                Value::text(model.map(|model| &*model.name).unwrap_or_default())
            }
            Fact::RequestAsked => Value::text(&request.asked),
            Fact::RequestPath => Value::text(&request.path),
            Fact::RequestMethod => Value::text(&request.method),
            Fact::RequestUser => Value::text(&request.user),
            Fact::RequestStream => Value::Bool(request.stream),
            Fact::RequestTokens => Value::count(request.tokens),
            Fact::RequestMaxTokens => Value::count(request.max_tokens),
            Fact::RequestBytes => Value::count(request.bytes),
            Fact::RequestTools => Value::texts(&request.tools),
            Fact::RequestHeader(name) => Self::named(&request.headers, name),
            Fact::CallerId => Value::text(&self.facts.caller.id),
            Fact::CallerRoles => Value::texts(&self.facts.caller.roles),
            Fact::CallerClaim(name) => Self::named(&self.facts.caller.claims, name),
            Fact::TenantName | Fact::TenantZones | Fact::TenantProfiles | Fact::TenantLabel(_) => {
                self.of_tenant(fact)
            }
            Fact::WorkloadName => {
                let workload = self.facts.workload.and_then(|id| self.model.workloads.get(id.index()));
                Value::text(workload.map(|workload| &*workload.name).unwrap_or_default())
            }
            Fact::InputHas(detectors) => Value::Bool(Self::count(&self.facts.input, detectors) > 0),
            Fact::InputCount(detectors) => Value::count(Self::count(&self.facts.input, detectors)),
            Fact::InputFindings => findings(&self.facts.input),
            Fact::OutputHas(detectors) => Value::Bool(Self::count(&output.findings, detectors) > 0),
            Fact::OutputCount(detectors) => Value::count(Self::count(&output.findings, detectors)),
            Fact::OutputToolCalls => {
                Value::List(output.tool_calls.iter().map(|name| Value::ToolCall(name)).collect())
            }
            Fact::OutputTokens => Value::count(output.tokens),
            Fact::OutputFinishReason => Value::text(&output.finish_reason),
            Fact::RouteProvider => self.of_candidate(self.candidate, Member::RouteProvider),
            Fact::RouteEndpoint => self.of_candidate(self.candidate, Member::RouteEndpoint),
            Fact::RouteRegion => self.of_candidate(self.candidate, Member::RouteRegion),
            Fact::RouteModel => self.of_candidate(self.candidate, Member::RouteModel),
            Fact::RouteAttests => self.of_candidate(self.candidate, Member::RouteAttests),
            Fact::ZoneRegions(zone) => {
                let regions =
                    self.model.zones.get(zone.index()).into_iter().flat_map(|zone| zone.regions.iter());
                Value::texts(
                    regions.filter_map(|id| self.model.regions.get(id.index())).map(|region| &*region.name),
                )
            }
            Fact::UsageRequests(window) => Value::count(Self::windows(&self.facts.usage.requests, *window)),
            Fact::UsageTokens(window) => Value::count(Self::windows(&self.facts.usage.tokens, *window)),
            Fact::UsageSpend(window) => Value::count(Self::windows(&self.facts.usage.spend, *window)),
            Fact::Now => Value::Timestamp(self.facts.now),
            Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes
            | Fact::DecisionRedacts(..) => self.of_decision(fact),
        }
    }

    fn member<'a>(&'a self, value: &Value<'a>, member: Member) -> Option<Value<'a>> {
        match value {
            Value::Finding(finding) => self.of_finding(*finding, member),
            Value::ToolCall(name) if member == Member::ToolCallName => Some(Value::text(name)),
            Value::Route(candidate) => Some(self.of_candidate(Some(*candidate), member)),
            _ => None,
        }
    }
}
