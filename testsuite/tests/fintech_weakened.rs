//! Weakened on purpose: whoever loosens a line of the fintech package breaks one of its cases.
//!
//! Each mutant is the package with one thing taken out or widened, by plain
//! surgery on the text. It must not compile, or fail a case; one that passes
//! all of them is a restriction that nobody tests. What a second restriction
//! closes as well is listed ([`CLOSED_TWICE`]), and the list may not be stale.

use engine::Cache;
use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Day, PackageFiles};
use package::Directories;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testsuite::Options;
use testsuite::suite::Suite;

/// The day on which the package is checked.
const DAY: &str = "2026-11-20";

/// Fewer than these, and the surgery has lost its way in the text.
const MUTANTS_MIN: usize = 150;

/// Weakenings that no request can show, and what else closes the same door.
const CLOSED_TWICE: &[(&str, &str)] = &[
    (
        "exception labs_east_us: `permit region azure.eastus for models gpt_4o` for all models",
        "labs has one model",
    ),
    ("policy acme_fintech: without `require no_training`", "every provider attests it"),
    ("profile pci: without `require soc2_report`", "every provider attests it"),
    (
        "redaction accounts_on_trial: `account_number mask` only flags",
        "on trial nothing is changed either way",
    ),
    ("zone home: `regions frankfurt_dc, munich_dc` with azure.eastus", "payments requires self_hosted"),
    ("zone home: `regions frankfurt_dc, munich_dc` with azure.westeurope", "payments requires self_hosted"),
    ("tenant payments: without `reside home`", "payments requires self_hosted"),
    ("tenant payments: `reside home` is eea", "payments requires self_hosted"),
    ("tenant payments: without `require self_hosted`", "payments resides at home"),
    ("tenant payments: `allow models llama_70b` with gpt_4o", "its one workload has llama_70b alone"),
    ("tenant payments: `allow models llama_70b` with mistral_large", "its one workload has llama_70b alone"),
    ("tenant payments: `allow models llama_70b` with embed_small", "its one workload has llama_70b alone"),
    ("workload dispute_triage: without `models llama_70b`", "payments allows llama_70b alone"),
    ("workload dispute_triage: `models llama_70b` with gpt_4o", "payments allows llama_70b alone"),
    ("workload dispute_triage: `models llama_70b` with mistral_large", "payments allows llama_70b alone"),
    ("workload dispute_triage: `models llama_70b` with embed_small", "payments allows llama_70b alone"),
    (
        "tenant support: `allow models mistral_large, llama_70b, embed_small` with gpt_4o",
        "no workload has gpt_4o",
    ),
    ("workload helpdesk: `models mistral_large, llama_70b` with gpt_4o", "support does not allow gpt_4o"),
    ("workload knowledge_search: `models embed_small` with gpt_4o", "support does not allow gpt_4o"),
    ("tenant treasury: without `reside eea`", "its models are offered in the EEA alone"),
    ("tenant treasury: without `deny providers azure`", "azure offers none of its models"),
    (
        "workload support_assistant: `models gpt_4o, mistral_large` with embed_small",
        "retail does not allow embed_small",
    ),
    (
        "workload support_assistant: `data cardholder_data, financial_data` with health_data",
        "nothing detects it",
    ),
    (
        "workload dispute_triage: `data cardholder_data, financial_data` with health_data",
        "nothing detects it",
    ),
    ("workload helpdesk: `data personal_data` with health_data", "nothing detects it"),
    ("workload knowledge_search: `data personal_data` with health_data", "nothing detects it"),
];

type Files = Vec<(Box<str>, Vec<u8>)>;

/// The package with one thing weaker.
struct Mutant {
    /// File and line.
    place: String,
    /// Declaration and what was done.
    name: String,
    files: Files,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech")
}

#[test]
fn every_weakening_breaks_a_case() -> Result<(), Box<dyn Error>> {
    let root = root().canonicalize()?;
    let package = Directories::default().open(&root)?;
    let suites = Suite::read_all(&root)?;
    let mutants = mutants(&package.files);
    assert!(mutants.len() >= MUTANTS_MIN, "{} mutants", mutants.len());
    let (mut survivors, mut cache) = (Vec::new(), Cache::new());
    for mutant in &mutants {
        match fate(&package.path, mutant, &suites, &mut cache)? {
            Fate::NotCompiled | Fate::Failed => {}
            Fate::Survived => survivors.push(mutant),
        }
    }
    let is_listed = |mutant: &&Mutant| CLOSED_TWICE.iter().any(|(name, _)| *name == mutant.name);
    let untested = survivors.iter().filter(|mutant| !is_listed(mutant));
    let untested: Vec<String> = untested.map(|mutant| format!("{}: {}", mutant.place, mutant.name)).collect();
    assert_eq!(untested, [""; 0], "{} of {} mutants pass every case", untested.len(), mutants.len());
    for (name, why) in CLOSED_TWICE {
        let survives = survivors.iter().any(|mutant| mutant.name == *name);
        assert!(survives, "a case fails for `{name}`, so it is not only that {why}: take it from the list");
    }
    Ok(())
}

