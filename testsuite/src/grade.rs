//! Grades detectors on sentences with known truth.
//!
//! The sentences are those of `testsuite/corpus`, whose README says what a
//! label means; this is the code of what it says.

use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

/// A sentence, and the values that were planted in it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in the corpus.
    pub id: Box<str>,
    /// The text.
    pub text: Box<str>,
    /// What stands where.
    pub spans: Vec<Planted>,
}

/// A value that was planted in a sentence.
#[derive(Clone, Debug)]
pub struct Planted {
    /// Which detector is to find it.
    pub detector: Box<str>,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Whether it may be found or not.
    pub is_optional: bool,
}

/// A finding: whose, and where.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The detector's name.
    pub detector: &'a str,
    /// Its bytes.
    pub bytes: Range<usize>,
}

/// How one detector did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Values that it is to find.
    pub planted: usize,
    /// Values that it found.
    pub found: usize,
    /// Findings where nothing of its stands.
    pub alarms: usize,
    /// Names of sentences in which it missed a value.
    pub missed_in: Vec<Box<str>>,
    /// Names of sentences in which it found what is not there.
    pub alarmed_in: Vec<Box<str>>,
}

/// How all detectors did, by name.
#[derive(Clone, Debug, Default)]
pub struct Grades(BTreeMap<Box<str>, Tally>);

/// Detectors that may rightly name a value of another type: theirs, and how the other's name begins.
///
/// A key that is assigned is a secret in an assignment too, and an IBAN is an account.
const ALSO_RIGHT: &[(&str, &str)] = &[
    ("secrets.password_assignment", "secrets."),
    ("secrets.generic_key", "secrets."),
    ("secrets.bearer_header", "secrets."),
    ("secrets.basic_auth_header", "secrets."),
    ("secrets.connection_string", "secrets.azure_storage_key"),
    ("pii.bank_account", "pii.iban"),
];

impl Entry {
    /// Reads a line of the corpus.
    ///
    /// # Errors
    ///
    /// It is not what the corpus' README describes.
    pub fn read(line: &str) -> Result<Self, Box<dyn Error>> {
        let value: Value = serde_json::from_str(line)?;
        let text_of = |value: &Value| value.as_str().map(Box::<str>::from);
        let id = value.get("id").and_then(text_of).ok_or("an entry without `id`")?;
        let text = value.get("text").and_then(text_of).ok_or_else(|| format!("{id}: no `text`"))?;
        let spans =
            value.get("spans").and_then(Value::as_array).ok_or_else(|| format!("{id}: no `spans`"))?;
        let spans: Option<Vec<Planted>> = spans.iter().map(Planted::read).collect();
        let spans = spans.ok_or_else(|| format!("{id}: a span that is none"))?;
        match spans.iter().find(|span| text.get(span.bytes.clone()).is_none_or(str::is_empty)) {
            Some(_) => Err(format!("{id}: a span outside the text").into()),
            None => Ok(Self { id, text, spans }),
        }
    }
}

impl Planted {
    fn read(value: &Value) -> Option<Self> {
        let place = |name: &str| usize::try_from(value.get(name)?.as_u64()?).ok();
        Some(Self {
            detector: value.get("detector")?.as_str()?.into(),
            bytes: place("start")?..place("end")?,
            is_optional: value.get("optional").and_then(Value::as_bool).unwrap_or(false),
        })
    }

    /// Whether a finding names this value, or may.
    fn explains(&self, finding: &Found<'_>) -> bool {
        let is_theirs = *self.detector == *finding.detector;
        let may = |(theirs, others): &(&str, &str)| {
            *theirs == finding.detector && self.detector.starts_with(others)
        };
        overlap(&self.bytes, &finding.bytes) > 0 && (is_theirs || ALSO_RIGHT.iter().any(may))
    }

    /// Whether findings of its detector cover at least half of it.
    fn is_found(&self, findings: &[Found<'_>]) -> bool {
        let theirs = findings.iter().filter(|finding| *finding.detector == *self.detector);
        // Findings of one detector that overlap each other are counted twice, which half a value never turns on.
        let covered: usize = theirs.map(|finding| overlap(&self.bytes, &finding.bytes)).sum();
        covered.saturating_mul(2) >= self.bytes.len()
    }
}

/// How many bytes two ranges share.
fn overlap(one: &Range<usize>, other: &Range<usize>) -> usize {
    one.end.min(other.end).saturating_sub(one.start.max(other.start))
}

impl Grades {
    /// Takes in what was found in a sentence.
    pub fn take(&mut self, entry: &Entry, findings: &[Found<'_>]) {
        for span in entry.spans.iter().filter(|span| !span.is_optional) {
            let tally = self.0.entry(span.detector.clone()).or_default();
            tally.planted = tally.planted.saturating_add(1);
            if span.is_found(findings) {
                tally.found = tally.found.saturating_add(1);
            } else {
                tally.missed_in.push(entry.id.clone());
            }
        }
        for finding in
            findings.iter().filter(|finding| !entry.spans.iter().any(|span| span.explains(finding)))
        {
            let tally = self.0.entry(finding.detector.into()).or_default();
            tally.alarms = tally.alarms.saturating_add(1);
            tally.alarmed_in.push(entry.id.clone());
        }
    }

    /// The detectors that were to find something, or did; by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tally)> {
        self.0.iter().map(|(name, tally)| (&**name, tally))
    }

