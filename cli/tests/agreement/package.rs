//! A package as both sides read it.

use crate::keys::Keys;
use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::Day;
use lang::model::{Address, Credential, Model, Parts};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testsuite::suite::Suite;

/// The day on which packages are checked, as their own tests do.
const DAY: &str = "2026-11-20";

/// A compiled package, and where its endpoints are played.
pub(crate) struct Package {
    /// What decides, on both sides.
    pub(crate) guard: Arc<Guard>,
    /// What the sidecar reads besides: the same, but for addresses and credentials.
    ///
    /// Decisions read neither. Where a package names `https:` so does this, with a
    /// certificate of the test's; a loopback address has to be said to be private.
    pub(crate) parts: Arc<Parts>,
    pub(crate) keys: Keys,
    pub(crate) suites: Vec<Suite>,
    /// Where each endpoint is played, by number.
    pub(crate) listeners: Vec<TcpListener>,
    pub(crate) root: PathBuf,
}

impl Package {
    pub(crate) fn open(path: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let guard = Arc::new(Guard::new(&compile(&root), TokenKey::new([7; 32])).unwrap());
        let suites = Suite::read_all(&root).unwrap();
        let keys = Keys::of(&suites);
        // Compiled again, since a model is never changed, and its parts only by who owns them.
        let mut parts = Arc::into_inner(Arc::<Parts>::from(compile(&root))).unwrap();
        let bind = |_: &_| TcpListener::bind("127.0.0.1:0").unwrap();
        let listeners: Vec<TcpListener> = parts.endpoints.iter().map(bind).collect();
        for (endpoint, listener) in parts.endpoints.iter_mut().zip(&listeners) {
            endpoint.url = here(listener.local_addr().unwrap(), &endpoint.url);
            endpoint.private = true;
            endpoint.credential = Credential::None;
        }
        keys.add_to(&mut parts);
        Self { guard, parts: Arc::new(parts), keys, suites, listeners, root }
    }
}

fn compile(root: &Path) -> Model {
    let compiled = package::Package::open(root, Day::Check(DAY.parse().unwrap())).unwrap().compiled;
    compiled.model.unwrap_or_else(|| panic!("{} does not compile", root.display()))
}

/// The same path, on this machine.
fn here(address: SocketAddr, url: &Address) -> Address {
    Address {
        is_tls: true,
        host: address.ip().to_string().into(),
        port: address.port(),
        path: url.path.clone(),
        text: format!("https://{address}{}", url.path).into(),
    }
}
