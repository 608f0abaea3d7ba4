//! The harness behind `policy test`: suites, a virtual world, and what came of them.
//!
//! A suite is read ([`suite`]), its names are checked against the package
//! ([`resolve`]), and each of its cases is run in a world of its own
//! ([`package`]): requests are built ([`request`]), exchanges are driven to
//! their end ([`run`]) among counters, breakers and upstreams that live in
//! memory and in virtual time ([`world`]). What came is put into words
//! ([`observed`]), held against what was expected ([`expect`]) or kept
//! ([`snapshot`]), and reported ([`report`]); what of a package a run has
//! passed is counted beside it ([`coverage`]).
//!
//! Whether the cases would notice a weaker policy is asked by [`mutate`], and
//! whether random requests keep what must always hold by [`fuzz`].
//!
//! Suites beside the standard library run against a package made for them
//! ([`library`]).
//!
//! **Invariant:** the code that decides is the engine's exchange, the same that
//! the proxy drives. Nothing here decides, and nothing here waits: time jumps.

pub mod arbitrary;
pub mod case_package;
pub mod coverage;
pub mod derived;
mod draft;
pub mod expect;
pub mod fuzz;
pub mod grade;
pub mod library;
pub mod markdown;
pub mod mutate;
pub mod names;
pub mod observed;
pub mod package;
pub mod report;
pub mod request;
pub mod resolve;
pub mod run;
pub mod snapshot;
pub mod suite;
mod vocabulary;
pub mod world;
pub mod yaml;

pub use crate::package::{Options, Watch, run as run_package, run_watched as run_package_watched};
pub use report::Report;
