//! Marks and runs: bytes by which patterns without fixed text are found.
//!
//! A mark is a digit or a sign that is rare in prose. A run is a long row of letters,
//! digits and the signs of base 64, as keys are.

use super::blocks::{BLOCK, OfKind, bits_of, blocks};
use super::bytes::DEPTH_MAX;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::ops::Range;

/// Most bytes that may stand before a mark: the letters of a licence or of a hardware address, and separators.
const MARK_BYTES_MAX: usize = 13;

/// Least bytes of a run: no word of prose is so long, and no key shorter that has no other sign.
pub(super) const RUN_BYTES_MIN: usize = 16;

/// Whether a byte is a mark: rare in prose, and in what many patterns must have.
pub(super) fn is_mark(byte: u8) -> bool {
    mark_bit(byte) != 0
}

/// One for a byte that is a mark.
#[inline]
fn mark_bit(byte: u8) -> u8 {
    let is = |mark: u8| u8::from(byte == mark);
    u8::from(byte.wrapping_sub(b'0') < 10) | is(b':') | is(b'+') | is(b'(') | is(b'[')
}

/// The rows of marks of a text, from `at` on.
pub(super) fn marks(bytes: &[u8], at: usize) -> impl Iterator<Item = Range<usize>> {
    let (mut marks, mut at) = (OfKind::new(bytes, mark_bit), at);
    std::iter::from_fn(move || {
        let start = marks.next(at)?;
        at = marks.end(start);
        Some(start..at)
    })
}

/// How many bytes stand at most before a mark that every match has, when they are few.
pub(super) fn mark(hir: &Hir) -> Option<usize> {
    mark_within(hir, DEPTH_MAX).filter(|before| *before <= MARK_BYTES_MAX)
}

fn mark_within(hir: &Hir, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(literal) => literal.0.iter().position(|byte| is_mark(*byte)),
        HirKind::Class(class) => is_class_of(class, is_mark).then_some(0),
        HirKind::Capture(capture) => mark_within(&capture.sub, depth),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => mark_within(&repetition.sub, depth),
        HirKind::Alternation(parts) => {
            parts.iter().try_fold(0, |most, part| Some(mark_within(part, depth)?.max(most)))
        }
        HirKind::Concat(parts) => {
            let mut before = 0_usize;
            for part in parts {
                if let Some(found) = mark_within(part, depth) {
                    return before.checked_add(found);
                }
                before = before.checked_add(part.properties().maximum_len()?)?;
            }
            None
        }
    }
}

/// Whether a class has bytes of one kind alone.
fn is_class_of(class: &Class, is_of_kind: impl Fn(u8) -> bool) -> bool {
    let is_of_kind = |start: u8, end: u8| (start..=end).all(&is_of_kind);
    match class {
        Class::Unicode(class) => class.ranges().iter().all(|range| {
            let byte = |character: char| u8::try_from(u32::from(character)).ok();
            byte(range.start()).zip(byte(range.end())).is_some_and(|(start, end)| is_of_kind(start, end))
        }),
        Class::Bytes(class) => class.ranges().iter().all(|range| is_of_kind(range.start(), range.end())),
    }
}

/// Whether a byte may stand in a run: it is of base 64 in either alphabet; hexadecimal digits are.
#[inline]
pub(super) fn is_of_run(byte: u8) -> bool {
    run_bit(byte) != 0
}

/// One for a byte that may stand in a run.
#[inline]
fn run_bit(byte: u8) -> u8 {
    let is = |sign: u8| u8::from(byte == sign);
    let is_letter = u8::from((byte | 0x20).wrapping_sub(b'a') < 26);
    is_letter | u8::from(byte.wrapping_sub(b'0') < 10) | is(b'+') | is(b'/') | is(b'-') | is(b'_')
}

/// The next run that ends at or after `from`, from there on.
pub(super) fn next_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let start = next_run_start(bytes, from)?;
    Some(start..OfKind::new(bytes, run_bit).end(start))
}

/// Where it begins. What this reads does not grow with its length.
pub(super) fn next_run_start(bytes: &[u8], from: usize) -> Option<usize> {
    // How many bytes at the end of the block before may begin a run; fewer than it has at least.
    let mut begun = 0_u32;
    for (block, start) in blocks(bytes.get(from..)?).zip((from..).step_by(BLOCK)) {
        let bits = bits_of(&block, run_bit);
        if bits.trailing_ones().saturating_add(begun) as usize >= RUN_BYTES_MIN {
            return start.checked_sub(begun as usize);
        }
        let runs = beginnings(bits);
        if runs != 0 {
            return start.checked_add(runs.trailing_zeros() as usize);
        }
        begun = bits.leading_ones();
    }
    None
}

/// The bits that begin a row of as many as a run has at least.
fn beginnings(bits: u64) -> u64 {
    const { assert!(RUN_BYTES_MIN == 16) };
    [1, 2, 4, 8].into_iter().fold(bits, |bits, more| bits & bits >> more)
}

/// Whether every match begins with a run.
pub(super) fn begins_with_run(hir: &Hir) -> bool {
    run_within(hir, DEPTH_MAX).bytes >= RUN_BYTES_MIN
}

