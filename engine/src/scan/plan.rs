//! What each detector's findings become on one surface.

use super::set::DetectorSet;
use super::validate::{self, Form};
use lang::model::{Action, Detector, DetectorId, Validator};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Longest name in a token, in characters; enough to recognise any detector by.
const LABEL_CHARACTERS_MAX: usize = 32;

/// How a detector's values are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// The last part of the detector's name, in upper case.
    pub(super) name: Box<str>,
    pub(super) form: Form,
}

impl Label {
    fn new(detector: &Detector) -> Self {
        let last = detector.name.rsplit('.').next().unwrap_or_default();
        let name: String = last.chars().take(LABEL_CHARACTERS_MAX).map(|c| c.to_ascii_uppercase()).collect();
        Self { name: name.into(), form: form(&detector.checks) }
    }
}

#[cfg(test)]
impl Label {
    pub(super) fn sample(name: &str) -> Self {
        Self { name: name.into(), form: Form::Exact }
    }
}

/// The form that a detector's checks speak of.
fn form(checks: &[Validator]) -> Form {
    checks.iter().map(|check| validate::check(*check).form).min().unwrap_or(Form::Exact)
}

/// How little an action leaves of a value in the text; the order in which actions win.
///
/// `block` leaves nothing. `replace` leaves a text that does not depend on the value; `hash` lets equal values be
/// told, `tokenize` lets the caller have it back as well; `mask` leaves its length and separators, and with
/// `keep last` a part of it. `flag` leaves all. It refines the meet of one detector's actions: `block`, then
/// transforms, then `flag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Strictness(u8, Reverse<u32>);

impl Strictness {
    /// Of an action.
    pub(super) const fn of(action: &Action) -> Self {
        match action {
            Action::Flag => Self(0, Reverse(0)),
            Action::Mask { keep_last } => Self(1, Reverse(*keep_last)),
            Action::Tokenize => Self(2, Reverse(0)),
            Action::Hash => Self(3, Reverse(0)),
            Action::Replace(_) => Self(4, Reverse(0)),
            Action::Block => Self(5, Reverse(0)),
        }
    }
}

/// What a detector's findings become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) action: Action,
    pub(super) label: Label,
}

/// What happens to findings on one surface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    rows: BTreeMap<DetectorId, Row>,
    changing: DetectorSet,
}

impl Plan {
    /// From each detector's action. Of two actions for one detector the
    /// stricter stands.
    pub fn new<'a>(rows: impl Iterator<Item = (DetectorId, &'a Detector, Action)>) -> Self {
        let mut plan = Self::default();
        for (id, detector, action) in rows {
            let claim = |action: &Action| (Strictness::of(action), action.clone());
            if plan.action(id).is_some_and(|known| claim(known) >= claim(&action)) {
                continue;
            }
            if action != Action::Flag {
                plan.changing.insert(id);
            }
            plan.rows.insert(id, Row { action, label: Label::new(detector) });
        }
        plan
    }

    /// What a detector's findings become; `None` where nothing is said of it.
    pub fn action(&self, detector: DetectorId) -> Option<&Action> {
        self.rows.get(&detector).map(|row| &row.action)
    }

    /// Detectors whose findings change the text or refuse it.
    pub const fn changing(&self) -> &DetectorSet {
        &self.changing
    }

    /// Detectors of the plan and of `wanted` that are looked for and change nothing.
    #[must_use]
    pub fn watched(&self, wanted: &DetectorSet) -> DetectorSet {
        let all = wanted.iter().chain(self.rows.keys().copied());
        all.filter(|detector| !self.changing.contains(*detector)).collect()
    }

    pub(super) fn row(&self, detector: DetectorId) -> Option<&Row> {
        self.rows.get(&detector)
    }
}
