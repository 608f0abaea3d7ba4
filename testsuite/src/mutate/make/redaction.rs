//! Redactions: rows, actions, surfaces.

use super::list::elements;
use super::number::doubled;
use super::{Maker, inner};
use crate::mutate::Mutant;
use crate::mutate::operator::Operator;
use lang::syntax::Statement;

impl Maker<'_> {
    /// A redaction: each row, and what holds for all of them.
    pub(super) fn redaction(&mut self, statement: &Statement) {
        let from = self.made.len();
        self.shadow_of_block(statement);
        for inner in inner(statement) {
            match self.head(inner) {
                "on" => {
                    let surfaces = elements(inner, 0);
                    if surfaces.len() > 1 {
                        let before = self.made.len();
                        self.drop_elements(Operator::DropSurface, inner, &surfaces);
                        // Records are redacted where they are kept, and no case can see it.
                        let kept = self.made.split_off(before);
                        self.made.extend(kept.into_iter().filter(|mutant| !drops_audit(mutant)));
                    }
                }
                "shadow" | "satisfies" => {}
                _ => self.row(inner),
            }
        }
        self.name(from, statement);
    }

    fn row(&mut self, statement: &Statement) {
        self.drop(Operator::DropRow, statement);
        let (Some(first), Some(last)) = (statement.tokens.first(), statement.tokens.last()) else { return };
        self.add(Operator::WeakenAction, statement, first.span.to(last.span).range(), "flag");
        if self.find(statement, "keep").is_some() {
            self.with_number(Operator::WeakenAction, statement, last.span, doubled);
        }
    }
}

/// Whether a mutant leaves out `audit`.
fn drops_audit(mutant: &Mutant) -> bool {
    mutant.was.contains("audit") && !mutant.now.contains("audit")
}
