//! The schema knows what the reader knows.

use super::*;
use crate::derived;
use crate::suite::schema::{schema, text};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Where the schema is kept for those who have no command at hand.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/suite.schema.json");

#[test]
fn the_kept_schema_is_the_one_that_is_printed() {
    derived::check(Path::new(KEPT), &text()).unwrap();
}

#[test]
fn every_table_is_in_it_once() {
    let schema = schema();
    let mut ids: Vec<&str> = keys::ALL.iter().map(|table| table.id).collect();
    ids.sort_unstable();
    let twins = ids.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twins, None);
    // Included files are files of their own; a matrix stands in its case, with a list for each key.
    ids.retain(|id| !["fixtures", "matrix"].contains(id));
    let definitions: Vec<&str> = schema["$defs"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(definitions, ids);
}

/// Whether a value fits, as far as our schema uses the language of schemas; a word that is not known here is a defect.
fn fits(schema: &Json, whole: &Json, value: &Json) -> bool {
    let Some(words) = schema.as_object() else { return schema.as_bool().unwrap_or_default() };
    words.iter().all(|(word, wanted)| match word.as_str() {
        "$schema" | "$defs" | "title" | "description" => true,
        "$ref" => {
            let target = whole.pointer(wanted.as_str().unwrap().trim_start_matches('#'));
            fits(target.unwrap_or_else(|| panic!("{wanted} leads nowhere")), whole, value)
        }
        "type" => match wanted {
            Json::Array(types) => types.iter().any(|wanted| is_a(wanted, value)),
            wanted => is_a(wanted, value),
        },
        "enum" => wanted.as_array().unwrap().contains(value),
        "anyOf" => wanted.as_array().unwrap().iter().any(|one| fits(one, whole, value)),
        "pattern" => value.as_str().is_none_or(|text| {
            let pattern = regex_automata::meta::Regex::new(wanted.as_str().unwrap()).unwrap();
            pattern.is_match(text)
        }),
        "minLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 >= wanted.as_u64().unwrap())
        }
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(wanted, whole, item))),
        "minProperties" => {
            value.as_object().is_none_or(|fields| fields.len() as u64 >= wanted.as_u64().unwrap())
        }
        "required" => {
            let has = |name: &Json| value.get(name.as_str().unwrap()).is_some();
            !value.is_object() || wanted.as_array().unwrap().iter().all(has)
        }
        "properties" => value.as_object().is_none_or(|fields| {
            let fit =
                |(name, value): (&String, &Json)| wanted.get(name).is_none_or(|one| fits(one, whole, value));
            fields.iter().all(fit)
        }),
        "additionalProperties" => value.as_object().is_none_or(|fields| {
            let known = words.get("properties").unwrap_or(&Json::Null);
            fields
                .iter()
                .filter(|(name, _)| known.get(name).is_none())
                .all(|(_, value)| fits(wanted, whole, value))
        }),
        other => panic!("`{other}` is a word that this judge does not know"),
    })
}

fn is_a(kind: &Json, value: &Json) -> bool {
    match kind.as_str().unwrap() {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        other => panic!("`{other}` is no type"),
    }
}

fn fits_text(text: &str) -> bool {
    let schema = schema();
    let tree = yaml::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let tree = value::json(&tree).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    fits(&schema, &schema, &tree)
}

#[test]
fn suites_that_are_read_fit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut read = 0;
    for folder in ["policies", "stdlib", "testsuite/cases"] {
        for (name, bytes) in package::read(&root.join(folder), Kind::Suite).unwrap() {
            assert!(fits_text(&String::from_utf8(bytes).unwrap()), "{folder}/{name}");
            read += 1;
        }
    }
    assert!(read > 20, "{read} suites");
}

#[test]
fn what_the_reader_takes_the_schema_takes_and_what_it_refuses_for_its_shape_too() {
    let case = |fields: &str| format!("cases:\n- {{ name: a, expect: {{ end: cut }}, {fields} }}\n");
    let expect = |fields: &str| format!("cases:\n- {{ name: a, expect: {{ {fields} }} }}\n");
    for text in [
        case("tags: [a, b], skip: { reason: a, until: 2027-01-31 }, snapshot: true"),
        case("say: [a, { role: system, content: b, times: 3 }], max_tokens: 4k, stream: true, tools: [t]"),
        case("caller: { id: a, roles: [b], claims: { c: 1 } }, headers: { x: 1 }, down: a/b"),
        case(
            "reply: [{ status: 503, headers: { retry-after: 20 } }, { chunks: [a], truncate: { chunks: 2 } }]",
        ),
        case("reply: { body: { hex: ff00 }, delay: 1m 30s, cut: 3 }"),
        case("reply: { tool_calls: [t, { name: u, arguments: { a: 1 } }], usage: { input: 1 } }"),
        case("matrix: { model: [a, b], stream: [true, false], except: [{ model: b }] }"),
        case("usage: { tokens: { month: 2M }, spend: { day: 0.15 USD } }, at: 2026-11-20T09:00:00Z"),
        expect("verdict: deny, reason: rule:x, reasons: [residency], dropped: { a/b: down }"),
        expect("client: { has: a, lacks: [b], matches: c, equals: { d: 1 }, json: { $.a: [1] } }"),
        expect("redacted: { input: { pii.pan: 1 } }, charges: { 3 requests / minute: 1 }, cost: 0.15 USD"),
    ] {
        assert_eq!(faults(&text), [""; 0], "{text}");
        assert!(fits_text(&text), "{text}");
    }
    for text in [
        "case: []".to_owned(),
        "suite: a".into(),
        "cases: []".into(),
        "cases:\n- { expect: { end: cut } }".into(),
        case("tenat: a"),
        case("stream: 1"),
        case("max_tokens: many"),
        case("skip: { reason: a }"),
        case("tags: [a b]"),
        case("matrix: {}"),
        case("matrix: { model: [] }"),
        case("matrix: { model: [a], except: [{ modle: a }] }"),
        case("at: tomorrow"),
        case("api: opnai"),
        case("reply: { form: a/b }"),
        case("reply: { status: 99 }"),
        case("reply: { delay: 5 }"),
        case("reply: { body: { hex: f } }"),
        case("steps: []"),
        case("say: [{ role: user }]"),
        case("request: [a]"),
        expect("verdict: denied"),
        expect("reason: rate_limitd"),
        expect("dropped: {}"),
        expect("never: []"),
        expect("client: { has: [] }"),
        expect("client: { has: \"\" }"),
        expect("client: { json: {} }"),
        expect("cost: cheap"),
    ] {
        assert_ne!(faults(&text), [""; 0], "{text}");
        assert!(!fits_text(&text), "{text}");
    }
}

#[test]
fn it_is_of_the_dialect_that_it_says() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["$ref"], "#/$defs/suite");
    assert_eq!(schema["$defs"]["case"]["required"], json!(["name"]));
    assert!(text().ends_with("}\n"));
}
