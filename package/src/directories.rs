//! What a package names beside its own files: other packages, and files of words.

use crate::error::{PackageError, shown};
use crate::walk::{Kind, read, read_file};
use lang::PackageFiles;
use lang::limits::WORDS_FILE_BYTES_MAX;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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
        let real = root.canonicalize().map_err(PackageError::at(root))?;
        let path = real.to_str().ok_or_else(|| PackageError::Name(shown(root)))?.into();
        Ok(PackageFiles { path, files: read(root, Kind::Policy)? })
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
            read(root, Kind::Policy)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

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
