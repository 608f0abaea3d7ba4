//! One file a verb; each takes its arguments and the printer, and answers with an exit code.

mod check;
mod completions;
mod explain;
mod fmt;
mod graph;
mod help;
mod init;
mod key;
mod man;
mod scan;
mod serve;
mod test;

use crate::args::{Key, Verb};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use engine::{Cache, CompileError, Program};
use lang::model::Model;

/// How a verb ends.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Runs a verb.
pub(crate) fn run(verb: Verb, output: &mut Output) -> Outcome {
    match verb {
        Verb::Init(args) => init::run(&args, output),
        Verb::Check(args) => check::run(&args, output),
        Verb::Fmt(args) => fmt::run(&args, output),
        Verb::Test(args) => test::run(&args, output),
        Verb::Explain(args) => explain::run(&args, output),
        Verb::Scan(args) => scan::run(&args, output),
        Verb::Graph(args) => graph::run(&args, output),
        Verb::Serve(args) => serve::run(&args, output),
        Verb::Key(Key::New) => key::new(output),
        Verb::Key(Key::Hash) => key::hash(output),
        Verb::Help(args) => help::run(&args, output),
        Verb::Completions(args) => completions::run(&args, output),
        Verb::Man(args) => man::run(&args, output),
    }
}

/// The program of a model.
///
/// # Errors
///
/// Its parts together exceed a limit of the engine.
fn program(model: &Model) -> Result<Program, Failure> {
    engine::compile(model, &mut Cache::default()).map_err(|error| not_compiled(&error))
}

/// That a checked package makes no program.
fn not_compiled(error: &CompileError) -> Failure {
    Failure::compile(format!("error: {error}"))
}
