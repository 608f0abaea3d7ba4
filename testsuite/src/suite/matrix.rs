//! One case for each combination of values.

use super::fields::check_keys;
use super::value;
use crate::yaml::{Entry, Fault, Node, Value};

/// Most combinations of one matrix.
///
/// Larger ones are a mistake of one list too many, and their reports help nobody.
pub(super) const COMBINATIONS_MAX: usize = 4_096;

/// One combination: what to add to the name, and the fields that it sets.
#[derive(Debug)]
pub(super) struct Combination {
    /// As in ` [tenant: retail, model: o3]`; empty without a matrix.
    pub(super) suffix: String,
    /// The fields.
    pub(super) fields: Vec<Entry>,
}

/// All combinations of values of these fields, in the order of the text; the last field turns fastest.
pub(super) fn read(node: &Node, keys: &[&str]) -> Result<Vec<Combination>, Fault> {
    let entries = value::mapping(node, "a matrix: field to list of values")?;
    check_keys(entries, keys, "a matrix")?;
    let mut rows: Vec<Vec<Entry>> = vec![Vec::new()];
    for entry in entries {
        let values = value::items(&entry.value)?;
        if values.is_empty() {
            return Err(Fault::new(entry.value.place, "an empty list leaves no combination"));
        }
        if rows.len().saturating_mul(values.len()) > COMBINATIONS_MAX {
            let message = format!("this matrix has more than {COMBINATIONS_MAX} combinations");
            return Err(Fault::new(node.place, message));
        }
        rows = rows.iter().flat_map(|row| values.iter().map(|value| extended(row, entry, value))).collect();
    }
    if entries.is_empty() {
        return Err(Fault::new(node.place, "an empty matrix has no combination"));
    }
    Ok(rows.into_iter().map(|fields| Combination { suffix: suffix(&fields), fields }).collect())
}

fn extended(row: &[Entry], entry: &Entry, value: &Node) -> Vec<Entry> {
    let field = Entry { key: entry.key.clone(), place: entry.place, value: value.clone() };
    row.iter().cloned().chain(std::iter::once(field)).collect()
}

fn suffix(fields: &[Entry]) -> String {
    let shown: Vec<String> =
        fields.iter().map(|field| format!("{}: {}", field.key, shown(&field.value))).collect();
    format!(" [{}]", shown.join(", "))
}

/// A value as a name shows it: short, on one line.
fn shown(node: &Node) -> String {
    /// Longest value in a name; what is cut still differs by its place in the list.
    const LETTERS_MAX: usize = 48;
    let whole = match &node.value {
        Value::Scalar(scalar) => scalar.text.escape_debug().to_string(),
        Value::Sequence(_) | Value::Mapping(_) => {
            value::json(node).map_or_else(|fault| fault.message, |json| json.to_string())
        }
        Value::Broken(why) => why.clone(),
    };
    match whole.char_indices().nth(LETTERS_MAX) {
        None => whole,
        Some((end, _)) => format!("{}… (line {})", whole.get(..end).unwrap_or_default(), node.place.line),
    }
}
