//! The sidecar: all that waits.
//!
//! The life of a request. [`Server::run`] accepts a connection; its head is read
//! and judged, and room is taken for it or it is refused as overloaded. Then an
//! exchange begins, with the package that serves at that moment, and stays with
//! it to the end: the driver carries out the exchange's steps (find the caller,
//! read the body, take from counters, call an endpoint, forward) and tells it
//! what happens, until its record is written. What to do is the exchange's to
//! say, in `engine`, where it is pure; how to do it is said here.
//!
//! **Invariant:** no failure passes traffic. What goes wrong here is told to the
//! exchange as an event, or refuses the request before there is one.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod admin;
mod clock;
pub mod config;
mod credential;
mod drive;
#[cfg(test)]
mod fixture;
mod identity;
pub mod limits;
mod live;
mod load;
mod machine;
mod proxy;
mod recorder;
mod reload;
mod secret;
mod shutdown;
mod simulate;
mod state;
mod store;
pub mod telemetry;
mod upstream;

pub use clock::{Clock, Hands};
pub use config::Config;
pub use identity::Identities;
pub use live::{Account, Catalog, Loaded};
pub use load::DirectoryLoader;
pub use machine::{Machine, Policy, Start};
pub use reload::Loader;
pub use shutdown::signalled;
pub use state::{MemoryState, State};
pub use upstream::TlsError;

use engine::record::Record;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A sidecar whose package compiled and whose listeners are open.
pub struct Server {
    proxy: Arc<proxy::Proxy>,
    reload: reload::Reload,
    listener: TcpListener,
    admin: TcpListener,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// What a sidecar stands in: time, and what outlives its exchanges.
#[derive(Clone)]
pub struct Surroundings {
    /// What exchanges see of time.
    pub clock: Clock,
    /// Counters of limits and budgets.
    pub state: Arc<dyn State>,
}

impl Default for Surroundings {
    /// The system's time, and counters in memory on which nothing was counted yet.
    fn default() -> Self {
        Self { clock: Clock::start(), state: Arc::new(MemoryState::default()) }
    }
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Why a sidecar does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The package does not compile; rendered diagnostics.
    #[error("{0}")]
    Package(String),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Calls cannot be made.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Server {
    /// Loads the package and opens the listeners.
    ///
    /// # Errors
    ///
    /// See [`ServeError`]; nothing listens then.
    pub async fn bind(config: &Config, loader: Arc<dyn Loader>) -> Result<Self, ServeError> {
        Self::bind_in(config, loader, Surroundings::default()).await
    }

    /// The same in given surroundings: with time that somebody moves, or with counters kept elsewhere.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn bind_in(
        config: &Config,
        loader: Arc<dyn Loader>,
        surroundings: Surroundings,
    ) -> Result<Self, ServeError> {
        let Surroundings { clock, state } = surroundings;
        let first = reload::load(&loader).await.map_err(ServeError::Package)?;
        reload::log_warnings(&first, config.simulate);
        let live = live::Live::new(first, None, config.simulate);
        let store = Arc::new(store::Store::new(live));
        let shared = Arc::new(drive::Shared {
            clock,
            state,
            clients: upstream::Clients::new(config.upstream_ca.as_deref())?,
            recorder: recorder::Recorder::default(),
        });
        let reload = reload::Reload { store: Arc::clone(&store), loader, is_simulated: config.simulate };
        Ok(Self {
            proxy: Arc::new(proxy::Proxy::new(store, shared, config.simulate)),
            reload,
            listener: listen(config.listen).await?,
            admin: listen(config.admin_listen).await?,
        })
    }

    /// Where clients connect; the port is the one that the system chose where the configured one is 0.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where operators connect, as above.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn admin_address(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// A view of the latest records.
    pub fn records(&self) -> Records {
        Records(Arc::clone(&self.proxy))
    }

    /// Serves until `stop` is ready, then lets running exchanges end, up to [`limits::DRAIN_TIME_MAX`].
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (stopper, stopping) = shutdown::Stop::new();
        let clients = tokio::spawn(self.proxy.listen(self.listener, stopping.clone()));
        let operators = tokio::spawn(admin::listen(self.admin, stopping.clone()));
        let reloads = tokio::spawn(self.reload.run(stopping));
        tracing::info!("serving");
        stop.await;
        tracing::info!("stopping: no new connections");
        stopper.now();
        if tokio::time::timeout(limits::DRAIN_TIME_MAX, clients).await.is_err() {
            tracing::warn!("exchanges are cut: they did not end in time");
        }
        operators.abort();
        reloads.await.ok();
        tracing::info!("stopped");
    }
}

/// A view of the latest records.
#[derive(Clone)]
pub struct Records(Arc<proxy::Proxy>);

impl Records {
    /// The latest records, oldest first.
    pub fn latest(&self) -> Vec<Record> {
        self.0.shared.recorder.latest()
    }
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}
