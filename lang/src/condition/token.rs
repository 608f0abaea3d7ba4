//! The tokens of a condition: bounds checked, brackets paired, literals of the policy language found.
//!
//! The parser of the `cel` crate recurses and its errors cascade, so what it
//! gets to see is checked here first: every bracket has its partner, and
//! nothing is nested deeper than the limits allow.

use crate::limits::{CONDITION_BYTES_MAX, CONDITION_DEPTH_MAX, NESTING_DEPTH_MAX};
use crate::{Code, Diagnostic, Span};
use cel::parser::pratt_parser::{Lexer, Token, TokenKind};

/// The tokens of one condition, without white space and comments.
#[derive(Debug)]
pub(super) struct Tokens {
    tokens: Vec<Token>,
    /// For each token that is a bracket, its partner.
    partners: Vec<Option<usize>>,
}

impl Tokens {
    /// The token at this place in the list.
    pub(super) fn get(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    /// All of them, with their places in the list.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Token)> {
        self.tokens.iter().enumerate()
    }

    /// The token that begins at this byte.
    pub(super) fn at(&self, start: usize) -> Option<usize> {
        self.tokens.binary_search_by_key(&start, |token| token.start).ok()
    }

    /// The first token at this byte or after it.
    pub(super) fn from(&self, start: usize) -> usize {
        self.tokens.partition_point(|token| token.start < start)
    }

    /// The partner of a bracket.
    pub(super) fn partner(&self, index: usize) -> Option<usize> {
        self.partners.get(index).copied().flatten()
    }

    /// The kind of the token at this place in the list.
    pub(super) fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }
}

/// Cuts a condition into tokens and checks its limits.
///
/// # Errors
///
/// One diagnostic: what is too long, too deep, not a token, or not closed.
pub(super) fn scan(text: &str, span: Span) -> Result<Tokens, Diagnostic> {
    if text.len() > CONDITION_BYTES_MAX {
        return Err(Diagnostic::new(Code::ConditionTooLong, span, "condition is too long")
            .found(format!("this has {} bytes; at most {CONDITION_BYTES_MAX} are allowed", text.len()))
            .help("split it into several rules, or list words in a detector"));
    }
    let tokens = lex(text, span)?;
    let partners = pair(&tokens, text, span)?;
    check_depth(&tokens, span)?;
    Ok(Tokens { tokens, partners })
}

/// Where a byte range of the text stands in the file.
pub(super) fn place(span: Span, start: usize, end: usize) -> Span {
    let offset = |at: usize| span.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)).min(span.end);
    Span { source: span.source, start: offset(start), end: offset(end) }
}

fn lex(text: &str, span: Span) -> Result<Vec<Token>, Diagnostic> {
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.lex();
        match token.kind {
            TokenKind::TokEnd => return Ok(tokens),
            TokenKind::TokWhitespace | TokenKind::TokComment => {}
            TokenKind::TokError => return Err(bad_token(text, token, span)),
            _ => tokens.push(token),
        }
    }
}

fn bad_token(text: &str, token: Token, span: Span) -> Diagnostic {
    // The lexer counts bytes; a character outside ASCII is shown whole.
    let end = (token.end..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    let at = place(span, token.start, end);
    let problem = |message: &str| Diagnostic::new(Code::ConditionSyntax, at, message.to_owned());
    match text.get(token.start..end).unwrap_or_default() {
        "&" => problem("`&` is not an operator of CEL").help("write `&&`"),
        "|" => problem("`|` is not an operator of CEL").help("write `||`"),
        found if found.starts_with(['"', '\'', 'r', 'R', 'b', 'B']) => {
            problem("string is not closed").found("this begins a string that never ends")
        }
        found if found.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            problem("number is not of CEL").help("CEL has `60000`, `0xff`, `1u`, `0.5` and `1e9`")
        }
        "`" => problem("quoted names are not supported here"),
        found => problem(&format!("`{}` is not a character of CEL", found.escape_debug())),
    }
}

