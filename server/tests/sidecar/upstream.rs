//! A provider on loopback that keeps what it is asked, and a package that calls it.

use crate::support::Scratch;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// How a provider answers a request's body.
pub(crate) type Answers = fn(&str) -> String;

/// A provider on loopback.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Answers with whole HTTP messages, and closes after each.
    pub(crate) async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen), answers));
            }
        });
        Self { address, bodies }
    }

    /// The bodies that came so far.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

/// Reads one request and answers it.
pub(crate) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: Arc<Mutex<Vec<String>>>,
    answers: Answers,
) {
    let mut read = Vec::new();
    let body = loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lengths = head.lines().filter_map(|line| line.split_once(": "));
            let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = lengths.next().unwrap().1.parse().unwrap();
            if body.len() >= length {
                break body.to_owned();
            }
        }
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return;
        }
    };
    seen.lock().unwrap().push(body.clone());
    stream.write_all(answers(&body).as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

/// A package with one tenant, whose key is `secret`, and one endpoint at this address.
pub(crate) fn package(name: &str, url: &str) -> Scratch {
    let scratch = Scratch::new(name);
    let key = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    scratch.write(
        "policy.ascp",
        &format!(
            r#"
policy small "Small" {{
  language 1
  version  "1.0"
  owner    "owner@small.example"
  redact   cards
}}
use std.pii
use std.regions.azure
provider here {{
  speaks openai
  endpoint one {{ url "{url}"; region azure.westeurope; key none; private }}
}}
model gpt_4o {{
  aka "gpt-4o"
  offered by here as "gpt-4o-2024-11-20"
  price 2.50 USD in, 10.00 USD out per 1M tokens
  context 128k tokens
}}
redaction cards {{ pii.pan tokenize; on input, output, audit }}
tenant app "App" {{
  identify key "sha256:{key}" as "app"
  allow models gpt_4o
}}
"#
        ),
    );
    scratch
}
