//! Dates that lie behind.

use super::Checker;
use crate::compile::Day;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::{Span, Spanned};
use jiff::civil::Date;

impl Checker<'_> {
    /// A `shadow until`: its date, if it is still ahead on the day of the check.
    pub(super) fn shadow(&mut self, until: Option<&Spanned<Date>>) -> Option<Date> {
        let until = until?;
        self.expiry(until.value, until.span, "this shadow", "remove it: what it shadowed is enforced");
        Some(until.value)
    }

    /// Tells that a date is past: an error for a check, a warning for a load.
    pub(super) fn expiry(&mut self, date: Date, span: Span, what: &str, help: &str) {
        let (code, today) = match self.day {
            Day::Check(today) => (Code::DatePast, today),
            Day::Load(today) => (Code::DateExpired, today),
            Day::Unchecked => return,
        };
        if date < today {
            let message = format!("{what} ended on {date}");
            self.push(Diagnostic::new(code, span, message).found("in the past").help(help));
        }
    }
}
