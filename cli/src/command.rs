//! One file a verb; each takes its arguments and the printer, and answers with an exit code.

mod check;
mod completions;
mod help;
mod init;
mod key;
mod man;

use crate::args::{Key, Verb};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// How a verb ends.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Runs a verb.
pub(crate) fn run(verb: Verb, output: &mut Output) -> Outcome {
    match verb {
        Verb::Init(args) => init::run(&args, output),
        Verb::Check(args) => check::run(&args, output),
        Verb::Key(Key::New) => key::new(output),
        Verb::Key(Key::Hash) => key::hash(output),
        Verb::Help(args) => help::run(&args, output),
        Verb::Completions(args) => completions::run(&args, output),
        Verb::Man(args) => man::run(&args, output),
    }
}
