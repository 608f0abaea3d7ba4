//! Compiles a checked policy model and decides requests with it.
//!
//! **Invariant:** this crate never waits. It opens no file or socket, reads no
//! clock and spawns no task; what a decision depends on arrives in [`Facts`],
//! so that any decision can be replayed from its audit record.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod analysis;
mod base64;
pub mod breaker;
mod budget;
mod cache;
mod condition;
pub mod decision;
pub mod dialect;
mod evaluate;
pub mod exchange;
pub mod facts;
pub mod function;
mod graph;
pub mod guard;
mod lower;
pub mod meter;
pub mod oracle;
mod passes;
mod program;
mod reading;
pub mod record;
pub mod scan;
pub mod standin;
pub mod trace;
pub mod value;
pub mod wording;

pub use budget::Budget;
pub use cache::Cache;
pub use condition::Condition;
pub use decision::{Decision, Reason, Verdict};
pub use facts::Facts;
pub use program::{
    Asked, CompileError, GraphNode, Meaning, Outcome, Program, Route, Scratch, SurfacePlan, compile,
};
pub use value::{EvalError, Value};
