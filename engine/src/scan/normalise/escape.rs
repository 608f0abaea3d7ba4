//! Escapes of HTML, URLs, JSON and Markdown, also of one another.

/// Most layers that are undone at one place: HTML of a URL of JSON.
const LAYERS_MAX: usize = 4;

/// Longest escape of one layer, in bytes: four percent escapes, or a surrogate pair.
const ESCAPE_BYTES_MAX: usize = 12;

/// Names of HTML that stand for characters a value is written with (HTML Living Standard, 13.5).
const NAMES: &[(&str, char)] = &[
    ("amp", '&'),
    ("AMP", '&'),
    ("apos", '\''),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '-'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("equals", '='),
    ("gt", '>'),
    ("hyphen", '-'),
    ("lowbar", '_'),
    ("lt", '<'),
    ("mdash", '-'),
    ("middot", '\u{B7}'),
    ("nbsp", ' '),
    ("ndash", '-'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quot", '"'),
    ("shy", '\u{AD}'),
    ("sol", '/'),
    ("thinsp", ' '),
    ("zwj", '\u{200D}'),
    ("zwnj", '\u{200C}'),
];

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// No escape.
    None,
    /// The beginning of what may be one.
    Open,
    /// One of so many bytes.
    Is {
        /// How long it is.
        bytes: usize,
        /// What it stands for.
        character: char,
    },
}

/// The escape at the beginning of `text`, through all its layers.
pub(super) fn read(text: &str, is_end: bool) -> Escape {
    let mut known = read_layer(text, is_end);
    for _ in 1..LAYERS_MAX {
        let Escape::Is { bytes, character } = known else {
            return known;
        };
        if !matches!(character, '&' | '%' | '\\') {
            return known;
        }
        let rest = text.get(bytes..).unwrap_or_default();
        let seen = rest.floor_char_boundary(ESCAPE_BYTES_MAX);
        let inner = format!("{character}{}", rest.get(..seen).unwrap_or_default());
        match read_layer(&inner, is_end || seen < rest.len()) {
            Escape::None => return known,
            Escape::Open => return Escape::Open,
            Escape::Is { bytes: more, character } => {
                known = Escape::Is { bytes: bytes.saturating_add(more).saturating_sub(1), character };
            }
        }
    }
    known
}

fn read_layer(text: &str, is_end: bool) -> Escape {
    let mut cursor = Cursor { text, at: 1, is_end };
    let read = match text.as_bytes().first() {
        Some(b'&') => cursor.entity(),
        Some(b'%') => cursor.percent(),
        Some(b'\\') => cursor.backslash(),
        Some(_) | None => Err(Stop::None),
    };
    match read {
        Ok(character) => Escape::Is { bytes: cursor.at, character },
        Err(Stop::None) => Escape::None,
        Err(Stop::Open) => Escape::Open,
    }
}

/// Why no escape was read.
enum Stop {
    None,
    Open,
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
    is_end: bool,
}

impl Cursor<'_> {
    /// The next byte; at the end of what is there, whether more may follow decides.
    fn peek(&self) -> Result<u8, Stop> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) => Ok(*byte),
            None if self.is_end => Err(Stop::None),
            None => Err(Stop::Open),
        }
    }

    fn take(&mut self, wanted: u8) -> Result<(), Stop> {
        if self.peek()? == wanted {
            self.at = self.at.saturating_add(1);
            return Ok(());
        }
        Err(Stop::None)
    }

    /// At least one and at most `most` digits, as a number.
    fn number(&mut self, radix: u32, least: usize, most: usize) -> Result<u32, Stop> {
        let mut value = 0_u32;
        let mut count = 0;
        while count < most {
            let digit = match self.peek() {
                Ok(byte) => char::from(byte).to_digit(radix),
                Err(Stop::None) => None,
                Err(Stop::Open) => return Err(Stop::Open),
            };
            let Some(digit) = digit else { break };
            value = value.saturating_mul(radix).saturating_add(digit);
            count = count.saturating_add(1);
            self.at = self.at.saturating_add(1);
        }
        if count < least { Err(Stop::None) } else { Ok(value) }
    }

    /// `&#52;`, `&#x34;` or `&amp;`; a number may do without its `;`, as browsers read it.
    fn entity(&mut self) -> Result<char, Stop> {
        if self.peek()? != b'#' {
            return self.entity_name();
        }
        self.at = self.at.saturating_add(1);
        let value = if matches!(self.peek()?, b'x' | b'X') {
            self.at = self.at.saturating_add(1);
            self.number(16, 1, 6)?
        } else {
            self.number(10, 1, 7)?
        };
        match self.take(b';') {
            Ok(()) | Err(Stop::None) => {}
            Err(Stop::Open) => return Err(Stop::Open),
        }
        char::from_u32(value).ok_or(Stop::None)
    }

    fn entity_name(&mut self) -> Result<char, Stop> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (name, character) in NAMES {
            if rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(';')) {
                self.at = self.at.saturating_add(name.len()).saturating_add(1);
                return Ok(*character);
            }
        }
        let may_go_on = !self.is_end && NAMES.iter().any(|(name, _)| name.starts_with(rest));
        Err(if may_go_on { Stop::Open } else { Stop::None })
    }

    /// `%34`, as many as one character of UTF-8 takes, or `%u0034`.
    fn percent(&mut self) -> Result<char, Stop> {
        if self.peek()? == b'u' {
            self.at = self.at.saturating_add(1);
            return self.unit();
        }
        let first = self.byte()?;
        let length = match first {
            0..0x80 => 1,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return Err(Stop::None),
        };
        let mut bytes = [first, 0, 0, 0];
        for byte in bytes.iter_mut().take(length).skip(1) {
            self.take(b'%')?;
            *byte = self.byte()?;
        }
        let written = bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        written.and_then(|text| text.chars().next()).ok_or(Stop::None)
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        u8::try_from(self.number(16, 2, 2)?).map_err(|_| Stop::None)
    }

    /// `\u0034`, `\u{34}`, `\x34`, a control character, or a sign that Markdown or a pattern escapes.
    fn backslash(&mut self) -> Result<char, Stop> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        match byte {
            b'u' => self.unit(),
            b'U' => char::from_u32(self.number(16, 8, 8)?).ok_or(Stop::None),
            b'x' => Ok(char::from(self.byte()?)),
            b'n' | b'r' => Ok('\n'),
            b't' => Ok('\t'),
            byte if byte.is_ascii_punctuation() => Ok(char::from(byte)),
            _ => Err(Stop::None),
        }
    }

    /// Four hexadecimal digits, eight in two halves of a surrogate pair, or as many as stand in braces.
    fn unit(&mut self) -> Result<char, Stop> {
        if self.peek()? == b'{' {
            self.at = self.at.saturating_add(1);
            let value = self.number(16, 1, 6)?;
            self.take(b'}')?;
            return char::from_u32(value).ok_or(Stop::None);
        }
        let first = self.number(16, 4, 4)?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or(Stop::None);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let second = self.number(16, 4, 4)?;
        let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400).ok_or(Stop::None)?;
        let high = first.saturating_sub(0xD800);
        char::from_u32(high.saturating_mul(0x400).saturating_add(low).saturating_add(0x1_0000))
            .ok_or(Stop::None)
    }
}
