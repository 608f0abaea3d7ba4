//! JSON paths: RFC 9535, as far as tests need it.

use super::value;
use crate::yaml::{Fault, Node, Place};
use serde_json::Value;
use serde_json_path::JsonPath;

/// Longest path, in bytes; one that is longer is no longer read by anybody.
const PATH_BYTES_MAX: usize = 512;

/// Deepest nesting of brackets in a path: reading tries several ways at each level.
const PATH_DEPTH_MAX: usize = 8;

/// A JSON path.
#[derive(Clone, Debug)]
pub struct Path {
    /// As it was written.
    pub text: String,
    query: JsonPath,
    is_single: bool,
}

/// What a path selects.
#[derive(Clone, Debug, PartialEq)]
pub enum Selected {
    /// The one value that it can name; `None` when nothing is there.
    One(Option<Value>),
    /// All values that it names, in order.
    All(Vec<Value>),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// It is none, or beyond the bounds.
    pub(super) fn read(text: &str, place: Place) -> Result<Self, Fault> {
        let refused =
            |why: &str| Err(Fault::new(place, format!("`{}` is no JSON path: {why}", text.escape_debug())));
        if text.len() > PATH_BYTES_MAX {
            let message = format!("a JSON path has at most {PATH_BYTES_MAX} bytes");
            return Err(Fault::new(place, message));
        }
        let (deepest, is_single) = outline(text);
        if deepest > PATH_DEPTH_MAX {
            return refused(&format!("brackets nest deeper than {PATH_DEPTH_MAX} levels"));
        }
        match JsonPath::parse(text) {
            Ok(query) => Ok(Self { text: text.to_owned(), query, is_single }),
            Err(error) => {
                let at = error.position().saturating_add(1);
                refused(&format!("at character {at}: {}", error.message()))
            }
        }
    }

    /// What it selects of a value.
    pub fn select(&self, value: &Value) -> Selected {
        let nodes = self.query.query(value);
        if self.is_single {
            Selected::One(nodes.first().cloned())
        } else {
            Selected::All(nodes.iter().map(|node| (*node).clone()).collect())
        }
    }
}

/// How deep its brackets nest, and whether it can name one place only.
fn outline(text: &str) -> (usize, bool) {
    let (mut depth, mut deepest, mut is_single) = (0_usize, 0_usize, true);
    let mut quote: Option<char> = None;
    let mut before = ' ';
    let mut is_escaped = false;
    for letter in text.chars() {
        if let Some(open) = quote {
            if letter == open && !is_escaped {
                quote = None;
            }
            is_escaped = letter == '\\' && !is_escaped;
            continue;
        }
        match letter {
            '\'' | '"' => quote = Some(letter),
            '[' | '(' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            ']' | ')' => depth = depth.saturating_sub(1),
            '*' | '?' | ':' | ',' => is_single = false,
            '.' if before == '.' => is_single = false,
            _ => {}
        }
        before = letter;
    }
    (deepest, is_single)
}

/// Paths, and what each is to select; at least one.
pub(super) fn read_all(node: &Node) -> Result<Vec<(Path, Value)>, Fault> {
    let entries = value::mapping(node, "JSON paths and what they select")?;
    if entries.is_empty() {
        return Err(Fault::new(node.place, "no path asks nothing"));
    }
    entries
        .iter()
        .map(|entry| Ok((Path::read(&entry.key, entry.place)?, value::json(&entry.value)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> Result<Path, String> {
        Path::read(text, Place::START).map_err(|fault| fault.message)
    }

    #[test]
    fn paths_select_one_or_all() {
        let value = json!({ "a": [{ "b": 1, "c.d": "x" }, { "b": 2 }], "b": null });
        let one = |value| Selected::One(Some(value));
        for (text, expected) in [
            ("$.b", one(json!(null))),
            ("$.a[0].b", one(json!(1))),
            ("$['a'][-1]['b']", one(json!(2))),
            ("$.a[0]['c.d']", one(json!("x"))),
            ("$.a[0]['c..*?d']", Selected::One(None)),
            (r"$.a[0]['it\'s, *']", Selected::One(None)),
            ("$.a[5].b", Selected::One(None)),
            ("$.a[*].b", Selected::All(vec![json!(1), json!(2)])),
            ("$..b", Selected::All(vec![json!(null), json!(1), json!(2)])),
            ("$.a[?@.b > 1].b", Selected::All(vec![json!(2)])),
            ("$.a[0:1].b", Selected::All(vec![json!(1)])),
            ("$.z[*]", Selected::All(vec![])),
        ] {
            assert_eq!(path(text).unwrap().select(&value), expected, "{text}");
        }
        assert_eq!(path("$").unwrap().select(&value), one(value));
    }

    #[test]
    fn what_is_no_path_is_told_and_what_is_long_is_not_tried() {
        assert!(path("a.b").unwrap_err().starts_with("`a.b` is no JSON path: at character 1"));
        assert!(path("$.a[").unwrap_err().contains("is no JSON path"));
        let long = |length: usize| format!("${}", ".a".repeat(length));
        assert!(path(&long(255)).is_ok());
        assert!(path(&long(256)).unwrap_err().contains("at most 512 bytes"));
        let deep = |depth: usize| format!("$[?{}@.a == 1{}]", "(".repeat(depth), ")".repeat(depth));
        assert!(path(&deep(PATH_DEPTH_MAX - 1)).is_ok());
        assert!(path(&deep(PATH_DEPTH_MAX)).unwrap_err().contains("deeper than 8"));
    }
}
