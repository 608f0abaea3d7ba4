//! The harness around the engine, and the repository's own cross-crate tests.

pub mod arbitrary;
