//! A server on loopback whose policy is a small relay, upstreams that follow a script, and a client that shows every byte.

use crate::relay::Relay;
use lang::model::{
    AccessId, Address, Breaker, Chain, Credential, Dialect, Digest, Endpoint, EndpointId, Identity, ModelId,
    Parts, Policy, Provider, ProviderId, RegionId, Retain, Set, Step, Tenant, Timeouts,
};
use lang::{SourceId, Sources, Span};
use server::{Catalog, Config, Loaded, Records, Server};
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

const SPAN: Span = Span { source: SourceId(0), start: 0, end: 0 };

/// Longest that any of these tests waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A package with these endpoints, one tenant and its key `secret`.
pub(crate) fn package(version: u8, endpoints: &[(SocketAddr, bool)]) -> Parts {
    let ids = || (0..endpoints.len()).map(EndpointId::from_index);
    let step = Step {
        model: ModelId(0),
        provider: ProviderId(0),
        endpoints: ids().collect(),
        timeouts: Timeouts::default(),
        retries: 0,
        span: SPAN,
    };
    Parts {
        sources: Sources::new().into(),
        policy: Policy {
            name: "test".into(),
            title: None,
            version: version.to_string().into(),
            owner: None,
            language: 1,
            span: SPAN,
        },
        regions: Vec::new(),
        zones: Vec::new(),
        attestations: Vec::new(),
        providers: vec![Provider {
            name: "p".into(),
            title: None,
            speaks: Dialect::OpenAi,
            endpoints: ids().collect(),
            span: SPAN,
        }],
        endpoints: endpoints.iter().map(|&(address, private)| endpoint(address, private)).collect(),
        models: Vec::new(),
        chains: vec![Chain {
            name: "c".into(),
            title: None,
            aliases: Vec::new(),
            steps: vec![step],
            on: Set::default(),
            breaker: Some(Breaker {
                failures: 3,
                window: Duration::from_secs(30),
                probe: Duration::from_mins(1),
            }),
            span: SPAN,
        }],
        categories: Vec::new(),
        detectors: Vec::new(),
        redactions: Vec::new(),
        profiles: Vec::new(),
        limits: Vec::new(),
        accesses: Vec::new(),
        tenants: vec![tenant()],
        workloads: Vec::new(),
        rules: Vec::new(),
        exceptions: Vec::new(),
        invariants: Vec::new(),
        controls: Vec::new(),
        currency: None,
        decision_digest: Digest([version; 32]),
        package_digest: Digest([version; 32]),
    }
}

fn endpoint(address: SocketAddr, private: bool) -> Endpoint {
    Endpoint {
        name: format!("p/{}", address.port()).into(),
        provider: ProviderId(0),
        url: Address {
            is_tls: false,
            host: address.ip().to_string().into(),
            port: address.port(),
            path: "/v1".into(),
            text: "".into(),
        },
        region: RegionId(0),
        credential: Credential::None,
        credential_header: None,
        headers: vec![("x-project".into(), "p1".into())],
        query: vec![("api-version".into(), "1 2".into())],
        attests: Set::default(),
        private,
        span: SPAN,
    }
}

fn tenant() -> Tenant {
    Tenant {
        name: "retail".into(),
        title: None,
        identities: vec![Identity::Key {
            digest: Sha256::digest("secret").into(),
            caller: Some("batch".into()),
            roles: Vec::new(),
            workload: None,
            span: SPAN,
        }],
        profiles: Set::default(),
        zones: Set::default(),
        access: AccessId(0),
        redactions: Set::default(),
        limits: Set::default(),
        rules: Set::default(),
        exceptions: Set::default(),
        labels: Vec::new(),
        timezone: "UTC".into(),
        retain: Retain::default(),
        workloads: Set::default(),
        workload_required: false,
        span: SPAN,
    }
}

/// A server that runs.
pub(crate) struct Sidecar {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) records: Records,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) ended: tokio::task::JoinHandle<()>,
}

impl Sidecar {
    /// Starts one that relays to these endpoints.
    pub(crate) async fn start(relay: Relay, endpoints: &[(SocketAddr, bool)]) -> Self {
        Self::relaying(relay, endpoints, false).await
    }

