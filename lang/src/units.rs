//! Quantities with units: parse, print, compare.

/// A calendar span, as in `90d`, `12mo`, `7y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarSpan {
    /// In days; a month counts 30 and a year 365, so that spans have one order.
    pub days: u32,
}
