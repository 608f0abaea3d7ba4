//! A world as the engine has it: parts of a model, facts, and what was decided.

use super::{DETECTORS, ENDPOINTS, MODELS, TENANTS, World, ZONES};
use engine::decision::{Candidate, Decision, Verdict};
use engine::facts::{Api, Caller, Facts, Findings, Operation, Output, Request, Usage, Windows};
use engine::oracle::{Outcome, View};
use lang::Span;
use lang::model::{
    AccessId, Address, Attestation, AttestationId, Category, CategoryId, Credential, Detector,
    DetectorSeverity, Dialect, Digest, Endpoint, EndpointId, Exception, ExceptionId, ModelId, Parts, Permit,
    Policy, Profile, ProfileId, Provider, ProviderId, Region, RegionId, Retain, ServedModel, Set, Tenant,
    TenantId, TokenCount, Workload, WorkloadId, Zone,
};
use std::sync::Arc;

/// What endpoints can attest, by name.
const ATTESTATIONS: &[&str] = &["no_training", "self_hosted"];

/// Nothing here was written in a file.
const NOWHERE: Span = Span::new(lang::SourceId(0), 0, 0);

/// A world, so that compiled conditions can be asked of it.
#[derive(Debug)]
pub struct Setting {
    /// The package, as far as conditions read it.
    pub parts: Parts,
    facts: Facts,
    resolved: Option<ModelId>,
    candidate: Candidate,
    decision: Decision,
    outcome: Outcome,
}

impl Setting {
    /// The same facts as the world has.
    pub fn new(world: &World) -> Self {
        let (endpoint, model) = world.route;
        Self {
            parts: parts(world),
            facts: facts(world),
            resolved: at(MODELS, world.request[2]).map(ModelId::from_index),
            candidate: candidate(endpoint, model, false),
            decision: decision(world),
            outcome: Outcome { reason: world.reason.to_owned(), redacted: world.redacted.clone() },
        }
    }

    /// What conditions read.
    pub fn view(&self) -> View<'_> {
        View {
            model: &self.parts,
            facts: &self.facts,
            resolved: self.resolved,
            candidate: Some(self.candidate),
            decision: Some(&self.decision),
            outcome: &self.outcome,
        }
    }
}

/// The place of a name in a list of names.
fn at(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

/// Distinct names in order, so that a name's place is its number.
fn sorted<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn regions() -> Vec<&'static str> {
    sorted(ENDPOINTS.iter().map(|endpoint| endpoint.2))
}

fn providers() -> Vec<&'static str> {
    sorted(ENDPOINTS.iter().map(|endpoint| endpoint.1))
}

fn categories() -> Vec<&'static str> {
    sorted(DETECTORS.iter().map(|detector| detector.1))
}

fn number(names: &[&str], name: &str) -> usize {
    at(names, name).unwrap_or_default()
}

fn owned(names: &[&'static str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// By the names `x` and `y`.
fn named<T: From<&'static str>>(values: [&'static str; 2]) -> Vec<(T, T)> {
    ["x", "y"].into_iter().zip(values).map(|(name, value)| (T::from(name), T::from(value))).collect()
}

fn candidate(endpoint: usize, model: usize, excepted: bool) -> Candidate {
    Candidate {
        endpoint: EndpointId::from_index(endpoint),
        model: ModelId::from_index(model),
        offer: 0,
        step: None,
        exception: excepted.then_some(ExceptionId(0)),
    }
}

fn decision(world: &World) -> Decision {
    let routes = world.routes.iter();
    Decision {
        verdict: if world.denied { Verdict::Deny } else { Verdict::Allow },
        reasons: Vec::new(),
        fired: Vec::new(),
        shadowed: Vec::new(),
        route: routes.map(|&(endpoint, model, excepted)| candidate(endpoint, model, excepted)).collect(),
        dropped: Vec::new(),
        flags: world.flags.iter().map(|flag| (*flag).into()).collect(),
        cap: None,
        now: world.now,
    }
}

fn windows([second, minute, hour, day, month]: [u64; 5]) -> Windows {
    Windows { second, minute, hour, day, month }
}

fn facts(world: &World) -> Facts {
    let [operation, api, _, asked, path, method, user] = world.request;
    let [tokens, max_tokens, bytes] = world.counts;
    let [id, workload, finish_reason] = world.texts;
    let [headers, claims, _] = world.named;
    let [input, output] = world.findings.clone();
    let [requests, used, spend] = world.usage.map(windows);
    let operation = Operation::ALL.iter().copied().find(|one| one.as_str() == operation);
    let api = [Api::OpenAi, Api::Anthropic, Api::Mistral].into_iter().find(|one| one.as_str() == api);
    Facts {
        tenant: TenantId::from_index(number(TENANTS, world.tenant)),
        workload: (!workload.is_empty()).then_some(WorkloadId(0)),
        caller: Caller { id: id.to_owned(), roles: owned(&world.roles), claims: named(claims) },
        request: Request {
            operation: operation.unwrap_or(Operation::Chat),
            api: api.unwrap_or(Api::OpenAi),
            asked: asked.to_owned(),
            path: path.to_owned(),
            method: method.to_owned(),
            user: user.to_owned(),
            stream: world.stream,
            tokens,
            max_tokens,
            bytes,
            tools: owned(&world.tools),
            hosted: Vec::new(),
            headers: named(headers),
            needs: Vec::new(),
            unscannable: Vec::new(),
            logprobs: false,
        },
        input: Findings { list: input },
        usage: Usage { requests, tokens: used, spend },
        down: Vec::new(),
        served: None,
        output: Output {
            findings: Findings { list: output },
            tool_calls: owned(&world.tool_calls),
            tokens: world.output_tokens,
            finish_reason: finish_reason.to_owned(),
        },
        now: world.now,
    }
}

