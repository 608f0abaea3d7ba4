//! What `ascp.yaml` says: where things are, never what is allowed.
//!
//! This is the only reader of settings. Every key has a default; an unknown
//! key is an error, and so is one that this version documents but does not honour yet.

use crate::limits::CONFIG_BYTES_MAX;
pub use crate::secret::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The settings of a sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where health is asked for.
    pub admin_listen: SocketAddr,
    /// The package, when the file names one.
    pub package: Option<PathBuf>,
    /// Where the key of redaction tokens comes from; a random one when not said.
    pub token_key: Option<Secret>,
    /// Certificates to trust besides the system's.
    pub upstream_ca: Option<PathBuf>,
    /// Whether a stand-in answers in place of the providers.
    pub simulate: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9901)),
            package: None,
            token_key: None,
            upstream_ca: None,
            simulate: false,
        }
    }
}

/// Why settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Which file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is too large to be one of settings.
    #[error("`{path}` is larger than {CONFIG_BYTES_MAX} bytes")]
    TooLarge {
        /// Which file.
        path: String,
    },
    /// It is not YAML, or has a key that does not exist.
    #[error("{0}")]
    Invalid(String),
    /// A documented key that this version does not honour.
    #[error("`{0}` is not supported yet by this version")]
    NotSupported(&'static str),
    /// A value that is not what the key asks for.
    #[error("`{key}` is not {expected}: `{found}`")]
    Value {
        /// Which key.
        key: &'static str,
        /// What it asks for.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Option<String>,
    admin: Admin,
    package: Option<PathBuf>,
    state: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
    audit: Option<IgnoredAny>,
    telemetry: Option<IgnoredAny>,
    tokens: Tokens,
    upstream: Upstream,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Admin {
    listen: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tokens {
    key: Option<Secret>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Upstream {
    proxy: Option<IgnoredAny>,
    ca: Option<PathBuf>,
}

impl Config {
    /// Reads a file of settings; paths in it are relative to its directory.
    ///
    /// # Errors
    ///
    /// See [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = || path.display().to_string();
        let failed = |source| ConfigError::Read { path: shown(), source };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(CONFIG_BYTES_MAX.saturating_add(1)).read_to_string(&mut text).map_err(failed)?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > CONFIG_BYTES_MAX {
            return Err(ConfigError::TooLarge { path: shown() });
        }
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads settings from their text; relative paths in it begin at `base`.
    ///
    /// # Errors
    ///
    /// See [`ConfigError`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use server::config::Config;
    /// # use std::path::Path;
    /// let config = Config::parse("package: policies/fintech", Path::new("/etc/ascp"))?;
    /// assert_eq!(config.package.as_deref(), Some(Path::new("/etc/ascp/policies/fintech")));
    /// assert_eq!(config.listen, Config::default().listen);
    /// # Ok::<(), server::config::ConfigError>(())
    /// ```
    pub fn parse(text: &str, base: &Path) -> Result<Self, ConfigError> {
        let is_empty = text.lines().all(|line| matches!(line.trim_start().chars().next(), None | Some('#')));
        let file: File = if is_empty {
            File::default()
        } else {
            serde_saphyr::from_str(text).map_err(|error| ConfigError::Invalid(error.to_string()))?
        };
        let unsupported = [
            ("state", file.state.is_some()),
            ("data", file.data.is_some()),
            ("audit", file.audit.is_some()),
            ("telemetry", file.telemetry.is_some()),
            ("upstream.proxy", file.upstream.proxy.is_some()),
        ];
        if let Some((key, _)) = unsupported.into_iter().find(|(_, is_said)| *is_said) {
            return Err(ConfigError::NotSupported(key));
        }
        let default = Self::default();
        Ok(Self {
            listen: address("listen", file.listen, default.listen)?,
            admin_listen: address("admin.listen", file.admin.listen, default.admin_listen)?,
            package: file.package.map(|path| base.join(path)),
            token_key: file.tokens.key.map(|secret| match secret {
                Secret::Env(name) => Secret::Env(name),
                Secret::File(path) => Secret::File(base.join(path)),
            }),
            upstream_ca: file.upstream.ca.map(|path| base.join(path)),
            simulate: default.simulate,
        })
    }

    /// The key of redaction tokens: the digest of the secret, or random when none is said.
    ///
    /// # Errors
    ///
    /// When the secret cannot be read, or there is no randomness.
    pub fn read_token_key(&self) -> Result<[u8; 32], String> {
        if let Some(secret) = &self.token_key {
            let text = crate::secret::read_secret(secret)?;
            return Ok(Sha256::digest(text.as_bytes()).into());
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| format!("no random bits: {error}"))?;
        Ok(key)
    }
}

fn address(key: &'static str, said: Option<String>, default: SocketAddr) -> Result<SocketAddr, ConfigError> {
    said.map_or(Ok(default), |text| {
        text.parse().map_err(|_| ConfigError::Value { key, expected: "an address and port", found: text })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/base")).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_has_a_default() {
        for text in ["", "# nothing\n\n", "listen: 127.0.0.1:8080"] {
            assert_eq!(parse(text), Ok(Config::default()), "{text:?}");
        }
    }

    #[test]
    fn keys_are_read() {
        let text = "listen: 0.0.0.0:80\nadmin: { listen: '[::1]:81' }\npackage: p\n\
                    tokens: { key: { file: k } }\nupstream: { ca: /etc/ca.pem }\n";
        let expected = Config {
            listen: "0.0.0.0:80".parse().unwrap(),
            admin_listen: "[::1]:81".parse().unwrap(),
            package: Some("/base/p".into()),
            token_key: Some(Secret::File("/base/k".into())),
            upstream_ca: Some("/etc/ca.pem".into()),
            simulate: false,
        };
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn what_is_not_honoured_is_an_error() {
        let rows = [
            ("listen: here", "`listen` is not an address and port: `here`"),
            ("state: { redis: 'redis://h' }", "`state` is not supported yet by this version"),
            ("audit: { mode: strict }", "`audit` is not supported yet by this version"),
            ("upstream: { proxy: 'http://p' }", "`upstream.proxy` is not supported yet by this version"),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
        for text in
            ["listne: 1", "admin: { port: 1 }", "listen: [", "a: &a 1", "tokens: { key: { vault: x } }"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("listne: x").unwrap_err().contains("listne"));
    }
}