enum Fate {
    NotCompiled,
    Failed,
    Survived,
}

fn fate(path: &str, mutant: &Mutant, suites: &[Suite], cache: &mut Cache) -> Result<Fate, Box<dyn Error>> {
    let package = PackageFiles { path: path.into(), files: mutant.files.clone() };
    let compiled = lang::compile(package, &Directories::default(), Day::Check(DAY.parse()?));
    let Some(model) = compiled.model else { return Ok(Fate::NotCompiled) };
    let guard = Arc::new(Guard::with_cache(&model, TokenKey::new([7; 32]), cache)?);
    let options = Options::at(format!("{DAY}T12:00:00Z").parse()?);
    // One suite that fails is enough.
    let passes = |suite| testsuite::run_package(&guard, std::slice::from_ref(suite), &options).is_good();
    Ok(if suites.iter().all(passes) { Fate::Survived } else { Fate::Failed })
}

/// Every file with every weakening of every line, and of every block that can be taken out whole.
fn mutants(files: &Files) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (at, (name, bytes)) in files.iter().enumerate() {
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().collect();
        let lines_of = lines.clone();
        let mut add = |line: usize, what: String, lines: Vec<String>| {
            let mut files = files.clone();
            if let Some((_, text)) = files.get_mut(at) {
                *text = (lines.join("\n") + "\n").into_bytes();
            }
            let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
            let place = format!("{name}:{}", line + 1);
            mutants.push(Mutant { place, name: format!("{}: {what}", head_of(&lines_of, line)), files });
        };
        for (number, line) in lines.iter().enumerate() {
            let head = head_of(&lines, number);
            let block = head.split(' ').next().unwrap_or_default();
            for (what, new) in weaker_lines(name, line, block) {
                let mut changed: Vec<String> = lines.iter().map(ToString::to_string).collect();
                changed.splice(number..=number, [new]);
                add(number, what, changed);
            }
            if let Some(end) = droppable_block(&lines, number) {
                let kept = lines.iter().enumerate().filter(|(at, _)| *at < number || *at > end);
                add(number, format!("without `{line}`"), kept.map(|(_, line)| (*line).to_owned()).collect());
            }
        }
    }
    mutants
}

