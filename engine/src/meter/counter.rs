//! One counter: a small value that is copied, changed and put back, so that
//! taking from several is all or nothing.

use super::Gauge;
use jiff::Timestamp;

/// When to come back for room that others hold now; nobody knows when they finish.
const HELD_RETRY_NANOS: u64 = 1_000_000_000;

/// The state of one counter.
///
/// `held` is what open reservations keep; it moves to what was used when they
/// are settled. Held amounts never drain and count against the limit in full:
/// requests under way cannot overrun it together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counter {
    pub(super) held: u64,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// GCRA. `debt` is used units times the period, and drains by `amount` each
    /// nanosecond: the theoretical arrival time is `at + debt / amount`, kept
    /// undivided so that nothing is rounded.
    Rate { debt: u128, at: Timestamp, amount: u64, period_nanos: u64 },
    /// What was used since `begins`.
    Calendar { used: u64, begins: Timestamp, ends: Timestamp },
    /// Nothing but what is held.
    Concurrent,
}

/// Which life of a counter a reservation belongs to: the beginning of its calendar window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(Option<Timestamp>);

/// How the use of a calendar window has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grown {
    /// What was used before.
    pub(super) from: u64,
    /// What is used now.
    pub(super) to: u64,
}

impl Counter {
    pub(super) fn fresh(gauge: &Gauge, now: Timestamp) -> Self {
        let form = match *gauge {
            Gauge::Rate { amount, period_nanos, .. } => Form::Rate { debt: 0, at: now, amount, period_nanos },
            Gauge::Calendar { begins, ends, .. } => Form::Calendar { used: 0, begins, ends },
            Gauge::Concurrent { .. } => Form::Concurrent,
        };
        Self { held: 0, form }
    }

    /// Lets time pass: debts drain, windows roll.
    pub(super) fn advance(&mut self, gauge: &Gauge, now: Timestamp) {
        self.drain(now);
        let (Form::Calendar { ends, .. }, Gauge::Calendar { begins: new, ends: new_ends, .. }) =
            (self.form, gauge)
        else {
            return;
        };
        // A request that began just before midnight may come after one that
        // began just after it: the older one counts in the newer window.
        let is_over = *new >= ends || (now >= ends && now < *new_ends);
        if is_over {
            self.held = 0;
            self.form = Form::Calendar { used: 0, begins: *new, ends: *new_ends };
        }
    }

    fn drain(&mut self, now: Timestamp) {
        match &mut self.form {
            Form::Rate { debt, at, amount, .. } => {
                // A clock that goes back drains nothing.
                if now > *at {
                    let passed = now.duration_since(*at).as_nanos().unsigned_abs();
                    *debt = debt.saturating_sub(passed.saturating_mul(u128::from(*amount)));
                    *at = now;
                }
            }
            Form::Calendar { .. } | Form::Concurrent => {}
        }
    }

    /// Whether `amount` more fits; else when to come back, and `None` for never.
    pub(super) fn room(&self, gauge: &Gauge, amount: u64, now: Timestamp) -> Result<(), Option<u64>> {
        match (self.form, gauge) {
            (Form::Rate { debt, .. }, Gauge::Rate { amount: rate, period_nanos, burst }) => {
                if amount > *burst {
                    return Err(None);
                }
                let period = u128::from(*period_nanos);
                let taken = u128::from(self.held).saturating_add(u128::from(amount)).saturating_mul(period);
                let over =
                    debt.saturating_add(taken).saturating_sub(u128::from(*burst).saturating_mul(period));
                if over == 0 { Ok(()) } else { Err(divide_up(over, *rate)) }
            }
            (Form::Calendar { used, ends, .. }, Gauge::Calendar { amount: most, .. }) => {
                if amount > *most {
                    Err(None)
                } else if used.saturating_add(amount) > *most {
                    Err(Some(nanos_until(now, ends)))
                } else if used.saturating_add(self.held).saturating_add(amount) > *most {
                    Err(Some(HELD_RETRY_NANOS.min(nanos_until(now, ends))))
                } else {
                    Ok(())
                }
            }
            (Form::Concurrent, Gauge::Concurrent { amount: most }) => {
                if amount > *most {
                    Err(None)
                } else if self.held.saturating_add(amount) > *most {
                    Err(Some(HELD_RETRY_NANOS))
                } else {
                    Ok(())
                }
            }
            // Invariant: a key names a limit's text, so its gauge never changes form.
            (Form::Rate { .. } | Form::Calendar { .. } | Form::Concurrent, _) => Err(None),
        }
    }

