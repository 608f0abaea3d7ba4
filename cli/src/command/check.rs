//! `policy check`: what the compiler and the invariants have to say about a package.

use super::Outcome;
use crate::args::{Check, Format};
use crate::clock;
use crate::exit::Exit;
use crate::json::{self, PackageJson};
use crate::output::Output;
use crate::package::{self, Package};
use lang::Day;
use lang::model::Model;

/// Checks, and says what came of it.
pub(super) fn run(args: &Check, output: &mut Output) -> Outcome {
    let day = clock::day(args.at.at);
    let package = Package::open(args.package.package.as_deref(), Day::Check(day))?;
    for path in &package.watched {
        output.detail(&format!("read {}", path.display()));
    }
    let (errors, warnings) = package::tally(&package.compiled);
    let is_compiled = errors == 0 && (warnings == 0 || !args.deny_warnings);
    let exit = if is_compiled { Exit::Well } else { Exit::Compile };
    match args.format.format {
        Format::Json => output.result(&to_json(&package, exit)),
        Format::Text => {
            output.result(&package::diagnostics(&package.compiled, output.style()));
            if !output.is_quiet() {
                output.result(&summary(&package, errors, warnings));
            }
        }
    }
    Ok(exit)
}

fn to_json(package: &Package, exit: Exit) -> String {
    let compiled = &package.compiled;
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
        work: None,
        invariants: Vec::new(),
    })
}

fn summary(package: &Package, errors: usize, warnings: usize) -> String {
    let name = match &package.compiled.model {
        Some(model) => named(model),
        None => package.root.display().to_string(),
    };
    let mut parts = vec![format!("{name}: {}, {}", counted(errors, "error"), counted(warnings, "warning"))];
    if let Some(model) = &package.compiled.model {
        parts.push(format!("decision {}", model.decision_digest));
    }
    parts.join("; ") + "\n"
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
