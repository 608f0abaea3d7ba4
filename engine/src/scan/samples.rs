//! Detectors for the tests of this folder.

use super::{DetectorSet, Plan, Scanner, TokenKey, Vault};
use lang::model::{Action, CategoryId, Detector, DetectorId, DetectorSeverity, Near, Pattern, Validator};
use lang::{SourceId, Span};

/// A detector without anything to find.
pub(super) fn detector(name: &str) -> Detector {
    Detector {
        name: name.into(),
        title: None,
        patterns: vec![],
        phrases: vec![],
        words: vec![],
        checks: vec![],
        near: None,
        category: CategoryId(0),
        severity: DetectorSeverity::Medium,
        span: Span::new(SourceId(0), 0, 0),
    }
}

/// A detector of one pattern.
pub(super) fn of_pattern(
    name: &str,
    text: &str,
    checks: &[Validator],
    near: Option<(u32, &[&str])>,
) -> Detector {
    let span = Span::new(SourceId(0), 0, 0);
    let pattern = Pattern { text: text.into(), ignore_case: false, unicode: false, span };
    let near = near.map(|(characters, words)| Near {
        characters,
        words: words.iter().map(|word| (*word).into()).collect(),
    });
    Detector { patterns: vec![pattern], checks: checks.to_vec(), near, ..detector(name) }
}

/// A detector of phrases.
pub(super) fn of_phrases(name: &str, phrases: &[&str]) -> Detector {
    Detector { phrases: phrases.iter().map(|phrase| (*phrase).into()).collect(), ..detector(name) }
}

/// Detectors of every kind, that overlap: number, name, action.
pub(super) fn zoo() -> Vec<(Detector, Action)> {
    let card = r"\b(?:\d[ -]?){11,18}\d\b";
    vec![
        (of_pattern("pii.pan", card, &[Validator::Luhn, Validator::IssuerPrefix], None), Action::Tokenize),
        (of_pattern("pii.run", "a{3,}b?", &[], None), Action::Mask { keep_last: 1 }),
        (of_pattern("pii.wide", "<[^>]*>", &[], None), Action::Replace("[WIDE]".into())),
        (of_pattern("pii.code", r"\b\d{4}\b", &[], Some((6, &["pin", "my code"]))), Action::Hash),
        (of_pattern("pii.tail", "ab[ab ]{2,9}x", &[], None), Action::Tokenize),
        (of_phrases("pii.saying", &["one two", "two three four", "x"]), Action::Mask { keep_last: 0 }),
        (of_pattern("pii.noise", r"\w+-\d+", &[], Some((4, &["a"]))), Action::Flag),
        (of_pattern("pii.key", r"key_[a-z]{4,}!", &[], None), Action::Tokenize),
        (of_pattern("pii.named", r"name=[a-z0-9_]{16,}", &[Validator::AssignedKey], None), Action::Tokenize),
        (of_pattern("pii.id", r"id_[a-z0-9]{12,}", &[], Some((8, &["pin", "name"]))), Action::Hash),
    ]
}

/// Scanner, plan and an empty vault for detectors and their actions.
pub(super) fn set_up(detectors: &[(Detector, Action)]) -> (Scanner, Plan, Vault) {
    let numbered = || (0..).map(DetectorId).zip(detectors);
    let scanner = Scanner::new(numbered().map(|(id, (detector, _))| (id, detector))).unwrap();
    let plan = Plan::new(numbered().map(|(id, (detector, action))| (id, detector, action.clone())));
    (scanner, plan, Vault::new(TokenKey::new([7; 32]), "retail"))
}

/// All of the first `count` detectors.
pub(super) fn first(count: u32) -> DetectorSet {
    (0..count).map(DetectorId).collect()
}
