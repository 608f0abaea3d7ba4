//! The head of a request: what is refused whatever the policy says, and what an exchange sees of it.
//!
//! The HTTP library refuses two different `content-length`s, joins equal ones, and
//! hides `content-length` beside `transfer-encoding`; the listener closes the
//! connection after any request with the latter.

use super::refusal::Refusal;
use crate::simulate::SIMULATE;
use engine::exchange::Head;
use hyper::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, Version};

/// Reads a head, or refuses it since two readers could understand it differently.
pub(super) fn judge(parts: &Parts) -> Result<Head, Refusal> {
    let headers = &parts.headers;
    if parts.method == Method::CONNECT {
        return Err(Refusal::bad("`CONNECT` is not served here"));
    }
    if headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING) {
        return Err(Refusal::bad("both `content-length` and `transfer-encoding`"));
    }
    if headers.contains_key(TRANSFER_ENCODING) && parts.version == Version::HTTP_10 {
        return Err(Refusal::bad("`transfer-encoding` in HTTP/1.0"));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Refusal::bad("not exactly one `host`"));
    };
    if let Some(authority) = parts.uri.authority()
        && !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
    {
        return Err(Refusal::bad("an address that differs from `host`"));
    }
    let mut all = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        // Some readers take `_` for `-`; such a twin of another header is not to be believed.
        if name.as_str().contains('_') && headers.contains_key(name.as_str().replace('_', "-")) {
            continue;
        }
        let value = value.to_str().map_err(|_| Refusal::bad("a header that is not ASCII"))?;
        all.push((name.as_str().to_owned(), value.to_owned()));
    }
    Ok(Head {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: all,
    })
}

/// Refuses a script for the stand-in where there is none: its sender believes to be in a simulation.
pub(super) fn refuse_simulation(head: &Head) -> Result<(), Refusal> {
    if head.headers.iter().any(|(name, _)| name == SIMULATE) {
        return Err(Refusal::bad("`x-ascp-simulate` is for `policy serve --simulate` alone"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn judged(uri: &str, headers: &[(&str, &str)]) -> Result<Head, String> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        judge(&request.body(()).unwrap().into_parts().0).map_err(|refusal| refusal.message().to_owned())
    }

    #[test]
    fn heads_that_can_be_read_in_two_ways_are_refused() {
        type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str);
        let rows: [Row; 5] = [
            ("/v1/x", &[], "not exactly one `host`"),
            ("/v1/x", &[("host", "a"), ("host", "a")], "not exactly one `host`"),
            ("http://b/v1/x", &[("host", "a")], "an address that differs from `host`"),
            (
                "/v1/x",
                &[("host", "a"), ("content-length", "1"), ("transfer-encoding", "chunked")],
                "both `content-length` and `transfer-encoding`",
            ),
            ("/v1/x", &[("host", "a"), ("x-note", "\u{e9}")], "a header that is not ASCII"),
        ];
        for (uri, headers, expected) in rows {
            assert_eq!(judged(uri, headers), Err(expected.to_owned()), "{uri} {headers:?}");
        }
    }

    #[test]
    fn a_head_is_taken_apart() {
        let head =
            judged("http://a/v1/x?y=1", &[("host", "A"), ("x_b", "1"), ("c_d", "2"), ("c-d", "3")]).unwrap();
        assert_eq!((head.method.as_str(), head.path.as_str(), head.query.as_str()), ("GET", "/v1/x", "y=1"));
        let names: Vec<_> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["host", "x_b", "c-d"]);
        assert!(refuse_simulation(&head).is_ok());
        let simulated = judged("/v1/x", &[("host", "a"), (SIMULATE, "status=503")]).unwrap();
        assert!(refuse_simulation(&simulated).is_err());
    }
}
