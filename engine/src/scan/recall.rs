//! Tokens of this exchange in an answer, as a model may have written them.
//!
//! A model copies `[PAN_k3f9x2ma]` well, but not always to the letter: it changes
//! the case, drops the brackets, escapes signs for Markdown or HTML, or puts
//! emphasis around and inside. Such a token is still the token: its name and its
//! value part must be those of one value of this exchange, whole, or it stays
//! text. Nothing is guessed, completed or corrected.
//!
//! What comes back is put in the place of the token with its brackets; in
//! `[PAN_k3f9x2ma](address)` these are the link's, and stay.
//!
//! **Invariant:** what is recalled depends on the text alone, never on how it was cut.

use super::normalise::{self, Unit};
use super::vault::{TOKEN_BYTES_MAX, Vault};
use super::window::Window;
use std::ops::Range;

/// Longest spelling of a token that is read, in bytes: each character as an escape, and emphasis around.
///
/// A longer one stays text; so no more than this is held back for it.
const SPELLED_BYTES_MAX: usize = 12 * TOKEN_BYTES_MAX;

/// Text that stays readable before what is decided, in bytes: how a letter reads may depend on the one before.
const BEFORE_BYTES: usize = 4;

/// How far an answer has been read for tokens. All places are from its beginning.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// Read up to here.
    at: usize,
    /// No token begins before it that is not told.
    frontier: usize,
    /// Whether the character before is of a word, in whose middle no token begins.
    is_within_word: bool,
}

/// What stands at one place, for whoever looks for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// A letter or digit of ASCII, in lower case.
    Letter(char),
    /// `_`, of a token or emphasis.
    Underscore,
    /// `*`, `~` or a back-tick: emphasis, or code.
    Emphasis,
    /// Nothing that anybody sees.
    Invisible,
    /// `[`
    Opening,
    /// `]`
    Closing,
    /// Any other letter or digit.
    Foreign,
    /// Anything else.
    Other,
    /// The end of the text.
    End,
}

/// A sign and where it ends.
#[derive(Clone, Copy, Debug)]
struct Read {
    sign: Sign,
    end: usize,
}

/// More text is needed to tell.
#[derive(Clone, Copy, Debug)]
struct Open;

/// What a place turned out to be where a token may begin.
enum Candidate {
    /// A token of the vault.
    Token(Range<usize>),
    /// None; where to read on, and whether that is within a word.
    None(usize, bool),
}

impl Recall {
    /// No token begins before it that has not been told.
    pub(super) const fn frontier(&self) -> usize {
        self.frontier
    }

    /// Text before it is not read again.
    pub(super) const fn needed_from(&self) -> usize {
        self.at.saturating_sub(BEFORE_BYTES)
    }

    /// Reads on, and adds the tokens that are known now to `sink`, placed from the beginning of the answer.
    pub(super) fn advance(&mut self, vault: &Vault, window: Window<'_>, sink: &mut Vec<Range<usize>>) {
        if vault.is_empty() {
            self.at = window.end();
            self.frontier = self.at;
            return;
        }
        let mut at = self.at.saturating_sub(window.base);
        while at < window.text.len() {
            match self.step(vault, window, at) {
                Ok(Candidate::Token(range)) => {
                    at = range.end;
                    self.is_within_word = false;
                    sink.push(moved(range, window.base));
                }
                Ok(Candidate::None(next, is_within_word)) => {
                    at = next;
                    self.is_within_word = is_within_word;
                }
                Err(Open) => break,
            }
        }
        self.at = window.base.saturating_add(at);
        self.frontier = if self.may_begin(vault, window, at) { self.at } else { window.end() };
    }

    /// Reads what stands at one place.
    fn step(&self, vault: &Vault, window: Window<'_>, at: usize) -> Result<Candidate, Open> {
        let Read { sign, end } = read(window, at)?;
        if self.is_within_word && matches!(sign, Sign::Letter(_) | Sign::Underscore | Sign::Invisible) {
            return Ok(Candidate::None(end, true));
        }
        match sign {
            Sign::Letter(_) | Sign::Underscore | Sign::Emphasis | Sign::Invisible | Sign::Opening => {
                Reader { vault, window }.candidate(at)
            }
            Sign::Foreign => Ok(Candidate::None(end, true)),
            Sign::Closing | Sign::Other | Sign::End => Ok(Candidate::None(end, false)),
        }
    }

