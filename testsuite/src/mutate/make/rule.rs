//! Rules: dropped, softened, on trial, and their conditions.

use super::{Maker, inner};
use crate::mutate::operator::Operator;
use lang::syntax::Statement;

impl Maker<'_> {
    /// A rule, wherever it stands.
    pub(super) fn rule(&mut self, statement: &Statement) {
        let from = self.made.len();
        let statements = inner(statement);
        let routes = statements.iter().any(|inner| matches!(self.head(inner), "route" | "prefer"));
        self.drop(if routes { Operator::DropRoute } else { Operator::DropRule }, statement);
        self.shadow_of_block(statement);
        for inner in statements {
            match self.head(inner) {
                "deny" => self.add(Operator::DenyToFlag, inner, inner.head.range(), "flag"),
                "cap" => self.raise_cap(inner),
                "when" => self.condition(inner),
                _ => {}
            }
        }
        self.name(from, statement);
    }

    /// `shadow until DATE` as a statement: added, ended, extended.
    pub(super) fn shadow_of_block(&mut self, statement: &Statement) {
        let shadow = inner(statement).into_iter().find(|inner| self.head(inner) == "shadow");
        match shadow {
            None => {
                if let Some(until) = Self::year_after(self.day) {
                    self.insert(Operator::AddShadow, statement, &format!("shadow until {until}"));
                }
            }
            Some(shadow) => {
                self.drop(Operator::EndShadow, shadow);
                if let Some(date) = shadow.tokens.get(1) {
                    self.extend(Operator::ExtendShadow, shadow, date.span);
                }
            }
        }
    }
}
