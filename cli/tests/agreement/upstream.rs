//! The endpoints of a package, played over TLS as a case scripts them.
//!
//! Each connection carries one call, so that a call is known to have come even
//! where it is to find no connection: it is then left before TLS is spoken, which
//! to the one who calls is a connection that was never made.

use crate::observer::Activity;
use bytes::Bytes;
use engine::exchange::Attempt;
use engine::record::UpstreamFailure;
use lang::model::EndpointId;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use server::Hands;
use std::sync::{Arc, Mutex};
use testsuite::suite::{Fail, Reply};
use testsuite::world::{Answer, Script, StandIn, Upstream as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A call that came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) endpoint: EndpointId,
    /// What was sent; `None` where the call found no connection.
    pub(crate) body: Option<String>,
}

/// How the endpoints answer in one case, and what they got.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) hands: Hands,
    pub(crate) activity: Activity,
    scene: Arc<Mutex<Scene>>,
    /// While it is closed nobody answers: all of a step begin before any ends.
    gate: watch::Sender<bool>,
}

#[derive(Default)]
struct Scene {
    script: Script,
    /// The second at which the present request was sent.
    created: u64,
    calls: Vec<Call>,
    arrived: usize,
}

impl Stage {
    pub(crate) fn new(hands: Hands, activity: Activity) -> Self {
        Self { hands, activity, scene: Arc::default(), gate: watch::Sender::new(true) }
    }

    pub(crate) fn set_script(&self, replies: &[Reply], endpoints: &[lang::model::Endpoint]) {
        let endpoints = endpoints.iter().enumerate();
        let named = endpoints.map(|(at, endpoint)| (EndpointId::from_index(at), &*endpoint.name));
        self.scene.lock().unwrap().script.set(replies, named);
    }

    /// Requests are about to be sent; `is_open` says whether they may be answered yet.
    pub(crate) fn begin(&self, is_open: bool) {
        let created = self.hands.now().wall.as_second();
        self.scene.lock().unwrap().created = u64::try_from(created).unwrap_or_default();
        self.gate.send_replace(is_open);
    }

    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    /// How many calls have come so far.
    pub(crate) fn arrived(&self) -> usize {
        self.scene.lock().unwrap().arrived
    }

    /// The calls that came since this was asked last.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.scene.lock().unwrap().calls)
    }

    /// The reply to a call that has come to an endpoint.
    fn next(&self, endpoint: EndpointId) -> Option<Reply> {
        self.scene.lock().unwrap().script.next(endpoint).cloned()
    }

    fn note(&self, endpoint: EndpointId, body: Option<String>) {
        self.activity.note();
        let mut scene = self.scene.lock().unwrap();
        scene.calls.push(Call { endpoint, body });
        scene.arrived += 1;
    }

    /// Waits until `reply` is due.
    async fn due(&self, delay: std::time::Duration) {
        let at = self.hands.now().elapsed.saturating_add(delay);
        self.gate.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        self.hands.until(at).await;
    }
}

/// Plays the endpoints of a package, case after case.
pub(crate) struct Upstreams {
    stage: watch::Sender<Option<Stage>>,
    /// The authority that vouches for them, as PEM.
    pub(crate) authority: String,
}

impl Upstreams {
    /// Plays an endpoint at each of these, in the order of their numbers.
    pub(crate) fn new(listeners: Vec<std::net::TcpListener>) -> Self {
        let (authority, acceptor) = certify();
        let stage = watch::Sender::new(None);
        for (at, listener) in listeners.into_iter().enumerate() {
            listener.set_nonblocking(true).unwrap();
            let listener = TcpListener::from_std(listener).unwrap();
            tokio::spawn(play(EndpointId::from_index(at), listener, acceptor.clone(), stage.subscribe()));
        }
        Self { stage, authority }
    }

    /// From here on the endpoints answer as this says.
    pub(crate) fn set(&self, stage: Stage) {
        self.stage.send_replace(Some(stage));
    }
}

