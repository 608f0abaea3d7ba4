//! Whether two texts say the same, but for their layout.

use super::Tree;
use crate::comment::{PieceKind, pieces};
use crate::parse::tree::{Block, Item, Statement, Token, TokenKind};
use crate::span::Span;

/// Whether the statements are equal, token by token, and the comments in the same order.
pub(super) fn is_same(a: &Tree<'_>, b: &Tree<'_>) -> bool {
    let comments = |tree: &Tree<'_>| tree.comments.len();
    comments(a) == comments(b)
        && std::iter::zip(&a.comments, &b.comments).all(|(x, y)| a.slice(*x) == b.slice(*y))
        && Pair { a, b }.all(&a.statements, &b.statements, Pair::statements)
}

/// The two trees that are compared.
#[derive(Clone, Copy)]
struct Pair<'t> {
    a: &'t Tree<'t>,
    b: &'t Tree<'t>,
}

impl Pair<'_> {
    fn all<T>(self, a: &[T], b: &[T], is_same: impl Fn(Self, &T, &T) -> bool) -> bool {
        a.len() == b.len() && std::iter::zip(a, b).all(|(a, b)| is_same(self, a, b))
    }

    fn spans(self, a: &Span, b: &Span) -> bool {
        self.a.slice(*a) == self.b.slice(*b)
    }

    fn statements(self, a: &Statement, b: &Statement) -> bool {
        self.all(&a.docs, &b.docs, Self::spans)
            && self.spans(&a.head, &b.head)
            && self.all(&a.tokens, &b.tokens, Self::tokens)
            && match (&a.block, &b.block) {
                (None, None) => true,
                (Some(a), Some(b)) => self.blocks(a, b),
                (None, Some(_)) | (Some(_), None) => false,
            }
    }

    fn blocks(self, a: &Block, b: &Block) -> bool {
        self.all(&a.items, &b.items, |pair, a, b| match (a, b) {
            (Item::Statement(a), Item::Statement(b)) => pair.statements(a, b),
            (Item::Statement(_) | Item::Unparsed(_) | Item::StrayDoc(_), _) => false,
        })
    }

    fn tokens(self, a: &Token, b: &Token) -> bool {
        match (&a.kind, &b.kind) {
            (TokenKind::Condition, TokenKind::Condition) => {
                meant(self.a.slice(a.span)).eq(meant(self.b.slice(b.span)))
            }
            (TokenKind::Group(a), TokenKind::Group(b)) => self.all(a, b, Self::spans),
            (one, other) => one == other && self.spans(&a.span, &b.span),
        }
    }
}

/// The words, strings and comments of a condition, without the white space between them.
fn meant(condition: &str) -> impl Iterator<Item = &str> {
    pieces(condition).flat_map(|piece| {
        let (words, whole) = match piece.kind {
            PieceKind::Code => (Some(piece.text.split_whitespace()), None),
            PieceKind::String => (None, Some(piece.text)),
            PieceKind::Comment => (None, Some(piece.text.trim_end())),
        };
        words.into_iter().flatten().chain(whole)
    })
}
