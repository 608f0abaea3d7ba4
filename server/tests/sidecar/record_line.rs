//! The log has one line for each request, with what was decided and nothing of what was said.

use crate::client::{Client, chat};
use crate::log;
use crate::support::{Sidecar, fintech};
use std::time::Duration;

/// The one line about a decision.
async fn line(decision: &str) -> serde_json::Value {
    let mut found = Vec::new();
    for _ in 0..500 {
        found = log::lines_with(decision);
        if !found.is_empty() {
            // A second one would come by now.
            tokio::time::sleep(Duration::from_millis(20)).await;
            found = log::lines_with(decision);
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(found.len(), 1, "{found:?}");
    for secret in ["4111", "ascp_demo_retail_0001", "declined", "Simulated", "stock", "Bearer"] {
        assert!(!found[0].contains(secret), "`{secret}` is in {}", found[0]);
    }
    serde_json::from_str(&found[0]).unwrap()
}

fn assert_fields(line: &serde_json::Value, fields: &[(&str, serde_json::Value)]) {
    for (name, expected) in fields {
        assert_eq!(line.get(name), Some(expected), "{name} in {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_line_of_json() {
    let sidecar = Sidecar::simulated(&fintech()).await;
    let mut client = Client::connect(sidecar.address).await;
    let ask = chat("Why was 4111 1111 1111 1111 declined?", r#","user":"jane""#);
    let answer = client.ask("x-ascp-simulate: azure/westeurope:status=503\r\n", &ask).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let served = answer.header("x-ascp-endpoint").unwrap().to_owned();
    assert_eq!(served, "azure/northeurope");
    let line = line(answer.header("x-ascp-decision").unwrap()).await;
    assert_fields(
        &line,
        &[
            ("level", "INFO".into()),
            ("target", "ascp::record".into()),
            ("tenant", "retail".into()),
            ("caller", "retail_app".into()),
            ("operation", "chat".into()),
            ("api", "openai".into()),
            ("asked", "gpt-4o".into()),
            ("verdict", "allow".into()),
            ("reasons", "".into()),
            ("rules", "".into()),
            ("input_redactions", "pii.pan=1".into()),
            ("output_redactions", "".into()),
            ("served", "azure/northeurope gpt_4o".into()),
            ("status", 200.into()),
            ("end", "answered".into()),
        ],
    );
    let attempts = line["attempts"].as_str().unwrap();
    assert!(attempts.starts_with("azure/westeurope=status:503,"), "{attempts}");
    assert!(attempts.ends_with("azure/northeurope=served:200"), "{attempts}");
    assert!(line["route"].as_str().unwrap().starts_with("azure/westeurope gpt_4o,"), "{line}");
    assert!(line["dropped"].as_str().unwrap().contains("azure/eastus=residency"), "{line}");
    assert!(line["charges"].as_str().unwrap().contains("600 requests"), "{line}");
    let policy = answer.header("x-ascp-policy").unwrap();
    assert_eq!(policy, format!("2026.11.3 {}", line["policy"].as_str().unwrap()));
    for name in ["input_tokens", "output_tokens", "spend", "took_us"] {
        assert!(line[name].as_u64().unwrap() > 0, "{name} in {line}");
    }
    for name in ["began", "timestamp", "flags", "shadowed"] {
        assert!(line[name].is_string(), "{name} in {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_one_line_too() {
    let sidecar = Sidecar::simulated(&fintech()).await;
    let mut client = Client::connect(sidecar.address).await;
    let answer = client.ask("", &chat("Which stock should I buy?", r#","user":"jane""#)).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    let line = line(answer.header("x-ascp-decision").unwrap()).await;
    let rule = "rule:retail_gives_no_investment_advice";
    assert_fields(
        &line,
        &[
            ("verdict", "deny".into()),
            ("reason", rule.into()),
            ("attempts", "".into()),
            ("status", 403.into()),
            ("end", "refused".into()),
        ],
    );
    let unknown = client.post("authorization: Bearer 4111\r\n", "{}").await;
    assert_eq!(unknown.status, 401);
    let line = super::record_line::line(unknown.header("x-ascp-decision").unwrap()).await;
    assert_fields(&line, &[("reason", "unauthenticated".into()), ("caller", "".into())]);
    assert_eq!((line.get("tenant"), line.get("verdict")), (None, None));
}
