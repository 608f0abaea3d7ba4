//! Exact expectations on small packages.

use super::*;
use crate::package::{Options, Watch, run_watched};
use crate::suite::Suite;
use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Day, NoLoader, PackageFiles};
use std::num::NonZeroUsize;
use std::sync::Arc;

const POLICY: &str = r#"policy small "Small" { language 1; version "1" }

use std.pii

region here { country "DE" }
region there { country "US" }
zone eu { regions here }

provider p {
  speaks openai
  endpoint x { url "https://x.example/v1"; region here; key none }
  endpoint y { url "https://y.example/v1"; region here; key none }
  endpoint z { url "https://z.example/v1"; region there; key none }
}

model m { aka "m"; offered by p as "m-1"; price 0 USD in, 0 USD out per 1M tokens }
chain c { try p/m at x, y, z; on connect }

redaction cards { pii.pan tokenize; on input, output }

tenant t {
  identify  key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  reside    eu
  allow     models m
  allow     tools "search_*"
  route     chat -> c
  redact    cards
  limit     2 requests / minute

  rule no_eve {
    when  request.user == "eve" && request.stream
    deny  "Not you."
  }
}

rule not_there { when route.endpoint == "p/y" && request.header("x-at") == "home"; deny "Not there." }

exception pilot {
  tenant    t
  permit    region there for models m
  until     2027-01-31
  approved  by "ciso@acme.example" ticket "CHG-1"
  reason    "A pilot"
}
"#;

