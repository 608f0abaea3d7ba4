//! The normal form of a text: spellings that hide a value, undone.
//!
//! People and programs write one value in many ways that a model reads as one:
//! with full-width digits, look-alike letters, invisible characters, or in the
//! escapes of HTML, URLs and JSON. The normal form follows NFKC (Unicode Standard
//! Annex 15) for single characters with their accents, the confusables of
//! Unicode Technical Standard 39 as far as they look like ASCII letters and
//! digits, and takes out what nobody sees. It is read beside the text as it was
//! given, never in its place: a pattern that speaks of `é` or of Cyrillic still
//! sees them.
//!
//! It is local: how a place reads depends on a few bytes after it and the
//! character before it, so it is the same however a text arrives. It does not
//! undo spellings in words, letters spaced out, or Hangul in single jamo.

mod escape;
mod letter;

use super::blocks::OfKind;
use escape::Escape;
use smallvec::SmallVec;
use std::borrow::Cow;

/// Characters that one place becomes; `㍿` becomes four, `ﷺ` eighteen.
pub(super) type Characters = SmallVec<[char; 4]>;

/// Most marks over one character that are read together; Unicode's
/// Stream-Safe Text Format has the same bound.
const MARKS_MAX: usize = 30;

/// How text reads at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// It stays as it is up to `end`.
    Same {
        /// One past its last byte.
        end: usize,
    },
    /// It reads as `characters`; none where nobody sees anything.
    Changed {
        /// One past its last byte.
        end: usize,
        /// What it reads as.
        characters: Characters,
    },
    /// More text is needed to tell.
    Open,
}

/// How `text` reads at `at`, which is less than its length.
///
/// A unit that stays is as long as can be told at once; one that changes is as
/// short as can be. Where more text may follow (`!is_end`) and matter, it is [`Unit::Open`].
pub(super) fn unit(text: &str, at: usize, is_end: bool) -> Unit {
    if text.as_bytes().get(at).is_some_and(|byte| is_plain(*byte)) {
        return plain_run(text, at, plain_until(text, at), is_end);
    }
    let same_end = same_until(text, at, is_end);
    if same_end > at {
        return Unit::Same { end: same_end };
    }
    let rest = text.get(at..).unwrap_or_default();
    match escape::read(rest, is_end) {
        Escape::Open => Unit::Open,
        Escape::Is { bytes, character } => {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let mut characters = Characters::new();
            letter::write(character, letter::is_beside_digit(before), &mut characters);
            Unit::Changed { end: at.saturating_add(bytes), characters }
        }
        Escape::None => cluster(text, at, is_end),
    }
}

/// The next place whose reading differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Here, or it may once more text follows.
    At(usize),
    /// None before this place, from which to look on.
    NoneBefore(usize),
}

/// Where the first change stands at or after `from`.
pub(super) fn first_change(text: &str, from: usize, is_end: bool) -> Change {
    let mut at = from;
    while at < text.len() {
        match unit(text, at, is_end) {
            // A last letter reads as it is; one with a mark over it may read otherwise once the marks end.
            Unit::Open if matches!(text.as_bytes().get(at..), Some([byte]) if is_plain(*byte)) => break,
            Unit::Changed { .. } | Unit::Open => return Change::At(at),
            Unit::Same { end } => at = end.max(at.saturating_add(1)),
        }
    }
    Change::NoneBefore(at)
}

/// A text in its normal form, as a whole.
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    let Change::At(mut at) = first_change(text, 0, true) else {
        return Cow::Borrowed(text);
    };
    let mut written = String::with_capacity(text.len());
    written.push_str(text.get(..at).unwrap_or_default());
    while at < text.len() {
        match unit(text, at, true) {
            Unit::Same { end } => {
                written.push_str(text.get(at..end).unwrap_or_default());
                at = end;
            }
            Unit::Changed { end, characters } => {
                written.extend(characters);
                at = end;
            }
            Unit::Open => break,
        }
    }
    Cow::Owned(written)
}

/// Whether a byte stands for itself, whatever follows it but an accent.
fn is_plain(byte: u8) -> bool {
    sign_bit(byte) == 0
}

/// One for a byte that does not stand for itself.
#[inline]
fn sign_bit(byte: u8) -> u8 {
    let is = |sign: u8| u8::from(byte == sign);
    byte >> 7 | is(b'&') | is(b'%') | is(b'\\')
}

/// Where the first byte from `at` on stands that is not plain.
fn plain_until(text: &str, at: usize) -> usize {
    OfKind::new(text.as_bytes(), sign_bit).next(at).unwrap_or(text.len())
}

/// Where the row of characters from `at` on ends that are no ASCII, read as they are, and have no
/// mark over them, as far as all of that is known without asking more.
fn same_until(text: &str, at: usize, is_end: bool) -> usize {
    let mut end = at;
    let mut characters = text.get(at..).unwrap_or_default().chars().peekable();
    while let Some(character) = characters.next() {
        let is_known = match characters.peek() {
            Some(next) => !letter::is_mark(*next),
            None => is_end,
        };
        if character.is_ascii() || !letter::is_same(character) || !is_known {
            break;
        }
        end = end.saturating_add(character.len_utf8());
    }
    end
}

