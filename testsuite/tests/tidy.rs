//! The repository against its own rules: pages, cases, files, crates.
//!
//! `ASCP_BLESS=1` writes the lists that are derived from code.

use lang::{Code, Severity};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use testsuite::case_package::{CasePackage, preamble};
use testsuite::derived;
use testsuite::markdown::{Page, Section};

type Outcome = Result<(), Box<dyn Error>>;

/// Codes that no page or case can show, and what produces them instead.
const UNSHOWN: &[(Code, &str)] = &[
    (Code::NotUtf8, "a block is UTF-8; lang/tests/limits.rs"),
    (Code::SourceTooLarge, "4 MiB; lang/tests/limits.rs"),
    (Code::PackageTooLarge, "32 MiB; lang/tests/limits.rs"),
    (Code::NestingTooDeep, "65 brackets; a case shows it, a page would not be read"),
    (Code::LiteralTooLong, "64 KiB; lang/tests/limits.rs"),
    (Code::ReaderDrift, "a defect of ours, which no text produces"),
    (Code::ConditionTooLong, "257 operators; a case shows it, a page would not be read"),
];

/// Codes that no case can show.
const WITHOUT_CASE: &[Code] =
    &[Code::NotUtf8, Code::SourceTooLarge, Code::PackageTooLarge, Code::LiteralTooLong, Code::ReaderDrift];

/// Most lines of a source file; at this many a second subject has crept in.
const FILE_LINES_MAX: usize = 600;

/// Which of our crates each of our crates stands on; an arrow more is an arrow to argue for.
const ARROWS: &[(&str, &[&str])] = &[
    ("lang", &[]),
    ("engine", &["lang"]),
    ("package", &["lang"]),
    ("server", &["engine", "lang", "package"]),
    ("testsuite", &["engine", "lang", "package"]),
    ("cli", &["engine", "lang", "package", "server", "testsuite"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn standard_preamble() -> Result<String, Box<dyn Error>> {
    let page = Page::read(&std::fs::read_to_string(root().join("testsuite/cases/README.md"))?);
    Ok(preamble(&page).ok_or("no preamble")?.to_owned())
}

fn section<'p>(page: &'p Page, title: &str) -> Option<&'p Section> {
    page.sections.iter().find(|section| section.title == title)
}

/// The codes that the blocks of a section produce.
fn codes(section: &Section, preamble: &str) -> Result<Vec<Code>, String> {
    let compiled = CasePackage::of(section, preamble)?.compile();
    Ok(compiled.diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
}

#[test]
fn each_page_says_what_its_code_says() -> Outcome {
    let preamble = standard_preamble()?;
    for code in Code::ALL {
        let (name, page) = (code.as_str(), Page::read(code.page()));
        let title = format!("{name}: {}", code.title());
        assert_eq!(page.sections.first().map(|section| &*section.title), Some(&*title));
        for heading in ["Meaning", "Why"] {
            assert!(section(&page, heading).is_some_and(|it| it.has_prose), "{name}: `{heading}` is empty");
        }
        let opening = match code.severity() {
            Severity::Error => "\n\nAn error: the package does not compile.\n",
            Severity::Warning => "\n\nA warning: the package compiles, and `--deny-warnings` refuses it.\n",
        };
        assert!(code.page().contains(opening), "{name}: the severity is not what it was");
        let (wrong, right) = (section(&page, "Wrong"), section(&page, "Right"));
        if UNSHOWN.iter().any(|(unshown, _)| unshown == code) {
            assert!(wrong.is_none() && right.is_none(), "{name}: is listed as one that no page shows");
            continue;
        }
        let (wrong, right) = wrong.zip(right).ok_or(format!("{name}: shows no wrong and right"))?;
        let told = codes(wrong, &preamble)?;
        assert!(!told.is_empty() && told.iter().all(|found| found == code), "{name}: wrong tells {told:?}");
        let told = codes(right, &preamble)?;
        assert!(told.is_empty(), "{name}: right tells {told:?}");
    }
    Ok(())
}

#[test]
fn the_list_of_pages_is_whole() -> Outcome {
    let mut list = String::from(
        "# Diagnostics\n\n\
         Everything that the compiler can say, by its number.\n\
         An error keeps a package from compiling; a warning does so with `--deny-warnings`.\n\
         `policy help ASCP0201` prints a page.\n\n\
         | code | severity | meaning |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let (name, severity) = (code.as_str(), code.severity().as_str());
        writeln!(list, "| [{name}]({name}.md) | {severity} | {} |", code.title())?;
    }
    derived::check(&root().join("docs/diagnostics/README.md"), &list)?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join("docs/diagnostics"))? {
        files.push(entry?.path());
    }
    assert_eq!(files.len(), Code::ALL.len() + 1, "a page of no code: {files:?}");
    Ok(())
}

#[test]
fn each_code_has_a_case() -> Outcome {
    let mut pages = Vec::new();
    collect(&root().join("testsuite/cases"), "md", &mut pages)?;
    let mut shown = String::new();
    for path in pages {
        let page = Page::read(&std::fs::read_to_string(path)?);
        for block in page.sections.iter().flat_map(|section| section.of_kind("diagnostics")) {
            shown += &block.text;
        }
    }
    for code in Code::ALL {
        let is_shown = shown.contains(&format!("[{}]: ", code.as_str()));
        let is_exempt = WITHOUT_CASE.contains(code);
        assert_eq!(is_shown, !is_exempt, "{}", code.as_str());
    }
    Ok(())
}

#[test]
fn files_open_with_their_point_and_have_one_subject() -> Outcome {
    let mut faults = String::new();
    for crate_name in ARROWS.iter().map(|(name, _)| name) {
        let mut files = Vec::new();
        collect(&root().join(crate_name), "rs", &mut files)?;
        for path in files {
            let text = std::fs::read_to_string(&path)?;
            if !text.starts_with("//! ") {
                writeln!(faults, "{}: does not open with `//!`", path.display())?;
            }
            let (lines, is_test) = (text.lines().count(), is_test(&path));
            if lines > FILE_LINES_MAX && !is_test {
                writeln!(faults, "{}: {lines} lines; at most {FILE_LINES_MAX}", path.display())?;
            }
        }
    }
    assert_eq!(faults, "");
    Ok(())
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

#[test]
fn crates_stand_on_each_other_as_drawn() -> Outcome {
    for (name, expected) in ARROWS {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml"))?;
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut is_ours = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                is_ours = matches!(line, "[dependencies]" | "[build-dependencies]");
                continue;
            }
            let dependency = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if is_ours && ARROWS.iter().any(|(ours, _)| *ours == dependency) {
                found.insert(dependency);
            }
        }
        let found: Vec<&str> = found.into_iter().collect();
        let unknown: Vec<&&str> = found.iter().filter(|it| !expected.contains(it)).collect();
        assert!(unknown.is_empty(), "{name} stands on {unknown:?}");
    }
    Ok(())
}

/// All files below a directory with this extension.
fn collect(directory: &Path, extension: &str, into: &mut Vec<PathBuf>) -> Outcome {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, extension, into)?;
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
    into.sort();
    Ok(())
}
