//! How much longer the worst texts take to scan.
//!
//! `cargo bench -p engine --bench scan_worst` prints, for texts made to be slow,
//! MB/s over ten megabytes, how many times longer they take than text like
//! prompts of that size, how many times longer than one megabyte of themselves,
//! and what is allocated at most meanwhile. The last three have bounds, and it
//! fails where they are not kept. Then it looks for worse texts by changing the
//! slowest ones, and tells what it found. `-- digits` reads only the texts that
//! have the word in their name, and `-- small digits` little of them, for a profiler.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use engine::scan::{DetectorSet, ScanError, Scanner};
use lang::model::DetectorId;
use seed::Seed;
use speed::megabytes_per_second;
use std::error::Error;
use std::time::{Duration, Instant};

#[path = "scan/library.rs"]
mod library;
#[path = "scan/prompt.rs"]
mod prompt;
#[path = "scan/seed.rs"]
mod seed;
#[path = "scan/speed.rs"]
mod speed;

/// How many times as long as text like prompts the worst text may take.
///
/// A number may begin at each digit of a row of digits, and then has a dozen ends that are
/// held against its check digit; text like prompts has a number in every second line.
const SLOWDOWN_MAX: f64 = 40.0;

/// How many times as long ten times the text may take; more than ten for what
/// the machine does besides, and for a text that the nearest memory no longer holds.
const GROWTH_MAX: f64 = 14.0;

/// What may be allocated at once while a text is scanned, besides its own length, in bytes.
///
/// The states that automata have made, which are kept for the next text, and what waits to be decided.
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// How long worse texts are looked for.
const SEARCH_TIME: Duration = Duration::from_secs(20);

/// Texts that are repeated, by what they are made to slow down.
const WORST: [(&str, &str); 33] = [
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
    ("single digits and hyphens", "2-"),
    ("short groups and an escape", "1-71-32-1-7-3-1-7/1-32-71-1-71-32-&#49;1-7132-1-71-32-"),
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
    ("keys with names", "token=q8Zr5vKw2Xn7Lp4Tb9Yd\n"),
];

/// Texts that never repeat, by what they are drawn from: an automaton has no state ready for what it
/// has not seen.
const DRAWN: [(&str, &[&str]); 6] = [
    ("drawn digits", &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    ("drawn short groups", &["1-", "2-", "3-", "4", "5", "6-", "70", "8", "9-", "13-", "21-", "0"]),
    ("drawn groups and signs", &["1", "-", "4", " ", "7", ".", "12", "/", "99", "(", "+", ")", "305"]),
    ("drawn groups and escapes", &["1-", "2-", "3", "4-", "13-", "7", "&#49;", "%31", "-", "\\u0031", "9"]),
    ("drawn letters and digits", &["a", "B", "3", "f", "9", "0", "K", "x", "7", "c", "e", "-", "_", "Q"]),
    (
        "drawn words",
        &["the ", "key ", "=", "call ", "card ", "is ", "my ", "4", "a", "ignore ", "all ", "\n"],
    ),
];

/// How much text is read, in bytes, and how much less to compare with.
const BYTES: usize = 10 << 20;
const SMALL_BYTES: usize = BYTES / 10;

/// How much is read for a profiler.
const PROFILED_BYTES: usize = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let model = library::model()?;
    let scanner = Scanner::new((0..).map(DetectorId).zip(&model.detectors))?;
    let scan = Scan { all: scanner.detectors(), scanner };
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_small = words.iter().any(|word| word == "small");
    let word = words.iter().find(|word| *word != "small");
    let is_asked = |name: &str| word.is_none_or(|word| name.contains(word.as_str()));
    let worst = WORST.into_iter().filter(|(name, _)| is_asked(name));
    let drawn = DRAWN.into_iter().filter(|(name, _)| is_asked(name));
    let texts = worst
        .map(|(name, unit)| (name, unit.to_owned()))
        .chain(drawn.map(|(name, parts)| (name, drawn_from(parts, BYTES))));
    if is_small {
        for (_, unit) in texts {
            scan.time(&repeated(&unit, PROFILED_BYTES))?;
        }
        return Ok(());
    }
    let prompts: String = prompt::documents(BYTES, BYTES).concat();
    let prompts = scan.best_of_two(&prompts)?;
    println!("  {:<34} {:>8.1} MB/s", "text like prompts", megabytes_per_second(BYTES, prompts));
    let mut is_kept = true;
    for (name, unit) in texts {
        is_kept &= scan.tell(name, &unit, prompts)?;
    }
    if word.is_none() {
        for unit in scan.search()? {
            is_kept &= scan.tell(&format!("{unit:?}"), &unit, prompts)?;
        }
    }
    is_kept.then_some(()).ok_or_else(|| "a text takes more than it may".into())
}

