//! The sidecar with real packages, over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests and their helpers may fail by panicking"
)]

mod bad_input;
mod client;
mod embeddings;
mod log;
mod record_line;
mod reload_under_load;
mod stream;
mod support;
mod tls;
mod tokens;
mod upstream;
