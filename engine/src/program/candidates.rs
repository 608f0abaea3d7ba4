//! The static filter: endpoints in the order of a route, and those that fell out.

use crate::decision::{Candidate, DropReason, Dropped};
use lang::model::{
    Accepts, Access, AccessId, ChainId, Endpoint, EndpointId, Exception, ExceptionId, ModelId, Parts, Permit,
    ProviderId, Set,
};
use std::collections::HashMap;

/// A candidate with what each request asks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) candidate: Candidate,
    pub(crate) provider: ProviderId,
    /// The largest input; `u64::MAX` when not said.
    pub(crate) context: u64,
    /// A bit for each kind that the model accepts.
    pub(crate) accepts: u8,
    /// Its endpoint and model as one number, by which route rules are found.
    pub(crate) class: u32,
}

/// Candidates in order, and what fell out on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) entries: Box<[Entry]>,
    pub(crate) dropped: Box<[Dropped]>,
    /// The least of the entries' contexts: below it, size drops none.
    pub(crate) context_min: u64,
    /// What all entries accept.
    pub(crate) accepts_all: u8,
}

/// A bit of [`Entry::accepts`].
pub(crate) const fn accepts_bit(kind: Accepts) -> u8 {
    1 << (kind as u8)
}

/// All lists, each once.
#[expect(clippy::struct_field_names, reason = "lists are its main field and its name")]
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) lists: Vec<List>,
    /// Endpoint and model of each class.
    pub(crate) classes: Vec<(EndpointId, ModelId)>,
    known: HashMap<(Vec<Candidate>, Vec<Dropped>), u32>,
    known_classes: HashMap<(EndpointId, ModelId), u32>,
}

impl Lists {
    /// Forgets how lists are found.
    pub(crate) fn seal(&mut self) {
        self.known = HashMap::new();
        self.known_classes = HashMap::new();
    }

    /// The list of a model that is asked for, where the operation is routed to `chain`.
    pub(crate) fn for_model(&mut self, gates: &Gates<'_>, chain: Option<ChainId>, model: ModelId) -> u32 {
        let steps = chain.and_then(|chain| Some((chain, gates.model.chains.get(chain.index())?)));
        let entry = steps.and_then(|(chain, steps)| {
            Some((chain, steps.steps.iter().position(|step| step.model == model)?))
        });
        let all = match entry {
            Some((chain, entry)) => of_chain(gates.model, chain, entry),
            None => of_model(gates.model, model),
        };
        self.filtered(gates, all)
    }

    /// The lists of a chain, by the step at which it is entered.
    pub(crate) fn for_chain(&mut self, gates: &Gates<'_>, chain: ChainId) -> Box<[u32]> {
        let steps = gates.model.chains.get(chain.index()).map_or(0, |chain| chain.steps.len());
        (0..steps).map(|entry| self.filtered(gates, of_chain(gates.model, chain, entry))).collect()
    }

    fn filtered(&mut self, gates: &Gates<'_>, all: Vec<Candidate>) -> u32 {
        let (mut standing, mut dropped): (Vec<Candidate>, Vec<Dropped>) = (Vec::new(), Vec::new());
        for candidate in all {
            let (endpoint, model) = (candidate.endpoint, candidate.model);
            let is_same = |one: &Candidate| one.endpoint == endpoint && one.model == model;
            let is_dropped = |one: &Dropped| one.endpoint == endpoint && one.model == model;
            if standing.iter().any(is_same) || dropped.iter().any(is_dropped) {
                continue;
            }
            match gates.pass(candidate) {
                Some(Ok(exception)) => standing.push(Candidate { exception, ..candidate }),
                Some(Err(reason)) => dropped.push(Dropped { endpoint, model, reason }),
                None => {}
            }
        }
        // Stable: what exceptions let in stands last, and otherwise as the route says.
        standing.sort_by_key(|candidate| candidate.exception.is_some());
        self.number(gates.model, standing, dropped)
    }

    fn number(&mut self, model: &Parts, standing: Vec<Candidate>, dropped: Vec<Dropped>) -> u32 {
        let key = (standing, dropped);
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        let entries: Box<[Entry]> =
            key.0.iter().filter_map(|candidate| self.entry(model, *candidate)).collect();
        let list = List {
            context_min: entries.iter().map(|entry| entry.context).min().unwrap_or(u64::MAX),
            accepts_all: entries.iter().fold(u8::MAX, |all, entry| all & entry.accepts),
            entries,
            dropped: key.1.clone().into(),
        };
        let number = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(list);
        self.known.insert(key, number);
        number
    }

    fn entry(&mut self, model: &Parts, candidate: Candidate) -> Option<Entry> {
        let served = model.models.get(candidate.model.index())?;
        let endpoint = model.endpoints.get(candidate.endpoint.index())?;
        let accepts = served.accepts.as_ref();
        let accepts =
            accepts.map_or(u8::MAX, |kinds| kinds.iter().fold(0, |bits, kind| bits | accepts_bit(*kind)));
        let pair = (candidate.endpoint, candidate.model);
        let (next, classes) = (self.classes.len(), &mut self.classes);
        let class = *self.known_classes.entry(pair).or_insert_with(|| {
            classes.push(pair);
            u32::try_from(next).unwrap_or(u32::MAX)
        });
        let context = served.context.unwrap_or(u64::MAX);
        Some(Entry { candidate, provider: endpoint.provider, context, accepts, class })
    }
}

