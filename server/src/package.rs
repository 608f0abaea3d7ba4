//! Reads the files of a package: bounded, sorted, and without following a link in a circle.

use crate::limits::{PACKAGE_DEPTH_MAX, PACKAGE_ENTRIES_MAX};
use lang::PackageFiles;
use lang::limits::{PACKAGE_BYTES_MAX, PACKAGE_FILES_MAX, SOURCE_BYTES_MAX, WORDS_FILE_BYTES_MAX};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The files of a package: names relative to its root with `/` between, and their bytes, sorted by name.
pub type Files = Vec<(Box<str>, Vec<u8>)>;

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
    /// Content that is not text.
    #[error("`{0}` is not UTF-8")]
    Text(String),
    /// A name that is not text.
    #[error("the name of `{0}` is not UTF-8")]
    Name(String),
    /// A file of words outside the package that names it, or a path that is not relative.
    #[error("`{0}` is not a path that a package may name")]
    Outside(String),
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

/// Reads packages from directories for the compiler, and remembers what it read.
#[derive(Debug, Default)]
pub struct Directories {
    touched: Mutex<BTreeSet<PathBuf>>,
}

impl Directories {
    /// Reads the package at `root`.
    ///
    /// # Errors
    ///
    /// See [`PackageError`].
    pub fn open(&self, root: &Path) -> Result<PackageFiles, PackageError> {
        self.touch(root);
        let real = root.canonicalize().map_err(|source| PackageError::Read { path: shown(root), source })?;
        let path = real.to_str().ok_or_else(|| PackageError::Name(shown(root)))?.into();
        Ok(PackageFiles { path, files: read(root)? })
    }

    /// What was read, sorted: directories of packages, and files of words. A change of any is a reason to compile again.
    pub fn watched(&self) -> Vec<PathBuf> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn touch(&self, path: &Path) {
        // The path as it was named: what it leads to may be swapped.
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }

    fn words_file(&self, base: &Path, path: &str) -> Result<String, PackageError> {
        let named = Path::new(path);
        let stays = named.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !stays {
            return Err(PackageError::Outside(path.to_owned()));
        }
        let path = base.join(named);
        self.touch(&path);
        let bytes = read_file(&path, WORDS_FILE_BYTES_MAX)?;
        String::from_utf8(bytes).map_err(|_| PackageError::Text(shown(&path)))
    }
}

impl lang::Loader for Directories {
    fn package(&self, base: &str, path: &str) -> Result<PackageFiles, String> {
        if Path::new(path).is_absolute() {
            // A package that is carried elsewhere would mean something else there.
            return Err(PackageError::Outside(path.to_owned()).to_string());
        }
        self.open(&Path::new(base).join(path)).map_err(|error| error.to_string())
    }

    fn words(&self, base: &str, path: &str) -> Result<String, String> {
        self.words_file(Path::new(base), path).map_err(|error| error.to_string())
    }
}

/// A digest over the names and contents of these packages and single files, to notice a change by.
///
/// What cannot be read is part of the digest too: it changes when that does.
pub fn fingerprint(roots: &[PathBuf]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(bytes);
    };
    for root in roots {
        let files = if root.is_file() {
            read_file(root, WORDS_FILE_BYTES_MAX).map(|bytes| vec![("".into(), bytes)])
        } else {
            read(root)
        };
        match files {
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
        if self.files.len() >= PACKAGE_FILES_MAX {
            return Err(too_much(path, PACKAGE_FILES_MAX, "files"));
        }
        let bytes = read_file(path, SOURCE_BYTES_MAX)?;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > PACKAGE_BYTES_MAX {
            return Err(too_much(path, PACKAGE_BYTES_MAX, "bytes in all"));
        }
        self.files.push((name.into(), bytes));
        Ok(())
    }
}

/// Reads a regular file of at most so many bytes.
fn read_file(path: &Path, bytes_max: usize) -> Result<Vec<u8>, PackageError> {
    let failed = |source| PackageError::Read { path: shown(path), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(PackageError::NotAFile(shown(path)));
    }
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > bytes_max { Err(too_much(path, bytes_max, "bytes")) } else { Ok(bytes) }
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
            .map(|files| files.into_iter().map(|(name, _)| name.into()).collect())
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
    fn packages_reach_beside_them_and_words_inside() {
        use lang::Loader as _;
        let scratch = Scratch::new("reach");
        scratch.write("main/a.ascp", "a");
        scratch.write("main/words.txt", "one\ntwo");
        scratch.write("baseline/b.ascp", "b");
        let directories = Directories::default();
        let main = directories.open(&scratch.path().join("main")).unwrap();
        let used = directories.package(&main.path, "../baseline").unwrap();
        assert_eq!(used.files, [("b.ascp".into(), b"b".to_vec())]);
        assert!(used.path.ends_with("baseline"));
        assert_eq!(directories.words(&main.path, "words.txt").unwrap(), "one\ntwo");
        for path in ["../baseline/b.ascp", "/etc/hostname", "nowhere.txt", "."] {
            assert!(directories.words(&main.path, path).is_err(), "{path}");
        }
        assert!(directories.package(&main.path, "/etc").is_err());
        let watched = directories.watched();
        assert!(watched.iter().any(|path| path.ends_with("words.txt")), "{watched:?}");
        let before = fingerprint(&watched);
        scratch.write("main/words.txt", "one");
        assert_ne!(before, fingerprint(&watched));
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
