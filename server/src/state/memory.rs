//! Counters in this process's memory. They start empty, and outlive reloads.

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
pub(crate) struct MemoryState {
    meter: Mutex<Meter>,
}

impl MemoryState {
    /// Takes the charges, or none. With room comes what the tenant had used before;
    /// `is_first` says that this request was not counted in that yet.
    pub(crate) fn reserve(
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

    /// Corrects reservations to what was used; the alerts that come of it.
    pub(crate) fn settle(
        &self,
        settlement: &Settlement,
        account: Option<&Account>,
        now: Timestamp,
    ) -> Vec<Alert> {
        let mut meter = self.meter();
        let alerts = settlement.settle(&mut meter, now);
        if let Some(account) = account {
            let used = Used { requests: 0, tokens: settlement.tokens, spend: settlement.spend };
            meter.add_usage(account.key, used, now, &account.zone);
        }
        alerts
    }

    /// Settles reservations of an exchange that ended without saying what it used.
    pub(crate) fn forfeit(&self, reservations: &[ReservationId], now: Timestamp) -> Vec<Alert> {
        let mut meter = self.meter();
        reservations.iter().flat_map(|id| meter.forfeit(*id, now)).collect()
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        // A panic cannot leave a counter half changed: they are put back whole.
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
