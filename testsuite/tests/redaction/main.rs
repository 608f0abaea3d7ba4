//! What must not leave, and must come back: evasions however an answer is cut, and round trips.
//!
//! ```text
//! cargo test -p testsuite --test redaction                                           a sample of both
//! ASCP_FULL=1 cargo test -p testsuite --test redaction --release evasions -- --nocapture
//! ASCP_CASES=100000 cargo test -p testsuite --test redaction --release round_trips -- --nocapture
//! ASCP_SEED=17 ASCP_CASES=1 cargo test -p testsuite --test redaction round_trips     one case
//! ```

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test that slips outside a text fails, as it should"
)]

mod driver;
mod evade;
mod evasions;
mod round_trips;
mod values;

/// A setting of a run.
#[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
