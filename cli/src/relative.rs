//! Names of a package's files as they are from where the command runs.
//!
//! A package calls its files by names relative to its own directory. What opens
//! them or annotates them stands where the command was called.

use std::path::{Component, Path, PathBuf};

/// The way from the working directory to a package's.
#[derive(Clone, Debug)]
pub(crate) struct Relative {
    /// The package's directory, to look whether a file is there.
    root: PathBuf,
    /// The working directory.
    here: PathBuf,
    /// From here to there; empty when they are the same.
    way: PathBuf,
}

impl Relative {
    /// To the directory `root`; where it cannot be told, names stay as the package has them.
    pub(crate) fn to(root: &Path) -> Self {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        let way = root.canonicalize().map(|root| way(&here, &root)).unwrap_or_default();
        Self { root: root.to_owned(), here, way }
    }

    /// A file of the package, or of one that it uses, which is called by its whole path.
    pub(crate) fn name(&self, file: &str) -> String {
        let file = Path::new(file);
        let path = if file.is_absolute() { way(&self.here, file) } else { self.way.join(file) };
        let mut parts: Vec<Component<'_>> = Vec::new();
        for part in path.components() {
            match (part, parts.last()) {
                (Component::CurDir, _) => {}
                (Component::ParentDir, Some(Component::Normal(_))) => drop(parts.pop()),
                _ => parts.push(part),
            }
        }
        let names: Vec<_> = parts.iter().map(|part| part.as_os_str().to_string_lossy()).collect();
        names.join("/")
    }

    /// A file that the package may have, or else the library.
    pub(crate) fn name_of_source(&self, file: &str) -> String {
        if self.root.join(file).is_file() { self.name(file) } else { file.to_owned() }
    }
}

/// The relative path from one canonical directory to another.
fn way(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(from, to)| from == to).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_from_here_to_the_file() {
        for (from, to, file, expected) in [
            ("/a", "/a", "x.ascp", "x.ascp"),
            ("/a", "/a/p", "t/x.ascp", "p/t/x.ascp"),
            ("/a", "/a/p", "../base/x.ascp", "base/x.ascp"),
            ("/a/q", "/a/p", "x.ascp", "../p/x.ascp"),
            ("/a/q", "/b", "../../x.ascp", "../../../x.ascp"),
            ("/a", "/a/p", "/a/base/x.ascp", "base/x.ascp"),
        ] {
            let relative =
                Relative { root: to.into(), here: from.into(), way: way(Path::new(from), Path::new(to)) };
            assert_eq!(relative.name(file), expected, "{from} {to} {file}");
        }
    }
}
