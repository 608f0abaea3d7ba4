//! The sidecar on loopback sockets, with a small relay in place of a compiled policy.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "tests and their helpers may fail by panicking"
)]

mod proxy;
mod relay;
mod reload;
mod support;
