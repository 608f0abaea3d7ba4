//! Values that leave as tokens come back in streams, however these are cut.

use crate::client::{Client, chat};
use crate::support::{Sidecar, fintech};
use crate::upstream::{Upstream, package};
use engine::record::EndKind;
use server::Config;

const CARD: &str = "4111 1111 1111 1111";

#[tokio::test(flavor = "multi_thread")]
async fn a_card_comes_back_in_every_cut() {
    let sidecar = Sidecar::simulated(&fintech()).await;
    let mut client = Client::connect(sidecar.address).await;
    let ask = chat(&format!("Why was {CARD} declined?"), r#","stream":true"#);
    let expected = format!("Simulated answer by gpt-4o-2024-11-20: you said \"Why was {CARD} declined?\".");
    for cut in [1, 2, 3, 5, 7, 16, 1000] {
        let answer = client.ask(&format!("x-ascp-simulate: cut={cut}\r\n"), &ask).await;
        assert_eq!((answer.status, answer.is_whole), (200, true), "{cut}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        assert_eq!(answer.said(), expected, "{cut}");
        assert_eq!(answer.events().last(), Some(&"[DONE]"), "{cut}");
        let record = sidecar.record(answer.header("x-ascp-decision").unwrap()).await;
        assert_eq!(record.input_redactions.iter().map(|row| row.1).sum::<u32>(), 1, "{cut}");
        assert_eq!(record.end, EndKind::Answered, "{cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_never_looks_whole() {
    let ask = chat(&format!("Why was {CARD} declined?"), r#","stream":true"#);
    let whole = {
        let sidecar = Sidecar::simulated(&fintech()).await;
        let answer = Client::connect(sidecar.address).await.ask("x-ascp-simulate: cut=4\r\n", &ask).await;
        answer.events().len()
    };
    for pieces in [0, 1, 2, 3, whole / 2, whole - 2, whole - 1] {
        // One each: breakers open after so many failures.
        let sidecar = Sidecar::simulated(&fintech()).await;
        let script = format!("x-ascp-simulate: cut=4; truncate={pieces}\r\n");
        let answer = Client::connect(sidecar.address).await.ask(&script, &ask).await;
        let record = sidecar.record(answer.header("x-ascp-decision").unwrap()).await;
        assert!(!answer.body.contains("[DONE]"), "{pieces}: {}", answer.body);
        assert!(answer.body.contains("upstream_failed"), "{pieces}: {}", answer.body);
        if answer.status == 200 {
            assert!(!answer.is_whole, "{pieces}: it ends as if it were whole");
            assert_eq!(record.end, EndKind::Cut, "{pieces}");
        } else {
            assert_eq!((answer.status, record.end), (502, EndKind::Refused), "{pieces}");
        }
    }
}

/// Says what it was told in crumbs of three bytes; a token is ASCII.
fn echo(body: &str) -> String {
    let request: serde_json::Value = serde_json::from_str(body).unwrap();
    let said = request["messages"][0]["content"].as_str().unwrap();
    let mut out =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_owned();
    let mut event = |delta: serde_json::Value, finish: Option<&str>| {
        let data = serde_json::json!({
            "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        });
        out.extend(["data: ", &data.to_string(), "\n\n"]);
    };
    for piece in said.as_bytes().chunks(3) {
        event(serde_json::json!({ "content": std::str::from_utf8(piece).unwrap() }), None);
    }
    event(serde_json::json!({}), Some("stop"));
    out + "data: [DONE]\n\n"
}

/// As above, and breaks off before the end: no `[DONE]`, no finish reason.
fn echo_in_part(body: &str) -> String {
    let all = echo(body);
    let events: Vec<_> = all.split_inclusive("\n\n").collect();
    events[..events.len() - 3].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_never_sees_what_the_client_gets_back() {
    let upstream = Upstream::start(echo).await;
    let root = package("echo", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(root.path(), Config::default()).await;
    let mut client = Client::connect(sidecar.address).await;
    let ask = chat(&format!("Why was {CARD} declined?"), r#","stream":true"#);
    let answer = client.post("authorization: Bearer secret\r\n", &ask).await;
    assert_eq!(answer.said(), format!("Why was {CARD} declined?"));
    assert_eq!((answer.events().last(), answer.is_whole), (Some(&"[DONE]"), true));
    let bodies = upstream.bodies();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains("Why was ") && !bodies[0].contains("4111"), "{}", bodies[0]);
    assert!(bodies[0].contains("gpt-4o-2024-11-20"), "{}", bodies[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_breaks_off_is_told_as_that() {
    let upstream = Upstream::start(echo_in_part).await;
    let root = package("echo-in-part", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(root.path(), Config::default()).await;
    let mut client = Client::connect(sidecar.address).await;
    let ask = chat(&format!("Why was {CARD} declined?"), r#","stream":true"#);
    let answer = client.post("authorization: Bearer secret\r\n", &ask).await;
    assert!(answer.body.contains(CARD.split_at(4).0), "{}", answer.body);
    assert!(!answer.is_whole && !answer.body.contains("[DONE]"), "{}", answer.body);
    assert!(answer.events().last().unwrap().contains("upstream_failed"), "{}", answer.body);
}
