//! engine.

pub mod dialect;
pub mod standin;
