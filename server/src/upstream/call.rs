//! One call of an endpoint, as a source of events.

use super::{Clients, Target};
use engine::exchange::{Attempt, Event};
use engine::record::UpstreamFailure;
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use hyper_util::client::legacy::ResponseFuture;

use crate::simulate::Play;

/// The call that an exchange has under way, if any.
///
/// Dropping it ends it: the connection is closed unless its answer was read to the end.
#[derive(Default)]
pub(crate) enum Call {
    /// None.
    #[default]
    Idle,
    /// It cannot be made.
    Refused,
    /// No answer yet.
    Asking(Box<ResponseFuture>),
    /// The answer is coming in.
    Answering(Incoming),
    /// The stand-in answers.
    Played(Box<Play>),
}

impl Call {
    /// Sends the request of an attempt.
    pub(crate) fn ask(clients: &Clients, target: Option<&Target>, attempt: &Attempt) -> Self {
        let Some((request, is_private)) = target.and_then(|target| target.request(attempt)) else {
            return Self::Refused;
        };
        let pool = if is_private { &clients.private } else { &clients.public };
        Self::Asking(Box::new(pool.request(request)))
    }

    pub(crate) const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    /// What happens next in this call; pending for ever when there is none.
    ///
    /// Its caller may stop waiting and ask again: nothing is lost in between.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            match self {
                Self::Idle => std::future::pending().await,
                Self::Refused => return self.fail(UpstreamFailure::Connect),
                Self::Asking(answer) => match answer.await {
                    Ok(response) => return self.answer(response),
                    Err(error) => {
                        tracing::debug!(error = %Chain(&error), "a call failed");
                        return self.fail(failure(&error, error.is_connect()));
                    }
                },
                Self::Answering(body) => match body.frame().await {
                    // Trailers mean nothing in these APIs.
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) if data.is_empty() => {}
                        Ok(data) => return Event::UpstreamChunk(data),
                        Err(_) => {}
                    },
                    Some(Err(error)) => {
                        tracing::debug!(error = %Chain(&error), "an answer broke off");
                        return self.fail(failure(&error, false));
                    }
                    None => return self.end(),
                },
                Self::Played(play) => {
                    let event = play.next().await;
                    if matches!(event, Event::UpstreamEnd | Event::UpstreamFailed(_)) {
                        *self = Self::Idle;
                    }
                    return event;
                }
            }
        }
    }

    fn answer(&mut self, response: Response<Incoming>) -> Event {
        let (head, body) = response.into_parts();
        *self = Self::Answering(body);
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Event::UpstreamHead { status: head.status.as_u16(), headers }
    }

    fn fail(&mut self, failure: UpstreamFailure) -> Event {
        *self = Self::Idle;
        Event::UpstreamFailed(failure)
    }

    fn end(&mut self) -> Event {
        *self = Self::Idle;
        Event::UpstreamEnd
    }
}

/// Whose failure an error tells of: the connection's, or of what came over it.
fn failure(error: &(dyn std::error::Error + 'static), is_connect: bool) -> UpstreamFailure {
    if is_connect {
        return UpstreamFailure::Connect;
    }
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return UpstreamFailure::Malformed;
        }
        cause = error.source();
    }
    UpstreamFailure::Broken
}

/// An error with its causes, on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
