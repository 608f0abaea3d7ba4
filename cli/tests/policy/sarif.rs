//! `policy check --format sarif`: what code scanning must find in it.

use crate::support::{Scratch, json, policy};
use serde_json::Value;

fn check(scratch: &Scratch, package: &str) -> (i32, Value) {
    let said = policy(scratch.path(), &["check", package, "--at", "2026-11-20", "--format", "sarif"]);
    assert_eq!((said.err.as_str(), said.out.lines().count()), ("", 1), "{said:?}");
    (said.code, json(&said.out))
}

/// Properties that SARIF 2.1.0 knows and those that it demands, for each kind of object that is written.
const SHAPES: &[(&str, &[&str], &[&str])] = &[
    ("/runs/*", &["tool"], &["invocations", "columnKind", "results"]),
    ("/runs/*/tool", &["driver"], &[]),
    ("/runs/*/tool/driver", &["name"], &["version", "rules"]),
    ("/runs/*/tool/driver/rules/*", &["id"], &["shortDescription", "help", "defaultConfiguration"]),
    ("/runs/*/tool/driver/rules/*/help", &["text"], &["markdown"]),
    ("/runs/*/invocations/*", &["executionSuccessful"], &["exitCode", "toolExecutionNotifications"]),
    ("/runs/*/results/*", &["message"], &["ruleId", "ruleIndex", "level", "locations", "relatedLocations"]),
    ("/runs/*/results/*/message", &["text"], &[]),
    ("/runs/*/results/*/locations/*", &[], &["physicalLocation", "message"]),
    ("/runs/*/results/*/locations/*/physicalLocation", &["artifactLocation"], &["region"]),
    ("/runs/*/results/*/locations/*/physicalLocation/artifactLocation", &["uri"], &[]),
    (
        "/runs/*/results/*/locations/*/physicalLocation/region",
        &[],
        &["startLine", "startColumn", "endLine", "endColumn"],
    ),
];

/// The values at a path in which `*` is every element of a list.
fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    path.split('/').skip(1).fold(vec![value], |values, step| {
        let below = |value: &'v Value| match step {
            "*" => value.as_array().into_iter().flatten().collect::<Vec<_>>(),
            key => value.get(key).into_iter().collect(),
        };
        values.into_iter().flat_map(below).collect()
    })
}

fn is_well_formed(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.contains("sarif-2.1.0")));
    for (path, demanded, known) in SHAPES {
        for object in at(log, path) {
            let object = object.as_object().unwrap_or_else(|| panic!("{path}: no object"));
            assert!(demanded.iter().all(|name| object.contains_key(*name)), "{path}: {object:?}");
            let is_known = |name: &String| demanded.iter().chain(*known).any(|known| known == name);
            assert!(object.keys().all(is_known), "{path}: {object:?}");
        }
    }
    for result in at(log, "/runs/*/results/*") {
        let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
        let rules = at(log, "/runs/*/tool/driver/rules/*");
        assert_eq!(index.and_then(|index| rules.get(index)).map(|rule| &rule["id"]), Some(&result["ruleId"]));
        assert!(["error", "warning"].iter().any(|level| result["level"] == *level));
    }
}

#[test]
fn mistakes_are_results_at_their_lines() {
    let scratch = Scratch::new("sarif");
    let text = crate::PACKAGE.replace("allow    models m\n", "allow    models mm\n");
    scratch.write("my package/policy.ascp", &text);
    let (code, log) = check(&scratch, "my package");
    is_well_formed(&log);
    assert_eq!((code, &log["runs"][0]["invocations"][0]["exitCode"]), (3, &3.into()));
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"ASCP0201".into(), &"error".into()));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20package/policy.ascp", "as it is from here");
    let region = &place["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&13.into(), &19.into(), &21.into())
    );
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["help"]["markdown"], include_str!("../../../docs/diagnostics/ASCP0201.md"));
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
}

#[test]
fn a_refuted_invariant_is_a_result_with_its_request() {
    let scratch = Scratch::new("sarif-refuted");
    let invariant = "invariant nobody { always decision.denied }\n";
    scratch.write("policy.ascp", &format!("{}{invariant}", crate::PACKAGE));
    let (code, log) = check(&scratch, ".");
    is_well_formed(&log);
    assert_eq!(code, 1);
    let results = at(&log, "/runs/*/results/*");
    let refuted = results.iter().find(|result| result["ruleId"] == "refuted_invariant").expect("it is told");
    let message = refuted["message"]["text"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("invariant `nobody` is refuted by this request: {\"tenant\":\"t\""),
        "{message}"
    );
    let line = crate::PACKAGE.lines().count() + 1;
    assert_eq!(refuted["locations"][0]["physicalLocation"]["region"]["startLine"], line);
}

#[test]
fn a_package_without_findings_has_no_results() {
    let scratch = Scratch::new("sarif-well");
    scratch.write("policy.ascp", crate::PACKAGE);
    let (code, log) = check(&scratch, ".");
    is_well_formed(&log);
    assert_eq!((code, log["runs"][0]["results"].as_array().map(Vec::len)), (0, Some(0)));
}
