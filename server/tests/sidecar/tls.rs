//! Calls over TLS: to who shows a certificate that is trusted, and to nobody else.

use crate::client::{Client, chat};
use crate::support::{Scratch, Sidecar};
use crate::upstream::{package, serve};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use server::Config;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

type Bodies = Arc<Mutex<Vec<String>>>;

fn whole(_: &str) -> String {
    let body = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"over TLS"},"finish_reason":"stop"}]}"#;
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An authority, as PEM, and the certificate and key of a server that it vouches for by this name.
fn certify(name: &str) -> (String, CertificateDer<'static>, PrivateKeyDer<'static>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    (authority.pem(), certificate.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

/// A provider that shows this certificate.
async fn start(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> (SocketAddr, Bodies) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bodies = Bodies::default();
    let seen = Arc::clone(&bodies);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream, Arc::clone(&seen), whole));
            }
        }
    });
    (address, bodies)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_certificate_of_the_right_name_is_sent_to() {
    let rows = [("127.0.0.1", true, 200), ("127.0.0.1", false, 502), ("other.example", true, 502)];
    for (at, (name, is_trusted, expected)) in rows.into_iter().enumerate() {
        let (authority, certificate, key) = certify(name);
        let (address, bodies) = start(certificate, key).await;
        let root = package(&format!("tls-{at}"), &format!("https://{address}/v1"));
        let files = Scratch::new(&format!("tls-ca-{at}"));
        files.write("ca.pem", &authority);
        let upstream_ca = is_trusted.then(|| files.path().join("ca.pem"));
        let sidecar = Sidecar::with(root.path(), Config { upstream_ca, ..Config::default() }).await;
        let mut client = Client::connect(sidecar.address).await;
        let answer = client.post("authorization: Bearer secret\r\n", &chat("hello", "")).await;
        assert_eq!(answer.status, expected, "{name} {is_trusted}: {}", answer.body);
        assert_eq!(answer.body.contains("over TLS"), expected == 200, "{}", answer.body);
        assert_eq!(bodies.lock().unwrap().len(), usize::from(expected == 200), "{name} {is_trusted}");
    }
}
