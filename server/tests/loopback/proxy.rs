//! The driver on real sockets: what reaches the client, what reaches the upstream, and what is recorded.

use crate::relay::{NOT_CONNECTED, Relay};
use crate::support::{Act, Client, PATIENCE, Sidecar, Upstream, post};
use engine::record::{AttemptOutcome, EndKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const PLAIN: &[Act] = &[Act::Write(
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"a\":\"bcd\"}",
)];

const UNAVAILABLE: &[Act] = &[Act::Write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno")];

const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

const STREAM: &[Act] = &[
    Act::Write(STREAM_HEAD),
    Act::Write(b"9\r\ndata: 1\n\n\r\n"),
    Act::Wait,
    Act::Write(b"9\r\ndata: 2\n\n\r\n"),
    Act::Wait,
    Act::Write(b"0\r\n\r\n"),
];

fn relay(endpoints: u32) -> Relay {
    Relay { mark: "one", endpoints, ..Relay::default() }
}

/// An address on which nobody listens.
async fn nobody() -> SocketAddr {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_plain_answer_goes_through_whole() {
    let mut upstream = Upstream::start(PLAIN).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let answer = Client::ask(sidecar.address, r#"{"model":"m"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("{\"a\":\"bcd\"}\r\n0\r\n\r\n"), "{answer}");
    assert!(answer.contains("x-mark: one\r\n"), "{answer}");
    let request = upstream.request().await;
    assert!(request.starts_with("POST /v1/chat/completions?api-version=1%202 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("x-project: p1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"model\":\"m\"}"), "{request}");
    assert!(!request.contains("secret"), "the caller's key went upstream: {request}");
    let records = sidecar.records(1).await;
    assert_eq!(records[0].end, EndKind::Answered);
    assert_eq!(records[0].caller, "batch");
}

#[tokio::test]
async fn connections_are_kept_on_both_sides() {
    let mut upstream = Upstream::start(PLAIN).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let mut client = Client::connect(sidecar.address).await;
    for _ in 0..3 {
        client.send(&post("{}", "")).await;
        client.until("{\"a\":\"bcd\"}").await;
        upstream.request().await;
    }
    assert_eq!(sidecar.records(3).await.len(), 3);
}

#[tokio::test]
async fn events_pass_as_they_come() {
    let upstream = Upstream::start(STREAM).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let mut client = Client::connect(sidecar.address).await;
    client.send(&post("{}", "")).await;
    // The upstream waits for us: the first event must come before the second exists.
    let first = client.until("data: 1\n\n\r\n").await;
    assert!(first.contains("content-type: text/event-stream\r\n"), "{first}");
    let asked = Instant::now();
    upstream.go.send(()).unwrap();
    assert_eq!(client.until("\n\n\r\n").await, "9\r\ndata: 2\n\n\r\n");
    assert!(asked.elapsed() < Duration::from_millis(35), "an event took {:?}", asked.elapsed());
    upstream.go.send(()).unwrap();
    assert_eq!(client.until("\r\n\r\n").await, "0\r\n\r\n");
    assert_eq!(sidecar.records(1).await[0].end, EndKind::Answered);
}

#[tokio::test]
async fn a_cut_answer_is_never_taken_for_whole() {
    let upstream =
        Upstream::start(&[Act::Write(STREAM_HEAD), Act::Write(b"9\r\ndata: 1\n\n\r\n"), Act::Close]).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let answer = Client::ask(sidecar.address, "{}").await;
    assert!(answer.contains("data: 1\n\n"), "{answer}");
    assert!(answer.contains("event: error\n\n"), "{answer}");
    assert!(!answer.contains("0\r\n\r\n"), "a clean end: {answer}");
    assert_eq!(sidecar.records(1).await[0].end, EndKind::Cut);
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_call_and_frees_its_place() {
    let mut upstream =
        Upstream::start(&[Act::Write(STREAM_HEAD), Act::Write(b"9\r\ndata: 1\n\n\r\n"), Act::UntilClosed])
            .await;
    let relay = Relay { at_once: Some(1), ..relay(1) };
    let sidecar = Sidecar::start(relay, &[(upstream.address, true)]).await;
    let mut client = Client::connect(sidecar.address).await;
    client.send(&post("{}", "")).await;
    client.until("data: 1\n\n").await;
    assert!(Client::ask(sidecar.address, "{}").await.starts_with("HTTP/1.1 429 "));
    drop(client);
    tokio::time::timeout(PATIENCE, upstream.closed.recv()).await.unwrap().unwrap();
    let records = sidecar.records(2).await;
    assert_eq!(records[1].end, EndKind::ClientGone);
    let mut client = Client::connect(sidecar.address).await;
    client.send(&post("{}", "")).await;
    assert!(client.until("data: 1\n\n").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_noticed() {
    let mut upstream = Upstream::start(&[Act::UntilClosed]).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let mut client = Client::connect(sidecar.address).await;
    client.send(&post("{}", "")).await;
    upstream.request().await;
    drop(client);
    tokio::time::timeout(PATIENCE, upstream.closed.recv()).await.unwrap().unwrap();
    assert_eq!(sidecar.records(1).await[0].end, EndKind::ClientGone);
}

#[tokio::test]
async fn what_fails_falls_back() {
    let slow = Upstream::start(&[Act::UntilClosed]).await;
    let busy = Upstream::start(UNAVAILABLE).await;
    let good = Upstream::start(PLAIN).await;
    let endpoints =
        [(nobody().await, true), (slow.address, true), (busy.address, true), (good.address, true)];
    let relay = Relay { first_byte: Some(Duration::from_millis(100)), ..relay(4) };
    let sidecar = Sidecar::start(relay, &endpoints).await;
    let answer = Client::ask(sidecar.address, "{}").await;
    assert!(answer.contains("{\"a\":\"bcd\"}"), "{answer}");
    let records = sidecar.records(1).await;
    let outcomes: Vec<_> = records[0].attempts.iter().map(|attempt| attempt.outcome).collect();
    let expected =
        [NOT_CONNECTED, AttemptOutcome::Timeout, AttemptOutcome::Status(503), AttemptOutcome::Served(200)];
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_is_left_alone() {
    let busy = Upstream::start(UNAVAILABLE).await;
    let good = Upstream::start(PLAIN).await;
    let sidecar = Sidecar::start(relay(2), &[(busy.address, true), (good.address, true)]).await;
    for _ in 0..5 {
        assert!(Client::ask(sidecar.address, "{}").await.starts_with("HTTP/1.1 200 "));
    }
    let attempts: Vec<_> = sidecar.records(5).await.iter().map(|record| record.attempts.len()).collect();
    assert_eq!(attempts, [2, 2, 2, 1, 1]);
}

#[tokio::test]
async fn private_networks_are_for_private_endpoints() {
    let upstream = Upstream::start(PLAIN).await;
    // `http:` without `private` is down from the start, so nothing is tried.
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, false)]).await;
    assert!(Client::ask(sidecar.address, "{}").await.starts_with("HTTP/1.1 502 "));
    assert!(sidecar.records(1).await[0].attempts.is_empty());
    // Link-local is refused even so.
    let metadata = SocketAddr::from(([169, 254, 169, 254], 80));
    let sidecar = Sidecar::start(relay(1), &[(metadata, true)]).await;
    assert!(Client::ask(sidecar.address, "{}").await.starts_with("HTTP/1.1 502 "));
    assert_eq!(sidecar.records(1).await[0].attempts[0].outcome, NOT_CONNECTED);
}

#[tokio::test]
async fn what_two_readers_could_read_differently_is_refused() {
    let upstream = Upstream::start(PLAIN).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let rows = [
        ("GET / HTTP/1.1\r\n\r\n", "400", "not exactly one"),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "400", "not exactly one"),
        ("GET http://b/ HTTP/1.1\r\nhost: a\r\n\r\n", "400", "differs from"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400", "\r\n\r\n"),
        ("GET / HTTP/1.1\r\nhost: a\r\nx-ascp-simulate: status=503\r\n\r\n", "400", "--simulate"),
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "401", "content-length: 2\r\n"),
        ("GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer other\r\n\r\n", "401", "content-length: 2\r\n"),
    ];
    for (request, status, text) in rows {
        let mut client = Client::connect(sidecar.address).await;
        client.send(request).await;
        let answer = client.until(text).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
    }
}

#[tokio::test]
async fn a_connection_ends_after_a_chunked_request() {
    let upstream = Upstream::start(PLAIN).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    for lengths in ["transfer-encoding: chunked\r\ncontent-length: 4\r\n", "transfer-encoding: chunked\r\n"] {
        let mut client = Client::connect(sidecar.address).await;
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: here\r\nauthorization: Bearer secret\r\n";
        let smuggled = "GET /smuggled HTTP/1.1\r\nhost: here\r\n\r\n";
        client.send(&format!("{head}{lengths}\r\n2\r\n{{}}\r\n0\r\n\r\n{smuggled}")).await;
        let answers = client.rest().await;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
        assert!(answers.contains("connection: close"), "{answers}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let upstream = Upstream::start(PLAIN).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let most = "x".repeat(1 << 20);
    assert!(Client::ask(sidecar.address, &most).await.starts_with("HTTP/1.1 200 "));
    let mut client = Client::connect(sidecar.address).await;
    let over = post(&format!("{most}x"), "");
    // Only the head is sent: the length alone decides.
    client
        .send(over.split_once("\r\n\r\n").map(|(head, _)| format!("{head}\r\n\r\n")).unwrap().as_str())
        .await;
    assert!(client.until("\r\n\r\n").await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_slow_client_holds_its_upstream_back() {
    // Far more than all buffers between the two hold.
    const PIECE: &[u8] = &[b'x'; 1 << 20];
    static PIECES: [Act; 64] = [const { Act::Write(PIECE) }; 64];
    let mut acts = vec![Act::Write(b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n")];
    acts.extend_from_slice(&PIECES);
    acts.push(Act::Wait);
    let mut upstream = Upstream::start(acts.leak()).await;
    let sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let mut client = Client::connect(sidecar.address).await;
    client.send(&post("{}", "connection: close\r\n")).await;
    upstream.request().await;
    // The upstream comes to its wait only once nearly all was taken from it.
    upstream.go.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(upstream.go.send(()).is_ok());
    assert!(sidecar.records.latest().is_empty(), "the answer was buffered whole");
    assert!(client.rest().await.len() > 64 << 20);
    assert_eq!(sidecar.records(1).await[0].end, EndKind::Answered);
}

#[tokio::test]
async fn a_simulation_answers_without_providers() {
    let endpoints = [(nobody().await, true), (nobody().await, false)];
    let mut sidecar = Sidecar::start_simulated(relay(2), &endpoints).await;
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#;
    let answer = Client::ask(sidecar.address, body).await;
    assert!(answer.contains("you said"), "{answer}");
    let first = format!("p/{}", endpoints[0].0.port());
    let rows = [
        (format!("x-ascp-simulate: say=hi, {first}:status=503\r\n"), "HTTP/1.1 200 ", "\"hi\"", 2),
        (
            "x-ascp-simulate: say=aaaabbbb, cut=4, truncate=1\r\n".to_owned(),
            "HTTP/1.1 200 ",
            "event: error",
            1,
        ),
        ("x-ascp-simulate: nonsense=1\r\n".to_owned(), "HTTP/1.1 400 ", "nonsense", 0),
    ];
    for (header, status, text, attempts) in rows {
        let mut client = Client::connect(sidecar.address).await;
        client.send(&post(body, &format!("connection: close\r\n{header}"))).await;
        let answer = client.rest().await;
        assert!(answer.starts_with(status) && answer.contains(text), "{header}: {answer}");
        if attempts > 0 {
            assert_eq!(sidecar.records.latest().pop().unwrap().attempts.len(), attempts, "{header}");
        }
    }
    sidecar.stop();
}

#[tokio::test]
async fn stopping_lets_what_runs_end() {
    let upstream = Upstream::start(STREAM).await;
    let mut sidecar = Sidecar::start(relay(1), &[(upstream.address, true)]).await;
    let mut client = Client::connect(sidecar.address).await;
    client.send(&post("{}", "")).await;
    client.until("data: 1\n\n").await;
    sidecar.stop();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tokio::net::TcpStream::connect(sidecar.address).await.is_err());
    let mut operator = Client::connect(sidecar.admin).await;
    operator.send("GET /readyz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(operator.rest().await.starts_with("HTTP/1.1 503 "));
    upstream.go.send(()).unwrap();
    upstream.go.send(()).unwrap();
    assert!(client.rest().await.ends_with("data: 2\n\n\r\n0\r\n\r\n"));
    tokio::time::timeout(PATIENCE, &mut sidecar.ended).await.unwrap().unwrap();
}