/// The endpoints of a chain from a step on.
fn of_chain(model: &Parts, chain: ChainId, entry: usize) -> Vec<Candidate> {
    let steps = model.chains.get(chain.index()).map(|chain| chain.steps.as_slice()).unwrap_or_default();
    let mut all = Vec::new();
    for (number, step) in (0u32..).zip(steps).skip(entry) {
        let offers = step.endpoints.iter().filter_map(|endpoint| {
            let offer = offer_of(model, step.model, *endpoint)?;
            let step_of = Some((chain, number));
            Some(Candidate { endpoint: *endpoint, model: step.model, offer, step: step_of, exception: None })
        });
        all.extend(offers);
    }
    all
}

/// The endpoints that offer a model.
fn of_model(model: &Parts, id: ModelId) -> Vec<Candidate> {
    let offers = model.models.get(id.index()).map(|served| served.offers.as_slice()).unwrap_or_default();
    let endpoints = offers.iter().map(|offer| offer.endpoint);
    endpoints
        .filter_map(|endpoint| {
            let offer = offer_of(model, id, endpoint)?;
            Some(Candidate { endpoint, model: id, offer, step: None, exception: None })
        })
        .collect()
}

fn offer_of(model: &Parts, id: ModelId, endpoint: EndpointId) -> Option<u32> {
    let offers = &model.models.get(id.index())?.offers;
    u32::try_from(offers.iter().position(|offer| offer.endpoint == endpoint)?).ok()
}

/// What a tenant's fields let in, with the exceptions in force.
pub(crate) struct Gates<'m> {
    model: &'m Parts,
    access: Option<&'m Access>,
    exceptions: Vec<(ExceptionId, &'m Exception)>,
    workload: Option<&'m Set<ModelId>>,
}

/// Whether a field lets an endpoint in: plainly, by an exception, or not.
type Gate = Result<Option<ExceptionId>, DropReason>;

impl<'m> Gates<'m> {
    pub(crate) fn new<'k: 'm>(
        model: &'m Parts,
        access: AccessId,
        exceptions: &Set<ExceptionId>,
        workload: Option<&'k Set<ModelId>>,
    ) -> Self {
        let exceptions =
            exceptions.iter().filter_map(|id| Some((*id, model.exceptions.get(id.index())?))).collect();
        Self { model, access: model.accesses.get(access.index()), exceptions, workload }
    }

    /// Whether the tenant and its workload may use a model.
    pub(crate) fn may_use(&self, model: ModelId) -> bool {
        self.model_gate(model).is_ok()
    }

    /// The first of the tenant's exceptions that does this.
    fn by(&self, permits: impl Fn(&Permit) -> bool) -> Option<ExceptionId> {
        self.exceptions.iter().find(|(_, exception)| permits(&exception.permit)).map(|(id, _)| *id)
    }

    fn gate(&self, is_open: bool, reason: DropReason, permits: impl Fn(&Permit) -> bool) -> Gate {
        if is_open { Ok(None) } else { self.by(permits).map(Some).ok_or(reason) }
    }

    fn model_gate(&self, model: ModelId) -> Gate {
        if self.workload.is_some_and(|models| !models.contains(&model)) {
            return Err(DropReason::ModelNotAllowed);
        }
        let is_allowed = self.access.is_some_and(|access| access.models.contains(&model));
        self.gate(
            is_allowed,
            DropReason::ModelNotAllowed,
            |permit| matches!(permit, Permit::Models(models) if models.contains(&model)),
        )
    }

    /// `None` when the endpoint is none of the model's.
    fn pass(&self, candidate: Candidate) -> Option<Gate> {
        let endpoint = self.model.endpoints.get(candidate.endpoint.index())?;
        Some(self.gates(candidate.model, endpoint))
    }

    fn gates(&self, model: ModelId, endpoint: &Endpoint) -> Gate {
        let mut first = self.model_gate(model)?;
        let mut note = |by: Option<ExceptionId>| {
            first = match (first, by) {
                (Some(known), Some(by)) => Some(known.min(by)),
                (known, by) => known.or(by),
            };
        };
        let Some(access) = self.access else { return Err(DropReason::ModelNotAllowed) };
        let provider = endpoint.provider;
        let is_allowed = access.providers.as_ref().is_none_or(|allowed| allowed.contains(&provider));
        note(self.gate(
            is_allowed,
            DropReason::ProviderNotAllowed,
            |permit| matches!(permit, Permit::Providers(providers) if providers.contains(&provider)),
        )?);
        let region = endpoint.region;
        let is_inside = access.residence.as_ref().is_none_or(|residence| residence.regions.contains(&region));
        note(self.gate(is_inside, DropReason::Residency, |permit| {
            matches!(permit, Permit::Regions { regions, models }
                if regions.contains(&region) && models.as_ref().is_none_or(|models| models.contains(&model)))
        })?);
        for attestation in &access.require {
            let is_attested = endpoint.attests.contains(attestation);
            let without = Permit::Without { attestation: *attestation, provider };
            let reason = DropReason::AttestationMissing(*attestation);
            note(self.gate(is_attested, reason, |permit| *permit == without)?);
        }
        if !self.model.is_spoken(endpoint) {
            return Err(DropReason::NotSpoken);
        }
        Ok(first)
    }
}
