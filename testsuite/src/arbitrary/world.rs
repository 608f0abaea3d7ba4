//! A small package and random facts, as conditions read them.

mod package;

use super::Random;
use engine::Value;
use engine::decision::Candidate;
use engine::facts::FoundFact;
use engine::oracle::Read;
use lang::condition::{APIS, Domain, Fact, Member, Names, OPERATIONS, Surface, Window};
use lang::model::{DetectorId, EndpointId, ExceptionId, ModelId, ZoneId};
pub use package::Setting;

/// The detectors, in the order of their numbers, with their categories.
pub const DETECTORS: &[(&str, &str)] = &[
    ("advice", "topic"),
    ("pii.iban", "financial_data"),
    ("pii.pan", "cardholder_data"),
    ("secrets.aws", "secret"),
    ("secrets.github", "secret"),
];

/// The endpoints: name, provider, region, and whether they are self-hosted.
pub const ENDPOINTS: &[(&str, &str, &str, bool)] = &[
    ("azure/eastus", "azure", "azure.eastus", false),
    ("azure/westeurope", "azure", "azure.westeurope", false),
    ("vault_llm/fra", "vault_llm", "frankfurt_dc", true),
];

/// The models.
pub const MODELS: &[&str] = &["gpt_4o", "llama_70b", "mistral_large"];

/// The tenants.
pub const TENANTS: &[&str] = &["labs", "retail"];

/// The zones, with their regions.
pub const ZONES: &[(&str, &[&str])] =
    &[("eea", &["azure.westeurope", "frankfurt_dc"]), ("home", &["frankfurt_dc"])];

/// Texts that facts hold: equal ones are likely, and so are prefixes, digits and other scripts.
pub const TEXTS: &[&str] = &["", "a", "ab", "abc", "12", "é", "true", "search_kb", "1.5", "10s", "A"];

/// Numbers that facts hold, with the edges of what arithmetic can bear.
const COUNTS: &[u64] = &[0, 1, 2, 3, 10, 100, 60_000, 9_007_199_254_740_993, i64::MAX as u64];

