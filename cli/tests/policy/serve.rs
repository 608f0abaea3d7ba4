//! `policy serve` over a socket: an orderly end, and what `policy init` promises of it.

#![cfg(unix)]

use crate::documented::commands;
use crate::sidecar::Sidecar;
use crate::support::{Scratch, policy, repository, shell};

#[test]
fn it_serves_and_stops() {
    for signal in ["-TERM", "-INT"] {
        let mut sidecar = Sidecar::start(&repository(), "policy serve policies/fintech --simulate");
        let denied = sidecar.curl(
            "curl http://127.0.0.1:8080/v1/chat/completions -H 'Authorization: Bearer ascp_demo_retail_0001' \
             -H 'Content-Type: application/json' \
             -d '{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Which stock should I buy?\"}]}'",
        );
        assert!(denied.starts_with("HTTP/1.1 403"), "{denied}");
        assert!(denied.contains("Ask a licensed adviser."), "{denied}");
        assert_eq!(sidecar.stop(signal), Some(0), "{signal}");
    }
}

#[test]
fn what_init_says_to_type_works() {
    // What leaves as a token comes back as itself.
    for (template, restored) in [
        ("minimal", "4111 1111 1111 1111"),
        ("fintech", "4111 1111 1111 1111"),
        ("healthcare", "00482913"),
        ("eu_saas", "anna@kunde.example"),
    ] {
        let scratch = Scratch::new(&format!("typed-{template}"));
        let farewell = policy(scratch.path(), &["init", "mine", "--from", template]).out;
        let (mut checks, mut answers) = (0, 0);
        let mut sidecar = None;
        for command in commands(&farewell) {
            if command.starts_with("policy serve ") {
                sidecar = Some(Sidecar::start(scratch.path(), &command));
            } else if command.starts_with("policy ") {
                let output = shell(scratch.path(), &command).output().expect("the command");
                assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
                checks += 1;
            } else if command.starts_with("curl ") {
                let sidecar = sidecar.as_ref().expect("a sidecar is started first");
                let answer = sidecar.curl(&command);
                assert!(answer.starts_with("HTTP/1.1 200"), "{command}: {answer}");
                assert!(answer.contains(restored), "{command}: {answer}");
                answers += 1;
            }
        }
        assert_eq!((checks, answers), (2, 1), "{farewell}");
    }
}