    /// How one detector did.
    pub fn get(&self, detector: &str) -> Option<&Tally> {
        self.0.get(detector)
    }
}

impl Tally {
    /// What share of its findings is right, in thousandths, rounded down; `None` without any.
    pub fn precision(&self) -> Option<usize> {
        share(self.found, self.found.saturating_add(self.alarms))
    }

    /// What share of the planted values it found, in thousandths, rounded down; `None` without any.
    pub fn recall(&self) -> Option<usize> {
        share(self.found, self.planted)
    }
}

fn share(part: usize, whole: usize) -> Option<usize> {
    part.saturating_mul(1_000).checked_div(whole)
}

/// A share in thousandths, as `0.987`.
pub fn shown(permille: Option<usize>) -> String {
    permille.map_or_else(|| "–".to_owned(), |it| format!("{}.{:03}", it / 1_000, it % 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"a","text":"key ghp_x, IBAN DE00 1","spans":[
        {"detector":"secrets.github_token","start":4,"end":9},
        {"detector":"pii.iban","start":16,"end":22},
        {"detector":"pii.bic","start":11,"end":15,"optional":true}],"kind":"positive"}"#;

    fn graded(findings: &[(&str, Range<usize>)]) -> Grades {
        let mut grades = Grades::default();
        let entry = Entry::read(LINE).unwrap();
        let findings: Vec<_> =
            findings.iter().map(|(detector, bytes)| Found { detector, bytes: bytes.clone() }).collect();
        grades.take(&entry, &findings);
        grades
    }

    #[test]
    fn findings_are_held_against_what_stands_there() {
        let rows: &[(&str, Range<usize>, usize, usize)] = &[
            ("pii.iban", 16..22, 1, 0),                    // as it stands
            ("pii.iban", 11..22, 1, 0),                    // with its label
            ("pii.iban", 19..22, 1, 0),                    // half of it
            ("pii.iban", 20..22, 0, 0),                    // less than half: not found, and no alarm
            ("pii.iban", 4..9, 0, 1),                      // on another's value
            ("pii.iban", 22..22, 0, 1),                    // touches nothing
            ("pii.bic", 11..15, 0, 0),                     // optional
            ("pii.phone", 16..22, 0, 1),                   // not theirs
            ("pii.bank_account", 16..22, 0, 0),            // also right
            ("secrets.password_assignment", 0..9, 0, 0),   // also right
            ("secrets.password_assignment", 16..22, 0, 1), // an IBAN is no secret
        ];
        for (detector, bytes, found, alarms) in rows {
            let grades = graded(&[(detector, bytes.clone())]);
            let tally = grades.get(detector).cloned().unwrap_or_default();
            assert_eq!((tally.found, tally.alarms), (*found, *alarms), "{detector} {bytes:?}");
        }
    }

    #[test]
    fn shares_are_of_what_was_planted_and_of_what_was_found() {
        let grades = graded(&[("pii.iban", 16..22), ("pii.iban", 0..3)]);
        let tally = grades.get("pii.iban").unwrap();
        assert_eq!((tally.precision(), tally.recall()), (Some(500), Some(1_000)));
        assert_eq!(tally.alarmed_in, [Box::from("a")]);
        let missed = grades.get("secrets.github_token").unwrap();
        assert_eq!((missed.precision(), missed.recall()), (None, Some(0)));
        assert_eq!(
            (shown(missed.precision()), shown(Some(987)), shown(Some(1_000))),
            ("–".into(), "0.987".into(), "1.000".into())
        );
        assert!(grades.get("pii.bic").is_none(), "an optional value counts neither way");
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        let rows = [
            ("{}", "without `id`"),
            (r#"{"id":"a"}"#, "no `text`"),
            (r#"{"id":"a","text":"b"}"#, "no `spans`"),
            (r#"{"id":"a","text":"b","spans":[{}]}"#, "a span that is none"),
            (r#"{"id":"a","text":"b","spans":[{"detector":"x","start":1,"end":2}]}"#, "outside the text"),
        ];
        for (line, expected) in rows {
            let error = Entry::read(line).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
