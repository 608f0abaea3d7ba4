//! Orderly stop: a signal is heard once, by everyone who works.

use tokio::sync::watch;

/// Tells everyone to stop.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

/// Learns that it is time to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stop {
    pub(crate) fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopping(receiver))
    }

    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Waits until it is time; when nobody is left to say so, it is time too.
    pub(crate) async fn wait(&self) {
        self.0.clone().wait_for(|is_time| *is_time).await.map(drop).ok();
    }

    pub(crate) fn is_time(&self) -> bool {
        *self.0.borrow()
    }
}

/// Waits for `SIGTERM` or `SIGINT`.
///
/// # Errors
///
/// When the system does not let signals be heard.
pub async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
