//! Policy text as statements, words and blocks, each with its place.
//!
//! This is the tree below [`ast`](crate::ast): it says where every word
//! stands and nothing of what it means. Tools that edit text read it, since an
//! edit needs the place of a comma where the meaning needs none.

use crate::diagnostic::Diagnostics;
use crate::parse;
use crate::parse::tree::Items;
pub use crate::parse::tree::{Block, Item, Statement, Token, TokenKind};
use crate::source::Source;
use crate::span::SourceId;

/// The top-level statements of a file, in order.
///
/// Text that is no statement is left out, and a file that the parser may not
/// be given (too large, or nested too deeply) has none: the compiler tells both.
pub fn statements(source: &Source, id: SourceId) -> Vec<Statement> {
    if !parse::is_readable(source, id, &mut Diagnostics::new()) {
        return Vec::new();
    }
    let statements = Items::new(source.text(), id).filter_map(|item| match item {
        Item::Statement(statement) => Some(statement),
        Item::Unparsed(_) | Item::StrayDoc(_) => None,
    });
    statements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Origin, Sources};

    #[test]
    fn every_word_has_its_place() {
        let text = "zone z {\n  regions a.b, c except a.c\n}\nrule r { when true; deny \"no\" }\n)\n";
        let mut sources = Sources::new();
        let id = sources.add("a.ascp", text, Origin::Package);
        let statements = sources.get(id).map(|source| statements(source, id)).unwrap_or_default();
        let heads: Vec<&str> = statements.iter().map(|statement| sources.text(statement.head)).collect();
        assert_eq!(heads, ["zone", "rule"]);
        let block = statements[0].block.as_ref().unwrap();
        let Item::Statement(regions) = &block.items[0] else { panic!("a statement") };
        let words: Vec<&str> = regions.tokens.iter().map(|token| sources.text(token.span)).collect();
        assert_eq!(words, ["a.b", ",", "c", "except", "a.c"]);
    }
}
