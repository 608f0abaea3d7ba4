//! `policy graph`: what a package decides, as a picture for eyes.

mod build;
mod draw;

use super::Outcome;
use crate::args::{Drawing, Graph as Args};
use crate::clock;
use crate::exit::Exit;
use crate::json;
use crate::output::Output;
use crate::package;
use crate::request::unknown;
use lang::Day;

/// Draws the package, or what of it holds for one tenant.
pub(super) fn run(args: &Args, output: &mut Output) -> Outcome {
    let package = package::open(args.package.package.as_deref(), Day::Load(clock::day(None)))?;
    let model = package::into_model(package, output.error_style())?;
    if let Some(said) = &args.tenant {
        let names = model.tenants.iter().map(|tenant| &*tenant.name);
        if !names.clone().any(|name| name == said) {
            return Err(unknown("tenant", said, names));
        }
    }
    let graph = build::graph(&model, args.tenant.as_deref());
    output.result(&match args.drawing {
        Drawing::Mermaid => draw::mermaid(&graph),
        Drawing::Dot => draw::dot(&graph),
        Drawing::Json => json::line(&graph),
    });
    Ok(Exit::Well)
}