/// An authority, as PEM, and what speaks TLS in the name of this machine's loopback address.
fn certify() -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let name = vec!["127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(name).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

async fn play(
    endpoint: EndpointId,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    stage: watch::Receiver<Option<Stage>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let stage = stage.borrow().clone().unwrap();
        tokio::spawn(call(endpoint, stream, acceptor.clone(), stage));
    }
}

/// One call, from its connection to its end.
async fn call(endpoint: EndpointId, mut stream: TcpStream, acceptor: TlsAcceptor, stage: Stage) {
    stage.activity.note();
    let reply = stage.next(endpoint);
    if let Some(reply) = reply.as_ref().filter(|reply| reply.fail == Some(Fail::Connect)) {
        stage.note(endpoint, None);
        until_gone(&mut stream, stage.due(reply.delay)).await;
        return stage.activity.note();
    }
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    stage.activity.note();
    let Some((path, body)) = read(&mut stream).await else { return };
    stage.note(endpoint, Some(String::from_utf8_lossy(&body).into_owned()));
    let answer = answer(endpoint, (path, body), reply.as_ref(), &stage);
    let is_heard = until_gone(&mut stream, stage.due(answer.delay)).await;
    stage.activity.note();
    if is_heard {
        // Whoever calls may leave in the middle of an answer.
        write(&mut stream, &answer).await.ok();
        stage.activity.note();
    }
}

/// Waits for this, unless the caller goes away before; whether it stayed.
async fn until_gone(stream: &mut (impl AsyncRead + Unpin), wait: impl Future<Output = ()>) -> bool {
    let mut more = [0; 1 << 10];
    let gone = async { while stream.read(&mut more).await.is_ok_and(|read| read > 0) {} };
    tokio::select! {
        biased;
        () = wait => true,
        () = gone => false,
    }
}

fn answer(
    endpoint: EndpointId,
    (path, body): (&'static str, Bytes),
    reply: Option<&Reply>,
    stage: &Stage,
) -> Answer {
    let created = stage.scene.lock().unwrap().created;
    // The stand-in reads path and body alone.
    let attempt = Attempt { endpoint, path, headers: Vec::new(), body, number: 1, stream: false };
    StandIn { created }.answer(&attempt, reply)
}

/// What endpoints are called for.
const PATHS: [&str; 2] = ["/chat/completions", "/embeddings"];

/// Reads a request; which of [`PATHS`] it asks for, and its body.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<(&'static str, Bytes)> {
    const END: &[u8] = b"\r\n\r\n";
    let mut read = Vec::new();
    let body_at = loop {
        if let Some(at) = read.windows(END.len()).position(|part| part == END) {
            break at + END.len();
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let body = read.split_off(body_at);
    let head = String::from_utf8(read).ok()?.to_ascii_lowercase();
    let target = head.split(' ').nth(1)?.split('?').next()?;
    let path = PATHS.into_iter().find(|path| target.ends_with(path))?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
    let mut body = body;
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((path, body.into()))
}

/// Writes an answer in its pieces, and ends it well or not at all.
async fn write(
    stream: &mut tokio_rustls::server::TlsStream<TcpStream>,
    answer: &Answer,
) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} \r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    // Chunks keep the pieces apart, and show that an answer is not whole.
    let is_plain = answer.chunks.len() < 2 && answer.failure.is_none();
    let length: usize = answer.chunks.iter().map(Bytes::len).sum();
    let framing =
        if is_plain { format!("content-length: {length}") } else { "transfer-encoding: chunked".into() };
    stream.write_all(format!("{head}{framing}\r\n\r\n").as_bytes()).await?;
    for piece in answer.chunks.iter().filter(|piece| !piece.is_empty()) {
        let framed = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        stream.write_all(if is_plain { piece } else { &framed }).await?;
    }
    match answer.failure {
        None if is_plain => {}
        None => stream.write_all(b"0\r\n\r\n").await?,
        Some(UpstreamFailure::Connect | UpstreamFailure::Broken | UpstreamFailure::Malformed) => {
            return stream.flush().await;
        }
    }
    stream.shutdown().await
}
