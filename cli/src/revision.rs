//! The files of a package at a revision of git, read with the `git` command.

use crate::exit::{Failure, said};
use lang::limits::{PACKAGE_BYTES_MAX, PACKAGE_FILES_MAX, SOURCE_BYTES_MAX};
use package::{Files, Kind};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Longest entry of a list of files: a path of the longest kind, and what stands before it.
const ENTRY_BYTES_MAX: u64 = 8 << 10;

/// The policy files below `root` as they were at a revision, names relative to it, sorted.
///
/// There may be none: the package is younger than the revision.
///
/// # Errors
///
/// There is no git, the directory is in no repository, it has no such
/// revision, or what stood there is larger than a package may be.
pub(crate) fn policy_files(root: &Path, revision: &str) -> Result<Files, Failure> {
    let commit = commit(root, revision)?;
    let entries = entries(root, &commit)?;
    contents(root, entries)
}

/// One file of a revision.
struct Entry {
    object: String,
    bytes: usize,
    name: Box<str>,
}

/// The id of the commit that a revision names.
fn commit(root: &Path, revision: &str) -> Result<String, Failure> {
    // Nothing that a revision can be called begins so, and git would take it for a flag.
    if revision.is_empty() || revision.starts_with('-') || revision.contains('\0') {
        return Err(unknown(revision));
    }
    let inside = output(root, &["rev-parse", "--is-inside-work-tree"])?;
    if !inside.status.success() {
        return Err(outside(root, &inside.stderr));
    }
    let found = output(root, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?;
    let id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if found.status.success() && !id.is_empty() { Ok(id) } else { Err(unknown(revision)) }
}

fn unknown(revision: &str) -> Failure {
    Failure::usage(format!("git knows no revision `{revision}` here"))
        .help("name a commit, branch or tag; a shallow clone has few of them, and `git fetch --unshallow` brings the rest")
}

/// In no repository; or git does not want to say.
fn outside(root: &Path, stderr: &[u8]) -> Failure {
    let told = String::from_utf8_lossy(stderr);
    let first = told.lines().next().unwrap_or_default();
    if first.contains("not a git repository") {
        return Failure::usage(format!("`{}` is in no git repository", root.display()))
            .help("`--changed-since` compares the package with a revision of its repository");
    }
    Failure::machine(format!("git cannot read the repository of `{}`: {first}", root.display()))
}

/// The policy files of a commit below the directory: plain ones, in no hidden folder.
fn entries(root: &Path, commit: &str) -> Result<Vec<Entry>, Failure> {
    let mut child = start(root, &["ls-tree", "-r", "-l", "-z", commit], Stdio::null())?;
    let mut entries = Vec::new();
    let mut bytes: usize = 0;
    if let Some(list) = child.stdout.take() {
        let mut list = BufReader::new(list);
        loop {
            let mut entry = Vec::new();
            let mut bounded = list.by_ref().take(ENTRY_BYTES_MAX);
            let read = bounded.read_until(0, &mut entry).map_err(|error| broken(&error))?;
            if read == 0 {
                break;
            }
            let Some(entry) = entry_of(&entry) else { continue };
            bytes = bytes.saturating_add(entry.bytes);
            if entry.bytes > SOURCE_BYTES_MAX
                || bytes > PACKAGE_BYTES_MAX
                || entries.len() >= PACKAGE_FILES_MAX
            {
                child.kill().ok();
                child.wait().ok();
                return Err(too_much(root, commit));
            }
            entries.push(entry);
        }
    }
    finished(child, "ls-tree")?;
    entries.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(entries)
}

/// `100644 blob ID SIZE<tab>NAME<nul>`, of a file that is policy text.
fn entry_of(entry: &[u8]) -> Option<Entry> {
    let text = std::str::from_utf8(entry).ok()?.strip_suffix('\0')?;
    let (head, name) = text.split_once('\t')?;
    let mut words = head.split_ascii_whitespace();
    let (mode, kind, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let is_plain = kind == "blob" && matches!(mode, "100644" | "100755");
    let is_hidden = name.split('/').any(|part| part.starts_with('.'));
    if !is_plain || is_hidden || !name.ends_with(Kind::Policy.ending()) {
        return None;
    }
    Some(Entry { object: object.to_owned(), bytes: size.parse().ok()?, name: name.into() })
}

/// What stands in the files.
fn contents(root: &Path, entries: Vec<Entry>) -> Result<Files, Failure> {
    if entries.is_empty() {
        return Ok(Files::new());
    }
    let mut child = start(root, &["cat-file", "--batch"], Stdio::piped())?;
    let (asked, answered) = (child.stdin.take(), child.stdout.take());
    let (Some(mut asked), Some(answered)) = (asked, answered) else {
        return Err(Failure::machine("git cannot be spoken with"));
    };
    let list: String = entries.iter().flat_map(|entry| [entry.object.as_str(), "\n"]).collect();
    // In a thread of its own: git answers while it is still being asked.
    let files = std::thread::scope(|scope| {
        scope.spawn(move || asked.write_all(list.as_bytes()));
        read_contents(BufReader::new(answered), entries)
    })?;
    finished(child, "cat-file")?;
    Ok(files)
}

/// `ID blob SIZE`, that many bytes and a line feed, for each file.
fn read_contents(mut answered: BufReader<impl std::io::Read>, entries: Vec<Entry>) -> Result<Files, Failure> {
    let mut files = Files::with_capacity(entries.len());
    for entry in entries {
        let mut head = String::new();
        answered.by_ref().take(ENTRY_BYTES_MAX).read_line(&mut head).map_err(|error| broken(&error))?;
        if head.trim_end() != format!("{} blob {}", entry.object, entry.bytes) {
            return Err(Failure::machine(format!("git cannot show `{}`: {}", entry.name, head.trim_end())));
        }
        let mut bytes = vec![0; entry.bytes];
        answered.read_exact(&mut bytes).map_err(|error| broken(&error))?;
        answered.read_exact(&mut [0]).map_err(|error| broken(&error))?;
        files.push((entry.name, bytes));
    }
    Ok(files)
}

fn too_much(root: &Path, commit: &str) -> Failure {
    let message =
        format!("the policy text of `{}` at {commit} is larger than a package may be", root.display());
    Failure::usage(message).help("compare with a later revision")
}

fn broken(error: &std::io::Error) -> Failure {
    Failure::machine(format!("what git says cannot be read: {}", said(error)))
}

fn command(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    // What git says of a failure is looked into, so it is asked in one language.
    command.arg("-C").arg(root).args(args).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn no_git(error: &std::io::Error) -> Failure {
    Failure::machine(format!("`git` cannot be run: {}", said(error)))
        .help("`--changed-since` asks the `git` command for the former text of the package")
}

fn output(root: &Path, args: &[&str]) -> Result<std::process::Output, Failure> {
    command(root, args).stdin(Stdio::null()).output().map_err(|error| no_git(&error))
}

fn start(root: &Path, args: &[&str], stdin: Stdio) -> Result<Child, Failure> {
    let mut command = command(root, args);
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|error| no_git(&error))
}

fn finished(mut child: Child, what: &str) -> Result<(), Failure> {
    let status = child.wait().map_err(|error| broken(&error))?;
    if status.success() { Ok(()) } else { Err(Failure::machine(format!("`git {what}` failed: {status}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_policy_text_is_read() {
        let rows = [
            ("100644 blob abc      12\ta.ascp\0", Some(("abc", 12, "a.ascp"))),
            ("100755 blob abc       0\ttenants/b.ascp\0", Some(("abc", 0, "tenants/b.ascp"))),
            ("100644 blob abc      12\ta.test.yaml\0", None),
            ("120000 blob abc      12\tlink.ascp\0", None),
            ("160000 commit abc     -\tmodule.ascp\0", None),
            ("100644 blob abc      12\t.old/a.ascp\0", None),
            ("100644 blob abc      12\ta.ascp", None),
            ("", None),
        ];
        for (line, expected) in rows {
            let found = entry_of(line.as_bytes());
            let found = found.as_ref().map(|entry| (&*entry.object, entry.bytes, &*entry.name));
            assert_eq!(found, expected, "{line}");
        }
    }
}
