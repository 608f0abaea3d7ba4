//! Conditions against a small package: what is accepted, what is said about the rest.

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

/// Condition, code, message, place, help.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const MISTAKES: &[Row] = &[
    (
        "request.model",
        "ASCP0301",
        "condition is not a `bool`",
        "request.model",
        "compare it with a value, as in `request.model == \"o3\"`",
    ),
    (
        "size(request.tools)",
        "ASCP0301",
        "condition is not a `bool`",
        "size(request.tools)",
        "compare it with a value, as in `x > 0`",
    ),
    (
        "dyn(true)",
        "ASCP0301",
        "condition is not a `bool`",
        "dyn(true)",
        "compare it with a value, as in `x == true`",
    ),
    ("", "ASCP0302", "condition ends too early", "", ""),
    ("request.stream &&", "ASCP0302", "condition ends too early", "", ""),
    ("request.stream = true", "ASCP0302", "`=` is not an operator of CEL", "=", "compare with `==`"),
    ("request.stream & true", "ASCP0302", "`&` is not an operator of CEL", "&", "write `&&`"),
    ("request.stream and true", "ASCP0302", "`and` is not an operator of CEL", "and", "write `&&`"),
    (
        "request.tokens > 99999999999999999999",
        "ASCP0302",
        "number does not fit into `int`",
        "99999999999999999999",
        "",
    ),
    ("(request.stream", "ASCP0302", "bracket is not closed", "(", "add `)`"),
    ("[request.stream)", "ASCP0302", "`)` closes nothing", ")", "write `]`"),
    ("request.model == \"o3", "ASCP0302", "string is not closed", "\"o3", ""),
    ("request.stream && é", "ASCP0302", "`é` is not a character of CEL", "é", ""),
    (
        "request.model == \"\\d\"",
        "ASCP0302",
        "string has an escape that CEL does not know",
        "\"\\d\"",
        "write `\\\\` for a backslash, or a raw string as in `r\"\\d\"`",
    ),
    (
        "requets.model == \"\"",
        "ASCP0303",
        "there is no `requets` to read",
        "requets",
        "did you mean `request`?",
    ),
    ("request.modle == \"\"", "ASCP0303", "`request` has no `modle`", "modle", "did you mean `model`?"),
    (
        "request.header == \"\"",
        "ASCP0303",
        "`request.header` takes an argument",
        "request.header",
        "write `request.header(\"name\")`",
    ),
    ("request.model.size > 1", "ASCP0303", "a `string` has no `size`", "size", "write `size(…)`"),
    (
        "input.findings.exists(f, f.detectr == \"\")",
        "ASCP0303",
        "a finding has no `detectr`",
        "detectr",
        "did you mean `detector`?",
    ),
    (
        "request.tokens() > 1",
        "ASCP0304",
        "`request.tokens` takes no argument",
        "tokens",
        "write `request.tokens`",
    ),
    (
        "request.path.startswith(\"/\")",
        "ASCP0304",
        "there is no function `startswith`",
        "startswith",
        "did you mean `startsWith`?",
    ),
    ("len(request.tools) > 1", "ASCP0304", "there is no function `len`", "len", "write `size(…)`"),
    (
        "contains(request.path, \"a\")",
        "ASCP0304",
        "`contains` is called on a value",
        "contains",
        "write `text.contains(…)`",
    ),
    ("request.tokens == \"5\"", "ASCP0305", "a `int` never equals a `string`", "request.tokens == \"5\"", ""),
    (
        "request.tokens + 1.5 > 2",
        "ASCP0305",
        "`+` does not take a `int` and a `double`",
        "request.tokens + 1.5",
        "convert one of them with `double(…)`",
    ),
    (
        "(request.tokens + 1) * \"a\" == 1",
        "ASCP0305",
        "`*` does not take a `int` and a `string`",
        "(request.tokens + 1) * \"a\"",
        "",
    ),
    (
        "request.model in \"o3\"",
        "ASCP0305",
        "`in` asks a list or a map",
        "request.model in \"o3\"",
        "to search in a text, write `text.contains(part)`",
    ),
    (
        "request.model && request.stream",
        "ASCP0305",
        "a `bool` is needed here",
        "request.model",
        "compare it with a value, as in `request.model == \"o3\"`",
    ),
    (
        "!request.tokens",
        "ASCP0305",
        "a `bool` is needed here",
        "request.tokens",
        "compare it with a value, as in `request.tokens > 0`",
    ),
    ("request.model == null", "ASCP0305", "a `string` never equals a `null`", "request.model == null", ""),
    ("request.stream.all(x, x)", "ASCP0305", "a macro goes over a list or a map", "request.stream", ""),
    ("size(1, 2) > 1", "ASCP0305", "`size` takes one operand", "size", ""),
    (
        "size(request.tokens) > 1",
        "ASCP0305",
        "`size` does not take a `int`",
        "size(request.tokens)",
        "it takes a `string`, `bytes`, `list` or `map`",
    ),
    (
        "{1.5: 2} == {}",
        "ASCP0305",
        "this type cannot be a key",
        "1.5",
        "a key is a `bool`, `int`, `uint` or `string`",
    ),
    (
        "request.header(request.path) == \"\"",
        "ASCP0306",
        "a header is named by a literal",
        "request.path",
        "write a string, as in `\"x\"`",
    ),
    (
        "input.has(\"pii.pan\")",
        "ASCP0306",
        "a detector is named, not computed",
        "\"pii.pan\"",
        "write the name alone, as in `input.has(pii.pan)`",
    ),
    (
        "request.path.matches(request.user)",
        "ASCP0306",
        "a pattern is named by a literal",
        "request.user",
        "write a string, as in `\"x\"`",
    ),
    (
        "now.getHours(request.user) > 1",
        "ASCP0306",
        "a time zone is named by a literal",
        "request.user",
        "write a string, as in `\"x\"`",
    ),
    (
        "tenant.name == \"retial\"",
        "ASCP0307",
        "there is no tenant `retial`",
        "\"retial\"",
        "did you mean \"retail\"?",
    ),
    ("request.model in [\"gpt_4o\", \"o3\"]", "ASCP0307", "there is no model `o3`", "\"o3\"", ""),
    ("\"eeaa\" in tenant.zones", "ASCP0307", "there is no zone `eeaa`", "\"eeaa\"", "did you mean \"eea\"?"),
    (
        "route.provider != \"azur\"",
        "ASCP0307",
        "there is no provider `azur`",
        "\"azur\"",
        "did you mean \"azure\"?",
    ),
    (
        "tenant.profiles.exists(p, p == \"pcy\")",
        "ASCP0307",
        "there is no profile `pcy`",
        "\"pcy\"",
        "did you mean \"pci\"?",
    ),
    (
        "tenant.zones[0] == \"eeaa\"",
        "ASCP0307",
        "there is no zone `eeaa`",
        "\"eeaa\"",
        "did you mean \"eea\"?",
    ),
    (
        "request.operation == \"caht\"",
        "ASCP0307",
        "there is no operation `caht`",
        "\"caht\"",
        "did you mean \"chat\"?",
    ),
    (
        "tenant.label(\"teir\") == \"gold\"",
        "ASCP0307",
        "there is no label `teir`",
        "\"teir\"",
        "did you mean \"tier\"?",
    ),
    (
        "input.has(pii.pam)",
        "ASCP0307",
        "there is no detector `pii.pam`",
        "pii.pam",
        "did you mean `pii.pan`?",
    ),
    (
        "input.has(category.topics)",
        "ASCP0307",
        "there is no category `topics`",
        "category.topics",
        "did you mean `category.topic`?",
    ),
    (
        "usage.requests(\"week\") > 1",
        "ASCP0307",
        "there is no window `week`",
        "\"week\"",
        "there are \"second\", \"minute\", \"hour\", \"day\", \"month\"",
    ),
    ("\"x\" in zone.eaa.regions", "ASCP0307", "there is no zone `eaa`", "eaa", "did you mean `eea`?"),
    (
        "now.getHours(\"Mars\") > 1",
        "ASCP0307",
        "there is no time zone `Mars`",
        "\"Mars\"",
        "write an IANA name, as in `\"Europe/Berlin\"`, or an offset, as in `\"+01:00\"`",
    ),
    ("request.path.matches(\"(\")", "ASCP0308", "pattern does not compile", "\"(\"", ""),
    ("request.tokens > 60k", "ASCP0309", "`60k` is not a literal of CEL", "60k", "write `60000`"),
    ("request.tokens > 5_000", "ASCP0309", "`5_000` is not a literal of CEL", "5_000", "write `5000`"),
    (
        "usage.spend(\"month\") > 5 USD",
        "ASCP0309",
        "`5 USD` is not a literal of CEL",
        "5 USD",
        "write `5000000`",
    ),
    (
        "input.findings.exists(f, f.confidence > 50%)",
        "ASCP0309",
        "`50%` is not a literal of CEL",
        "50%",
        "write a fraction: `0.5`",
    ),
    ("now - now < 10m", "ASCP0309", "`10m` is not a literal of CEL", "10m", "write `duration(\"10m\")`"),
    (
        "now < 2027-01-31",
        "ASCP0309",
        "`2027-01-31` is not a literal of CEL",
        "2027-01-31",
        "write `timestamp(\"2027-01-31T00:00:00Z\")`",
    ),
    ("request.bytes > 10 MiB", "ASCP0309", "`10 MiB` is not a literal of CEL", "10 MiB", "write `10485760`"),
    ("request.tokens > 2.5M", "ASCP0309", "`2.5M` is not a literal of CEL", "2.5M", "write `2500000`"),
    (
        "decision.denied",
        "ASCP0310",
        "a rule cannot read `decision`",
        "decision.denied",
        "`decision` is for the `always` of an invariant",
    ),
    (
        "decision.redacts(pii.pan)",
        "ASCP0310",
        "a rule cannot read `decision`",
        "decision",
        "`decision` is for the `always` of an invariant",
    ),
    (
        "has(request.user)",
        "ASCP0312",
        "`user` is always there",
        "has(request.user)",
        "what can be read is empty when it is absent: compare it with `\"\"`",
    ),
    (
        "Message{a: 1} == 1",
        "ASCP0312",
        "messages have no meaning here",
        "Message",
        "compare members one by one",
    ),
    ("request.tokens / 0 > 1", "ASCP0314", "division by zero always fails", "0", ""),
    ("{\"a\": 1, \"a\": 2} == {}", "ASCP0315", "map has the same key twice", "\"a\"", ""),
    (
        "now > timestamp(\"2027-01-31\")",
        "ASCP0316",
        "this is not a `timestamp`",
        "\"2027-01-31\"",
        "write it as in `\"2027-01-31T00:00:00Z\"`",
    ),
    (
        "now - now > duration(\"1d\")",
        "ASCP0316",
        "this is not a `duration`",
        "\"1d\"",
        "write it as in `\"1h30m\"`; the units are h, m, s, ms, us and ns",
    ),
];

#[test]
fn each_mistake_is_told_once_at_its_place() {
    for &(text, code, message, at, help) in MISTAKES {
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
