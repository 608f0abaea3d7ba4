//! What mutation has to say: sums by operator, then each survivor with a test that would kill it.

use super::{Fate, Mutant, Mutation, Tally};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The report for people.
pub fn to_text(mutation: &Mutation) -> String {
    let rows = mutation.by_operator();
    let width = rows.iter().map(|(operator, _)| operator.as_str().len()).max().unwrap_or(0).max(9);
    let mut text = format!(
        "{:width$}  {:>6} {:>6} {:>8} {:>10} {:>8}\n",
        "mutation", "made", "killed", "survived", "equivalent", "no build"
    );
    let mut line = |name: &str, tally: Tally| {
        let Tally { made, killed, survived, equivalent, not_compiled } = tally;
        let _ = writeln!(
            text,
            "{name:width$}  {made:>6} {killed:>6} {survived:>8} {equivalent:>10} {not_compiled:>8}"
        );
    };
    for (operator, tally) in &rows {
        line(operator.as_str(), *tally);
    }
    let all = mutation.tally();
    line("all", all);
    text.push('\n');
    survivors(mutation, &mut text);
    equivalents(mutation, &mut text);
    let _ = match all.score_permille() {
        Some(score) => writeln!(
            text,
            "mutation score {}.{} %: {} of {} mutants were noticed",
            score / 10,
            score % 10,
            all.killed,
            all.killed.saturating_add(all.survived)
        ),
        None => writeln!(text, "no mutant could have been noticed"),
    };
    text
}

fn survivors(mutation: &Mutation, text: &mut String) {
    for (mutant, fate) in &mutation.mutants {
        let Fate::Survived { witness } = fate else { continue };
        let _ = writeln!(text, "SURVIVED {}", heading(mutant));
        let _ = writeln!(text, "  - {}", mutant.was);
        let _ = match mutant.now.as_str() {
            "" => writeln!(text, "  + (left out)"),
            now => writeln!(text, "  + {now}"),
        };
        match witness {
            Some(case) => {
                text.push_str("  this case would notice:\n");
                for line in case.lines() {
                    let _ = writeln!(text, "    {line}");
                }
            }
            None => text.push_str("  no request was found that is decided differently\n"),
        }
        text.push('\n');
    }
}

fn equivalents(mutation: &Mutation, text: &mut String) {
    let mut any = false;
    for (mutant, fate) in &mutation.mutants {
        if *fate == Fate::Equivalent {
            any = true;
            let now = if mutant.now.is_empty() { "(left out)" } else { &mutant.now };
            let _ = writeln!(text, "equivalent {}: {} -> {now}", heading(mutant), mutant.was);
        }
    }
    if any {
        text.push('\n');
    }
}

fn heading(mutant: &Mutant) -> String {
    let Mutant { operator, file, line, declaration, .. } = mutant;
    format!("{file}:{line} {declaration}, {}", operator.as_str())
}

/// The report for programs, as one JSON object.
pub fn to_json(mutation: &Mutation) -> Value {
    let of = |mutant: &Mutant| {
        json!({
            "operator": mutant.operator.as_str(), "file": mutant.file, "line": mutant.line,
            "declaration": mutant.declaration, "was": mutant.was, "now": mutant.now,
        })
    };
    let (mut survivors, mut equivalent, mut not_compiled) = (Vec::new(), Vec::new(), Vec::new());
    for (mutant, fate) in &mutation.mutants {
        let mut one = of(mutant);
        match fate {
            Fate::Killed { .. } => {}
            Fate::Survived { witness } => {
                add(&mut one, "case", json!(witness));
                survivors.push(one);
            }
            Fate::Equivalent => equivalent.push(one),
            Fate::NotCompiled { why } => {
                add(&mut one, "why", json!(why));
                not_compiled.push(one);
            }
        }
    }
    let operators = mutation.by_operator().into_iter().map(|(operator, tally)| {
        let mut one = tallied(tally);
        add(&mut one, "operator", json!(operator.as_str()));
        one
    });
    let mut whole = tallied(mutation.tally());
    add(&mut whole, "score_permille", json!(mutation.tally().score_permille()));
    add(&mut whole, "operators", operators.collect());
    add(&mut whole, "survivors", survivors.into());
    add(&mut whole, "equivalent_mutants", equivalent.into());
    add(&mut whole, "not_compiled_mutants", not_compiled.into());
    whole
}

fn tallied(tally: Tally) -> Value {
    let Tally { made, killed, survived, equivalent, not_compiled } = tally;
    json!({
        "made": made, "killed": killed, "survived": survived,
        "equivalent": equivalent, "not_compiled": not_compiled,
    })
}

fn add(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}
