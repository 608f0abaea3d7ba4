//! Edits: ranges of bytes and what stands there instead.
//!
//! What no edit touches is sent on byte for byte: key order, white space,
//! spelling of numbers and escapes stay the client's.

use super::json;
use std::ops::Range;

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub range: Range<usize>,
    /// What stands there instead.
    pub bytes: Vec<u8>,
}

impl Edit {
    /// Puts `bytes` in the place of `range`.
    pub fn new(range: Range<usize>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { range, bytes: bytes.into() }
    }

    /// Puts a JSON string in the place of a value.
    pub fn string(range: Range<usize>, text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len().saturating_add(2));
        bytes.push(b'"');
        json::encode_into(&mut bytes, text);
        bytes.push(b'"');
        Self { range, bytes }
    }
}

/// Edits that cannot be carried out: a defect of whoever made them, so the text is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits replace the same byte.
    #[error("two edits overlap")]
    Overlap,
    /// An edit lies outside the text.
    #[error("an edit lies outside the text")]
    Outside,
}

/// Carries out `edits`, in whatever order they come.
///
/// Insertions at one place stand in the order of the list, before a replacement that begins there.
///
/// # Errors
///
/// Returns [`EditError`] when two edits overlap or one lies outside; nothing is guessed.
///
/// # Examples
///
/// ```
/// # use engine::dialect::edit::{Edit, apply};
/// let edits = vec![Edit::string(6..9, "b\"c"), Edit::new(1..1, r#""n":1,"#)];
/// assert_eq!(apply(br#"{"a": "x" }"#, edits).unwrap(), br#"{"n":1,"a": "b\"c" }"#);
/// ```
pub fn apply(text: &[u8], mut edits: Vec<Edit>) -> Result<Vec<u8>, EditError> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let grown: usize = edits.iter().map(|edit| edit.bytes.len()).fold(0, usize::saturating_add);
    let mut out = Vec::with_capacity(text.len().saturating_add(grown));
    let mut kept = 0;
    for edit in edits {
        if edit.range.start < kept {
            return Err(EditError::Overlap);
        }
        if edit.range.end < edit.range.start {
            return Err(EditError::Outside);
        }
        out.extend_from_slice(text.get(kept..edit.range.start).ok_or(EditError::Outside)?);
        out.extend_from_slice(&edit.bytes);
        kept = edit.range.end;
    }
    out.extend_from_slice(text.get(kept..).ok_or(EditError::Outside)?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_edit_touches_stays() {
        let rows: &[(&str, Vec<Edit>, Result<&str, EditError>)] = &[
            ("none", vec![], Ok("0123456789")),
            ("out of order", vec![Edit::new(8..9, "B"), Edit::new(1..3, "A")], Ok("0A34567B9")),
            ("side by side", vec![Edit::new(1..3, "A"), Edit::new(3..4, "B")], Ok("0AB456789")),
            (
                "insertions first",
                vec![Edit::new(1..2, "C"), Edit::new(1..1, "A"), Edit::new(1..1, "B")],
                Ok("0ABC23456789"),
            ),
            ("at the ends", vec![Edit::new(0..0, "A"), Edit::new(10..10, "B")], Ok("A0123456789B")),
            ("overlap", vec![Edit::new(1..3, "A"), Edit::new(2..4, "B")], Err(EditError::Overlap)),
            ("inside another", vec![Edit::new(1..5, "A"), Edit::new(2..2, "B")], Err(EditError::Overlap)),
            ("past the end", vec![Edit::new(9..11, "A")], Err(EditError::Outside)),
        ];
        for (name, edits, expected) in rows {
            let edited = apply(b"0123456789", edits.clone());
            assert_eq!(edited, expected.map(|text| text.as_bytes().to_vec()), "{name}");
        }
    }
}
