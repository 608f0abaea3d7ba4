//! Counters in this process's memory. They start empty, and outlive reloads.

use super::State;
use crate::live::Account;
use engine::exchange::Settlement;
use engine::facts::Usage;
use engine::meter::{Charge, Full, Meter, ReservationId, Reserved, Used};
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// All counters, behind one lock.
///
/// A reservation holds it for about a microsecond, so one lock serves far more
/// requests than one sidecar sees; all or nothing over several counters comes with it.
#[derive(Debug, Default)]
pub struct MemoryState {
    meter: Mutex<Meter>,
}

impl State for MemoryState {
    fn reserve(
        &self,
        charges: &[Charge],
        account: Option<&Account>,
        is_first: bool,
        now: Timestamp,
    ) -> Result<(Reserved, Usage), Vec<Full>> {
        let mut meter = self.meter();
        let reserved = meter.reserve(charges, now)?;
        let Some(account) = account else { return Ok((reserved, Usage::default())) };
        let usage = meter.usage(account.key, now);
        if is_first {
            let used = Used { requests: 1, tokens: 0, spend: 0 };
            meter.add_usage(account.key, used, now, &account.zone);
        }
        Ok((reserved, usage))
    }

    fn settle(&self, settlement: &Settlement, account: Option<&Account>, now: Timestamp) {
        let mut meter = self.meter();
        for id in &settlement.reservations {
            meter.settle(*id, settlement.tokens, settlement.spend, now);
        }
        if let Some(account) = account {
            let used = Used { requests: 0, tokens: settlement.tokens, spend: settlement.spend };
            meter.add_usage(account.key, used, now, &account.zone);
        }
    }

    fn forfeit(&self, reservations: &[ReservationId], now: Timestamp) {
        let mut meter = self.meter();
        for id in reservations {
            meter.forfeit(*id, now);
        }
    }
}

impl MemoryState {
    fn meter(&self) -> MutexGuard<'_, Meter> {
        // A panic cannot leave a counter half changed: they are put back whole.
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