    /// As above, with a stand-in in place of the endpoints.
    pub(crate) async fn start_simulated(relay: Relay, endpoints: &[(SocketAddr, bool)]) -> Self {
        Self::relaying(relay, endpoints, true).await
    }

    async fn relaying(relay: Relay, endpoints: &[(SocketAddr, bool)], simulate: bool) -> Self {
        let endpoints = endpoints.to_vec();
        let loader = move || {
            Ok(Loaded {
                policy: Arc::new(relay.clone()),
                catalog: Catalog::new(package(1, &endpoints)),
                watched: Vec::new(),
            })
        };
        Self::with(Arc::new(loader), simulate).await
    }

    pub(crate) async fn with(loader: Arc<dyn server::Loader>, simulate: bool) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config { listen: any, admin_listen: any, simulate, ..Config::default() };
        let server = Server::bind(&config, loader).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        Self {
            address: server.address().unwrap(),
            admin: server.admin_address().unwrap(),
            records: server.records(),
            stop: Some(stop),
            ended: tokio::spawn(server.run(async move {
                stopped.await.ok();
            })),
        }
    }

    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until so many records were written.
    pub(crate) async fn records(&self, count: usize) -> Vec<engine::record::Record> {
        tokio::time::timeout(PATIENCE, async {
            loop {
                let records = self.records.latest();
                if records.len() >= count {
                    return records;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap()
    }
}

/// What an upstream does with a request, once it has read it.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes this.
    Write(&'static [u8]),
    /// Waits until the test says so.
    Wait,
    /// Waits until the other side closes.
    UntilClosed,
    /// Closes.
    Close,
}

/// An upstream that follows a script, the same for each request.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    /// The requests that came, whole.
    pub(crate) requests: mpsc::UnboundedReceiver<String>,
    /// Ends a wait.
    pub(crate) go: mpsc::UnboundedSender<()>,
    /// Told when the other side closed.
    pub(crate) closed: mpsc::UnboundedReceiver<()>,
}

impl Upstream {
    pub(crate) async fn start(acts: &'static [Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, requests) = mpsc::unbounded_channel();
        let (go, went) = mpsc::unbounded_channel();
        let (ends, closed) = mpsc::unbounded_channel();
        let went = Arc::new(tokio::sync::Mutex::new(went));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (told, went, ends) = (told.clone(), Arc::clone(&went), ends.clone());
                tokio::spawn(async move {
                    while let Some(request) = read_request(&mut stream).await {
                        told.send(request).ok();
                        for act in acts {
                            match act {
                                Act::Write(bytes) => drop(stream.write_all(bytes).await),
                                Act::Wait => drop(went.lock().await.recv().await),
                                Act::UntilClosed => {
                                    stream.read_to_end(&mut Vec::new()).await.ok();
                                    ends.send(()).ok();
                                }
                                Act::Close => return,
                            }
                        }
                    }
                });
            }
        });
        Self { address, requests, go, closed }
    }

    pub(crate) async fn request(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.requests.recv()).await.unwrap().unwrap()
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}

/// A client that shows every byte.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks with the tenant's key, and closes afterwards.
    pub(crate) async fn ask(address: SocketAddr, body: &str) -> String {
        let mut client = Self::connect(address).await;
        client.send(&post(body, "connection: close\r\n")).await;
        client.rest().await
    }

    /// Reads until `end` has come.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        let mut read = Vec::new();
        let wait = async {
            while !String::from_utf8_lossy(&read).contains(end) {
                if self.0.read_buf(&mut read).await.unwrap_or(0) == 0 {
                    break;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap();
        let text = String::from_utf8_lossy(&read).into_owned();
        assert!(text.contains(end), "`{end}` is not in {text}");
        text
    }

    /// Reads until the other side closes.
    pub(crate) async fn rest(&mut self) -> String {
        let mut read = Vec::new();
        tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut read)).await.unwrap().ok();
        String::from_utf8_lossy(&read).into_owned()
    }
}

/// A request with the tenant's key.
pub(crate) fn post(body: &str, headers: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: here\r\nauthorization: Bearer secret\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
