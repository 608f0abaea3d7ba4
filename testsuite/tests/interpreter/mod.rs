//! The `cel` interpreter over the same facts.

use cel::extractors::{Arguments, This};
use cel::objects::{Key, Map};
use cel::{Context, Program, Value as Cel};
use chrono::{DateTime, FixedOffset};
use engine::Value;
use engine::oracle::Read;
use lang::condition::{
    ComprehensionKind, Expr, ExprKind, Fact, Function, Member, Names, Surface, Type, Window, visit,
};
use std::collections::HashMap;
use std::sync::Arc;
use testsuite::arbitrary::world::{DETECTORS, Package, World, ZONES};

/// Why the interpreter may answer otherwise; see `docs/decisions/0002-where-cel-departs.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    /// `map` and `filter` over a map: its keys come in an order that changes from run to run.
    MapOrder,
    /// `getMilliseconds` of a duration.
    Milliseconds,
    /// `\d`, `\s`, `\w`, `\b` in a pattern.
    AsciiClasses,
    /// The text of an infinite double.
    Infinity,
}

impl Departure {
    /// Whether a condition does what the interpreter does otherwise.
    pub(crate) fn of(expr: &Expr) -> Option<Self> {
        let mut found = None;
        visit(expr, &mut |node| found = found.or(Self::of_node(node)));
        found
    }

    fn of_node(node: &Expr) -> Option<Self> {
        match &node.kind {
            ExprKind::Comprehension(inner) => {
                let is_ordered = matches!(inner.kind, ComprehensionKind::Map | ComprehensionKind::Filter);
                (is_ordered && !matches!(inner.range.ty, Type::List(_))).then_some(Self::MapOrder)
            }
            ExprKind::Call(Function::GetMilliseconds, args) => {
                let is_duration = args.first().is_some_and(|of| of.ty != Type::Timestamp);
                is_duration.then_some(Self::Milliseconds)
            }
            ExprKind::Call(Function::ToString, args) => {
                let is_double = args.first().is_some_and(|of| matches!(of.ty, Type::Double | Type::Dyn));
                is_double.then_some(Self::Infinity)
            }
            ExprKind::Matches(_, pattern) => {
                let has_class = ["\\d", "\\s", "\\w", "\\b"].iter().any(|class| pattern.contains(class));
                has_class.then_some(Self::AsciiClasses)
            }
            _ => None,
        }
    }
}

/// A context with the facts of a world.
pub(crate) struct Interpreter {
    context: Context<'static, 'static>,
}

impl Interpreter {
    /// Every fact as a variable; what takes an argument as a member function.
    pub(crate) fn new(world: &World) -> Self {
        let mut context = Context::default();
        for (root, members) in roots(world) {
            context.add_variable_from_value(root, object(members));
        }
        context.add_variable_from_value("now", to_cel(&world.fact(&Fact::Now), world));
        context.add_variable_from_value("advice", Cel::from("advice"));
        for function in ["header", "claim", "label", "requests", "tokens", "spend", "has", "count", "redacts"]
        {
            let name = function.to_owned();
            let call =
                move |This(this): This<Cel>, Arguments(args): Arguments| looked_up(&name, &this, &args);
            assert!(context.add_function(function, call).is_ok(), "`{function}` is not taken");
        }
        Self { context }
    }