fn model_of(text: &str) -> Model {
    let files = vec![("small.ascp".into(), text.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "small".into(), files }, &NoLoader, Day::Unchecked);
    compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// The coverage of cases, which must pass.
fn covered(model: &Model, cases: &str, jobs: usize) -> Coverage {
    let guard = Arc::new(Guard::new(model, TokenKey::new([7; 32])).unwrap());
    let head = "suite: s\nnow: 2026-11-20T09:00:00Z\ndefaults: { tenant: t, model: m }\ncases:\n";
    let suites = [Suite::read("a.test.yaml", &format!("{head}{cases}"))];
    let jobs = NonZeroUsize::new(jobs).unwrap();
    let options = Options { jobs, ..Options::at("2026-11-20T09:00:00Z".parse().unwrap()) };
    let coverage = Coverage::of(model);
    let watch = Watch { exchange: &|outcome| coverage.watch(outcome), case: &|_, _| {} };
    let report = run_watched(&guard, &suites, &options, watch);
    assert!(report.is_good() || cases.is_empty(), "{}", crate::report::to_text(&report));
    coverage
}

/// What a summary says is not covered, in short.
fn missing(summary: &Summary) -> Vec<String> {
    let said = |one: &Counted| format!("{} {} {}", one.line, one.unit.what, one.unit.outcome);
    summary.missing().map(said).collect()
}

const HELLO: &str = "- { name: hello, expect: { served_by: p/x } }\n";

/// Everything that [`HELLO`] does not do.
const REST: &str = r#"
- { name: eve whispers, request: { model: m, user: eve, messages: [{ role: user, content: hi }] }, expect: { verdict: allow } }
- { name: eve streams, request: { model: m, user: eve, stream: true, messages: [{ role: user, content: hi }] }, expect: { verdict: deny } }
- { name: y, down: [p/x], expect: { served_by: p/y } }
- { name: not at home, headers: { x-at: home }, expect: { dropped: { p/y: "rule:not_there" } } }
- { name: z, down: [p/x, p/y], expect: { served_by: p/z } }
- { name: after the pilot, at: 2027-03-01, expect: { dropped: { p/z: residency } } }
- { name: a card, say: "4111 1111 1111 1111", expect: { verdict: allow } }
- { name: a card back, reply: { say: "4111 1111 1111 1111" }, expect: { verdict: allow } }
- { name: two a minute, steps: [{ repeat: 2, expect: { verdict: allow } }, { expect: { reason: rate_limited } }] }
- { name: a tool, tools: [search_kb], expect: { verdict: allow } }
"#;

#[test]
fn what_is_counted_is_what_can_come() {
    let all = covered(&model_of(POLICY), "", 1).summary(None);
    assert_eq!(
        missing(&all),
        [
            "19 `pii.pan` of redaction `cards` has a hit on input",
            "19 `pii.pan` of redaction `cards` has a hit on output",
            "21 `p/x` for tenant `t` serves",
            "21 `p/y` for tenant `t` serves",
            "21 `p/z` for tenant `t` serves",
            "21 `p/z` for tenant `t` falls out by `residency`",
            "24 `m` of `allow models` decides",
            "25 `search_*` of `allow tools` decides",
            "28 `2 requests / minute` of tenant t is charged",
            "28 `2 requests / minute` of tenant t is full",
            "30 rule `no_eve` fires",
            "30 rule `no_eve` is asked and does not fire",
            "31 `request.user == \"eve\"` in rule `no_eve` is true",
            "31 `request.user == \"eve\"` in rule `no_eve` is false",
            "31 `request.stream` in rule `no_eve` is true",
            "31 `request.stream` in rule `no_eve` is false",
            "36 rule `not_there` fires",
            "36 rule `not_there` is asked and does not fire",
            "36 `p/y` for tenant `t` falls out by `rule:not_there`",
            "36 `route.endpoint == \"p/y\"` in rule `not_there` is true",
            "36 `route.endpoint == \"p/y\"` in rule `not_there` is false",
            "36 `request.header(\"x-at\") == \"home\"` in rule `not_there` is true",
            "36 `request.header(\"x-at\") == \"home\"` in rule `not_there` is false",
            "38 exception `pilot` lets something in",
        ]
    );
    assert_eq!(all.tally(), Tally { covered: 0, countable: 24 });
}

#[test]
fn one_request_covers_what_it_passed_and_no_more() {
    let summary = covered(&model_of(POLICY), HELLO, 1).summary(None);
    let covered: Vec<String> = summary
        .units
        .iter()
        .filter(|one| one.times > 0)
        .map(|one| format!("{} {} {}", one.line, one.unit.what, one.unit.outcome))
        .collect();
    assert_eq!(
        covered,
        [
            "21 `p/x` for tenant `t` serves",
            "24 `m` of `allow models` decides",
            "28 `2 requests / minute` of tenant t is charged",
            "30 rule `no_eve` is asked and does not fire",
            "31 `request.user == \"eve\"` in rule `no_eve` is false",
            "36 rule `not_there` is asked and does not fire",
            "36 `route.endpoint == \"p/y\"` in rule `not_there` is true",
            "36 `route.endpoint == \"p/y\"` in rule `not_there` is false",
            "36 `request.header(\"x-at\") == \"home\"` in rule `not_there` is false",
            "38 exception `pilot` lets something in",
        ]
    );
}

#[test]
fn a_good_suite_covers_all_on_any_number_of_threads() {
    let model = model_of(POLICY);
    let alone = covered(&model, &format!("{HELLO}{REST}"), 1).summary(None);
    assert_eq!(missing(&alone), [""; 0]);
    assert_eq!(alone, covered(&model, &format!("{HELLO}{REST}"), 4).summary(None));
    assert_eq!(to_text(&alone, None).lines().last(), Some("  small.ascp  24 of 24  100.0 %"));
}

/// A case that a hint proposes does what the hint says.
#[test]
fn proposed_cases_cover_what_they_are_proposed_for() {
    let model = model_of(POLICY);
    let cases: Vec<(String, String)> = Coverage::of(&model)
        .summary(None)
        .missing()
        .filter(|one| one.unit.hint.starts_with('{') && one.unit.hint.ends_with('}'))
        .map(|one| (format!("{} {}", one.unit.what, one.unit.outcome), one.unit.hint.clone()))
        .collect();
    assert!(cases.len() >= 5, "{cases:?}");
    for (what, hint) in cases {
        let fields = hint.strip_prefix("{ ").and_then(|hint| hint.strip_suffix(" }")).unwrap();
        let expect = if fields.contains("expect:") { "" } else { ", expect: { status: 200 }" };
        let case = format!("- {{ name: a, {fields}{expect} }}\n");
        let summary = covered(&model, &case, 1).summary(None);
        let found =
            summary.units.iter().find(|one| format!("{} {}", one.unit.what, one.unit.outcome) == what);
        assert!(found.is_some_and(|one| one.times > 0), "{what}: {case}");
    }
}

#[test]
fn what_no_request_can_bring_about_is_not_counted() {
    let rows = [
        ("a constant", "rule r { when true; flag \"f\" }", vec!["rule `r` fires"]),
        ("the only tenant", "rule r { when tenant.name == \"t\"; flag \"f\" }", vec!["rule `r` fires"]),
        (
            "behind what never holds",
            "rule r { when \"eu\" in tenant.zones || request.stream; flag \"f\" }",
            vec!["rule `r` fires", "`\"eu\" in tenant.zones` in rule `r` is true"],
        ),
        (
            "a region of no candidate",
            "rule r { when route.provider == \"p\" && request.stream; flag \"f\" }",
            vec![
                "rule `r` fires",
                "rule `r` is asked and does not fire",
                "`route.provider == \"p\"` in rule `r` is true",
                "`request.stream` in rule `r` is true",
                "`request.stream` in rule `r` is false",
            ],
        ),
        ("a redaction that nobody has", "redaction r { pii.email block; on input }", vec![]),
        ("a profile that nobody has", "profile r { allow models m; limit 5 requests / day }", vec![]),
        (
            "the body of a macro",
            "rule r { when output.tool_calls.exists(c, c.name == \"pay\"); flag \"f\" }",
            vec![
                "rule `r` fires",
                "rule `r` is asked and does not fire",
                "`c.name == \"pay\"` in rule `r` is true",
                "`c.name == \"pay\"` in rule `r` is false",
            ],
        ),
    ];
    let before = Coverage::of(&model_of(POLICY)).summary(None).units.len();
    for (name, addition, expected) in rows {
        let summary = Coverage::of(&model_of(&format!("{POLICY}\n{addition}\n"))).summary(None);
        let added: Vec<String> = summary
            .units
            .iter()
            .filter(|one| one.line > 44)
            .map(|one| format!("{} {}", one.unit.what, one.unit.outcome))
            .collect();
        assert_eq!(added, expected, "{name}");
        assert_eq!(summary.units.len(), before + expected.len(), "{name}");
    }
}

#[test]
fn what_an_earlier_phase_refuses_is_not_found_in_a_later_one() {
    let rule = "rule far { when input.has(pii.pan) && route.endpoint == \"p/x\"; deny \"Far.\" }\n";
    let is_counted = |text: &str| {
        let summary = Coverage::of(&model_of(&format!("{text}\n{rule}"))).summary(None);
        let said = |one: &Counted| format!("{} {}", one.unit.what, one.unit.outcome);
        let units: Vec<String> = summary.units.iter().map(said).collect();
        let found = "`input.has(pii.pan)` in rule `far` is";
        assert!(units.contains(&format!("{found} false")), "{units:?}");
        [
            format!("{found} true"),
            "rule `far` fires".into(),
            "`p/x` for tenant `t` falls out by `rule:far`".into(),
        ]
        .map(|unit| units.contains(&unit))
    };
    assert_eq!(is_counted(POLICY), [true; 3]);
    let blocked = POLICY.replace("pii.pan tokenize", "pii.pan block");
    assert_eq!(is_counted(&blocked), [false; 3]);
    let workload = |data: &str| {
        let required = POLICY.replace("reside    eu", "reside    eu\n  require   workload");
        format!("{required}\nworkload w {{ tenant t; data {data}; owner \"o@o.example\"; purpose \"p\" }}\n")
    };
    assert_eq!(is_counted(&workload("cardholder_data")), [true; 3]);
    assert_eq!(is_counted(&workload("health_data")), [false; 3]);
}

#[test]
fn a_change_touches_its_declaration_and_what_depends_on_it() {
    let files = |text: &str| vec![("old.ascp".into(), text.as_bytes().to_vec())];
    let model = model_of(POLICY);
    let coverage = Coverage::of(&model);
    let rows: &[(&str, &str, &str, &[u32])] = &[
        ("nothing", "", "", &[]),
        ("layout and comments", "rule no_eve {", "// Why.\n\n  /// Docs.\n  rule no_eve {", &[]),
        ("a rule within a tenant", "\"Not you.\"", "\"No.\"", &[30, 30, 31, 31, 31, 31]),
        ("a rule", "\"Not there.\"", "\"No.\"", &[36, 36, 36, 36, 36, 36, 36]),
        ("a redaction", "on input, output", "on input", &[19, 19]),
        ("a tenant", "2 requests", "3 requests", &[21, 21, 21, 21, 24, 25, 28, 28, 36, 38]),
        ("a zone", "regions here", "regions there", &[21, 21, 21, 21, 36]),
        ("a chain", "x, y, z", "x, y", &[21, 21, 21, 21, 36]),
    ];
    for (name, is, was, expected) in rows {
        let touched = Touched::since(&files(&POLICY.replace(is, was)), &model);
        let lines: Vec<u32> = coverage.summary(Some(&touched)).units.iter().map(|one| one.line).collect();
        assert_eq!(lines, *expected, "{name}");
    }
    let all = Touched::since(&[], &model);
    assert_eq!(coverage.summary(Some(&all)), coverage.summary(None), "a package that was not there");
    let damaged = Touched::since(&files("}}} not policy {{{ \u{0} (((("), &model);
    assert_eq!(coverage.summary(Some(&damaged)), coverage.summary(None), "a package that was never one");
}

#[test]
fn text_tells_people_what_is_missing_and_what_would_cover_it() {
    let summary = covered(&model_of(POLICY), HELLO, 1).summary(None);
    let text = to_text(&summary, Some("main"));
    for part in [
        "\ncoverage of small, of what changed since main\n  rules        2 of  4   50.0 %\n  conditions   4 of  8   50.0 %\n",
        "  all         10 of 24   41.6 %\n\n  small.ascp  10 of 24   41.6 %\n\nnot covered\n",
        "  small.ascp:21  `p/z` for tenant `t` never serves\n      { tenant: t, model: m, down: [p/x, p/y], expect: { served_by: p/z } }\n",
        "never falls out by `residency`\n      { tenant: t, model: m, expect: { dropped: { p/z: \"residency\" } } }, with `at` after the tenant's exceptions\n",
        "  small.ascp:28  `2 requests / minute` of tenant t never is full\n      `repeat: 3` of `t`\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn json_has_its_documented_form() {
    let summary = covered(&model_of(POLICY), HELLO, 1).summary(None);
    let text = to_json(&[summary], None);
    let start = r#"{"covered":10,"countable":24,"percent":41.6,"changed_since":null,"packages":[{"package":"small","covered":10,"#;
    assert!(text.starts_with(start), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let package = &value["packages"][0];
    assert_eq!(
        package["kinds"][0],
        serde_json::json!({ "kind": "rules", "covered": 2, "countable": 4, "percent": 50.0 })
    );
    assert_eq!(package["files"][0]["file"], "small.ascp");
    assert_eq!(package["missing"].as_array().map(Vec::len), Some(14));
    assert_eq!(package["missing"][0]["what"], "`pii.pan` of redaction `cards`");
    assert_eq!((&package["missing"][0]["line"], &package["missing"][0]["column"]), (&19.into(), &19.into()));
}

#[test]
fn lcov_has_lines_and_a_branch_for_each_of_several_outcomes() {
    let summary = covered(&model_of(POLICY), HELLO, 1).summary(None);
    let text = to_lcov(&summary, |file| format!("policies/{file}"));
    assert!(text.starts_with("TN:\nSF:policies/small.ascp\nBRDA:19,0,0,-\nBRDA:19,0,1,-\n"), "{text}");
    for part in [
        // x, y and z: three of them serve, and the last also falls out.
        "BRDA:21,0,0,1\nBRDA:21,1,0,0\nBRDA:21,2,0,0\nBRDA:21,2,1,0\n",
        "BRDA:31,0,0,0\nBRDA:31,0,1,1\nBRDA:31,1,0,0\nBRDA:31,1,1,0\n",
        "DA:19,0\nDA:21,1\nDA:24,1\nDA:25,0\nDA:28,1\nDA:30,1\nDA:31,1\n",
        "LF:9\nLH:7\nend_of_record\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("BRDA:24,"), "a line of one outcome needs no branch\n{text}");
}

#[test]
fn pages_stand_by_themselves_and_escape_what_they_show() {
    let text = POLICY.replace("\"Small\"", "\"<script>alert(1)</script> & 'co'\"");
    let summary = covered(&model_of(&text), HELLO, 1).summary(None);
    let pages = to_pages(std::slice::from_ref(&summary), Some("<b>"));
    let paths: Vec<&str> = pages.iter().map(|page| page.path.as_str()).collect();
    assert_eq!(paths, ["index.html", "small.ascp.html"]);
    for page in &pages {
        assert!(!page.text.contains("<script") && !page.text.contains("<b>"), "{}", page.path);
        for fetched in ["src=", "@import", "url(", "http"] {
            let without_policy: String = page.text.lines().filter(|line| !line.contains("<pre>")).collect();
            assert!(!without_policy.contains(fetched), "{}: {fetched}", page.path);
        }
    }
    let index = &pages[0].text;
    assert!(index.contains("<a href=\"small.ascp.html#L31\">small.ascp:31</a>"), "{index}");
    let source = &pages[1].text;
    for part in [
        "<tr id=\"L1\" class=\"plain\"><td>1</td><td></td><td></td><td><pre>policy small &quot;&lt;script&gt;",
        "<tr id=\"L19\" class=\"missed\"><td>19</td><td>0</td><td>✗</td>",
        "<tr id=\"L24\" class=\"covered\"><td>24</td><td>1</td><td>✓</td>",
        "<tr id=\"L31\" class=\"partly\"><td>31</td><td>1</td><td>~</td>",
        "<code>request.stream</code> in rule <code>no_eve</code> never is true",
    ] {
        assert!(source.contains(part), "{part}");
    }
    let two = to_pages(&[summary.clone(), summary], None);
    let paths: Vec<&str> = two.iter().map(|page| page.path.as_str()).collect();
    assert_eq!(paths, ["index.html", "0-small/small.ascp.html", "1-small/small.ascp.html"]);
    assert!(two[1].text.contains("<a href=\"../index.html\">"));
}

#[test]
fn percentages_are_never_rounded_up() {
    let rows = [(0, 0, "100.0 %", true), (999, 1_000, "99.9 %", false), (1_999, 2_000, "99.9 %", false)];
    for (covered, countable, percent, is_all) in rows {
        let tally = Tally { covered, countable };
        assert_eq!((tally.percent().as_str(), tally.is_at_least(100)), (percent, is_all));
    }
    assert!(Tally { covered: 9, countable: 10 }.is_at_least(90));
    assert!(!Tally { covered: 9, countable: 10 }.is_at_least(91));
}
