//! `policy completions SHELL`.

use super::Outcome;
use crate::args::{Completions, definitions};
use crate::exit::Exit;
use crate::output::Output;

/// Prints the script.
#[expect(clippy::unnecessary_wraps, reason = "all verbs have one signature")]
pub(super) fn run(args: &Completions, output: &mut Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definitions(), "policy", &mut script);
    output.result(&String::from_utf8_lossy(&script));
    Ok(Exit::Well)
}
