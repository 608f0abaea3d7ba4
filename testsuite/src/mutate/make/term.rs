//! Statements of the baseline, of profiles and of tenants.

use super::Maker;
use super::list::elements;
use super::number::{doubled, tenfold};
use crate::mutate::operator::Operator;
use lang::syntax::{Statement, TokenKind};
use std::collections::BTreeSet;

impl Maker<'_> {
    /// One statement of a `policy`, `profile` or `tenant` block.
    pub(super) fn term(&mut self, of: &Statement, statement: &Statement) {
        let from = self.made.len();
        match self.head(statement) {
            "rule" => self.rule(statement),
            "require" => self.drop_elements(Operator::DropRequire, statement, &elements(statement, 0)),
            "redact" => self.drop_elements(Operator::DropRedact, statement, &elements(statement, 0)),
            "extends" => self.drop_elements(Operator::DropProfile, statement, &elements(statement, 0)),
            "reside" => self.reside(statement),
            "allow" => self.allow(statement),
            "deny" => self.drop_elements(Operator::DropDeny, statement, &elements(statement, 1)),
            "limit" | "budget" => self.limit(statement),
            "cap" => {
                self.drop(Operator::DropCap, statement);
                self.raise_cap(statement);
            }
            "route" => self.drop(Operator::DropRoute, statement),
            _ => {}
        }
        self.name(from, of);
    }

    /// `cap max_tokens 8k`, of a tenant or a rule.
    pub(super) fn raise_cap(&mut self, statement: &Statement) {
        if let Some(count) = statement.tokens.get(1) {
            self.with_number(Operator::RaiseCap, statement, count.span, doubled);
        }
    }

    fn reside(&mut self, statement: &Statement) {
        self.drop(Operator::DropReside, statement);
        self.drop_except(statement);
        let (list, known) = (elements(statement, 0), self.known);
        let mut held: BTreeSet<&str> = BTreeSet::new();
        for span in &list {
            let name = self.slice(*span);
            match known.zones.get(name) {
                Some(regions) => held.extend(regions.iter().map(String::as_str)),
                None => drop(held.insert(name)),
            }
        }
        let more = known.regions.iter().filter(|region| !held.contains(region.as_str()));
        self.widen(Operator::WidenZone, statement, &list, more);
    }

    fn allow(&mut self, statement: &Statement) {
        self.drop_except(statement);
        let (list, known) = (elements(statement, 1), self.known);
        let any_tool = ["\"*\"".to_owned()].into();
        let more = match self.word(statement, 0) {
            "models" => &known.models,
            "providers" => &known.providers,
            "operations" => &known.operations,
            "unscanned" => &known.unscanned,
            "hosted" => &known.hosted,
            "tools" => &any_tool,
            _ => return,
        };
        self.widen(Operator::WidenAllow, statement, &list, more);
    }

    fn limit(&mut self, statement: &Statement) {
        self.drop(Operator::DropLimit, statement);
        if let Some(amount) = statement.tokens.first() {
            self.with_number(Operator::RaiseLimit, statement, amount.span, tenfold);
        }
        let after = |at: usize| statement.tokens.get(at.saturating_add(1));
        if let Some(at) = self.find(statement, "burst")
            && let (Some(word), Some(amount)) = (statement.tokens.get(at), after(at))
        {
            self.with_number(Operator::RaiseLimit, statement, amount.span, tenfold);
            self.add(Operator::DropLimit, statement, word.span.to(amount.span).range(), "");
        }
        if let Some(at) = self.find(statement, "per")
            && let (Some(word), Some(whose)) = (statement.tokens.get(at), after(at))
        {
            self.add(Operator::ShareLimit, statement, word.span.to(whose.span).range(), "");
        }
        self.shadow_of_line(statement);
    }

    /// `shadow until DATE` at the end of a line: added, ended, extended.
    fn shadow_of_line(&mut self, statement: &Statement) {
        let Some(at) = self.find(statement, "shadow") else {
            let end = statement.span.range().end;
            if let Some(until) = Self::year_after(self.day) {
                self.add(Operator::AddShadow, statement, end..end, &format!(" shadow until {until}"));
            }
            return;
        };
        let (Some(word), Some(date)) = (statement.tokens.get(at), statement.tokens.get(at.saturating_add(2)))
        else {
            return;
        };
        let before = at.checked_sub(1).and_then(|before| statement.tokens.get(before));
        let start = before.filter(|token| token.kind == TokenKind::Comma).unwrap_or(word).span;
        self.add(Operator::EndShadow, statement, start.to(date.span).range(), "");
        self.extend(Operator::ExtendShadow, statement, date.span);
    }

    /// A mutant in which a date lies a year later.
    pub(super) fn extend(&mut self, operator: Operator, statement: &Statement, date: lang::Span) {
        let later = lang::units::parse_date(self.slice(date)).and_then(Self::year_after);
        if let Some(later) = later {
            self.add(operator, statement, date.range(), &later.to_string());
        }
    }
}
