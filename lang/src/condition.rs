//! Conditions: CEL text to a checked [`Expr`].
//!
//! The text is parsed by the `cel` crate, typed against the names that
//! conditions can read ([`schema`]), and its places are mapped into the
//! `.ascp` file. What cannot be given a total meaning is a diagnostic.

mod expr;

pub use expr::{
    Comprehension, ComprehensionKind, Expr, ExprKind, Fact, Function, Literal, Member, Surface, Type,
    TypeName, Window,
};
