//! `policy scan`, as a shell sees it.

use super::support::{Said, Scratch, json, policy, policy_with, repository};
use engine::scan::Scanner;
use lang::model::DetectorId;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TEXT: &str = "Grüße!\nCard 4111 1111 1111 1111, mail jane.doe@example.com.\n";

/// A package whose redactions do different things to one detector.
const PACKAGE: &str = r#"policy p { language 1; version "1" }

use std.pii

region here "Here" { country "DE" }

provider a { speaks openai; endpoint x { url "https://x.example/v1"; region here; key none } }

model m { aka "m"; offered by a as "m-1"; price 0 USD in, 0 USD out per 1M tokens }

detector ticket { pattern /\bTKT-\d{6}\b/; category cardholder_data }

redaction cards { pii.pan mask keep last 4; on input, output }
redaction mails { pii.email tokenize; on input }
redaction answers { ticket block; on output }
redaction strict { pii.pan block; on input }
redaction later { pii.email block; on input; shadow until 2027-03-31 }

tenant t { identify mtls subject "CN=t"; allow models m; redact cards, mails, answers, later }
tenant u { identify mtls subject "CN=u"; allow models m; redact strict }
"#;

fn lines(said: &Said) -> Vec<Value> {
    said.out.lines().map(json).collect()
}

fn package(name: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("p/policy.ascp", PACKAGE);
    scratch
}

#[test]
fn the_example_of_the_help_runs() {
    let scratch = Scratch::new("scan-example");
    let help = policy(scratch.path(), &["scan", "--help"]);
    let (_, example) = help.out.split_once("Example:\n  ").expect("an example");
    let (input, command) = example.trim().split_once(" | ").expect("a pipe");
    let input = input.strip_prefix("echo '").and_then(|text| text.strip_suffix('\'')).expect("an echo");
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    let said = policy_with(scratch.path(), &args, input);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.starts_with("-:1:8: pii.pan (replace, confidence 0.9"), "{said:?}");
    assert_eq!(said.err, "1 finding: pii.pan 1\n");
}

#[test]
fn people_see_places_and_no_values() {
    let scratch = Scratch::new("scan-text");
    scratch.write("a.txt", TEXT);
    let said = policy(scratch.path(), &["scan", "a.txt"]);
    assert_eq!(said.code, 0, "{said:?}");
    let places: Vec<&str> = said.out.lines().filter_map(|line| line.split(" (").next()).collect();
    assert_eq!(places, ["a.txt:2:6: pii.pan", "a.txt:2:32: pii.email"]);
    assert!(!said.out.contains("4111") && !said.out.contains("jane"), "{said:?}");
    assert_eq!(said.err, "2 findings: pii.email 1, pii.pan 1\n");
    let shown = policy(scratch.path(), &["scan", "a.txt", "--show", "-q"]);
    assert!(shown.out.contains(": \"4111 1111 1111 1111\"\n"), "{shown:?}");
    assert_eq!(shown.err, "");
    let none = policy_with(scratch.path(), &["scan"], "nothing to see");
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", "no findings\n"));
}

#[test]
fn programs_get_bytes_lines_and_the_redacted_text() {
    let scratch = Scratch::new("scan-json");
    let said = policy_with(scratch.path(), &["scan", "-", "--format", "json"], TEXT);
    let value = json(&said.out);
    assert_eq!((said.code, &value["schema"], &value["file"]), (0, &json!("ascp.scan/1"), &json!("-")));
    let card = &value["findings"][0];
    assert_eq!([&card["start"], &card["end"], &card["line"], &card["column"]], [14, 33, 2, 6]);
    assert_eq!((&card["detector"], &card["action"]), (&json!("pii.pan"), &json!("replace")));
    assert_eq!(card.get("value"), None);
    assert_eq!(value["redacted"], "Grüße!\nCard [pii.pan], mail [pii.email].\n");
    let redacted = policy_with(scratch.path(), &["scan", "--redacted"], TEXT);
    assert_eq!((redacted.code, redacted.out.as_str()), (0, "Grüße!\nCard [pii.pan], mail [pii.email].\n"));
    let shown = policy_with(scratch.path(), &["scan", "--format", "json", "--show"], TEXT);
    assert_eq!(json(&shown.out)["findings"][0]["value"], "4111 1111 1111 1111");
}

