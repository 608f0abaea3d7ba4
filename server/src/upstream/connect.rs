//! Opens TCP connections, and only into networks that policy allows.

use super::address::{Reach, reach};
use crate::limits::CONNECT_TIME_MAX;
use hyper::Uri;
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Connects to the host of a URI.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connector {
    /// Whether private networks may be entered.
    pub(super) is_private: bool,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// The address names no host.
    #[error("the address names no host")]
    NoHost,
    /// The name resolves to nothing that may be called.
    #[error("`{0}` resolves to no address that may be called")]
    Refused(String),
    /// Nobody answered in time.
    #[error("no connection in time")]
    Timeout,
    /// The network says no.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = *self;
        Box::pin(async move {
            timeout(CONNECT_TIME_MAX, connector.connect(&uri)).await.map_err(|_| ConnectError::Timeout)?
        })
    }
}

impl Connector {
    async fn connect(self, uri: &Uri) -> Result<TokioIo<TcpStream>, ConnectError> {
        let host = uri.host().ok_or(ConnectError::NoHost)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_tls = uri.scheme() == Some(&hyper::http::uri::Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let mut last = None;
        for address in resolve(host, port).await? {
            // Judged here, on the very address that is connected to: a name may resolve otherwise each time.
            if !self.may_reach(address.ip()) {
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // Else an answer's small writes wait for acknowledgements, 40 ms each.
                    stream.set_nodelay(true)?;
                    return Ok(TokioIo::new(stream));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or_else(|| ConnectError::Refused(host.to_owned()), ConnectError::Io))
    }

    fn may_reach(self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => true,
            Reach::Private => self.is_private,
            Reach::Never => false,
        }
    }
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}
