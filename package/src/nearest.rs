//! The package around a path.

use crate::limits::PACKAGE_ENTRIES_MAX;
use crate::walk::{Kind, read_file};
use lang::limits::SOURCE_BYTES_MAX;
use std::path::{Path, PathBuf};

/// The nearest directory from `path` upwards whose own files hold a `policy` block.
pub fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|directory| holds_policy(directory)).map(Path::to_owned)
}

/// Whether some `.ascp` file right in this directory begins a `policy` block.
///
/// Looked for line by line, so that a package that does not parse is found too.
fn holds_policy(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    let mut paths = entries.take(PACKAGE_ENTRIES_MAX).flatten().map(|entry| entry.path());
    paths.any(|path| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let is_policy = name.ends_with(Kind::Policy.ending().as_bytes()) && !name.starts_with(b".");
        let text = if is_policy { read_file(&path, SOURCE_BYTES_MAX).ok() } else { None };
        text.is_some_and(|text| String::from_utf8_lossy(&text).lines().any(begins_policy))
    })
}

fn begins_policy(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("policy") else { return false };
    let is_word = rest.starts_with(char::is_whitespace);
    is_word && rest.trim_start().starts_with(|first: char| first.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

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
    #[test]
    fn the_nearest_package_is_found_even_if_it_does_not_parse() {
        let scratch = Scratch::new("nearest");
        scratch.write("outer/a.ascp", "policy outer {");
        scratch.write("outer/inner/b.ascp", "// policy inner {\n");
        scratch.write("outer/inner/.c.ascp", "policy hidden {\n");
        scratch.write("outer/own/d.ascp", "\u{fffd}\n  policy own \"Own\" {\n");
        let outer = scratch.path().join("outer");
        assert_eq!(nearest(&outer.join("inner")), Some(outer.clone()));
        assert_eq!(nearest(&outer.join("own/further")), Some(outer.join("own")));
        assert_eq!(nearest(scratch.path()), None);
    }
}
