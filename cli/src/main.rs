//! The `policy` command: reads arguments, runs one verb, prints, and exits with a code that CI can gate on.
//!
//! Each verb is a short file under [`command`]; what it does is in the crates
//! below. Flags are in [`args`], printing in [`output`], exit codes in [`exit`].

mod args;
mod clock;
mod command;
mod exit;
mod file;
mod json;
mod output;
mod package;
mod relative;
mod request;
mod revision;

use exit::Exit;
use output::{Level, Output};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match args::read() {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to standard output, mistakes to standard error; a closed pipe is nobody's loss.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Well };
            let mut output = Output::new(Level::Ordinary, args::is_plain());
            output.written(error.print());
            return ExitCode::from(output.exit(exit).code());
        }
    };
    let level = match (args.global.quiet, args.global.verbose) {
        (true, _) => Level::Quiet,
        (false, true) => Level::Verbose,
        (false, false) => Level::Ordinary,
    };
    let mut output = Output::new(level, args::is_plain());
    let exit = command::run(args.verb, &mut output).unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit
    });
    ExitCode::from(output.exit(exit).code())
}
