//! How fast text is scanned.
//!
//! `cargo bench -p engine --bench scan` runs it; `cargo bench -p engine --bench scan -- find`
//! a part. Budget: 100 MB/s over prompt-like text with detectors of all kinds and
//! several hits a kilobyte, and a microsecond a token of a stream.
//!
//! `patterns_alone` is what the same patterns cost as one regular expression
//! that tells where each match is and checks nothing: the yardstick.

use divan::Bencher;
use divan::counter::BytesCount;
use engine::scan::{DetectorSet, OutputStream, Plan, ScanError, Scanner, Surroundings, TokenKey, Vault};
use lang::model::{Action, CategoryId, Detector, DetectorId, DetectorSeverity, Near, Pattern, Validator};
use lang::{SourceId, Span};
use regex_automata::meta;

fn main() {
    divan::main();
}

/// Sizes of text, in bytes: a question, a document, a long context.
const SIZES: [usize; 3] = [512, 16 << 10, 256 << 10];

/// Patterns of the library's kinds: open, with a fixed beginning, with checks.
const PATTERNS: [(&str, &[Validator]); 10] = [
    (r"\b(?:\d[ -]?){11,18}\d\b", &[Validator::Luhn, Validator::IssuerPrefix]),
    (r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b", &[Validator::Iban]),
    (
        r"[A-Za-z0-9_](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_])?@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}",
        &[Validator::Email],
    ),
    (r"\b\d{3}[ .-]\d{2}[ .-]\d{4}\b", &[Validator::UsSsn]),
    (r"\b(?:\d{1,3}\.){3}\d{1,3}\b", &[Validator::IpAddress]),
    (r"\bgh[opsur]_[A-Za-z0-9]{36,251}\b", &[]),
    (r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", &[]),
    (r"\bsk-ant-[a-z]{2,8}\d{2}-[A-Za-z0-9_-]{20,}", &[Validator::Entropy]),
    (r"\bAIza[A-Za-z0-9_-]{35}", &[]),
    (r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", &[Validator::Base64Json]),
];

fn detectors() -> Vec<Detector> {
    let span = Span::new(SourceId(0), 0, 0);
    let mut all: Vec<Detector> = PATTERNS
        .iter()
        .enumerate()
        .map(|(number, (text, checks))| Detector {
            name: format!("bench.d{number}").into(),
            title: None,
            patterns: vec![Pattern { text: (*text).into(), ignore_case: false, unicode: true, span }],
            phrases: vec![],
            words: vec![],
            checks: checks.to_vec(),
            near: None,
            category: CategoryId(0),
            severity: DetectorSeverity::Medium,
            span,
        })
        .collect();
    if let Some(last) = all.last().cloned() {
        let near = Near { characters: 40, words: vec!["routing".into(), "aba".into()] };
        let phrases =
            ["ignore all previous instructions", "which stock should i buy"].map(Into::into).to_vec();
        let pattern = Pattern { text: r"\b\d{9}\b".into(), ignore_case: false, unicode: true, span };
        all.push(Detector {
            patterns: vec![pattern],
            near: Some(near),
            checks: vec![Validator::Aba],
            ..last.clone()
        });
        all.push(Detector { patterns: vec![], phrases, checks: vec![], ..last });
    }
    all
}

fn scanner(detectors: &[Detector]) -> Result<Scanner, ScanError> {
    Scanner::new((0..).map(DetectorId).zip(detectors))
}

/// Prompt-like text from a seed: words, numbers, and a hit now and then.
fn text(bytes: usize) -> String {
    const WORDS: [&str; 24] = [
        "the",
        "customer",
        "asked",
        "why",
        "payment",
        "of",
        "1,250.00",
        "failed",
        "on",
        "2026-11-20,",
        "please",
        "summarise",
        "this",
        "thread",
        "and",
        "draft",
        "a",
        "reply;",
        "order",
        "#48213",
        "was",
        "shipped",
        "from",
        "Leeds.\n",
    ];
    const HITS: [&str; 4] = [
        "4111 1111 1111 1111",
        "jane.doe@example.com",
        "192.0.2.17",
        "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",
    ];
    let mut state = 0x2026_1120_u64;
    let mut text = String::with_capacity(bytes + 64);
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = usize::try_from(state >> 40).unwrap_or(0);
        let choice = if drawn.is_multiple_of(61) { HITS.get(drawn % 4) } else { WORDS.get(drawn % 24) };
        text.push_str(choice.copied().unwrap_or_default());
        text.push(' ');
    }
    text
}

#[divan::bench(args = SIZES)]
fn find(bencher: Bencher<'_, '_>, bytes: usize) {
    let detectors = detectors();
    let Ok(scanner) = scanner(&detectors) else {
        return;
    };
    let (text, all) = (text(bytes), scanner.detectors());
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut findings = Vec::new();
        scanner.find(&text, &all, &mut findings).map(|()| findings)
    });
}

#[divan::bench(args = SIZES)]
fn patterns_alone(bencher: Bencher<'_, '_>, bytes: usize) {
    let Ok(regex) = meta::Regex::new_many(&PATTERNS.map(|(text, _)| text)) else {
        return;
    };
    let text = text(bytes);
    bencher.counter(BytesCount::of_str(&text)).bench(|| regex.find_iter(&text).count());
}

/// An answer in tokens of about four bytes.
#[divan::bench(args = SIZES)]
fn stream(bencher: Bencher<'_, '_>, bytes: usize) {
    let detectors = detectors();
    let Ok(scanner) = scanner(&detectors) else {
        return;
    };
    let plan = Plan::new(
        (0..).map(DetectorId).zip(&detectors).map(|(id, detector)| (id, detector, Action::Tokenize)),
    );
    let vault = Vault::new(TokenKey::new([7; 32]), "bench");
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(&scanner, &plan, &vault, &watched);
    let text = text(bytes);
    let pieces: Vec<&str> =
        text.as_bytes().chunks(4).filter_map(|piece| std::str::from_utf8(piece).ok()).collect();
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut stream = OutputStream::new(&around);
        let mut out = String::with_capacity(text.len());
        for piece in &pieces {
            if stream.push(piece, &around, &mut out).is_err() {
                break;
            }
        }
        stream.finish(&around, &mut out).map(|()| out)
    });
}
