//! Files that are written from code, and kept true by a test.

use std::error::Error;
use std::path::Path;

/// Holds a file against what the code writes; with `ASCP_BLESS=1` in the environment, writes it.
///
/// # Errors
///
/// The file cannot be read or written, or it is stale.
pub fn check(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "a switch of the harness, not of the product")]
    let is_blessing = std::env::var("ASCP_BLESS").is_ok_and(|value| value == "1");
    if is_blessing {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if found == text {
        Ok(())
    } else {
        Err(format!("{} is stale: run with ASCP_BLESS=1", path.display()).into())
    }
}