/// A unit as often as it takes, cut where it is enough.
fn repeated(unit: &str, bytes: usize) -> String {
    let mut text = unit.repeat(bytes.div_ceil(unit.len().max(1)));
    text.truncate(text.floor_char_boundary(bytes));
    text
}

/// Parts in an order that a seed draws.
fn drawn_from(parts: &[&str], bytes: usize) -> String {
    let (mut seed, mut text) = (Seed(3), String::with_capacity(bytes));
    while text.len() < bytes {
        text.push_str(parts.get(seed.draw(parts.len())).copied().unwrap_or_default());
    }
    text
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

    /// The less of two times; what the machine does besides is not the text's.
    fn best_of_two(&self, text: &str) -> Result<Duration, ScanError> {
        Ok(self.time(text)?.min(self.time(text)?))
    }

    /// Prints what a text costs, and returns whether that is within the bounds; where it is not, it is
    /// measured again, for a machine that does something else meanwhile is no fault of the text.
    fn tell(&self, name: &str, unit: &str, prompts: Duration) -> Result<bool, ScanError> {
        const TIMES_MAX: usize = 3;
        for _ in 0..TIMES_MAX {
            if self.tell_once(name, unit, prompts)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn tell_once(&self, name: &str, unit: &str, prompts: Duration) -> Result<bool, ScanError> {
        let text = repeated(unit, BYTES);
        let mut first = Ok(Duration::ZERO);
        let taken = allocation_counter::measure(|| first = self.time(&text));
        let large = first?.min(self.time(&text)?);
        let small = self.best_of_two(&repeated(unit, SMALL_BYTES))?;
        let speed = megabytes_per_second(text.len(), large);
        let slowdown = large.as_secs_f64() / prompts.as_secs_f64();
        let growth = large.as_secs_f64() / small.as_secs_f64();
        let memory = taken.bytes_max.saturating_sub(u64::try_from(text.len()).unwrap_or(u64::MAX));
        let is_good = slowdown <= SLOWDOWN_MAX && growth <= GROWTH_MAX && memory <= MEMORY_BYTES_MAX;
        println!(
            "{} {name:<34} {speed:>8.1} MB/s {slowdown:>6.1} times prompts {growth:>6.1} times a tenth {:>4} MB",
            if is_good { ' ' } else { '!' },
            memory >> 20
        );
        Ok(is_good)
    }

    /// Changes the slowest texts as long as there is time, and returns the slowest of all.
    fn search(&self) -> Result<Vec<String>, ScanError> {
        const KEPT: usize = 8;
        const TOLD: usize = 2;
        const TRIED_BYTES: usize = 128 << 10;
        let mut seed = Seed(7);
        let mut slowest: Vec<(Duration, String)> = Vec::new();
        for (_, unit) in WORST {
            slowest.push((self.time(&repeated(unit, TRIED_BYTES))?, unit.to_owned()));
        }
        let (started, mut tried) = (Instant::now(), 0);
        while started.elapsed() < SEARCH_TIME {
            slowest.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
            slowest.truncate(KEPT);
            let unit = changed(&slowest, &mut seed);
            if slowest.iter().all(|(_, known)| *known != unit) {
                slowest.push((self.best_of_two(&repeated(&unit, TRIED_BYTES))?, unit));
            }
            tried += 1;
        }
        slowest.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        println!("{tried} texts tried; the slowest:");
        Ok(slowest.into_iter().take(TOLD).map(|(_, unit)| unit).collect())
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
