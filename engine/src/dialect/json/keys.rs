//! Keys of one object: no two may be equal, nor differ by case only.
//!
//! Readers disagree on which of two equal keys counts, and some match keys
//! without regard to case. A body that could be read in two ways is refused,
//! so that what was judged is what is served.

use super::{Fault, JsonError, Token, decode};
use std::cmp::Ordering;

/// Up to so many keys are compared pair by pair; sorting costs more below it.
const PAIRWISE_MAX: usize = 8;

/// Checks the keys of the object at `object`, which is closed.
pub(super) fn check(text: &str, tokens: &[Token], object: usize) -> Result<(), JsonError> {
    let keys = Keys { text, tokens, next: object.saturating_add(1) };
    let is_plain = keys.clone().all(|key| !key.escaped && key.raw.is_ascii());
    let clash = if is_plain { find_plain(keys) } else { find_folded(keys) };
    match clash {
        None => Ok(()),
        Some((first, second)) => {
            let is_same = decode(first.raw).text == decode(second.raw).text;
            let fault = if is_same { Fault::DuplicateKey } else { Fault::CaseVariantKey };
            Err(JsonError { fault, offset: first.start.max(second.start) })
        }
    }
}

/// A key as it stands in the text.
#[derive(Clone, Copy)]
struct Key<'a> {
    raw: &'a str,
    escaped: bool,
    start: usize,
}

type Clash<'a> = Option<(Key<'a>, Key<'a>)>;

/// Keys without escapes, in ASCII: nearly all there are.
fn find_plain<'a>(keys: Keys<'a, '_>) -> Clash<'a> {
    let mut keys: smallvec::SmallVec<[Key<'a>; PAIRWISE_MAX]> = keys.collect();
    if keys.len() <= PAIRWISE_MAX {
        return keys.iter().enumerate().find_map(|(at, second)| {
            let mut before = keys.iter().take(at);
            let first = before.find(|first| first.raw.eq_ignore_ascii_case(second.raw))?;
            Some((*first, *second))
        });
    }
    keys.sort_by(|left, right| compare_ascii(left.raw, right.raw));
    let mut pairs = keys.iter().zip(keys.iter().skip(1));
    pairs.find(|(left, right)| left.raw.eq_ignore_ascii_case(right.raw)).map(|(left, right)| (*left, *right))
}

fn compare_ascii(left: &str, right: &str) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| {
        let right = right.bytes().map(|byte| byte.to_ascii_lowercase());
        left.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(right)
    })
}

/// Keys of which one has an escape or a character beyond ASCII.
fn find_folded<'a>(keys: Keys<'a, '_>) -> Clash<'a> {
    let mut folded: Vec<(String, Key<'a>)> = keys.map(|key| (fold(&decode(key.raw).text), key)).collect();
    folded.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.start.cmp(&right.1.start)));
    let mut pairs = folded.iter().zip(folded.iter().skip(1));
    pairs.find(|(left, right)| left.0 == right.0).map(|(left, right)| (left.1, right.1))
}

/// A form in which texts are equal that differ by case only.
///
/// Coarser than Unicode's simple case folding: lower, upper, lower again brings
/// together whatever any of the three does. Too coarse refuses a strange
/// body; too fine would let one pass.
pub(super) fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The keys of an object, in their order.
#[derive(Clone)]
struct Keys<'a, 't> {
    text: &'a str,
    tokens: &'t [Token],
    next: usize,
}

impl<'a> Iterator for Keys<'a, '_> {
    type Item = Key<'a>;

    fn next(&mut self) -> Option<Key<'a>> {
        let key = self.tokens.get(self.next)?;
        let value = self.tokens.get(key.next as usize)?;
        self.next = value.next as usize;
        let start = key.start as usize;
        let raw = self.text.get(start.saturating_add(1)..(key.end as usize).saturating_sub(1))?;
        Some(Key { raw, escaped: key.escaped, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_at_least_as_coarse_as_unicode_simple_folding() {
        for first in '\0'..=char::MAX {
            let mut class =
                regex_syntax::hir::ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new(
                    first, first,
                )]);
            class.try_case_fold_simple().expect("the tables are built in");
            for range in class.iter() {
                for other in range.start()..=range.end() {
                    let (left, right) = (fold(&first.to_string()), fold(&other.to_string()));
                    assert_eq!(left, right, "{first:?} and {other:?} differ by case only");
                }
            }
        }
    }

    #[test]
    fn plain_keys_compare_as_folded_ones() {
        let names = ["a", "A", "ab", "aB", "b", "model", "Model", "", "_", "-"];
        for left in names {
            for right in names {
                let is_equal = compare_ascii(left, right) == Ordering::Equal;
                assert_eq!(is_equal, fold(left) == fold(right), "{left} {right}");
            }
        }
    }
}