    /// Whether a token may begin in what could not be read yet. A last letter waits for a mark over it, which
    /// makes it no other letter of a token.
    fn may_begin(&self, vault: &Vault, window: Window<'_>, at: usize) -> bool {
        let rest = window.text.as_bytes().get(at..).unwrap_or_default();
        match rest {
            [] => false,
            [letter] if letter.is_ascii_alphanumeric() => {
                let key = letter.to_ascii_lowercase();
                !self.is_within_word && vault.has_key_from(std::str::from_utf8(&[key]).unwrap_or_default())
            }
            [b'_'] if self.is_within_word => false,
            [other] => !is_plain(*other) || matches!(other, b'[' | b'_' | b'*' | b'~' | b'`'),
            [..] => true,
        }
    }
}

/// Reads one candidate.
#[derive(Clone, Copy)]
struct Reader<'a, 't> {
    vault: &'a Vault,
    window: Window<'t>,
}

/// Name and value of a token that has been read, and what was skipped within.
struct Core {
    range: Range<usize>,
    has_emphasis: bool,
}

impl Reader<'_, '_> {
    /// Reads a token that may begin at `start`, with what stands around it.
    fn candidate(self, start: usize) -> Result<Candidate, Open> {
        let first = self.read(start)?;
        let opening = (first.sign == Sign::Opening).then_some(first.end);
        let dressing = opening.unwrap_or(start);
        let (core_start, next) = self.skip(dressing, start)?;
        match next.sign {
            Sign::Letter(_) => {}
            Sign::Foreign => return Ok(Candidate::None(next.end, true)),
            Sign::Underscore | Sign::Emphasis | Sign::Invisible | Sign::Opening => {
                return Ok(Candidate::None(core_start, false));
            }
            Sign::Closing | Sign::Other | Sign::End => return Ok(Candidate::None(core_start, false)),
        }
        let core = match self.core(core_start, start)? {
            Ok(core) => core,
            Err((next, is_within_word)) => return Ok(Candidate::None(next, is_within_word)),
        };
        if let Some(opening) = opening
            && let Some(end) = self.closing(core.range.end, start, opening.saturating_sub(start) == 1)?
        {
            return Ok(Candidate::Token(start..end));
        }
        if core.has_emphasis {
            // Emphasis that began or ended within the token goes with it.
            let (end, _) = self.skip(core.range.end, start)?;
            return Ok(Candidate::Token(dressing..end));
        }
        Ok(Candidate::Token(core.range))
    }

    /// Name and value part from `from` on; where there is none, where to read on and whether that is in a word.
    fn core(self, from: usize, start: usize) -> Result<Result<Core, (usize, bool)>, Open> {
        let mut key = String::new();
        let (mut at, mut end) = (from, from);
        // Where emphasis stood last within what was read: a token may begin there.
        let mut emphasis = None;
        loop {
            let next = self.read(at)?;
            if next.end.saturating_sub(start) > SPELLED_BYTES_MAX {
                return Ok(Err((at, true)));
            }
            let is_whole = self.vault.has_key(&key);
            let failed = move |next: Read| emphasis.map_or((next.end, true), |place| (place, false));
            match next.sign {
                Sign::Invisible => {}
                Sign::Letter(letter) => {
                    key.push(letter);
                    end = next.end;
                }
                Sign::Underscore if is_whole => {
                    let (after, beyond) = self.skip(at, start)?;
                    let is_cut = matches!(beyond.sign, Sign::Letter(_) | Sign::Foreign);
                    let is_joined = is_cut && !self.has_emphasis(at..after);
                    return Ok(if is_joined { Err(failed(beyond)) } else { Ok(core(from..end, emphasis)) });
                }
                Sign::Underscore => {
                    key.push('_');
                    end = next.end;
                }
                Sign::Foreign => return Ok(Err(failed(next))),
                Sign::Emphasis | Sign::Opening | Sign::Closing | Sign::Other | Sign::End if is_whole => {
                    return Ok(Ok(core(from..end, emphasis)));
                }
                Sign::Emphasis => emphasis = Some(at),
                Sign::Opening | Sign::Closing | Sign::Other | Sign::End => {
                    return Ok(Err(emphasis.map_or((at, false), |place| (place, false))));
                }
            }
            if !self.vault.has_key_from(&key) {
                return Ok(Err(failed(next)));
            }
            at = next.end;
        }
    }