#[test]
fn each_json_line_is_answered_with_one() {
    let scratch = Scratch::new("scan-lines");
    let text = concat!(
        "{\"id\":\"a\",\"text\":\"\\u00e4 4111 1111 1111 1111\",\"lang\":\"de\"}\n",
        "\n",
        "{\"text\":\"nothing\",\"id\":{\"n\":1.50}}\r\n",
        "{\"text\":\"jane@example.com\"}",
    );
    let said = policy_with(scratch.path(), &["scan", "--jsonl"], text);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    let answers = lines(&said);
    assert_eq!(answers.len(), 3);
    let finding = &answers[0]["findings"][0];
    assert_eq!(
        (&finding["detector"], &finding["start"], &finding["end"]),
        (&json!("pii.pan"), &json!(3), &json!(22))
    );
    assert!(finding["confidence"].as_f64().is_some_and(|sure| sure > 0.9 && sure < 1.0), "{finding}");
    assert_eq!((&answers[0]["id"], &answers[0]["redacted"]), (&json!("a"), &json!("ä [pii.pan]")));
    assert!(
        said.out.contains("{\"id\":{\"n\":1.50},\"findings\":[],\"redacted\":\"nothing\"}\n"),
        "{said:?}"
    );
    assert_eq!((&answers[2]["id"], &answers[2]["redacted"]), (&Value::Null, &json!("[pii.email]")));
}

#[test]
fn a_line_that_is_none_is_named_after_the_answers_before_it() {
    let scratch = Scratch::new("scan-bad-lines");
    let rows: &[(&[u8], &str)] = &[
        (b"{\"id\":1}", "missing field `text`"),
        (b"plain text", "expected value"),
        (b"{\"text\":\"\xff\"}", "invalid unicode code point"),
        (b"{\"text\":7}", "invalid type"),
    ];
    for (line, expected) in rows {
        let mut bytes = b"{\"text\":\"ok\"}\n".to_vec();
        bytes.extend_from_slice(line);
        std::fs::write(scratch.path().join("in.jsonl"), bytes).expect("a file");
        let said = policy(scratch.path(), &["scan", "in.jsonl", "--jsonl"]);
        assert_eq!((said.code, lines(&said).len()), (2, 1), "{said:?}");
        assert!(said.err.contains("in.jsonl:2: not a line of JSON with `text`"), "{said:?}");
        assert!(said.err.contains(expected), "{said:?}");
    }
}

