//! The listener for clients: connections, heads, and what is refused before an exchange begins.

mod head;
mod refusal;

use crate::drive::{AnswerBody, Client, Cut, Inbound, Progress, Shared, Wires, drive};
use crate::limits::{
    BODY_BYTES_MAX, BUFFERED_BYTES_MAX, CONNECTION_BUFFER_BYTES_MAX, CONNECTIONS_MAX, EXCHANGES_MAX,
    HEAD_READ_TIME_MAX, HEADERS_MAX,
};
use crate::machine::Start;
use crate::shutdown::Stopping;
use crate::simulate::Player;
use crate::store::Store;
use engine::record::DecisionId;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use refusal::Refusal;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How long accepting rests after it failed: the process has run out of descriptors.
const ACCEPT_REST_TIME: Duration = Duration::from_millis(100);

/// Serves clients.
pub(crate) struct Proxy {
    store: Arc<Store>,
    pub(crate) shared: Arc<Shared>,
    /// Whether a stand-in answers in place of the providers.
    is_simulated: bool,
    exchanges: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

impl Proxy {
    pub(crate) fn new(store: Arc<Store>, shared: Arc<Shared>, is_simulated: bool) -> Self {
        Self {
            store,
            shared,
            is_simulated,
            exchanges: Arc::new(Semaphore::new(EXCHANGES_MAX)),
            bytes: Arc::new(Semaphore::new(BUFFERED_BYTES_MAX)),
        }
    }

    /// Accepts connections until told to stop, then waits for those that are open and for their exchanges.
    pub(crate) async fn listen(self: Arc<Self>, listener: TcpListener, stopping: Stopping) {
        let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            // No room: further clients wait in the system's queue, whose length is its own.
            let permit = tokio::select! {
                biased;
                () = stopping.wait() => break,
                permit = Arc::clone(&connections).acquire_owned() => permit,
            };
            let Ok(permit) = permit else { break };
            let accepted = tokio::select! {
                biased;
                () = stopping.wait() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let connection = Arc::clone(&self).connection(stream, stopping.clone(), permit);
                    tokio::spawn(connection);
                }
                Err(error) => {
                    tracing::warn!(error = %error, "a connection cannot be accepted");
                    tokio::time::sleep(ACCEPT_REST_TIME).await;
                }
            }
        }
        drop(listener);
        all(&connections, CONNECTIONS_MAX).await;
        all(&self.exchanges, EXCHANGES_MAX).await;
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        stopping: Stopping,
        _permit: OwnedSemaphorePermit,
    ) {
        // Else each event of a stream waits for the acknowledgement of the one before it.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let service = service_fn(move |request| {
            let proxy = Arc::clone(&self);
            async move { proxy.serve(request).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_READ_TIME_MAX)
            .max_buf_size(CONNECTION_BUFFER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = stopping.wait() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            tracing::debug!(error = %error, "a connection ended early");
        }
    }

    /// Answers one request.
    async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<AnswerBody>, Cut> {
        // Such a request may have said a length as well, which the HTTP library then hides; what
        // follows on the connection might be the rest of a body to others, so it ends here.
        let is_last = request.headers().contains_key(TRANSFER_ENCODING);
        let mut response = match self.begin(request) {
            // The exchange ended without an answer: the client is gone, or it failed.
            Ok(answer) => answer.await.map_err(|_| Cut)?,
            Err(refusal) => refusal.response(),
        };
        if is_last {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    /// Begins an exchange; what comes back is told its answer.
    fn begin(&self, request: Request<Incoming>) -> Result<oneshot::Receiver<Response<AnswerBody>>, Refusal> {
        let (parts, body) = request.into_parts();
        let head = head::judge(&parts)?;
        let player = if self.is_simulated {
            Some(Player::new(&head, self.shared.clock.clone()).map_err(Refusal::bad)?)
        } else {
            head::refuse_simulation(&head)?;
            None
        };
        let permits = self.admit(&body)?;
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| Refusal::overloaded())?;
        let id = DecisionId(u128::from_le_bytes(id));
        let live = self.store.current();
        let now = self.shared.clock.now();
        let exchange = live.policy.begin(Start { head, id, down: live.down(now), now });
        let (answer, answered) = oneshot::channel();
        let wires = Wires {
            shared: Arc::clone(&self.shared),
            live,
            client: Client::new(answer),
            inbound: Inbound::new(body),
            player,
            permits,
            progress: Progress::default(),
        };
        // A task of its own, so that an exchange comes to its record also when its client goes away.
        tokio::spawn(drive(exchange, wires));
        Ok(answered)
    }

    /// Takes room for one exchange and its body.
    fn admit(&self, body: &Incoming) -> Result<Vec<OwnedSemaphorePermit>, Refusal> {
        let place = Arc::clone(&self.exchanges).try_acquire_owned().map_err(|_| Refusal::overloaded())?;
        let length = body.size_hint().upper().and_then(|length| usize::try_from(length).ok());
        let length = length.unwrap_or(BODY_BYTES_MAX).min(BODY_BYTES_MAX);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let bytes =
            Arc::clone(&self.bytes).try_acquire_many_owned(length).map_err(|_| Refusal::overloaded())?;
        Ok(vec![place, bytes])
    }
}

/// Waits until all permits are back.
async fn all(semaphore: &Semaphore, count: usize) {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    // It is never closed, so this cannot fail.
    semaphore.acquire_many(count).await.map(drop).ok();
}