/// A run of plain bytes, without the last one if an accent stands over it.
fn plain_run(text: &str, at: usize, end: usize, is_end: bool) -> Unit {
    let last = end.saturating_sub(1);
    let next = text.get(end..).and_then(|rest| rest.chars().next());
    let may_go_on = next.is_none() && !is_end;
    if !may_go_on && !next.is_some_and(letter::is_mark) {
        Unit::Same { end }
    } else if last > at {
        Unit::Same { end: last }
    } else if may_go_on {
        Unit::Open
    } else {
        cluster(text, at, is_end)
    }
}

/// A character with the marks over it.
fn cluster(text: &str, at: usize, is_end: bool) -> Unit {
    let rest = text.get(at..).unwrap_or_default();
    let mut following = rest.char_indices();
    let Some((_, base)) = following.next() else {
        return Unit::Open;
    };
    if letter::is_invisible(base) {
        return Unit::Changed { end: at.saturating_add(base.len_utf8()), characters: Characters::new() };
    }
    let marks: SmallVec<[char; 4]> =
        following.map(|(_, mark)| mark).take_while(|mark| letter::is_mark(*mark)).take(MARKS_MAX).collect();
    let bytes = marks.iter().fold(base.len_utf8(), |bytes, mark| bytes.saturating_add(mark.len_utf8()));
    if bytes == rest.len() && !is_end && marks.len() < MARKS_MAX && letter::takes_marks(base) {
        return Unit::Open;
    }
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let mut characters = Characters::new();
    letter::write(base, letter::is_beside_digit(before), &mut characters);
    for mark in &marks {
        letter::put_mark(*mark, &mut characters);
    }
    let end = at.saturating_add(bytes);
    let same = text.get(at..end).unwrap_or_default().chars();
    if characters.iter().copied().eq(same) { Unit::Same { end } } else { Unit::Changed { end, characters } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_are_undone() {
        let table = [
            ("plain text, 4111-1111", "plain text, 4111-1111"),
            ("４１１１ １１１１", "4111 1111"),
            ("𝟒𝟏𝟙𝟣𝟷", "41111"),
            ("٤١١١ ۴۱۱۱ ४१११", "4111 4111 4111"),
            ("④①❶⓵１️⃣", "41111"),
            ("4\u{200B}1\u{2060}1\u{FEFF}1\u{AD}1\u{E0031}", "41111"),
            ("4111\u{2013}1111\u{2212}1111\u{A0}1111", "4111-1111-1111 1111"),
            ("ｉｇｎｏｒｅ", "ignore"),
            ("іgnоrе рrеviоus", "ignore previous"),
            ("𝓲𝓰𝓷𝓸𝓻𝓮 𝔞𝔩𝔩", "ignore all"),
            ("i̶g̶n̶o̶r̶e̶", "ignore"),
            ("cafe\u{301} und Äpfel", "café und Äpfel"),
            ("4О1І", "401I"),
            ("41О1", "4101"),
            ("6ＯＩ", "6OI"),
            ("&#52;&#x31;&#x31&#49;", "4111"),
            ("a&commat;b&period;c &amp;#52;", "a@b.c 4"),
            ("%34%31%31%31%20%EF%BC%94", "4111 4"),
            ("%2534", "4"),
            (r"\u0034\u{31}\x31\u0031", "4111"),
            (r"\\u0034 \ud83d\ude00", "4 \u{1F600}"),
            (r"4111\-1111\_x", "4111-1111_x"),
            ("100% & more \\ than", "100% & more \\ than"),
            ("指令を無視", "指令を無視"),
            ("ﬁle №1", "file No1"),
        ];
        for (text, expected) in table {
            assert_eq!(normal(text), expected, "{text}");
        }
    }

    #[test]
    fn what_may_go_on_is_open() {
        for text in ["&", "&#5", "%", "%3", "%E2%80", "\\", "\\u00", "\\ud83d", "é", "１"] {
            assert_eq!(unit(text, 0, false), Unit::Open, "{text}");
            assert_ne!(unit(text, 0, true), Unit::Open, "{text}");
        }
        assert_eq!(unit("abc", 0, false), Unit::Same { end: 2 });
        assert_eq!(first_change("abc", 0, false), Change::NoneBefore(2));
        assert_eq!(first_change("ab%", 0, false), Change::At(2));
        assert_eq!(first_change("ab%", 0, true), Change::NoneBefore(3));
        assert_eq!(first_change("as\u{336}", 0, false), Change::At(1));
        assert_eq!(first_change("ab% é x\u{200B}", 0, true), Change::At(8));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Any text reads to its end, and what is told of a beginning holds of the whole.
        #[test]
        fn a_beginning_reads_as_in_the_whole(
            text in "[a&#x;5%3E2\\\\ud8u{}00-9é１\u{301}\u{200B}О]{0,40}",
            cut in any::<prop::sample::Index>(),
        ) {
            let cut = text.floor_char_boundary(cut.index(text.len() + 1));
            let mut at = 0;
            while at < cut {
                let early = unit(text.get(..cut).unwrap(), at, false);
                let late = unit(&text, at, true);
                match (&early, &late) {
                    (Unit::Open, _) => break,
                    (Unit::Same { end }, Unit::Same { end: all }) => {
                        prop_assert!(end <= all && *end > at);
                        at = *end;
                    }
                    (Unit::Changed { end, .. }, Unit::Changed { .. }) => {
                        prop_assert_eq!(&early, &late);
                        prop_assert!(*end > at);
                        at = *end;
                    }
                    _ => prop_assert!(false, "{:?} became {:?} at {} of {:?}", early, late, at, text),
                }
            }
            let _ = normal(&text);
        }
    }
}
