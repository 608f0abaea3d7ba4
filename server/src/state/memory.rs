//! Counters in this process's memory. They start empty, and outlive reloads.

use super::State;
use crate::live::Account;
use engine::exchange::Settlement;
use engine::facts::Usage;
use engine::meter::{Alert, Charge, Full, Meter, ReservationId, Reserved, Used};
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

    fn settle(&self, settlement: &Settlement, account: Option<&Account>, now: Timestamp) -> Vec<Alert> {
        let mut meter = self.meter();
        let alerts = settlement.settle(&mut meter, now);
        if let Some(account) = account {
            let used = Used { requests: 0, tokens: settlement.tokens, spend: settlement.spend };
            meter.add_usage(account.key, used, now, &account.zone);
        }
        alerts
    }

    fn forfeit(&self, reservations: &[ReservationId], now: Timestamp) -> Vec<Alert> {
        let mut meter = self.meter();
        reservations.iter().flat_map(|id| meter.forfeit(*id, now)).collect()
    }
}

impl MemoryState {
    /// Takes back a use of `since`, as [`Meter::undo`] does: for who stated one that is not counted here.
    pub fn undo(&self, charge: &Charge, since: Timestamp, now: Timestamp) {
        self.meter().undo(charge, since, now);
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        // A panic cannot leave a counter half changed: they are put back whole.
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