/// Everything that a condition can read, chosen at random.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Texts of the request: operation, api, model, asked, path, method, user.
    pub request: [&'static str; 7],
    /// `request.stream`
    pub stream: bool,
    /// `request.tokens`, `.max_tokens`, `.bytes`
    pub counts: [u64; 3],
    /// `request.tools`
    pub tools: Vec<&'static str>,
    /// Headers, claims and labels: each by the names `x`, `y`.
    pub named: [[&'static str; 2]; 3],
    /// `caller.id`, `workload.name`, `output.finish_reason`
    pub texts: [&'static str; 3],
    /// `caller.roles`
    pub roles: Vec<&'static str>,
    /// `tenant.name`
    pub tenant: &'static str,
    /// `tenant.zones`, `tenant.profiles`
    pub lists: [Vec<&'static str>; 2],
    /// Findings of input and output: detector and confidence.
    pub findings: [Vec<FoundFact>; 2],
    /// `output.tool_calls`
    pub tool_calls: Vec<&'static str>,
    /// `output.tokens`
    pub output_tokens: u64,
    /// Requests, tokens, spend by window.
    pub usage: [[u64; 5]; 3],
    /// The candidate, by its endpoint; and its model.
    pub route: (usize, usize),
    /// `now`
    pub now: jiff::Timestamp,
    /// `decision.denied`
    pub denied: bool,
    /// `decision.reason`
    pub reason: &'static str,
    /// `decision.flags`
    pub flags: Vec<&'static str>,
    /// `decision.routes`: endpoint and model, and whether an exception let it in.
    pub routes: Vec<(usize, usize, bool)>,
    /// What is redacted.
    pub redacted: Vec<(DetectorId, Surface)>,
}

impl World {
    /// Random facts.
    pub fn random(random: &mut Random) -> Self {
        let mut texts = |most: usize| -> Vec<&'static str> {
            let count = random.below(most.saturating_add(1));
            (0..count).map(|_| random.pick(TEXTS)).collect()
        };
        let (tools, roles, tool_calls, flags) = (texts(3), texts(2), texts(2), texts(2));
        let counts = |random: &mut Random| random.pick(COUNTS);
        let findings = |random: &mut Random| -> Vec<FoundFact> {
            let count = random.below(4);
            let one = |random: &mut Random| FoundFact {
                detector: DetectorId::from_index(random.below(DETECTORS.len())),
                confidence_permille: random.pick(&[0, 250, 500, 973, 1000]),
            };
            (0..count).map(|_| one(random)).collect()
        };
        let zones: Vec<&str> = ZONES.iter().map(|(name, _)| *name).filter(|_| random.chance(1, 2)).collect();
        let profiles = if random.chance(1, 2) { vec!["pci"] } else { Vec::new() };
        let detector_ids = (0..DETECTORS.len()).map(DetectorId::from_index);
        let redacted = detector_ids
            .flat_map(|id| [(id, Surface::Input), (id, Surface::Output)])
            .filter(|_| random.chance(1, 2))
            .collect();
        let routes = (0..random.below(4))
            .map(|_| (random.below(ENDPOINTS.len()), random.below(MODELS.len()), random.chance(1, 4)))
            .collect();
        let model = if random.chance(1, 5) { "" } else { random.pick(MODELS) };
        Self {
            request: [
                random.pick(OPERATIONS),
                random.pick(APIS),
                model,
                random.pick(TEXTS),
                random.pick(TEXTS),
                random.pick(&["GET", "POST"]),
                random.pick(TEXTS),
            ],
            stream: random.chance(1, 2),
            counts: std::array::from_fn(|_| counts(random)),
            tools,
            named: std::array::from_fn(|_| std::array::from_fn(|_| random.pick(TEXTS))),
            texts: [random.pick(TEXTS), random.pick(&["", "support"]), random.pick(TEXTS)],
            roles,
            tenant: random.pick(TENANTS),
            lists: [zones, profiles],
            findings: [findings(random), findings(random)],
            tool_calls,
            output_tokens: counts(random),
            usage: std::array::from_fn(|_| std::array::from_fn(|_| counts(random))),
            route: (random.below(ENDPOINTS.len()), random.below(MODELS.len())),
            now: now(random),
            denied: random.chance(1, 2),
            reason: random.pick(&["", "rate_limited", "residency"]),
            flags,
            routes,
            redacted,
        }
    }

    /// The name of a header, claim or label as an index into [`World::named`].
    fn by_name(&self, kind: usize, name: &str) -> &'static str {
        let at = match name {
            "x" => 0,
            "y" => 1,
            _ => return "",
        };
        self.named.get(kind).and_then(|named| named.get(at)).copied().unwrap_or_default()
    }

    /// How many findings a set of detectors has on a surface: 0 for input, 1 for output.
    pub fn count(&self, surface: usize, detectors: &[DetectorId]) -> u64 {
        let found = self.findings.get(surface).into_iter().flatten();
        let count = found.filter(|found| detectors.contains(&found.detector)).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    fn used(&self, kind: usize, window: Window) -> Value<'static> {
        let at = Window::ALL.iter().position(|known| *known == window).unwrap_or_default();
        Value::count(self.usage.get(kind).and_then(|usage| usage.get(at)).copied().unwrap_or_default())
    }

    fn candidate(endpoint: usize, model: usize, excepted: bool) -> Value<'static> {
        Value::Route(Candidate {
            endpoint: EndpointId::from_index(endpoint),
            model: ModelId::from_index(model),
            offer: 0,
            step: None,
            exception: excepted.then_some(ExceptionId(0)),
        })
    }

    /// A member of the endpoint with this number.
    pub fn route_member(endpoint: usize, model: usize, excepted: bool, member: Member) -> Value<'static> {
        let (name, provider, region, hosted) = ENDPOINTS.get(endpoint).copied().unwrap_or_default();
        match member {
            Member::RouteProvider => Value::text(provider),
            Member::RouteEndpoint => Value::text(name),
            Member::RouteRegion => Value::text(region),
            Member::RouteModel => Value::text(MODELS.get(model).copied().unwrap_or_default()),
            Member::RouteException => Value::text(if excepted { "pilot" } else { "" }),
            _ => Value::texts(if hosted { vec!["no_training", "self_hosted"] } else { vec!["no_training"] }),
        }
    }
}

