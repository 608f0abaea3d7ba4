//! Where secrets are, and reading them. A secret is never logged.

use crate::limits::SECRET_BYTES_MAX;
use serde::Deserialize;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Where a secret is; never the secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// In a variable of the environment.
    Env(String),
    /// In a file.
    File(PathBuf),
}

/// Reads a secret, without the line break at its end.
pub(crate) fn read_secret(secret: &Secret) -> Result<String, String> {
    let text = match secret {
        Secret::Env(name) => read_env(name)?,
        Secret::File(path) => read_file(path)?,
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err("the secret is empty".to_owned()) } else { Ok(text.to_owned()) }
}

#[expect(clippy::disallowed_methods, reason = "this is where secrets of the environment are read")]
fn read_env(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("the variable `{name}` is not set"))
}

fn read_file(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot read `{}`: {error}", path.display());
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(SECRET_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}
