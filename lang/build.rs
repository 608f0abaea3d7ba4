//! Lists the files of the standard library, so that `stdlib.rs` can embed them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").ok_or("no manifest folder")?).join("../stdlib");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &root, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for (module, name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(
            table,
            "    ({module:?}, {name:?}, include_str!({:?})),",
            path.canonicalize()?.to_string_lossy()
        )?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no output folder")?);
    std::fs::write(out.join("stdlib.rs"), table)?;
    Ok(())
}

/// A folder is a module; its `.ascp` files declare what the module holds.
fn collect(
    root: &Path,
    folder: &Path,
    files: &mut Vec<(String, String, PathBuf)>,
) -> Result<(), Box<dyn std::error::Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "ascp") {
            let inside = path.strip_prefix(root)?;
            let parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let Some((_, folders)) = parts.split_last() else { continue };
            let module = std::iter::once("std").chain(folders.iter().map(String::as_str)).collect::<Vec<_>>();
            files.push((module.join("."), format!("std/{}", parts.join("/")), path));
        }
    }
    Ok(())
}