/// An instant near a date at which calendars are tricky.
fn now(random: &mut Random) -> jiff::Timestamp {
    // Leap day, summer time, the turn of a year, before 1970, and far away.
    let near = random.pick(&[1_709_164_800, 1_711_846_800, 1_798_761_599, -1_i64, 32_503_680_000, 0]);
    let off = i64::try_from(random.below(200_000)).unwrap_or_default();
    let nanoseconds = random.pick(&[0, 123_000_000, 999_999_999]);
    jiff::Timestamp::new(near.saturating_add(off), nanoseconds).unwrap_or_default()
}

impl Read for World {
    fn fact(&self, fact: &Fact) -> Value<'_> {
        let [operation, api, model, asked, path, method, user] = self.request;
        let [tokens, max_tokens, bytes] = self.counts;
        let [zones, profiles] = &self.lists;
        let [input, _] = &self.findings;
        let findings = |list: &[FoundFact]| Value::List(list.iter().copied().map(Value::Finding).collect());
        let served = |member| Self::route_member(self.route.0, self.route.1, false, member);
        match fact {
            Fact::RequestOperation => Value::text(operation),
            Fact::RequestApi => Value::text(api),
            Fact::RequestModel => Value::text(model),
            Fact::RequestAsked => Value::text(asked),
            Fact::RequestPath => Value::text(path),
            Fact::RequestMethod => Value::text(method),
            Fact::RequestUser => Value::text(user),
            Fact::RequestStream => Value::Bool(self.stream),
            Fact::RequestTokens => Value::count(tokens),
            Fact::RequestMaxTokens => Value::count(max_tokens),
            Fact::RequestBytes => Value::count(bytes),
            Fact::RequestTools => Value::texts(self.tools.iter().copied()),
            Fact::RequestHeader(name) => Value::text(self.by_name(0, name)),
            Fact::CallerId => Value::text(self.texts[0]),
            Fact::CallerRoles => Value::texts(self.roles.iter().copied()),
            Fact::CallerClaim(name) => Value::text(self.by_name(1, name)),
            Fact::TenantName => Value::text(self.tenant),
            Fact::TenantZones => Value::texts(zones.iter().copied()),
            Fact::TenantProfiles => Value::texts(profiles.iter().copied()),
            Fact::TenantLabel(name) => Value::text(self.by_name(2, name)),
            Fact::WorkloadName => Value::text(self.texts[1]),
            Fact::InputHas(detectors) => Value::Bool(self.count(0, detectors) > 0),
            Fact::InputCount(detectors) => Value::count(self.count(0, detectors)),
            Fact::InputFindings => findings(input),
            Fact::OutputHas(detectors) => Value::Bool(self.count(1, detectors) > 0),
            Fact::OutputCount(detectors) => Value::count(self.count(1, detectors)),
            Fact::OutputToolCalls => {
                Value::List(self.tool_calls.iter().map(|name| Value::ToolCall(name)).collect())
            }
            Fact::OutputTokens => Value::count(self.output_tokens),
            Fact::OutputFinishReason => Value::text(self.texts[2]),
            Fact::RouteProvider => served(Member::RouteProvider),
            Fact::RouteEndpoint => served(Member::RouteEndpoint),
            Fact::RouteRegion => served(Member::RouteRegion),
            Fact::RouteModel => served(Member::RouteModel),
            Fact::RouteAttests => served(Member::RouteAttests),
            Fact::ZoneRegions(zone) => Value::texts(
                ZONES.get(zone.index()).into_iter().flat_map(|(_, regions)| regions.iter().copied()),
            ),
            Fact::UsageRequests(window) => self.used(0, *window),
            Fact::UsageTokens(window) => self.used(1, *window),
            Fact::UsageSpend(window) => self.used(2, *window),
            Fact::Now => Value::Timestamp(self.now),
            Fact::DecisionDenied => Value::Bool(self.denied),
            Fact::DecisionReason => Value::text(self.reason),
            Fact::DecisionFlags => Value::texts(self.flags.iter().copied()),
            Fact::DecisionRoutes => {
                let routes = self.routes.iter();
                Value::List(
                    routes
                        .map(|&(endpoint, model, excepted)| Self::candidate(endpoint, model, excepted))
                        .collect(),
                )
            }
            Fact::DecisionRedacts(detectors, surface) => {
                Value::Bool(detectors.iter().all(|detector| self.redacted.contains(&(*detector, *surface))))
            }
        }
    }

    fn member<'a>(&'a self, value: &Value<'a>, member: Member) -> Option<Value<'a>> {
        match value {
            Value::Finding(found) => {
                let (name, category) = DETECTORS.get(found.detector.index())?;
                Some(match member {
                    Member::FindingDetector => Value::text(name),
                    Member::FindingCategory => Value::text(category),
                    _ => Value::Double(f64::from(found.confidence_permille) / 1000.0),
                })
            }
            Value::ToolCall(name) => Some(Value::text(name)),
            Value::Route(candidate) => Some(Self::route_member(
                candidate.endpoint.index(),
                candidate.model.index(),
                candidate.exception.is_some(),
                member,
            )),
            _ => None,
        }
    }
}

