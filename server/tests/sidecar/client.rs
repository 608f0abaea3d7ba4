//! An HTTP client that keeps its connection, and tells whether an answer was whole.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest that a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client with its connection.
pub(crate) struct Client {
    stream: TcpStream,
    /// Read, and not yet taken.
    read: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
    /// Whether the body ended as its framing says it should.
    pub(crate) is_whole: bool,
}

impl Answer {
    /// The one header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        let value = values.next();
        assert_eq!(values.next(), None, "two of `{name}`");
        value
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The data of the stream's events, in order.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
    }

    /// What the model says in a stream.
    pub(crate) fn said(&self) -> String {
        let events = self.events().into_iter().filter(|data| *data != "[DONE]");
        let texts = events.filter_map(|data| {
            let event: serde_json::Value = serde_json::from_str(data).unwrap();
            event["choices"][0]["delta"]["content"].as_str().map(str::to_owned)
        });
        texts.collect()
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Asks with JSON, and the key of the demo's retail app.
    pub(crate) async fn ask(&mut self, headers: &str, body: &str) -> Answer {
        self.post(&format!("authorization: Bearer ascp_demo_retail_0001\r\n{headers}"), body).await
    }

    /// Asks with JSON.
    pub(crate) async fn post(&mut self, headers: &str, body: &str) -> Answer {
        let headers = format!("content-type: application/json\r\n{headers}");
        self.send("POST /v1/chat/completions", &headers, body.as_bytes()).await
    }

    /// Asks, and reads the answer.
    pub(crate) async fn send(&mut self, line: &str, headers: &str, body: &[u8]) -> Answer {
        let length = body.len();
        self.write(
            format!("{line} HTTP/1.1\r\nhost: here\r\n{headers}content-length: {length}\r\n\r\n").as_bytes(),
        )
        .await;
        self.write(body).await;
        self.answer().await
    }

    /// Writes bytes; an answer that comes early may end the connection meanwhile.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.ok();
    }

    /// Reads an answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        timeout(PATIENCE, self.read_answer()).await.unwrap()
    }

    async fn read_answer(&mut self) -> Answer {
        let head = self.until(b"\r\n\r\n").await.expect_head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: String::new(), is_whole: true };
        let body = if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            answer.is_whole = self.fill(length).await;
            let length = length.min(self.read.len());
            self.read.drain(..length).collect()
        } else {
            assert_eq!(answer.header("transfer-encoding"), Some("chunked"), "{}", answer.head);
            let (body, is_whole) = self.chunks().await;
            answer.is_whole = is_whole;
            body
        };
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    async fn chunks(&mut self) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        loop {
            let Read::Whole(line) = self.until(b"\r\n").await else { return (body, false) };
            let length = usize::from_str_radix(line.trim(), 16).unwrap();
            if !self.fill(length + 2).await {
                return (body, false);
            }
            body.extend(self.read.drain(..length));
            self.read.drain(..2);
            if length == 0 {
                return (body, true);
            }
        }
    }

    /// Takes what is read up to the end of `mark`.
    async fn until(&mut self, mark: &[u8]) -> Read {
        loop {
            if let Some(at) = self.read.windows(mark.len()).position(|part| part == mark) {
                let all = self.read.drain(..at + mark.len()).collect();
                return Read::Whole(String::from_utf8(all).unwrap());
            }
            if self.stream.read_buf(&mut self.read).await.unwrap_or(0) == 0 {
                return Read::Broken;
            }
        }
    }

    /// Reads until so much is there; whether it came.
    async fn fill(&mut self, length: usize) -> bool {
        while self.read.len() < length {
            if self.stream.read_buf(&mut self.read).await.unwrap_or(0) == 0 {
                return false;
            }
        }
        true
    }
}

enum Read {
    Whole(String),
    Broken,
}

impl Read {
    fn expect_head(self) -> String {
        match self {
            Self::Whole(head) => head,
            Self::Broken => panic!("the connection ended before an answer"),
        }
    }
}

/// A chat request that says this.
pub(crate) fn chat(say: &str, more: &str) -> String {
    let say = serde_json::to_string(say).unwrap();
    format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":{say}}}]{more}}}"#)
}