fn parts(world: &World) -> Parts {
    let names = |names: Vec<&'static str>| names.into_iter().map(Box::<str>::from);
    Parts {
        sources: Arc::default(),
        policy: Policy {
            name: "small".into(),
            title: None,
            version: "1".into(),
            owner: None,
            language: 1,
            span: NOWHERE,
        },
        regions: names(regions())
            .map(|name| Region { name, title: None, country: None, span: NOWHERE })
            .collect(),
        zones: ZONES.iter().map(zone).collect(),
        attestations: names(ATTESTATIONS.to_vec()).map(|name| Attestation { name, title: None }).collect(),
        providers: names(providers())
            .map(|name| Provider {
                name,
                title: None,
                speaks: Dialect::OpenAi,
                endpoints: Vec::new(),
                span: NOWHERE,
            })
            .collect(),
        endpoints: ENDPOINTS.iter().map(endpoint).collect(),
        models: names(MODELS.to_vec()).map(model).collect(),
        chains: Vec::new(),
        categories: names(categories()).map(|name| Category { name, is_data: true }).collect(),
        detectors: DETECTORS.iter().map(detector).collect(),
        redactions: Vec::new(),
        profiles: vec![Profile { name: "pci".into(), title: None, rules: Set::default(), span: NOWHERE }],
        limits: Vec::new(),
        accesses: Vec::new(),
        tenants: TENANTS.iter().map(|name| tenant(name, world)).collect(),
        workloads: vec![workload()],
        rules: Vec::new(),
        exceptions: vec![exception()],
        invariants: Vec::new(),
        controls: Vec::new(),
        currency: None,
        decision_digest: Digest([0; 32]),
        package_digest: Digest([0; 32]),
    }
}

fn zone(&(name, held): &(&str, &[&str])) -> Zone {
    let regions = held.iter().map(|region| RegionId::from_index(number(&regions(), region))).collect();
    Zone { name: name.into(), title: None, regions, span: NOWHERE }
}

fn endpoint(&(name, provider, region, is_hosted): &(&str, &str, &str, bool)) -> Endpoint {
    let attests: &[AttestationId] =
        if is_hosted { &[AttestationId(0), AttestationId(1)] } else { &[AttestationId(0)] };
    let url = Address {
        is_tls: true,
        host: "x.example".into(),
        port: 443,
        path: "".into(),
        text: "https://x.example".into(),
    };
    Endpoint {
        name: name.into(),
        provider: ProviderId::from_index(number(&providers(), provider)),
        url,
        region: RegionId::from_index(number(&regions(), region)),
        credential: Credential::None,
        credential_header: None,
        headers: Vec::new(),
        query: Vec::new(),
        attests: attests.iter().copied().collect(),
        private: false,
        span: NOWHERE,
    }
}

fn model(name: Box<str>) -> ServedModel {
    ServedModel {
        name,
        title: None,
        aliases: Vec::new(),
        offers: Vec::new(),
        price: None,
        context: None,
        output: None,
        accepts: None,
        count: TokenCount::Estimate,
        span: NOWHERE,
    }
}

fn detector(&(name, category): &(&str, &str)) -> Detector {
    Detector {
        name: name.into(),
        title: None,
        patterns: Vec::new(),
        phrases: Vec::new(),
        words: Vec::new(),
        checks: Vec::new(),
        near: None,
        category: CategoryId::from_index(number(&categories(), category)),
        severity: DetectorSeverity::Medium,
        span: NOWHERE,
    }
}

fn tenant(name: &str, world: &World) -> Tenant {
    let ([zones, profiles], [_, _, labels]) = (&world.lists, world.named);
    let zone = |zone: &&str| ZONES.iter().position(|(known, _)| known == zone);
    Tenant {
        name: name.into(),
        title: None,
        identities: Vec::new(),
        profiles: profiles.iter().map(|_| ProfileId(0)).collect(),
        zones: zones.iter().filter_map(zone).map(lang::model::ZoneId::from_index).collect(),
        access: AccessId(0),
        redactions: Set::default(),
        limits: Set::default(),
        rules: Set::default(),
        exceptions: Set::default(),
        labels: named(labels),
        timezone: "UTC".into(),
        retain: Retain::default(),
        workloads: Set::default(),
        workload_required: false,
        span: NOWHERE,
    }
}

fn workload() -> Workload {
    Workload {
        name: "support".into(),
        title: None,
        tenant: TenantId(0),
        owner: None,
        purpose: None,
        models: None,
        data: None,
        forbids: Vec::new(),
        reviewed: None,
        span: NOWHERE,
    }
}

fn exception() -> Exception {
    Exception {
        name: "pilot".into(),
        title: None,
        tenant: TenantId(0),
        permit: Permit::Tools(Vec::new()),
        until: jiff::civil::Date::MAX,
        approver: "".into(),
        ticket: "".into(),
        reason: "".into(),
        span: NOWHERE,
    }
}
