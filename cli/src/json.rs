//! The JSON of verbs: shapes that programs rely on, with their fields in the documented order.

use crate::request::RequestFile;
use lang::model::Model;
use lang::{Compiled, Diagnostic, Sources, Span};
use serde::Serialize;

/// One JSON document as a line of text.
pub(crate) fn line(value: &impl Serialize) -> String {
    // The shapes here have neither maps with other keys than text nor anything else that can fail.
    let mut text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    text.push('\n');
    text
}

/// `ascp.check/1`
#[derive(Debug, Serialize)]
pub(crate) struct Check<'a> {
    pub(crate) schema: &'static str,
    pub(crate) ok: bool,
    pub(crate) diagnostics: Vec<DiagnosticJson<'a>>,
    /// How many diagnostics there are beyond those that are listed.
    pub(crate) left_out: usize,
    pub(crate) package: Option<PackageJson<'a>>,
    pub(crate) work: Option<Work>,
    pub(crate) invariants: Vec<InvariantJson<'a>>,
}

/// A policy by name and what decides.
#[derive(Debug, Serialize)]
pub(crate) struct PolicyJson<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) digest: String,
}

impl<'a> PolicyJson<'a> {
    /// The policy of a model.
    pub(crate) fn of(model: &'a Model) -> Self {
        Self {
            name: &model.policy.name,
            version: &model.policy.version,
            digest: model.decision_digest.to_string(),
        }
    }
}

/// A package by name and digests.
#[derive(Debug, Serialize)]
pub(crate) struct PackageJson<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    /// What decides.
    pub(crate) digest: String,
    pub(crate) package_digest: String,
}

/// What a decision can cost.
#[derive(Debug, Serialize)]
pub(crate) struct Work {
    pub(crate) worst_case_nodes: u64,
}

/// What became of an invariant.
#[derive(Debug, Serialize)]
pub(crate) struct InvariantJson<'a> {
    pub(crate) name: &'a str,
    /// `refuted` or `inconclusive`
    pub(crate) result: &'static str,
    /// How many random requests it was tried on.
    pub(crate) tried: usize,
    /// The request that breaks it.
    pub(crate) witness: Option<&'a RequestFile>,
}

/// A diagnostic, its places as lines and columns from one.
#[derive(Debug, Serialize)]
pub(crate) struct DiagnosticJson<'a> {
    pub(crate) code: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) message: &'a str,
    #[serde(flatten)]
    pub(crate) place: Option<Place<'a>>,
    /// What was found there.
    pub(crate) found: &'a str,
    pub(crate) labels: Vec<LabelJson<'a>>,
    pub(crate) help: Option<&'a str>,
}

/// Another place of a diagnostic.
#[derive(Debug, Serialize)]
pub(crate) struct LabelJson<'a> {
    pub(crate) text: &'a str,
    #[serde(flatten)]
    pub(crate) place: Option<Place<'a>>,
}

/// A span; columns count characters, and the end is one past the last.
#[derive(Debug, Serialize)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

/// The diagnostics of a compilation.
pub(crate) fn diagnostics(compiled: &Compiled) -> Vec<DiagnosticJson<'_>> {
    compiled.diagnostics.iter().map(|diagnostic| of_diagnostic(diagnostic, &compiled.sources)).collect()
}

fn of_diagnostic<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> DiagnosticJson<'a> {
    let labels = diagnostic.labels.iter();
    DiagnosticJson {
        code: diagnostic.code.as_str(),
        severity: diagnostic.code.severity().as_str(),
        message: &diagnostic.message,
        place: place(diagnostic.span, sources),
        found: &diagnostic.found,
        labels: labels
            .map(|label| LabelJson { text: &label.text, place: place(label.span, sources) })
            .collect(),
        help: diagnostic.help.as_deref(),
    }
}

fn place(span: Span, sources: &Sources) -> Option<Place<'_>> {
    let (file, start, end) = sources.locate(span)?;
    Some(Place { file, line: start.line, column: start.column, end_line: end.line, end_column: end.column })
}
