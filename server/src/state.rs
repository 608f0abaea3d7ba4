//! Counters of limits and budgets.

mod memory;

use crate::live::Account;
use engine::exchange::Settlement;
use engine::facts::Usage;
use engine::meter::{Alert, Charge, Full, ReservationId, Reserved};
use jiff::Timestamp;
pub use memory::MemoryState;

/// Counters that outlive an exchange, and a reload.
pub trait State: Send + Sync {
    /// Takes the charges, or none. With room comes what the tenant had used before;
    /// `is_first` says that this request was not counted in that yet.
    ///
    /// # Errors
    ///
    /// The limits that have no room; nothing was taken then.
    fn reserve(
        &self,
        charges: &[Charge],
        account: Option<&Account>,
        is_first: bool,
        now: Timestamp,
    ) -> Result<(Reserved, Usage), Vec<Full>>;

    /// Corrects reservations to what was used; the alerts that come of it.
    fn settle(&self, settlement: &Settlement, account: Option<&Account>, now: Timestamp) -> Vec<Alert>;

    /// Settles reservations of an exchange that ended without saying what it used; the alerts likewise.
    fn forfeit(&self, reservations: &[ReservationId], now: Timestamp) -> Vec<Alert>;
}
