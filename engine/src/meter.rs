//! Limits and budgets as state machines with time passed in.
//!
//! A [`Meter`] is every counter of a process. An exchange reserves what it may
//! use, all or nothing, and settles what it used, once. In between its
//! reservation counts in full, so concurrent requests cannot overrun a limit
//! together. This bound holds for tokens and spend: what is settled within any
//! interval of length `t` is at most `burst + amount × t / period` for a rate,
//! and at most the amount for a calendar window, unless an answer used more
//! than was reserved for it; that excess is counted too.

mod alert;
mod charge;
mod counter;
mod usage;

use crate::facts::Usage;
pub use alert::Alert;
use alert::Watch;
pub use charge::{CalendarWindow, Subject, calendar_window, charge, time_zone};
use counter::{Counter, Epoch};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lang::model::{LimitId, LimitKind};
use std::collections::BTreeMap;
use usage::Accounts;

/// Most counters at once.
///
/// One is about 100 bytes, so this is 26 MiB. A counter exists for each limit and
/// subject that is in use right now; only limits `per caller` can come near.
pub const COUNTERS_MAX: usize = 262_144;

/// Most reservations that are open at once.
///
/// An exchange has at most two, and the listener bounds exchanges far below.
pub const RESERVATIONS_MAX: usize = 131_072;

/// When to come back when a bound of the meter itself is reached.
const CROWDED_RETRY_NANOS: u64 = 1_000_000_000;

/// Counters that are looked at for idleness in each reservation, for every charge of it.
///
/// More than one, so that idle counters go faster than new ones can come.
const SWEPT_PER_CHARGE: usize = 4;

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
    /// Percentages of a budget of which someone is told.
    pub alerts: Vec<u8>,
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

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests.
    pub requests: u64,
    /// Input and output tokens.
    pub tokens: u64,
    /// Millionths of the currency.
    pub spend: u64,
}

/// There was room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// To settle it by.
    pub id: ReservationId,
    /// Shadowed limits that would have been full, in the order of the charges.
    pub shadowed: Vec<Full>,
}

/// Every counter of a process.
#[derive(Debug)]
pub struct Meter {
    counters: BTreeMap<CounterKey, Counter>,
    counters_max: usize,
    open: BTreeMap<ReservationId, Vec<Held>>,
    next: u64,
    /// Where the search for idle counters goes on.
    swept: CounterKey,
    accounts: Accounts,
}

/// What a reservation holds of one counter.
#[derive(Clone, Debug)]
struct Held {
    counter: CounterKey,
    kind: HeldKind,
    amount: u64,
    epoch: Epoch,
    /// Who is told of what is used.
    watch: Option<Watch>,
}

#[derive(Clone, Copy, Debug)]
enum HeldKind {
    Tokens,
    Spend,
    /// A place among those that may be open at once.
    Place,
}

impl Default for Meter {
    fn default() -> Self {
        Self::with_counters_max(COUNTERS_MAX)
    }
}

impl Meter {
    /// A meter on which nothing was counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Meter::new`], with a bound of its own on counters.
    pub fn with_counters_max(counters_max: usize) -> Self {
        Self {
            counters: BTreeMap::new(),
            counters_max,
            open: BTreeMap::new(),
            next: 0,
            swept: CounterKey([0; 16]),
            accounts: Accounts::default(),
        }
    }

    /// Takes from all counters, or from none.
    ///
    /// Requests are taken for good; tokens, spend and places are held until
    /// [`Meter::settle`]. Two charges of one counter are one limit said twice,
    /// and are taken once. A shadowed limit never refuses, and counts beyond its amount.
    ///
    /// # Errors
    ///
    /// The enforced limits that have no room. A counter for which the meter
    /// itself has no room is full as well: it is never made by forgetting another.
    pub fn reserve(&mut self, charges: &[Charge], now: Timestamp) -> Result<Reserved, Vec<Full>> {
        self.sweep(charges.len().saturating_add(1).saturating_mul(SWEPT_PER_CHARGE), now);
        let mut plan = Plan::default();
        for is_shadow in [false, true] {
            for charge in charges.iter().filter(|charge| charge.is_shadow == is_shadow) {
                self.plan(&mut plan, charge, now);
            }
        }
        if !plan.full.is_empty() {
            return Err(plan.full);
        }
        let id = ReservationId(self.next);
        self.next = self.next.saturating_add(1);
        self.counters.extend(plan.counters);
        if !plan.held.is_empty() {
            self.open.insert(id, plan.held);
        }
        Ok(Reserved { id, shadowed: plan.shadowed })
    }

    /// Adds one charge to a plan.
    fn plan(&self, plan: &mut Plan, charge: &Charge, now: Timestamp) {
        if plan.counters.iter().any(|(key, _)| *key == charge.counter) {
            return;
        }
        let full = |retry_after_nanos| Full {
            limit: charge.limit,
            kind: charge.kind,
            retry_after_nanos,
            is_shadow: charge.is_shadow,
        };
        let found = self.counters.get(&charge.counter).copied();
        let is_crowded = found.is_none() && self.counters.len().saturating_add(plan.new) >= self.counters_max
            || self.open.len() >= RESERVATIONS_MAX;
        if is_crowded {
            plan.refuse(full(Some(CROWDED_RETRY_NANOS)));
            return;
        }
        let mut counter = found.unwrap_or_else(|| Counter::fresh(&charge.gauge, now));
        counter.advance(&charge.gauge, now);
        if let Err(retry_after) = counter.room(&charge.gauge, charge.amount, now) {
            plan.refuse(full(retry_after));
        }
        match HeldKind::of(charge) {
            None => counter.take(charge.amount),
            Some(kind) => {
                let epoch = counter.hold(charge.amount);
                let (counter, amount, watch) = (charge.counter, charge.amount, Watch::of(charge));
                plan.held.push(Held { counter, kind, amount, epoch, watch });
            }
        }
        plan.new = plan.new.saturating_add(usize::from(found.is_none()));
        plan.counters.push((charge.counter, counter));
    }

