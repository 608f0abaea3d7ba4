//! The generic tree: statements, their words, their blocks.
//!
//! This is the only place that names pest. The formatter and the readers both
//! start from here.

use crate::comment::Comment;
use crate::span::{SourceId, Span};
use pest::Parser;
use pest::iterators::Pair;

/// The parser that pest makes of `grammar.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

/// A keyword, its arguments, and perhaps a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The `///` lines before it.
    pub docs: Vec<Span>,
    /// The first word.
    pub head: Span,
    /// What follows on the line.
    pub tokens: Vec<Token>,
    /// What stands in braces.
    pub block: Option<Block>,
    /// From the first word to the end; without docs.
    pub span: Span,
}

/// What stands between braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The statements, in order.
    pub items: Vec<Item>,
    /// The opening brace.
    pub open: Span,
    /// The closing brace.
    pub close: Span,
}

/// One line of a block or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A statement of the general form.
    Statement(Statement),
    /// Text that has not even that form.
    Unparsed(Span),
    /// A `///` that documents nothing.
    StrayDoc(Span),
}

/// One argument, or what stands between two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A name, path, number, date or the like.
    Word,
    /// `"…"`, quotes included.
    String,
    /// `/…/flags`
    Regex,
    /// CEL.
    Condition,
    /// `,`
    Comma,
    /// `/`
    Slash,
    /// `->`
    Arrow,
    /// `.{a, b}`, with its words.
    Group(Vec<Span>),
}

/// The top-level items of a text, one after another.
///
/// Each is parsed by itself, so that the parser's memory follows the largest.
pub(crate) struct Items<'src> {
    text: &'src str,
    id: SourceId,
    at: usize,
    comments: Vec<Comment>,
}

impl<'src> Items<'src> {
    /// The items of `text`.
    pub(crate) fn new(text: &'src str, id: SourceId) -> Self {
        Self { text, id, at: 0, comments: Vec::new() }
    }

    /// The `//` comments met so far, in order.
    pub(crate) fn into_comments(self) -> Vec<Comment> {
        self.comments
    }
}

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let Some(pair) = Grammar::parse(Rule::item, rest).ok().and_then(|mut pairs| pairs.next()) else {
                // The rule accepts any text; should it not, the rest is told as unparsed.
                let span = Context { id: self.id, base: self.at }.span(0, rest.len());
                self.at = self.text.len();
                return Some(Item::Unparsed(span));
            };
            let context = Context { id: self.id, base: self.at };
            let end = pair.as_span().end();
            self.at += end;
            let mut found = None;
            for inner in pair.into_inner() {
                if inner.as_rule() == Rule::comment {
                    self.comments.push(context.comment(&inner));
                } else {
                    found = context.item(inner, &mut self.comments).or(found);
                }
            }
            match found {
                Some(item) => return Some(item),
                // Only space and comments were left.
                None if end == 0 => return None,
                None => {}
            }
        }
    }
}

/// Where the text that pest saw lies in the source.
#[derive(Clone, Copy)]
struct Context {
    id: SourceId,
    base: usize,
}

impl Context {
    fn span(self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(self.base + at).unwrap_or(u32::MAX);
        Span::new(self.id, offset(start), offset(end))
    }

    fn span_of(self, pair: &Pair<'_, Rule>) -> Span {
        self.span(pair.as_span().start(), pair.as_span().end())
    }

    fn comment(self, pair: &Pair<'_, Rule>) -> Comment {
        let text = pair.as_str().trim_end().len();
        Comment { span: self.span(pair.as_span().start(), pair.as_span().start() + text) }
    }

    /// A `line` or a `stray`.
    fn item(self, pair: Pair<'_, Rule>, comments: &mut Vec<Comment>) -> Option<Item> {
        match pair.as_rule() {
            Rule::line => self.line(pair, comments),
            Rule::stray => {
                let mut found = Item::Unparsed(self.span_of(&pair));
                for inner in pair.into_inner() {
                    if let Some(doc) =
                        self.item(inner, comments).filter(|_| matches!(found, Item::Unparsed(_)))
                    {
                        found = doc;
                    }
                }
                Some(found)
            }
            Rule::comment => {
                comments.push(self.comment(&pair));
                None
            }
            Rule::doc => Some(Item::StrayDoc(self.comment(&pair).span)),
            _ => None,
        }
    }

