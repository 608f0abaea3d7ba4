//! Runs the command in directories of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory that goes away with its test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// An empty directory; `name` is the test's.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("policy-{}-{name}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).expect("a directory for the test");
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file below it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
        std::fs::write(path, text).expect("a file of the test");
    }

    /// Reads a file below it.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("a file of the test")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Runs `policy` in a directory, with text on its standard input.
pub(crate) fn policy_with(directory: &Path, args: &[&str], input: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    // A verb that does not read its input may be gone already.
    child.stdin.take().expect("its input").write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().expect("its output");
    Said {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Runs `policy` in a directory.
pub(crate) fn policy(directory: &Path, args: &[&str]) -> Said {
    policy_with(directory, args, "")
}

/// A command line in a shell that finds `policy`, and in `KEY` a caller's key.
pub(crate) fn shell(directory: &Path, line: &str) -> Command {
    let mut path =
        Path::new(env!("CARGO_BIN_EXE_policy")).parent().expect("its directory").as_os_str().to_owned();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(directory).env("PATH", path).env("KEY", "ascp_demo_retail_0001");
    command
}

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads what a verb wrote for programs.
pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("one JSON document")
}
