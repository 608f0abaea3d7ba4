//! Embeddings over real sockets: what goes out, and what comes back.

use crate::client::Client;
use crate::support::Sidecar;
use crate::upstream::{Upstream, package};
use engine::facts::Operation;
use server::Config;

const KEY: &str = "authorization: Bearer secret\r\ncontent-type: application/json\r\n";

/// A vector as a provider writes it, spaces and all.
const VECTORS: &str = "{\"object\": \"list\", \"data\": [{\"object\": \"embedding\", \"index\": 0, \
    \"embedding\": [0.0023064255, -0.009327292]}], \"model\": \"m\", \
    \"usage\": {\"prompt_tokens\": 9, \"total_tokens\": 9}}";

fn answer(_: &str) -> String {
    let length = VECTORS.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{VECTORS}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_goes_out_redacted_and_a_vector_comes_back_as_it_is() {
    let upstream = Upstream::start(answer).await;
    let scratch = package("embeddings", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(scratch.path(), Config::default()).await;
    let mut client = Client::connect(sidecar.address).await;
    let body = br#"{"model":"gpt-4o","input":["pay 4111 1111 1111 1111","plain"]}"#;
    let answer = client.send("POST /v1/embeddings", KEY, body).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, VECTORS));
    assert_eq!(answer.header("x-ascp-endpoint"), Some("here/one"));
    let sent: serde_json::Value = serde_json::from_str(&upstream.bodies()[0]).unwrap();
    assert_eq!((&sent["model"], &sent["input"][1]), (&"gpt-4o-2024-11-20".into(), &"plain".into()));
    assert!(sent["input"][0].as_str().is_some_and(|text| text.starts_with("pay [PAN_")), "{sent}");
    let record = sidecar.record(answer.header("x-ascp-decision").unwrap()).await;
    assert_eq!(record.operation, Some(Operation::Embeddings));
    assert_eq!((record.input_tokens, record.output_tokens, record.spend), (9, 0, 23));
    let refused = client.send("POST /v1/embeddings", KEY, br#"{"model":"gpt-4o","input":[1,2]}"#).await;
    assert_eq!((refused.status, upstream.bodies().len()), (400, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_makes_vectors_too() {
    let upstream = Upstream::start(answer).await;
    let scratch = package("embeddings-simulated", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::simulated(scratch.path()).await;
    let mut client = Client::connect(sidecar.address).await;
    let mut vectors = Vec::new();
    for _ in 0..2 {
        let body = br#"{"model":"gpt-4o","input":"hello","dimensions":3}"#;
        let answer = client.send("POST /v1/embeddings", KEY, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        vectors.push(answer.json()["data"][0]["embedding"].clone());
    }
    assert_eq!((vectors[0].as_array().unwrap().len(), &vectors[0]), (3, &vectors[1]));
    assert!(upstream.bodies().is_empty());
}
