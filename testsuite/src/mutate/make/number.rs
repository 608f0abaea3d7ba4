//! Numbers as policies write them, made larger.

use super::Maker;
use crate::mutate::operator::Operator;
use lang::Span;
use lang::syntax::Statement;

/// The number that a word begins with, ten times as large: `5_000`, `2M`, `0.15`, `250ms`.
pub(super) fn tenfold(word: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == '_' || c == '.';
    let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
    let (said, unit) = word.split_at_checked(end)?;
    let said = said.replace('_', "");
    if !said.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let Some((whole, part)) = said.split_once('.') else {
        return Some(format!("{said}0{unit}"));
    };
    let (first, rest) = part.split_at_checked(1).unwrap_or(("0", ""));
    let moved = format!("{whole}{first}");
    let whole = match moved.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if rest.is_empty() { "" } else { "." };
    Some(format!("{whole}{point}{rest}{unit}"))
}

/// The count that a word begins with, twice as large.
pub(super) fn doubled(word: &str) -> Option<String> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(word.len());
    let (digits, unit) = word.split_at_checked(end)?;
    let number: u64 = digits.replace('_', "").parse().ok()?;
    Some(format!("{}{unit}", number.checked_mul(2)?))
}

impl Maker<'_> {
    /// A mutant with another number in place of a word.
    pub(super) fn with_number(
        &mut self,
        operator: Operator,
        statement: &Statement,
        word: Span,
        larger: fn(&str) -> Option<String>,
    ) {
        if let Some(new) = larger(self.slice(word)) {
            self.add(operator, statement, word.range(), &new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_keep_their_units() {
        for (word, expected) in [
            ("600", Some("6000")),
            ("5_000", Some("50000")),
            ("2M", Some("20M")),
            ("0.15", Some("1.5")),
            ("2.5", Some("25")),
            ("250ms", Some("2500ms")),
            ("requests", None),
        ] {
            assert_eq!(tenfold(word).as_deref(), expected, "{word}");
        }
        assert_eq!(doubled("8k").as_deref(), Some("16k"));
        assert_eq!(doubled("1_500").as_deref(), Some("3000"));
        assert_eq!(doubled("x"), None);
    }
}
