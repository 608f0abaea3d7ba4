//! Credentials of providers: read at load, and again at each reload.

use crate::secret::{Secret, read_secret};
use hyper::header::{HeaderName, HeaderValue};
use lang::model::{Credential, Dialect, Endpoint};

/// The header that authenticates calls of an endpoint, its value marked as sensitive; `None` where none is needed.
///
/// # Errors
///
/// Why the secret is not to be had; the endpoint is then down until a reload finds it.
pub(crate) fn header(
    endpoint: &Endpoint,
    speaks: Dialect,
) -> Result<Option<(HeaderName, HeaderValue)>, String> {
    let secret = match &endpoint.credential {
        Credential::None => return Ok(None),
        Credential::Env(name) => read_secret(&Secret::Env(name.to_string()))?,
        Credential::File(path) => read_secret(&Secret::File(path.as_ref().into()))?,
        Credential::AwsRole(_) => return Err(not_yet("aws")),
        Credential::Google => return Err(not_yet("google")),
        Credential::Entra => return Err(not_yet("entra")),
    };
    let (name, value) = match (&endpoint.credential_header, speaks) {
        (Some(name), _) => (name.as_ref(), secret),
        (None, Dialect::Anthropic) => ("x-api-key", secret),
        (None, Dialect::OpenAi | Dialect::Mistral | Dialect::Bedrock | Dialect::Vertex) => {
            ("authorization", format!("Bearer {secret}"))
        }
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no header name"))?;
    let mut value =
        HeaderValue::from_str(&value).map_err(|_| "the secret cannot stand in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn not_yet(kind: &str) -> String {
    format!("credentials of kind `{kind}` are not supported yet by this version")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Scratch, endpoint};

    fn read(credential: Credential, header_name: Option<&str>, speaks: Dialect) -> Result<String, String> {
        let mut endpoint = endpoint();
        endpoint.credential = credential;
        endpoint.credential_header = header_name.map(Into::into);
        header(&endpoint, speaks).map(|found| match found {
            None => "none".to_owned(),
            Some((name, value)) => {
                assert!(value.is_sensitive() && !format!("{value:?}").contains("s3"));
                format!("{name}: {}", value.to_str().unwrap())
            }
        })
    }

    #[test]
    fn each_dialect_has_its_header() {
        let scratch = Scratch::new("secret");
        scratch.write("key", "s3cret\n");
        scratch.write("empty", "\n");
        scratch.write("two", "s3\nx: y");
        let file = |name: &str| Credential::File(scratch.path().join(name).to_str().unwrap().into());
        let rows = [
            (file("key"), None, Dialect::OpenAi, Ok("authorization: Bearer s3cret")),
            (file("key"), None, Dialect::Mistral, Ok("authorization: Bearer s3cret")),
            (file("key"), None, Dialect::Anthropic, Ok("x-api-key: s3cret")),
            (file("key"), Some("api-key"), Dialect::OpenAi, Ok("api-key: s3cret")),
            (Credential::None, Some("api-key"), Dialect::OpenAi, Ok("none")),
            (file("empty"), None, Dialect::OpenAi, Err("empty")),
            (file("two"), None, Dialect::OpenAi, Err("cannot stand in a header")),
            (file("missing"), None, Dialect::OpenAi, Err("cannot read")),
            (Credential::Env("ASCP_NO_SUCH_VARIABLE".into()), None, Dialect::OpenAi, Err("is not set")),
            (Credential::Google, None, Dialect::Vertex, Err("not supported yet")),
        ];
        for (credential, name, speaks, expected) in rows {
            let shown = format!("{credential:?} {name:?}");
            match (read(credential, name, speaks), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{shown}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{shown}: {found}"),
                (found, expected) => panic!("{shown}: {found:?}, not {expected:?}"),
            }
        }
    }
}
