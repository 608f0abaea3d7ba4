//! Where a request may be sent: candidates in order, and why the others fell out.

use super::{Asked, Run};
use crate::decision::{Candidate, DropReason, Dropped, Reason};
use lang::model::{
    Accepts, AttestationId, ChainId, Dialect, Effect, Endpoint, EndpointId, ExceptionId, ModelId, Permit,
    Phase, ProviderId, Set,
};

/// Whether a field lets an endpoint in: plainly, by an exception, or not.
type Gate = Result<Option<ExceptionId>, DropReason>;

/// What no request changes: what stands, and what fell.
pub(super) type Filtered = (Vec<Candidate>, Vec<Dropped>);

impl Run<'_> {
    pub(super) fn route(&mut self) {
        if !self.is_routed() {
            return;
        }
        let (standing, fallen) = self.filter_statically();
        let has_standing = !standing.is_empty();
        self.decision.dropped.extend(&fallen);
        for candidate in self.in_order(standing) {
            match self.filter(candidate) {
                None => self.decision.route.push(candidate),
                Some(reason) => self.decision.dropped.push(Dropped {
                    endpoint: candidate.endpoint,
                    model: candidate.model,
                    reason,
                }),
            }
        }
        if self.decision.route.is_empty() {
            let reasons = if has_standing { self.reasons_of_request() } else { reasons_of_policy(&fallen) };
            self.reasons.extend(reasons);
        }
        // A condition that failed refuses, whatever candidates are left.
        if !self.reasons.is_empty() {
            self.decision.route.clear();
        }
    }

    /// The candidate that served.
    pub(super) fn served(&self) -> Option<Candidate> {
        let (endpoint, model) = self.facts.served?;
        let is_it = |candidate: &&Candidate| candidate.endpoint == endpoint && candidate.model == model;
        let known = self.decision.route.iter().find(is_it).copied();
        Some(known.unwrap_or(Candidate { endpoint, model, offer: 0, step: None, exception: None }))
    }

    /// All that the route names, in its order, each endpoint and model once.
    fn enumerate(&self) -> Vec<Candidate> {
        let all = match self.chain_and_entry() {
            Some((chain, entry)) => self.of_chain(chain, entry),
            None => self.of_model(),
        };
        let mut once: Vec<Candidate> = Vec::new();
        for candidate in all {
            let is_known =
                |one: &Candidate| (one.endpoint, one.model) == (candidate.endpoint, candidate.model);
            if !once.iter().any(is_known) {
                once.push(candidate);
            }
        }
        once
    }

    /// The chain that routes this request, and the step at which it is entered.
    fn chain_and_entry(&self) -> Option<(ChainId, usize)> {
        if let Some(chain) = self.replaced_route() {
            return Some((chain, self.first_step(chain).unwrap_or(0)));
        }
        match self.asked {
            Asked::Chain(chain) => Some((chain, 0)),
            Asked::Model(_) => {
                let chain = self.routed_chain()?;
                Some((chain, self.first_step(chain)?))
            }
            Asked::Unknown => None,
        }
    }

    /// The chain of the first fired rule that replaces the route.
    fn replaced_route(&self) -> Option<ChainId> {
        let fired: Set<_> = self.decision.fired.iter().copied().collect();
        fired.iter().filter_map(|id| self.model.rules.get(id.index())).find_map(|rule| match rule.effect {
            Effect::Route(chain) => Some(chain),
            Effect::Deny(_) | Effect::Flag(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
        })
    }

    /// The first step of a chain that offers the asked model.
    fn first_step(&self, chain: ChainId) -> Option<usize> {
        let model = self.asked.model()?;
        self.model.chains.get(chain.index())?.steps.iter().position(|step| step.model == model)
    }

    fn of_chain(&self, chain: ChainId, entry: usize) -> Vec<Candidate> {
        let steps = self.model.chains.get(chain.index()).map(|chain| chain.steps.as_slice());
        let mut all = Vec::new();
        for (number, step) in steps.unwrap_or_default().iter().enumerate().skip(entry) {
            for endpoint in &step.endpoints {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                all.extend(self.offered(*endpoint, step.model, Some((chain, number))));
            }
        }
        all
    }

    fn of_model(&self) -> Vec<Candidate> {
        let Some(model) = self.asked.model() else { return Vec::new() };
        let Some(served) = self.model.models.get(model.index()) else { return Vec::new() };
        served.offers.iter().filter_map(|offer| self.offered(offer.endpoint, model, None)).collect()
    }

    fn offered(
        &self,
        endpoint: EndpointId,
        model: ModelId,
        step: Option<(ChainId, u32)>,
    ) -> Option<Candidate> {
        let offers = &self.model.models.get(model.index())?.offers;
        let offer = offers.iter().position(|offer| offer.endpoint == endpoint)?;
        Some(Candidate { endpoint, model, offer: u32::try_from(offer).ok()?, step, exception: None })
    }

    /// What no request changes: models, providers, residence, attestations, and the exceptions to each.
    pub(super) fn filter_statically(&mut self) -> Filtered {
        let (mut standing, mut fallen) = (Vec::new(), Vec::new());
        for candidate in self.enumerate() {
            let Some(endpoint) = self.model.endpoints.get(candidate.endpoint.index()) else { continue };
            match self.gates(candidate, endpoint) {
                Ok(by) => {
                    // Of several that it took, the first by name is told.
                    standing.push(Candidate { exception: by.iter().min().copied(), ..candidate });
                    self.notes.exceptions.extend(by);
                }
                Err(reason) => {
                    fallen.push(Dropped { endpoint: candidate.endpoint, model: candidate.model, reason });
                }
            }
        }
        (standing, fallen)
    }

    /// Each field in the order of its reason; the exceptions that let something in.
    fn gates(&self, candidate: Candidate, endpoint: &Endpoint) -> Result<Vec<ExceptionId>, DropReason> {
        let mut by: Vec<ExceptionId> = Vec::new();
        by.extend(self.gate_model(candidate.model)?);
        by.extend(self.gate_provider(endpoint.provider)?);
        by.extend(self.gate_residence(candidate.model, endpoint)?);
        for attestation in &self.access.require {
            by.extend(self.gate_attestation(*attestation, endpoint)?);
        }
        let speaks = self.model.providers.get(endpoint.provider.index()).map(|provider| provider.speaks);
        match speaks {
            Some(Dialect::OpenAi | Dialect::Mistral) => Ok(by),
            Some(Dialect::Anthropic | Dialect::Bedrock | Dialect::Vertex) | None => {
                Err(DropReason::NotSpoken)
            }
        }
    }

    fn gate_model(&self, model: ModelId) -> Gate {
        if !self.workload_allows(model) {
            return Err(DropReason::ModelNotAllowed);
        }
        if self.access.models.contains(&model) {
            return Ok(None);
        }
        self.permits_model(model).map(Some).ok_or(DropReason::ModelNotAllowed)
    }

    fn gate_provider(&self, provider: ProviderId) -> Gate {
        let is_allowed = self.access.providers.as_ref().is_none_or(|allowed| allowed.contains(&provider));
        self.gate(
            is_allowed,
            DropReason::ProviderNotAllowed,
            |permit| matches!(permit, Permit::Providers(providers) if providers.contains(&provider)),
        )
    }

    fn gate_residence(&self, model: ModelId, endpoint: &Endpoint) -> Gate {
        let residence = self.access.residence.as_ref();
        let is_inside = residence.is_none_or(|residence| residence.regions.contains(&endpoint.region));
        self.gate(is_inside, DropReason::Residency, |permit| match permit {
            Permit::Regions { regions, models } => {
                regions.contains(&endpoint.region)
                    && models.as_ref().is_none_or(|models| models.contains(&model))
            }
            Permit::Models(_)
            | Permit::Tools(_)
            | Permit::Providers(_)
            | Permit::Without { .. }
            | Permit::Despite(_) => false,
        })
    }

    fn gate_attestation(&self, attestation: AttestationId, endpoint: &Endpoint) -> Gate {
        let is_attested = endpoint.attests.contains(&attestation);
        let without = Permit::Without { attestation, provider: endpoint.provider };
        self.gate(is_attested, DropReason::AttestationMissing(attestation), |permit| *permit == without)
    }

    /// Open by itself, or by the first exception that permits it.
    fn gate(&self, is_open: bool, reason: DropReason, permits: impl Fn(&Permit) -> bool) -> Gate {
        if is_open {
            return Ok(None);
        }
        let by = self.exceptions().find(|(_, exception)| permits(&exception.permit));
        by.map(|(id, _)| Some(id)).ok_or(reason)
    }

    /// What exceptions let in stands last; within, preferred providers first; otherwise as it was.
    pub(super) fn in_order(&self, mut standing: Vec<Candidate>) -> Vec<Candidate> {
        let fired = self.decision.fired.iter().filter_map(|id| self.model.rules.get(id.index()));
        let preferred: Set<ProviderId> = fired
            .flat_map(|rule| match &rule.effect {
                Effect::Prefer(providers) => providers.as_slice(),
                Effect::Deny(_) | Effect::Flag(_) | Effect::Route(_) | Effect::Cap(_) => &[],
            })
            .copied()
            .collect();
        standing.sort_by_key(|candidate| {
            let endpoint = self.model.endpoints.get(candidate.endpoint.index());
            let is_preferred = endpoint.is_some_and(|endpoint| preferred.contains(&endpoint.provider));
            (candidate.exception.is_some(), !is_preferred)
        });
        standing
    }

    /// What this request changes: its size, its kind, route rules, health. The first that stands in the way.
    ///
    /// Route rules are asked of every candidate that takes the size and the kind, whatever its health.
    fn filter(&mut self, candidate: Candidate) -> Option<DropReason> {
        let served = self.model.models.get(candidate.model.index())?;
        if served.context.is_some_and(|context| self.facts.request.tokens > context) {
            return Some(DropReason::ContextTooSmall);
        }
        let accepts = |need: &Accepts| served.accepts.as_ref().is_none_or(|kinds| kinds.contains(need));
        if let Some(need) = self.facts.request.needs.iter().filter(|need| !accepts(need)).min() {
            return Some(DropReason::NotAccepted(*need));
        }
        let mut denied = None;
        for (id, rule) in self.rules(Phase::Route) {
            if matches!(rule.effect, Effect::Flag(_)) {
                continue;
            }
            if self.ask(id, rule, Some(candidate)) && matches!(rule.effect, Effect::Deny(_)) {
                denied = denied.or(Some(DropReason::Rule(id)));
            }
        }
        let is_down = self.facts.down.contains(&candidate.endpoint);
        denied.or(is_down.then_some(DropReason::Down))
    }

    /// Why no standing candidate was left: all of it is about this request or this moment.
    fn reasons_of_request(&self) -> Vec<Reason> {
        let dropped = self.decision.dropped.iter();
        dropped
            .filter_map(|dropped| match dropped.reason {
                DropReason::ContextTooSmall | DropReason::NotAccepted(_) => Some(Reason::Unsupported),
                DropReason::Rule(rule) => Some(Reason::Rule(rule)),
                DropReason::Down => Some(Reason::NoEndpoint),
                DropReason::ModelNotAllowed
                | DropReason::ProviderNotAllowed
                | DropReason::Residency
                | DropReason::AttestationMissing(_)
                | DropReason::NotSpoken => None,
            })
            .collect()
    }
}

/// Why none ever stood. That a model of a later step is not allowed matters only where nothing else does.
fn reasons_of_policy(fallen: &[Dropped]) -> Vec<Reason> {
    let reasons: Vec<Reason> = fallen
        .iter()
        .filter_map(|dropped| match dropped.reason {
            DropReason::ProviderNotAllowed => Some(Reason::ProviderNotAllowed),
            DropReason::Residency => Some(Reason::Residency),
            DropReason::AttestationMissing(attestation) => Some(Reason::AttestationMissing(attestation)),
            DropReason::NotSpoken => Some(Reason::NotTranslatable),
            DropReason::ModelNotAllowed
            | DropReason::ContextTooSmall
            | DropReason::NotAccepted(_)
            | DropReason::Rule(_)
            | DropReason::Down => None,
        })
        .collect();
    if !reasons.is_empty() {
        return reasons;
    }
    let nothing = if fallen.is_empty() { Reason::NoEndpoint } else { Reason::ModelNotAllowed };
    vec![nothing]
}
