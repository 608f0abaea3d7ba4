//! Random conditions: our checker, our oracle and the compiled form against the `cel` interpreter.
//!
//! ```text
//! cargo test -p testsuite --test conditions                                    2,000 conditions
//! ASCP_CASES=100000 cargo test -p testsuite --test conditions --release -- --nocapture
//! ASCP_SEED=17 ASCP_CASES=1 cargo test -p testsuite --test conditions          one of them
//! ```
//!
//! Where the interpreter returns a value, both of ours must return the same,
//! unless `docs/decisions/0002-where-cel-departs.md` says otherwise; and what
//! is compiled has an answer exactly where the oracle has one.

mod interpreter;

use engine::oracle::evaluate;
use engine::{Budget, Condition, EvalError, Scratch, Value};
use interpreter::{Departure, Interpreter};
use lang::condition::{Expr, ExprKind, Place, check, visit};
use lang::{Code, Diagnostics, SourceId, Span};
use std::collections::BTreeMap;
use testsuite::arbitrary::world::{Package, Setting, World};
use testsuite::arbitrary::{Random, condition};

/// Conditions in an ordinary run.
const CASES: u64 = 2_000;

/// Facts that each condition is asked of.
const WORLDS: usize = 4;

/// Differences that a failing run prints.
const SHOWN: usize = 25;

/// Asks the slow oracle.
fn by_oracle(expr: &Expr, world: &World) -> Result<bool, EvalError> {
    evaluate(expr, world).and_then(|value| value.as_bool())
}

/// Asks the compiled condition; it does not tell why there is no answer.
fn compiled(expr: &Expr, world: &World) -> Option<bool> {
    let setting = Setting::new(world);
    let condition = Condition::new(&setting.parts, expr).ok()?;
    condition.holds(&setting.view(), &mut Budget::ample(), &mut Scratch::new())
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
fn checked(seed: u64, text: &str, place: Place, histogram: &mut Histogram) -> Option<Expr> {
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
        histogram.add(format!("diagnostic {}", diagnostic.code.as_str()));
    }
    expr
}

fn run(seed: u64, histogram: &mut Histogram) {
    let mut random = Random::new(seed);
    let place = if random.chance(3, 4) { Place::Rule } else { Place::InvariantAlways };
    let text = condition::condition(&mut random, place);
    let Some(expr) = checked(seed, &text, place, histogram) else {
        histogram.add("refused");
        return;
    };
    let mut operators: u64 = 0;
    visit(&expr, &mut |node| {
        histogram.node(node);
        if !matches!(node.kind, ExprKind::Literal(_) | ExprKind::Fact(_) | ExprKind::Variable(_)) {
            operators = operators.saturating_add(1);
        }
    });
    histogram.add(if operators >= 3 { "three operators or more" } else { "fewer operators" });
    for _ in 0..WORLDS {
        let world = World::random(&mut random);
        compare(seed, &text, &expr, &world, histogram);
    }
}

fn compare(seed: u64, text: &str, expr: &Expr, world: &World, histogram: &mut Histogram) {
    let expected = Interpreter::new(world).ask(text);
    let oracle = by_oracle(expr, world);
    let compiled = compiled(expr, world);
    if oracle.ok() != compiled {
        histogram
            .differences
            .push(format!("seed {seed}: {text}\n  oracle {oracle:?}, compiled {compiled:?}"));
    }
    histogram.add(match oracle {
        Ok(value) => format!("oracle: {value}"),
        Err(error) => format!("oracle: {error:?}"),
    });
    histogram
        .add(format!("compiled: {}", compiled.map_or("no answer".to_owned(), |value| value.to_string())));
    let Ok(expected) = expected else {
        histogram.add("interpreter has no value");
        return;
    };
    for (party, answer) in [("oracle", oracle.ok()), ("compiled", compiled)] {
        if answer == Some(expected) {
            histogram.add(format!("{party}: agrees"));
        } else if let Some(departure) = Departure::of(expr) {
            histogram.add(format!("{party}: departs by {departure:?}"));
        } else {
            histogram
                .differences
                .push(format!("seed {seed}: {text}\n  {party}: {answer:?}, interpreter: {expected}"));
        }
    }
}

#[test]
fn checked_conditions_answer_as_the_interpreter_does() {
    let first = setting("ASCP_SEED", 0);
    let cases = setting("ASCP_CASES", CASES);
    let mut histogram = Histogram::default();
    for seed in first..first.saturating_add(cases) {
        run(seed, &mut histogram);
    }
    let mut page = String::new();
    for (what, count) in &histogram.counts {
        page.push_str(&histogram_line(what, *count));
    }
    #[expect(clippy::print_stdout, reason = "the histogram is what a reader of the run looks at")]
    {
        println!("{page}");
    }
    let shown: Vec<&str> = histogram.differences.iter().map(String::as_str).take(SHOWN).collect();
    assert!(shown.is_empty(), "{} answers differ\n{}", histogram.differences.len(), shown.join("\n"));
    if cases >= CASES {
        assert!(histogram.of("three operators or more") * 3 >= cases, "too simple\n{page}");
        assert!(histogram.of("refused") * 5 < cases, "too many are refused\n{page}");
        for party in ["oracle", "compiled"] {
            let of = |what: &str| histogram.of(&format!("{party}: {what}"));
            assert!(of("agrees") * 4 > (of("true") + of("false")) * 3, "too few are compared\n{page}");
        }
    }
}

fn histogram_line(what: &str, count: u64) -> String {
    format!("{count:>9}  {what}\n")
}

/// The rows of the page: condition, our answer, the interpreter's.
fn documented() -> Vec<(String, String, String)> {
    let page = include_str!("../../docs/decisions/0002-where-cel-departs.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned());
        cells.collect()
    };
    rows.filter_map(|row| <[String; 3]>::try_from(cells(row)).ok()).map(|[a, b, c]| (a, b, c)).collect()
}

#[test]
fn departures_are_as_documented() {
    let rows = documented();
    assert!(rows.len() >= 8, "the table of the page is not read: {rows:?}");
    let mut histogram = Histogram::default();
    let world = World::random(&mut Random::new(0));
    let interpreter = Interpreter::new(&world);
    for (text, ours, theirs) in rows {
        let expr = checked(0, &text, Place::Rule, &mut histogram);
        let answer =
            |answer: Result<bool, String>| answer.map_or("error".to_owned(), |value| value.to_string());
        let found = expr.as_ref().map_or_else(
            || "refused".to_owned(),
            |expr| answer(by_oracle(expr, &world).map_err(|error| error.to_string())),
        );
        assert_eq!(found, ours, "ours, {text}");
        let lowered = expr.map_or("refused", |expr| match compiled(&expr, &world) {
            Some(true) => "true",
            Some(false) => "false",
            None => "error",
        });
        assert_eq!(lowered, ours, "compiled, {text}");
        assert_eq!(answer(interpreter.ask(&text)), theirs, "the interpreter's, {text}");
    }
}

#[test]
fn values_are_borrowed_from_the_facts() {
    // A world outlives what is read of it; this is a property of types, kept here by use.
    let world = World::random(&mut Random::new(1));
    let value: Value<'_> = engine::oracle::Read::fact(&world, &lang::condition::Fact::RequestAsked);
    assert!(matches!(value, Value::String(std::borrow::Cow::Borrowed(_))));
}
