//! Packages and suites on disk: which files they have, read in one order.

use crate::suite::Suite;
use lang::{Loader, PackageFiles};
use std::io;
use std::path::{Path, PathBuf};

/// Most files of one package and its suites; a directory with more is a wrong path.
const FILES_MAX: usize = 2 * lang::limits::PACKAGE_FILES_MAX;

/// The `.ascp` files of the package at `root`.
///
/// # Errors
///
/// A folder or file that cannot be read, or too many of them.
pub fn package(root: &Path) -> io::Result<PackageFiles> {
    let mut files = Vec::new();
    for path in files_below(root, ".ascp")? {
        files.push((shown(root, &path).into_boxed_str(), std::fs::read(&path)?));
    }
    Ok(PackageFiles { path: root.display().to_string().into_boxed_str(), files })
}

/// The suites below `root`, in the order of their names; files are shown relative to it.
///
/// # Errors
///
/// A folder or file that cannot be read, or too many of them.
pub fn suites(root: &Path) -> io::Result<Vec<Suite>> {
    let mut suites = Vec::new();
    for path in files_below(root, ".test.yaml")? {
        let bytes = std::fs::read(&path)?;
        suites.push(Suite::read(&shown(root, &path), &String::from_utf8_lossy(&bytes)));
    }
    Ok(suites)
}

/// Reads packages and lists of words that a package names by path.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskLoader;

impl Loader for DiskLoader {
    fn package(&self, base: &str, path: &str) -> Result<PackageFiles, String> {
        let root = Path::new(base).join(path).canonicalize().map_err(|error| error.to_string())?;
        package(&root).map_err(|error| error.to_string())
    }

    fn words(&self, base: &str, path: &str) -> Result<String, String> {
        let path = Path::new(base).join(path);
        let size = std::fs::metadata(&path).map_err(|error| error.to_string())?.len();
        if size > u64::try_from(lang::limits::WORDS_FILE_BYTES_MAX).unwrap_or(u64::MAX) {
            return Err(format!("larger than {} MiB", lang::limits::WORDS_FILE_BYTES_MAX >> 20));
        }
        std::fs::read_to_string(&path).map_err(|error| error.to_string())
    }
}

/// A path relative to the root, with `/` on every system.
fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> =
        relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// The files below `root` whose names end so, in the order of their paths.
///
/// Hidden folders are left out, and links to folders are not followed: they can lead in circles.
fn files_below(root: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') {
                    folders.push(entry.path());
                }
            } else if name.ends_with(ending) && entry.path().is_file() {
                found.push(entry.path());
            }
            if found.len() > FILES_MAX || folders.len() > FILES_MAX {
                let message = format!("more than {FILES_MAX} files below {}", root.display());
                return Err(io::Error::other(message));
            }
        }
    }
    found.sort();
    Ok(found)
}
