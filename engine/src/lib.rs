//! Compiles a checked policy model and decides requests with it.
//!
//! **Invariant:** this crate never waits. It opens no file or socket, reads no
//! clock and spawns no task; what a decision depends on arrives in [`Facts`],
//! so that any decision can be replayed from its audit record.

#![deny(clippy::arithmetic_side_effects)]

pub mod decision;
pub mod exchange;
pub mod facts;
pub mod function;
pub mod meter;
pub mod oracle;
pub mod record;
pub mod value;

pub use decision::{Decision, Reason, Verdict};
pub use facts::Facts;
pub use value::{EvalError, Value};
