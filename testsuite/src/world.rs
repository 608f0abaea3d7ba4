//! The virtual world around exchanges: a clock, counters, callers, upstreams.
//!
//! Nothing here waits and nothing is random. Time moves when the loop says so;
//! upstreams answer from a script.

mod clock;
mod counters;
mod identity;
mod said;
mod script;
mod standin;

pub use clock::Clock;
pub use counters::MemoryCounters;
pub use identity::identify;
pub use said::Said;
pub use script::{Answer, Script, Upstream};
pub use standin::StandIn;
pub(crate) use standin::fill_tokens;

use engine::exchange::{Moment, Settlement};
use engine::facts::Usage;
use engine::meter::{Alert, Charge, Full, ReservationId};
use lang::model::{EndpointId, TenantId};

/// What was reserved, and what the tenant had used before.
#[derive(Debug)]
pub struct Room {
    /// To settle it by.
    pub id: ReservationId,
    /// What the tenant had used.
    pub usage: Usage,
    /// Shadowed limits that would have been full.
    pub shadowed: Vec<Full>,
}

/// Counters that outlive an exchange.
pub trait Counters {
    /// Takes from all counters, or from none.
    ///
    /// # Errors
    ///
    /// The limits that have no room.
    fn reserve(&mut self, tenant: TenantId, charges: &[Charge], now: Moment) -> Result<Room, Vec<Full>>;
    /// Counts a request that was admitted, for conditions that read `usage`.
    fn admit(&mut self, tenant: TenantId, now: Moment);
    /// Corrects reservations to what was used; the alerts that come of it.
    fn settle(&mut self, tenant: TenantId, settlement: &Settlement, now: Moment) -> Vec<Alert>;
}

/// A call that was made: where to, and with which body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// The body, as the upstream got it.
    pub body: String,
}
