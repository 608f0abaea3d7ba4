//! Limits and budgets as state machines with time passed in.

use jiff::Timestamp;
use lang::model::{LimitId, LimitKind};

/// Names one counter for good: a digest over the limit's owner, its text and whom it counts for.
///
/// It does not change when a policy is reloaded, so neither does what was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterKey(pub [u8; 16]);

/// What an exchange takes from one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Which limit.
    pub limit: LimitId,
    /// What it counts.
    pub kind: LimitKind,
    /// Whose counter.
    pub counter: CounterKey,
    /// How the counter works.
    pub gauge: Gauge,
    /// How much: requests, tokens or millionths.
    pub amount: u64,
    /// Recorded, not enforced.
    pub is_shadow: bool,
}

/// How a counter works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// GCRA: `amount` each `period`, at most `burst` at once.
    Rate {
        /// So much …
        amount: u64,
        /// … in so many nanoseconds,
        period_nanos: u64,
        /// and at most this at once.
        burst: u64,
    },
    /// A calendar window, which ends at `ends`.
    Calendar {
        /// So much in one window.
        amount: u64,
        /// When the present window began.
        begins: Timestamp,
        /// When the present window ends.
        ends: Timestamp,
    },
    /// How many may be open at once.
    Concurrent {
        /// So many.
        amount: u64,
    },
}

/// A limit that has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// Which limit.
    pub limit: LimitId,
    /// What it counts.
    pub kind: LimitKind,
    /// When trying again can succeed; `None` when it never can, since the request is larger than the window.
    pub retry_after_nanos: Option<u64>,
    /// Recorded, not enforced.
    pub is_shadow: bool,
}

/// A reservation, until it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId(pub u64);
