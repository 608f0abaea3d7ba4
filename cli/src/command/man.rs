//! `policy man DIR`.

use super::Outcome;
use crate::args::{Man, definitions};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Writes one page for the command and one for each verb, as in `policy-check.1`.
pub(super) fn run(args: &Man, output: &mut Output) -> Outcome {
    std::fs::create_dir_all(&args.dir).map_err(|error| Failure::writing(&args.dir, &error))?;
    clap_mangen::generate_to(definitions(), &args.dir)
        .map_err(|error| Failure::writing(&args.dir, &error))?;
    output.note(&format!("man pages written to `{}`", args.dir.display()));
    Ok(Exit::Well)
}
