//! Spellings that hide a value from a plain pattern and that a model reads as the value.

use std::fmt::Write as _;

/// One way to spell a character.
pub(crate) type Letter = fn(char, &mut String);

/// Ways to spell characters, one by one.
pub(crate) const LETTERS: &[(&str, Letter)] = &[
    ("full-width", |c, out| out.push(shifted(c, '!'..='~', 0xFF01))),
    ("mathematical digits", |c, out| out.push(shifted(c, '0'..='9', 0x1D7CE))),
    ("Arabic digits", |c, out| out.push(shifted(c, '0'..='9', 0x660))),
    ("Devanagari digits", |c, out| out.push(shifted(c, '0'..='9', 0x966))),
    ("mathematical letters", |c, out| {
        let letter = shifted(c, 'a'..='z', 0x1D41A);
        out.push(if letter == c { shifted(c, 'A'..='Z', 0x1D400) } else { letter });
    }),
    ("zero width", |c, out| out.extend([c, '\u{200B}'])),
    ("word joiners", |c, out| out.extend([c, '\u{2060}'])),
    ("soft hyphens", |c, out| out.extend([c, '\u{AD}'])),
    ("tags", |c, out| out.extend([c, '\u{E0031}'])),
    ("direction marks", |c, out| out.extend([c, '\u{202D}'])),
    ("strokes", |c, out| {
        out.push(c);
        if c.is_ascii_alphanumeric() {
            out.push('\u{336}');
        }
    }),
    ("decimal entities", |c, out| write(out, format_args!("&#{};", u32::from(c)))),
    ("hexadecimal entities", |c, out| write(out, format_args!("&#x{:x};", u32::from(c)))),
    ("percent", |c, out| {
        c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| write(out, format_args!("%{byte:02X}")));
    }),
    ("JSON", |c, out| {
        c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write(out, format_args!("\\u{unit:04x}")));
    }),
    ("dashes and spaces", |c, out| {
        out.push(match c {
            '-' => '\u{2011}',
            ' ' => '\u{2009}',
            other => other,
        });
    }),
    ("confusables", |c, out| {
        out.push(match c {
            'a' => 'а',
            'c' => 'с',
            'e' => 'е',
            'o' => 'о',
            'p' => 'р',
            'A' => 'А',
            'E' => 'Е',
            'H' => 'Н',
            'K' => 'К',
            other => other,
        });
    }),
    ("Markdown", |c, out| {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }),
];

/// Spells a whole value anew.
pub(crate) type Whole = fn(&str) -> String;

/// Ways to write a whole text.
pub(crate) const WHOLES: &[(&str, Whole)] = &[("base 64", base64), ("hexadecimal", hexadecimal)];

/// A name, and what it makes of a value.
pub(crate) struct Evasion {
    pub(crate) name: String,
    first: usize,
    second: Option<usize>,
    whole: Option<usize>,
}

/// Each way alone, two by turns, one within the other where both are escapes or both whole, and each in an encoding.
pub(crate) fn all() -> Vec<Evasion> {
    let mut all = Vec::new();
    let name = |at: usize| LETTERS[at].0;
    for first in 0..LETTERS.len() {
        all.push(Evasion { name: name(first).into(), first, second: None, whole: None });
        for second in (0..LETTERS.len()).filter(|second| *second != first) {
            let name = format!("{} and {}", name(first), name(second));
            all.push(Evasion { name, first, second: Some(second), whole: None });
        }
        for (whole, (encoding, _)) in WHOLES.iter().enumerate() {
            let name = format!("{} in {encoding}", name(first));
            all.push(Evasion { name, first, second: None, whole: Some(whole) });
        }
    }
    all
}

impl Evasion {
    /// Whether the normal form surely undoes it in any value.
    ///
    /// A letter that looks like a digit is read as one beside a digit, a full-width one too; so a key with
    /// both may read otherwise. And eleven characters in base 64 are a word.
    pub(crate) fn is_undone(&self, value: &str) -> bool {
        const LETTERS_TOO: &[&str] = &["full-width", "mathematical letters", "confusables"];
        let mut ways = [Some(self.first), self.second].into_iter().flatten();
        let has_letters = value.contains(|c: char| c.is_ascii_alphabetic());
        self.whole.is_none() && !(has_letters && ways.any(|way| LETTERS_TOO.contains(&LETTERS[way].0)))
    }

    /// A value in this spelling; nothing invisible stands at its end.
    pub(crate) fn spell(&self, value: &str) -> String {
        let mut out = String::new();
        for (at, c) in value.chars().enumerate() {
            let way = self.second.filter(|_| at % 2 == 1).unwrap_or(self.first);
            LETTERS[way].1(c, &mut out);
        }
        let seen = out.trim_end_matches(['\u{200B}', '\u{2060}', '\u{AD}', '\u{E0031}', '\u{202D}']);
        self.whole.map_or_else(|| seen.to_owned(), |whole| WHOLES[whole].1(seen))
    }
}

fn shifted(c: char, range: std::ops::RangeInclusive<char>, to: u32) -> char {
    if range.contains(&c) {
        return char::from_u32(u32::from(c) - u32::from(*range.start()) + to).expect("a character");
    }
    c
}

fn write(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a text grows");
}

fn hexadecimal(text: &str) -> String {
    text.bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

pub(crate) fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let at = |index: usize| chunk.get(index).map_or(0, |byte| usize::from(*byte));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            out.push(if index <= chunk.len() { char::from(ALPHABET[bits >> shift & 63]) } else { '=' });
        }
    }
    out
}
