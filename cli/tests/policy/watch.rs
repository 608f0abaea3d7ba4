//! `policy test --watch`: a save runs what it affects, and nothing else.

#![cfg(unix)]

use crate::support::Scratch;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a slow machine may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a watcher must stay silent to be believed.
const SILENCE: Duration = Duration::from_millis(700);

struct Watching {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Watching {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_policy"))
            .args(["test", "--watch", "--at", "2026-11-20"])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command");
        let out = lines(child.stdout.take().expect("its output"));
        let err = lines(child.stderr.take().expect("its errors"));
        Self { child, out, err }
    }

    /// The report up to its line of sums, and what was run.
    fn report(&self) -> (String, String) {
        let mut text = String::new();
        loop {
            let line = self.out.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no report after:\n{text}"));
            text += &line;
            text.push('\n');
            if line.contains(" passed, ") {
                break;
            }
        }
        (text, self.note(" ms"))
    }

    /// The next line on standard error that holds `part`.
    fn note(&self, part: &str) -> String {
        loop {
            let line = self.err.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no note with `{part}`"));
            if line.contains(part) {
                return line;
            }
        }
    }

    fn is_silent(&self) -> bool {
        self.out.recv_timeout(SILENCE).is_err()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn suite(name: &str, verdict: &str) -> String {
    format!(
        "suite: {name}\ndefaults: {{ tenant: t, model: m }}\ncases:\n- name: one\n  expect: {{ verdict: {verdict} }}\n"
    )
}

#[test]
fn a_save_runs_what_it_affects() {
    let scratch = Scratch::new("watch");
    scratch.write("policy.ascp", crate::PACKAGE);
    scratch.write("a.test.yaml", &suite("A", "allow"));
    scratch.write("b.test.yaml", &suite("B", "allow"));
    let watching = Watching::start(scratch.path());
    let (text, note) = watching.report();
    assert_eq!(text, "2 passed, 0 failed\n");
    assert!(note.starts_with("2 suites in "), "{note}");

    // A suite alone.
    scratch.write("a.test.yaml", &suite("A", "deny"));
    let (text, note) = watching.report();
    assert!(text.starts_with("FAILED A: one\n") && text.ends_with("0 passed, 1 failed\n"), "{text}");
    assert!(note.starts_with("1 suite in "), "{note}");

    // A save of what is there already.
    scratch.write("b.test.yaml", &suite("B", "allow"));
    assert!(watching.is_silent());

    // The policy: all of them.
    scratch.write("policy.ascp", &crate::PACKAGE.replace("allow    models m", "deny     models m"));
    let (text, note) = watching.report();
    assert!(text.contains("FAILED B: one\n") && text.ends_with("1 passed, 1 failed\n"), "{text}");
    assert!(note.starts_with("2 suites in "), "{note}");

    // What does not compile is told, and mended.
    scratch.write("policy.ascp", &crate::PACKAGE.replace("allow    models m", "allow    models mm"));
    watching.note("ASCP0201");
    scratch.write("policy.ascp", crate::PACKAGE);
    let (text, _) = watching.report();
    assert!(text.ends_with("1 passed, 1 failed\n"), "{text}");

    // A suite that is new, and one that is gone.
    scratch.write("c.test.yaml", &suite("C", "allow"));
    assert_eq!(watching.report().0, "1 passed, 0 failed\n");
    std::fs::remove_file(scratch.path().join("a.test.yaml")).expect("it is there");
    scratch.write("b.test.yaml", &suite("B", "deny"));
    assert_eq!(watching.note("all suites: "), "all suites: 1 passed, 1 failed");
}

#[test]
fn a_package_that_is_used_from_beside_is_watched_too() {
    let scratch = Scratch::new("watch-used");
    scratch.write("p/policy.ascp", &crate::PACKAGE.replace("use std.pii", "use std.pii\nuse \"../base\""));
    scratch.write("p/a.test.yaml", &suite("A", "allow"));
    scratch.write("base/base.ascp", "policy base { language 1; version \"1\" }\n");
    let watching = Watching::start(&scratch.path().join("p"));
    assert_eq!(watching.report().0, "1 passed, 0 failed\n");
    let rule = "policy base { language 1; version \"1\" }\nrule none { when true; deny \"No.\" }\n";
    scratch.write("base/base.ascp", rule);
    let (text, _) = watching.report();
    assert!(text.ends_with("0 passed, 1 failed\n"), "{text}");
    assert!(text.contains("\n  decided by ../base/base.ascp:2\n"), "{text}");
}