    /// Takes for good.
    pub(super) fn take(&mut self, amount: u64) {
        match &mut self.form {
            Form::Rate { debt, period_nanos, .. } => {
                *debt = debt.saturating_add(u128::from(amount).saturating_mul(u128::from(*period_nanos)));
            }
            Form::Calendar { used, .. } => *used = used.saturating_add(amount),
            Form::Concurrent => {}
        }
    }

    /// Takes back what was taken at `since`; of a rate, what came first has drained first.
    pub(super) fn undo(&mut self, amount: u64, since: Timestamp, now: Timestamp) {
        match &mut self.form {
            Form::Rate { debt, amount: rate, period_nanos, .. } => {
                let passed = now.duration_since(since).as_nanos().try_into().unwrap_or(0_u128);
                let taken = u128::from(amount).saturating_mul(u128::from(*period_nanos));
                let left = taken.saturating_sub(passed.saturating_mul(u128::from(*rate)));
                *debt = debt.saturating_sub(left);
            }
            Form::Calendar { used, begins, .. } if since >= *begins => *used = used.saturating_sub(amount),
            Form::Calendar { .. } | Form::Concurrent => {}
        }
    }

    /// Takes until settled.
    pub(super) fn hold(&mut self, amount: u64) -> Epoch {
        self.held = self.held.saturating_add(amount);
        self.epoch()
    }

    /// Turns what was held into what was used; of a calendar window, how its use has grown.
    ///
    /// A reservation of a window that is over corrects nothing: it counted there in full.
    pub(super) fn settle(&mut self, epoch: Epoch, held: u64, used: u64, now: Timestamp) -> Option<Grown> {
        if epoch != self.epoch() || self.is_over(now) {
            return None;
        }
        self.drain(now);
        self.held = self.held.saturating_sub(held);
        let before = self.used_in_window();
        self.take(used);
        Some(Grown { from: before?, to: self.used_in_window()? })
    }

    /// Whether the calendar window has ended, be it that nobody asked for the next one yet.
    fn is_over(&self, now: Timestamp) -> bool {
        match self.form {
            Form::Calendar { ends, .. } => now >= ends,
            Form::Rate { .. } | Form::Concurrent => false,
        }
    }

    /// What was used in the present calendar window.
    fn used_in_window(&self) -> Option<u64> {
        match self.form {
            Form::Calendar { used, .. } => Some(used),
            Form::Rate { .. } | Form::Concurrent => None,
        }
    }

    fn epoch(&self) -> Epoch {
        match self.form {
            Form::Calendar { begins, .. } => Epoch(Some(begins)),
            Form::Rate { .. } | Form::Concurrent => Epoch(None),
        }
    }

    /// Whether forgetting it changes no answer.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let mut aged = *self;
        aged.drain(now);
        match aged.form {
            Form::Rate { debt, .. } => aged.held == 0 && debt == 0,
            Form::Calendar { used, ends, .. } => now >= ends || (aged.held == 0 && used == 0),
            Form::Concurrent => aged.held == 0,
        }
    }
}

/// How long `debt` takes to drain at `rate`; `None` when it never does.
fn divide_up(debt: u128, rate: u64) -> Option<u64> {
    let whole = debt.checked_div(u128::from(rate))?;
    let rest = debt.checked_rem(u128::from(rate))?;
    Some(u64::try_from(whole.saturating_add(u128::from(rest > 0))).unwrap_or(u64::MAX))
}

fn nanos_until(now: Timestamp, then: Timestamp) -> u64 {
    u64::try_from(then.duration_since(now).as_nanos()).unwrap_or(0)
}
