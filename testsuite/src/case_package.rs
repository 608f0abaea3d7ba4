//! The blocks of a Markdown case as a package that compiles without a disk.
//!
//! `policy` blocks are files of the package, or of packages beside it, and
//! `words` blocks are files that detectors read. A case that declares no
//! `policy` of its own gets the standard preamble.

use crate::markdown::{Page, Section};
use lang::{Code, Compiled, Day, Diagnostic, Loader, PackageFiles, Style, compile, render};
use std::collections::BTreeMap;

/// The day on which all cases are checked.
const TODAY: &str = "2026-11-20";

/// The directory of a case's own package, among those that it may use.
const ROOT: &str = "case";

/// The name of a block that gives none.
const FILE: &str = "case.ascp";

/// The packages and files of one case.
#[derive(Clone, Debug)]
pub struct CasePackage {
    /// Contents of all files, by their path from the directory that holds all packages.
    files: BTreeMap<String, String>,
    has_preamble: bool,
    day: Day,
}

/// The standard preamble: the block `policy file=preamble.ascp` of a page.
pub fn preamble(page: &Page) -> Option<&str> {
    let blocks = page.sections.iter().flat_map(|section| section.of_kind("policy"));
    let mut found = blocks.filter(|block| block.attribute("file") == Some("preamble.ascp"));
    found.next().map(|block| &*block.text)
}

impl CasePackage {
    /// The package of a section's `policy` and `words` blocks.
    ///
    /// # Errors
    ///
    /// Two blocks of one name, or a block whose name leaves the directory of all packages.
    pub fn of(section: &Section, preamble: &str) -> Result<Self, String> {
        let mut package = Self::empty()?;
        let is_bare = section.of_kind("policy").any(|block| block.has("bare"));
        for block in section.of_kind("policy").chain(section.of_kind("words")) {
            let name = block.attribute("file").unwrap_or(FILE);
            let path = join(ROOT, name).ok_or_else(|| format!("`{name}` lies outside"))?;
            if package.files.insert(path, block.text.clone()).is_some() {
                return Err(format!("two blocks are named `{name}`"));
            }
            if block.has("load") {
                package.day = Day::Load(today()?);
            }
        }
        if !is_bare {
            package.add_preamble(preamble);
        }
        Ok(package)
    }

    /// A package of one text, with the preamble if it declares no `policy`.
    ///
    /// # Errors
    ///
    /// None that a text can cause.
    pub fn of_text(text: &str, preamble: &str) -> Result<Self, String> {
        let mut package = Self::empty()?;
        package.files.insert(format!("{ROOT}/{FILE}"), text.to_owned());
        package.add_preamble(preamble);
        Ok(package)
    }

    fn empty() -> Result<Self, String> {
        Ok(Self { files: BTreeMap::new(), has_preamble: false, day: Day::Check(today()?) })
    }

    fn add_preamble(&mut self, preamble: &str) {
        let own = self.files.iter().filter(|(path, _)| path.starts_with(&format!("{ROOT}/")));
        let mut lines = own.flat_map(|(_, text)| text.lines());
        if !lines.any(|line| line.starts_with("policy ")) {
            self.files.insert(format!("{ROOT}/preamble.ascp"), preamble.to_owned());
            self.has_preamble = true;
        }
    }

    /// Compiles it; with the preamble, that nothing uses a declaration is not told.
    ///
    /// A minimal case declares one thing and stops, so the doubt would stand in most of them.
    pub fn compile(&self) -> Compiled {
        let files = self.package_files(ROOT);
        let mut compiled = compile(files, self, self.day);
        if self.has_preamble {
            compiled.diagnostics.retain(|diagnostic| diagnostic.code != Code::Unused);
        }
        compiled
    }

    /// The case's own file as `policy fmt` lays it out; nothing when it cannot be read.
    pub fn formatted(&self) -> String {
        let text = self.files.get(&format!("{ROOT}/{FILE}")).map(String::as_str).unwrap_or_default();
        lang::format(FILE, text).unwrap_or_default()
    }

    fn package_files(&self, directory: &str) -> PackageFiles {
        let inside = |path: &str| path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned);
        let policies = self.files.iter().filter(|(path, _)| path.rsplit('.').next() == Some("ascp"));
        let files =
            policies.filter_map(|(path, text)| Some((inside(path)?.into(), text.clone().into_bytes())));
        PackageFiles { path: directory.into(), files: files.collect() }
    }
}

impl Loader for CasePackage {
    fn package(&self, base: &str, path: &str) -> Result<PackageFiles, String> {
        let directory = join(base, path).ok_or("it lies outside")?;
        let files = self.package_files(&directory);
        if files.files.is_empty() { Err("there is no such directory".into()) } else { Ok(files) }
    }

    fn words(&self, base: &str, path: &str) -> Result<String, String> {
        let path = join(base, path).ok_or("it lies outside")?;
        self.files.get(&path).cloned().ok_or_else(|| "there is no such file".into())
    }
}

/// All that a compilation has to say, as `policy check` prints it without colour.
pub fn told(compiled: &Compiled) -> String {
    let rendered = |diagnostic: &Diagnostic| {
        let text = render(diagnostic, &compiled.sources, Style::Plain);
        text.lines().map(|line| line.trim_end().to_owned() + "\n").collect::<String>()
    };
    let mut all: Vec<String> = compiled.diagnostics.iter().map(rendered).collect();
    if compiled.left_out > 0 {
        all.push(format!("and {} more\n", compiled.left_out));
    }
    all.join("\n")
}

fn today() -> Result<jiff::civil::Date, String> {
    TODAY.parse().map_err(|error: jiff::Error| error.to_string())
}

/// A path from a directory, `.` and `..` undone; `None` above the top.
fn join(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
