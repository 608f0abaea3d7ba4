//! A policy ready to guard traffic: what was compiled of it, its scanner, and the key of its tokens.
//!
//! A guard is immutable and shared by all exchanges that began under it. What
//! a tenant's texts need is the [`Program`]'s to know.

use crate::cache::Cache;
use crate::program::{CompileError, Program, compile};
use crate::scan::{ScanError, Scanner, TokenKey};
use lang::model::Model;
use std::sync::Arc;

/// A policy ready to guard traffic.
#[derive(Debug)]
pub struct Guard {
    program: Program,
    scanner: Arc<Scanner>,
    key: TokenKey,
}

/// Why a model makes no guard.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Its detectors make no scanner.
    #[error("the detectors make no scanner")]
    Scan(#[from] ScanError),
    /// Its conditions make no program.
    #[error("the policy makes no program")]
    Compile(#[from] CompileError),
}

impl Guard {
    /// Makes a guard of a model; `key` keys the tokens of redacted values.
    ///
    /// # Errors
    ///
    /// Returns [`GuardError`] when the detectors together exceed a limit of the
    /// scanner, or the checker's promise about a pattern does not hold.
    pub fn new(model: &Model, key: TokenKey) -> Result<Self, GuardError> {
        Self::with_cache(model, key, &mut Cache::default())
    }

    /// The same, with what earlier compilations of the package left in a cache.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_cache(model: &Model, key: TokenKey, cache: &mut Cache) -> Result<Self, GuardError> {
        let program = compile(model, cache)?;
        let scanner = cache.scanner(model)?;
        Ok(Self { program, scanner, key })
    }

    /// The model.
    pub const fn model(&self) -> &Model {
        self.program.model()
    }

    /// The compiled policy.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    pub(crate) const fn key(&self) -> &TokenKey {
        &self.key
    }
}
