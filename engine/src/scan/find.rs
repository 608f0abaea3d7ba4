//! A whole text, scanned at once.

use super::automaton::Scanner;
use super::error::ScanError;
use super::progress::Progress;
use super::set::DetectorSet;
use super::window::{Item, Window};
use super::{Finding, TEXT_BYTES_MAX};

impl Scanner {
    /// Adds what the wanted detectors find in `text` to `sink`, in the order of
    /// [`Finding`]: by place.
    ///
    /// Within one detector a hit inside another is left out; hits that overlap
    /// otherwise, or are of different detectors, all stand. A hit inside a
    /// token of a [`Vault`](super::Vault) is none.
    ///
    /// # Errors
    ///
    /// Returns [`ScanError::TextTooLong`] beyond [`TEXT_BYTES_MAX`].
    pub fn find(&self, text: &str, wanted: &DetectorSet, sink: &mut Vec<Finding>) -> Result<(), ScanError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(ScanError::TextTooLong);
        }
        let mut items = Vec::new();
        let window = Window { text, base: 0, is_end: true };
        Progress::new().advance(self, wanted, window, &mut items);
        sink.extend(items.iter().filter_map(Item::finding));
        Ok(())
    }
}
