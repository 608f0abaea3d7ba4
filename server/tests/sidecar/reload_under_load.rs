//! Fifty edits of a package that serves two hundred requests a second: none fails, and each is decided by a version that was there.

use crate::client::{Answer, Client, chat};
use crate::log;
use crate::support::{Scratch, Sidecar, fintech};
use lang::Day;
use package::Package;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const EDITS: usize = 50;

/// Clients, and how often each asks: 200 requests a second together.
const CLIENTS: usize = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// How long an edit may take to be noticed; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(10);

const FILE: &str = "tenants/retail.ascp";
const RULE: &str = r#"deny  "Ask a licensed adviser.""#;
const REPORT: &str = "policy does not compile; the running one stays";

/// What an edit makes of the package. Every fifth is a syntax error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Denies,
    Allows,
    Broken,
}

const fn kind(edit: usize) -> Edit {
    match (edit % 5, edit % 2) {
        (4, _) => Edit::Broken,
        (_, 0) => Edit::Denies,
        _ => Edit::Allows,
    }
}

/// The edited file.
fn text(original: &str, edit: usize) -> String {
    let rule = match kind(edit) {
        Edit::Denies => format!(r#"deny  "Edit {edit}.""#),
        Edit::Allows => format!(r#"flag  "edit_{edit}""#),
        Edit::Broken => format!(r#"deny  "Edit {edit}."#),
    };
    let roomy = original.replace("600 requests", "6_000_000 requests").replace("2M tokens", "2_000M tokens");
    let edited = roomy.replace(RULE, &rule);
    assert_ne!(edited, roomy, "the rule has changed its text");
    edited
}

/// The digest by which answers name the package as it is now.
fn digest(root: &Path) -> Option<String> {
    let package = Package::open(root, Day::Load(server::Clock::today())).unwrap();
    package.compiled.model.map(|model| model.decision_digest.to_string())
}

/// An answer: which edit decided it.
fn decided_by(answer: &Answer, versions: &BTreeMap<String, usize>) -> usize {
    let (version, digest) = answer.header("x-ascp-policy").unwrap().split_once(' ').unwrap();
    assert_eq!(version, "2026.11.3");
    let edit = *versions.get(digest).unwrap_or_else(|| panic!("no version has {digest}"));
    match kind(edit) {
        Edit::Denies => {
            assert_eq!(answer.status, 403, "edit {edit}: {}", answer.body);
            assert_eq!(answer.json()["error"]["message"], format!("Edit {edit}."));
        }
        Edit::Allows => {
            assert_eq!(answer.status, 200, "edit {edit}: {}", answer.body);
            assert!(answer.body.contains("Simulated answer"), "{}", answer.body);
        }
        Edit::Broken => panic!("edit {edit} does not compile, and served"),
    }
    edit
}

/// Asks until told to stop; how many answers each edit gave.
async fn load(
    address: SocketAddr,
    versions: Arc<BTreeMap<String, usize>>,
    stop: Arc<AtomicBool>,
) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    let mut client = Client::connect(address).await;
    let ask = chat("Which stock should I buy?", "");
    // Ticks that were missed are made up for, so the rate holds.
    let mut ticks = tokio::time::interval(PAUSE);
    let mut latest = 0;
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let edit = decided_by(&client.ask("", &ask).await, &versions);
        assert!(edit >= latest, "edit {edit} served after edit {latest}");
        latest = edit;
        *counts.entry(edit).or_insert(0) += 1;
    }
    counts
}

/// Waits until this holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}: nothing happened");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_the_package_is_edited() {
    let scratch = Scratch::copy("reload", &fintech());
    let original = std::fs::read_to_string(scratch.path().join(FILE)).unwrap();
    let mut versions = BTreeMap::new();
    for edit in 0..=EDITS {
        scratch.write(FILE, &text(&original, edit));
        let digest = digest(scratch.path());
        assert_eq!(digest.is_none(), kind(edit) == Edit::Broken, "edit {edit}");
        assert!(
            digest.is_none_or(|digest| versions.insert(digest, edit).is_none()),
            "edit {edit} is no other"
        );
    }
    scratch.write(FILE, &text(&original, 0));
    let sidecar = Sidecar::simulated(scratch.path()).await;
    let (versions, stop) = (Arc::new(versions), Arc::new(AtomicBool::new(false)));
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| tokio::spawn(load(sidecar.address, Arc::clone(&versions), Arc::clone(&stop))))
        .collect();

    let mut watcher = Client::connect(sidecar.address).await;
    let ask = chat("Which stock should I buy?", "");
    let mut applied = 0;
    for edit in 1..=EDITS {
        let reports = log::lines_with(REPORT).len();
        scratch.write(FILE, &text(&original, edit));
        if kind(edit) == Edit::Broken {
            until(&format!("edit {edit}"), async || log::lines_with(REPORT).len() > reports).await;
            let report = log::lines_with(REPORT).pop().unwrap();
            for part in ["ASCP", FILE, &format!("Edit {edit}.")] {
                assert!(report.contains(part), "`{part}` is not in {report}");
            }
            assert_eq!(decided_by(&watcher.ask("", &ask).await, &versions), applied);
        } else {
            let served = async || decided_by(&watcher.ask("", &ask).await, &versions) == edit;
            until(&format!("edit {edit}"), served).await;
            applied = edit;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for client in clients {
        for (edit, count) in client.await.unwrap() {
            *counts.entry(edit).or_insert(0) += count;
        }
    }
    let (took, total) = (begun.elapsed(), counts.values().sum::<usize>());
    // Each version that compiles served, the last one until the end.
    let valid: Vec<usize> = (0..=EDITS).filter(|edit| kind(*edit) != Edit::Broken).collect();
    assert_eq!(counts.keys().copied().collect::<Vec<_>>(), valid);
    assert_eq!(valid.last(), Some(&applied));
    assert_eq!(log::lines_with(REPORT).len(), EDITS.div_ceil(5));
    assert!(took < Duration::from_mins(1), "{took:?}");
    let wanted = took.as_millis() * 150 / 1000;
    assert!(u128::try_from(total).unwrap() >= wanted, "{total} requests in {took:?}");
}
