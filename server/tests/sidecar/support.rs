//! A sidecar with a package from disk, and directories that go with their test.

use crate::log;
use engine::record::Record;
use server::{Config, DirectoryLoader, Records, Server};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// The key of redaction tokens in all these tests.
pub(crate) const TOKEN_KEY: [u8; 32] = [7; 32];

/// The repository's package for a fintech.
pub(crate) fn fintech() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech")
}

/// A sidecar that runs; it stops when this is dropped.
pub(crate) struct Sidecar {
    pub(crate) address: SocketAddr,
    records: Records,
    _stop: oneshot::Sender<()>,
}

impl Sidecar {
    /// Serves a package with a stand-in for its providers.
    pub(crate) async fn simulated(root: &Path) -> Self {
        Self::with(root, Config { simulate: true, ..Config::default() }).await
    }

    /// Serves a package.
    pub(crate) async fn with(root: &Path, config: Config) -> Self {
        log::keep();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config { listen: any, admin_listen: any, ..config };
        let key = config.token_key.as_ref().map_or(Ok(TOKEN_KEY), |_| config.read_token_key());
        let loader = DirectoryLoader::new(root, key.unwrap());
        let server = Server::bind(&config, Arc::new(loader)).await.unwrap();
        let (address, records) = (server.address().unwrap(), server.records());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async move {
            stopped.await.ok();
        }));
        Self { address, records, _stop: stop }
    }

    /// The record of the decision that an answer names.
    pub(crate) async fn record(&self, decision: &str) -> Record {
        let wait = async {
            loop {
                let all = self.records.latest();
                if let Some(record) = all.into_iter().find(|record| record.id.to_string() == decision) {
                    return record;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), wait).await.unwrap()
    }
}

/// A directory of one test, gone with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ascp-sidecar-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A copy of the package at `root`.
    pub(crate) fn copy(name: &str, root: &Path) -> Self {
        let scratch = Self::new(name);
        copy(root, &scratch.0);
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
