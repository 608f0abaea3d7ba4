//! Counters of limits and budgets.

mod memory;

pub(crate) use memory::MemoryState;
