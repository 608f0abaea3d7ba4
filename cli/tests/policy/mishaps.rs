//! What goes wrong around a verb: readers that leave, full disks, odd names, addresses in use.

#![cfg(unix)]

use crate::sidecar::Sidecar;
use crate::support::{Scratch, policy, repository};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Output, Stdio};

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("its end");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure_of_the_machine() {
    for args in [["completions", "bash"].as_slice(), &["help", "ASCP0201"], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
        let mut command = Command::new(env!("CARGO_BIN_EXE_policy"));
        let output = command.args(args).stdout(full).stderr(Stdio::piped()).output().expect("the command");
        let (code, said) = told(&output);
        assert_eq!(code, Some(4), "{args:?}");
        assert!(said.starts_with("error: the result cannot be written: "), "{args:?}: {said}");
    }
}

#[test]
fn a_directory_that_is_not_the_package_points_to_it() {
    let root = repository().join("policies/fintech/tests");
    let said = policy(&root, &["check", "."]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains("its package is `") && said.err.contains("policies/fintech`"), "{said:?}");
}

#[test]
fn nothing_is_made_where_a_file_stands() {
    let scratch = Scratch::new("file");
    scratch.write("taken", "mine");
    let said = policy(scratch.path(), &["init", "taken"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.starts_with("error: `taken` is not a directory\n"), "{said:?}");
    assert_eq!(scratch.read("taken"), "mine");
}

#[test]
fn quiet_leaves_results_alone() {
    let scratch = Scratch::new("quiet");
    let init = policy(scratch.path(), &["-q", "init", "p"]);
    assert!(init.out.starts_with("ascp_") && init.out.lines().count() == 1, "{init:?}");
    assert_eq!(init.err, "");
    let check = policy(scratch.path(), &["-q", "check", "p"]);
    assert_eq!((check.code, check.out.as_str(), check.err.as_str()), (0, "", ""), "{check:?}");
    let check = policy(scratch.path(), &["-v", "check", "p"]);
    assert!(check.err.contains("read p\n"), "{check:?}");
    let both = policy(scratch.path(), &["-q", "-v", "check", "p"]);
    assert_eq!(both.code, 2, "{both:?}");
    let nothing = policy(scratch.path(), &["fmt", "p/tests"]);
    assert_eq!(
        (nothing.code, nothing.err.as_str()),
        (0, "there is no `.ascp` file to lay out\n"),
        "{nothing:?}"
    );
}

#[test]
fn names_that_are_not_text_are_told() {
    let scratch = Scratch::new("names");
    assert_eq!(policy(scratch.path(), &["init", "p"]).code, 0);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.ascp");
    std::fs::write(scratch.path().join("p").join(name), "").expect("a file");
    let said = policy(scratch.path(), &["check", "p"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
    assert!(said.err.contains("is not UTF-8"), "{said:?}");
    let mut missing = Command::new(env!("CARGO_BIN_EXE_policy"));
    let output = missing.arg("check").arg(name).output().expect("the command");
    let (code, said) = told(&output);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("No such file or directory") && !said.contains("os error"), "{said}");
}

#[test]
fn an_address_in_use_is_told_with_the_flag_that_changes_it() {
    let first = Sidecar::start(&repository(), "policy serve policies/fintech --simulate");
    for (flag, other, taken) in
        [("--listen", "--admin-listen", &first.address), ("--admin-listen", "--listen", &first.admin)]
    {
        let args = ["serve", "policies/fintech", "--simulate", flag, taken, other, "127.0.0.1:0"];
        let said = policy(&repository(), &args);
        assert_eq!((said.code, said.out.as_str()), (4, ""), "{said:?}");
        let help = format!("= help: another process listens there; choose another address with `{flag}`\n");
        assert!(said.err.ends_with(&help), "{said:?}");
    }
}