    /// Where the closing bracket ends that follows a token, unless it is the one of a link's text.
    fn closing(self, from: usize, start: usize, is_plain: bool) -> Result<Option<usize>, Open> {
        let (at, next) = self.skip(from, start)?;
        if next.sign != Sign::Closing {
            return Ok(None);
        }
        if is_plain && next.end.saturating_sub(at) == 1 {
            self.read(next.end)?;
            let rest = self.window.text.get(next.end..).unwrap_or_default();
            if rest.starts_with('(') {
                return Ok(None);
            }
        }
        Ok(Some(next.end))
    }

    /// Passes over emphasis and what nobody sees; where that ends, and what stands there.
    fn skip(self, from: usize, start: usize) -> Result<(usize, Read), Open> {
        let mut at = from;
        loop {
            let next = self.read(at)?;
            let is_dressing = matches!(next.sign, Sign::Underscore | Sign::Emphasis | Sign::Invisible);
            if !is_dressing || next.end.saturating_sub(start) > SPELLED_BYTES_MAX {
                return Ok((at, next));
            }
            at = next.end;
        }
    }

    fn has_emphasis(self, range: Range<usize>) -> bool {
        self.window.text.get(range).is_some_and(|text| text.contains(['*', '~', '`']))
    }

    fn read(self, at: usize) -> Result<Read, Open> {
        read(self.window, at)
    }
}

const fn core(range: Range<usize>, emphasis: Option<usize>) -> Core {
    Core { range, has_emphasis: emphasis.is_some() }
}

/// Reads one place in its normal form.
fn read(window: Window<'_>, at: usize) -> Result<Read, Open> {
    let bytes = window.text.as_bytes();
    let Some(byte) = bytes.get(at).copied() else {
        return if window.is_end { Ok(Read { sign: Sign::End, end: at }) } else { Err(Open) };
    };
    let next = at.saturating_add(1);
    // No mark stands over it, so that it is what it is.
    if is_plain(byte) && bytes.get(next).map_or(window.is_end, u8::is_ascii) {
        return Ok(Read { sign: Sign::of(char::from(byte)), end: next });
    }
    match normalise::unit(window.text, at, window.is_end) {
        Unit::Open => Err(Open),
        Unit::Same { .. } => {
            let character = window.text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
            Ok(Read { sign: Sign::of(character), end: at.saturating_add(character.len_utf8()) })
        }
        Unit::Changed { end, characters } => {
            let sign = match characters.as_slice() {
                [] => Sign::Invisible,
                [character] => Sign::of(*character),
                [first, ..] if first.is_alphanumeric() => Sign::Foreign,
                [..] => Sign::Other,
            };
            Ok(Read { sign, end })
        }
    }
}

impl Sign {
    fn of(character: char) -> Self {
        match character {
            '_' => Self::Underscore,
            '*' | '~' | '`' => Self::Emphasis,
            '[' => Self::Opening,
            ']' => Self::Closing,
            letter if letter.is_ascii_alphanumeric() => Self::Letter(letter.to_ascii_lowercase()),
            other if other.is_alphanumeric() => Self::Foreign,
            _ => Self::Other,
        }
    }
}

/// Whether a byte stands for itself, whatever follows it but a mark.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'&' | b'%' | b'\\')
}

const fn moved(range: Range<usize>, bytes: usize) -> Range<usize> {
    range.start.saturating_add(bytes)..range.end.saturating_add(bytes)
}

