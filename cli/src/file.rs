//! Reading and writing single files.

use crate::exit::Failure;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// Reads a file of text, or standard input where the path is `-`, up to so many bytes.
///
/// # Errors
///
/// It is missing, too large, or not UTF-8.
pub(crate) fn read_text(path: &Path, bytes_max: usize) -> Result<String, Failure> {
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    let read = if is_stdin(path) {
        std::io::stdin().lock().take(most).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text))
    };
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(Failure::not_text(&path.display().to_string()))
        }
        Err(error) => Err(Failure::reading(path, &error)),
        Ok(_) if text.len() > bytes_max => {
            Err(Failure::usage(format!("`{}` is larger than {bytes_max} bytes", path.display())))
        }
        Ok(_) => Ok(text),
    }
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Makes a file that is not there yet.
///
/// # Errors
///
/// Something of this name is there, or it cannot be written.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let written = std::fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::writing(path, &error))
}

/// Replaces a file as a whole: a reader sees the old text or the new one, never a part.
///
/// A link stays a link; what it leads to is replaced.
///
/// # Errors
///
/// The new text cannot be written; the file is as it was.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::writing(path, &error);
    let real = path.canonicalize().map_err(failed)?;
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let aside = real.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = write_beside(&real, &aside, text).and_then(|()| std::fs::rename(&aside, &real));
    written.map_err(|error| {
        std::fs::remove_file(&aside).ok();
        failed(error)
    })
}

fn write_beside(real: &Path, aside: &Path, text: &str) -> std::io::Result<()> {
    let permissions = real.metadata()?.permissions();
    let mut file = std::fs::File::create_new(aside)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()
}
