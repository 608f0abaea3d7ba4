//! What changes a meaning, for whom, and what does not.

use crate::Cache;
use crate::program::compile;
use lang::{Day, NoLoader, PackageFiles};
use std::collections::BTreeSet;

const PACKAGE: &str = r#"policy p { language 1; version "1"; require soc2_report }
use std.pii
region here { country "DE" }
region there { country "US" }
zone home { regions here }
provider a {
  speaks openai
  attests soc2_report
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region there; key none }
}
model m { aka "m"; offered by a as "m-1"; price 1 USD in, 1 USD out per 1M tokens }
model n { aka "n"; offered by a/x as "n-1"; price 1 USD in, 1 USD out per 1M tokens }
chain c { try a/m timeout 5s; then a/n; on timeout, 5xx }
redaction r { pii.pan tokenize; pii.iban mask; on input, output }
redaction trial { pii.email mask; on input; shadow until 2027-03-31 }
tenant one {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow models m, n
  reside home
  redact r
  route chat -> c
  limit 5 requests / minute
}
tenant two {
  identify key "sha256:f778ea3f6ee3482746261d78e9956af685b5c6e28d4779311055be8365a11628"
  allow models n
  reside home
  redact trial
  require workload
}
workload w { tenant two; models n; data personal_data }
rule none { when request.header("x") == "y" && input.count(pii.pan) > 3; deny "no" }
exception e {
  tenant one
  permit region there for models m
  until 2027-01-31
  approved by "a@b.example" ticket "T"
  reason "r"
}
"#;

/// Who meets something else after an edit; `None` for everyone.
fn changed(from: &str, to: &str) -> Option<BTreeSet<String>> {
    assert!(PACKAGE.contains(from), "{from}");
    let meaning = |text: String| {
        let files = vec![("p.ascp".into(), text.into_bytes())];
        let compiled = lang::compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
        let model = compiled.model.unwrap_or_else(|| panic!("{from} -> {to}: {:?}", compiled.diagnostics));
        compile(&model, &mut Cache::new()).unwrap().meaning()
    };
    let (old, new) = (meaning(PACKAGE.to_owned()), meaning(PACKAGE.replacen(from, to, 1)));
    let changed = old.changed_tenants(&new);
    changed.map(|names| names.into_iter().map(ToOwned::to_owned).collect())
}

#[test]
fn an_edit_changes_the_meaning_for_those_whom_it_reaches() {
    for (from, to) in [
        ("limit 5", "limit 50"),
        ("timeout 5s", "timeout 50s"),
        ("on timeout, 5xx", "on 5xx"),
        ("pii.pan tokenize", "pii.pan flag"),
        ("pii.pan tokenize; ", ""),
        ("on input, output", "on input"),
        ("route chat -> c", ""),
        ("until 2027-01-31", "until 2028-01-31"),
        ("2027-01-31\n", "2027-02-01\n"),
        ("allow models m, n", "allow models n"),
    ] {
        assert_eq!(changed(from, to), Some(["one".to_owned()].into()), "{from} -> {to}");
    }
    for (from, to) in [
        ("pii.email mask; on", "pii.email mask; pii.iban mask; on"),
        // On trial nothing is changed either way, but afterwards it is.
        ("pii.email mask; on", "pii.email flag; on"),
        ("data personal_data", "data personal_data, cardholder_data"),
        ("require workload", ""),
    ] {
        assert_eq!(changed(from, to), Some(["two".to_owned()].into()), "{from} -> {to}");
    }
    for (from, to) in [
        ("> 3", "> 4"),
        ("> 3", ">= 3"),
        ("&&", "||"),
        ("\"y\"", "\"z\""),
        ("deny \"no\"", "flag \"no\""),
        ("deny \"no\"", "deny \"no\"; shadow until 2027-03-31"),
    ] {
        let everyone = ["one".to_owned(), "two".to_owned()].into();
        assert_eq!(changed(from, to), Some(everyone), "{from} -> {to}");
    }
    assert_eq!(changed("a as \"m-1\"", "a as \"m-2\""), None, "whoever asks for it");
}

#[test]
fn what_another_line_closes_as_well_changes_nothing() {
    for (from, to, why) in [
        ("; require soc2_report", "", "every endpoint attests it"),
        ("allow models n\n", "allow models m, n\n", "the workload has n alone"),
        ("models n; data", "data", "the tenant allows n alone"),
        ("data personal_data", "data personal_data, health_data", "nothing finds it"),
        ("reside home\n  redact trial", "redact trial", "its model is offered there alone"),
        ("> 3", ">= 4", "no number lies between"),
    ] {
        assert_eq!(changed(from, to), Some(BTreeSet::new()), "{why}");
    }
}
