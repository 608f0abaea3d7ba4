//! One case for each combination of values.

use super::fields::{Layers, check_keys};
use super::keys::{EXCEPT, MATRIX, MATRIX_FIELDS};
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

/// Most entries of `except`; a matrix with more holes than this is a list of cases.
const EXCEPTIONS_MAX: usize = 256;

/// All combinations of values of these fields, in the order of the text; the last field turns fastest.
pub(super) fn read(node: &Node) -> Result<Vec<Combination>, Fault> {
    let entries = value::mapping(node, "a matrix: field to list of values")?;
    check_keys(entries, &MATRIX)?;
    let fields = || entries.iter().filter(|entry| entry.key != EXCEPT);
    let mut rows: Vec<Vec<Entry>> = vec![Vec::new()];
    for entry in fields() {
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
    if fields().next().is_none() {
        return Err(Fault::new(node.place, "an empty matrix has no combination"));
    }
    if let Some((_, except)) = Layers::new(&[entries]).find(EXCEPT) {
        leave_out(&mut rows, &except.value)?;
    }
    Ok(rows.into_iter().map(|fields| Combination { suffix: suffix(&fields), fields }).collect())
}

/// Leaves out the combinations that have all values of an exception; each exception must have had one to leave out.
fn leave_out(rows: &mut Vec<Vec<Entry>>, except: &Node) -> Result<(), Fault> {
    let exceptions = value::items(except)?;
    if exceptions.len() > EXCEPTIONS_MAX {
        return Err(Fault::new(except.place, format!("`except` has more than {EXCEPTIONS_MAX} entries")));
    }
    let mut is_out = vec![false; rows.len()];
    for exception in exceptions {
        let fields = value::mapping(exception, "an exception: field to value")?;
        check_keys(fields, &MATRIX_FIELDS)?;
        if fields.is_empty() {
            return Err(Fault::new(exception.place, "an empty exception would leave out every combination"));
        }
        let wanted = fields.iter().map(|field| Ok((field.key.as_str(), value::json(&field.value)?)));
        let wanted = wanted.collect::<Result<Vec<_>, Fault>>()?;
        let mut leaves_out = false;
        for (row, is_out) in rows.iter().zip(&mut is_out) {
            if wanted.iter().all(|(key, value)| has(row, key, value)) {
                (*is_out, leaves_out) = (true, true);
            }
        }
        if !leaves_out {
            return Err(Fault::new(exception.place, "no combination of this matrix has these values"));
        }
    }
    let mut is_out = is_out.into_iter();
    rows.retain(|_| !is_out.next().unwrap_or_default());
    if rows.is_empty() { Err(Fault::new(except.place, "`except` leaves no combination")) } else { Ok(()) }
}

fn has(row: &[Entry], key: &str, value: &serde_json::Value) -> bool {
    let field = row.iter().find(|field| field.key == key);
    field.is_some_and(|field| value::json(&field.value).is_ok_and(|came| came == *value))
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
