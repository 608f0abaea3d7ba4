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
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
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

/// Bodies, with what the refusal names.
const BODIES: [(&str, &str, &str); 9] = [
    ("duplicate key", r#"{"model":"gpt-4o","model":"gpt-4o","messages":[]}"#, "twice"),
    (
        "nested duplicate",
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":"a","content":"b"}]}"#,
        "twice",
    ),
    ("key that differs by case", r#"{"model":"gpt-4o","Model":"gpt-4o","messages":[]}"#, "differ by case"),
    ("no model", r#"{"messages":[{"role":"user","content":"hello"}]}"#, "`model` is missing"),
    ("model is no string", r#"{"model":4,"messages":[]}"#, "`model` is not a string"),
    ("no messages", r#"{"model":"gpt-4o"}"#, "`messages` is missing"),
    ("no JSON", "hello", "cannot be read"),
    ("cut JSON", r#"{"model":"gpt-4o","messages":["#, "cannot be read"),
    ("empty body", "", "cannot be read"),
];

/// Heads before a good body.
const HEADS: [(&str, &str, &[&str], Expected); 8] = [
    (
        "wrong type",
        CHAT,
        &[KEY, "content-type: text/plain\r\n"],
        (415, "unsupported_media", "application/json"),
    ),
    ("no type", CHAT, &[KEY], (415, "unsupported_media", "application/json")),
    (
        "other path",
        "POST /v1/moderations",
        &[KEY, JSON],
        (403, "operation_not_allowed", "POST /v1/moderations"),
    ),
    ("other method", "PUT /v1/chat", &[KEY, JSON], (403, "operation_not_allowed", "PUT /v1/chat")),
    ("no credential", CHAT, &[JSON], (401, "unauthenticated", "credential")),
    (
        "unknown credential",
        CHAT,
        &["authorization: Bearer secrets\r\n", JSON],
        (401, "unauthenticated", "credential"),
    ),
    ("two credentials", CHAT, &[KEY, "x-api-key: other\r\n", JSON], (401, "unauthenticated", "credential")),
    (
        "script outside a simulation",
        CHAT,
        &[KEY, JSON, "x-ascp-simulate: say=hi\r\n"],
        (400, "request_invalid", "x-ascp-simulate"),
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_and_nothing_is_sent() {
    let upstream = Upstream::start(whole).await;
    let root = package("bad-input", &format!("http://{}/v1", upstream.address));
    let sidecar = Sidecar::with(root.path(), Config::default()).await;
    let good = chat("hello", "");
    let bodies = BODIES.map(|(name, body, names)| {
        (name, CHAT, [KEY, JSON].concat(), body.to_owned(), (400, "request_invalid", names))
    });
    let heads =
        HEADS.map(|(name, line, headers, expected)| (name, line, headers.concat(), good.clone(), expected));
    for (name, line, headers, body, expected) in bodies.into_iter().chain(heads) {
        // A connection each: what is left of a body may end the one before.
        let answer = Client::connect(sidecar.address).await.send(line, &headers, body.as_bytes()).await;
        assert_refused(name, &answer, expected);
        // A request that never became an exchange has no record.
        if let Some(decision) = answer.header("x-ascp-decision") {
            let record = sidecar.record(decision).await;
            assert_eq!((record.attempts.as_slice(), record.status), (&[][..], expected.0), "{name}");
        }
    }
    assert_eq!(upstream.bodies(), [""; 0]);
    // Else nothing above proves that the upstream would have been seen.
    let headers = [KEY, JSON].concat();
    let answer = Client::connect(sidecar.address).await.send(CHAT, &headers, good.as_bytes()).await;
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
