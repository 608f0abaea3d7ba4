//! `policy help TOPIC`: a diagnostic code's page, or a verb's help.

use super::Outcome;
use crate::args::{Help, definitions};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use lang::Code;
use lang::near::nearest;

/// Prints what is known of the topic.
pub(super) fn run(args: &Help, output: &mut Output) -> Outcome {
    let mut definitions = definitions();
    let Some(topic) = args.topic.as_deref() else {
        let help = definitions.render_help();
        output.result(&format!("{help}\nA code such as ASCP0201 is explained by `policy help ASCP0201`.\n"));
        return Ok(Exit::Well);
    };
    let named = topic.to_ascii_uppercase();
    if let Some(code) = Code::ALL.iter().find(|code| code.as_str() == named) {
        output.result(code.page());
        return Ok(Exit::Well);
    }
    // Building fills in what subcommands inherit, such as the global flags.
    definitions.build();
    if let Some(verb) = definitions.find_subcommand_mut(topic) {
        let help = verb.render_long_help().to_string();
        output.result(&help);
        return Ok(Exit::Well);
    }
    let verbs = definitions.get_subcommands().map(clap::Command::get_name);
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).chain(verbs).collect();
    let near = nearest(&named, known.iter().copied()).or_else(|| nearest(topic, known.iter().copied()));
    let failure = Failure::usage(format!("`{topic}` is neither a diagnostic code nor a verb"));
    Err(match near {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`policy help` lists the verbs; codes stand at the head of each diagnostic"),
    })
}