/// How matches of a part begin.
struct Beginning {
    /// At least so many bytes of a run.
    bytes: usize,
    /// And nothing else follows them in the part.
    is_all: bool,
}

fn run_within(hir: &Hir, depth: usize) -> Beginning {
    const NOTHING: Beginning = Beginning { bytes: 0, is_all: false };
    let Some(depth) = depth.checked_sub(1) else {
        return NOTHING;
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Beginning { bytes: 0, is_all: true },
        HirKind::Literal(literal) => {
            let bytes = literal.0.iter().take_while(|byte| is_of_run(**byte)).count();
            Beginning { bytes, is_all: bytes == literal.0.len() }
        }
        HirKind::Class(class) if is_class_of(class, is_of_run) => Beginning { bytes: 1, is_all: true },
        HirKind::Class(_) => NOTHING,
        HirKind::Capture(capture) => run_within(&capture.sub, depth),
        HirKind::Repetition(repetition) => match (run_within(&repetition.sub, depth), repetition.min) {
            (Beginning { bytes, is_all: true }, min) => {
                Beginning { bytes: bytes.saturating_mul(min as usize), is_all: true }
            }
            (_, 0) => NOTHING,
            (beginning, _) => beginning,
        },
        HirKind::Alternation(parts) => {
            let parts = parts.iter().map(|part| run_within(part, depth));
            let least = parts.reduce(|one, other| Beginning {
                bytes: one.bytes.min(other.bytes),
                is_all: one.is_all && other.is_all,
            });
            least.unwrap_or(NOTHING)
        }
        HirKind::Concat(parts) => {
            let mut all = Beginning { bytes: 0, is_all: true };
            for part in parts {
                let part = run_within(part, depth);
                all.bytes = all.bytes.saturating_add(part.bytes);
                if !part.is_all {
                    return Beginning { is_all: false, ..all };
                }
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::super::pattern::tests::pattern;
    use super::super::starts::Starts;
    use super::*;

    #[test]
    fn runs_are_read_off_patterns() {
        let table = [
            (r"\b[0-9a-f]{32}\b", true),
            (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", true),
            (r"\b(?:[a-z]{20}|G[A-Z]{15,30})\b", true),
            (r"\b(?:[a-z]{20}|G[A-Z]{14,30})\b", false),
            (r"[a-z]{8}\.[a-z]{30}", false),
            (r"[a-z]{0,40}[0-9]{16}", true),
            (r"x?[0-9]{16}", true),
            (r"(?:[a-z]{4} ?){8}", false),
        ];
        for (text, expected) in table {
            assert_eq!(begins_with_run(&parse(&pattern(text, "")).unwrap()), expected, "/{text}/");
        }
    }

    #[test]
    fn runs_are_found() {
        let text = b"short and_a_long_run! 0123456789abcdef, 0123456789abcde.";
        assert_eq!(next_run(text, 0), Some(22..38));
        assert_eq!(next_run(text, 23), None);
        assert_eq!(next_run(b"0123456789abcdefgh", 1), Some(1..18));
        assert_eq!(next_run(b"", 0), None);
        let of_run: String = ('\0'..='\u{FF}').filter(|byte| is_of_run(*byte as u8)).collect();
        assert_eq!(of_run, "+-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
        // Wherever it begins and ends, and whatever comes before.
        for (before, length) in (0..200).flat_map(|before| (14..20).map(move |length| (before, length))) {
            let text = format!("{}{}.", "word-word_w ".repeat(20).get(..before).unwrap(), "x".repeat(length));
            let start = if before % 12 == 0 { before } else { before - before % 12 };
            let expected = (start..before + length).len() >= RUN_BYTES_MIN;
            let expected = expected.then_some(start..before + length);
            assert_eq!(next_run(text.as_bytes(), 0), expected, "{before} {length}");
        }
    }

    #[test]
    fn marks_and_beginnings_are_read_off_patterns() {
        let table = [
            (r"\b\d{3}-\d{4}\b", Some(0), "a 1 b", vec![2]),
            (r"\b[A-Z]{2}\d{2}", Some(2), "AB X", vec![0, 3]),
            (r"(?:\+|\b00)[1-9]", Some(0), "+0 10", vec![0, 1]),
            (r"[a-z]+\d", None, "ab1", vec![0, 1]),
            (r"(?:\b1[ .-])?(?:\(\d{3}\) ?|\b\d{3})", Some(2), "(12 1", vec![0, 1, 4]),
            (r"é?\d", Some(2), "é1a", vec![0, 2]),
        ];
        for (text, before, haystack, places) in table {
            let hir = parse(&pattern(text, "")).unwrap();
            assert_eq!(mark(&hir), before, "/{text}/");
            let starts = Starts::new(&hir);
            let bytes = haystack.as_bytes();
            let found: Vec<_> = (0..haystack.len()).filter(|at| starts.may(bytes, *at)).collect();
            assert_eq!(found, places, "/{text}/ on {haystack}");
            for from in 0..=haystack.len() {
                let next = places.iter().find(|place| **place >= from).copied();
                assert_eq!(
                    starts.next(bytes, from..haystack.len(), |_| true),
                    next,
                    "/{text}/ on {haystack} from {from}"
                );
            }
        }
    }
}
