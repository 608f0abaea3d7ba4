//! The client of a case, over HTTP.

use bytes::Bytes;
use engine::exchange::Head;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;

/// Headers by which an answer is framed or dated. They are the HTTP library's and say nothing of the
/// exchange; the runner has no wire, and so has none of them.
const FRAMING: &[&str] = &["connection", "content-length", "date", "transfer-encoding"];

/// A client that keeps its connections.
#[derive(Clone)]
pub(crate) struct Client {
    inner: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

/// What a client got.
#[derive(Debug, Default)]
pub(crate) struct Got {
    /// 0 when there was no answer at all.
    pub(crate) status: u16,
    /// As in [`Seen`](crate::Seen).
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body ended as its framing says it should.
    pub(crate) is_whole: bool,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let inner = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { inner, address }
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) async fn send(self, head: Head, body: Bytes) -> Got {
        let mut request = Request::builder()
            .method(head.method.as_str())
            .uri(format!("http://{}{}", self.address, head.path));
        for (name, value) in head.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).unwrap();
        let Ok(answer) = self.inner.request(request).await else { return Got::default() };
        let headers = answer.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let mut got = Got {
            status: answer.status().as_u16(),
            headers: telling(headers),
            body: Vec::new(),
            is_whole: true,
        };
        let mut incoming = answer.into_body();
        while let Some(frame) = incoming.frame().await {
            match frame {
                Ok(frame) => got.body.extend(frame.into_data().unwrap_or_default()),
                Err(_) => got.is_whole = false,
            }
        }
        got
    }
}

/// The headers that tell something of the exchange, sorted.
pub(crate) fn telling(headers: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut all: Vec<_> = headers.filter(|(name, _)| !FRAMING.contains(&name.as_str())).collect();
    all.sort();
    all
}
