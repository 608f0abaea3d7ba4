//! Checked cursors over statements, so that no reader unwraps.
//!
//! A [`Cursor`] walks the words of one statement; [`Reader`] holds what all
//! cursors of a file share. A failed expectation is told once, with the form
//! that the statement must have, and the statement is given up.

use super::literal;
use super::tree::{Block, Item, Statement, Token, TokenKind};
use crate::ast::{Name, Text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::limits::NAME_BYTES_MAX;
use crate::near::{did_you_mean, list_of};
use crate::span::{Span, Spanned};
use crate::units;
use jiff::civil::Date;

/// What reading a file needs: its text, and where to tell mistakes.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) diagnostics: &'a mut Diagnostics,
}

/// CEL's reserved words, which are no names.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

impl<'a> Reader<'a> {
    /// The text that a span covers.
    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Starts on a statement; `form` is what it should look like, told when it does not.
    pub(super) fn cursor<'r>(&'r mut self, statement: &'r Statement, form: &'static str) -> Cursor<'r, 'a> {
        Cursor { reader: self, statement, at: 0, form }
    }

    /// The statements of a block; text that is none is told here.
    pub(super) fn statements<'s>(&mut self, block: Option<&'s Block>) -> Vec<&'s Statement> {
        let mut statements = Vec::new();
        for item in block.map(|block| block.items.as_slice()).unwrap_or_default() {
            match item {
                Item::Statement(statement) => statements.push(statement),
                Item::Unparsed(span) => self.push(super::unparsed(self.text, *span)),
                Item::StrayDoc(span) => self.push(super::stray_doc(*span)),
            }
        }
        statements
    }

    /// Tells that no statement of `place` begins with this word.
    pub(super) fn unknown_statement(&mut self, statement: &Statement, place: &str, known: &[&'static str]) {
        let word = self.slice(statement.head);
        let help = did_you_mean(word, known.iter().copied())
            .unwrap_or_else(|| format!("a {place} has {}", list_of(known)));
        self.push(
            Diagnostic::new(
                Code::UnknownStatement,
                statement.head,
                format!("a {place} has no statement `{word}`"),
            )
            .found("not a statement of this block")
            .help(help),
        );
    }

    /// Keeps `value` if nothing was kept; a second one is told.
    pub(super) fn once<T>(&mut self, slot: &mut Option<T>, value: Option<T>, statement: &Statement) {
        let mut word = self.slice(statement.head).to_owned();
        if slot.is_some() {
            if let Some(field) = statement.tokens.first().filter(|_| word == "allow") {
                word = format!("{word} {}", self.slice(field.span));
            }
            self.push(
                Diagnostic::new(
                    Code::SaidTwice,
                    statement.span,
                    format!("`{word}` is said twice in this block"),
                )
                .found("said a second time here")
                .help("keep one; lists are separated by commas"),
            );
        } else {
            *slot = value;
        }
    }

    /// A name that may be declared.
    pub(super) fn declared_name(&mut self, span: Span) -> Option<Name> {
        let text = self.slice(span);
        let is_shaped = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let problem = if text.len() > NAME_BYTES_MAX {
            format!("a name has at most {NAME_BYTES_MAX} characters")
        } else if !is_shaped {
            format!("`{}` is not a name", shortened(text))
        } else if RESERVED.contains(&text) {
            format!("`{text}` is a reserved word")
        } else {
            return Some(Name { text: text.into(), span });
        };
        let help = if RESERVED.contains(&text) {
            "conditions could not speak of it: choose another name".to_owned()
        } else {
            let rule = "a name is a lower-case letter, then lower-case letters, digits and `_`";
            as_name(text).map_or_else(|| rule.to_owned(), |name| format!("write `{name}`: {rule}"))
        };
        self.push(Diagnostic::new(Code::BadName, span, problem).help(help));
        None
    }
}

/// The name that is nearest to a text in its letters, if there is one.
fn as_name(text: &str) -> Option<String> {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = text.chars().map(letter).collect();
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= NAME_BYTES_MAX;
    is_name.then_some(name)
}

/// Enough of a text to recognise it.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        text.to_owned()
    } else {
        text.chars().take(SHOWN).chain(['…']).collect()
    }
}

/// The text with a 1 for the digits that it begins with.
///
/// If that is a literal and the text is not, the digits alone are wrong.
fn with_one(text: &str) -> String {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    if rest.len() == text.len() { String::new() } else { format!("1{rest}") }
}

/// Walks the words after a statement's first.
pub(super) struct Cursor<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    pub(super) statement: &'r Statement,
    at: usize,
    form: &'static str,
}

