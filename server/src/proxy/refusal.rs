//! Answers to requests for which no exchange begins: there is no decision about them, and no record.

use crate::drive::AnswerBody;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

/// Why no exchange begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// The request is not what HTTP or this listener asks for.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "request_invalid", message: message.into() }
    }

    /// There is no room now.
    pub(crate) fn overloaded() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "overloaded",
            message: "the sidecar has no room for this request now".to_owned(),
        }
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The answer, in the shape that SDKs of the OpenAI family read; those of the others show its text.
    pub(crate) fn response(&self) -> Response<AnswerBody> {
        let message: String = self.message.chars().flat_map(escaped).collect();
        let body = format!(
            r#"{{"error":{{"message":"{message}","type":"invalid_request_error","code":"{}","param":null}}}}"#,
            self.code
        );
        let mut response = Response::new(AnswerBody::whole(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A character inside a JSON string.
fn escaped(character: char) -> Vec<char> {
    match character {
        '"' | '\\' => vec!['\\', character],
        control if control.is_control() => vec![' '],
        other => vec![other],
    }
}
