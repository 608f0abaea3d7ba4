//! The package that serves now, swapped as a whole.

use crate::live::Live;
use arc_swap::ArcSwap;
use std::sync::Arc;

/// Holds the current package. Whoever asks gets one to keep for a whole exchange.
pub(crate) struct Store(ArcSwap<Live>);

impl Store {
    pub(crate) fn new(live: Live) -> Self {
        Self(ArcSwap::from_pointee(live))
    }

    pub(crate) fn current(&self) -> Arc<Live> {
        self.0.load_full()
    }

    /// Publishes another package; exchanges under way keep theirs.
    pub(crate) fn swap(&self, live: Live) {
        self.0.store(Arc::new(live));
    }
}
