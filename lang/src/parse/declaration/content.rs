//! Detectors, redactions and frameworks.

use crate::ast::{Detector, Framework, Header, Name, Redaction};
use crate::condition::Surface;
use crate::model::{Action, DetectorSeverity, Validator};
use crate::parse::header::{header, satisfies};
use crate::parse::literal;
use crate::parse::reader::{Cursor, Reader};
use crate::parse::statement::{self, strings};
use crate::parse::tree::Statement;

/// How bad a hit can be, by name.
const SEVERITIES: &[DetectorSeverity] =
    &[DetectorSeverity::Low, DetectorSeverity::Medium, DetectorSeverity::High, DetectorSeverity::Critical];

/// Farthest that context may lie from a hit, in characters: about two paragraphs.
const NEAR_CHARACTERS_MAX: u64 = 1_000;

pub(super) fn detector(r: &mut Reader<'_>, statement: &Statement) -> Option<Detector> {
    let header = header(r, statement, "detector account_number \"Account number\" { pattern /…/ }", true)?;
    let mut detector = Detector {
        header,
        patterns: Vec::new(),
        phrases: Vec::new(),
        words: Vec::new(),
        words_from: Vec::new(),
        checks: Vec::new(),
        near: None,
        category: None,
        severity: None,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        detector_statement(r, inner, &mut detector);
    }
    Some(detector)
}

fn detector_statement(r: &mut Reader<'_>, inner: &Statement, detector: &mut Detector) {
    match r.slice(inner.head) {
        "pattern" => pattern(r, inner, detector),
        "phrases" => strings(r, inner, "phrases \"which stock should i buy\", \"…\"", &mut detector.phrases),
        "words" => words(r, inner, detector),
        "check" => {
            let mut cursor = r.cursor(inner, "check luhn, issuer_prefix");
            let checks = cursor
                .list(|cursor| cursor.need_one_of("a validator", Validator::ALL, Validator::as_str))
                .unwrap_or_default();
            if cursor.finish().is_some() {
                detector.checks.extend(checks);
            }
        }
        "near" => {
            let value = near(r, inner);
            r.once(&mut detector.near, value, inner);
        }
        "category" => {
            let mut cursor = r.cursor(inner, "category financial_data");
            let value = cursor.need_path("a category");
            let value = cursor.finish().and(value);
            r.once(&mut detector.category, value, inner);
        }
        "severity" => {
            let mut cursor = r.cursor(inner, "severity high");
            let value = cursor.need_one_of("a severity", SEVERITIES, DetectorSeverity::as_str);
            let value = cursor.finish().and(value).map(|severity| severity.value);
            r.once(&mut detector.severity, value, inner);
        }
        "satisfies" => satisfies(r, inner, &mut detector.satisfies),
        _ => {
            let known = ["category", "check", "near", "pattern", "phrases", "satisfies", "severity", "words"];
            r.unknown_statement(inner, "detector", &known);
        }
    }
}

fn pattern(r: &mut Reader<'_>, statement: &Statement, detector: &mut Detector) {
    let mut cursor = r.cursor(statement, "pattern /\\bACC-\\d{8}\\b/");
    let regexes = cursor.regexes();
    if regexes.is_empty() {
        let () = cursor.fail("a regular expression `/…/`").unwrap_or_default();
        return;
    }
    for regex in regexes {
        match literal::regex(regex.value, regex.span) {
            Ok(pattern) => detector.patterns.push(pattern),
            Err(diagnostic) => r.push(*diagnostic),
        }
    }
}

fn words(r: &mut Reader<'_>, statement: &Statement, detector: &mut Detector) {
    let mut cursor = r.cursor(statement, "words \"falcon\", \"condor\"` or `words from \"names.txt\"");
    let is_file = cursor.keyword("from");
    let list = cursor.need_strings(if is_file { "a path in quotes" } else { "words in quotes" });
    if cursor.finish().is_some() {
        let into = if is_file { &mut detector.words_from } else { &mut detector.words };
        into.extend(list.unwrap_or_default());
    }
}

