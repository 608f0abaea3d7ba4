//! How long a package of many tenants takes, and how much memory.
//!
//! Run with `cargo bench -p lang`. Budget: ten thousand tenants compile in
//! 250 ms and 40 MB at their peak, text included.

use divan::{Bencher, black_box};
use lang::{Compiled, Day, NoLoader, PackageFiles};
use std::fmt::Write as _;

/// Sizes of packages, in tenants.
const TENANTS: &[usize] = &[10, 1_000, 10_000];

/// Sizes of packages, in rules, each with a tenant.
const RULES: &[usize] = &[1_000, 5_000];

/// What all tenants share.
const SHARED: &str = r#"
policy corpus { language 1; version "1"; owner "team@corpus.example"; require no_training }
use std.regions.azure
use std.{pii, secrets}
zone eea { regions azure.westeurope, azure.northeurope }
provider azure {
  speaks   openai
  attests  no_training
  endpoint westeurope { url "https://weu.corpus.example/v1"; region azure.westeurope; key env "WEU" }
  endpoint northeurope { url "https://neu.corpus.example/v1"; region azure.northeurope; key env "NEU" }
}
model large { aka "large"; offered by azure as "large-1"; price 2.50 USD in, 10.00 USD out per 1M tokens }
model small { aka "small"; offered by azure as "small-1"; price 0.50 USD in, 1.00 USD out per 1M tokens }
redaction cards { pii.pan tokenize; on input, output, audit }
redaction keys { secrets.* replace "[SECRET]"; on input, output, audit }
chain main { try azure/large timeout 20s; then azure/small timeout 20s; on timeout, 5xx }
profile base { reside eea; redact cards, keys; retain bodies 30d; route chat -> main }
rule long_prompts { when request.tokens > 60000; prefer azure }
rule cards_of_gold { when tenant.label("tier") == "gold" && input.has(pii.pan); flag "card" }
"#;

/// A package of so many tenants, each with what a tenant usually says.
fn corpus(tenants: usize) -> String {
    let mut text = SHARED.to_owned();
    for tenant in 0..tenants {
        let _ = write!(
            text,
            r#"
/// The team number {tenant} of the corpus, as its ticket describes it.
tenant team_{tenant} "Team {tenant}" {{
  identify  key "sha256:{tenant:064x}" as "service_{tenant}"
  extends   base
  allow     models large, small
  limit     {rate} requests / minute
  budget    {budget} USD / month, alert 50%, 90%
  label     tier "gold", cost_center "CC-{tenant}"
}}
"#,
            rate = 60 + tenant % 50,
            budget = 100 + tenant % 70,
        );
    }
    text
}

/// A package of so many rules, each about a tenant of its own.
fn rulebook(rules: usize) -> String {
    let mut text = corpus(rules);
    for rule in 0..rules {
        let _ = write!(
            text,
            r#"
rule r_{rule} {{
  when tenant.name == "team_{rule}" && request.model in ["large", "small"] && request.tokens > {rule}
  flag "r_{rule}"
}}
"#
        );
    }
    text
}

fn package(text: &str) -> PackageFiles {
    PackageFiles { path: "corpus".into(), files: vec![("policy.ascp".into(), text.as_bytes().to_vec())] }
}

fn compile(package: PackageFiles) -> Compiled {
    lang::compile(package, &NoLoader, Day::Unchecked)
}

/// Text to model.
#[divan::bench(args = TENANTS, max_time = 5)]
fn compile_tenants(bencher: Bencher<'_, '_>, tenants: usize) {
    let text = corpus(tenants);
    bencher.with_inputs(|| package(&text)).bench_values(compile);
}

/// Text to model, where a literal of each rule is one of many names.
#[divan::bench(args = RULES, max_time = 5)]
fn compile_rules(bencher: Bencher<'_, '_>, rules: usize) {
    let text = rulebook(rules);
    bencher.with_inputs(|| package(&text)).bench_values(compile);
}

/// Text to layout: two parses, and what the layout costs.
#[divan::bench(args = TENANTS, max_time = 5)]
fn format_tenants(bencher: Bencher<'_, '_>, tenants: usize) {
    let text = corpus(tenants);
    bencher.bench(|| lang::format("policy.ascp", black_box(&text)));
}

/// What compiling a text takes of memory.
fn memory(text: &str) -> String {
    let mut said = None;
    let memory = allocation_counter::measure(|| {
        let compiled = compile(package(text));
        said = Some(compiled.model.map_or_else(|| compiled.diagnostics, |_| Vec::new()));
    });
    assert_eq!(said, Some(Vec::new()), "the corpus compiles");
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let (peak, count) = (mib(memory.bytes_max), memory.count_total);
    format!("{} KiB of text, peak {peak} MiB, {count} allocations", text.len() >> 10)
}

#[expect(clippy::print_stdout, reason = "a bench reports to its reader")]
fn main() {
    for &tenants in TENANTS {
        println!("{tenants} tenants: {}", memory(&corpus(tenants)));
    }
    for &rules in RULES {
        println!("{rules} rules: {}", memory(&rulebook(rules)));
    }
    divan::main();
}
