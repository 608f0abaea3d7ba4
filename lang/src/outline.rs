//! What a file declares, as it is written: for tools that speak of places in policy text.
//!
//! Nothing is resolved here. The text need not compile; what cannot be read in
//! it is left out, since whoever wants to know why compiles the package.

use crate::ast::Declaration;
use crate::diagnostic::Diagnostics;
use crate::parse::tree::{Item, Items, Statement};
use crate::source::Sources;
use crate::span::{SourceId, Span};
use crate::{digest, parse};

/// A declaration of a file, or a rule that stands in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlined {
    /// The word that begins it, such as `tenant`.
    pub keyword: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// All of it, from the keyword to the closing brace.
    pub span: Span,
    /// The same for the same meaning: neither layout, comments and docs, nor rules that stand in it count.
    pub digest: [u8; 32],
}

/// The declarations of a file in the order of the text, each followed by the rules that stand in it.
pub fn outline(sources: &Sources, id: SourceId) -> Vec<Outlined> {
    let Some(source) = sources.get(id) else { return Vec::new() };
    if !parse::is_readable(source, id, &mut Diagnostics::new()) {
        return Vec::new();
    }
    let mut outlined = Vec::new();
    for item in Items::new(source.text(), id) {
        let Item::Statement(statement) = item else { continue };
        outlined.extend(one(source.text(), &statement));
        for inner in statement.block.iter().flat_map(|block| &block.items) {
            if let Item::Statement(rule) = inner {
                outlined.extend(one(source.text(), rule).filter(|rule| *rule.keyword == *"rule"));
            }
        }
    }
    outlined
}

/// The declarations of a file, as far as they can be read.
pub fn declarations(sources: &Sources, id: SourceId) -> Vec<Declaration> {
    parse::file(sources, id, &mut Diagnostics::new()).declarations
}

fn one(text: &str, statement: &Statement) -> Option<Outlined> {
    let slice = |span: Span| text.get(span.range());
    Some(Outlined {
        keyword: slice(statement.head)?.into(),
        name: slice(statement.tokens.first()?.span)?.into(),
        span: statement.span,
        digest: digest::alone(text, statement),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn outlined(text: &str) -> Vec<Outlined> {
        let mut sources = Sources::new();
        let id = sources.add("a.ascp", text, Origin::Package);
        outline(&sources, id)
    }

    #[test]
    fn rules_stand_after_what_they_stand_in() {
        let found =
            outlined("tenant t {\n  cap max_tokens 1k\n  rule r { when true; deny \"x\" }\n}\nrule s { }\n");
        let names: Vec<(&str, &str)> = found.iter().map(|one| (&*one.keyword, &*one.name)).collect();
        assert_eq!(names, [("tenant", "t"), ("rule", "r"), ("rule", "s")]);
    }

    #[test]
    fn a_digest_is_about_the_declaration_alone() {
        let before = "tenant t { cap max_tokens 1k; rule r { when true; deny \"x\" } }";
        let rows = [
            (
                "/// Docs.\ntenant t {\n  // why\n  rule r { deny \"x\"; when true }\n  cap max_tokens 1k\n}",
                [true, true],
            ),
            ("tenant t { cap max_tokens 2k; rule r { when true; deny \"x\" } }", [false, true]),
            ("tenant t { cap max_tokens 1k; rule r { when true; deny \"y\" } }", [true, false]),
        ];
        for (after, expected) in rows {
            let pairs: Vec<bool> =
                outlined(before).iter().zip(&outlined(after)).map(|(a, b)| a.digest == b.digest).collect();
            assert_eq!(pairs, expected, "{after}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert_eq!(outlined("}}} tenant").len(), 0);
        assert_eq!(outlined("rule r { when ((( }").len() + outlined(&"(".repeat(10_000)).len(), 0);
        let names: Vec<Box<str>> =
            outlined("%%%\nzone z { regions a }\n").into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["z".into()]);
    }
}
