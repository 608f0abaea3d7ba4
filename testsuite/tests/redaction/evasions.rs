//! Evasions of structured values in an answer, cut anywhere: nothing of them gets through, however it arrives.

use crate::driver::{Driven, MODEL, end, event, said};
use crate::evade;
use crate::setting;
use engine::scan::{DetectorSet, OutputStream, Plan, Scanner, Surroundings, TokenKey, Vault};
use lang::model::{Action, DetectorId};
use serde_json::json;
use testsuite::arbitrary::Random;

/// One value of each structured type. None is a credential.
const VALUES: &[&str] = &[
    "4111 1111 1111 1111",
    "5555555555554444",
    "DE89 3704 0044 0532 0130 00",
    "GB29NWBK60161331926819",
    "536-22-8145",
    "jane.doe@example.org",
    "AKIAIOSFODNN7EXAMPLE",
    "sk-proj-aB3dE5gH7jK9mN2pQ4sT6vW8xY",
];

/// Evasions in an ordinary run, and two-cuts and random cuts of each.
const SAMPLE: usize = 60;
const CUTS: usize = 12;

/// Random cuts into many in the full run.
const CUTS_FULL: usize = 1_000;

/// What the answer says around a value.
const BEFORE: &str = "Noted, it is: ";
const AFTER: &str = " (as you said).";

/// What stands before a value and ends in an escape of JSON or of a URL, whose last letter or digit is no part of it.
const ESCAPES: &[&str] =
    &["{\"note\":\"done\\n", "a\\t", "\\r\\n", "pay\\u0020", "/ask?q=card%20", "x%0A", "a\\x20"];

struct Bench {
    scanner: Scanner,
    plan: Plan,
    vault: Vault,
    watched: DetectorSet,
}

impl Bench {
    fn new() -> Self {
        let names = ["pii.pan", "pii.iban", "pii.us_ssn", "pii.email"];
        let is_wanted =
            |name: &str| names.iter().any(|wanted| name.ends_with(wanted)) || name.contains("secrets.");
        let numbered = || {
            let all = (0..).map(DetectorId).zip(&MODEL.detectors);
            all.filter(|(_, detector)| is_wanted(&detector.name))
        };
        let scanner = Scanner::new(numbered()).expect("the detectors compile");
        let plan =
            Plan::new(numbered().map(|(id, detector)| (id, detector, Action::Replace("<GONE>".into()))));
        let vault = Vault::new(TokenKey::new([7; 32]), "t");
        let watched = plan.watched(&DetectorSet::new());
        Self { scanner, plan, vault, watched }
    }

    /// An answer through the stream alone.
    fn stream<'t>(&self, pieces: impl Iterator<Item = &'t str>) -> String {
        let around = Surroundings::new(&self.scanner, &self.plan, &self.vault, &self.watched);
        let (mut stream, mut out) = (OutputStream::new(), String::new());
        for piece in pieces {
            stream.push(piece, &around, &mut out).expect("nothing blocks");
        }
        stream.finish(&around, &mut out).expect("nothing blocks");
        out
    }
}

/// An answer through an exchange, one event a piece.
fn relay<'t>(pieces: impl Iterator<Item = &'t str>) -> String {
    let ask = r#"{"model":"model","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let mut events: Vec<String> = pieces.map(|piece| event(&json!({"content": piece}), None)).collect();
    events.push(end("stop"));
    let driven = Driven::ask(ask).answer("text/event-stream", events.iter().map(String::as_bytes));
    said(&driven.received).0
}

/// A text cut at places, taken modulo its length.
fn cut<'t>(text: &'t str, places: &[usize]) -> Vec<&'t str> {
    let mut places: Vec<usize> =
        places.iter().map(|place| text.floor_char_boundary(place % (text.len() + 1))).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// All ways to cut into two, or some, and random ways into many.
fn ways(text: &str, random: &mut Random, is_full: bool) -> Vec<Vec<usize>> {
    let twos = text.char_indices().skip(1).map(|(at, _)| vec![at]);
    let mut ways: Vec<Vec<usize>> =
        if is_full { twos.collect() } else { twos.step_by(text.len().div_ceil(CUTS)).collect() };
    for _ in 0..if is_full { CUTS_FULL } else { CUTS } {
        let count = 2 + random.below(24);
        ways.push((0..count).map(|_| random.below(text.len())).collect());
    }
    ways
}

#[test]
#[expect(clippy::print_stdout, reason = "a run tells what it has seen")]
fn evasions_are_found_however_they_are_cut() {
    let is_full = setting("ASCP_FULL", 0) == 1;
    let bench = Bench::new();
    let mut random = Random::new(setting("ASCP_SEED", 1) as u64);
    let evasions = evade::all();
    let mut cases: Vec<(usize, usize)> = (0..evasions.len())
        .flat_map(|evasion| (0..VALUES.len()).map(move |value| (evasion, value)))
        .collect();
    // The whole of them is read whole; what is cut is a sample.
    let (mut found, mut missed) = (0_usize, Vec::new());
    cases.retain(|(evasion, value)| {
        let spelled = evasions[*evasion].spell(VALUES[*value]);
        let whole = bench.stream([[BEFORE, &spelled, AFTER].concat().as_str()].into_iter());
        let is_found = whole == [BEFORE, "<GONE>", AFTER].concat();
        found += usize::from(is_found);
        if !is_found {
            missed.push(format!("{} of {}: {whole}", evasions[*evasion].name, VALUES[*value]));
        }
        is_found || whole.contains("<GONE>")
    });
    let all = found + missed.len();
    println!("{found} of {all} evasions found whole\n{}", missed.join("\n"));
    assert!(all >= 500 && found * 100 >= all * 99, "{found} of {all} found; missed:\n{}", missed.join("\n"));
    let mut cuts = 0_usize;
    let sample = if is_full { 520 } else { SAMPLE };
    for _ in 0..sample {
        let (evasion, value) = cases.swap_remove(random.below(cases.len()));
        let text = [BEFORE, &evasions[evasion].spell(VALUES[value]), AFTER].concat();
        let (streamed, relayed) =
            (bench.stream([text.as_str()].into_iter()), relay([text.as_str()].into_iter()));
        for places in ways(&text, &mut random, is_full) {
            let pieces = cut(&text, &places);
            let name = &evasions[evasion].name;
            assert_eq!(bench.stream(pieces.iter().copied()), streamed, "{name}: {pieces:?}");
            assert_eq!(relay(pieces.iter().copied()), relayed, "{name}: {pieces:?}");
            cuts += 1;
        }
    }
    println!("{cuts} cuts of {sample} evasions, through the stream and the relay");
}

#[test]
fn values_behind_escapes_are_found_however_they_are_cut() {
    let bench = Bench::new();
    // What stands before an `@` may be any word, the letter of an escape too.
    let values = VALUES.iter().filter(|value| !value.contains('@'));
    for (value, escape) in values.flat_map(|value| ESCAPES.iter().map(move |escape| (value, escape))) {
        let text = [escape, *value, "\\n", AFTER].concat();
        let expected = [escape, "<GONE>", "\\n", AFTER].concat();
        assert_eq!(bench.stream([text.as_str()].into_iter()), expected, "{text}");
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let pieces = cut(&text, &[at]);
            assert_eq!(bench.stream(pieces.iter().copied()), expected, "{pieces:?}");
        }
        let letters = text.char_indices().map(|(at, letter)| &text[at..at + letter.len_utf8()]);
        assert_eq!(bench.stream(letters), expected, "{text}, letter by letter");
    }
}
