//! What `policy test` says of each kind of failure, in each format: the page `failures.md`.
//!
//! `ASCP_BLESS=1 cargo test -p cli --test policy failures` writes what came
//! into the page instead of failing.

#![cfg(unix)]

use crate::support::{Said, Scratch, json, policy};
use crate::terminal::policy_on_terminal;
use std::fmt::Write as _;
use std::path::Path;
use testsuite::markdown::{Page, Section};

/// Blocks of a section that say what is run.
const INPUTS: &[&str] = &["policy", "yaml", "snap", "args"];

/// Blocks that say what must come of it; each but `exit`, `error` and `terminal` is a format.
const OUTPUTS: &[&str] = &["exit", "text", "error", "terminal", "json", "junit", "tap", "github"];

#[expect(clippy::disallowed_methods, reason = "a switch of the test, not of the product")]
fn is_blessing() -> bool {
    std::env::var("ASCP_BLESS").is_ok_and(|value| value == "1")
}

/// Lays out the package of a section in `p`, over that of the whole page.
fn desk(name: &str, common: &Section, section: &Section) -> Scratch {
    let desk = Scratch::new(name);
    let files = |section: &Section| {
        for block in section.blocks.iter().filter(|block| block.attribute("file").is_some()) {
            desk.write(&format!("p/{}", block.attribute("file").expect("a name")), &block.text);
        }
    };
    files(common);
    files(section);
    desk
}

/// What came of one section: the kind of each block, and its text.
fn produce(name: &str, common: &Section, section: &Section) -> Vec<(&'static str, String)> {
    let more = section.of_kind("args").next().map(|block| block.text.clone()).unwrap_or_default();
    let args = |format: &'static str| -> Vec<String> {
        let fixed = ["test", "p", "--at", "2026-11-20", "--format", format].map(str::to_owned);
        fixed.into_iter().chain(more.split_whitespace().map(str::to_owned)).collect()
    };
    let run = |format: &'static str, how: &dyn Fn(&Path, &[&str]) -> Said| {
        let desk = desk(&format!("failure-{name}-{format}"), common, section);
        let args = args(format);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        how(desk.path(), &args)
    };
    let plain = run("text", &|directory, args| policy(directory, args));
    let terminal = run("text", &|directory, args| policy_on_terminal(directory, args, ""));
    assert_eq!(plain.code, terminal.code, "{name}: a terminal changes the exit code");
    let mut produced = vec![
        ("exit", format!("{}\n", plain.code)),
        ("text", plain.out.clone()),
        ("error", plain.err.clone()),
        ("terminal", terminal.out.replace('\u{1b}', "␛")),
    ];
    for format in OUTPUTS.iter().skip(produced.len()).copied() {
        let said = run(format, &|directory, args| policy(directory, args));
        assert_eq!((said.code, &said.err), (plain.code, &plain.err), "{name}: {format} ends otherwise");
        let out = if format == "json" {
            // On one line it would not be read.
            serde_json::to_string_pretty(&json(&said.out)).expect("JSON") + "\n"
        } else {
            said.out
        };
        produced.push((format, out));
    }
    produced
}

/// The place of a difference, and the lines of both sides from there.
fn difference(expected: &str, actual: &str) -> String {
    let same = expected.lines().zip(actual.lines()).take_while(|(left, right)| left == right).count();
    let rest = |text: &str| text.lines().skip(same).take(5).collect::<Vec<_>>().join("\n  ");
    format!("from line {}:\n- {}\n+ {}", same + 1, rest(expected), rest(actual))
}

#[test]
fn each_failure_says_what_the_page_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy/failures.md");
    let page = Page::read(&std::fs::read_to_string(&path).expect("the page"));
    let common = page.sections.iter().find(|section| !section.blocks.is_empty()).expect("the package");
    let (mut edits, mut problems, mut kinds) = (Vec::new(), String::new(), 0);
    for (at, section) in page.sections.iter().enumerate() {
        if section.blocks.is_empty() || section.line == common.line {
            continue;
        }
        kinds += 1;
        for block in &section.blocks {
            let kind = &*block.kind;
            assert!(INPUTS.contains(&kind) || OUTPUTS.contains(&kind), "line {}: `{kind}`", block.line);
        }
        for (kind, actual) in produce(&at.to_string(), common, section) {
            let expected = section.of_kind(kind).next().map(|block| block.text.as_str()).unwrap_or_default();
            if expected == actual {
                continue;
            }
            let apart = difference(expected, &actual);
            writeln!(problems, "{}: `{kind}` differs {apart}", section.title).expect("a string");
            edits.push((at, kind, actual));
        }
    }
    assert!(kinds >= 15, "only {kinds} kinds of failure");
    if is_blessing() {
        std::fs::write(path, page.with_blocks(&edits)).expect("the page");
    } else {
        assert!(problems.is_empty(), "{problems}");
    }
}
