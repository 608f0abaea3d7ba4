//! Random inputs from a seed, for tests that compare two ways to one answer.

pub mod condition;
pub mod facts;
pub mod model;
mod random;
pub mod world;

pub use random::Random;
