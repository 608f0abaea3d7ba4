//! Finds the package that a verb is about, and compiles it.

use crate::exit::Failure;
use lang::model::Model;
use lang::{Compiled, Day, Severity, Style};
use package::{Package, PackageError, nearest};
use std::path::{Path, PathBuf};

/// Compiles the package at `said`, or the one around the working directory.
///
/// # Errors
///
/// There is none, or it cannot be read. Mistakes in its text are in what was compiled.
pub(crate) fn open(said: Option<&Path>, day: Day) -> Result<Package, Failure> {
    let root = root(said)?;
    Package::open(&root, day).map_err(|error| unreadable(&root, &error))
}

/// The model; or the rendered diagnostics as a failure.
///
/// # Errors
///
/// The package does not compile.
pub(crate) fn into_model(package: Package, style: Style) -> Result<Model, Failure> {
    let Package { root, compiled, .. } = package;
    let text = compiled.render(style);
    compiled.model.ok_or_else(|| {
        let command = format!("policy check {}", root.display());
        Failure::compile(text).help(format!("`{command}` says the same, and `policy help CODE` explains"))
    })
}

/// How many errors and warnings there are.
pub(crate) fn tally(compiled: &Compiled) -> (usize, usize) {
    let of = |severity: Severity| {
        compiled.diagnostics.iter().filter(|diagnostic| diagnostic.code.severity() == severity).count()
    };
    (of(Severity::Error), of(Severity::Warning))
}

/// The directory that was said, or the nearest one around the working directory that holds a `policy` block.
///
/// # Errors
///
/// What was said is no directory, or there is no package around.
pub(crate) fn root(said: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(said) = said {
        let metadata = said.metadata().map_err(|error| Failure::reading(said, &error))?;
        return if metadata.is_dir() {
            Ok(said.to_owned())
        } else {
            let message = format!("`{}` is not a directory", said.display());
            Err(Failure::usage(message).help("a package is the directory that holds its `.ascp` files"))
        };
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::machine(format!("the working directory cannot be told: {error}")))?;
    nearest(&here).ok_or_else(|| {
        Failure::usage("no package here: neither this directory nor one above holds a `policy` block")
            .help("name the package's directory, or make one with `policy init DIR`")
    })
}

/// A package that cannot be read, as a failure.
pub(crate) fn unreadable(root: &Path, error: &PackageError) -> Failure {
    match error {
        PackageError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::usage(error.to_string())
        }
        PackageError::Read { .. } => Failure::machine(error.to_string()),
        PackageError::TooMuch { .. }
        | PackageError::Circle(_)
        | PackageError::Text(_)
        | PackageError::Name(_)
        | PackageError::Outside(_)
        | PackageError::NotAFile(_) => {
            Failure::compile(format!("error: the package `{}` cannot be read: {error}", root.display()))
        }
    }
}