/// The names of the small package.
#[derive(Clone, Copy, Debug)]
pub struct Package;

impl Names for Package {
    fn detectors(&self, path: &str) -> Option<Vec<DetectorId>> {
        let category = path.strip_prefix("category.");
        let of = |&(name, kind): &(&str, &str)| match category {
            Some(category) => category == kind,
            None => name == path || name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')),
        };
        let found: Vec<_> =
            (0..).zip(DETECTORS).filter(|(_, detector)| of(detector)).map(|(id, _)| DetectorId(id)).collect();
        (!found.is_empty()).then_some(found)
    }

    fn zone(&self, name: &str) -> Option<ZoneId> {
        ZONES.iter().position(|(known, _)| *known == name).map(ZoneId::from_index)
    }

    fn names(&self, domain: Domain) -> Vec<&str> {
        match domain {
            Domain::Tenant => TENANTS.to_vec(),
            Domain::Model => MODELS.to_vec(),
            Domain::Provider => vec!["azure", "vault_llm"],
            Domain::Endpoint => ENDPOINTS.iter().map(|endpoint| endpoint.0).collect(),
            Domain::Region => ENDPOINTS.iter().map(|endpoint| endpoint.2).collect(),
            Domain::Zone => ZONES.iter().map(|(name, _)| *name).collect(),
            Domain::Profile => vec!["pci"],
            Domain::Attestation => vec!["no_training", "self_hosted"],
            Domain::Workload => vec!["support"],
            Domain::Detector => DETECTORS.iter().map(|(name, _)| *name).collect(),
            Domain::Category => DETECTORS.iter().map(|(_, category)| *category).collect(),
            Domain::Exception => vec!["pilot"],
            Domain::Operation => OPERATIONS.to_vec(),
            Domain::Api => APIS.to_vec(),
            Domain::Role | Domain::Label => Vec::new(),
        }
    }

    /// Random conditions compare anything with anything, so every name is one.
    fn contains(&self, _: Domain, _: &str) -> bool {
        true
    }
}
