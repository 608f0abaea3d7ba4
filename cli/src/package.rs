//! Finds the package that a verb is about, and compiles it.

use crate::exit::Failure;
use lang::model::Model;
use lang::{Compiled, Day, Severity, Style, render};
use server::package::{Directories, PackageError};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A package on disk, compiled.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its directory, as it was named or found.
    pub(crate) root: PathBuf,
    /// What came of it.
    pub(crate) compiled: Compiled,
    /// The directories and files that it was made from.
    pub(crate) watched: Vec<PathBuf>,
}

impl Package {
    /// Compiles the package at `said`, or the one around the working directory.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read. Mistakes in its text are in [`Package::compiled`].
    pub(crate) fn open(said: Option<&Path>, day: Day) -> Result<Self, Failure> {
        let root = root(said)?;
        let directories = Directories::default();
        let files = directories.open(&root).map_err(|error| unreadable(&root, &error))?;
        if files.files.is_empty() {
            return Err(empty(&root));
        }
        let compiled = lang::compile(files, &directories, day);
        Ok(Self { root, compiled, watched: directories.watched() })
    }

    /// The model, with the rendered warnings; or the rendered diagnostics as a failure.
    ///
    /// # Errors
    ///
    /// The package does not compile.
    pub(crate) fn into_model(self, style: Style) -> Result<(Model, String), Failure> {
        let text = diagnostics(&self.compiled, style);
        let first = first_error(&self.compiled);
        match (self.compiled.model, first) {
            (Some(model), _) => Ok((model, text)),
            (None, Some(code)) => Err(Failure::compile(text).help(format!("`policy help {code}` says more"))),
            (None, None) => Err(Failure::compile(text)),
        }
    }
}

/// All diagnostics, drawn one below the other.
pub(crate) fn diagnostics(compiled: &Compiled, style: Style) -> String {
    let mut text = String::new();
    for diagnostic in &compiled.diagnostics {
        text.push_str(&render(diagnostic, &compiled.sources, style));
        text.push_str("\n\n");
    }
    if compiled.left_out > 0 {
        writeln!(text, "… and {} more", compiled.left_out).ok();
    }
    text
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
fn empty(root: &Path) -> Failure {
    let failure = Failure::usage(format!("there is no `.ascp` file in `{}`", root.display()));
    match root.canonicalize().ok().and_then(|real| nearest(&real)) {
        Some(package) => failure.help(format!("its package is `{}`", package.display())),
        None => failure.help("name the package's directory, or make one with `policy init DIR`"),
    }
}

/// The nearest directory from `path` upwards whose own files hold a `policy` block.
pub(crate) fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|directory| holds_policy(directory)).map(Path::to_owned)
}

/// Whether some `.ascp` file right in this directory begins a `policy` block.
///
/// Looked for line by line, so that a package that does not parse is found too.
fn holds_policy(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "ascp")).any(|path| {
        let is_small = path
            .metadata()
            .is_ok_and(|data| data.is_file() && data.len() <= lang::limits::SOURCE_BYTES_MAX as u64);
        is_small && std::fs::read_to_string(&path).is_ok_and(|text| text.lines().any(begins_policy))
    })
}

fn begins_policy(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("policy") else { return false };
    let is_word = rest.starts_with(char::is_whitespace);
    is_word && rest.trim_start().starts_with(|first: char| first.is_ascii_lowercase())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_block_is_told_from_its_likes() {
        let rows = [
            ("policy acme {", true),
            ("  policy acme \"Acme\" {", true),
            ("policy", false),
            ("policy_x acme {", false),
            ("// policy acme {", false),
            ("policy \"x\"", false),
        ];
        for (line, expected) in rows {
            assert_eq!(begins_policy(line), expected, "{line}");
        }
    }
}
