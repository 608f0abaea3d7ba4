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
    let text = package.compiled.render(style);
    let first = first_error(&package.compiled);
    match (package.compiled.model, first) {
        (Some(model), _) => Ok(model),
        (None, Some(code)) => Err(Failure::compile(text).help(format!("`policy help {code}` says more"))),
        (None, None) => Err(Failure::compile(text)),
    }
}

/// The code of the first error, the one to look into first.
pub(crate) fn first_error(compiled: &Compiled) -> Option<&'static str> {
    let codes = compiled.diagnostics.iter().map(|diagnostic| diagnostic.code);
    codes.filter(|code| code.severity() == Severity::Error).map(lang::Code::as_str).next()
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

/// A directory in which no policy stands.
fn empty(root: &Path, error: &PackageError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match root.canonicalize().ok().and_then(|real| nearest(&real)) {
        Some(package) => failure.help(format!("its package is `{}`", package.display())),
        None => failure.help("name the package's directory, or make one with `policy init DIR`"),
    }
}

/// A package that cannot be read, as a failure.
pub(crate) fn unreadable(root: &Path, error: &PackageError) -> Failure {
    match error {
        PackageError::Empty(_) => empty(root, error),
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
