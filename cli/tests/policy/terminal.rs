//! Runs the command on a terminal: a pseudo-terminal of the test's own.

#![cfg(unix)]

use crate::support::Said;
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

/// Both ends of a terminal that passes bytes on as they are, without echo.
fn open() -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).expect("its other end");
    unlockpt(&ours).expect("its other end");
    let name = ptsname(&ours, Vec::new()).expect("the name of its other end");
    let flags = i32::try_from(OFlags::NOCTTY.bits()).expect("a flag");
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(flags);
    let theirs = options.open(OsStr::from_bytes(name.to_bytes())).expect("its other end");
    let mut modes = tcgetattr(&theirs).expect("its modes");
    modes.make_raw();
    tcsetattr(&theirs, OptionalActions::Now, &modes).expect("its modes");
    (File::from(ours), theirs)
}

/// Runs `policy` on a terminal on which `input` is typed; what it prints anywhere is in `out`.
pub(crate) fn policy_on_terminal(directory: &Path, args: &[&str], input: &str) -> Said {
    let (mut ours, theirs) = open();
    let end = || theirs.try_clone().expect("its other end");
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy"));
    command.args(args).current_dir(directory).env_remove("NO_COLOR");
    let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("the command");
    // Reading ends when nobody holds the other end any more.
    drop((command, theirs));
    ours.write_all(input.as_bytes()).expect("typing");
    let mut out = Vec::new();
    let mut piece = [0; 4_096];
    while let Ok(length) = ours.read(&mut piece) {
        if length == 0 {
            break;
        }
        out.extend_from_slice(&piece[..length]);
    }
    let code = child.wait().expect("its end").code().expect("an exit code");
    Said { code, out: String::from_utf8(out).expect("text"), err: String::new() }
}
