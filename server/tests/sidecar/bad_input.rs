//! Bad input is refused in the client's dialect before anything is sent.

use crate::client::{Answer, Client, chat};
use crate::support::Sidecar;
use crate::upstream::{Upstream, package};
use server::Config;
use server::limits::BODY_BYTES_MAX;

const KEY: &str = "authorization: Bearer secret\r\n";
const JSON: &str = "content-type: application/json\r\n";
const CHAT: &str = "POST /v1/chat/completions";

/// Status, code, and what the message names.
type Expected = (u16, &'static str, &'static str);

fn whole(_: &str) -> String {
    let body = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn assert_refused(name: &str, answer: &Answer, (status, code, names): Expected) {
    assert_eq!(answer.status, status, "{name}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
    let body = answer.json();
    let error = &body["error"];
    assert_eq!(error["code"], code, "{name}: {body}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(names), "{name}: `{names}` is not in `{message}`");
    for key in ["type", "param"] {
        assert!(error.get(key).is_some(), "{name}: no `{key}` in {body}");
    }
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        _ => "invalid_request_error",
    };
    assert_eq!(error["type"], kind, "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_and_nothing_is_sent() {
    let upstream = Upstream::start(whole).await;
    let root = package("bad-input", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(root.path(), Config::default()).await;
    let good = chat("hello", "");
    let text = |keys: &str| format!(r#"{{{keys}"messages":[{{"role":"user","content":"hello"}}]}}"#);
    let rows: Vec<(&str, &str, String, String, Expected)> = vec![
        ("duplicate key", CHAT, format!("{KEY}{JSON}"), text(r#""model":"gpt-4o","model":"gpt-4o","#), (400, "request_invalid", "twice")),
        ("nested duplicate", CHAT, format!("{KEY}{JSON}"), r#"{"model":"gpt-4o","messages":[{"role":"user","content":"a","content":"b"}]}"#.to_owned(), (400, "request_invalid", "twice")),
        ("key that differs by case", CHAT, format!("{KEY}{JSON}"), text(r#""model":"gpt-4o","Model":"gpt-4o","#), (400, "request_invalid", "case")),
        ("no model", CHAT, format!("{KEY}{JSON}"), text(""), (400, "request_invalid", "model")),
        ("model is no string", CHAT, format!("{KEY}{JSON}"), text(r#""model":4,"#), (400, "request_invalid", "model")),
        ("no JSON", CHAT, format!("{KEY}{JSON}"), "hello".to_owned(), (400, "request_invalid", "")),
        ("cut JSON", CHAT, format!("{KEY}{JSON}"), good[..good.len() - 1].to_owned(), (400, "request_invalid", "")),
        ("empty body", CHAT, format!("{KEY}{JSON}"), String::new(), (400, "request_invalid", "")),
        ("wrong content type", CHAT, format!("{KEY}content-type: text/plain\r\n"), good.clone(), (415, "unsupported_media", "application/json")),
        ("no content type", CHAT, KEY.to_owned(), good.clone(), (415, "unsupported_media", "application/json")),
        ("other path", "POST /v1/embeddings", format!("{KEY}{JSON}"), good.clone(), (403, "operation_not_allowed", "POST /v1/embeddings")),
        ("other method", "PUT /v1/chat/completions", format!("{KEY}{JSON}"), good.clone(), (403, "operation_not_allowed", "PUT /v1/chat/completions")),
        ("no credential", CHAT, JSON.to_owned(), good.clone(), (401, "unauthenticated", "credential")),
        ("unknown credential", CHAT, format!("authorization: Bearer secrets\r\n{JSON}"), good.clone(), (401, "unauthenticated", "credential")),
        ("two credentials", CHAT, format!("{KEY}x-api-key: other\r\n{JSON}"), good.clone(), (401, "unauthenticated", "credential")),
        ("script outside a simulation", CHAT, format!("{KEY}{JSON}x-ascp-simulate: say=hi\r\n"), good.clone(), (400, "request_invalid", "x-ascp-simulate")),
    ];
    for (name, line, headers, body, expected) in rows {
        // A connection each: what is left of a body may end the one before.
        let answer = Client::connect(sidecar.address).await.send(line, &headers, body.as_bytes()).await;
        assert_refused(name, &answer, expected);
        // Requests that never became an exchange have no record.
        if let Some(decision) = answer.header("x-ascp-decision") {
            let record = sidecar.record(decision).await;
            assert_eq!(record.attempts, [], "{name}");
            assert_eq!(record.status, expected.0, "{name}");
        }
    }
    assert_eq!(upstream.bodies(), [""; 0]);
    // Else nothing above proves that the upstream would have been seen.
    let answer = Client::connect(sidecar.address).await.send(CHAT, &format!("{KEY}{JSON}"), good.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(upstream.bodies().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused() {
    let upstream = Upstream::start(whole).await;
    let root = package("too-large", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(root.path(), Config::default()).await;
    let expected = (413, "body_too_large", "larger");
    let head = |framing: &str| format!("{CHAT} HTTP/1.1\r\nhost: here\r\n{KEY}{JSON}{framing}\r\n\r\n");

    // One that says so is not read at all.
    let mut client = Client::connect(sidecar.address).await;
    client.write(head(&format!("content-length: {}", BODY_BYTES_MAX + 1)).as_bytes()).await;
    assert_refused("stated", &client.answer().await, expected);

    // Most clients send all of it before they look for an answer.
    let body = vec![b' '; BODY_BYTES_MAX + 1];
    let answer = Client::connect(sidecar.address).await.send(CHAT, &format!("{KEY}{JSON}"), &body).await;
    assert_refused("stated and sent", &answer, expected);

    let mut client = Client::connect(sidecar.address).await;
    client.write(head("transfer-encoding: chunked").as_bytes()).await;
    client.write(format!("{:x}\r\n", body.len()).as_bytes()).await;
    client.write(&body).await;
    client.write(b"\r\n0\r\n\r\n").await;
    assert_refused("chunked", &client.answer().await, expected);
    assert_eq!(upstream.bodies(), [""; 0]);
}
