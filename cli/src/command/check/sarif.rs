//! SARIF 2.1.0 of a check, which code scanning reads and shows beside the lines.

use crate::exit::Exit;
use crate::json;
use crate::relative::Relative;
use lang::{Code, Compiled, Diagnostic, Severity, Sources, Span};
use serde::Serialize;
use std::fmt::Write as _;

/// Where the schema of the format is published.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The rule of an invariant that a request breaks; codes of diagnostics are the other rules.
const REFUTED: &str = "refuted_invariant";

const REFUTED_TITLE: &str = "a request breaks an invariant";

const REFUTED_HELP: &str = "The policy decides a request otherwise than the invariant says. \
`policy explain --request FILE` with the request of this result says which rules decided.";

/// An invariant that a request breaks.
#[derive(Debug)]
pub(super) struct Refuted<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Where it stands.
    pub(super) span: Span,
    /// The request, as `policy explain` reads it.
    pub(super) request: String,
}

/// The log of one check, on one line.
pub(super) fn render(
    compiled: &Compiled,
    refuted: &[Refuted<'_>],
    relative: &Relative,
    exit: Exit,
) -> String {
    let writer = Writer { sources: &compiled.sources, relative, rules: rules(compiled, refuted) };
    let found = compiled.diagnostics.iter().map(|diagnostic| writer.diagnostic(diagnostic));
    let broken = refuted.iter().map(|refuted| writer.refuted(refuted));
    let results = found.chain(broken).collect();
    let left_out = (compiled.left_out > 0).then(|| Notification {
        level: "warning",
        message: text(format!("{} diagnostics more are not listed", compiled.left_out)),
    });
    json::line(&Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "policy",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: writer.rules.into_iter().map(Rule::of).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                exit_code: exit.code(),
                notifications: left_out.into_iter().collect(),
            }],
            column_kind: "unicodeCodePoints",
            results,
        }],
    })
}

/// The rules that results speak of: codes by number, then the one of invariants.
fn rules(compiled: &Compiled, refuted: &[Refuted<'_>]) -> Vec<Option<Code>> {
    let is_told = |code: &Code| compiled.diagnostics.iter().any(|diagnostic| diagnostic.code == *code);
    let codes = Code::ALL.iter().copied().filter(is_told).map(Some);
    codes.chain((!refuted.is_empty()).then_some(None)).collect()
}

/// Makes results of what was found.
struct Writer<'a> {
    sources: &'a Sources,
    relative: &'a Relative,
    /// `None` is the rule of invariants.
    rules: Vec<Option<Code>>,
}

impl Writer<'_> {
    fn diagnostic(&self, diagnostic: &Diagnostic) -> SarifResult {
        let mut message = diagnostic.message.clone();
        for part in [Some(diagnostic.found.as_str()), diagnostic.help.as_deref()].into_iter().flatten() {
            if !part.is_empty() {
                message.push_str("; ");
                message.push_str(part);
            }
        }
        let related = diagnostic.labels.iter().filter_map(|label| {
            let physical = self.physical(label.span)?;
            Some(Location { physical, message: Some(text(label.text.clone())) })
        });
        SarifResult {
            related: related.collect(),
            ..self.result(Some(diagnostic.code), diagnostic.span, message)
        }
    }

    fn refuted(&self, refuted: &Refuted<'_>) -> SarifResult {
        let message = format!("invariant `{}` is refuted by this request: {}", refuted.name, refuted.request);
        self.result(None, refuted.span, message)
    }

    fn result(&self, rule: Option<Code>, span: Span, message: String) -> SarifResult {
        let locations = self.physical(span).map(|physical| Location { physical, message: None });
        SarifResult {
            rule_id: rule.map_or(REFUTED, Code::as_str),
            rule_index: self.rules.iter().position(|known| *known == rule).unwrap_or_default(),
            level: rule.map_or(Severity::Error, Code::severity).as_str(),
            message: text(message),
            locations: locations.into_iter().collect(),
            related: Vec::new(),
        }
    }

    fn physical(&self, span: Span) -> Option<Physical> {
        let (file, start, end) = self.sources.locate(span)?;
        Some(Physical {
            artifact: Artifact { uri: uri(&self.relative.name_of_source(file)) },
            region: Region {
                start_line: start.line,
                start_column: start.column,
                end_line: end.line,
                end_column: end.column,
            },
        })
    }
}

/// A relative path as a reference: what is no plain letter of a path becomes its bytes in hexadecimal.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

fn text(text: impl Into<String>) -> Text {
    Text { text: text.into(), markdown: None }
}

#[derive(Debug, Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    help: Text,
    default_configuration: Configuration,
}

impl Rule {
    fn of(code: Option<Code>) -> Self {
        let page = code.map_or(REFUTED_HELP, Code::page);
        Self {
            id: code.map_or(REFUTED, Code::as_str),
            short_description: text(code.map_or(REFUTED_TITLE, Code::title)),
            help: Text { text: page.to_owned(), markdown: Some(page.to_owned()) },
            default_configuration: Configuration {
                level: code.map_or(Severity::Error, Code::severity).as_str(),
            },
        }
    }
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    /// That the check itself ran; what it found are the results.
    execution_successful: bool,
    exit_code: u8,
    #[serde(rename = "toolExecutionNotifications", skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    #[serde(rename = "relatedLocations", skip_serializing_if = "Vec::is_empty")]
    related: Vec<Location>,
}

#[derive(Debug, Serialize)]
struct Location {
    #[serde(rename = "physicalLocation")]
    physical: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Debug, Serialize)]
struct Physical {
    #[serde(rename = "artifactLocation")]
    artifact: Artifact,
    region: Region,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_references() {
        let rows = [("p/a.ascp", "p/a.ascp"), ("../a b#c%.ascp", "../a%20b%23c%25.ascp"), ("é", "%C3%A9")];
        for (path, expected) in rows {
            assert_eq!(uri(path), expected);
        }
    }
}
