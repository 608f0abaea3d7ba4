//! Why a package could not be read.

use std::path::Path;

/// Why a package could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file or directory could not be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// Which one.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It holds more than a package may.
    #[error("`{path}` holds more than {most} {what}; is it the right directory?")]
    TooMuch {
        /// Where it was noticed.
        path: String,
        /// The limit.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// It holds no policy text.
    #[error("there is no `.ascp` file in `{0}`")]
    Empty(String),
    /// A link leads back to a directory that holds it.
    #[error("`{0}` leads back to a directory that holds it")]
    Circle(String),
    /// Content that is not text.
    #[error("`{0}` is not UTF-8")]
    Text(String),
    /// A name that is not text.
    #[error("the name of `{0}` is not UTF-8")]
    Name(String),
    /// A file outside the package that names it, or a path that is not relative.
    #[error("`{0}` is not a path that a package may name")]
    Outside(String),
    /// Neither file nor directory.
    #[error("`{0}` is not a regular file")]
    NotAFile(String),
}

impl PackageError {
    /// Makes an error of what the system said about a path.
    pub(crate) fn at(path: &Path) -> impl Fn(std::io::Error) -> Self + Copy + '_ {
        move |source| Self::Read { path: shown(path), source }
    }

    pub(crate) fn too_much(path: &Path, most: usize, what: &'static str) -> Self {
        Self::TooMuch { path: shown(path), most, what }
    }
}

pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
