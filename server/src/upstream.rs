//! Calls of endpoints: prepared addresses, a pooled TLS client, and which networks it may enter.

mod address;
mod call;
mod connect;

use bytes::Bytes;
pub(crate) use call::Call;
use connect::Connector;
use engine::exchange::Attempt;
use http_body_util::Full;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Method, Request, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use lang::model::Endpoint;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::limits::{UPSTREAM_BUFFER_BYTES_MAX, UPSTREAM_IDLE_MAX, UPSTREAM_IDLE_TIME_MAX};

/// An endpoint, ready to be called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target(Option<Ready>);

#[derive(Debug, PartialEq, Eq)]
struct Ready {
    scheme: Scheme,
    authority: Authority,
    /// The path of the base address.
    path: Box<str>,
    /// The query of each call with its question mark, or nothing.
    query: String,
    /// The headers of each call, the credential's among them.
    headers: HeaderMap,
    is_private: bool,
}

impl Target {
    /// An endpoint that cannot be called until a reload.
    pub(crate) const fn unusable() -> Self {
        Self(None)
    }

    /// Prepares an endpoint; `secret` is the header that authenticates.
    pub(crate) fn new(
        endpoint: &Endpoint,
        secret: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Self, String> {
        let url = &endpoint.url;
        if !url.is_tls && !endpoint.private {
            return Err("an `http:` address needs `private`".to_owned());
        }
        let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.to_string() };
        let is_usual = url.port == if url.is_tls { 443 } else { 80 };
        let authority = if is_usual { host } else { format!("{host}:{}", url.port) };
        let mut headers = HeaderMap::new();
        for (name, value) in &endpoint.headers {
            let said = || format!("its header `{name}` cannot be sent");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| said())?;
            headers.append(name, HeaderValue::from_str(value).map_err(|_| said())?);
        }
        if let Some((name, value)) = secret {
            headers.insert(name, value);
        }
        Ok(Self(Some(Ready {
            scheme: if url.is_tls { Scheme::HTTPS } else { Scheme::HTTP },
            authority: authority.parse().map_err(|_| format!("`{authority}` is no host"))?,
            path: url.path.clone(),
            query: query(&endpoint.query),
            headers,
            is_private: endpoint.private,
        })))
    }

    pub(crate) const fn is_usable(&self) -> bool {
        self.0.is_some()
    }

    /// The request of an attempt, and whether it may enter private networks.
    fn request(&self, attempt: &Attempt) -> Option<(Request<Full<Bytes>>, bool)> {
        let ready = self.0.as_ref()?;
        let uri = Uri::builder()
            .scheme(ready.scheme.clone())
            .authority(ready.authority.clone())
            .path_and_query(format!("{}{}{}", ready.path, attempt.path, ready.query))
            .build()
            .ok()?;
        let mut request = Request::new(Full::new(attempt.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        for (name, value) in &attempt.headers {
            headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, value.parse().ok()?);
        }
        // What the endpoint says wins: above all, its credential.
        for name in ready.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in &ready.headers {
            headers.append(name.clone(), value.clone());
        }
        Some((request, ready.is_private))
    }
}

/// Query parameters as they stand in an address, the question mark included; empty for none.
fn query(parameters: &[(Box<str>, Box<str>)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        text.push(if text.is_empty() { '?' } else { '&' });
        escape(&mut text, name);
        text.push('=');
        escape(&mut text, value);
    }
    text
}

/// Appends text in which only RFC 3986's unreserved characters stand for themselves.
fn escape(to: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            to.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            write!(to, "%{byte:02X}").ok();
        }
    }
}

type Pool = Client<HttpsConnector<Connector>, Full<Bytes>>;

/// The pooled clients.
///
/// There are two, since a pool hands a connection to whoever names its address:
/// one that entered a private network must not serve an endpoint that may not.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    public: Pool,
    private: Pool,
}

/// Why calls cannot be made at all.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of certificates that cannot be used.
    #[error("cannot read certificates of `{path}`: {why}")]
    Certificates {
        /// Which file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The TLS library refuses its settings.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
}

impl Clients {
    /// Clients that trust the system's certificates and those of `ca`.
    pub(crate) fn new(ca: Option<&Path>) -> Result<Self, TlsError> {
        let tls = tls(ca)?;
        let pool = |is_private| {
            let connector = HttpsConnector::from((Connector { is_private }, tls.clone()));
            Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(UPSTREAM_IDLE_TIME_MAX)
                .pool_max_idle_per_host(UPSTREAM_IDLE_MAX)
                .http1_max_buf_size(UPSTREAM_BUFFER_BYTES_MAX)
                // A connection that the upstream closed while it was idle is no failure of the endpoint.
                .retry_canceled_requests(true)
                .build(connector)
        };
        Ok(Self { public: pool(false), private: pool(true) })
    }
}

fn tls(ca: Option<&Path>) -> Result<Arc<rustls::ClientConfig>, TlsError> {
    let mut roots = rustls::RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(error = %error, "a certificate of the system cannot be read");
    }
    let (added, _) = roots.add_parsable_certificates(system.certs);
    if let Some(path) = ca {
        let failed = |why: String| TlsError::Certificates { path: path.display().to_string(), why };
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))? {
            let certificate = certificate.map_err(|error| failed(error.to_string()))?;
            roots.add(certificate).map_err(|error| failed(error.to_string()))?;
        }
    } else if added == 0 {
        tracing::warn!("the system trusts no certificate, so no `https:` endpoint can be reached");
    }
    // The provider is named, since a stray feature of the TLS library would make its default ambiguous.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters_are_escaped() {
        let rows: [(&[(&str, &str)], &str); 3] = [
            (&[], ""),
            (&[("api-version", "2024-10-21")], "?api-version=2024-10-21"),
            (&[("a b", "c&d=é"), ("e", "")], "?a%20b=c%26d%3D%C3%A9&e="),
        ];
        for (parameters, expected) in rows {
            let parameters: Vec<_> =
                parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            assert_eq!(query(&parameters), expected);
        }
    }
}
