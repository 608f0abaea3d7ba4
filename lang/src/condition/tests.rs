//! Conditions against a small package: what is accepted, what is said about the rest.

mod mistakes;

use super::*;
use crate::model::{DetectorId, Phase, ZoneId};
use crate::{SourceId, Sources};

/// A package of a few names.
struct Package;

const DETECTORS: &[&str] = &["attacks.instruction_override", "investment_advice", "pii.iban", "pii.pan"];

impl Names for Package {
    fn detectors(&self, path: &str) -> Option<Vec<DetectorId>> {
        if path == "category.topic" {
            return Some(vec![DetectorId(1)]);
        }
        let of =
            |name: &str| name == path || name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        let found: Vec<_> =
            (0..).zip(DETECTORS).filter(|(_, name)| of(name)).map(|(id, _)| DetectorId(id)).collect();
        (!found.is_empty()).then_some(found)
    }

    fn zone(&self, name: &str) -> Option<ZoneId> {
        ["eea", "eu.members"].iter().position(|known| *known == name).map(ZoneId::from_index)
    }

    fn names(&self, domain: Domain) -> Vec<&str> {
        match domain {
            Domain::Tenant => vec!["labs", "retail"],
            Domain::Model => vec!["gpt_4o", "mistral_large"],
            Domain::Provider => vec!["azure", "vault_llm"],
            Domain::Endpoint => vec!["azure/westeurope"],
            Domain::Region => vec!["azure.westeurope", "frankfurt_dc"],
            Domain::Zone => vec!["eea", "eu.members"],
            Domain::Profile => vec!["pci"],
            Domain::Attestation => vec!["self_hosted"],
            Domain::Workload => vec!["support_assistant"],
            Domain::Detector => DETECTORS.to_vec(),
            Domain::Category => vec!["cardholder_data", "topic"],
            Domain::Label => vec!["tier"],
            Domain::Exception => vec!["labs_east_us"],
            Domain::Operation | Domain::Api | Domain::Role => Vec::new(),
        }
    }

    fn contains(&self, domain: Domain, name: &str) -> bool {
        domain == Domain::Role || self.names(domain).contains(&name)
    }
}

/// Code, message, place and help of a diagnostic.
type Told = (String, String, String, String);

/// The condition in a file, so that places are seen to be of the file.
fn run(place: Place, text: &str) -> (Option<Expr>, Vec<Told>) {
    let (before, after) = ("rule r { when ", "; deny \"x\" }");
    let mut sources = Sources::new();
    let id = sources.add("case.ascp", format!("{before}{text}{after}"), crate::Origin::Package);
    assert_eq!(id, SourceId(0));
    let start = u32::try_from(before.len()).unwrap();
    let span = Span::new(id, start, start + u32::try_from(text.len()).unwrap());
    let mut diagnostics = Diagnostics::new();
    let expr = check(text, span, place, &Package, &mut diagnostics);
    let told = diagnostics
        .as_slice()
        .iter()
        .map(|d| {
            let at = sources.text(d.span).to_owned();
            (d.code.as_str().to_owned(), d.message.clone(), at, d.help.clone().unwrap_or_default())
        })
        .collect();
    (expr, told)
}

fn accepted(place: Place, text: &str) -> Expr {
    let (expr, told) = run(place, text);
    assert!(told.is_empty(), "{text}: {told:#?}");
    expr.unwrap_or_else(|| panic!("{text}: no diagnostic and no condition"))
}

