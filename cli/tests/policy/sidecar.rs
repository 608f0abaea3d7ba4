//! A sidecar of a test's own, and requests to it as people type them.

#![cfg(unix)]

use crate::support::shell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A sidecar that stops with its test.
pub(crate) struct Sidecar {
    child: Child,
    /// Where clients connect.
    pub(crate) address: String,
    /// Where operators connect.
    pub(crate) admin: String,
}

impl Sidecar {
    /// Runs a command line that serves, on ports of its own.
    pub(crate) fn start(directory: &Path, command: &str) -> Self {
        let ports = "--listen 127.0.0.1:0 --admin-listen 127.0.0.1:0";
        let mut child = shell(directory, &format!("exec {command} {ports}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command");
        let mut greeting = String::new();
        let said = child.stdout.take().expect("its output");
        BufReader::new(said).read_line(&mut greeting).expect("a greeting");
        let mut addresses = greeting.split("http://").skip(1);
        let mut next = || {
            let rest = addresses.next().unwrap_or_else(|| panic!("`{command}` says {greeting:?}"));
            rest.split([',', ';', '\n']).next().unwrap_or_default().to_owned()
        };
        Self { address: next(), admin: next(), child }
    }

    /// The answer to a `curl` command line, which is sent here and not where it says.
    pub(crate) fn curl(&self, command: &str) -> String {
        // The shell takes the words apart; none of them holds a line break.
        let words = shell(Path::new("."), &format!("curl() {{ printf '%s\\n' \"$@\"; }}; {command}"));
        let words = { words }.output().expect("a shell").stdout;
        let words = String::from_utf8(words).expect("text");
        let words: Vec<&str> = words.lines().collect();
        let after = |flag: &str| {
            words.windows(2).filter(|pair| pair[0] == flag).map(|pair| pair[1]).collect::<Vec<_>>()
        };
        let address = words.iter().find_map(|word| word.strip_prefix("http://127.0.0.1:8080"));
        let body = after("-d").concat();
        let headers = [after("-H"), vec![""]].concat().join("\r\n");
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        write!(
            stream,
            "POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            address.expect("the default address"),
            body.len(),
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Asks it to stop, and tells its exit code.
    pub(crate) fn stop(&mut self, signal: &str) -> Option<i32> {
        Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("a signal");
        self.child.wait().expect("an end").code()
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
