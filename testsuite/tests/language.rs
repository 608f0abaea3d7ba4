//! `docs/language.md` against the compiler: examples compile, tables are the code's.
//!
//! A block `ascp` is a package if it declares a `policy`, else a file beside the
//! preamble of the cases; `ascp in=tenant` is statements of a tenant.
//! `ASCP_BLESS=1` writes what stands between `<!-- begin NAME -->` and its end.

use lang::limits;
use lang::model::{HOSTED, Validator};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use testsuite::case_package::{CasePackage, preamble, told};
use testsuite::markdown::Page;

type Outcome = Result<(), Box<dyn Error>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_example_compiles() -> Outcome {
    let cases = Page::read(&std::fs::read_to_string(root().join("testsuite/cases/README.md"))?);
    let preamble = preamble(&cases).ok_or("no preamble")?;
    let page = Page::read(&std::fs::read_to_string(root().join("docs/language.md"))?);
    let mut count = 0;
    for block in page.sections.iter().flat_map(|section| section.of_kind("ascp")) {
        let text = match block.attribute("in") {
            Some("tenant") => {
                format!(
                    "tenant example {{\nidentify mtls subject \"CN=e\"\nallow models gpt_4o\n{}}}",
                    block.text
                )
            }
            Some(other) => return Err(format!("line {}: no examples are in `{other}`", block.line).into()),
            None => block.text.clone(),
        };
        let compiled = CasePackage::of_text(&text, preamble)?.compile();
        assert_eq!(told(&compiled), "", "docs/language.md:{}", block.line);
        count += 1;
    }
    assert!(count > 0, "the page has no examples");
    Ok(())
}

#[test]
fn every_declaration_is_shown() -> Outcome {
    let text = std::fs::read_to_string(root().join("docs/language.md"))?;
    let page = Page::read(&text);
    let blocks: Vec<&str> =
        page.sections.iter().flat_map(|section| section.of_kind("ascp")).map(|block| &*block.text).collect();
    for keyword in lang::DECLARATIONS {
        let is_shown = blocks
            .iter()
            .flat_map(|text| text.lines())
            .any(|line| line.strip_prefix(keyword).is_some_and(|rest| rest.starts_with(' ')));
        assert!(is_shown, "no example declares a `{keyword}`");
    }
    Ok(())
}

#[test]
fn the_tables_are_those_of_the_code() -> Outcome {
    let path = root().join("docs/language.md");
    let committed = std::fs::read_to_string(&path)?;
    let mut text = committed.clone();
    for (name, table) in [
        ("conditions", lang::condition::schema_markdown()),
        ("validators", validators()?),
        ("hosted", format!("`{}`\n", HOSTED.join("`, `"))),
        ("limits", limits_table()?),
    ] {
        text = spliced(&text, name, &table).ok_or(format!("no place for `{name}`"))?;
    }
    #[expect(clippy::disallowed_methods, reason = "a switch of the harness, not of the product")]
    let is_blessing = std::env::var("ASCP_BLESS").is_ok_and(|value| value == "1");
    if is_blessing {
        std::fs::write(&path, text)?;
    } else {
        assert!(text == committed, "docs/language.md is stale: run with ASCP_BLESS=1");
    }
    Ok(())
}

/// The page with `table` between the two marks of `name`.
fn spliced(page: &str, name: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- begin {name} -->\n"))?;
    let (_, after) = rest.split_once(&format!("<!-- end {name} -->"))?;
    Some(format!("{before}<!-- begin {name} -->\n{table}<!-- end {name} -->{after}"))
}

fn validators() -> Result<String, std::fmt::Error> {
    let mut table = String::from("| validator | what it accepts |\n|---|---|\n");
    for validator in Validator::ALL {
        writeln!(table, "| `{}` | {} |", validator.as_str(), validator.about().trim_end_matches('.'))?;
    }
    Ok(table)
}

fn limits_table() -> Result<String, std::fmt::Error> {
    let rows = [
        ("a source file", bytes(limits::SOURCE_BYTES_MAX)),
        ("a package", bytes(limits::PACKAGE_BYTES_MAX)),
        ("files of a package", limits::PACKAGE_FILES_MAX.to_string()),
        ("nesting of blocks and brackets", limits::NESTING_DEPTH_MAX.to_string()),
        ("a string or regular expression", bytes(limits::LITERAL_BYTES_MAX)),
        ("a name", format!("{} characters", limits::NAME_BYTES_MAX)),
        ("a condition", bytes(limits::CONDITION_BYTES_MAX)),
        ("operators of a condition inside each other", limits::CONDITION_DEPTH_MAX.to_string()),
        ("the compiled pattern of a `matches`", bytes(limits::PATTERN_COMPILED_BYTES_MAX)),
        ("the compiled pattern of a detector", bytes(lang::pattern::DETECTOR_COMPILED_BYTES_MAX)),
        ("a file of words", bytes(limits::WORDS_FILE_BYTES_MAX)),
        ("diagnostics of one run; the rest are counted", limits::DIAGNOSTICS_MAX.to_string()),
    ];
    let mut table = String::from("| what | at most |\n|---|---|\n");
    for (what, most) in rows {
        writeln!(table, "| {what} | {most} |")?;
    }
    Ok(table)
}

fn bytes(count: usize) -> String {
    if count >= 1 << 20 { format!("{} MiB", count >> 20) } else { format!("{} KiB", count >> 10) }
}
