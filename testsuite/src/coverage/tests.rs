//! Exact expectations on a small package.
