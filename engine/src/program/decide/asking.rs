//! Rules asked: those that the masks leave, in the order of their names.

use super::Run;
use crate::budget::Budget;
use crate::decision::{Candidate, Reason, Shadowed};
use crate::evaluate::{Evaluator, Memo, Truth};
use crate::program::Program;
use crate::program::candidates::Entry;
use crate::program::index::{Bucket, Deed, Index, Indexed, Look, WORDS_AT_ONCE};
use crate::program::outcome::{Outcome, Scratch};
use crate::program::rows::Row;
use crate::reading::Reading;
use lang::model::{Effect, RuleId};

impl<'p> Run<'p, '_> {
    /// Asks the rules of a bucket that are left; those of candidates are asked elsewhere.
    #[inline]
    pub(super) fn ask_bucket(&mut self, bucket: Bucket, candidate: Option<&Candidate>) {
        self.ask_index(Place::Shared, &self.program.shared, bucket, candidate);
        if let Some(own) = self.own {
            self.ask_index(Place::Own, own, bucket, candidate);
        }
    }

    #[inline]
    fn ask_index(&mut self, place: Place, index: &'p Index, bucket: Bucket, candidate: Option<&Candidate>) {
        match index.bucket(bucket).len() {
            0 => {}
            1 => {
                let left = index.left_alone(bucket, self.class_in(place), &self.reading(candidate.copied()));
                if left != 0 {
                    self.ask_word(index, bucket, left, candidate);
                }
            }
            _ => self.ask_words(place, index, bucket, candidate),
        }
    }

    /// The tenant's class in an index; its own has but one.
    #[inline]
    const fn class_in(&self, place: Place) -> u32 {
        match place {
            Place::Shared => self.class,
            Place::Own => 0,
        }
    }

    #[inline(never)]
    fn ask_word(&mut self, index: &'p Index, bucket: Bucket, left: u64, candidate: Option<&Candidate>) {
        let reading = self.reading(candidate.copied());
        let (mut asking, _) = self.asking(&reading, false);
        asking.ask(index, index.bucket(bucket).start, left);
        asking.finish();
    }

    #[inline(never)]
    fn ask_words(&mut self, place: Place, index: &'p Index, bucket: Bucket, candidate: Option<&Candidate>) {
        let reading = self.reading(candidate.copied());
        let (mut asking, rest) = self.asking(&reading, false);
        let Some(look) = rest.looks.get_mut(place as usize) else { return };
        let bucket = index.bucket(bucket);
        let mut word = bucket.start;
        while let Some(here) = bucket.end.checked_sub(word).filter(|here| *here != 0) {
            if here < WORDS_AT_ONCE {
                let [left] = index.left(word, &reading, look);
                asking.ask(index, word, left);
                word = word.wrapping_add(1);
            } else {
                let left: [u64; WORDS_AT_ONCE] = index.left(word, &reading, look);
                for left in left {
                    asking.ask(index, word, left);
                    word = word.wrapping_add(1);
                }
            }
        }
        asking.finish();
    }

    /// What rules are asked with, and the rest of the scratch memory.
    #[inline]
    fn asking<'r>(&'r mut self, reading: &'r Reading<'p>, of_candidate: bool) -> (Asking<'p, 'r>, Rest<'r>) {
        let Scratch { memo, looks, shared, own } = &mut *self.scratch;
        let asking = Asking {
            program: self.program,
            reading,
            row: self.row,
            memo,
            budget: self.budget,
            outcome: self.outcome,
            of_candidate,
            open: None,
            denied: None,
        };
        (asking, Rest { looks, shared, own })
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
        let classes = [self.class_in(Place::Shared), self.class_in(Place::Own)];
        let Scratch { shared, own, looks, .. } = &mut *self.scratch;
        let indexes = [Some(&self.program.shared), self.own];
        let mut is_any = false;
        for (((index, left), look), class) in indexes.into_iter().zip([shared, own]).zip(looks).zip(classes) {
            left.clear();
            let Some(index) = index else { continue };
            let words = index.bucket(Bucket::Route);
            if words.len() == 1 {
                left.push(index.left_alone(Bucket::Route, class, &reading));
            } else {
                left.extend(words.flat_map(|word| index.left::<1>(word, &reading, look)));
            }
            is_any |= left.iter().any(|word| *word != 0);
        }
        is_any
    }

    /// Asks the route rules of one candidate: the first by name that denies it.
    pub(super) fn ask_candidate(&mut self, entry: &Entry) -> Option<RuleId> {
        let reading = self.reading(Some(entry.candidate));
        let (program, own) = (self.program, self.own);
        let (mut asking, rest) = self.asking(&reading, true);
        for (index, left) in [(Some(&program.shared), rest.shared), (own, rest.own)] {
            let Some(index) = index else { continue };
            for (place, (word, left)) in index.bucket(Bucket::Route).zip(left).enumerate() {
                asking.ask(index, word, *left & index.route_word(entry.class, place));
            }
            asking.finish();
        }
        asking.denied
    }
}

/// One of the two indexes that a tenant's rules stand in.
#[derive(Clone, Copy)]
enum Place {
    Shared,
    Own,
}

/// Scratch memory beside what evaluating takes.
struct Rest<'s> {
    looks: &'s mut [Look; 2],
    shared: &'s [u64],
    own: &'s [u64],
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
    /// The rule whose alternatives are being asked, and the greatest of them so far.
    open: Option<(&'a Indexed, Truth)>,
    /// The first rule that denies the candidate.
    denied: Option<RuleId>,
}

impl<'a> Asking<'a, '_> {
    /// Asks what is left of a word.
    #[inline]
    fn ask(&mut self, index: &'a Index, word: usize, left: u64) {
        let immediate = if self.row.lifted.is_empty() { index.immediate_word(word) } else { 0 };
        let mut rest = left;
        while rest != 0 {
            let place = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            let bit = word.wrapping_mul(64).wrapping_add(place as usize);
            let Some(rule) = index.rule(bit) else { continue };
            if (immediate >> place) & 1 == 1 {
                self.fire(rule);
            } else {
                self.ask_rule(rule, index.is_exact(bit));
            }
        }
    }

    /// Alternatives of one rule stand side by side: the rule comes to the greatest of them.
    fn ask_rule(&mut self, rule: &'a Indexed, is_exact: bool) {
        let before = match self.open {
            Some((known, truth)) if known.rule == rule.rule => truth,
            Some(_) | None => {
                self.finish();
                Truth::False
            }
        };
        let is_known = before == Truth::True || is_exact;
        let truth = if is_known { Truth::True } else { before.or(self.evaluate(rule)) };
        self.open = Some((rule, truth));
    }

    /// Notes the last rule that was asked.
    #[inline]
    fn finish(&mut self) {
        if let Some((rule, truth)) = self.open.take() {
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
        self.fire(rule);
    }

    /// A rule that holds and is in force.
    #[inline]
    fn fire(&mut self, rule: &Indexed) {
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
