//! Random packages and requests: the program against the oracle.
//!
//! ```text
//! cargo test -p testsuite --test differential                                       2,000 pairs
//! ASCP_CASES=100000 cargo test -p testsuite --test differential --release -- --nocapture
//! ASCP_SEED=17 ASCP_CASES=40 cargo test -p testsuite --test differential            one package
//! ```
//!
//! One package is asked many requests, since making it costs more than asking
//! it; the run prints how many of both there were.

use engine::decision::{Decision, Reason};
use engine::{Budget, Cache, Program, Scratch, compile, oracle};
use std::collections::BTreeMap;
use testsuite::arbitrary::Random;
use testsuite::arbitrary::facts::facts;
use testsuite::arbitrary::model::{Arbitrary, model};

/// Pairs of package and facts in an ordinary run.
const CASES: usize = 2_000;

/// Requests that one package is asked.
const FACTS: usize = 40;

/// What a run has seen.
#[derive(Debug, Default)]
struct Histogram(BTreeMap<String, u64>);

impl Histogram {
    fn add(&mut self, what: impl Into<String>) {
        let count = self.0.entry(what.into()).or_default();
        *count = count.saturating_add(1);
    }

    fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    fn decision(&mut self, program: &Program, decision: &Decision) {
        self.add(format!("verdict {}", decision.verdict.as_str()));
        for reason in &decision.reasons {
            self.add(format!("reason {}", reason.code()));
        }
        for rule in &decision.fired {
            let effect = program.model().rules.get(rule.index()).map(|rule| &rule.effect);
            let effect = format!("{effect:?}");
            self.add(format!("fired {}", effect.split(['(', ' ']).nth(1).unwrap_or_default()));
        }
        for dropped in &decision.dropped {
            let reason = format!("{:?}", dropped.reason);
            self.add(format!("dropped {}", reason.split('(').next().unwrap_or_default()));
        }
        if !decision.shadowed.is_empty() {
            self.add("has shadowed");
        }
        if decision.route.iter().any(|candidate| candidate.exception.is_some()) {
            self.add("has exception in route");
        }
        if decision.route.iter().any(|candidate| candidate.step.is_some()) {
            self.add("has chain in route");
        }
        if decision.cap.is_some() {
            self.add("has cap");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Asks one package, and returns what differs.
fn ask(made: &Arbitrary, random: &mut Random, pairs: usize, seen: &mut Histogram) -> Result<(), String> {
    let program = compile(&made.model, &mut Cache::default()).map_err(|error| error.to_string())?;
    let mut scratch = Scratch::new();
    for _ in 0..pairs {
        let facts = facts(random, &made.model);
        let outcome = program.decide(&facts, &mut Budget::ample(), &mut scratch);
        let fast = program.explain(&facts, &outcome);
        let slow = oracle::decide(&made.model, &facts);
        seen.decision(&program, &slow);
        if fast != slow {
            return Err(format!("{}\n\n{facts:#?}\n\nprogram {fast:#?}\n\noracle {slow:#?}", made.text));
        }
        let stepwise = program.explain(&facts, &by_phases(&program, &facts, &mut scratch));
        if stepwise != slow {
            return Err(format!(
                "{}\n\n{facts:#?}\n\nby phases {stepwise:#?}\n\noracle {slow:#?}",
                made.text
            ));
        }
    }
    Ok(())
}

/// As an exchange decides: each phase with what is known by then.
fn by_phases(program: &Program, facts: &engine::Facts, scratch: &mut Scratch) -> engine::Outcome {
    let mut known = facts.clone();
    known.input = engine::facts::Findings::default();
    known.output = engine::facts::Output::default();
    known.served = None;
    let mut budget = Budget::ample();
    let mut outcome = program.admit(&known, &mut budget, scratch);
    known.input.clone_from(&facts.input);
    program.screen(&known, &mut outcome, &mut budget, scratch);
    program.route(&known, &mut outcome, &mut budget, scratch);
    program.respond(facts, &mut outcome, &mut budget, scratch);
    outcome
}

#[test]
#[expect(clippy::print_stdout, reason = "a run tells what it has seen")]
fn program_and_oracle_agree() {
    let cases = setting("ASCP_CASES", CASES);
    let first = setting("ASCP_SEED", 1);
    let mut seen = Histogram::default();
    let (mut pairs, mut packages, mut empty) = (0usize, 0usize, 0usize);
    let mut number = first as u64;
    while pairs < cases {
        let mut random = Random::new(number);
        let Some(made) = model(&mut random) else {
            empty += 1;
            number += 1;
            assert!(empty < packages + 50, "hardly any package compiles");
            continue;
        };
        for rule in &made.model.rules {
            let effect = format!("{:?}", rule.effect);
            seen.add(format!(
                "rule {} {:?}",
                effect.split(['(', ' ']).next().unwrap_or_default(),
                rule.phase
            ));
            lang::condition::visit(&rule.condition.expr, &mut |expr| {
                let kind = format!("{:?}", expr.kind);
                let kind: String = kind.chars().take_while(|c| c.is_alphanumeric()).collect();
                seen.add(format!("operator {kind}"));
            });
        }
        let wanted = FACTS.min(cases - pairs);
        if let Err(difference) = ask(&made, &mut random, wanted, &mut seen) {
            panic!("seed {number}:\n{difference}");
        }
        pairs += wanted;
        packages += 1;
        number += 1;
    }
    println!("{packages} packages, {pairs} pairs of package and request; {empty} texts made no package");
    for (what, count) in &seen.0 {
        println!("{count:>9}  {what}");
    }
    if cases >= CASES && first == 1 {
        assert!(seen.of("verdict allow") > seen.of("verdict deny") / 20, "nearly nothing is allowed");
        let codes = [
            Reason::ModelNotAllowed,
            Reason::Residency,
            Reason::NoEndpoint,
            Reason::Unsupported,
            Reason::PolicyError(None),
        ];
        for code in codes {
            assert!(seen.of(&format!("reason {}", code.code())) > 0, "{} never came up", code.code());
        }
    }
}
