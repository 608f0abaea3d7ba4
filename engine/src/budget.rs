//! How much work one decision may cost.

use std::num::NonZeroU64;

/// Nodes that one decision may visit unless a driver says otherwise.
///
/// A package of 10,000 conditions of ten nodes each, asked of ten candidates,
/// stays below; at a few nanoseconds a node the bound is a few milliseconds.
const NODES_MAX: u64 = 1_000_000;

/// What is left to pay for node visits.
///
/// Work is counted in nodes, not in time, so that the same request against the
/// same program always spends the same amount.
///
/// # Examples
///
/// ```
/// # use engine::Budget;
/// # use std::num::NonZeroU64;
/// let mut budget = Budget::new(NonZeroU64::MIN);
/// assert!(budget.spend());
/// assert!(!budget.spend());
/// assert!(budget.is_spent());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    left: u64,
    is_spent: bool,
}

impl Budget {
    /// A budget of so many node visits.
    pub const fn new(nodes: NonZeroU64) -> Self {
        Self { left: nodes.get(), is_spent: false }
    }

    /// Enough for any package within the limits.
    pub const fn ample() -> Self {
        Self { left: NODES_MAX, is_spent: false }
    }

    /// Pays for one node visit; whether there was something to pay with.
    ///
    /// Once there was not, the whole decision is an error, whatever a
    /// condition makes of the part that was cut short.
    pub const fn spend(&mut self) -> bool {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return true;
        }
        self.is_spent = true;
        false
    }

    /// Whether more was asked than there was.
    pub const fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// What is left.
    pub const fn left(&self) -> u64 {
        self.left
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::ample()
    }
}
