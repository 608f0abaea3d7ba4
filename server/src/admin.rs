//! The listener for operators: whether the sidecar lives, and whether it serves.

use crate::drive::{AnswerBody, Cut};
use crate::limits::HEAD_READ_TIME_MAX;
use crate::shutdown::Stopping;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Most connections of operators at once: probes and people, not traffic.
const CONNECTIONS_MAX: usize = 64;

/// How long accepting rests after it failed.
const ACCEPT_REST_TIME: Duration = Duration::from_millis(100);

/// Answers operators for as long as the process lives: while it stops, they are told so.
pub(crate) async fn listen(listener: TcpListener, stopping: Stopping) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!(error = %error, "an operator's connection cannot be accepted");
                    tokio::time::sleep(ACCEPT_REST_TIME).await;
                }
            },
        }
    }
}

async fn connection(stream: TcpStream, stopping: Stopping) {
    let service = service_fn(|request| {
        let is_stopping = stopping.is_time();
        async move { Ok::<_, Cut>(answer(&request, is_stopping)) }
    });
    let result = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_TIME_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = result {
        tracing::debug!(error = %error, "an operator's connection ended early");
    }
}

fn answer(request: &Request<Incoming>, is_stopping: bool) -> Response<AnswerBody> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => (StatusCode::OK, "ok\n"),
        // A sidecar never listens without a package that compiled.
        (&Method::GET, "/readyz") if !is_stopping => (StatusCode::OK, "ready\n"),
        (&Method::GET, "/readyz") => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        _ => (StatusCode::NOT_FOUND, "not found\n"),
    };
    let mut response = Response::new(AnswerBody::whole(text));
    *response.status_mut() = status;
    response
}
