//! The way to the client: its answer, and whether it is still there.

use super::answer::{AnswerBody, Cut};
use crate::clock::after;
use crate::limits::CLIENT_STALL_TIME_MAX;
use bytes::{Bytes, BytesMut};
use engine::exchange::ResponseHead;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// Sends an answer, as fast as the client takes it.
pub(crate) struct Client {
    out: Out,
    head: Option<ResponseHead>,
    /// What the client has not taken yet.
    pending: Vec<Bytes>,
    ending: Option<Ending>,
    /// When it will have taken nothing for too long.
    stalls: Option<Instant>,
    is_gone: bool,
}

enum Out {
    /// Nothing was sent.
    Waiting(oneshot::Sender<Response<AnswerBody>>),
    /// The head was sent.
    Streaming(mpsc::Sender<Result<Bytes, Cut>>),
    /// All was sent.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Well.
    Finish,
    /// So that nobody takes it for whole.
    Abort,
}

impl Client {
    /// A client that waits for the head of its answer.
    pub(crate) fn new(answer: oneshot::Sender<Response<AnswerBody>>) -> Self {
        Self {
            out: Out::Waiting(answer),
            head: None,
            pending: Vec::new(),
            ending: None,
            stalls: None,
            is_gone: false,
        }
    }

    pub(crate) fn head(&mut self, head: ResponseHead) {
        self.head = Some(head);
    }

    pub(crate) fn send(&mut self, bytes: Bytes) {
        if !bytes.is_empty() && self.ending.is_none() {
            self.pending.push(bytes);
        }
    }

    pub(crate) fn finish(&mut self) {
        self.ending.get_or_insert(Ending::Finish);
    }

    pub(crate) fn abort(&mut self, last: Bytes) {
        self.send(last);
        self.ending.get_or_insert(Ending::Abort);
    }

    /// Whether there is something that the client has not taken yet.
    ///
    /// While there is, nothing more is read from the upstream: that is the backpressure.
    pub(crate) fn is_behind(&self) -> bool {
        !self.is_gone
            && match self.out {
                Out::Streaming(_) => !self.pending.is_empty() || self.ending.is_some(),
                Out::Waiting(_) | Out::Done => false,
            }
    }

    /// Takes note that the client is gone, when its body told so first.
    pub(crate) fn leave(&mut self) {
        self.is_gone = true;
    }

    pub(crate) const fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Hands over what can be handed over at once.
    pub(crate) fn flush(&mut self) {
        if matches!(self.out, Out::Waiting(_)) && self.head.is_some() {
            self.begin();
        }
        while self.is_behind() {
            let Out::Streaming(pieces) = &self.out else { return };
            if self.pending.is_empty() && self.ending == Some(Ending::Finish) {
                self.out = Out::Done;
                return;
            }
            match pieces.try_send(self.next()) {
                Ok(()) => self.sent(),
                Err(TrySendError::Closed(_)) => self.is_gone = true,
                Err(TrySendError::Full(_)) => {
                    self.stalls.get_or_insert_with(|| after(CLIENT_STALL_TIME_MAX));
                    return;
                }
            }
        }
    }

    /// Waits until the client took something, which is `false`, or went away, which is `true`.
    ///
    /// Its caller may stop waiting and ask again. A client that is known to be gone is waited for no more.
    pub(crate) async fn gone(&mut self) -> bool {
        if self.is_gone {
            return std::future::pending().await;
        }
        let is_behind = self.is_behind();
        match &mut self.out {
            Out::Waiting(answer) => answer.closed().await,
            Out::Streaming(pieces) if is_behind => {
                let stalls = *self.stalls.get_or_insert_with(|| after(CLIENT_STALL_TIME_MAX));
                let has_room = matches!(timeout_at(stalls, pieces.reserve()).await, Ok(Ok(_)));
                if has_room {
                    self.flush();
                    return self.is_gone;
                }
            }
            Out::Streaming(pieces) => pieces.closed().await,
            Out::Done => return std::future::pending().await,
        }
        self.is_gone = true;
        true
    }

    /// Waits until the client took everything, or is gone.
    pub(crate) async fn drain(&mut self) {
        while self.is_behind() {
            self.gone().await;
        }
    }

    /// Sends the head: with the whole body, when that is known by now.
    fn begin(&mut self) {
        let Out::Waiting(answer) = std::mem::replace(&mut self.out, Out::Done) else { return };
        let Some(head) = self.head.take() else { return };
        let body = if self.ending == Some(Ending::Finish) {
            AnswerBody::whole(join(&mut self.pending))
        } else {
            // One piece on its way, one in the library's buffer: no more is read ahead for a slow client.
            let (pieces, body) = mpsc::channel(1);
            self.out = Out::Streaming(pieces);
            AnswerBody::Stream(body)
        };
        self.is_gone = answer.send(response(head, body)).is_err();
    }

    /// What to send next: all that is pending, as one piece, or the cut.
    fn next(&self) -> Result<Bytes, Cut> {
        match self.pending.as_slice() {
            [] => Err(Cut),
            [one] => Ok(one.clone()),
            many => Ok(many.concat().into()),
        }
    }

    /// Takes note that [`Client::next`] was taken.
    fn sent(&mut self) {
        self.stalls = None;
        let was_cut = self.pending.is_empty();
        self.pending.clear();
        // A cut is one more piece; a good end is none.
        if was_cut || self.ending == Some(Ending::Finish) {
            self.out = Out::Done;
        }
    }
}

fn join(pieces: &mut Vec<Bytes>) -> Bytes {
    if pieces.len() == 1 {
        return pieces.pop().unwrap_or_default();
    }
    let mut all = BytesMut::new();
    for piece in pieces.drain(..) {
        all.extend_from_slice(&piece);
    }
    all.freeze()
}

fn response(head: ResponseHead, body: AnswerBody) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(head.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in head.headers {
        // What cannot stand in a header is left out rather than the answer.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
        {
            headers.append(name, value);
        }
    }
    response
}
