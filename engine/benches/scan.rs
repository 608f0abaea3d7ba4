//! How fast text is scanned with all of the library's detectors.
//!
//! `cargo bench -p engine --bench scan` prints one table; `-- 16` scans that
//! many megabytes of text instead of 64, `alone` leaves the yardsticks out, and `whole`
//! all but whole documents, for a profiler. Budget: 2.5 times as fast as `regex_automata` finds
//! the same patterns as one regular expression. 250 MB/s (`docs/decisions/0008`) and 2 µs a
//! token of a stream are aimed at and not reached.
//!
//! The yardsticks find where patterns match (or which, for `RegexSet`) and do no more: they
//! check nothing, read no phrases, and see the text only as it is written.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use engine::scan::{DetectorSet, Finding, OutputStream, Plan, Scanner, Surroundings, TokenKey, Vault};
use lang::model::{Action, DetectorId, Model};
use regex_automata::meta;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[path = "scan/library.rs"]
mod library;
#[path = "scan/prompt.rs"]
mod prompt;
#[path = "scan/seed.rs"]
mod seed;
#[path = "scan/speed.rs"]
mod speed;

/// One document of the text, in bytes.
const DOCUMENT_BYTES: usize = 4 << 10;

/// How much of the text the yardsticks read, in bytes; they are slow.
const YARDSTICK_BYTES: usize = 4 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes = std::env::args().find_map(|argument| argument.parse::<usize>().ok()).unwrap_or(64);
    let model = library::model()?;
    let started = Instant::now();
    let scanner = Scanner::new((0..).map(DetectorId).zip(&model.detectors))?;
    let patterns: Vec<String> =
        model.detectors.iter().flat_map(|detector| &detector.patterns).map(ascii).collect();
    println!(
        "{} detectors, {} patterns, compiled in {:.0?}",
        model.detectors.len(),
        patterns.len(),
        started.elapsed()
    );
    let documents = prompt::documents(DOCUMENT_BYTES, megabytes << 20);
    let ours = whole(&scanner, &documents)?;
    let clean = prose(megabytes << 18);
    let speed = speed_of(&scanner, &clean, &mut Vec::new())?;
    println!("{:<34} {speed:>8.1} MB/s", "prose without numbers or code");
    let some = YARDSTICK_BYTES.div_ceil(DOCUMENT_BYTES).min(documents.len());
    let some = documents.get(..some).unwrap_or_default();
    let is_said = |word: &str| std::env::args().any(|argument| argument == word);
    if is_said("whole") {
        return Ok(());
    }
    if !is_said("alone") {
        yardsticks(&patterns, some, ours)?;
    }
    requests(&scanner)?;
    stream(&scanner, &model, &documents)
}

/// A pattern as the yardsticks read it: with ASCII classes, which are many times faster there.
fn ascii(pattern: &lang::model::Pattern) -> String {
    let flags = if pattern.ignore_case { "(?i)" } else { "" };
    let text = pattern.text.replace(r"\b", r"(?-u:\b)").replace(r"\d", "[0-9]");
    let text = text.replace(r"\s", r"[\t\n\x0B\f\r ]").replace(r"\w", "[0-9A-Z_a-z]");
    format!("{flags}(?:{text})")
}

fn megabytes_per_second(documents: &[String], time: Duration) -> f64 {
    speed::megabytes_per_second(documents.iter().map(String::len).sum(), time)
}

/// English without a number, a line of code or a sign of another script.
fn prose(bytes: usize) -> Vec<String> {
    let is_plain = |character: char| character.is_ascii_alphabetic() || " .,;!?'-".contains(character);
    let parts: Vec<&str> = prompt::PARTS.into_iter().filter(|part| part.chars().all(is_plain)).collect();
    prompt::documents_of(&parts, DOCUMENT_BYTES, bytes)
}

/// Scans documents one by one; returns MB/s.
fn speed_of(
    scanner: &Scanner,
    documents: &[String],
    findings: &mut Vec<Finding>,
) -> Result<f64, Box<dyn Error>> {
    let all = scanner.detectors();
    let started = Instant::now();
    for document in documents {
        scanner.find(document, &all, findings)?;
    }
    Ok(megabytes_per_second(documents, started.elapsed()))
}