    /// Corrects a reservation to what was used, which may be more, and gives its places back.
    ///
    /// What was not reserved is not corrected, and a reservation is settled once: again does nothing.
    /// The alerts are those of the thresholds that its use has crossed.
    pub fn settle(&mut self, id: ReservationId, tokens: u64, spend: u64, now: Timestamp) -> Vec<Alert> {
        self.settle_sparing(id, (tokens, spend), &[], now)
    }

    /// As [`Meter::settle`], but these counters get back all that they hold.
    pub fn settle_sparing(
        &mut self,
        id: ReservationId,
        (tokens, spend): (u64, u64),
        spared: &[CounterKey],
        now: Timestamp,
    ) -> Vec<Alert> {
        self.close(id, now, |held| match held.kind {
            _ if spared.contains(&held.counter) => 0,
            HeldKind::Tokens => tokens,
            HeldKind::Spend => spend,
            HeldKind::Place => 0,
        })
    }

    /// Settles a reservation of which nobody can say any more what it used: all of it.
    pub fn forfeit(&mut self, id: ReservationId, now: Timestamp) -> Vec<Alert> {
        self.close(id, now, |held| match held.kind {
            HeldKind::Tokens | HeldKind::Spend => held.amount,
            HeldKind::Place => 0,
        })
    }

    /// Turns what a reservation holds into what was used of it.
    fn close(&mut self, id: ReservationId, now: Timestamp, used: impl Fn(&Held) -> u64) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for held in self.open.remove(&id).unwrap_or_default() {
            let used = used(&held);
            let Some(counter) = self.counters.get_mut(&held.counter) else { continue };
            let grown = counter.settle(held.epoch, held.amount, used, now);
            if let (Some(watch), Some(grown)) = (&held.watch, grown) {
                watch.tell(grown, &mut alerts);
            }
        }
        alerts
    }

    /// Takes back a use of `since`, as far as it has not drained and its window is not over.
    ///
    /// For those who state what was used and correct themselves; what exchanges used is settled.
    pub fn undo(&mut self, charge: &Charge, since: Timestamp, now: Timestamp) {
        if let Some(counter) = self.counters.get_mut(&charge.counter) {
            counter.advance(&charge.gauge, now);
            counter.undo(charge.amount, since, now);
        }
    }

    /// Adds to what a tenant has used; `account` is [`CounterKey::account`] of its name.
    pub fn add_usage(&mut self, account: CounterKey, used: Used, now: Timestamp, zone: &TimeZone) {
        self.accounts.add(account, used, now, zone);
    }

    /// What a tenant has used, as far as [`Meter::add_usage`] was told.
    pub fn usage(&self, account: CounterKey, now: Timestamp) -> Usage {
        self.accounts.usage(account, now)
    }

    /// How many counters there are.
    pub fn counters(&self) -> usize {
        self.counters.len()
    }

    /// How many reservations are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Looks at the next few counters, and drops those that are as good as new.
    fn sweep(&mut self, count: usize, now: Timestamp) {
        let mut idle = Vec::new();
        let round = self.counters.range(self.swept..).chain(self.counters.range(..self.swept));
        let mut next = self.swept;
        for (key, counter) in round.take(count) {
            next = key.next();
            if counter.is_fresh(now) {
                idle.push(*key);
            }
        }
        self.swept = next;
        for key in idle {
            self.counters.remove(&key);
        }
    }
}

impl CounterKey {
    /// The key after this one; the first after the last.
    fn next(self) -> Self {
        Self(u128::from_be_bytes(self.0).wrapping_add(1).to_be_bytes())
    }
}

impl HeldKind {
    /// How a charge is held; `None` when it is taken for good.
    fn of(charge: &Charge) -> Option<Self> {
        match (&charge.gauge, charge.kind) {
            (Gauge::Concurrent { .. }, _) => Some(Self::Place),
            (Gauge::Rate { .. } | Gauge::Calendar { .. }, LimitKind::Requests) => None,
            (Gauge::Rate { .. } | Gauge::Calendar { .. }, LimitKind::Tokens) => Some(Self::Tokens),
            (Gauge::Rate { .. } | Gauge::Calendar { .. }, LimitKind::Spend) => Some(Self::Spend),
        }
    }
}

/// What a reservation would change.
#[derive(Default)]
struct Plan {
    counters: Vec<(CounterKey, Counter)>,
    held: Vec<Held>,
    full: Vec<Full>,
    shadowed: Vec<Full>,
    new: usize,
}

impl Plan {
    fn refuse(&mut self, full: Full) {
        if full.is_shadow { &mut self.shadowed } else { &mut self.full }.push(full);
    }
}

#[cfg(test)]
mod tests;
