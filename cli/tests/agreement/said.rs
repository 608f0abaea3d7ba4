//! The sidecar's own counters, told what a case says was used before.

use engine::exchange::Settlement;
use engine::facts::Usage;
use engine::guard::Guard;
use engine::meter::{Alert, Charge, Full, ReservationId, Reserved};
use jiff::Timestamp;
use server::{Account, MemoryState, State};
use std::sync::{Arc, Mutex};
use testsuite::world::Said;

/// Counters in which something was used before they counted.
pub(crate) struct Seeded {
    inner: MemoryState,
    said: Mutex<Said>,
    guard: Arc<Guard>,
}

impl Seeded {
    pub(crate) fn new(guard: Arc<Guard>) -> Self {
        Self { inner: MemoryState::default(), said: Mutex::default(), guard }
    }

    pub(crate) fn set(&self, usage: Usage, now: Timestamp) {
        for (charge, since) in self.said.lock().unwrap().set(usage, now) {
            self.inner.undo(&charge, since, now);
        }
    }

    pub(crate) fn end_step(&self) {
        self.said.lock().unwrap().end_step();
    }
}

impl State for Seeded {
    fn reserve(
        &self,
        charges: &[Charge],
        account: Option<&Account>,
        is_first: bool,
        now: Timestamp,
    ) -> Result<(Reserved, Usage), Vec<Full>> {
        let mut said = self.said.lock().unwrap();
        for charge in charges {
            let Some((used, at)) = said.owed(charge, &self.guard.model().limits, now) else { continue };
            let amount = used.amount;
            if let Ok((reserved, _)) = self.inner.reserve(&[used], None, false, at) {
                let (tokens, spend, spared) = (amount, amount, Vec::new());
                let used = Settlement { reservations: vec![reserved.id], tokens, spend, spared };
                self.inner.settle(&used, None, at);
            }
        }
        let (reserved, counted) = self.inner.reserve(charges, account, is_first, now)?;
        let usage = account.map_or(counted, |account| said.added_to(counted, now, &account.zone));
        Ok((reserved, usage))
    }

    fn settle(&self, settlement: &Settlement, account: Option<&Account>, now: Timestamp) -> Vec<Alert> {
        self.inner.settle(settlement, account, now)
    }

    fn forfeit(&self, reservations: &[ReservationId], now: Timestamp) -> Vec<Alert> {
        self.inner.forfeit(reservations, now)
    }
}
