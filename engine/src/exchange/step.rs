//! What an exchange asks of its driver, and what the driver tells it.

use crate::facts::{Caller, Usage};
use crate::meter::{Alert, Charge, CounterKey, Full, Meter, ReservationId};
use crate::record::{Record, UpstreamFailure};
use bytes::Bytes;
use jiff::Timestamp;
use lang::model::{EndpointId, TenantId, WorkloadId};
use std::time::Duration;

/// A moment, as the driver's clocks show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Monotonic time since the driver started; deadlines are measured on it.
    pub elapsed: Duration,
    /// Wall time; the first one an exchange sees is its `now`.
    pub wall: Timestamp,
}

/// The head of a request, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method, in upper case.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The query, without its question mark; empty when there is none.
    pub query: String,
    /// Headers, names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
}

/// What a client shows to be known.
#[derive(Clone, PartialEq, Eq)]
pub enum Shown {
    /// A key or token, from `authorization: Bearer`, `x-api-key` or `api-key`.
    Secret(Box<str>),
    /// Nothing.
    Nothing,
    /// Two different credentials.
    Ambiguous,
    /// The tenant by its name: `explain` and tests; a listener never builds it.
    Tenant(Box<str>),
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::Nothing => "Nothing",
            Self::Ambiguous => "Ambiguous",
            Self::Tenant(_) => "Tenant(…)",
        })
    }
}

/// Who a caller was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Whose caller.
    pub tenant: TenantId,
    /// The caller.
    pub caller: Caller,
    /// The workload that the credential is bound to.
    pub workload: Option<WorkloadId>,
}

/// What the driver is to do. It carries out steps in order and answers with an [`Event`] where one is named.
///
/// Printed, a step is its name: what is sent is never shown.
pub enum Step {
    /// Find out who calls: [`Event::Identified`] or [`Event::NotIdentified`].
    Identify(Shown),
    /// Read the request's body: [`Event::Body`], [`Event::BodyTooLarge`] or [`Event::ClientGone`].
    ReadBody {
        /// The most bytes to take in.
        bytes_max: usize,
    },
    /// Take from counters, all or nothing: [`Event::Reserved`] or [`Event::Full`], whatever else happens.
    Reserve(Vec<Charge>),
    /// Make durable that the request is about to be sent: [`Event::Begun`] or [`Event::NotBegun`].
    Begin(Box<Record>),
    /// Call an endpoint: [`Event::UpstreamHead`], then chunks, then an end; or [`Event::UpstreamFailed`].
    ///
    /// A later attempt ends the one before it.
    Attempt(Box<Attempt>),
    /// Send the head of the answer to the client.
    ForwardHead(ResponseHead),
    /// Send bytes of the answer's body.
    Forward(Bytes),
    /// End the answer's body well.
    Finish,
    /// Send these bytes, then end the answer so that the client cannot take it for whole.
    Abort(Bytes),
    /// Stop reading from the upstream.
    Hangup,
    /// Correct what was reserved to what was used; alerts that come of it belong into the record of the `End`.
    Settle(Settlement),
    /// Write the record. Always the last step.
    End(Box<Record>),
}

/// What the driver has to say. Printed, it is its name: what was sent is never shown.
pub enum Event {
    /// The caller is known.
    Identified(Identified),
    /// The caller is not known.
    NotIdentified,
    /// The whole body.
    Body(Bytes),
    /// The body went over the limit.
    BodyTooLarge,
    /// The client went away.
    ClientGone,
    /// There was room, and what the tenant had used before.
    Reserved {
        /// To settle it by; one for each `Reserve`.
        id: ReservationId,
        /// What the tenant had used.
        usage: Usage,
        /// Shadowed limits that would have been full.
        shadowed: Vec<Full>,
    },
    /// There was no room; nothing was taken.
    Full(Vec<Full>),
    /// The record is durable.
    Begun,
    /// The record could not be made durable.
    NotBegun,
    /// The upstream's status and headers, names in lower case.
    UpstreamHead {
        /// The status.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
    },
    /// Bytes of the upstream's body.
    UpstreamChunk(Bytes),
    /// The upstream's body ended as its framing says it should.
    UpstreamEnd,
    /// The upstream failed, before or within its answer.
    UpstreamFailed(UpstreamFailure),
    /// The time that [`poll_deadline`](super::Exchange::poll_deadline) named has come.
    DeadlinePassed,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Identify(_) => "Identify",
            Self::ReadBody { .. } => "ReadBody",
            Self::Reserve(_) => "Reserve",
            Self::Begin(_) => "Begin",
            Self::Attempt(_) => "Attempt",
            Self::ForwardHead(_) => "ForwardHead",
            Self::Forward(_) => "Forward",
            Self::Finish => "Finish",
            Self::Abort(_) => "Abort",
            Self::Hangup => "Hangup",
            Self::Settle(_) => "Settle",
            Self::End(_) => "End",
        })
    }
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Identified(_) => "Identified",
            Self::NotIdentified => "NotIdentified",
            Self::Body(_) => "Body",
            Self::BodyTooLarge => "BodyTooLarge",
            Self::ClientGone => "ClientGone",
            Self::Reserved { .. } => "Reserved",
            Self::Full(_) => "Full",
            Self::Begun => "Begun",
            Self::NotBegun => "NotBegun",
            Self::UpstreamHead { .. } => "UpstreamHead",
            Self::UpstreamChunk(_) => "UpstreamChunk",
            Self::UpstreamEnd => "UpstreamEnd",
            Self::UpstreamFailed(_) => "UpstreamFailed",
            Self::DeadlinePassed => "DeadlinePassed",
        })
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt")
            .field("endpoint", &self.endpoint)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// An event by whom it is of; each state waits for one of them.