fn near(r: &mut Reader<'_>, statement: &Statement) -> Option<(u32, Vec<crate::ast::Text>)> {
    let mut cursor = r.cursor(statement, "near 40 chars of \"card\", \"visa\"");
    let count = cursor.need_count("a number of characters")?;
    cursor.need_keyword("chars")?;
    cursor.need_keyword("of")?;
    let words = cursor.need_strings("words in quotes")?;
    cursor.finish()?;
    match u32::try_from(count.value) {
        Ok(characters) if count.value <= NEAR_CHARACTERS_MAX => Some((characters, words)),
        _ => cursor.bad_literal(count.span, "a distance of at most 1000 characters"),
    }
}

/// Surfaces, by name.
const SURFACES: &[Surface] = &[Surface::Input, Surface::Output, Surface::Audit];

/// Statements of a redaction that are no rows.
const REDACTION_STATEMENTS: &[&str] = &["on", "satisfies", "shadow"];

pub(super) fn redaction(r: &mut Reader<'_>, statement: &Statement) -> Option<Redaction> {
    let header = header(r, statement, "redaction cardholder { pii.pan tokenize; on input, output }", true)?;
    let mut redaction = Redaction {
        header,
        rows: Vec::new(),
        surfaces: Vec::new(),
        shadow_until: None,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "on" => {
                let mut cursor = r.cursor(inner, "on input, output, audit");
                let surfaces =
                    cursor.list(|cursor| cursor.need_one_of("a surface", SURFACES, Surface::as_str));
                if cursor.finish().is_some() {
                    redaction.surfaces.extend(surfaces.unwrap_or_default());
                }
            }
            "shadow" => {
                let value = statement::shadow(r, inner);
                r.once(&mut redaction.shadow_until, value, inner);
            }
            "satisfies" => satisfies(r, inner, &mut redaction.satisfies),
            word if inner.tokens.is_empty() && !word.contains('.') => {
                r.unknown_statement(inner, "redaction", REDACTION_STATEMENTS);
            }
            _ => redaction.rows.extend(row(r, inner)),
        }
    }
    Some(redaction)
}

fn row(r: &mut Reader<'_>, statement: &Statement) -> Option<(Name, Action)> {
    let name = Name { text: r.slice(statement.head).into(), span: statement.head };
    let mut cursor = r.cursor(statement, "pii.pan tokenize` or `secrets.* replace \"[SECRET]\"");
    let action = action(&mut cursor)?;
    cursor.finish()?;
    Some((name, action))
}

fn action(cursor: &mut Cursor<'_, '_>) -> Option<Action> {
    const ACTIONS: &str = "`tokenize`, `mask`, `replace`, `hash`, `block` or `flag`";
    let word = cursor.need_word(ACTIONS)?;
    Some(match word.value {
        "tokenize" => Action::Tokenize,
        "hash" => Action::Hash,
        "block" => Action::Block,
        "flag" => Action::Flag,
        "replace" => Action::Replace(cursor.need_string("the replacement in quotes")?.value),
        "mask" if cursor.keyword("keep") => {
            cursor.need_keyword("last")?;
            let count = cursor.need_count("how many characters to keep")?;
            match u32::try_from(count.value) {
                Ok(keep_last) if keep_last <= 64 => Action::Mask { keep_last },
                _ => return cursor.bad_literal(count.span, "a number of characters up to 64"),
            }
        }
        "mask" => Action::Mask { keep_last: 0 },
        _ => return cursor.bad_literal(word.span, ACTIONS),
    })
}

pub(super) fn framework(r: &mut Reader<'_>, statement: &Statement) -> Option<Framework> {
    let header = header(r, statement, "framework soc2 \"SOC 2\" { control cc6_1 \"…\" }", true)?;
    let mut framework = Framework { header, controls: Vec::new() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "control" => framework.controls.extend(control(r, inner)),
            _ => r.unknown_statement(inner, "framework", &["control"]),
        }
    }
    Some(framework)
}

fn control(r: &mut Reader<'_>, statement: &Statement) -> Option<Header> {
    header(r, statement, "control cc6_1 \"Logical access\"", false)
}
