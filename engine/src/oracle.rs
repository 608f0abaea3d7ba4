//! The slow, obvious way to the same answers, for tests alone.
//!
//! Nothing here is indexed, shared or specialised. What the program computes
//! fast must be what stands here.

mod expr;
mod view;

pub use expr::{Read, evaluate};
pub use view::{Outcome, View};