/// Name and value part of a token that has been recalled, as the vault has them.
pub(super) fn key(spelled: &str) -> String {
    let normal = normalise::normal(spelled);
    let letters = normal.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_');
    let key: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    key.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::part;
    use super::super::plan::Label;
    use super::super::vault::TokenKey;
    use super::*;

    /// A vault whose only token is `[PAN_…]`, with the token's value part.
    fn vault() -> (Vault, String) {
        let mut vault = Vault::new(TokenKey::new([3; 32]), "retail");
        let token = vault.deposit(&Label::sample("PAN"), "4111").unwrap();
        let part = token.trim_matches(['[', ']']).strip_prefix("PAN_").unwrap().to_owned();
        (vault, part)
    }

    /// The text with all that is recalled put back, given in pieces of so many characters.
    fn restored(vault: &Vault, text: &str, size: usize) -> String {
        let (mut recall, mut tokens, mut held) = (Recall::default(), Vec::new(), 0);
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(size).step_by(size).collect();
        for end in ends {
            recall.advance(vault, Window { text: part(text, 0, end), base: 0, is_end: false }, &mut tokens);
            assert!(tokens.iter().all(|token| token.end <= recall.frontier()));
            held = held.max(end - recall.frontier());
        }
        assert!(held <= SPELLED_BYTES_MAX + 12 + 4 * size, "holds {held} bytes");
        recall.advance(vault, Window { text, base: 0, is_end: true }, &mut tokens);
        assert_eq!(recall.frontier(), text.len());
        let (mut out, mut copied) = (String::new(), 0);
        for token in tokens {
            out.push_str(part(text, copied, token.start));
            out.push_str(
                vault.restore(part(text, token.start, token.end)).expect("what is recalled is restored"),
            );
            copied = token.end;
        }
        out + part(text, copied, text.len())
    }

    /// `V` stands for the value part, and `W` for it in upper case.
    const SPELLINGS: &[(&str, &str)] = &[
        ("[PAN_V]", "4111"),
        ("[pan_W]", "4111"),
        ("[Pan_V] and [PAN_W].", "4111 and 4111."),
        ("PAN_V", "4111"),
        ("the PAN_V's end, PAN_V-2, (PAN_V)", "the 4111's end, 4111-2, (4111)"),
        ("**[PAN_V]**", "**4111**"),
        ("[**PAN_V**]", "4111"),
        ("**PAN_V**", "**4111**"),
        ("_PAN_V_ __PAN_V__", "_4111_ __4111__"),
        ("PAN_**V**", "4111"),
        ("**PAN**_V, and", "4111, and"),
        ("`[PAN_V]` `PAN_V`", "`4111` `4111`"),
        (r"\[PAN\_V\]", "4111"),
        (r"[PAN\_V]", "4111"),
        ("[PAN_V](https://a.example)", "[4111](https://a.example)"),
        ("[**PAN_V**](https://a.example)", "[**4111**](https://a.example)"),
        ("[PAN_V] (later)", "4111 (later)"),
        ("[PAN_V][PAN_V]", "41114111"),
        ("[[PAN_V]]", "[4111]"),
        ("[PAN_V and more", "[4111 and more"),
        ("[PAN&#95;V] &#91;PAN_V&#x5D;", "4111 4111"),
        ("%5BPAN_V%5D", "4111"),
        ("[PAN_\u{200B}V] \u{FEFF}PAN_V", "4111 \u{FEFF}4111"),
        ("p*PAN_V*", "p*4111*"),
        ("PA PAN pan_ PAN_V", "PA PAN pan_ 4111"),
        ("x[PAN_V]y", "x4111y"),
        (r#"{"card":"[PAN_V]"}"#, r#"{"card":"4111"}"#),
    ];

    /// Not a token of this exchange, or not a whole one.
    const TEXTS: &[&str] = &[
        "[PAN_Va]",
        "[PAN_aV]",
        "PAN_Vx",
        "xPAN_V",
        "x_PAN_V",
        "PAN_V_x",
        "[IBAN_V]",
        "PANV",
        "[PAN#V]",
        "[PAN V]",
        "PAN_Vé",
        "éPAN_V",
        "[PAN_aaaaaaaa]",
        "[PAN_",
        "PAN",
        "V",
        "[V]",
        "",
        "**",
        "[[[",
        "p*p*p*p*",
        "PAN-V",
    ];

    #[test]
    fn a_token_is_known_in_any_dress_and_nothing_else_is() {
        let (vault, part) = vault();
        let texts = TEXTS.iter().map(|text| (*text, *text));
        for (text, expected) in SPELLINGS.iter().copied().chain(texts) {
            let (upper, fill) = (part.to_uppercase(), |text: &str| text.replace('V', &part));
            let (text, expected) = (fill(text).replace('W', &upper), fill(expected));
            for size in 1..=text.len().max(1) {
                assert_eq!(restored(&vault, &text, size), expected, "{text} in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_is_no_token_is_not_held() {
        let (vault, _) = vault();
        for (text, held) in [
            ("Hello", 0),
            ("Hello p", 1),
            ("Hello pan_", 4),
            ("Hello pant ", 0),
            ("up", 0),
            ("a [", 1),
            ("a\\", 1),
        ] {
            let mut recall = Recall::default();
            recall.advance(&vault, Window { text, base: 0, is_end: false }, &mut Vec::new());
            assert_eq!(text.len() - recall.frontier(), held, "{text}");
        }
        let endless = "*".repeat(9 * SPELLED_BYTES_MAX);
        assert_eq!(restored(&vault, &endless, 7), endless);
    }
}
