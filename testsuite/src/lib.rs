//! The harness behind `policy test`: suites, a virtual world, and what came of them.

pub mod suite;
pub mod yaml;
