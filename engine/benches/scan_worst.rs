//! How much longer the worst texts take to scan.
//!
//! `cargo bench -p engine --bench scan_worst` prints, for texts made to be slow,
//! MB/s over ten megabytes and how many times longer these take than one; both
//! have bounds, and it fails where they are not kept. Then it looks for worse
//! texts by changing the slowest ones, and tells what it found. `-- digits` reads
//! only the texts that have the word in their name, for a profiler.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use engine::scan::{DetectorSet, ScanError, Scanner};
use lang::model::DetectorId;
use seed::Seed;
use speed::megabytes_per_second;
use std::error::Error;
use std::time::{Duration, Instant};

#[path = "scan/library.rs"]
mod library;
#[path = "scan/seed.rs"]
mod seed;
#[path = "scan/speed.rs"]
mod speed;

/// Least speed over the worst text, in MB/s.
const SPEED_MIN: f64 = 5.0;

/// How many times as long ten times the text may take; more than ten for what
/// the machine does besides.
const GROWTH_MAX: f64 = 12.0;

/// How long worse texts are looked for.
const SEARCH_TIME: Duration = Duration::from_secs(20);

/// Texts that are repeated, by what they are made to slow down.
const WORST: [(&str, &str); 30] = [
    ("the beginning of a key", "ghp_"),
    ("beginnings of keys", "sk-ant-api03-AKIAghp_xoxb-glpat-npm_"),
    ("the beginning of an armoured key", "-----BEGIN "),
    ("armoured keys that never end", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
    ("key files that never end", "PuTTY-User-Key-File-2: x\n"),
    ("tokens in three parts", "eyJ"),
    ("tokens in three parts, dots", "eyJhbGciOi.eyJ"),
    ("addresses", "a@"),
    ("long addresses", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@ "),
    ("locations with passwords", "a://b:c@"),
    ("locations", "https://a"),
    ("digits", "7"),
    ("digits and spaces", "4 "),
    ("digits in groups", "4111 1111 1111 1112 "),
    ("digits and hyphens", "12-"),
    ("numbers of nine digits", "123456789 "),
    ("dates", "31.12.1999 "),
    ("letters and digits", "a1B2"),
    ("hexadecimal digits", "0123456789abcdef"),
    ("base 64", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"),
    ("words", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "),
    ("network addresses", "1:"),
    ("account numbers", "DE89 3704 0044 0532 0130 01 "),
    ("escapes of HTML", "&#"),
    ("escapes of digits", "&#49;"),
    ("escapes of locations", "%%%31"),
    ("characters without width", "1\u{200B}"),
    ("quotation marks", "“1” "),
    ("words of near", "token key secret account card number api "),
    ("names and signs of equality", "api_key_token_secret = "),
];

fn main() -> Result<(), Box<dyn Error>> {
    let model = library::model()?;
    let scanner = Scanner::new((0..).map(DetectorId).zip(&model.detectors))?;
    let scan = Scan { all: scanner.detectors(), scanner };
    let word = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let mut is_kept = true;
    for (name, unit) in WORST {
        if word.as_ref().is_some_and(|word| !name.contains(word.as_str())) {
            continue;
        }
        let small = scan.time(&repeated(unit, 1 << 20))?;
        let large = scan.time(&repeated(unit, 10 << 20))?;
        let speed = megabytes_per_second(10 << 20, large);
        let growth = large.as_secs_f64() / small.as_secs_f64();
        let is_good = speed >= SPEED_MIN && growth <= GROWTH_MAX;
        println!("{} {name:<34} {speed:>8.1} MB/s {growth:>6.1} times", if is_good { ' ' } else { '!' });
        is_kept &= is_good;
    }
    if word.is_none() {
        scan.search()?;
    }
    is_kept.then_some(()).ok_or_else(|| "a text takes longer than it may".into())
}

fn repeated(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes.div_ceil(unit.len().max(1)))
}

struct Scan {
    scanner: Scanner,
    all: DetectorSet,
}

impl Scan {
    fn time(&self, text: &str) -> Result<Duration, ScanError> {
        let started = Instant::now();
        self.scanner.find(text, &self.all, &mut Vec::new())?;
        Ok(started.elapsed())
    }

    /// Changes the slowest texts as long as there is time, and tells the worst.
    fn search(&self) -> Result<(), ScanError> {
        const KEPT: usize = 8;
        const BYTES: usize = 128 << 10;
        let mut seed = Seed(7);
        let mut slowest: Vec<(Duration, String)> = Vec::new();
        for (_, unit) in WORST {
            slowest.push((self.time(&repeated(unit, BYTES))?, unit.to_owned()));
        }
        let (started, mut tried) = (Instant::now(), 0);
        while started.elapsed() < SEARCH_TIME {
            slowest.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
            slowest.truncate(KEPT);
            let unit = changed(&slowest, &mut seed);
            if slowest.iter().all(|(_, known)| *known != unit) {
                slowest.push((self.time(&repeated(&unit, BYTES))?, unit));
            }
            tried += 1;
        }
        println!("{tried} texts tried; the slowest:");
        for (_, unit) in slowest.iter().take(3) {
            // The fastest of three is what the text costs.
            let times = [self.time(&repeated(unit, BYTES))?, self.time(&repeated(unit, BYTES))?];
            let time = times.iter().min().copied().unwrap_or_default();
            println!("  {:>34.1} MB/s {unit:?}", megabytes_per_second(BYTES, time));
        }
        Ok(())
    }
}

/// A text that is a little different from one that is slow.
fn changed(slowest: &[(Duration, String)], seed: &mut Seed) -> String {
    const CHARACTERS: &[u8] = b"0123456789abcdefABKX -._:/@=+\"&#%;([\n";
    const LENGTH_MAX: usize = 96;
    let mut pick = || slowest.get(seed.draw(slowest.len())).map_or("", |(_, unit)| unit.as_str()).to_owned();
    let (mut unit, other) = (pick(), pick());
    match seed.draw(4) {
        0 => unit.push_str(&other),
        1 => {
            let (_, text) = WORST.get(seed.draw(WORST.len())).copied().unwrap_or_default();
            unit.push_str(text);
        }
        2 => {
            let at = unit.floor_char_boundary(seed.draw(unit.len().max(1)));
            let byte = CHARACTERS.get(seed.draw(CHARACTERS.len())).copied().unwrap_or(b'0');
            unit.insert(at, char::from(byte));
        }
        _ => {
            let at = unit.floor_char_boundary(seed.draw(unit.len().max(1)));
            if unit.len() > 1 && at < unit.len() {
                unit.remove(at);
            }
        }
    }
    unit.truncate(unit.floor_char_boundary(LENGTH_MAX));
    if unit.is_empty() { "0".to_owned() } else { unit }
}
