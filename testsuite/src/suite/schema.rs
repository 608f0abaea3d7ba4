//! The format as a JSON Schema, for editors.
//!
//! It is written from the tables of keys that the reader follows, so that an
//! editor knows every key the reader knows and no other. What a value must be
//! beyond its shape (that a tenant exists, that two keys do not contradict each
//! other) is for `policy test` to say.

use super::keys::{EXCEPT, Key, SUITE, Shape, Table};
use serde_json::{Map, Value, json};

/// The dialect that the schema is written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema as text, in one order, with a line break at its end.
pub fn text() -> String {
    format!("{:#}\n", schema())
}

/// The schema.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    define(&SUITE, &mut definitions);
    let mut top = Map::new();
    top.insert("$schema".into(), json!(DIALECT));
    top.insert("title".into(), json!("Tests of a policy package: `*.test.yaml`"));
    top.insert("$ref".into(), json!(reference(&SUITE)));
    top.insert("$defs".into(), Value::Object(definitions));
    Value::Object(top)
}

fn reference(table: &Table) -> String {
    format!("#/$defs/{}", table.id)
}

/// Adds a table and all that it leads to; tables lead to each other in no circle.
fn define(table: &Table, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(table.id) {
        return;
    }
    let properties: Map<String, Value> = table
        .keys()
        .map(|key| (key.name.to_owned(), property(key, shape(&key.shape, definitions))))
        .collect();
    let mut object = Map::new();
    object.insert("type".into(), json!("object"));
    object.insert("properties".into(), Value::Object(properties));
    object.insert("additionalProperties".into(), json!(false));
    if !table.needed.is_empty() {
        object.insert("required".into(), json!(table.needed));
    }
    definitions.insert(table.id.to_owned(), Value::Object(object));
}

fn property(key: &Key, mut schema: Value) -> Value {
    if let Value::Object(fields) = &mut schema {
        fields.insert("description".into(), json!(key.about));
    }
    schema
}

/// What a shape is in JSON; a YAML reader has already made numbers of what looks like them.
fn shape(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    let mut inner = |of: &Shape| self::shape(of, definitions);
    match shape {
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::FullText => json!({ "type": ["string", "number", "boolean"], "minLength": 1 }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Count => number(0),
        Shape::Ordinal => number(1),
        Shape::Status => json!({ "type": "integer", "minimum": 200, "maximum": 599 }),
        Shape::Money => {
            let money = r"^[0-9_]+(\.[0-9]{1,6})? [A-Z]{3}$";
            json!({ "anyOf": [number(0), { "type": "string", "pattern": money }] })
        }
        Shape::Duration => json!({ "type": "string", "pattern": "^ *([0-9]+(us|ms|s|m|h|d) *)+$" }),
        Shape::Instant => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$" }),
        Shape::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Shape::Tag => json!({ "type": ["string", "number"], "pattern": r"^[^\s,;'`(){}\[\]]+$" }),
        Shape::Hex => {
            json!({ "type": ["string", "integer"], "pattern": r"^\s*([0-9a-fA-F]\s*[0-9a-fA-F]\s*)*$" })
        }
        Shape::Choice(words) => json!({ "enum": words() }),
        Shape::Code(codes) => {
            json!({ "type": "string", "pattern": format!("^({})(:.*)?$", codes.join("|")) })
        }
        Shape::Json => json!({}),
        Shape::JsonObject => json!({ "type": "object" }),
        Shape::List(item) => json!({ "type": "array", "items": inner(item) }),
        Shape::Some(item) => json!({ "type": "array", "items": inner(item), "minItems": 1 }),
        Shape::Many(item) => {
            let item = inner(item);
            json!({ "anyOf": [item, { "type": "array", "items": item }] })
        }
        Shape::OneOrMore(item) => {
            let item = inner(item);
            json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
        }
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": inner(value) }),
        Shape::SomeMap(value) => {
            json!({ "type": "object", "additionalProperties": inner(value), "minProperties": 1 })
        }
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(inner).collect::<Vec<_>>() }),
        Shape::Table(table) => {
            define(table, definitions);
            json!({ "$ref": reference(table) })
        }
        Shape::Lists(table) => lists(table, definitions),
    }
}

/// A whole number: as JSON has them, or as policies write them.
fn number(least: u64) -> Value {
    json!({ "anyOf": [{ "type": "integer", "minimum": least }, { "type": "string", "pattern": "^[0-9_]+[kMB]?$" }] })
}

/// Fields with a list of values each; what is no field keeps its shape.
fn lists(table: &Table, definitions: &mut Map<String, Value>) -> Value {
    let of = |key: &Key, definitions: &mut Map<String, Value>| {
        let value = shape(&key.shape, definitions);
        let list = if key.name == EXCEPT {
            value
        } else {
            json!({ "type": "array", "items": value, "minItems": 1 })
        };
        (key.name.to_owned(), property(key, list))
    };
    let properties: Map<String, Value> = table.keys().map(|key| of(key, definitions)).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1 })
}
