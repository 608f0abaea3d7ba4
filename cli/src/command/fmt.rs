//! `policy fmt`: the one layout.

use super::Outcome;
use crate::args::Fmt;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{file, package};
use ::package::Kind;
use lang::limits::SOURCE_BYTES_MAX;
use lang::{Diagnostic, Origin, Sources, Style, render};
use similar::TextDiff;
use std::path::{Path, PathBuf};

/// One file to lay out.
struct Text {
    /// Where it stands; `None` for standard input.
    path: Option<PathBuf>,
    /// What messages call it.
    name: String,
    written: String,
}

/// Lays out, or says what is not.
pub(super) fn run(args: &Fmt, output: &mut Output) -> Outcome {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { here.as_slice() } else { &args.paths };
    let mut texts = Vec::new();
    for path in paths {
        gather(path, &mut texts)?;
    }
    let (mut changed, mut broken) = (0_usize, 0_usize);
    for text in &texts {
        match lang::format(&text.name, &text.written) {
            Err(diagnostics) => {
                broken = broken.saturating_add(1);
                output.failure(&Failure::compile(drawn(text, &diagnostics, output.error_style())));
            }
            Ok(laid_out) => {
                let is_changed = laid_out != text.written;
                changed = changed.saturating_add(usize::from(is_changed));
                tell(args, text, &laid_out, output)?;
            }
        }
    }
    if texts.is_empty() {
        output.note("there is no `.ascp` file to lay out");
    }
    output.detail(&format!("{} files, {changed} to lay out, {broken} not readable", texts.len()));
    Ok(match (broken, changed) {
        (1.., _) => Exit::Compile,
        (0, 1..) if args.check => Exit::No,
        (0, _) => Exit::Well,
    })
}

/// Does with one laid out text what was asked for.
fn tell(args: &Fmt, text: &Text, laid_out: &str, output: &mut Output) -> Result<(), Failure> {
    let is_changed = laid_out != text.written;
    if args.diff {
        let diff = TextDiff::from_lines(text.written.as_str(), laid_out);
        let (old, new) = (format!("a/{}", text.name), format!("b/{}", text.name));
        output.result(&diff.unified_diff().header(&old, &new).to_string());
    } else if args.check {
        if is_changed {
            output.result(&format!("{}\n", text.name));
        }
    } else {
        match &text.path {
            None => output.result(laid_out),
            Some(path) if is_changed => {
                file::replace(path, laid_out)?;
                output.note(&format!("laid out {}", text.name));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The texts at a path: a file, a directory's, or standard input.
fn gather(path: &Path, texts: &mut Vec<Text>) -> Result<(), Failure> {
    if file::is_stdin(path) {
        let text = file::read_text(path, SOURCE_BYTES_MAX)?;
        texts.push(Text { path: None, name: "stdin".into(), written: text });
        return Ok(());
    }
    let metadata = path.metadata().map_err(|error| Failure::reading(path, &error))?;
    if !metadata.is_dir() {
        let text = file::read_text(path, SOURCE_BYTES_MAX)?;
        texts.push(Text { path: Some(path.to_owned()), name: path.display().to_string(), written: text });
        return Ok(());
    }
    let files = ::package::read(path, Kind::Policy).map_err(|error| package::unreadable(path, &error))?;
    for (name, bytes) in files {
        let path = path.join(&*name);
        let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| Failure::not_text(&name))?;
        texts.push(Text { path: Some(path), name, written: text });
    }
    Ok(())
}

fn drawn(text: &Text, diagnostics: &[Diagnostic], style: Style) -> String {
    let mut sources = Sources::new();
    sources.add(text.name.as_str(), text.written.as_str(), Origin::Package);
    diagnostics.iter().map(|one| render(one, &sources, style) + "\n").collect()
}
