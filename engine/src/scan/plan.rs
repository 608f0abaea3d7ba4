//! What each detector's findings become on one surface.

use super::set::DetectorSet;
use lang::model::{Action, Detector, DetectorId, Validator};
use std::collections::BTreeMap;

/// Longest name in a token, in characters; enough to recognise any detector by.
const LABEL_CHARACTERS_MAX: usize = 32;

/// How values are compared, so that two spellings of one value get one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// By their digits: numbers with check digits, telephone numbers.
    Digits,
    /// By letters and digits, in upper case: IBANs.
    Alphanumeric,
    /// In lower case: addresses.
    Lower,
    /// As they are.
    Exact,
}

impl Form {
    /// The form that a detector's checks speak of.
    fn of(checks: &[Validator]) -> Self {
        checks.iter().map(|check| Self::of_check(*check)).min().unwrap_or(Self::Exact)
    }

    const fn of_check(check: Validator) -> Self {
        match check {
            Validator::Aba
            | Validator::IssuerPrefix
            | Validator::Luhn
            | Validator::Phone
            | Validator::UsSsn => Self::Digits,
            Validator::Iban => Self::Alphanumeric,
            Validator::Email | Validator::IpAddress => Self::Lower,
            Validator::Base64Json | Validator::Entropy | Validator::GithubChecksum => Self::Exact,
        }
    }

    /// A value in this form; one that would be empty stays as it is.
    pub(super) fn apply(self, value: &str) -> String {
        let formed: String = match self {
            Self::Digits => value.chars().filter(char::is_ascii_digit).collect(),
            Self::Alphanumeric => {
                value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
            }
            Self::Lower => value.to_lowercase(),
            Self::Exact => value.to_owned(),
        };
        if formed.is_empty() { value.to_owned() } else { formed }
    }
}

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
        Self { name: name.into(), form: Form::of(&detector.checks) }
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
            if plan.action(id).is_some_and(|known| *known >= action) {
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