    /// The answer to a condition, when there is one.
    pub(crate) fn ask(&self, text: &str) -> Result<bool, String> {
        let program = Program::compile(text).map_err(|error| error.to_string())?;
        match program.execute(&self.context) {
            Ok(Cel::Bool(value)) => Ok(value),
            Ok(other) => Err(format!("not a bool: {other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A fact with an argument stands in its root under the function's name and the argument's text.
fn looked_up(function: &str, this: &Cel, args: &[Cel]) -> Cel {
    let words: Vec<String> = args.iter().map(word).collect();
    let key = Key::String(Arc::new(format!("{function} {}", words.join(" ").to_lowercase())));
    let found = if let Cel::Map(map) = this { map.map.get(&key).cloned() } else { None };
    found.unwrap_or_else(|| Cel::from(""))
}

/// The text of an argument; of a module of detectors, the word that it stands for.
fn word(argument: &Cel) -> String {
    match argument {
        Cel::String(text) => text.to_string(),
        Cel::Map(map) => {
            let name = map.map.get(&Key::String(Arc::new("module".to_owned())));
            name.map(word).unwrap_or_default()
        }
        other => format!("{other:?}"),
    }
}

fn object(members: Vec<(String, Cel)>) -> Cel {
    let map: HashMap<Key, Cel> =
        members.into_iter().map(|(name, value)| (Key::String(Arc::new(name)), value)).collect();
    Cel::Map(Map { map: Arc::new(map) })
}

/// All variables, with their members.
fn roots(world: &World) -> Vec<(&'static str, Vec<(String, Cel)>)> {
    let plain = |entries: &[(&str, Fact)]| -> Vec<(String, Cel)> {
        entries.iter().map(|(name, fact)| ((*name).to_owned(), to_cel(&world.fact(fact), world))).collect()
    };
    let mut roots = vec![
        ("request", plain(REQUEST)),
        ("caller", plain(&[("id", Fact::CallerId), ("roles", Fact::CallerRoles)])),
        (
            "tenant",
            plain(&[
                ("name", Fact::TenantName),
                ("zones", Fact::TenantZones),
                ("profiles", Fact::TenantProfiles),
            ]),
        ),
        ("workload", plain(&[("name", Fact::WorkloadName)])),
        ("input", plain(&[("findings", Fact::InputFindings)])),
        ("output", plain(OUTPUT)),
        ("route", plain(ROUTE)),
        ("decision", plain(DECISION)),
        ("usage", Vec::new()),
    ];
    for (root, members) in &mut roots {
        members.extend(with_arguments(root, world));
    }
    let regions =
        |name: &str| Package.zone(name).map(|zone| to_cel(&world.fact(&Fact::ZoneRegions(zone)), world));
    let zones = ZONES.iter().filter_map(|(name, _)| {
        Some(((*name).to_owned(), object(vec![("regions".to_owned(), regions(name)?)])))
    });
    roots.push(("zone", zones.collect()));
    roots.extend(modules());
    roots
}

const REQUEST: &[(&str, Fact)] = &[
    ("operation", Fact::RequestOperation),
    ("api", Fact::RequestApi),
    ("model", Fact::RequestModel),
    ("asked", Fact::RequestAsked),
    ("path", Fact::RequestPath),
    ("method", Fact::RequestMethod),
    ("user", Fact::RequestUser),
    ("stream", Fact::RequestStream),
    ("tokens", Fact::RequestTokens),
    ("max_tokens", Fact::RequestMaxTokens),
    ("bytes", Fact::RequestBytes),
    ("tools", Fact::RequestTools),
];

const OUTPUT: &[(&str, Fact)] = &[
    ("tool_calls", Fact::OutputToolCalls),
    ("tokens", Fact::OutputTokens),
    ("finish_reason", Fact::OutputFinishReason),
];

const ROUTE: &[(&str, Fact)] = &[
    ("provider", Fact::RouteProvider),
    ("endpoint", Fact::RouteEndpoint),
    ("region", Fact::RouteRegion),
    ("model", Fact::RouteModel),
    ("attests", Fact::RouteAttests),
];

const DECISION: &[(&str, Fact)] = &[
    ("denied", Fact::DecisionDenied),
    ("reason", Fact::DecisionReason),
    ("flags", Fact::DecisionFlags),
    ("routes", Fact::DecisionRoutes),
];

/// The facts of a root that take an argument, for every argument there is.
fn with_arguments(root: &str, world: &World) -> Vec<(String, Cel)> {
    let mut entries = Vec::new();
    let mut add = |name: String, fact: Fact| entries.push((name, to_cel(&world.fact(&fact), world)));
    for name in ["x", "y"] {
        match root {
            "request" => add(format!("header {name}"), Fact::RequestHeader(name.into())),
            "caller" => add(format!("claim {name}"), Fact::CallerClaim(name.into())),
            "tenant" => add(format!("label {name}"), Fact::TenantLabel(name.into())),
            _ => {}
        }
    }
    if root == "usage" {
        for window in Window::ALL {
            let window_name = window.as_str();
            add(format!("requests {window_name}"), Fact::UsageRequests(*window));
            add(format!("tokens {window_name}"), Fact::UsageTokens(*window));
            add(format!("spend {window_name}"), Fact::UsageSpend(*window));
        }
    }
    for path in [
        "advice",
        "pii",
        "pii.iban",
        "pii.pan",
        "secrets",
        "secrets.aws",
        "category.topic",
        "category.secret",
    ] {
        let detectors: Box<[_]> = Package.detectors(path).unwrap_or_default().into();
        match root {
            "input" => {
                add(format!("has {path}"), Fact::InputHas(detectors.clone()));
                add(format!("count {path}"), Fact::InputCount(detectors));
            }
            "output" => {
                add(format!("has {path}"), Fact::OutputHas(detectors.clone()));
                add(format!("count {path}"), Fact::OutputCount(detectors));
            }
            "decision" => {
                add(format!("redacts {path}"), Fact::DecisionRedacts(detectors.clone(), Surface::Input));
                add(format!("redacts {path} output"), Fact::DecisionRedacts(detectors, Surface::Output));
            }
            _ => {}
        }
    }
    entries
}

/// `pii.pan` and its relatives as values that say their own path.
fn modules() -> Vec<(&'static str, Vec<(String, Cel)>)> {
    let of = |name: &'static str| {
        let inner = DETECTORS.iter().filter_map(|(path, _)| {
            let member = path.strip_prefix(name)?.strip_prefix('.')?;
            Some((member.to_owned(), Cel::from(*path)))
        });
        let mut members: Vec<(String, Cel)> = inner.collect();
        members.push(("module".to_owned(), Cel::from(name)));
        (name, members)
    };
    let category = |name: &str| (name.to_owned(), Cel::from(format!("category.{name}")));
    vec![of("pii"), of("secrets"), ("category", vec![category("topic"), category("secret")])]
}

/// A value of the engine as one of the interpreter.
fn to_cel(value: &Value<'_>, world: &World) -> Cel {
    let member = |member| world.member(value, member).map_or(Cel::Null, |value| to_cel(&value, world));
    let members = |names: &[(&str, Member)]| {
        object(names.iter().map(|&(name, of)| (name.to_owned(), member(of))).collect())
    };
    match value {
        Value::Bool(value) => Cel::Bool(*value),
        Value::Int(value) => Cel::Int(*value),
        Value::Uint(value) => Cel::UInt(*value),
        Value::Double(value) => Cel::Float(*value),
        Value::String(value) => Cel::from(&**value),
        Value::Bytes(value) => Cel::Bytes(Arc::new(value.to_vec())),
        Value::Timestamp(value) => to_chrono(*value).map_or(Cel::Null, Cel::Timestamp),
        Value::Duration(value) => {
            Cel::Duration(chrono::Duration::new(value.as_secs(), 0).unwrap_or_default())
        }
        Value::Null | Value::Type(_) | Value::Map(_) => Cel::Null,
        Value::List(values) => Cel::List(Arc::new(values.iter().map(|value| to_cel(value, world)).collect())),
        Value::Finding(_) => members(&[
            ("detector", Member::FindingDetector),
            ("category", Member::FindingCategory),
            ("confidence", Member::FindingConfidence),
        ]),
        Value::ToolCall(_) => members(&[("name", Member::ToolCallName)]),
        Value::Route(_) => members(&[
            ("provider", Member::RouteProvider),
            ("endpoint", Member::RouteEndpoint),
            ("region", Member::RouteRegion),
            ("model", Member::RouteModel),
            ("attests", Member::RouteAttests),
            ("exception", Member::RouteException),
        ]),
    }
}

fn to_chrono(timestamp: jiff::Timestamp) -> Option<DateTime<FixedOffset>> {
    let nanoseconds = timestamp.as_nanosecond();
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
    let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?;
    Some(DateTime::from_timestamp(seconds, rest)?.fixed_offset())
}
