//! `docs/detectors`: one page a module of the library, written from its files.
//!
//! `ASCP_BLESS=1` writes the pages. A detector's title, severity and needs are
//! the model's; what it is, its false alarms and what it does not see are the
//! comment over it.

use lang::model::Detector;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_pages_are_those_of_the_library() -> Outcome<()> {
    #[expect(clippy::disallowed_methods, reason = "a switch of the harness, not of the product")]
    let is_blessing = std::env::var("ASCP_BLESS").is_ok_and(|value| value == "1");
    let model = testsuite::library::compile().model.ok_or("the library's package does not compile")?;
    let mut modules: BTreeMap<&str, Vec<&Detector>> = BTreeMap::new();
    for detector in &model.detectors {
        let (module, _) = detector.name.rsplit_once('.').ok_or("a detector without a module")?;
        modules.entry(module).or_default().push(detector);
    }
    let mut pages = BTreeMap::from([("README".to_owned(), index(&modules)?)]);
    for (module, detectors) in &modules {
        pages.insert((*module).to_owned(), page(module, detectors)?);
    }
    for (name, text) in pages {
        let path = root().join("docs/detectors").join(name).with_extension("md");
        if is_blessing {
            std::fs::create_dir_all(root().join("docs/detectors"))?;
            std::fs::write(&path, &text)?;
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is stale: run with ASCP_BLESS=1", path.display());
    }
    Ok(())
}

/// The page that leads to the others.
fn index(modules: &BTreeMap<&str, Vec<&Detector>>) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "# Detectors\n\n\
         What the standard library finds, one page a module.\n\
         The pages are written from the comments in `stdlib`; `policy test stdlib` runs the suite beside each detector.\n\n\
         | module | detectors | patterns |\n|---|---|---|\n",
    );
    for (module, detectors) in modules {
        let patterns: usize = detectors.iter().map(|detector| detector.patterns.len()).sum();
        writeln!(text, "| [`std.{module}`]({module}.md) | {} | {patterns} |", detectors.len())?;
    }
    Ok(text)
}

/// The page of one module.
fn page(module: &str, detectors: &[&Detector]) -> Outcome<String> {
    let mut text = format!("# `std.{module}`\n\n| detector | finds | severity |\n|---|---|---|\n");
    for detector in detectors {
        let title = detector.title.as_deref().ok_or("a detector without a title")?;
        writeln!(text, "| `{}` | {title} | {} |", detector.name, detector.severity.as_str())?;
    }
    for detector in detectors {
        let file = root().join("stdlib").join(detector.name.replace('.', "/")).with_extension("ascp");
        let source = std::fs::read_to_string(&file)?;
        writeln!(text, "\n## `{}`\n\n{}", detector.name, comment(&source))?;
        if let Some(near) = &detector.near {
            let words = near.words.join("`, `");
            writeln!(text, "\nWithin {} characters stands one of: `{words}`.", near.characters)?;
        }
        let checks: Vec<&str> = detector.checks.iter().map(|check| check.as_str()).collect();
        if !checks.is_empty() {
            writeln!(text, "\nChecked by: `{}`.", checks.join("`, `"))?;
        }
    }
    Ok(text)
}

/// The comment over the detector of a file.
fn comment(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.strip_prefix("///"));
    let text = lines.map(str::trim).collect::<Vec<_>>().join("\n");
    assert!(!text.is_empty(), "a detector without a comment:\n{source}");
    text
}
