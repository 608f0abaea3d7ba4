//! The body of a request, read when the exchange asks for it.

use crate::clock::after;
use crate::limits::BODY_READ_TIME_MAX;
use bytes::{Bytes, BytesMut};
use engine::exchange::Event;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

/// A request's body.
pub(crate) struct Inbound {
    body: Option<Incoming>,
    asked: Option<Asked>,
}

/// The exchange asked for it.
struct Asked {
    bytes_max: usize,
    read: BytesMut,
    /// By when all of it must be here.
    until: Instant,
}

impl Inbound {
    pub(crate) const fn new(body: Incoming) -> Self {
        Self { body: Some(body), asked: None }
    }

    /// Begins to read.
    pub(crate) fn read(&mut self, bytes_max: usize) {
        self.asked = Some(Asked { bytes_max, read: BytesMut::new(), until: after(BODY_READ_TIME_MAX) });
    }

    pub(crate) const fn is_reading(&self) -> bool {
        self.asked.is_some()
    }

    /// What becomes of reading; pending for ever when nobody asked.
    ///
    /// Its caller may stop waiting and ask again: nothing is lost in between.
    pub(crate) async fn next(&mut self) -> Event {
        let event = match (&mut self.asked, &mut self.body) {
            (None, _) => return std::future::pending().await,
            (Some(_), None) => Event::Body(Bytes::new()),
            (Some(asked), Some(body)) => {
                let until = asked.until;
                timeout_at(until, asked.collect(body)).await.unwrap_or(Event::ClientGone)
            }
        };
        self.asked = None;
        self.body = None;
        event
    }
}

impl Asked {
    async fn collect(&mut self, body: &mut Incoming) -> Event {
        // A body that says that it is too long is not read at all.
        let most = u64::try_from(self.bytes_max).unwrap_or(u64::MAX);
        if body.size_hint().lower() > most {
            return Event::BodyTooLarge;
        }
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return Event::ClientGone };
            let Ok(data) = frame.into_data() else { continue };
            if self.read.len().saturating_add(data.len()) > self.bytes_max {
                return Event::BodyTooLarge;
            }
            // Most bodies arrive in one piece, which needs no copy.
            if self.read.is_empty() && body.is_end_stream() {
                return Event::Body(data);
            }
            self.read.extend_from_slice(&data);
        }
        Event::Body(std::mem::take(&mut self.read).freeze())
    }
}
