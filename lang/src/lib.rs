//! Policy text to checked [`Model`](model::Model).
//!
//! **Invariant:** this crate never waits. It opens no file or socket, reads no
//! clock and spawns no task; text and dates arrive as values.

pub mod ast;
mod comment;
pub mod condition;
mod diagnostic;
mod digest;
pub mod limits;
pub mod model;
pub mod near;
mod parse;
mod source;
mod span;
pub mod units;

pub use diagnostic::{Code, Diagnostic, Diagnostics, Label, Severity};
pub use source::{Origin, Position, Source, Sources};
pub use span::{SourceId, Span, Spanned};
