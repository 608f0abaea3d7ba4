//! Errors in the shape that OpenAI's clients raise as their usual exceptions.

use crate::dialect::json::encode_into;
use crate::dialect::report::ErrorReport;
use crate::dialect::sse::SseEvent;

/// The body of an error answer.
///
/// # Examples
///
/// ```
/// # use engine::dialect::openai::error_body;
/// # use engine::dialect::report::ErrorReport;
/// let report = ErrorReport { status: 403, reason: "residency", message: "No.", decision: "d1", ..Default::default() };
/// let expected = r#"{"error":{"message":"No.","type":"permission_error","param":null,"code":"residency","ascp":{"reason":"residency","decision":"d1"}}}"#;
/// assert_eq!(error_body(&report), expected.as_bytes());
/// ```
pub fn error_body(report: &ErrorReport<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(br#"{"error":{"message":"#);
    string(&mut out, report.message);
    out.extend_from_slice(br#","type":"#);
    string(&mut out, error_type(report.status, report.reason));
    out.extend_from_slice(br#","param":"#);
    match report.param {
        Some(param) => string(&mut out, param),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(br#","code":"#);
    string(&mut out, report.reason);
    out.extend_from_slice(br#","ascp":{"reason":"#);
    string(&mut out, report.reason);
    out.extend_from_slice(br#","decision":"#);
    string(&mut out, report.decision);
    for (name, value) in [("rule", report.rule), ("file", report.file)] {
        if let Some(value) = value {
            out.extend_from_slice(format!(",\"{name}\":").as_bytes());
            string(&mut out, value);
        }
    }
    if let Some(line) = report.line {
        out.extend_from_slice(format!(",\"line\":{line}").as_bytes());
    }
    out.extend_from_slice(b"}}}");
    out
}

/// The event that tells an error in a stream; the stream ends after it, without `[DONE]`.
pub fn error_event(report: &ErrorReport<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    SseEvent::of(error_body(report)).encode_into(&mut out);
    out
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    encode_into(out, text);
    out.push(b'"');
}

/// The `type` of an error, as the API has them.
pub(crate) fn error_type(status: u16, reason: &str) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        429 if reason == "budget_exhausted" => "insufficient_quota",
        429 => "rate_limit_error",
        500..=599 => "server_error",
        _ => "invalid_request_error",
    }
}
