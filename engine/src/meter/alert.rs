//! Alerts: percentages of a budget of which someone is told as they are reached.
//!
//! What is used in a calendar window only grows, so the settlement that takes
//! it over a threshold is the only one of that window that does: an alert
//! comes once for each threshold and window, with no memory of its own. What
//! is merely reserved may be given back, and tells nobody.

use super::counter::Grown;
use super::{Charge, Gauge};
use lang::model::LimitId;

/// Of a budget, so much has been used by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alert {
    /// Which budget.
    pub limit: LimitId,
    /// The percentage that was reached.
    pub percent: u8,
    /// The budget is on trial: this is what would have been told.
    pub is_shadow: bool,
}

/// What is watched of a budget.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    limit: LimitId,
    amount: u64,
    percents: Vec<u8>,
    is_shadow: bool,
}

impl Watch {
    /// `None` where nobody wants to be told.
    pub(super) fn of(charge: &Charge) -> Option<Self> {
        let amount = match charge.gauge {
            Gauge::Calendar { amount, .. } if !charge.alerts.is_empty() => amount,
            Gauge::Calendar { .. } | Gauge::Rate { .. } | Gauge::Concurrent { .. } => return None,
        };
        let percents = charge.alerts.clone();
        Some(Self { limit: charge.limit, amount, percents, is_shadow: charge.is_shadow })
    }

    /// Adds an alert for each threshold that was crossed, in the order in which the budget has them.
    pub(super) fn tell(&self, grown: Grown, alerts: &mut Vec<Alert>) {
        let hundredfold = |amount: u64| u128::from(amount).saturating_mul(100);
        for percent in &self.percents {
            let threshold = u128::from(self.amount).saturating_mul(u128::from(*percent));
            if hundredfold(grown.from) < threshold && threshold <= hundredfold(grown.to) {
                alerts.push(Alert { limit: self.limit, percent: *percent, is_shadow: self.is_shadow });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_told_by_the_use_that_reaches_it() {
        let rows: &[(u64, u64, u64, &[u8])] = &[
            (200, 0, 99, &[]),
            (200, 0, 100, &[50]),
            (200, 99, 100, &[50]),
            (200, 100, 149, &[]),
            (200, 100, 180, &[75, 90]),
            (200, 0, 500, &[50, 75, 90]),
            (200, 500, 900, &[]),
            // Half of three is one and a half: reached by two.
            (3, 0, 1, &[]),
            (3, 1, 2, &[50]),
            (u64::MAX, u64::MAX / 2, u64::MAX / 2 + 1, &[50]),
            (0, 0, 10, &[]),
        ];
        for (amount, from, to, expected) in rows {
            let watch =
                Watch { limit: LimitId(7), amount: *amount, percents: vec![50, 75, 90], is_shadow: true };
            let mut alerts = Vec::new();
            watch.tell(Grown { from: *from, to: *to }, &mut alerts);
            let told: Vec<u8> = alerts.iter().map(|alert| alert.percent).collect();
            assert_eq!(told, *expected, "{from} to {to} of {amount}");
            assert!(alerts.iter().all(|alert| alert.limit == LimitId(7) && alert.is_shadow));
        }
    }
}
