//! `policy check`: what the compiler and the invariants have to say about a package.

mod sarif;

use super::Outcome;
use crate::args::{Check, CheckFormat};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::json::{self, InvariantJson, PackageJson, Work};
use crate::output::Output;
use crate::package;
use crate::relative::Relative;
use crate::request::RequestFile;
use ::package::Package;
use engine::Program;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lang::model::Model;
use lang::{Day, Span};
use std::fmt::Write as _;

/// How many random requests each invariant is tried on: a fraction of a second, and rules that matter are met often.
const TRIES: usize = 10_000;

/// Where the random requests begin: the same in every run, so that a check of one text on one day says one thing.
const SEED: u64 = 1;

/// Checks, and says what came of it.
pub(super) fn run(args: &Check, output: &mut Output) -> Outcome {
    let day = clock::day(args.at.at);
    let package = package::open(args.package.package.as_deref(), Day::Check(day))?;
    for path in &package.watched {
        output.detail(&format!("read {}", path.display()));
    }
    let program = package.compiled.model.as_ref().map(super::program).transpose()?;
    let trials = program.as_ref().map(|program| trials(program, day)).transpose()?.unwrap_or_default();
    let nodes = program.as_ref().map(Program::worst_case_nodes);
    let findings = Findings { package: &package, nodes, trials };
    let exit = findings.exit(args.deny_warnings);
    match args.format {
        CheckFormat::Json => output.result(&findings.to_json(exit)),
        CheckFormat::Sarif => output.result(&findings.to_sarif(exit)),
        CheckFormat::Text => output.result(&findings.to_text(output)),
    }
    Ok(exit)
}

/// An invariant, tried.
struct Tried<'a> {
    name: &'a str,
    span: Span,
    requests: usize,
    witness: Option<RequestFile>,
}

/// Tries the invariants from the first instant of the day on.
fn trials(program: &Program, day: Date) -> Result<Vec<Tried<'_>>, Failure> {
    let model = program.model();
    let from = day.to_zoned(TimeZone::UTC).map_or_else(|_| clock::now(), |midnight| midnight.timestamp());
    let trials = engine::analysis::try_invariants(program, from, SEED, TRIES)
        .map_err(|error| super::not_compiled(&error))?;
    let named = trials.into_iter().filter_map(|trial| {
        let invariant = model.invariants.get(trial.invariant.index())?;
        let witness = trial.refuted.map(|witness| RequestFile::of_facts(model, &witness.facts));
        Some(Tried { name: &invariant.name, span: invariant.span, requests: trial.tried, witness })
    });
    Ok(named.collect())
}

/// All that a check found.
struct Findings<'a> {
    package: &'a Package,
    /// The most nodes that one decision can visit.
    nodes: Option<u64>,
    trials: Vec<Tried<'a>>,
}

impl Findings<'_> {
    fn exit(&self, deny_warnings: bool) -> Exit {
        let (errors, warnings) = package::tally(&self.package.compiled);
        if errors > 0 || (deny_warnings && warnings > 0) {
            Exit::Compile
        } else if self.refuted() > 0 {
            Exit::No
        } else {
            Exit::Well
        }
    }

    fn refuted(&self) -> usize {
        self.trials.iter().filter(|trial| trial.witness.is_some()).count()
    }

    fn to_json(&self, exit: Exit) -> String {
        let compiled = &self.package.compiled;
        json::line(&json::Check {
            schema: "ascp.check/1",
            ok: exit == Exit::Well,
            diagnostics: json::diagnostics(compiled),
            left_out: compiled.left_out,
            package: compiled.model.as_ref().map(|model| PackageJson {
                name: &model.policy.name,
                version: &model.policy.version,
                digest: model.decision_digest.to_string(),
                package_digest: model.package_digest.to_string(),
            }),
            work: self.nodes.map(|nodes| Work { worst_case_nodes: nodes }),
            invariants: self
                .trials
                .iter()
                .map(|trial| InvariantJson {
                    name: trial.name,
                    result: if trial.witness.is_some() { "refuted" } else { "inconclusive" },
                    tried: trial.requests,
                    witness: trial.witness.as_ref(),
                })
                .collect(),
        })
    }

    fn to_sarif(&self, exit: Exit) -> String {
        let broken = self.trials.iter().filter_map(|trial| {
            let request = json::line(trial.witness.as_ref()?).trim_end().to_owned();
            Some(sarif::Refuted { name: trial.name, span: trial.span, request })
        });
        let broken: Vec<sarif::Refuted<'_>> = broken.collect();
        sarif::render(&self.package.compiled, &broken, &Relative::to(&self.package.root), exit)
    }

    fn to_text(&self, output: &Output) -> String {
        let mut text = self.package.compiled.render(output.style());
        for trial in &self.trials {
            if let Some(witness) = &trial.witness {
                let witness = json::line(witness);
                writeln!(text, "invariant `{}` is refuted by this request:\n  {witness}", trial.name).ok();
            } else if output.is_verbose() {
                writeln!(text, "invariant `{}` held in {} requests", trial.name, trial.requests).ok();
            }
        }
        if !output.is_quiet() {
            text.push_str(&self.summary());
        }
        text
    }

    fn summary(&self) -> String {
        let (errors, warnings) = package::tally(&self.package.compiled);
        let counts = format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"));
        let Some(model) = &self.package.compiled.model else {
            let more = package::first_error(&self.package.compiled)
                .map(|code| format!("; `policy help {code}` says more"))
                .unwrap_or_default();
            return format!("{}: {counts}{more}\n", self.package.root.display());
        };
        let mut text = format!("{}: {counts}\n", named(model));
        let mut line = |label: &str, what: &str| writeln!(text, "  {label:<10}  {what}").ok();
        line("decides", &model.decision_digest.to_string());
        if let Some(nodes) = self.nodes {
            let nodes = usize::try_from(nodes).unwrap_or(usize::MAX);
            line("worst case", &counted(nodes, "node"));
        }
        if !self.trials.is_empty() {
            let broken = match self.refuted() {
                0 => "none".to_owned(),
                count => count.to_string(),
            };
            line(
                "invariants",
                &format!("{} tried on 10,000 random requests: {broken} broken", self.trials.len()),
            );
        }
        text
    }
}

fn named(model: &Model) -> String {
    format!("{} {}", model.policy.name, model.policy.version).trim_end().to_owned()
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
