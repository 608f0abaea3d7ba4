//! Reads the files of a package: bounded, sorted, and without following a link in a circle.

use crate::error::{PackageError, shown};
use crate::limits::{PACKAGE_DEPTH_MAX, PACKAGE_ENTRIES_MAX};
use lang::limits::{PACKAGE_BYTES_MAX, PACKAGE_FILES_MAX, SOURCE_BYTES_MAX};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// The files of a package: names relative to its root with `/` between, and their bytes, sorted by name.
pub type Files = Vec<(Box<str>, Vec<u8>)>;

/// Which files of a package are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its policy text, `*.ascp`.
    Policy,
    /// Its tests, `*.test.yaml`.
    Suite,
    /// Outcomes that its tests keep, `*.snap`.
    Snapshot,
    /// Outcomes that wait to be accepted, `*.snap.new`.
    PendingSnapshot,
}

impl Kind {
    /// How names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Policy => ".ascp",
            Self::Suite => ".test.yaml",
            Self::Snapshot => ".snap",
            Self::PendingSnapshot => ".snap.new",
        }
    }
}

/// Reads all files of a kind under `root`.
///
/// Names that begin with a dot are left out: a mounted configuration keeps its
/// versions in such directories, beside links to the present one.
///
/// # Errors
///
/// See [`PackageError`]; nothing is read in part.
pub fn read(root: &Path, kind: Kind) -> Result<Files, PackageError> {
    let mut walk = Walk { kind, files: Files::new(), entries: 0, bytes: 0 };
    walk.directory(root, "", &mut Vec::new())?;
    walk.files.sort_unstable_by(|one, two| one.0.cmp(&two.0));
    Ok(walk.files)
}

struct Walk {
    kind: Kind,
    files: Files,
    entries: usize,
    bytes: usize,
}

