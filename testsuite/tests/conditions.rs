//! Random conditions: our checker and our oracle against the `cel` interpreter.
//!
//! ```text
//! cargo test -p testsuite --test conditions                                    2,000 conditions
//! ASCP_CASES=100000 cargo test -p testsuite --test conditions --release -- --nocapture
//! ASCP_SEED=17 ASCP_CASES=1 cargo test -p testsuite --test conditions          one of them
//! ```
//!
//! Where the interpreter returns a value, the oracle must return the same,
//! unless `docs/decisions/0002-where-cel-departs.md` says otherwise.

mod interpreter;

use engine::oracle::evaluate;
use engine::{EvalError, Value};
use interpreter::{Departure, Interpreter};
use lang::condition::{Expr, ExprKind, Place, check, visit};
use lang::{Code, Diagnostics, SourceId, Span};
use std::collections::BTreeMap;
use testsuite::arbitrary::world::{Package, World};
use testsuite::arbitrary::{Random, condition};

/// Conditions in an ordinary run.
const CASES: u64 = 2_000;

/// Facts that each condition is asked of.
const WORLDS: usize = 4;

/// Differences that a failing run prints.
const SHOWN: usize = 25;

/// One way to answer a condition. A new way to evaluate joins by one more of these.
type Party = (&'static str, for<'a> fn(&'a Expr, &'a World) -> Result<bool, EvalError>);

const PARTIES: &[Party] = &[("oracle", by_oracle)];

fn by_oracle(expr: &Expr, world: &World) -> Result<bool, EvalError> {
    evaluate(expr, world).and_then(|value| value.as_bool())
}

/// What a run has seen.
#[derive(Debug, Default)]
struct Histogram {
    counts: BTreeMap<String, u64>,
    /// Answers that differ, to be read all at once.
    differences: Vec<String>,
}

impl Histogram {
    fn add(&mut self, what: impl Into<String>) {
        let count = self.counts.entry(what.into()).or_default();
        *count = count.saturating_add(1);
    }

    fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    fn node(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call(function, _) => self.add(format!("function {function:?}")),
            ExprKind::Comprehension(inner) => self.add(format!("macro {:?}", inner.kind)),
            ExprKind::Fact(fact) => {
                let name = format!("{fact:?}");
                self.add(format!("fact {}", name.split('(').next().unwrap_or_default()));
            }
            ExprKind::Member(_, member) => self.add(format!("member {member:?}")),
            other => {
                let name = format!("{other:?}");
                self.add(format!("node {}", name.split('(').next().unwrap_or_default()));
            }
        }
    }
}

fn setting(name: &str, otherwise: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the size of a test run is a setting of the run")]
    let value = std::env::var(name);
    value.ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// The condition of a seed, checked; `None` when it is one that must be refused.
fn checked(seed: u64, text: &str, place: Place, seen: &mut Histogram) -> Option<Expr> {
    let span = Span::new(SourceId(0), 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let mut diagnostics = Diagnostics::new();
    let expr = check(text, span, place, &Package, &mut diagnostics);
    for diagnostic in diagnostics.as_slice() {
        // What random text gets wrong is its constants and closed names, never its types.
        let expected = matches!(
            diagnostic.code,
            Code::ConstantCondition | Code::UnknownLiteral | Code::ConditionAlwaysFails | Code::BadConversion
        );
        assert!(expected, "seed {seed}: {text}\n{diagnostic:?}");
        seen.add(format!("diagnostic {}", diagnostic.code.as_str()));
    }
    expr
}

fn run(seed: u64, seen: &mut Histogram) {
    let mut random = Random::new(seed);
    let place = if random.chance(3, 4) { Place::Rule } else { Place::InvariantAlways };
    let text = condition::condition(&mut random, place);
    let Some(expr) = checked(seed, &text, place, seen) else {
        seen.add("refused");
        return;
    };
    let mut operators: u64 = 0;
    visit(&expr, &mut |node| {
        seen.node(node);
        if !matches!(node.kind, ExprKind::Literal(_) | ExprKind::Fact(_) | ExprKind::Variable(_)) {
            operators = operators.saturating_add(1);
        }
    });
    seen.add(if operators >= 3 { "three operators or more" } else { "fewer operators" });
    for _ in 0..WORLDS {
        let world = World::random(&mut random);
        compare(seed, &text, &expr, &world, seen);
    }
}

fn compare(seed: u64, text: &str, expr: &Expr, world: &World, seen: &mut Histogram) {
    let expected = Interpreter::new(world).ask(text);
    for (name, party) in PARTIES {
        let answer = party(expr, world);
        seen.add(match answer {
            Ok(value) => format!("{name}: {value}"),
            Err(error) => format!("{name}: {error:?}"),
        });
        match &expected {
            Ok(expected) if Ok(*expected) == answer => seen.add(format!("{name}: agrees")),
            Ok(expected) => {
                if let Some(departure) = Departure::of(expr, world) {
                    seen.add(format!("{name}: departs by {departure:?}"));
                } else {
                    seen.differences
                        .push(format!("seed {seed}: {text}\n  {name}: {answer:?}, interpreter: {expected}"));
                }
            }
            Err(_) => seen.add("interpreter has no value"),
        }
    }
}

#[test]
fn checked_conditions_answer_as_the_interpreter_does() {
    let first = setting("ASCP_SEED", 0);
    let cases = setting("ASCP_CASES", CASES);
    let mut seen = Histogram::default();
    for seed in first..first.saturating_add(cases) {
        run(seed, &mut seen);
    }
    let mut page = String::new();
    for (what, count) in &seen.counts {
        page.push_str(&format!("{count:>9}  {what}\n"));
    }
    #[expect(clippy::print_stdout, reason = "the histogram is what a reader of the run looks at")]
    {
        println!("{page}");
    }
    let shown: Vec<&str> = seen.differences.iter().map(String::as_str).take(SHOWN).collect();
    assert!(shown.is_empty(), "{} answers differ\n{}", seen.differences.len(), shown.join("\n"));
    if cases >= CASES {
        assert!(seen.of("three operators or more") * 3 >= cases, "too simple\n{page}");
        assert!(seen.of("refused") * 5 < cases, "too many are refused\n{page}");
        let answered = seen.of("oracle: true") + seen.of("oracle: false");
        assert!(seen.of("oracle: agrees") * 4 > answered * 3, "too few are compared\n{page}");
    }
}

#[test]
fn values_are_borrowed_from_the_facts() {
    // A world outlives what is read of it; this is a property of types, kept here by use.
    let world = World::random(&mut Random::new(1));
    let value: Value<'_> = engine::oracle::Read::fact(&world, &lang::condition::Fact::RequestAsked);
    assert!(matches!(value, Value::String(std::borrow::Cow::Borrowed(_))));
}
