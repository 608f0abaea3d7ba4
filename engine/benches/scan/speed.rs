//! How speed is told.

use std::time::Duration;

/// How many MB/s it is to read so many bytes in such a time.
pub(crate) fn megabytes_per_second(bytes: usize, time: Duration) -> f64 {
    // Whole kilobytes are exact enough, and the number of bytes may not fit.
    let kilobytes = u32::try_from(bytes / 1000).unwrap_or(u32::MAX);
    f64::from(kilobytes) / 1e3 / time.as_secs_f64()
}
