//! What each operator makes of a small package: the line, and what becomes of it.

use super::*;
use lang::{Day, NoLoader, PackageFiles};

const BASE: &str = r#"policy p { language 1; version "1" }
use std.pii
region here { country "DE" }
region there { country "US" }
zone home { regions here }
attestation dpa2 "A"
provider a {
  speaks openai
  attests soc2_report
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}
model m { aka "m"; offered by a as "m-1"; price 1 USD in, 1 USD out per 1M tokens }
model n { aka "n"; offered by a as "n-1"; price 1 USD in, 1 USD out per 1M tokens }
tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow models m, n
}
"#;

/// What is made of a package with a second file: operator, and statement before and after.
fn made(text: &str) -> Vec<String> {
    let files = vec![("base.ascp".into(), BASE.into()), ("own.ascp".into(), text.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
    let model = compiled.model.unwrap_or_else(|| panic!("{text}: {:?}", compiled.diagnostics));
    let day = "2026-11-20".parse().unwrap();
    let own = mutants(&model, day).into_iter().filter(|mutant| mutant.file == "own.ascp");
    own.map(|it| format!("{}: {} => {}", it.operator.as_str(), it.was, it.now)).collect()
}

/// A second tenant with one statement more.
fn tenant(statement: &str) -> String {
    format!(
        "tenant u {{\n  identify key \"sha256:f778ea3f6ee3482746261d78e9956af685b5c6e28d4779311055be8365a11628\"\n  \
         allow models m\n  {statement}\n}}\n"
    )
}

/// Whether each of these is among what is made.
fn makes(text: &str, expected: &[&str]) {
    let made = made(text);
    for one in expected {
        assert!(made.iter().any(|made| made == one), "no `{one}` in {made:#?}");
    }
}

#[test]
fn statements_of_tenants() {
    for (statement, expected) in [
        ("require soc2_report", &["drop a require: require soc2_report => "][..]),
        (
            "reside home",
            &["drop a reside: reside home => ", "widen a zone: reside home => reside home, there"],
        ),
        (
            "deny tools \"a\", \"b\"",
            &[
                "drop a deny: deny tools \"a\", \"b\" => deny tools \"b\"",
                "drop a deny: deny tools \"a\", \"b\" => deny tools \"a\"",
            ],
        ),
        ("allow tools \"a\"", &["widen an allow: allow tools \"a\" => allow tools \"a\", \"*\""]),
        (
            "limit 5 requests / minute burst 2 per caller",
            &[
                "raise a limit: limit 5 requests / minute burst 2 per caller => limit 50 requests / minute burst 2 per caller",
                "raise a limit: limit 5 requests / minute burst 2 per caller => limit 5 requests / minute burst 20 per caller",
                "drop a limit: limit 5 requests / minute burst 2 per caller => ",
                "drop a limit: limit 5 requests / minute burst 2 per caller => limit 5 requests / minute per caller",
                "share a limit: limit 5 requests / minute burst 2 per caller => limit 5 requests / minute burst 2",
                "add a shadow: limit 5 requests / minute burst 2 per caller => limit 5 requests / minute burst 2 per caller shadow until 2027-11-20",
            ],
        ),
        ("budget 0.50 USD / day", &["raise a limit: budget 0.50 USD / day => budget 5.0 USD / day"]),
        (
            "limit 5 requests / day shadow until 2027-01-31",
            &[
                "end a shadow: limit 5 requests / day shadow until 2027-01-31 => limit 5 requests / day",
                "extend a shadow: limit 5 requests / day shadow until 2027-01-31 => limit 5 requests / day shadow until 2028-01-31",
            ],
        ),
        (
            "cap max_tokens 2k",
            &["drop a cap: cap max_tokens 2k => ", "raise a cap: cap max_tokens 2k => cap max_tokens 4k"],
        ),
    ] {
        makes(&tenant(statement), expected);
    }
    makes(&tenant(""), &["widen an allow: allow models m => allow models m, n"]);
    let retained = made(&tenant("retain bodies 30d"));
    assert!(retained.iter().all(|made| !made.contains("retain")), "no case can see it: {retained:?}");
}

#[test]
fn rules_and_their_conditions() {
    makes(
        "/// Why.\nrule r { when request.tokens > 5; deny \"no\" }",
        &[
            "drop a rule: rule r { when request.tokens > 5; deny \"no\" } => ",
            "deny becomes flag: deny \"no\" => flag \"no\"",
            "add a shadow: rule r { when request.tokens > 5; deny \"no\" } => \
         rule r { when request.tokens > 5; deny \"no\" ; shadow until 2027-11-20 }",
            "flip a comparison: when request.tokens > 5 => when request.tokens >= 5",
            "off by one: when request.tokens > 5 => when request.tokens > 4",
            "off by one: when request.tokens > 5 => when request.tokens > 6",
        ],
    );
    makes(
        "rule r { when !(request.user == \"a\") && input.has(pii.pan); prefer a; shadow until 2027-01-31 }",
        &[
            "drop a route: rule r { when !(request.user == \"a\") && input.has(pii.pan); prefer a; shadow until 2027-01-31 } => ",
            "end a shadow: shadow until 2027-01-31 => ",
            "extend a shadow: shadow until 2027-01-31 => shadow until 2028-01-31",
            "negate: when !(request.user == \"a\") && input.has(pii.pan) => when (request.user == \"a\") && input.has(pii.pan)",
            "negate: when !(request.user == \"a\") && input.has(pii.pan) => when !(request.user != \"a\") && input.has(pii.pan)",
            "negate: when !(request.user == \"a\") && input.has(pii.pan) => when !(request.user == \"a\") && !(input.has(pii.pan))",
            "swap && and ||: when !(request.user == \"a\") && input.has(pii.pan) => when !(request.user == \"a\") || input.has(pii.pan)",
            "drop an operand: when !(request.user == \"a\") && input.has(pii.pan) => when !(request.user == \"a\")",
            "drop an operand: when !(request.user == \"a\") && input.has(pii.pan) => when input.has(pii.pan)",
            "change a text: when !(request.user == \"a\") && input.has(pii.pan) => when !(request.user == \"a_\") && input.has(pii.pan)",
        ],
    );
    makes(
        "rule r { when request.user in [\"a\", \"b\"]; cap max_tokens 1k }",
        &[
            "raise a cap: cap max_tokens 1k => cap max_tokens 2k",
            "change a text: when request.user in [\"a\", \"b\"] => when request.user in [\"a\", \"b_\"]",
            "negate: when request.user in [\"a\", \"b\"] => when !(request.user in [\"a\", \"b\"])",
        ],
    );
}

#[test]
fn redactions_zones_workloads_exceptions_and_chains() {
    makes(
        "redaction r {\n  pii.pan tokenize\n  pii.iban mask keep last 4\n  on input, output\n}",
        &[
            "drop a row: pii.pan tokenize => ",
            "weaken an action: pii.pan tokenize => pii.pan flag",
            "weaken an action: pii.iban mask keep last 4 => pii.iban flag",
            "weaken an action: pii.iban mask keep last 4 => pii.iban mask keep last 8",
            "drop a surface: on input, output => on output",
            "drop a surface: on input, output => on input",
        ],
    );
    let audited = made("redaction r { pii.pan mask; on input, audit }");
    assert!(audited.iter().all(|made| !made.ends_with("=> on input")), "no case can see it: {audited:?}");
    makes(
        "zone z { regions here, there except there }",
        &["drop an except: regions here, there except there => regions here, there"],
    );
    makes("zone z { regions here }", &["widen a zone: regions here => regions here, there"]);
    makes(
        "workload w { tenant t; models m; data personal_data }",
        &[
            "widen a workload: models m => ",
            "widen a workload: models m => models m, n",
            "widen a workload: data personal_data => data personal_data, health_data",
        ],
    );
    makes(
        &(tenant("reside home")
            + "exception e {\n  tenant u\n  permit region there for models m\n  until 2027-01-31\n  \
               approved by \"a\" ticket \"T\"\n  reason \"r\"\n}"),
        &[
            "extend an exception: until 2027-01-31 => until 2027-02-01",
            "extend an exception: until 2027-01-31 => until 2028-01-31",
            "widen an exception: permit region there for models m => permit region there",
            "widen an exception: permit region there for models m => permit region there, here for models m",
            "widen an exception: tenant u => tenant t",
        ],
    );
    makes(
        "chain c {\n  try a/m at x, y timeout 5s, retry 1\n  then a/n\n  on timeout, 5xx\n  \
         breaker opens after 5 failures in 30s, probes after 60s\n}",
        &[
            "swap steps: try a/m at x, y timeout 5s, retry 1 then a/n => try a/n then a/m at x, y timeout 5s, retry 1",
            "swap steps: try a/m at x, y timeout 5s, retry 1 => try a/m at y, x timeout 5s, retry 1",
            "drop a step: try a/m at x, y timeout 5s, retry 1 then => try",
            "drop a step: then a/n => ",
            "drop a step: try a/m at x, y timeout 5s, retry 1 => try a/m at x timeout 5s, retry 1",
            "drop a failure: on timeout, 5xx => on 5xx",
            "drop a breaker: breaker opens after 5 failures in 30s, probes after 60s => ",
            "change a timeout: try a/m at x, y timeout 5s, retry 1 => try a/m at x, y timeout 50s, retry 1",
            "change a timeout: try a/m at x, y timeout 5s, retry 1 => try a/m at x, y retry 1",
            "change a retry: try a/m at x, y timeout 5s, retry 1 => try a/m at x, y timeout 5s, retry 2",
            "change a retry: try a/m at x, y timeout 5s, retry 1 => try a/m at x, y timeout 5s",
        ],
    );
}

#[test]
fn a_mutant_has_the_place_of_its_statement() {
    let text = "\n/// Why.\nrule r {\n  when request.tokens > 5\n  deny \"no\"\n}\n";
    let files = vec![("base.ascp".into(), BASE.into()), ("own.ascp".into(), text.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
    let all = mutants(&compiled.model.unwrap(), "2026-11-20".parse().unwrap());
    let own: Vec<_> = all.iter().filter(|mutant| mutant.file == "own.ascp").collect();
    let line = |operator| own.iter().find(|mutant| mutant.operator == operator).map(|mutant| mutant.line);
    assert_eq!(line(Operator::DropRule), Some(3));
    assert_eq!(line(Operator::AddShadow), Some(3));
    assert_eq!(line(Operator::FlipComparison), Some(4));
    assert_eq!(line(Operator::DenyToFlag), Some(5));
    assert!(own.iter().all(|mutant| mutant.declaration == "rule r"));
}
