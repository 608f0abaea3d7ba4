//! `GET /v1/models`: what a caller may ask for.

use crate::dialect::json::encode;

/// One entry of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelEntry<'a> {
    /// The name that clients send.
    pub id: &'a str,
    /// When it came to be, in seconds since 1970.
    pub created: u64,
    /// Who offers it.
    pub owned_by: &'a str,
}

/// The body of the list, in the order given.
///
/// # Examples
///
/// ```
/// # use engine::dialect::openai::{ModelEntry, models_body};
/// let body = models_body(&[ModelEntry { id: "gpt-4o", created: 0, owned_by: "azure" }]);
/// let expected = r#"{"object":"list","data":[{"id":"gpt-4o","object":"model","created":0,"owned_by":"azure"}]}"#;
/// assert_eq!(body, expected.as_bytes());
/// ```
pub fn models_body(entries: &[ModelEntry<'_>]) -> Vec<u8> {
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!(r#"{{"object":"list","data":[{}]}}"#, entries.join(",")).into_bytes()
}

fn entry(entry: &ModelEntry<'_>) -> String {
    let ModelEntry { id, created, owned_by } = entry;
    format!(
        r#"{{"id":"{}","object":"model","created":{created},"owned_by":"{}"}}"#,
        encode(id),
        encode(owned_by)
    )
}
