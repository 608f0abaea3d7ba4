//! `policy help TOPIC`: a diagnostic code's page, or a verb's help.

use super::Outcome;
use crate::args::{Help, definitions};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use lang::Code;
use lang::near::nearest;

/// How many digits the number of a code has.
const NUMBER_DIGITS: usize = 4;

/// Prints what is known of the topic.
pub(super) fn run(args: &Help, output: &mut Output) -> Outcome {
    let mut definitions = definitions();
    let [first, inner @ ..] = args.topic.as_slice() else {
        let help = definitions.render_help();
        output.result(&format!("{help}\nA code such as ASCP0201 is explained by `policy help ASCP0201`.\n"));
        return Ok(Exit::Well);
    };
    let named = first.to_ascii_uppercase();
    if let Some(code) = Code::ALL.iter().find(|code| code.as_str() == named && inner.is_empty()) {
        output.result(code.page());
        return Ok(Exit::Well);
    }
    // Building fills in what subcommands inherit, such as the global flags.
    definitions.build();
    let verb = definitions.find_subcommand_mut(first);
    let verb = verb.and_then(|verb| inner.iter().try_fold(verb, |verb, word| verb.find_subcommand_mut(word)));
    if let Some(verb) = verb {
        let help = verb.render_long_help().to_string();
        output.result(&help);
        return Ok(Exit::Well);
    }
    Err(unknown(&args.topic.join(" "), &definitions))
}

/// A topic that is none, with the nearest one that is.
fn unknown(topic: &str, definitions: &clap::Command) -> Failure {
    let verbs = definitions.get_subcommands().map(clap::Command::get_name);
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).chain(verbs).collect();
    let named = topic.to_ascii_uppercase();
    let is_number = topic.len() == NUMBER_DIGITS && topic.bytes().all(|byte| byte.is_ascii_digit());
    let code = known.iter().copied().find(|code| is_number && code.ends_with(topic));
    let near = code
        .or_else(|| nearest(&named, known.iter().copied()))
        .or_else(|| nearest(topic, known.iter().copied()));
    let failure = Failure::usage(format!("`{topic}` is neither a diagnostic code nor a verb"));
    match near {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`policy help` lists the verbs; codes stand at the head of each diagnostic"),
    }
}
