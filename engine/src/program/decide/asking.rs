//! Rules asked: those that the masks leave, in the order of their names.

use super::Run;
use crate::budget::Budget;
use crate::decision::{Candidate, Reason, Shadowed};
use crate::evaluate::{Evaluator, Memo, Truth};
use crate::program::Program;
use crate::program::candidates::Entry;
use crate::program::index::{Bucket, Deed, Index, Indexed};
use crate::program::outcome::{Outcome, Scratch};
use crate::program::rows::Row;
use crate::reading::Reading;
use lang::model::{Effect, RuleId};

impl Run<'_, '_> {
    /// Asks the rules of a bucket that are left; those of candidates are asked elsewhere.
    #[inline]
    pub(super) fn ask_bucket(&mut self, bucket: Bucket, candidate: Option<Candidate>) {
        let shared = &self.program.shared;
        if !shared.bucket(bucket).is_empty() {
            self.ask_index(shared, 0, bucket, candidate);
        }
        if let Some(own) = self.own
            && !own.bucket(bucket).is_empty()
        {
            self.ask_index(own, 1, bucket, candidate);
        }
    }

    fn ask_index(&mut self, index: &Index, place: usize, bucket: Bucket, candidate: Option<Candidate>) {
        let reading = self.reading(candidate);
        let Scratch { memo, looks, .. } = &mut *self.scratch;
        let Some(look) = looks.get_mut(place) else { return };
        let asking = &mut Asking {
            program: self.program,
            reading: &reading,
            row: self.row,
            memo,
            budget: self.budget,
            outcome: self.outcome,
            of_candidate: false,
            denied: None,
        };
        let words = index.bucket(bucket).map(|word| (word, index.left(word, &reading, look)));
        asking.ask(index, words);
    }

    /// Looks up the route rules that are left; whether one may concern some candidate.
    #[inline]
    pub(super) fn has_route_rules(&mut self) -> bool {
        let shared = &self.program.shared;
        let is_plain = |index: &Index| index.bucket(Bucket::Route).is_empty();
        (!is_plain(shared) || !self.own.is_none_or(is_plain)) && self.look_up_route_rules()
    }

    fn look_up_route_rules(&mut self) -> bool {
        let reading = self.reading(None);
        let Scratch { shared, own, looks, .. } = &mut *self.scratch;
        let indexes = [Some(&self.program.shared), self.own];
        let mut is_any = false;
        for ((index, left), look) in indexes.into_iter().zip([shared, own]).zip(looks) {
            left.clear();
            let Some(index) = index else { continue };
            left.extend(index.bucket(Bucket::Route).map(|word| index.left(word, &reading, look)));
            is_any |= left.iter().any(|word| *word != 0);
        }
        is_any
    }

    /// Asks the route rules of one candidate: the first by name that denies it.
    pub(super) fn ask_candidate(&mut self, entry: &Entry) -> Option<RuleId> {
        let reading = self.reading(Some(entry.candidate));
        let (program, scratch) = (self.program, &mut *self.scratch);
        let asking = &mut Asking {
            program,
            reading: &reading,
            row: self.row,
            memo: &mut scratch.memo,
            budget: self.budget,
            outcome: self.outcome,
            of_candidate: true,
            denied: None,
        };
        for (index, left) in [(Some(&program.shared), &scratch.shared), (self.own, &scratch.own)] {
            let Some(index) = index else { continue };
            let words = index.bucket(Bucket::Route).zip(left).enumerate();
            let of_entry = |(place, (word, left)): (usize, (usize, &u64))| {
                (word, left & index.route_word(entry.class, place))
            };
            asking.ask(index, words.map(of_entry));
        }
        asking.denied
    }
}

/// What asking rules reads and writes, apart from the index.
struct Asking<'a, 's> {
    program: &'a Program,
    reading: &'s Reading<'a>,
    row: &'a Row,
    memo: &'s mut Memo,
    budget: &'s mut Budget,
    outcome: &'s mut Outcome,
    /// Whether a candidate is asked about, so that denying takes it out and no more.
    of_candidate: bool,
    /// The first rule that denies the candidate.
    denied: Option<RuleId>,
}

impl Asking<'_, '_> {
    /// Asks what is left of each word.
    #[inline]
    fn ask(&mut self, index: &Index, words: impl Iterator<Item = (usize, u64)>) {
        // Alternatives of one rule stand side by side: the rule comes to the greatest of them.
        let mut open: Option<(&Indexed, Truth)> = None;
        for (word, mut left) in words {
            while left != 0 {
                let bit = word.saturating_mul(64).saturating_add(left.trailing_zeros() as usize);
                left &= left.wrapping_sub(1);
                let Some(rule) = index.rule(bit) else { continue };
                let before = match open {
                    Some((known, truth)) if known.rule == rule.rule => truth,
                    Some((known, truth)) => {
                        self.note(known, truth);
                        Truth::False
                    }
                    None => Truth::False,
                };
                let is_known = before == Truth::True || index.is_exact(bit);
                let truth = if is_known { Truth::True } else { before.or(self.evaluate(rule)) };
                open = Some((rule, truth));
            }
        }
        if let Some((rule, truth)) = open {
            self.note(rule, truth);
        }
    }

    fn evaluate(&mut self, rule: &Indexed) -> Truth {
        let code = &self.program.code;
        self.memo.ready(code);
        Evaluator::new(code, *self.reading, self.memo, self.budget).truth(rule.node)
    }

    /// Notes what a rule comes to.
    fn note(&mut self, rule: &Indexed, truth: Truth) {
        if truth == Truth::False || self.row.lifted.contains(&rule.rule) {
            return;
        }
        if rule.shadow_end.is_some_and(|end| self.reading.facts.now < end) {
            self.outcome.shadow(Shadowed::Rule(rule.rule));
            return;
        }
        if truth == Truth::Error {
            self.outcome.refuse(Reason::PolicyError(Some(rule.rule)));
            return;
        }
        self.outcome.fire(rule.rule);
        match rule.deed {
            Deed::Deny if self.of_candidate => {
                self.denied = Some(self.denied.map_or(rule.rule, |first| first.min(rule.rule)));
            }
            Deed::Deny => self.outcome.refuse(Reason::Rule(rule.rule)),
            Deed::Note => {}
            Deed::Shape => self.shape(rule),
        }
    }

    fn shape(&mut self, rule: &Indexed) {
        self.outcome.is_shaped = true;
        let effect = self.program.model.rules.get(rule.rule.index()).map(|rule| &rule.effect);
        if let Some(Effect::Cap(tokens)) = effect {
            let least = self.outcome.cap.map_or(*tokens, |cap| cap.min(*tokens));
            self.outcome.cap = Some(least);
        }
    }
}