#[test]
fn standard_cel_is_accepted() {
    let conditions = [
        // Facts.
        r#"request.header("x-classification") == "board" && !("self_hosted" in route.attests)"#,
        r#"output.tool_calls.exists(t, t.name in ["approve_credit", "decline_transaction"])"#,
        "request.tokens > 60000",
        "input.has(attacks.instruction_override) || input.has(pii) || input.has(category.topic)",
        "input.count(pii.pan) >= 3 && output.has(investment_advice)",
        "input.findings.all(f, f.confidence > 0.5 && f.category == \"topic\" && f.detector != \"pii.pan\")",
        "usage.requests(\"day\") > 10 || usage.spend('month') > 5000000 && usage.tokens(\"second\") == 0",
        "request.stream && request.model != \"\" && request.operation == \"chat\" && request.api in [\"openai\"]",
        "caller.claim(\"dept\").startsWith(\"fin\") && \"admin\" in caller.roles",
        "tenant.label(\"tier\") == \"gold\" && tenant.name == \"retail\" && \"eea\" in tenant.zones",
        "route.region in zone.eea.regions || route.region in zone.eu.members.regions",
        "workload.name == \"support_assistant\" || workload.name == \"\"",
        // Arithmetic and comparison.
        "request.tokens * 2 + 1 - 3 / 2 % 5 < -request.max_tokens",
        "double(request.tokens) * 1.5 > 3u && 1 == 1.0 || request.tokens < 2u",
        "request.asked + \"x\" < request.path && b'a' + b\"b\" < b'c'",
        "now - timestamp(\"2026-01-01T00:00:00Z\") > duration(\"24h\")",
        "now + duration(\"1h\") > duration(\"1m\") + now && duration(\"1h\") - duration(\"1m\") > duration(\"0\")",
        "now.getHours(\"Europe/Berlin\") >= 9 && now.getDayOfWeek() < 6 && now.getDate(\"+01:00\") == 1",
        "now.getFullYear() == 2026 && now.getMonth() == 0 && now.getDayOfYear() < 9 && now.getDayOfMonth() == 1",
        "duration(\"90m\").getHours() == 1 && now.getMinutes() + now.getSeconds() + now.getMilliseconds() > 1",
        // Strings.
        "request.path.contains(\"a\") && request.path.endsWith(\"b\") && request.path.matches(\"^a+\\\\d$\")",
        "matches(request.path, r'^\\d+$') && size(request.path) > 3 && request.path.size() < 9",
        // Lists, maps, conversions.
        "[1, 2, 3].map(x, x * 2).filter(x, x > 2).exists_one(x, x == 4)",
        "[1, 2].map(x, x > 1, string(x))[0] == \"2\" && [1, 2].existsOne(x, x == 1)",
        "{\"a\": 1, 'b': 2}.all(k, k != \"\") && {\"a\": 1}[\"a\"] == 1 && {\"a\": 1}.a == 1 && has({\"a\": 1}.a)",
        "\"a\" in {\"a\": 1} && request.tools + [\"x\"] != [] && [] + request.tools == request.tools",
        "size({1: \"x\"}) == 1 && {1: true}[1] && [[1], []][0][0] == 1",
        "(request.stream ? request.tools : [])  == [\"a\"] && (request.stream ? 1 : 2) > 1",
        "type(request.tokens) == int && type(now) == google.protobuf.Timestamp && type(type(1)) == type",
        "dyn(request.tokens) == \"x\" || dyn([1, \"a\"]) == dyn(1) || dyn(1) + 1 > 2 || !dyn(true)",
        "[1, \"a\", null].exists(x, x == null) && [1, \"a\"][0] == 1",
        "int(\"12\") + int(1.5) + int(2u) + int(now) > 0 && uint(1) == 1u && bool(\"true\") && string(1u) == \"1\"",
        "string(now) != \"\" && string(duration(\"1s\")) == \"1s\" && string(b\"a\") == \"a\" && size(bytes(\"é\")) == 2",
        "request.tools.exists(request, request == \"x\") && .request.stream",
        "request.tools.all(x, request.tools.all(y, x == y || x + y != \"\"))",
        "1 < 2 && request.stream // a comment\n  && true",
    ];
    for condition in conditions {
        accepted(Place::Rule, condition);
    }
    accepted(
        Place::InvariantAlways,
        "decision.routes.all(r, r.region in zone.eea.regions || r.exception != \"\")",
    );
    accepted(
        Place::InvariantAlways,
        "decision.denied || decision.redacts(pii.pan) && decision.redacts(pii, \"output\")",
    );
    accepted(
        Place::InvariantAlways,
        "decision.reason == \"\" && \"f\" in decision.flags && \"pci\" in tenant.profiles",
    );
    accepted(Place::InvariantGiven, "\"pci\" in tenant.profiles && input.has(pii.pan)");
}

