//! The route: the candidates that are left of a list, in order.

use super::Run;
use crate::decision::{DropReason, Dropped, Reason};
use crate::facts::Operation;
use crate::program::Asked;
use crate::program::candidates::{Entry, List, accepts_bit};
use crate::program::outcome::NO_LIST;
use lang::model::{Accepts, ChainId, Effect, ProviderId, Step};
use smallvec::SmallVec;

impl<'p> Run<'p, '_> {
    pub(in crate::program) fn route(&mut self) -> bool {
        if self.facts.request.operation == Operation::Models {
            return self.close();
        }
        let number = self.list_number();
        let Some(list) = self.program.lists.lists.get(number as usize) else {
            self.refuse(Reason::NoEndpoint);
            return self.close();
        };
        self.outcome.list = number;
        if list.entries.is_empty() {
            self.refuse_static(&list.dropped);
            return self.close();
        }
        if !self.takes_all(list) {
            self.filter(list);
        }
        let is_denied = self.close();
        if is_denied {
            self.outcome.is_whole = false;
            self.outcome.order.clear();
        }
        is_denied
    }

    fn list_number(&self) -> u32 {
        let entered = |lists: &[u32], step: usize| lists.get(step).copied().unwrap_or(NO_LIST);
        if let Some(chain) = self.replaced_route() {
            let steps = self.program.model.chains.get(chain.index()).map(|chain| chain.steps.as_slice());
            let offers = |steps: &[Step]| {
                let asked = self.asked.model()?;
                steps.iter().position(|step| step.model == asked)
            };
            let step = steps.and_then(offers).unwrap_or(0);
            return self.row.chain(chain).map_or(NO_LIST, |lists| entered(lists, step));
        }
        match self.asked {
            Asked::Model(_) => self.asked_list,
            Asked::Chain(chain) => self.row.chain(chain).map_or(NO_LIST, |lists| entered(lists, 0)),
            Asked::Unknown => NO_LIST,
        }
    }

    /// The effects of the rules that fired so far.
    fn effects(&self) -> impl Iterator<Item = &'p Effect> + '_ {
        let rules = &self.program.model.rules;
        self.outcome.fired.iter().filter_map(|id| rules.get(id.index())).map(|rule| &rule.effect)
    }

    /// The chain of the first fired rule that replaces the route.
    fn replaced_route(&self) -> Option<ChainId> {
        if !self.outcome.is_shaped {
            return None;
        }
        self.effects().find_map(|effect| match effect {
            Effect::Route(chain) => Some(*chain),
            Effect::Deny(_) | Effect::Flag(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
        })
    }

    /// Whether nothing about this request takes a candidate out or elsewhere; then the list is the route.
    fn takes_all(&mut self, list: &List) -> bool {
        let has_rules = self.has_route_rules();
        let request = &self.facts.request;
        let needs = request.needs.iter().fold(0, |bits, need| bits | accepts_bit(*need));
        let is_plain = !has_rules
            && !self.outcome.is_shaped
            && self.facts.down.is_empty()
            && request.tokens <= list.context_min
            && needs & !list.accepts_all == 0;
        self.outcome.is_whole = is_plain;
        is_plain
    }

    fn filter(&mut self, list: &'p List) {
        for (place, entry) in (0u16..).zip(&list.entries) {
            match self.drops(entry) {
                Some(reason) => self.outcome.dropped.push((place, reason)),
                None => self.outcome.order.push(place),
            }
        }
        if self.outcome.is_shaped {
            self.prefer(list);
        }
        if self.outcome.order.is_empty() {
            let dropped = std::mem::take(&mut self.outcome.dropped);
            self.outcome.refuse_all(dropped.iter().filter_map(|(_, reason)| reason_of_request(*reason)));
            self.outcome.dropped = dropped;
        }
    }

    /// Preferred providers first; what exceptions let in stands last all the same.
    fn prefer(&mut self, list: &List) {
        let mut preferred: SmallVec<[ProviderId; 8]> = SmallVec::new();
        for effect in self.effects() {
            if let Effect::Prefer(providers) = effect {
                preferred.extend_from_slice(providers.as_slice());
            }
        }
        self.outcome.order.sort_by_key(|place| {
            list.entries
                .get(usize::from(*place))
                .map(|entry| (entry.candidate.exception.is_some(), !preferred.contains(&entry.provider)))
        });
    }

    /// The first thing about this request that takes a candidate out.
    fn drops(&mut self, entry: &'p Entry) -> Option<DropReason> {
        let request = &self.facts.request;
        if request.tokens > entry.context {
            return Some(DropReason::ContextTooSmall);
        }
        let is_refused = |need: &&Accepts| entry.accepts & accepts_bit(**need) == 0;
        if let Some(need) = request.needs.iter().filter(is_refused).min() {
            return Some(DropReason::NotAccepted(*need));
        }
        if let Some(rule) = self.ask_candidate(entry) {
            return Some(DropReason::Rule(rule));
        }
        self.facts.down.binary_search(&entry.candidate.endpoint).is_ok().then_some(DropReason::Down)
    }

    fn refuse_static(&mut self, dropped: &[Dropped]) {
        let reasons = dropped.iter().filter_map(|dropped| reason_of_policy(dropped.reason));
        self.outcome.refuse_all(reasons);
        if !self.outcome.is_denied() {
            let nothing = if dropped.is_empty() { Reason::NoEndpoint } else { Reason::ModelNotAllowed };
            self.refuse(nothing);
        }
    }
}

const fn reason_of_request(reason: DropReason) -> Option<Reason> {
    match reason {
        DropReason::ContextTooSmall | DropReason::NotAccepted(_) => Some(Reason::Unsupported),
        DropReason::Rule(rule) => Some(Reason::Rule(rule)),
        DropReason::Down => Some(Reason::NoEndpoint),
        DropReason::ModelNotAllowed
        | DropReason::ProviderNotAllowed
        | DropReason::Residency
        | DropReason::AttestationMissing(_)
        | DropReason::NotSpoken => None,
    }
}

const fn reason_of_policy(reason: DropReason) -> Option<Reason> {
    match reason {
        DropReason::ProviderNotAllowed => Some(Reason::ProviderNotAllowed),
        DropReason::Residency => Some(Reason::Residency),
        DropReason::AttestationMissing(attestation) => Some(Reason::AttestationMissing(attestation)),
        DropReason::NotSpoken => Some(Reason::NotTranslatable),
        DropReason::ModelNotAllowed
        | DropReason::ContextTooSmall
        | DropReason::NotAccepted(_)
        | DropReason::Rule(_)
        | DropReason::Down => None,
    }
}
