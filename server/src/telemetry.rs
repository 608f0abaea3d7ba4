//! The log: one JSON object a line, on standard error.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;

/// Sends the log to standard error; `is_verbose` adds what happens to single connections.
///
/// A log that someone else has set up already is left as it is.
pub fn install(is_verbose: bool) {
    let level = if is_verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .try_init()
        .ok();
}