#[test]
fn each_mistake_is_told_once_at_its_place() {
    for &(text, code, message, at, help) in mistakes::MISTAKES {
        let (expr, told) = run(Place::Rule, text);
        assert!(expr.is_none(), "{text}");
        let expected = [(code.to_owned(), message.to_owned(), at.to_owned(), help.to_owned())];
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn a_regex_literal_is_told_with_its_spelling_in_cel() {
    let (_, told) = run(Place::Rule, "request.path == /^a\\/b/i");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "ASCP0309");
    assert_eq!(told[0].3, "write `text.matches(r\"(?i)^a/b\")`");
}

#[test]
fn remainders_are_not_percentages() {
    for text in [
        "request.tokens %2 == 1",
        "7%2 == request.tokens",
        "7 % (2) == request.tokens",
        "7%request.tokens == 1",
        "7 / request.tokens / 2 == 1 && 7u / 2u / 1u == 1u && 1e9 / 2.0 / 3.0 > 1.0 && [1][0] / 2 / 1 == 1",
    ] {
        accepted(Place::Rule, text);
    }
}

#[test]
fn independent_mistakes_are_all_told() {
    let text = "request.tokens > 60k && tenant.name == \"retial\" && request.modle == 1 && (request.tokens + \"a\") > 5_000";
    let (_, told) = run(Place::Rule, text);
    let codes: Vec<_> = told.iter().map(|told| told.0.as_str()).collect();
    assert_eq!(codes, ["ASCP0309", "ASCP0309", "ASCP0307", "ASCP0303", "ASCP0305"]);
}

#[test]
fn answers_that_no_request_changes_are_told() {
    let rows = [
        ("true", true),
        ("request.tokens >= 0", true),
        ("0 > request.tokens", false),
        ("request.stream && false", false),
        ("request.stream || !(1 > 2)", true),
        ("request.model in []", false),
        ("request.model == request.model", true),
        ("1 / 0 > 1 || true", true),
        ("false && request.tokens / 0 > 1", false),
    ];
    for (text, value) in rows {
        let (expr, told) = run(Place::Rule, text);
        assert!(expr.is_some(), "{text} is only a warning");
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert_eq!(
            (told[0].0.as_str(), told[0].1.clone()),
            ("ASCP0313", format!("condition is always {value}"))
        );
    }
    for text in ["request.tokens > 0", "request.tokens == 0", "request.model == request.asked"] {
        accepted(Place::Rule, text);
    }
}

#[test]
fn places_decide_what_can_be_read() {
    let rows = [
        (Place::InvariantGiven, "decision.denied", false),
        (Place::InvariantGiven, "route.region == \"frankfurt_dc\"", false),
        (Place::InvariantGiven, "output.tokens > 1", false),
        (Place::InvariantAlways, "route.region == \"frankfurt_dc\"", false),
        (Place::InvariantAlways, "decision.denied", true),
        (Place::InvariantGiven, "now > timestamp(0)", true),
    ];
    for (place, text, good) in rows {
        let (expr, told) = run(place, text);
        assert_eq!(expr.is_some(), good, "{text}: {told:?}");
        assert!(good || told[0].0 == "ASCP0310", "{text}: {told:?}");
    }
}

#[test]
fn spans_are_exact_for_every_node() {
    let text =
        "!((request.tokens + 1) * 2 > -3) || request.tools.exists(t, t in [\"é\", t]) && has({\"a\": 1}.a)";
    let expr = accepted(Place::Rule, text);
    let mut sources = Sources::new();
    let id = sources.add("x", format!("rule r {{ when {text}; deny \"x\" }}"), crate::Origin::Package);
    assert_eq!(id, expr.span.source);
    let mut seen = Vec::new();
    visit(&expr, &mut |node| seen.push(sources.text(node.span).to_owned()));
    let expected = [
        text,
        "!((request.tokens + 1) * 2 > -3)",
        "(request.tokens + 1) * 2 > -3",
        "(request.tokens + 1) * 2",
        "request.tokens + 1",
        "request.tokens",
        "1",
        "2",
        "-3",
        "request.tools.exists(t, t in [\"é\", t]) && has({\"a\": 1}.a)",
        "request.tools.exists(t, t in [\"é\", t])",
        "request.tools",
        "t in [\"é\", t]",
        "t",
        "[\"é\", t]",
        "\"é\"",
        "t",
        "has({\"a\": 1}.a)",
        "{\"a\": 1}",
        "\"a\"",
        "1",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_phase_follows_from_what_is_read() {
    let rows = [
        ("request.tokens > 1 && usage.requests(\"day\") > 1", Phase::Admit),
        ("request.stream && input.has(pii.pan)", Phase::Screen),
        ("input.has(pii.pan) && route.provider == \"azure\"", Phase::Route),
        ("output.tool_calls.exists(t, t.name == route.provider)", Phase::Respond),
    ];
    for (text, expected) in rows {
        assert_eq!(phase(&accepted(Place::Rule, text)), expected, "{text}");
    }
}

#[test]
fn limits_hold_at_their_edges() {
    use crate::limits::{CONDITION_BYTES_MAX, CONDITION_DEPTH_MAX, NESTING_DEPTH_MAX};
    let nested = |depth: usize| format!("{}request.stream{}", "(".repeat(depth), ")".repeat(depth));
    let sum = |terms: usize| format!("1{} > request.tokens", " + 1".repeat(terms));
    let long = |bytes: usize| format!("request.stream{}", " ".repeat(bytes - "request.stream".len()));
    let rows = [
        ("brackets", nested(NESTING_DEPTH_MAX), nested(NESTING_DEPTH_MAX + 1)),
        ("operators", sum(CONDITION_DEPTH_MAX - 2), sum(CONDITION_DEPTH_MAX - 1)),
        ("bytes", long(CONDITION_BYTES_MAX), long(CONDITION_BYTES_MAX + 1)),
    ];
    for (name, good, bad) in rows {
        accepted(Place::Rule, &good);
        let (_, told) = run(Place::Rule, &bad);
        assert_eq!(told.len(), 1, "{name}");
        assert_eq!(told[0].0, "ASCP0311", "{name}: {told:?}");
    }
    // As many alternatives as fit are no depth.
    accepted(Place::Rule, &vec!["request.asked == \"a\""; 600].join(" || "));
}

#[test]
fn what_would_recurse_deeply_is_refused_or_checked() {
    let rows = [
        "request.stream ? true : ".repeat(3000) + "false",
        "-".repeat(9000) + "1 > 2",
        "-!".repeat(5000) + "true",
        "!".repeat(9000) + "request.stream",
        "request".to_owned() + &".a".repeat(8000),
        "a".to_owned() + &".f()".repeat(4000),
        "x[".repeat(8000),
        "((".repeat(32) + "true" + &"))".repeat(32),
        "[".repeat(64) + &"]".repeat(64),
    ];
    for text in rows {
        run(Place::Rule, &text);
    }
}
