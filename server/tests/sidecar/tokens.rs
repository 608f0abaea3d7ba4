//! A value has the same token in every request, across reloads and restarts: a conversation that goes on finds its own.

use crate::client::{Client, chat};
use crate::support::{Scratch, Sidecar};
use crate::upstream::{Upstream, package};
use server::Config;
use server::config::Secret;
use std::time::{Duration, Instant};

const SAY: &str = "Why was 4111 1111 1111 1111 declined?";

/// How long an edit may take to be noticed; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(10);

fn answer(_: &str) -> String {
    let body = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}"#;
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Asks about the card; the version that decided.
async fn ask(sidecar: &Sidecar) -> String {
    let mut client = Client::connect(sidecar.address).await;
    let answer = client.post("authorization: Bearer secret\r\n", &chat(SAY, "")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.header("x-ascp-policy").unwrap().split_once(' ').unwrap().0.to_owned()
}

/// What stood for the card in each request that came.
fn tokens(upstream: &Upstream) -> Vec<String> {
    let said = upstream.bodies().into_iter().map(|body| {
        let request: serde_json::Value = serde_json::from_str(&body).unwrap();
        let said = request["messages"][0]["content"].as_str().unwrap().to_owned();
        assert!(!said.contains("4111"), "{said}");
        let rest = said.strip_prefix("Why was ").unwrap();
        rest.strip_suffix(" declined?").unwrap().to_owned()
    });
    said.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_keeps_the_tokens_of_values() {
    let upstream = Upstream::start(answer).await;
    let scratch = package("tokens-reload", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(scratch.path(), Config::default()).await;
    assert_eq!(ask(&sidecar).await, "1.0");
    let text = std::fs::read_to_string(scratch.path().join("policy.ascp")).unwrap();
    // Another detector, so that numbers inside the engine move.
    let edited = text
        .replace(r#""1.0""#, r#""1.1""#)
        .replace("pii.pan tokenize", "pii.email tokenize; pii.pan tokenize");
    scratch.write("policy.ascp", &edited);
    let begun = Instant::now();
    while ask(&sidecar).await != "1.1" {
        assert!(begun.elapsed() < PATIENCE, "the edit was not noticed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let tokens = tokens(&upstream);
    assert!(tokens.len() >= 2 && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_with_the_same_key_keeps_them_too() {
    let upstream = Upstream::start(answer).await;
    let scratch = package("tokens-restart", &format!("http://{}/v1", upstream.address));
    let keys = Scratch::new("tokens-keys");
    keys.write("one", "the key of this fleet, which is long enough");
    keys.write("other", "the key of another fleet, which is as long");
    for name in ["one", "one", "other"] {
        let token_key = Some(Secret::File(keys.path().join(name)));
        let sidecar = Sidecar::with(scratch.path(), Config { token_key, ..Config::default() }).await;
        ask(&sidecar).await;
    }
    let tokens = tokens(&upstream);
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0], tokens[2], "the key does not matter");
}
