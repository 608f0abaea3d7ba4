//! Runs the Markdown cases under `testsuite/cases/`: one heading, one case.
//!
//! `cargo test -p testsuite --test cases -- conditions` runs the cases whose name
//! (`file: heading`) holds the word; `ASCP_BLESS=1` writes what came into the
//! pages instead of failing. The form of a case is in `testsuite/cases/README.md`.
#![expect(clippy::print_stdout, reason = "a test harness reports on standard output")]

use lang::Compiled;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use testsuite::case_package::{CasePackage, preamble, told};
use testsuite::markdown::{Page, Section};

/// A block that holds what a stage must produce, and that stage.
struct Stage {
    block: &'static str,
    produce: fn(&CasePackage, &Compiled) -> String,
}

/// Every stage that a case can speak of; a new one is a line here.
const STAGES: &[Stage] = &[
    Stage { block: "diagnostics", produce: |_, compiled| told(compiled) },
    Stage { block: "formatted", produce: |package, _| package.formatted() },
];

/// Blocks that a stage reads.
const INPUTS: &[&str] = &["policy", "words"];

/// What the command line asks for.
struct Arguments {
    words: Vec<String>,
    is_exact: bool,
    is_list: bool,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::read(std::env::args().skip(1));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let standard = Page::read(&std::fs::read_to_string(root.join("README.md"))?);
    let standard = preamble(&standard).ok_or("README.md holds no preamble")?.to_owned();
    let mut pages = Vec::new();
    collect(&root, &mut pages)?;
    pages.sort();
    let (mut passed, mut failures) = (0_usize, Vec::new());
    for path in pages {
        let name = path.strip_prefix(&root)?.with_extension("").display().to_string();
        let report = run_page(&path, &name, &standard, &arguments)?;
        passed += report.passed;
        failures.extend(report.failures);
    }
    if arguments.is_list {
        return Ok(ExitCode::SUCCESS);
    }
    for failure in &failures {
        println!("{failure}");
    }
    println!("cases: {passed} passed, {} failed", failures.len());
    if passed + failures.len() == 0 && arguments.words.is_empty() {
        return Err("there are no cases".into());
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Arguments {
    /// Words filter; of the flags that `cargo test` may hand on, two have a meaning here.
    fn read(arguments: impl Iterator<Item = String>) -> Self {
        let mut read = Self { words: Vec::new(), is_exact: false, is_list: false };
        for argument in arguments {
            match argument.as_str() {
                "--exact" => read.is_exact = true,
                "--list" => read.is_list = true,
                flag if flag.starts_with('-') => {}
                _ => read.words.push(argument),
            }
        }
        read
    }

    fn wants(&self, name: &str) -> bool {
        let is_named =
            |word: &String| if self.is_exact { name == word } else { name.contains(word.as_str()) };
        self.words.is_empty() || self.words.iter().any(is_named)
    }
}

/// What came of one page.
#[derive(Default)]
struct PageReport {
    passed: usize,
    failures: Vec<String>,
}

fn run_page(
    path: &Path,
    name: &str,
    preamble: &str,
    arguments: &Arguments,
) -> Result<PageReport, Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "a switch of the harness, not of the product")]
    let is_blessing = std::env::var("ASCP_BLESS").is_ok_and(|value| value == "1");
    let page = Page::read(&std::fs::read_to_string(path)?);
    let mut report = PageReport::default();
    let mut edits = Vec::new();
    let mut titles: Vec<&str> = Vec::new();
    for (at, section) in page.sections.iter().enumerate() {
        if section.blocks.is_empty() {
            continue;
        }
        let case = format!("{name}: {}", section.title);
        if !arguments.wants(&case) {
            continue;
        }
        if arguments.is_list {
            println!("{case}: test");
            continue;
        }
        let mut problem = malformed(section);
        if titles.contains(&&*section.title) {
            writeln!(problem, "another case of this page has the same heading")?;
        }
        titles.push(&section.title);
        match produce(section, preamble) {
            Ok(produced) => {
                for (block, actual) in produced {
                    let expected = section.of_kind(block).next().map(|block| block.text.as_str());
                    if expected.unwrap_or_default() == actual {
                        continue;
                    }
                    if is_blessing {
                        edits.push((at, block, actual));
                    } else {
                        write!(
                            problem,
                            "`{block}` differs:\n{}",
                            diff(expected.unwrap_or_default(), &actual)
                        )?;
                    }
                }
            }
            Err(error) => writeln!(problem, "{error}")?,
        }
        if problem.is_empty() {
            report.passed += 1;
        } else {
            report.failures.push(format!("{case} ({}:{})\n{problem}", path.display(), section.line));
        }
    }
    if !edits.is_empty() {
        std::fs::write(path, page.with_blocks(&edits))?;
    }
    Ok(report)
}

/// What is wrong with the form of a case.
fn malformed(section: &Section) -> String {
    let mut problem = String::new();
    let is_known = |kind: &str| INPUTS.contains(&kind) || STAGES.iter().any(|stage| stage.block == kind);
    for block in section.blocks.iter().filter(|block| !is_known(&block.kind)) {
        let _ =
            writeln!(problem, "no stage reads or produces the block `{}` of line {}", block.kind, block.line);
    }
    if !section.has_prose {
        problem += "the case has no prose that says what it is about\n";
    }
    problem
}

/// What the stages of a case produce; diagnostics always, the others where a block asks.
fn produce(section: &Section, preamble: &str) -> Result<Vec<(&'static str, String)>, String> {
    let package = CasePackage::of(section, preamble)?;
    let compiled = package.compile();
    let asked = STAGES
        .iter()
        .filter(|stage| stage.block == "diagnostics" || section.of_kind(stage.block).next().is_some());
    Ok(asked.map(|stage| (stage.block, (stage.produce)(&package, &compiled))).collect())
}

/// The lines of both texts: common ones indented, the others marked.
fn diff(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let prefix = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (old.get(prefix..).unwrap_or_default(), new.get(prefix..).unwrap_or_default());
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(old, new)| old == new).count();
    let mut text = String::new();
    let mut add = |mark: &str, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(text, "  {mark} {line}");
        }
    };
    add(" ", old.get(..prefix).unwrap_or_default());
    add("-", old_rest.get(..old_rest.len() - suffix).unwrap_or_default());
    add("+", new_rest.get(..new_rest.len() - suffix).unwrap_or_default());
    add(" ", old_rest.get(old_rest.len() - suffix..).unwrap_or_default());
    text
}

/// All pages below a directory but its readme.
fn collect(directory: &Path, into: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let is_readme = path.file_name().is_some_and(|name| name == "README.md");
        if path.is_dir() {
            collect(&path, into)?;
        } else if !is_readme && path.extension().is_some_and(|extension| extension == "md") {
            into.push(path);
        }
    }
    Ok(())
}
