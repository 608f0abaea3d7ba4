//! The skimmer: one pass over the text, without recursion, onto the tape.

use super::{DEPTH_MAX, Fault, JsonError, Keys, Kind, TOKENS_MAX, Token, keys};
use smallvec::SmallVec;

/// Reads one value and nothing after it.
pub(super) fn skim(text: &str, keys: Keys) -> Result<Vec<Token>, JsonError> {
    // A chat body has a token in every 16 bytes or so; text alone has fewer.
    let expected = (text.len() / 24).clamp(16, 4096);
    let mut skimmer = Skimmer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        tokens: Vec::with_capacity(expected),
        open: SmallVec::new(),
        fresh: false,
        keys,
    };
    skimmer.document()?;
    Ok(skimmer.tokens)
}

struct Skimmer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    /// The containers around the cursor, outermost first, as indices into the tape.
    open: SmallVec<[usize; 16]>,
    /// Whether the innermost container was opened by the last token.
    fresh: bool,
    keys: Keys,
}

impl Skimmer<'_> {
    fn document(&mut self) -> Result<(), JsonError> {
        if u32::try_from(self.bytes.len()).is_err() {
            return Err(self.fault(Fault::TooManyValues));
        }
        self.space();
        self.value()?;
        while let Some(&container) = self.open.last() {
            self.step(container)?;
        }
        self.space();
        if self.at < self.bytes.len() { Err(self.fault(Fault::TrailingBytes)) } else { Ok(()) }
    }

    /// Reads what comes next in an open container: its end, or one more item.
    fn step(&mut self, container: usize) -> Result<(), JsonError> {
        let is_object = self.tokens.get(container).is_some_and(|token| token.kind == Kind::Object);
        let is_first = std::mem::replace(&mut self.fresh, false);
        self.space();
        if self.eat(if is_object { b'}' } else { b']' }) {
            return self.close(container);
        }
        if !is_first {
            self.expect(b',')?;
            self.space();
        }
        if is_object {
            if self.peek() != Some(b'"') {
                return Err(self.fault(Fault::Syntax));
            }
            self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
        }
        self.value()
    }

    fn value(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.open(Kind::Object),
            Some(b'[') => self.open(Kind::Array),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Kind::Bool),
            Some(b'f') => self.word("false", Kind::Bool),
            Some(b'n') => self.word("null", Kind::Null),
            Some(_) | None => Err(self.fault(Fault::Syntax)),
        }
    }

    fn open(&mut self, kind: Kind) -> Result<(), JsonError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(self.fault(Fault::TooDeep));
        }
        let start = self.at;
        self.bump(1);
        self.open.push(self.tokens.len());
        self.fresh = true;
        self.push(kind, false, start)
    }

    fn close(&mut self, container: usize) -> Result<(), JsonError> {
        self.open.pop();
        let (end, next) = (to_u32(self.at), to_u32(self.tokens.len()));
        let Some(token) = self.tokens.get_mut(container) else { return Ok(()) };
        token.end = end;
        token.next = next;
        if token.kind == Kind::Object && self.keys == Keys::Distinct {
            keys::check(self.text, &self.tokens, container)?;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.bump(1);
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.bump(plain.unwrap_or(rest.len()));
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) | None => return Err(self.fault(Fault::Syntax)),
            }
            escaped = true;
        }
        self.bump(1);
        self.push(Kind::String, escaped, start)
    }

    /// One escape; a surrogate is read with its other half.
    fn escape(&mut self) -> Result<(), JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = match rest {
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'\\', b'u', rest @ ..] => match (hex4(rest), rest.get(4..)) {
                (Some(0xd800..=0xdbff), Some([b'\\', b'u', low @ ..])) => match hex4(low) {
                    Some(0xdc00..=0xdfff) => 12,
                    Some(_) | None => return Err(self.fault(Fault::Escape)),
                },
                (Some(0xd800..=0xdfff) | None, _) => return Err(self.fault(Fault::Escape)),
                (Some(_), _) => 6,
            },
            _ => return Err(self.fault(Fault::Escape)),
        };
        self.bump(length);
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        self.push(Kind::Number, false, start)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.bump(count);
        if count == 0 { Err(self.fault(Fault::Syntax)) } else { Ok(()) }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), JsonError> {
        let start = self.at;
        if !self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.fault(Fault::Syntax));
        }
        self.bump(word.len());
        self.push(kind, false, start)
    }

    /// Puts a token on the tape that ends at the cursor and holds nothing yet.
    fn push(&mut self, kind: Kind, escaped: bool, start: usize) -> Result<(), JsonError> {
        if self.tokens.len() >= TOKENS_MAX {
            return Err(self.fault(Fault::TooManyValues));
        }
        let next = to_u32(self.tokens.len().saturating_add(1));
        self.tokens.push(Token { kind, escaped, start: to_u32(start), end: to_u32(self.at), next });
        Ok(())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.bump(1);
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { Err(self.fault(Fault::Syntax)) }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.bump(usize::from(is_there));
        is_there
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn bump(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    fn fault(&self, fault: Fault) -> JsonError {
        JsonError { fault, offset: self.at.min(self.bytes.len()) }
    }
}

/// The value of the first four bytes as hexadecimal digits.
pub(super) fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..4)?;
    digits.iter().try_fold(0_u32, |value, &byte| {
        let digit = char::from(byte).to_digit(16)?;
        Some(value << 4 | digit)
    })
}

/// Saturates; `document` refuses texts whose offsets do not fit.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