    fn line(self, pair: Pair<'_, Rule>, comments: &mut Vec<Comment>) -> Option<Item> {
        let mut docs = Vec::new();
        let mut start: Option<Span> = None;
        let mut found = None;
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::doc => docs.push(self.comment(&inner).span),
                Rule::comment => comments.push(self.comment(&inner)),
                Rule::unparsed => {
                    let span = self.trimmed(&inner);
                    found = Some(Item::Unparsed(start.map_or(span, |start| start.to(span))));
                }
                Rule::conditional | Rule::patterned | Rule::plain => {
                    start = Some(self.span_of(&inner));
                    found = self.statement(inner, comments).map(|item| match item {
                        Item::Statement(statement) => {
                            Item::Statement(Statement { docs: std::mem::take(&mut docs), ..statement })
                        }
                        other => other,
                    });
                }
                _ => {}
            }
        }
        found
    }

    fn trimmed(self, pair: &Pair<'_, Rule>) -> Span {
        let start = pair.as_span().start();
        self.span(start, start + pair.as_str().trim_end().len())
    }

    /// A statement; or the brace of its block, if nothing closes that.
    fn statement(self, pair: Pair<'_, Rule>, comments: &mut Vec<Comment>) -> Option<Item> {
        let mut statement: Option<Statement> = None;
        for inner in pair.into_inner() {
            let span = self.span_of(&inner);
            let Some(open) = &mut statement else {
                statement =
                    Some(Statement { docs: Vec::new(), head: span, tokens: Vec::new(), block: None, span });
                continue;
            };
            match inner.as_rule() {
                Rule::comment => comments.push(self.comment(&inner)),
                Rule::unparsed => return Some(Item::Unparsed(open.span.to(self.trimmed(&inner)))),
                Rule::block => {
                    open.span = open.span.to(span);
                    match self.block(inner, comments) {
                        Ok(block) => open.block = Some(block),
                        Err(brace) => return Some(Item::Unparsed(brace)),
                    }
                }
                _ => {
                    if let Some(token) = self.token(inner, comments) {
                        open.span = open.span.to(token.span);
                        open.tokens.push(token);
                    }
                }
            }
        }
        statement.map(Item::Statement)
    }

    fn token(self, pair: Pair<'_, Rule>, comments: &mut Vec<Comment>) -> Option<Token> {
        let span = self.span_of(&pair);
        let kind = match pair.as_rule() {
            Rule::word => TokenKind::Word,
            Rule::string => TokenKind::String,
            Rule::regex => TokenKind::Regex,
            Rule::condition => {
                return Some(Token { kind: TokenKind::Condition, span: self.trimmed(&pair) });
            }
            Rule::comma => TokenKind::Comma,
            Rule::slash => TokenKind::Slash,
            Rule::arrow => TokenKind::Arrow,
            Rule::group => {
                let mut words = Vec::new();
                for inner in pair.into_inner() {
                    match inner.as_rule() {
                        Rule::word => words.push(self.span_of(&inner)),
                        Rule::comment => comments.push(self.comment(&inner)),
                        _ => {}
                    }
                }
                TokenKind::Group(words)
            }
            _ => return None,
        };
        Some(Token { kind, span })
    }

    /// A block; or its opening brace, if nothing closes it.
    fn block(self, pair: Pair<'_, Rule>, comments: &mut Vec<Comment>) -> Result<Block, Span> {
        let span = self.span_of(&pair);
        let mut open = span.head();
        let mut close = None;
        let mut items = Vec::new();
        for inner in pair.into_inner() {
            match inner.as_rule() {
                Rule::open => open = self.span_of(&inner),
                Rule::close => close = Some(self.span_of(&inner)),
                Rule::comment => comments.push(self.comment(&inner)),
                _ => items.extend(self.item(inner, comments)),
            }
        }
        match close {
            Some(close) => Ok(Block { items, open, close }),
            None => Err(open),
        }
    }
}
