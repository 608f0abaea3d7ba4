//! All patterns of one fact as one automaton: its text is read once, however many there are.

use crate::graph::{FactId, Graph, Node, NodeId, PatternId};
use lang::condition::Fact;
use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};
use std::collections::BTreeMap;

/// Largest automaton of one fact.
///
/// Beyond, its patterns are matched one by one: a table that falls out of the
/// caches is no faster, and Unicode classes can make tables of any size.
const AUTOMATON_BYTES_MAX: usize = 1 << 20;

/// The patterns that conditions ask of one fact.
#[derive(Debug)]
struct Automaton {
    dfa: dense::DFA<Vec<u32>>,
}

/// Where a pattern is looked up: the automaton, and its number there.
type Place = (u32, u32);

/// The automata of a program.
#[derive(Debug, Default)]
pub(crate) struct Automata {
    list: Vec<Automaton>,
    /// By node: where its pattern is looked up.
    places: Vec<Option<Place>>,
}

/// What one request's texts have matched so far.
#[derive(Debug, Default)]
pub(super) struct Matched {
    sets: Vec<(u32, PatternSet)>,
}

impl Automata {
    /// One automaton for each fact with patterns that fit into one.
    pub(crate) fn new(graph: &Graph) -> Self {
        let mut by_fact: BTreeMap<FactId, Vec<(NodeId, PatternId)>> = BTreeMap::new();
        for (id, node) in graph.iter() {
            // What a candidate is changes within a request; the answers here are for all of it.
            if let Node::TextMatches(fact, pattern) = node
                && !graph.fact_of(*fact).is_some_and(is_of_candidate)
            {
                by_fact.entry(*fact).or_default().push((id, *pattern));
            }
        }
        let mut automata = Self { list: Vec::new(), places: vec![None; graph.len()] };
        for asked in by_fact.values() {
            let texts: Option<Vec<String>> = asked
                .iter()
                .map(|(_, pattern)| {
                    let text = graph.patterns.get(pattern.index())?;
                    lang::condition::pattern::to_engine(text).ok()
                })
                .collect();
            let Some(dfa) = texts.and_then(|texts| build(&texts)) else { continue };
            let number = u32::try_from(automata.list.len()).unwrap_or(u32::MAX);
            for (within, (node, _)) in (0u32..).zip(asked) {
                if let Some(place) = automata.places.get_mut(node.index()) {
                    *place = Some((number, within));
                }
            }
            automata.list.push(Automaton { dfa });
        }
        automata
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn place(&self, node: NodeId) -> Option<Place> {
        self.places.get(node.index()).copied().flatten()
    }
}

const fn is_of_candidate(fact: &Fact) -> bool {
    matches!(fact, Fact::RouteProvider | Fact::RouteEndpoint | Fact::RouteRegion | Fact::RouteModel)
}

/// Built as single patterns are; `None` where it grows too large or looks around in Unicode.
fn build(texts: &[String]) -> Option<dense::DFA<Vec<u32>>> {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .dfa_size_limit(Some(AUTOMATON_BYTES_MAX))
        .determinize_size_limit(Some(AUTOMATON_BYTES_MAX.saturating_mul(2)));
    dense::Builder::new()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .build_many(texts)
        .ok()
}

impl Matched {
    /// Makes room for a program's automata.
    pub(super) fn begin(&mut self, automata: &Automata) {
        let fits =
            |((_, set), one): (&(u32, PatternSet), &Automaton)| set.capacity() == one.dfa.pattern_len();
        if self.sets.len() == automata.list.len() && self.sets.iter().zip(&automata.list).all(fits) {
            return;
        }
        let sets = automata.list.iter().map(|one| (0, PatternSet::new(one.dfa.pattern_len())));
        self.sets = sets.collect();
    }

    /// Whether a text matches the pattern at a place; the text is read at the first question.
    ///
    /// `None` where the automaton gives up.
    pub(super) fn holds(
        &mut self,
        automata: &Automata,
        place: Place,
        request: u32,
        text: &str,
    ) -> Option<bool> {
        let (number, within) = place;
        let dfa = &automata.list.get(number as usize)?.dfa;
        let (known, set) = self.sets.get_mut(number as usize)?;
        if *known != request {
            set.clear();
            dfa.try_which_overlapping_matches(&Input::new(text), set).ok()?;
            *known = request;
        }
        let pattern = regex_automata::PatternID::new(within as usize).ok()?;
        Some(set.contains(pattern))
    }
}
