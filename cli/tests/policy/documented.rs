//! What help texts and pages tell people to type does what they say.

#![cfg(unix)]

use crate::sidecar::Sidecar;
use crate::support::{Scratch, policy, repository, shell};
use testsuite::markdown::{Block, Page};

/// What pages say to type that is no verb of this command: builds and tests of the repository itself.
const ELSEWHERE: &[&str] = &[
    "ASCP_BLESS=1 cargo test ",
    "ASCP_CASES=",
    "ASCP_FULL=1 cargo test ",
    "cargo bench ",
    "cargo build ",
    "cargo deny ",
    "cargo install ",
    "cargo test ",
    "docker ",
    "rustup ",
    "testsuite/run",
];

/// A directory where `policies/` is the repository's, and where files may be written.
fn desk(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    let policies = repository().join("policies").canonicalize().expect("the packages");
    std::os::unix::fs::symlink(policies, scratch.path().join("policies")).expect("a link");
    scratch
}

/// The command lines of a text, each as one line, and `cargo run` as the command that it runs.
pub(crate) fn commands(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ").replace("cargo run --release -- ", "policy ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Runs a command line, which must succeed; one that serves must start to.
fn run(desk: &Scratch, command: &str) {
    if command.starts_with("policy serve ") {
        Sidecar::start(desk.path(), command);
        return;
    }
    let output = shell(desk.path(), command).output().expect("a shell");
    assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
}

/// The pages that speak of the command, with their names.
fn pages() -> Vec<(String, String)> {
    let root = repository();
    let mut names = vec!["README.md".to_owned(), "stdlib/README.md".into()];
    names.extend(["fintech", "healthcare", "eu_saas"].map(|package| format!("policies/{package}/README.md")));
    for entry in std::fs::read_dir(root.join("docs")).expect("the pages") {
        let path = entry.expect("a page").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            names.push(format!("docs/{}", path.file_name().expect("its name").display()));
        }
    }
    names.sort();
    let read = |name: String| {
        let text = std::fs::read_to_string(root.join(&name)).expect("a page");
        (name, text)
    };
    names.into_iter().map(read).collect()
}

fn verbs() -> Vec<String> {
    let help = policy(&repository(), &["--help"]).out;
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("verbs");
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_example_of_each_help_text_runs() {
    let mut topics: Vec<String> = verbs();
    topics.extend(["key new".into(), "key hash".into()]);
    assert!(topics.len() > 10, "{topics:?}");
    for topic in topics.iter().map(String::as_str).chain([""]) {
        let desk = desk(&format!("example-{}", topic.replace(' ', "-")));
        let args: Vec<&str> = topic.split_whitespace().chain(["--help"]).collect();
        let help = policy(desk.path(), &args).out;
        let (_, example) = help.split_once("Example:\n").unwrap_or_else(|| panic!("{topic}: no example"));
        for command in commands(example) {
            run(&desk, &command);
        }
    }
}

#[test]
fn what_pages_say_to_type_works() {
    let mut typed = 0;
    for (name, text) in pages() {
        let desk = desk(&format!("page-{}", name.replace('/', "-")));
        let page = Page::read(&text);
        let blocks: Vec<&Block> = page.sections.iter().flat_map(|section| &section.blocks).collect();
        for block in &blocks {
            if let Some(file) = block.attribute("file") {
                desk.write(file, &block.text);
            }
        }
        let mut sidecar = None;
        for (at, block) in blocks.iter().enumerate().filter(|(_, block)| block.kind == "sh") {
            for command in commands(&block.text) {
                typed += 1;
                if command.starts_with("curl ") {
                    // The page of a package speaks of its own package.
                    let package = name.strip_suffix("/README.md").filter(|own| own.starts_with("policies/"));
                    let serve = format!("policy serve {} --simulate", package.unwrap_or("policies/fintech"));
                    let sidecar = sidecar.get_or_insert_with(|| Sidecar::start(desk.path(), &serve));
                    let answer = sidecar.curl(&command);
                    let shown = blocks.get(at + 1).filter(|block| block.kind == "text");
                    let promised = shown.map_or_else(|| promised(&text, block), |block| block.text.clone());
                    shows(&name, &answer, &promised);
                } else if command.starts_with("policy ") || command.contains("| policy ") {
                    run(&desk, &command);
                } else {
                    let is_known = ELSEWHERE.iter().any(|known| command.starts_with(known));
                    assert!(is_known, "{name}: nobody tries `{command}`");
                }
            }
        }
    }
    assert!(typed >= 10, "only {typed} command lines were found");
}

/// The status that the prose after a command promises.
fn promised(page: &str, command: &Block) -> String {
    let after = page.split(command.text.as_str()).nth(1).expect("the block is the page's");
    let status = after.split("The answer is `").nth(1).and_then(|rest| rest.split('`').next());
    format!("HTTP/1.1 {}", status.expect("the page says what comes of the command"))
}

/// Whether an answer has all that a page shows of it, between its ellipses.
fn shows(name: &str, answer: &str, shown: &str) {
    for part in shown.lines().flat_map(|line| line.split('…')).map(str::trim) {
        assert!(answer.contains(part), "{name}: shows `{part}`, which is not in {answer}");
    }
}

#[test]
fn verbs_and_flags_that_pages_name_exist() {
    let verbs = verbs();
    let mut named = 0;
    for (name, text) in pages() {
        for span in text.split('`').skip(1).step_by(2) {
            let Some(rest) = span.strip_prefix("policy ").filter(|rest| !rest.contains('\n')) else {
                continue;
            };
            let Some(verb) = rest.split(' ').next().filter(|word| !word.starts_with('-')) else { continue };
            assert!(verbs.iter().any(|known| known == verb), "{name}: `{span}` names no verb");
            let help = policy(&repository(), &["help", verb]).out;
            for flag in rest.split([' ', '=']).filter(|word| word.starts_with("--")) {
                assert!(help.contains(flag), "{name}: `{span}` has a flag that `{verb}` has not");
            }
            named += 1;
        }
    }
    assert!(named >= 8, "only {named} verbs are named");
}
