//! Exceptions: for longer, for more, for others.

use super::Maker;
use super::list::elements;
use crate::mutate::operator::Operator;
use lang::syntax::Statement;

impl Maker<'_> {
    /// One statement of an exception.
    pub(super) fn exception(&mut self, of: &Statement, statement: &Statement) {
        let from = self.made.len();
        match self.head(statement) {
            "until" => {
                if let Some(date) = statement.tokens.first() {
                    let day = lang::units::parse_date(self.slice(date.span));
                    if let Some(next) = day.and_then(|day| day.tomorrow().ok()) {
                        let range = date.span.range();
                        self.add(Operator::ExtendException, statement, range, &next.to_string());
                    }
                    self.extend(Operator::ExtendException, statement, date.span);
                }
            }
            "tenant" => self.for_others(statement),
            "permit" => self.permit(statement),
            _ => {}
        }
        self.name(from, of);
    }

    fn for_others(&mut self, statement: &Statement) {
        let (Some(name), known) = (statement.tokens.first(), self.known) else { return };
        for other in &known.tenants {
            self.add(Operator::WidenException, statement, name.span.range(), other);
        }
    }

    fn permit(&mut self, statement: &Statement) {
        const WIDEN: Operator = Operator::WidenException;
        let (list, known) = (elements(statement, 1), self.known);
        match self.word(statement, 0) {
            "region" => self.widen(WIDEN, statement, &list, &known.regions),
            "models" => self.widen(WIDEN, statement, &list, &known.models),
            "providers" => self.widen(WIDEN, statement, &list, &known.providers),
            "tools" => self.widen(WIDEN, statement, &list, &["\"*\"".to_owned()]),
            _ => {}
        }
        if let Some(at) = self.find(statement, "for")
            && let (Some(word), Some(last)) = (statement.tokens.get(at), statement.tokens.last())
        {
            self.add(WIDEN, statement, word.span.to(last.span).range(), "");
        }
    }
}