pub(super) enum Heard {
    /// Who calls, where that is known.
    Identity(Option<Identified>),
    /// The body, where it is not too large.
    Body(Option<Bytes>),
    /// Whether there was room.
    Room(Result<Room, Vec<Full>>),
    /// Whether the beginning is durable.
    Begun(bool),
    /// What the upstream said, or that it did not.
    Upstream(Said),
    /// The client went away.
    ClientGone,
}

/// What counters took.
pub(super) struct Room {
    pub(super) id: ReservationId,
    pub(super) usage: Usage,
    pub(super) shadowed: Vec<Full>,
}

/// What came of an upstream.
pub(super) enum Said {
    /// Status and headers.
    Head(u16, Vec<(String, String)>),
    /// Bytes of the body.
    Chunk(Bytes),
    /// The end of the body.
    End,
    /// A failure.
    Failed(UpstreamFailure),
    /// Nothing in time.
    Nothing,
}

impl Event {
    /// Whom it is of.
    pub(super) fn heard(self) -> Heard {
        match self {
            Self::Identified(who) => Heard::Identity(Some(who)),
            Self::NotIdentified => Heard::Identity(None),
            Self::Body(body) => Heard::Body(Some(body)),
            Self::BodyTooLarge => Heard::Body(None),
            Self::ClientGone => Heard::ClientGone,
            Self::Reserved { id, usage, shadowed } => Heard::Room(Ok(Room { id, usage, shadowed })),
            Self::Full(full) => Heard::Room(Err(full)),
            Self::Begun => Heard::Begun(true),
            Self::NotBegun => Heard::Begun(false),
            Self::UpstreamHead { status, headers } => Heard::Upstream(Said::Head(status, headers)),
            Self::UpstreamChunk(bytes) => Heard::Upstream(Said::Chunk(bytes)),
            Self::UpstreamEnd => Heard::Upstream(Said::End),
            Self::UpstreamFailed(failure) => Heard::Upstream(Said::Failed(failure)),
            Self::DeadlinePassed => Heard::Upstream(Said::Nothing),
        }
    }
}

/// A call of an endpoint. Printed, it is where it goes: what is sent is never shown.
#[derive(Clone)]
pub struct Attempt {
    /// Which endpoint; the driver knows its address and its credential.
    pub endpoint: EndpointId,
    /// The path below the endpoint's base address, as in `/chat/completions`.
    pub path: &'static str,
    /// Headers besides those of the endpoint and its credential.
    pub headers: Vec<(&'static str, String)>,
    /// The body, redacted and rewritten.
    pub body: Bytes,
    /// Which attempt of the exchange this is, from 1.
    pub number: u32,
    /// Whether the client asked for a stream.
    pub stream: bool,
}

/// Status and headers of an answer to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

/// What was used of what was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The reservations of the exchange.
    pub reservations: Vec<ReservationId>,
    /// Tokens of input and output together.
    pub tokens: u64,
    /// Millionths of the currency.
    pub spend: u64,
    /// Counters that give back all that they hold: their limits are about models that did not answer.
    pub spared: Vec<CounterKey>,
}

impl Settlement {
    /// Carries it out on a meter; the alerts that come of it belong into the record.
    pub fn settle(&self, meter: &mut Meter, now: Timestamp) -> Vec<Alert> {
        let used = (self.tokens, self.spend);
        let settled = self.reservations.iter().map(|id| meter.settle_sparing(*id, used, &self.spared, now));
        settled.flatten().collect()
    }
}