/// The same, and of one text; tells both, and returns the first.
fn whole(scanner: &Scanner, documents: &[String]) -> Result<f64, Box<dyn Error>> {
    let all = scanner.detectors();
    let mut findings = Vec::new();
    for document in documents.iter().take(256) {
        scanner.find(document, &all, &mut findings)?;
    }
    findings.clear();
    let speed = speed_of(scanner, documents, &mut findings)?;
    println!("{:<34} {speed:>8.1} MB/s  {} findings", "all detectors", findings.len());
    let large: String = documents.iter().take(1024).map(String::as_str).collect();
    let started = Instant::now();
    scanner.find(&large, &all, &mut findings)?;
    let one = [large];
    println!(
        "{:<34} {:>8.1} MB/s",
        "the same in one text of 4 MB",
        megabytes_per_second(&one, started.elapsed())
    );
    Ok(speed)
}

fn yardsticks(patterns: &[String], documents: &[String], ours: f64) -> Result<(), Box<dyn Error>> {
    let tell = |name: &str, started: Instant| {
        let speed = megabytes_per_second(documents, started.elapsed());
        println!("{name:<34} {speed:>8.1} MB/s  {:.1} times as long", ours / speed);
    };
    let config = meta::Regex::config()
        .hybrid_cache_capacity(64 << 20)
        .nfa_size_limit(Some(256 << 20))
        .onepass_size_limit(Some(1 << 20));
    let many = meta::Regex::builder().configure(config).build_many(patterns)?;
    let started = Instant::now();
    for document in documents {
        black_box(many.find_iter(document).count());
    }
    tell("meta::Regex::build_many", started);
    let set = regex::RegexSetBuilder::new(patterns).size_limit(256 << 20).dfa_size_limit(64 << 20).build()?;
    let started = Instant::now();
    for document in documents {
        black_box(set.matches(document).len());
    }
    tell("RegexSet", started);
    Ok(())
}

/// What one request costs, of a question, a document and a long context.
fn requests(scanner: &Scanner) -> Result<(), Box<dyn Error>> {
    const TIMES: u32 = 200;
    let all = scanner.detectors();
    for bytes in [1 << 10, 8 << 10, 64 << 10] {
        let documents = prompt::documents(bytes, 16 * bytes);
        let mut findings = Vec::new();
        let started = Instant::now();
        for document in documents.iter().cycle().take(TIMES as usize) {
            findings.clear();
            scanner.find(document, &all, &mut findings)?;
        }
        let time = started.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
        println!("{:<34} {time:>8.1} µs", format!("a request of {} KB", bytes >> 10));
    }
    Ok(())
}

/// What one token of an answer costs, of about four bytes, all detectors changing it.
fn stream(scanner: &Scanner, model: &Model, documents: &[String]) -> Result<(), Box<dyn Error>> {
    let rows = (0..).map(DetectorId).zip(&model.detectors);
    let plan = Plan::new(rows.map(|(id, detector)| (id, detector, Action::Tokenize)));
    let vault = Vault::new(TokenKey::new([7; 32]), "bench");
    let watched = plan.watched(&DetectorSet::new());
    let around = Surroundings::new(scanner, &plan, &vault, &watched);
    let (mut tokens, mut time, mut longest) = (0_u32, Duration::ZERO, Duration::ZERO);
    for document in documents.iter().take(64) {
        let mut stream = OutputStream::new();
        let mut out = String::with_capacity(document.len());
        let mut rest = document.as_str();
        while !rest.is_empty() {
            let (token, after) = rest.split_at(rest.ceil_char_boundary(4.min(rest.len())));
            let started = Instant::now();
            stream.push(token, &around, &mut out)?;
            let took = started.elapsed();
            (time, longest, tokens, rest) = (time + took, longest.max(took), tokens + 1, after);
        }
        stream.finish(&around, &mut out)?;
    }
    let mean = time.as_secs_f64() * 1e9 / f64::from(tokens.max(1));
    println!("{:<34} {mean:>8.0} ns, {longest:.0?} at most", "a token of a stream");
    Ok(())
}