/// The top-level declaration that a line stands in, as in `tenant retail`.
fn head_of(lines: &[&str], number: usize) -> String {
    let mut heads = lines.iter().take(number + 1).rev();
    let head = heads.find(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    head.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// The last line of a block that is a restriction of its own: a rule.
fn droppable_block(lines: &[&str], number: usize) -> Option<usize> {
    let line = lines.get(number)?;
    let indent = line.len() - line.trim_start().len();
    if !line.trim_start().starts_with("rule ") {
        return None;
    }
    if line.trim_end().ends_with('}') {
        return Some(number);
    }
    let closing = format!("{}}}", " ".repeat(indent));
    lines.iter().skip(number).position(|line| *line == closing).map(|length| number + length)
}

/// Weaker forms of one line, each with what was done to it.
fn weaker_lines(file: &str, line: &str, block: &str) -> Vec<(String, String)> {
    let trimmed = line.trim();
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    let first = words.first().copied().unwrap_or_default();
    let said = trimmed.split("//").next().unwrap_or_default().trim();
    let mut weaker = Vec::new();
    let mut add = |what: String, new: String| weaker.push((what, new));
    let restricts = matches!(
        (block, first),
        (
            "policy" | "profile" | "tenant",
            "require" | "redact" | "reside" | "deny" | "cap" | "limit" | "budget" | "extends" | "allow"
        ) | ("workload", "models" | "data")
    );
    // Inside a rule `deny` and `cap` are its effect, and the whole rule is taken out instead.
    let is_effect = line.starts_with("    ");
    if restricts && !is_effect {
        add(format!("without `{said}`"), String::new());
    }
    if block == "redaction" && (first.contains('.') || first == "account_number") {
        add(format!("without the row `{said}`"), String::new());
        for action in ["block", "tokenize", "mask keep last 4", "mask", "replace \"[SECRET]\""] {
            if trimmed.ends_with(&format!(" {action}")) {
                add(format!("`{said}` only flags"), line.replacen(action, "flag", 1));
                break;
            }
        }
    }
    if block == "redaction" && first == "on" {
        for surface in ["input, ", ", output"] {
            if line.contains(surface) {
                add(format!("`{said}` without `{surface}`"), line.replacen(surface, "", 1));
            }
        }
    }
    if first == "shadow" {
        add("out of the shadow".into(), String::new());
    }
    if matches!(first, "rule" | "redact") {
        return weaker;
    }
    weaker.extend(looser_numbers(line, block, said));
    weaker.extend(wider_lists(line, block, said));
    if block == "exception" {
        weaker.extend(longer_exceptions(line, said));
    }
    if file == "chains.ascp" && first == "breaker" {
        weaker.push((format!("without `{said}`"), String::new()));
    }
    weaker
}

/// Tenfold limits, budgets, bursts and caps; and conditions that ask for ten times as much.
fn looser_numbers(line: &str, block: &str, said: &str) -> Vec<(String, String)> {
    let first = line.split_whitespace().next().unwrap_or_default();
    let is_limit = matches!(first, "limit" | "budget" | "cap") && block != "rule" || first == "cap";
    let is_count = first == "when" && line.contains(" > ");
    if !is_limit && !is_count {
        return Vec::new();
    }
    let mut weaker = Vec::new();
    for (at, word) in line.split(' ').enumerate() {
        let digits: String = word.chars().take_while(|c| c.is_ascii_digit() || *c == '_').collect();
        if digits.is_empty() || word.contains('%') {
            continue;
        }
        let tenfold = word.replacen(&digits, &format!("{digits}0"), 1);
        let words: Vec<&str> = line
            .split(' ')
            .enumerate()
            .map(|(place, old)| if place == at { &*tenfold } else { old })
            .collect();
        weaker.push((format!("`{said}` with {tenfold}"), words.join(" ")));
    }
    if said.contains(" burst ") {
        let (before, _) = line.split_once(" burst ").unwrap_or((line, ""));
        let rest = if said.contains(" per caller") { " per caller" } else { "" };
        weaker.push((format!("`{said}` without its burst"), format!("{before}{rest}")));
    }
    if said.ends_with(" per caller") {
        let shared = line.replacen(" per caller", "", 1);
        weaker.push((format!("`{said}` for all callers together"), shared));
    }
    weaker
}

/// Lists of models, tools, regions and data with one more in them.
fn wider_lists(line: &str, block: &str, said: &str) -> Vec<(String, String)> {
    const MODELS: [&str; 4] = ["gpt_4o", "mistral_large", "llama_70b", "embed_small"];
    const DATA: [&str; 4] = ["personal_data", "cardholder_data", "financial_data", "health_data"];
    let trimmed = line.trim();
    let mut weaker = Vec::new();
    let mut widen = |more: &str| weaker.push((format!("`{said}` with {more}"), format!("{line}, {more}")));
    if trimmed.starts_with("allow     models ") || block == "workload" && trimmed.starts_with("models ") {
        MODELS.iter().filter(|model| !trimmed.contains(**model)).for_each(|model| widen(model));
    }
    if block == "workload" && trimmed.starts_with("data ") {
        DATA.iter().filter(|data| !trimmed.contains(**data)).for_each(|data| widen(data));
    }
    if trimmed.starts_with("allow     tools ") {
        widen("\"*\"");
    }
    if block == "zone" && trimmed.starts_with("regions ") {
        widen("azure.eastus");
        if !trimmed.contains("mistral.eu") {
            widen("azure.westeurope");
        }
    }
    if trimmed.starts_with("reside ") {
        weaker.push((format!("`{said}` is eea"), line.replacen("home", "eea", 1)));
    }
    weaker.retain(|(_, new)| new != line);
    weaker
}

/// Exceptions for more than they were made for, or for ever.
fn longer_exceptions(line: &str, said: &str) -> Vec<(String, String)> {
    let trimmed = line.trim();
    let mut weaker = Vec::new();
    if trimmed.starts_with("until ") {
        weaker.push((format!("`{said}` until 2099"), "  until     2099-01-01".to_owned()));
    }
    if let Some((before, _)) = line.split_once(" for models ") {
        weaker.push((format!("`{said}` for all models"), before.to_owned()));
    }
    if trimmed.starts_with("permit    tools ") {
        weaker.push((format!("`{said}` for all tools"), "  permit    tools \"*\"".to_owned()));
    }
    if trimmed.starts_with("tenant ") {
        for tenant in ["retail", "labs", "fraud", "payments", "support", "treasury"] {
            if !trimmed.ends_with(tenant) {
                weaker.push((format!("`{said}` for {tenant}"), format!("  tenant    {tenant}")));
            }
        }
    }
    weaker
}
