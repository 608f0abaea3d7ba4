//! How long a package takes to compile, from nothing and after one rule was edited.
//!
//! `cargo bench -p engine --bench compile` prints one table, in milliseconds;
//! it asserts first that what is compiled after the edit is what is compiled
//! from nothing. Budget: a small package after an edit in 2 ms, 10,000 tenants
//! and 200 rules in half of what they cost from nothing.

#![expect(clippy::panic, reason = "a bench whose setting is wrong has nothing to measure")]

use engine::guard::Guard;
use engine::scan::TokenKey;
use engine::{Cache, compile};
use lang::model::Model;
use lang::{Day, NoLoader, PackageFiles};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Tenants and rules of the packages.
const SIZES: &[(usize, usize)] = &[(10, 20), (1_000, 200), (10_000, 200)];

/// Times that each figure is measured; the median is told.
const ROUNDS: usize = 7;

/// What all tenants share: every detector of the library is reached.
const SHARED: &str = r#"
policy corpus { language 1; version "1"; owner "team@corpus.example"; require no_training }
use std.regions.azure
use std.{pii, secrets, attacks}
zone eea { regions azure.westeurope, azure.northeurope }
provider azure {
  speaks   openai
  attests  no_training
  endpoint westeurope { url "https://weu.corpus.example/v1"; region azure.westeurope; key env "WEU" }
  endpoint northeurope { url "https://neu.corpus.example/v1"; region azure.northeurope; key env "NEU" }
}
model large { aka "large"; offered by azure as "large-1"; price 2.50 USD in, 10.00 USD out per 1M tokens }
model small { aka "small"; offered by azure as "small-1"; price 0.50 USD in, 1.00 USD out per 1M tokens }
redaction cards { pii.* tokenize; on input, output, audit }
redaction keys { secrets.* replace "[SECRET]"; on input, output, audit }
chain main { try azure/large timeout 20s; then azure/small timeout 20s; on timeout, 5xx }
profile base { reside eea; redact cards, keys; retain bodies 30d; route chat -> main }
profile strict { reside eea; redact keys; cap max_tokens 4000 }
rule no_attacks { when input.has(attacks); flag "attack" }
"#;

/// A package of so many tenants and rules; `limit` stands in one rule, to be edited.
fn corpus(tenants: usize, rules: usize, limit: usize) -> String {
    let mut text = SHARED.to_owned();
    for tenant in 0..tenants {
        let profile = if tenant % 3 == 0 { "strict" } else { "base" };
        let _ = writeln!(
            text,
            "tenant team_{tenant} {{ identify key \"sha256:{tenant:064x}\" roles analyst; extends {profile}; \
             allow models large, small; label tier \"t{}\"; limit {} requests / minute }}",
            tenant % 4,
            60 + tenant % 50,
        );
    }
    for rule in 0..rules {
        let condition = match rule % 6 {
            0 => format!("tenant.name == \"team_{}\" && request.model == \"small\"", rule * 37 % tenants),
            1 => format!("\"analyst\" in caller.roles && request.tokens > {}", 40_000 + rule * 100),
            2 => format!("request.header(\"x-env\") == \"e{rule}\" && request.stream"),
            3 => format!("tenant.label(\"tier\") == \"t{}\" && request.max_tokens > {rule}000", rule % 4),
            4 => format!("request.user.matches(\"^svc-{rule}-[a-z]+$\") && request.model == \"large\""),
            _ => format!("caller.id == \"c{rule}\" || request.user == \"u{rule}\""),
        };
        let _ = writeln!(text, "rule r{rule} {{ when {condition}; deny \"r{rule}\" }}");
    }
    let _ = writeln!(text, "rule edited {{ when request.tokens > {limit}; deny \"too long\" }}");
    text
}

fn model_of(text: String) -> Model {
    let package =
        PackageFiles { path: "corpus".into(), files: vec![("policy.ascp".into(), text.into_bytes())] };
    let compiled = lang::compile(package, &NoLoader, Day::Unchecked);
    compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics.first()))
}

/// The median of some rounds.
fn median(mut round: impl FnMut() -> Duration) -> Duration {
    let mut rounds: Vec<Duration> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_unstable();
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begin = Instant::now();
    black_box(work());
    begin.elapsed()
}

fn guard(model: &Model, cache: &mut Cache) -> Guard {
    Guard::with_cache(model, TokenKey::new([7; 32]), cache).unwrap_or_else(|error| panic!("{error}"))
}

/// Milliseconds of each way to compile the package, in the order of the table.
fn row(tenants: usize, rules: usize) -> [f64; 7] {
    let text = corpus(tenants, rules, 50_000);
    let (before, after) = (model_of(corpus(tenants, rules, 60_000)), model_of(text.clone()));
    let mut warm = Cache::new();
    guard(&before, &mut warm);
    assert_eq!(
        guard(&after, &mut warm).program().listing(),
        guard(&after, &mut Cache::new()).program().listing(),
        "the cache changes nothing"
    );
    let mut edits = [&before, &after].into_iter().cycle();
    let mut next = || edits.next().unwrap_or(&after);
    let mut program = Cache::new();
    let times = [
        median(|| timed(|| model_of(text.clone()))),
        median(|| timed(|| compile(&after, &mut Cache::new()))),
        median(|| timed(|| compile(next(), &mut program))),
        median(|| timed(|| Cache::new().scanner(&after))),
        median(|| timed(|| warm.scanner(&after))),
        median(|| timed(|| guard(&after, &mut Cache::new()))),
        median(|| timed(|| guard(next(), &mut warm))),
    ];
    times.map(|time| time.as_secs_f64() * 1_000.0)
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    println!(
        "| tenants | rules | text to model | program | after an edit | scanner | after an edit | guard | after an edit |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for &(tenants, rules) in SIZES {
        let times = row(tenants, rules).map(|time| format!("{time:.1}"));
        println!("| {tenants} | {rules} | {} |", times.join(" | "));
    }
}