impl<'a> Cursor<'_, 'a> {
    fn peek(&self) -> Option<&Token> {
        self.statement.tokens.get(self.at)
    }

    /// The text of the next token, if it is a word.
    pub(super) fn peek_word(&self) -> Option<&'a str> {
        self.peek().filter(|token| token.kind == TokenKind::Word).map(|token| self.reader.slice(token.span))
    }

    /// The place of the next token, or the end of the statement.
    pub(super) fn here(&self) -> Span {
        self.peek().map_or_else(|| self.end(), |token| token.span)
    }

    /// The place just past the last token.
    fn end(&self) -> Span {
        let last = self.statement.tokens.last().map_or(self.statement.head, |token| token.span);
        Span::new(last.source, last.end, last.end)
    }

    /// Tells that something else should stand here.
    pub(super) fn fail<T>(&mut self, expected: &str) -> Option<T> {
        let head = self.reader.slice(self.statement.head);
        let found = match self.peek() {
            Some(token) => format!("found `{}`", shortened(self.reader.slice(token.span))),
            None => "the statement ends here".to_owned(),
        };
        let message = format!("`{}` needs {expected}", shortened(head));
        let help = format!("the form is `{}`", self.form);
        self.reader.push(Diagnostic::new(Code::StatementShape, self.here(), message).found(found).help(help));
        None
    }

    /// Tells that a literal here is not one.
    pub(super) fn bad_literal<T>(&mut self, span: Span, expected: &str) -> Option<T> {
        let text = shortened(self.reader.slice(span));
        let quoted = expected.split('`').skip(1).step_by(2);
        let keywords =
            quoted.filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' '));
        let help = did_you_mean(&text, keywords);
        let message = format!("`{text}` is not {expected}");
        self.reader.push(Diagnostic::new(Code::BadLiteral, span, message).help_maybe(help));
        None
    }

    fn eat(&mut self, kind: &TokenKind) -> Option<Span> {
        let span = self.peek().filter(|token| token.kind == *kind)?.span;
        self.at += 1;
        Some(span)
    }

    /// Takes this word if it is next.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let is_next = self.peek_word() == Some(word);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes a comma if it is next.
    pub(super) fn comma(&mut self) -> bool {
        self.eat(&TokenKind::Comma).is_some()
    }

    /// Takes a slash if it is next.
    pub(super) fn slash(&mut self) -> bool {
        self.eat(&TokenKind::Slash).is_some()
    }

    /// This word must be next.
    pub(super) fn need_keyword(&mut self, word: &str) -> Option<()> {
        if self.keyword(word) { Some(()) } else { self.fail(&format!("`{word}` here")) }
    }

    /// `->` must be next.
    pub(super) fn need_arrow(&mut self) -> Option<()> {
        if self.eat(&TokenKind::Arrow).is_some() { Some(()) } else { self.fail("an arrow `->` here") }
    }

    /// `/` must be next.
    pub(super) fn need_slash(&mut self) -> Option<()> {
        if self.slash() { Some(()) } else { self.fail("`/` here") }
    }

    /// Any word, if one is next.
    pub(super) fn word(&mut self) -> Option<Spanned<&'a str>> {
        let span = self.eat(&TokenKind::Word)?;
        Some(Spanned::new(self.reader.slice(span), span))
    }

    /// A word must be next.
    pub(super) fn need_word(&mut self, what: &str) -> Option<Spanned<&'a str>> {
        match self.word() {
            Some(word) => Some(word),
            None => self.fail(what),
        }
    }

    /// A name or a dotted path must be next.
    pub(super) fn need_path(&mut self, what: &str) -> Option<Name> {
        let word = self.need_word(what)?;
        let is_path = word.value.split('.').all(|part| {
            part == "*"
                || part.starts_with(|c: char| c.is_ascii_lowercase())
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        });
        if is_path && word.value.len() <= NAME_BYTES_MAX {
            return Some(Name { text: word.value.into(), span: word.span });
        }
        let text = shortened(word.value);
        let help = format!("the form is `{}`; quoted text is never a name", self.form);
        self.reader
            .push(Diagnostic::new(Code::BadName, word.span, format!("`{text}` is not a name")).help(help));
        None
    }

    /// A name that may be declared must be next.
    pub(super) fn need_name(&mut self, what: &str) -> Option<Name> {
        let word = self.need_word(what)?;
        self.reader.declared_name(word.span)
    }

    /// A string, if one is next.
    pub(super) fn string(&mut self) -> Option<Text> {
        let span = self.eat(&TokenKind::String)?;
        match literal::string(self.reader.slice(span), span) {
            Ok(text) => Some(Spanned::new(text, span)),
            Err(diagnostic) => {
                self.reader.push(*diagnostic);
                Some(Spanned::new("".into(), span))
            }
        }
    }

    /// A string must be next.
    pub(super) fn need_string(&mut self, what: &str) -> Option<Text> {
        match self.string() {
            Some(text) => Some(text),
            None => self.fail(what),
        }
    }

    /// One or more, separated by commas; a comma may also end the list.
    pub(super) fn list<T>(&mut self, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut elements = vec![element(self)?];
        while self.comma() {
            if self.peek().is_none() {
                break;
            }
            elements.push(element(self)?);
        }
        Some(elements)
    }

    /// A list of names or dotted paths.
    pub(super) fn need_paths(&mut self, what: &str) -> Option<Vec<Name>> {
        self.list(|cursor| cursor.need_path(what))
    }

    /// A list of strings.
    pub(super) fn need_strings(&mut self, what: &str) -> Option<Vec<Text>> {
        self.list(|cursor| cursor.need_string(what))
    }

    /// A literal that `parse` understands must be next.
    pub(super) fn need<T>(&mut self, what: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Spanned<T>> {
        let word = self.need_word(what)?;
        match parse(word.value) {
            Some(value) => Some(Spanned::new(value, word.span)),
            None if parse(&with_one(word.value)).is_some() => self.too_large(&word),
            None => self.bad_literal(word.span, what),
        }
    }

    /// Tells that a number has the right form and is too large.
    fn too_large<T>(&mut self, word: &Spanned<&str>) -> Option<T> {
        let message = format!("`{}` is larger than can be kept", shortened(word.value));
        let unit = word.value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '.');
        let help = match unit {
            "%" => "a percentage is at most `100%`",
            "ms" | "s" | "m" | "h" => "a duration is at most a year, `8784h`",
            "d" | "mo" | "y" => "a span is at most `1000y`",
            _ => "a count is at most 2 to the power of 64, an amount of money a millionth of it",
        };
        self.reader.push(Diagnostic::new(Code::NumberTooLarge, word.span, message).help(help));
        None
    }

    /// A count such as `8k` must be next.
    pub(super) fn need_count(&mut self, what: &str) -> Option<Spanned<u64>> {
        self.need(what, units::parse_count)
    }

    /// A date must be next.
    pub(super) fn need_date(&mut self) -> Option<Spanned<Date>> {
        self.need("a date such as `2027-01-31`", units::parse_date)
    }

    /// One of a closed set of words must be next.
    pub(super) fn need_one_of<T: Copy>(
        &mut self,
        what: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Spanned<T>> {
        let word = self.need_word(what)?;
        if let Some(value) = all.iter().copied().find(|value| name(*value) == word.value) {
            return Some(Spanned::new(value, word.span));
        }
        let names: Vec<&'static str> = all.iter().map(|value| name(*value)).collect();
        let help = did_you_mean(word.value, names.iter().copied())
            .unwrap_or_else(|| format!("it is one of {}", list_of(&names)));
        let message = format!("`{}` is not {what}", shortened(word.value));
        self.reader.push(Diagnostic::new(Code::BadLiteral, word.span, message).help(help));
        None
    }

    /// All regexes of a `pattern` statement.
    pub(super) fn regexes(&mut self) -> Vec<Spanned<&'a str>> {
        let mut regexes = Vec::new();
        while let Some(span) = self.eat(&TokenKind::Regex) {
            regexes.push(Spanned::new(self.reader.slice(span), span));
            self.comma();
        }
        regexes
    }

    /// The CEL text of a `when`, `for` or `always`.
    pub(super) fn need_condition(&mut self) -> Option<Span> {
        match self.eat(&TokenKind::Condition) {
            Some(span) => Some(span),
            None => self.fail("a condition here"),
        }
    }

    /// The words of a `.{a, b}`, if one is next.
    pub(super) fn group(&mut self) -> Option<Vec<Span>> {
        let Some(Token { kind: TokenKind::Group(words), .. }) = self.peek() else { return None };
        let words = words.clone();
        self.at += 1;
        Some(words)
    }

    /// Nothing more may stand on the line.
    pub(super) fn end_of_line(&mut self) -> Option<()> {
        let Some(token) = self.peek() else { return Some(()) };
        let head = shortened(self.reader.slice(self.statement.head));
        let message = format!("`{head}` is complete before `{}`", shortened(self.reader.slice(token.span)));
        let help = format!("the form is `{}`", self.form);
        let diagnostic = Diagnostic::new(Code::StatementShape, token.span, message);
        self.reader.push(diagnostic.found("nothing more is expected here").help(help));
        None
    }

    /// Nothing more may stand in the statement, a block included.
    pub(super) fn finish(&mut self) -> Option<()> {
        self.end_of_line()?;
        let Some(block) = &self.statement.block else { return Some(()) };
        let head = self.reader.slice(self.statement.head);
        let message = format!("`{}` has no block", shortened(head));
        let help = format!("the form is `{}`", self.form);
        self.reader.push(Diagnostic::new(Code::StatementShape, block.open, message).help(help));
        None
    }
}