/// The partner of each bracket.
fn pair(tokens: &[Token], text: &str, span: Span) -> Result<Vec<Option<usize>>, Diagnostic> {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<(usize, &Token, TokenKind)> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let closing = match token.kind {
            TokenKind::TokLeftParen => TokenKind::TokRightParen,
            TokenKind::TokLeftBracket => TokenKind::TokRightBracket,
            TokenKind::TokLeftBrace => TokenKind::TokRightBrace,
            TokenKind::TokRightParen | TokenKind::TokRightBracket | TokenKind::TokRightBrace => {
                match open.pop() {
                    Some((opened, _, wanted)) if wanted == token.kind => {
                        set(&mut partners, opened, index);
                        set(&mut partners, index, opened);
                    }
                    other => return Err(stray_bracket(text, span, token, other)),
                }
                continue;
            }
            _ => continue,
        };
        open.push((index, token, closing));
        if open.len() > NESTING_DEPTH_MAX {
            return Err(too_deep(place(span, token.start, token.end), "brackets", NESTING_DEPTH_MAX));
        }
    }
    match open.pop() {
        None => Ok(partners),
        Some((_, token, wanted)) => {
            let at = place(span, token.start, token.end);
            Err(Diagnostic::new(Code::ConditionSyntax, at, "bracket is not closed")
                .found("this is never closed")
                .help(format!("add `{}`", wanted.as_str())))
        }
    }
}

fn set(partners: &mut [Option<usize>], index: usize, partner: usize) {
    if let Some(slot) = partners.get_mut(index) {
        *slot = Some(partner);
    }
}

fn stray_bracket(
    text: &str,
    span: Span,
    token: &Token,
    open: Option<(usize, &Token, TokenKind)>,
) -> Diagnostic {
    let found = text.get(token.start..token.end).unwrap_or_default();
    let at = place(span, token.start, token.end);
    let problem = Diagnostic::new(Code::ConditionSyntax, at, format!("`{found}` closes nothing"));
    match open {
        None => problem.help(format!("leave `{found}` out")),
        Some((_, opened, wanted)) => problem
            .label(place(span, opened.start, opened.end), "this is still open")
            .help(format!("write `{}`", wanted.as_str())),
    }
}

fn too_deep(at: Span, what: &str, limit: usize) -> Diagnostic {
    Diagnostic::new(Code::ConditionTooLong, at, "condition is nested too deeply")
        .found(format!("{what} stand more than {limit} deep here"))
        .help("split it into several rules")
}

/// How deep the tree below one open bracket can be, so far.
#[derive(Clone, Copy, Default)]
struct Depth {
    /// Operators since the last `,`, `&&` or `||`; those two are kept as balanced trees.
    links: usize,
    /// `?` and `:` since the last `,`; they nest across `&&`.
    choices: usize,
}

/// Bounds the depth of the tree from above, before anything recurses.
fn check_depth(tokens: &[Token], span: Span) -> Result<(), Diagnostic> {
    let mut outer: Vec<Depth> = Vec::new();
    let mut depth = Depth::default();
    let mut outer_total = 0;
    for token in tokens {
        match token.kind {
            TokenKind::TokLeftParen | TokenKind::TokLeftBracket | TokenKind::TokLeftBrace => {
                depth.links += 1;
                outer.push(depth);
                outer_total += depth.links + depth.choices;
                depth = Depth::default();
            }
            TokenKind::TokRightParen | TokenKind::TokRightBracket | TokenKind::TokRightBrace => {
                depth = outer.pop().unwrap_or_default();
                outer_total -= depth.links + depth.choices;
            }
            TokenKind::TokComma => depth = Depth::default(),
            TokenKind::TokLogicalAnd | TokenKind::TokLogicalOr => depth.links = 0,
            TokenKind::TokQuestion | TokenKind::TokColon => {
                depth = Depth { links: 0, choices: depth.choices + 1 }
            }
            TokenKind::TokIdent
            | TokenKind::TokReservedWord
            | TokenKind::TokInt
            | TokenKind::TokUint
            | TokenKind::TokFloat
            | TokenKind::TokString
            | TokenKind::TokBytes => {}
            _ => depth.links += 1,
        }
        if outer_total + depth.links + depth.choices > CONDITION_DEPTH_MAX {
            return Err(too_deep(place(span, token.start, token.end), "operators", CONDITION_DEPTH_MAX));
        }
    }
    Ok(())
}