#[test]
fn a_line_beyond_the_limit_is_refused() {
    let scratch = Scratch::new("scan-long-line");
    let long = format!("{{\"text\":\"{}\"}}\n", "x".repeat(64 << 20));
    scratch.write("in.jsonl", &long);
    let said = policy(scratch.path(), &["scan", "in.jsonl", "--jsonl"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("in.jsonl:1: the line is longer than 64 MiB"), "{said:?}");
}

#[test]
fn a_tenant_gets_its_own_redactions_and_nobody_the_strictest() {
    let scratch = package("scan-package");
    let text = "TKT-123456 4111 1111 1111 1111 jane.doe@example.com";
    let at = ["--at", "2026-11-20"];
    let scan = |more: &[&str]| {
        let args: Vec<&str> =
            ["scan", "p", "-", "--format", "json"].iter().chain(&at).chain(more).copied().collect();
        policy_with(scratch.path(), &args, text)
    };
    let said = scan(&["--tenant", "t"]);
    assert_eq!(said.code, 0, "{said:?}");
    let value = json(&said.out);
    let found = |value: &Value| -> Vec<(String, Value)> {
        let rows = value["findings"].as_array().expect("findings").iter();
        rows.map(|row| (row["detector"].as_str().expect("a name").to_owned(), row["action"].clone()))
            .collect()
    };
    let expected = [("ticket", Value::Null), ("pii.pan", json!("mask")), ("pii.email", json!("tokenize"))];
    assert_eq!(found(&value), expected.map(|(name, action)| (name.to_owned(), action)));
    let redacted = value["redacted"].as_str().expect("a text");
    assert!(redacted.starts_with("TKT-123456 **** **** **** 1111 [EMAIL_"), "{redacted}");
    assert_eq!(scan(&["--tenant", "t"]).out, said.out, "two runs say the same");

    let strictest = json(&scan(&[]).out);
    assert_eq!(found(&strictest)[1], ("pii.pan".to_owned(), json!("block")));
    assert_eq!((&strictest["redacted"], &strictest["blocked"]), (&Value::Null, &json!("pii.pan")));
    let later = policy_with(scratch.path(), &["scan", "p", "--tenant", "t", "--at", "2027-04-01"], text);
    assert!(later.out.contains("pii.email (block"), "a shadow ends: {later:?}");
    let blocked = policy_with(scratch.path(), &["scan", "p", "--tenant", "u", "--redacted"], text);
    assert_eq!((blocked.code, blocked.out.as_str()), (1, ""), "{blocked:?}");
    assert!(blocked.err.contains("`pii.pan` blocks this text"), "{blocked:?}");
    let line = policy_with(
        scratch.path(),
        &["scan", "p", "--tenant", "u", "--jsonl"],
        &format!("{{\"text\":\"{text}\"}}"),
    );
    assert!(line.out.ends_with("\"redacted\":null,\"blocked\":\"pii.pan\"}\n"), "{line:?}");
}

#[test]
fn wrong_calls_and_packages_are_told_apart() {
    let scratch = package("scan-calls");
    scratch.write("broken/policy.ascp", "policy p {");
    std::fs::write(scratch.path().join("bytes"), b"\xff\xfe").expect("a file");
    let rows: &[(&[&str], i32, &str)] = &[
        (&["scan", "nowhere.txt"], 2, "cannot read `nowhere.txt`"),
        (&["scan", "nowhere.txt", "--jsonl"], 2, "cannot read `nowhere.txt`"),
        (&["scan", "p/policy.ascp", "-"], 2, "is not a directory"),
        (&["scan", "p", "--tenant", "tt"], 2, "there is no tenant `tt`"),
        (&["scan", "--tenant", "t"], 2, "`--tenant` needs a package"),
        (&["scan", "--jsonl", "--format", "json"], 2, "cannot be used with"),
        (&["scan", "--jsonl", "--show"], 2, "cannot be used with"),
        (&["scan", "bytes"], 2, "is not UTF-8"),
        (&["scan", "broken", "-"], 3, "ASCP0"),
    ];
    for (args, code, expected) in rows {
        let said = policy(scratch.path(), args);
        assert_eq!((said.code, said.out.as_str()), (*code, ""), "{args:?}: {said:?}");
        assert!(said.err.contains(expected), "{args:?}: {said:?}");
    }
}

#[test]
fn a_line_is_answered_before_the_next_is_asked_and_a_gone_reader_ends_it() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args(["scan", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    let mut input = child.stdin.take().expect("its input");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    for number in 0..3 {
        input.write_all(format!("{{\"id\":{number},\"text\":\"hello\"}}\n").as_bytes()).expect("a line");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("an answer");
        assert_eq!(json(&answer)["id"], number);
    }
    drop(output);
    // It stops by itself, with its input still open.
    for _ in 0..64 {
        if input.write_all(&b"{\"text\":\"hello\"}\n".repeat(4_096)).is_err() {
            break;
        }
    }
    let ended = child.wait_with_output().expect("its end");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
    drop(input);
}

#[test]
fn the_corpus_scans_as_one_stream() {
    let corpus = repository().join("testsuite/corpus/plain.jsonl");
    let scratch = Scratch::new("scan-corpus");
    let said = policy(scratch.path(), &["scan", corpus.to_str().expect("a path"), "--jsonl"]);
    assert_eq!(said.code, 0, "{said:?}");
    let asked = std::fs::read_to_string(&corpus).expect("the corpus");
    let ids = |text: &str| text.lines().map(|line| json(line)["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&said.out), ids(&asked));
}

/// Prompts of about a kilobyte, as JSON lines: plain sentences of the corpus, with another one now and then.
fn prompts(bytes: usize) -> String {
    let read = |name: &str| {
        let text =
            std::fs::read_to_string(repository().join("testsuite/corpus").join(name)).expect("the corpus");
        text.lines().map(|line| json(line)["text"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    let plain = read("plain.jsonl");
    let others: Vec<String> =
        ["mixed.jsonl", "lookalikes.jsonl", "secrets.jsonl"].iter().flat_map(|name| read(name)).collect();
    let mut lines = String::with_capacity(bytes + 4_096);
    let (mut from, mut turn) = (plain.iter().cycle(), others.iter().cycle());
    let mut number = 0;
    while lines.len() < bytes {
        let mut text: String = from.by_ref().take(12).flat_map(|text| [text, " "]).collect();
        text += turn.next().expect("a cycle does not end");
        lines += &json!({ "id": number, "text": text }).to_string();
        lines.push('\n');
        number += 1;
    }
    lines
}

/// `cargo test -p cli --release --test policy fast -- --ignored --nocapture` tells both speeds, in one run.
#[test]
#[ignore = "64 MB; meant for a release build"]
fn the_command_is_nearly_as_fast_as_the_scanner() {
    let scratch = Scratch::new("scan-speed");
    let lines = prompts(64_000_000);
    scratch.write("in.jsonl", &lines);
    let texts: Vec<String> =
        lines.lines().map(|line| json(line)["text"].as_str().expect("a text").to_owned()).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let model = testsuite::library::compile().model.expect("the library");
    let scanner =
        Scanner::new(model.detectors.iter().enumerate().map(|(at, one)| (DetectorId::from_index(at), one)));
    let (scanner, mut found) = (scanner.expect("a scanner"), Vec::new());
    let wanted = scanner.detectors();
    let start = Instant::now();
    for text in &texts {
        scanner.find(text, &wanted, &mut found).expect("findings");
    }
    let alone = start.elapsed();
    let start = Instant::now();
    let said = policy(scratch.path(), &["scan", "in.jsonl", "--jsonl"]);
    let whole = start.elapsed();
    assert_eq!((said.code, said.out.lines().count()), (0, texts.len()));
    let answered: usize = elements(&said.out, "findings");
    assert_eq!(answered, found.len());
    let kilobytes = u32::try_from(bytes / 1_000).expect("64 MB");
    let speed = |took: Duration| f64::from(kilobytes) / 1e3 / took.as_secs_f64();
    let told = format!(
        "{} texts, {bytes} bytes, {answered} findings: Scanner::find {:.0} MB/s, policy scan --jsonl {:.0} MB/s\n",
        texts.len(),
        speed(alone),
        speed(whole),
    );
    std::io::stderr().write_all(told.as_bytes()).expect("a place to say it");
    assert!(whole < alone * 2 + Duration::from_secs(2), "{told}");
}

/// How many elements the arrays of one field have together.
fn elements(text: &str, field: &str) -> usize {
    text.lines().map(|line| json(line)[field].as_array().map_or(0, Vec::len)).sum()
}

#[test]
fn the_page_shows_what_happens() {
    let scratch = Scratch::new("scan-page");
    let page = include_str!("../../../docs/scanning.md");
    let block = |kind: &str, number: usize| -> &str {
        let blocks: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
        let of_kind = blocks.iter().filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n'));
        of_kind.clone().nth(number).unwrap_or_else(|| panic!("{kind} {number}"))
    };
    let text = "Charge 4111 1111 1111 1111, please\n";
    let rows: &[(&[&str], &str, &str)] = &[
        (&["scan", "-q"], text, block("text", 0)),
        (&["scan", "--format", "json"], text, block("json", 0)),
        (&["scan", "--jsonl"], "{\"id\":\"a1\",\"text\":\"pay 4111 1111 1111 1111 now\"}", block("json", 1)),
    ];
    for (args, input, shown) in rows {
        assert_eq!(policy_with(scratch.path(), args, input).out, *shown, "{args:?}");
    }
    assert!(block("sh", 0).contains(text.trim()));
}
