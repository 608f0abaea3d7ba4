//! Watches a package and swaps it in when it compiles; what does not compile changes nothing.
//!
//! Changes are announced by the system and looked for besides, since not every
//! file system announces them. A mounted configuration swaps links, so what
//! counts is the content of the files, whatever path it is reached by.

use crate::clock::after;
use crate::limits::{RELOAD_POLL_TIME, RELOAD_QUIET_TIME};
use crate::live::{Live, Loaded};
use crate::shutdown::Stopping;
use crate::store::Store;
use notify::{RecursiveMode, Watcher as _};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::{timeout, timeout_at};

/// How often the quiet after a change may be disturbed before the package is read all the same.
const DISTURBANCES_MAX: u32 = 25;

/// Loads a package: reads its files and compiles them.
///
/// It is called on a thread that may block. What it returns on failure is shown
/// to operators: rendered diagnostics.
pub trait Loader: Send + Sync + 'static {
    /// Loads the package as it is now.
    ///
    /// # Errors
    ///
    /// Why there is none, for people to read.
    fn load(&self) -> Result<Loaded, String>;
}

impl<F: Fn() -> Result<Loaded, String> + Send + Sync + 'static> Loader for F {
    fn load(&self) -> Result<Loaded, String> {
        self()
    }
}

/// Loads a package aside.
pub(crate) async fn load(loader: &Arc<dyn Loader>) -> Result<Loaded, String> {
    let loader = Arc::clone(loader);
    let result = tokio::task::spawn_blocking(move || loader.load()).await;
    result.unwrap_or_else(|_| {
        Err("the package made the compiler fail; this is a defect of the compiler".to_owned())
    })
}

/// Keeps a store current.
pub(crate) struct Reload {
    pub(crate) store: Arc<Store>,
    pub(crate) loader: Arc<dyn Loader>,
    pub(crate) is_simulated: bool,
}

impl Reload {
    /// Swaps in each version that compiles, until told to stop.
    ///
    /// Which files the first version was made of is known only once it was loaded, and they may have
    /// changed meanwhile; so the first look always loads again, which changes nothing if they have not.
    pub(crate) async fn run(self, stopping: Stopping) {
        let mut seen = None;
        let changed = Arc::new(Notify::new());
        let mut watched = Vec::new();
        let mut announcer = None;
        loop {
            let now = self.store.current().watched.clone();
            if now != watched {
                announcer = watch(&now, &changed);
                watched = now;
            }
            tokio::select! {
                () = stopping.wait() => break,
                () = quiet_after(&changed) => {}
                () = tokio::time::sleep(RELOAD_POLL_TIME) => {}
            }
            let present = fingerprint(watched.clone()).await;
            // What failed once is not tried again until it changes.
            if seen.replace(present) != Some(present) {
                self.reload().await;
            }
        }
        drop(announcer);
    }

    async fn reload(&self) {
        let before = self.store.current();
        match load(&self.loader).await {
            Ok(loaded) if loaded.catalog.is_same(&before.catalog) => {}
            Ok(loaded) => {
                log_warnings(&loaded, self.is_simulated);
                let after = loaded.catalog.digest;
                self.store.swap(Live::new(loaded, Some(&before), self.is_simulated));
                tracing::info!(old = %before.catalog.digest, new = %after, "policy reloaded");
            }
            Err(diagnostics) => {
                tracing::error!(diagnostics, kept = %before.catalog.digest, "policy does not compile; the running one stays");
            }
        }
    }
}

/// Says what an operator should know about a package that compiled.
pub(crate) fn log_warnings(loaded: &Loaded, is_simulated: bool) {
    for warning in loaded.catalog.warnings(is_simulated) {
        tracing::warn!(policy = loaded.catalog.name, "{warning}");
    }
}

pub(crate) async fn fingerprint(roots: Vec<PathBuf>) -> [u8; 32] {
    tokio::task::spawn_blocking(move || package::fingerprint(&roots)).await.unwrap_or_default()
}

/// Waits for a change, and then until nothing more has changed for a while.
async fn quiet_after(changed: &Notify) {
    changed.notified().await;
    let latest = after(RELOAD_QUIET_TIME.saturating_mul(DISTURBANCES_MAX));
    let settle = async { while timeout(RELOAD_QUIET_TIME, changed.notified()).await.is_ok() {} };
    timeout_at(latest, settle).await.ok();
}

/// Asks the system to announce changes; where it cannot, looking from time to time has to do.
fn watch(roots: &[PathBuf], changed: &Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let changed = Arc::clone(changed);
    let announce = move |_: notify::Result<notify::Event>| changed.notify_one();
    let created = notify::recommended_watcher(announce);
    let blind = |error: &notify::Error| {
        tracing::warn!(error = %error, "changes are not announced; looking every few seconds");
    };
    let mut watcher = created.inspect_err(blind).ok()?;
    // A file that is not there yet, such as a secret to be mounted, is found by looking.
    for root in roots.iter().filter(|root| root.exists()) {
        watcher.watch(root, RecursiveMode::Recursive).inspect_err(blind).ok();
    }
    Some(watcher)
}
