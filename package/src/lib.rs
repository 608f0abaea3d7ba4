//! Packages on disk: found, read within bounds, and compiled.
//!
//! `lang` takes files as values. Here is where they come from, for every
//! command alike: [`nearest`] finds the directory, [`read`] reads its files in
//! one order, [`Directories`] brings what the package names but does not hold,
//! and [`Package::open`] does all of it. What a package may hold, how large a
//! file may be and where a link may lead is said here once, so that a package
//! that passes its check is the package that serves.
//!
//! **Invariant:** nothing is read without a bound, and nothing is opened that
//! could make its reader wait.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod directories;
mod error;
pub mod limits;
mod nearest;
#[cfg(test)]
mod scratch;
mod walk;

pub use directories::{Directories, fingerprint};
pub use error::PackageError;
use lang::{Compiled, Day};
pub use nearest::nearest;
use std::path::PathBuf;
pub use walk::{Files, Kind, read, read_text};

/// A package on disk, compiled.
#[derive(Debug)]
pub struct Package {
    /// Its directory, as it was named.
    pub root: PathBuf,
    /// What came of it.
    pub compiled: Compiled,
    /// The directories and files that it was made from, sorted; a change of any is a reason to compile again.
    pub watched: Vec<PathBuf>,
}

impl Package {
    /// Reads and compiles the package at `root`.
    ///
    /// # Errors
    ///
    /// It cannot be read, or holds no policy text. Mistakes in that text are in [`Package::compiled`].
    pub fn open(root: impl Into<PathBuf>, day: Day) -> Result<Self, PackageError> {
        let root = root.into();
        let directories = Directories::default();
        let files = directories.open(&root)?;
        if files.files.is_empty() {
            return Err(PackageError::Empty(error::shown(&root)));
        }
        let compiled = lang::compile(files, &directories, day);
        Ok(Self { root, compiled, watched: directories.watched() })
    }
}