impl Walk {
    fn directory(&mut self, path: &Path, name: &str, above: &mut Vec<PathBuf>) -> Result<(), PackageError> {
        let failed = PackageError::at(path);
        let real = path.canonicalize().map_err(failed)?;
        if above.contains(&real) {
            return Err(PackageError::Circle(shown(path)));
        }
        if above.len() >= PACKAGE_DEPTH_MAX {
            return Err(PackageError::too_much(path, PACKAGE_DEPTH_MAX, "levels of directories"));
        }
        above.push(real);
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            self.entries = self.entries.saturating_add(1);
            if self.entries > PACKAGE_ENTRIES_MAX {
                return Err(PackageError::too_much(path, PACKAGE_ENTRIES_MAX, "entries"));
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
        let is_wanted = last.as_encoded_bytes().ends_with(self.kind.ending().as_bytes());
        let Ok(metadata) = path.metadata() else {
            // A link to nowhere matters only where a file should be.
            return if is_wanted { self.file(path, "") } else { Ok(()) };
        };
        if !metadata.is_dir() && !is_wanted {
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
            return Err(PackageError::too_much(path, PACKAGE_FILES_MAX, "files"));
        }
        let bytes = read_file(path, SOURCE_BYTES_MAX)?;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > PACKAGE_BYTES_MAX {
            return Err(PackageError::too_much(path, PACKAGE_BYTES_MAX, "bytes in all"));
        }
        self.files.push((name.into(), bytes));
        Ok(())
    }
}

/// Reads one file of a package as text, by its name below the root, with `/` between.
///
/// # Errors
///
/// The name leads out of the package, also by a link; see [`PackageError`].
pub fn read_text(root: &Path, name: &str, bytes_max: usize) -> Result<String, PackageError> {
    let outside = || PackageError::Outside(name.to_owned());
    let stays = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !stays {
        return Err(outside());
    }
    let path = root.join(name);
    let real = path.canonicalize().map_err(PackageError::at(&path))?;
    if !real.starts_with(root.canonicalize().map_err(PackageError::at(root))?) {
        return Err(outside());
    }
    let bytes = read_file(&real, bytes_max)?;
    String::from_utf8(bytes).map_err(|_| PackageError::Text(shown(&path)))
}

/// Reads a regular file of at most so many bytes.
pub(crate) fn read_file(path: &Path, bytes_max: usize) -> Result<Vec<u8>, PackageError> {
    let failed = PackageError::at(path);
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(PackageError::NotAFile(shown(path)));
    }
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > bytes_max { Err(PackageError::too_much(path, bytes_max, "bytes")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn names_of(root: &Path, kind: Kind) -> Result<Vec<String>, String> {
        let files = read(root, kind).map_err(|error| error.to_string())?;
        Ok(files.into_iter().map(|(name, _)| name.into()).collect())
    }

    fn names(root: &Path) -> Result<Vec<String>, String> {
        names_of(root, Kind::Policy)
    }

    #[test]
    fn files_of_a_kind_are_read_sorted_and_hidden_ones_are_not() {
        let scratch = Scratch::new("sorted");
        for name in ["z.ascp", "a/b.ascp", "a.ascp", "a.test.yaml", ".hidden/c.ascp", "..data/z.ascp"] {
            scratch.write(name, "x");
        }
        assert_eq!(names(scratch.path()).unwrap(), ["a.ascp", "a/b.ascp", "z.ascp"]);
        assert_eq!(names_of(scratch.path(), Kind::Suite).unwrap(), ["a.test.yaml"]);
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

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_told_and_not_opened() {
        let scratch = Scratch::new("special");
        let socket = std::os::unix::net::UnixListener::bind(scratch.path().join("s.ascp")).unwrap();
        assert!(names(scratch.path()).unwrap_err().contains("is not a regular file"));
        assert!(names_of(scratch.path(), Kind::Suite).unwrap().is_empty());
        drop(socket);
        std::fs::remove_file(scratch.path().join("s.ascp")).unwrap();
        std::os::unix::fs::symlink("nowhere", scratch.path().join("link.ascp")).unwrap();
        assert!(names(scratch.path()).unwrap_err().contains("cannot read"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_are_text() {
        use std::os::unix::ffi::OsStrExt as _;
        let scratch = Scratch::new("names");
        let name = std::ffi::OsStr::from_bytes(b"\xff.txt");
        std::fs::write(scratch.path().join(name), "x").unwrap();
        assert!(names(scratch.path()).unwrap().is_empty(), "what is not wanted may be called anything");
        let name = std::ffi::OsStr::from_bytes(b"\xff.ascp");
        std::fs::write(scratch.path().join(name), "x").unwrap();
        assert!(names(scratch.path()).unwrap_err().contains("is not UTF-8"));
    }

    #[test]
    fn one_file_is_read_as_text_and_inside_the_root() {
        let scratch = Scratch::new("text");
        scratch.write("main/a/b.yaml", "text");
        scratch.write("main/latin.yaml", "x");
        std::fs::write(scratch.path().join("main/latin.yaml"), b"\xe9").unwrap();
        scratch.write("c.yaml", "outside");
        let root = scratch.path().join("main");
        let read = |name: &str, most| read_text(&root, name, most).map_err(|error| error.to_string());
        assert_eq!(read("a/b.yaml", 4).unwrap(), "text");
        for (name, part) in [
            ("a/b.yaml", "holds more than 3 bytes"),
            ("../c.yaml", "is not a path that a package may name"),
            ("/etc/hostname", "is not a path that a package may name"),
            ("nowhere.yaml", "cannot read"),
            ("a", "is not a regular file"),
            ("latin.yaml", "is not UTF-8"),
        ] {
            let said = read(name, 3).unwrap_err();
            assert!(said.contains(part), "{name}: {said}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(scratch.path().join("c.yaml"), root.join("link.yaml")).unwrap();
            assert!(read("link.yaml", 9).unwrap_err().contains("is not a path that a package may name"));
        }
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let scratch = Scratch::new("edges");
        let full = "x".repeat(SOURCE_BYTES_MAX);
        scratch.write("a.ascp", &format!("{full}x"));
        assert!(names(scratch.path()).unwrap_err().contains("holds more than 4194304 bytes"));
        let in_all = PACKAGE_BYTES_MAX / SOURCE_BYTES_MAX;
        for number in 0..in_all {
            scratch.write(&format!("{number}.ascp"), &full);
        }
        scratch.write("a.ascp", "");
        assert_eq!(names(scratch.path()).unwrap().len(), in_all + 1);
        scratch.write("a.ascp", "x");
        assert!(names(scratch.path()).unwrap_err().contains("bytes in all"));
    }

    #[test]
    fn directories_are_so_deep_and_files_so_many() {
        let scratch = Scratch::new("deep");
        let levels = |count: usize| vec!["d"; count].join("/");
        scratch.write(&format!("{}/a.ascp", levels(PACKAGE_DEPTH_MAX - 1)), "x");
        assert_eq!(names(scratch.path()).unwrap().len(), 1);
        scratch.write(&format!("{}/a.ascp", levels(PACKAGE_DEPTH_MAX)), "x");
        assert!(names(scratch.path()).unwrap_err().contains("levels of directories"));
        let scratch = Scratch::new("many");
        for number in 0..PACKAGE_FILES_MAX {
            scratch.write(&format!("{number}.ascp"), "");
        }
        assert_eq!(names(scratch.path()).unwrap().len(), PACKAGE_FILES_MAX);
        scratch.write("one_more.ascp", "");
        assert!(names(scratch.path()).unwrap_err().contains("files"));
    }
}
