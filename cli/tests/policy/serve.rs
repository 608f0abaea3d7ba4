//! `policy serve` over a socket: what its greeting promises, and an orderly end.

#![cfg(unix)]

use crate::support::repository;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

fn ask(address: &str, text: &str) -> String {
    let body = format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ascp_demo_retail_0001\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn it_serves_and_stops() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args([
            "serve",
            "policies/fintech",
            "--simulate",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ])
        .current_dir(repository())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command");
    let mut greeting = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut greeting).expect("a greeting");
    let address =
        greeting.split("http://").nth(1).and_then(|rest| rest.split(',').next()).expect("an address");
    let allowed = ask(address, "Why was 4111 1111 1111 1111 declined?");
    assert!(allowed.starts_with("HTTP/1.1 200"), "{allowed}");
    assert!(allowed.contains("x-ascp-endpoint: azure/westeurope"), "{allowed}");
    assert!(allowed.contains("4111 1111 1111 1111"), "{allowed}");
    let denied = ask(address, "Which stock should I buy?");
    assert!(denied.starts_with("HTTP/1.1 403"), "{denied}");
    assert!(denied.contains("Ask a licensed adviser."), "{denied}");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("a signal");
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}
