//! Reads the files of a package: bounded, sorted, and without following a link in a circle.

use crate::limits::{PACKAGE_DEPTH_MAX, PACKAGE_ENTRIES_MAX};
use lang::limits::{PACKAGE_BYTES_MAX, PACKAGE_FILES_MAX, SOURCE_BYTES_MAX};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The files of a package: names relative to its root with `/` between, and their bytes, sorted by name.
pub type Files = Vec<(String, Vec<u8>)>;

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
    /// A link leads back to a directory that holds it.
    #[error("`{0}` leads back to a directory that holds it")]
    Circle(String),
    /// A name that is not text.
    #[error("the name of `{0}` is not UTF-8")]
    Name(String),
    /// Neither file nor directory.
    #[error("`{0}` is not a regular file")]
    NotAFile(String),
}

/// Reads all `*.ascp` files under `root`.
///
/// Names that begin with a dot are left out: a mounted configuration keeps its
/// versions in such directories, beside links to the present one.
///
/// # Errors
///
/// See [`PackageError`]; nothing is read in part.
pub fn read(root: &Path) -> Result<Files, PackageError> {
    let mut walk = Walk::default();
    walk.directory(root, "", &mut Vec::new())?;
    walk.files.sort_unstable_by(|one, two| one.0.cmp(&two.0));
    Ok(walk.files)
}

/// A digest over the names and contents of the files of these packages, to notice a change by.
///
/// What cannot be read is part of the digest too: it changes when that does.
pub fn fingerprint(roots: &[PathBuf]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(bytes);
    };
    for root in roots {
        match read(root) {
            Ok(files) => files.iter().for_each(|(name, bytes)| {
                add(name.as_bytes());
                add(bytes);
            }),
            Err(error) => add(error.to_string().as_bytes()),
        }
    }
    hash.finalize().into()
}

#[derive(Default)]
struct Walk {
    files: Files,
    entries: usize,
    bytes: usize,
}

impl Walk {
    fn directory(&mut self, path: &Path, name: &str, above: &mut Vec<PathBuf>) -> Result<(), PackageError> {
        let failed = |source| PackageError::Read { path: shown(path), source };
        let real = path.canonicalize().map_err(failed)?;
        if above.contains(&real) {
            return Err(PackageError::Circle(shown(path)));
        }
        if above.len() >= PACKAGE_DEPTH_MAX {
            return Err(too_much(path, PACKAGE_DEPTH_MAX, "levels of directories"));
        }
        above.push(real);
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            self.entries = self.entries.saturating_add(1);
            if self.entries > PACKAGE_ENTRIES_MAX {
                return Err(too_much(path, PACKAGE_ENTRIES_MAX, "entries"));
            }
            self.entry(&entry.path(), name, above)?;
        }
        above.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, parent: &str, above: &mut Vec<PathBuf>) -> Result<(), PackageError> {
        let last = path.file_name().unwrap_or_default();
        if last.as_encoded_bytes().starts_with(b".") {
            return Ok(());
        }
        let is_policy = path.extension().is_some_and(|extension| extension == "ascp");
        let Ok(metadata) = path.metadata() else {
            // A link to nowhere matters only where a policy should be.
            return if is_policy { self.file(path, "") } else { Ok(()) };
        };
        if !metadata.is_dir() && !is_policy {
            return Ok(());
        }
        let last = last.to_str().ok_or_else(|| PackageError::Name(shown(path)))?;
        let name = if parent.is_empty() { last.to_owned() } else { format!("{parent}/{last}") };
        if metadata.is_dir() {
            return self.directory(path, &name, above);
        }
        if !metadata.is_file() {
            // Opening a pipe would wait for ever.
            return Err(PackageError::NotAFile(shown(path)));
        }
        self.file(path, &name)
    }

    fn file(&mut self, path: &Path, name: &str) -> Result<(), PackageError> {
        let failed = |source| PackageError::Read { path: shown(path), source };
        if self.files.len() >= PACKAGE_FILES_MAX {
            return Err(too_much(path, PACKAGE_FILES_MAX, "files"));
        }
        let most = u64::try_from(SOURCE_BYTES_MAX).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > SOURCE_BYTES_MAX {
            return Err(too_much(path, SOURCE_BYTES_MAX, "bytes"));
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > PACKAGE_BYTES_MAX {
            return Err(too_much(path, PACKAGE_BYTES_MAX, "bytes in all"));
        }
        self.files.push((name.to_owned(), bytes));
        Ok(())
    }
}

fn too_much(path: &Path, most: usize, what: &'static str) -> PackageError {
    PackageError::TooMuch { path: shown(path), most, what }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Scratch;

    fn names(root: &Path) -> Result<Vec<String>, String> {
        read(root)
            .map(|files| files.into_iter().map(|(name, _)| name).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn policy_files_are_read_sorted_and_hidden_ones_are_not() {
        let scratch = Scratch::new("sorted");
        for name in ["z.ascp", "a/b.ascp", "a.ascp", "a.test.yaml", ".hidden/c.ascp", "..data/z.ascp"] {
            scratch.write(name, "x");
        }
        assert_eq!(names(scratch.path()).unwrap(), ["a.ascp", "a/b.ascp", "z.ascp"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_a_circle() {
        let scratch = Scratch::new("links");
        scratch.write("..data/z.ascp", "x");
        std::os::unix::fs::symlink("..data/z.ascp", scratch.path().join("z.ascp")).unwrap();
        assert_eq!(names(scratch.path()).unwrap(), ["z.ascp"]);
        scratch.write("sub/y.ascp", "y");
        std::os::unix::fs::symlink("..", scratch.path().join("sub/up")).unwrap();
        assert!(names(scratch.path()).unwrap_err().contains("leads back"));
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let scratch = Scratch::new("edges");
        scratch.write("big.ascp", &"x".repeat(SOURCE_BYTES_MAX));
        assert!(names(scratch.path()).is_ok());
        scratch.write("big.ascp", &"x".repeat(SOURCE_BYTES_MAX + 1));
        assert!(names(scratch.path()).unwrap_err().contains("holds more than"));
    }

    #[test]
    fn a_fingerprint_follows_content() {
        let scratch = Scratch::new("fingerprint");
        let roots = [scratch.path().to_owned()];
        let missing = fingerprint(&[scratch.path().join("nowhere")]);
        scratch.write("a.ascp", "one");
        let one = fingerprint(&roots);
        scratch.write("a.ascp", "two");
        let two = fingerprint(&roots);
        scratch.write("a.ascp", "one");
        assert_eq!(one, fingerprint(&roots));
        assert!(one != two && one != missing);
    }
}
