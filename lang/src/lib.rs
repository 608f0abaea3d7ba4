//! Policy text to checked [`Model`](model::Model).
//!
//! **Invariant:** this crate never waits. It opens no file or socket, reads no
//! clock and spawns no task; text and dates arrive as values.

// The parser that pest makes names it.
extern crate alloc;

pub mod ast;
mod check;
mod comment;
mod compile;
pub mod condition;
mod country;
mod diagnostic;
mod digest;
mod format;
pub mod limits;
pub mod model;
pub mod near;
mod outline;
mod parse;
pub mod pattern;
mod resolve;
mod source;
mod span;
pub mod stdlib;
pub mod syntax;
pub mod units;

pub use compile::{Compiled, Day, Loader, NoLoader, PackageFiles, compile};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Label, Severity, Style, render};
pub use format::format;
pub use outline::{Outlined, declarations, outline};
pub use parse::DECLARATIONS;
pub use source::{Origin, Position, Source, Sources};
pub use span::{SourceId, Span, Spanned};
