//! Reload: a version that compiles is swapped in, one that does not changes nothing, and what runs keeps its own.

use crate::relay::Relay;
use crate::support::{Act, Client, PATIENCE, Sidecar, Upstream, package, post};
use package::Kind;
use server::{Catalog, Loaded};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const STREAM: &[Act] = &[
    Act::Write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n"),
    Act::Wait,
    Act::Write(b"4\r\nlast\r\n0\r\n\r\n"),
];

/// A directory of one test, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ascp-reload-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, text: &str) {
        std::fs::write(self.0.join("p.ascp"), text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// "Compiles" a package whose one file says `version 1` or `version 2`; all else is an error in it.
fn load(root: &Path, upstream: std::net::SocketAddr) -> Result<Loaded, String> {
    let files = ::package::read(root, Kind::Policy).map_err(|error| error.to_string())?;
    let text =
        files.first().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let (mark, version) = match text.as_str() {
        "version 1" => ("one", 1),
        "version 2" => ("two", 2),
        _ => return Err(format!("ASCP0001 this is no policy: {text}")),
    };
    Ok(Loaded {
        policy: Arc::new(Relay { mark, endpoints: 1, ..Relay::default() }),
        catalog: Catalog::new(package(version, &[(upstream, true)])),
        watched: vec![root.to_owned()],
    })
}

async fn start(scratch: &Scratch, upstream: &Upstream) -> Sidecar {
    let (root, address) = (scratch.0.clone(), upstream.address);
    Sidecar::with(Arc::new(move || load(&root, address)), false).await
}

/// Asks until the answer has this mark.
async fn until_marked(sidecar: &Sidecar, upstream: &Upstream, mark: &str) {
    tokio::time::timeout(PATIENCE, async {
        loop {
            upstream.go.send(()).unwrap();
            let answer = Client::ask(sidecar.address, "{}").await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            if answer.contains(&format!("x-mark: {mark}\r\n")) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_new_version_serves_and_what_runs_keeps_its_own() {
    let scratch = Scratch::new("swap");
    scratch.write("version 1");
    let upstream = Upstream::start(STREAM).await;
    let sidecar = start(&scratch, &upstream).await;
    let mut running = Client::connect(sidecar.address).await;
    running.send(&post("{}", "connection: close\r\n")).await;
    assert!(running.until("first").await.contains("x-mark: one\r\n"));
    scratch.write("version 2");
    // Exchanges wait upstream in turn: the one that runs must be let go first.
    tokio::time::sleep(Duration::from_millis(600)).await;
    upstream.go.send(()).unwrap();
    assert!(running.rest().await.contains("last"));
    until_marked(&sidecar, &upstream, "two").await;
}

#[tokio::test]
async fn what_does_not_compile_changes_nothing() {
    let scratch = Scratch::new("broken");
    scratch.write("version 1");
    let upstream = Upstream::start(STREAM).await;
    let sidecar = start(&scratch, &upstream).await;
    until_marked(&sidecar, &upstream, "one").await;
    for broken in ["version", "", "version 1 and a half"] {
        scratch.write(broken);
        tokio::time::sleep(Duration::from_millis(400)).await;
        until_marked(&sidecar, &upstream, "one").await;
    }
    std::fs::remove_file(scratch.0.join("p.ascp")).unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    until_marked(&sidecar, &upstream, "one").await;
    scratch.write("version 2");
    until_marked(&sidecar, &upstream, "two").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_mounted_configuration_swaps_a_link() {
    let scratch = Scratch::new("mounted");
    let version = |name: &str, text: &str| {
        let path = scratch.0.join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("p.ascp"), text).unwrap();
    };
    version("..1", "version 1");
    version("..2", "version 2");
    std::os::unix::fs::symlink("..1", scratch.0.join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/p.ascp", scratch.0.join("p.ascp")).unwrap();
    let upstream = Upstream::start(STREAM).await;
    let sidecar = start(&scratch, &upstream).await;
    until_marked(&sidecar, &upstream, "one").await;
    std::os::unix::fs::symlink("..2", scratch.0.join("..next")).unwrap();
    std::fs::rename(scratch.0.join("..next"), scratch.0.join("..data")).unwrap();
    until_marked(&sidecar, &upstream, "two").await;
}
