//! The front door of the compiler: a package's files to a [`Model`], or diagnostics.

use crate::diagnostic::{Diagnostic, Diagnostics, Style, render};
use crate::model::Model;
use crate::resolve::Visits;
use crate::source::Sources;
use crate::{check, resolve};
use jiff::civil::Date;
use std::fmt::Write as _;
use std::sync::Arc;

/// The files of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFiles {
    /// What tells this package from every other, such as its canonical path.
    pub path: Box<str>,
    /// Names relative to the package's root, and contents, of all its `.ascp` files.
    pub files: Vec<(Box<str>, Vec<u8>)>,
}

/// Brings what a package names but does not hold.
pub trait Loader {
    /// The package at `path`, as `base` names it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in a few words.
    fn package(&self, base: &str, path: &str) -> Result<PackageFiles, String>;

    /// The text of a file of words at `path`, as the package `base` names it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in a few words.
    fn words(&self, base: &str, path: &str) -> Result<String, String>;
}

/// A loader for packages that stand alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLoader;

impl Loader for NoLoader {
    fn package(&self, _base: &str, _path: &str) -> Result<PackageFiles, String> {
        Err("no other package can be reached from here".into())
    }

    fn words(&self, _base: &str, _path: &str) -> Result<String, String> {
        Err("no file can be reached from here".into())
    }
}

/// The day that a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// `check`, `test`, `explain`, `bundle`: a date before this one is an error.
    Check(Date),
    /// `serve`, `replay`: a date before this one has expired, and is a warning.
    Load(Date),
    /// Dates are not looked at, as for a digest.
    Unchecked,
}

/// What came of a compilation.
#[derive(Debug)]
pub struct Compiled {
    /// The model, if there is no error.
    pub model: Option<Model>,
    /// What there is to say, in file order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more diagnostics there were than are reported.
    pub left_out: usize,
    /// The text that diagnostics point into.
    pub sources: Arc<Sources>,
}

impl Compiled {
    /// All diagnostics, drawn one below the other.
    pub fn render(&self, style: Style) -> String {
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            text.push_str(&render(diagnostic, &self.sources, style));
            text.push_str("\n\n");
        }
        if self.left_out > 0 {
            // Writing to a `String` cannot fail.
            writeln!(text, "… and {} more", self.left_out).ok();
        }
        text
    }
}

/// Compiles a package.
///
/// All independent mistakes are reported in one run, in file order. The model
/// is there when none of them is an error.
pub fn compile(package: PackageFiles, loader: &dyn Loader, day: Day) -> Compiled {
    compile_within(package, loader, day, &mut Visits::default())
}

/// Compiles a package that others may be waiting for, to learn its digest.
pub(crate) fn compile_within(
    package: PackageFiles,
    loader: &dyn Loader,
    day: Day,
    visits: &mut Visits,
) -> Compiled {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let scopes = resolve::read_package(package, loader, visits, &mut sources, &mut diagnostics);
    let sources = Arc::new(sources);
    if diagnostics.has_unread_file() {
        // What that file declares is unknown, and would be told as unknown wherever it is named.
        let left_out = diagnostics.left_out();
        return Compiled { model: None, diagnostics: diagnostics.into_sorted(&sources), left_out, sources };
    }
    let parts = check::check(&scopes, &sources, loader, day, &mut diagnostics);
    let model = parts.filter(|_| !diagnostics.has_errors()).map(Model::seal);
    let left_out = diagnostics.left_out();
    Compiled { model, diagnostics: diagnostics.into_sorted(&sources), left_out, sources }
}
