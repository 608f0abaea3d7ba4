//! The harness behind `policy test`: suites, a virtual world, and what came of them.

pub mod arbitrary;
pub mod expect;
pub mod names;
pub mod observed;
pub mod report;
pub mod request;
pub mod run;
pub mod snapshot;
pub mod suite;
pub mod world;
pub mod yaml;
