//! Random conditions as text: well typed, and as wild as the types allow.
//!
//! Operands are drawn by type. Facts stand beside literals at the edges of
//! their types, so that overflow, division by zero, absent keys and
//! comparisons across number types all come up.

use super::Random;
use lang::condition::Place;

/// What kind of value a text computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Time,
    Span,
    Ints,
    Texts,
    Map,
    Dyn,
}

/// Most deeply nested text; a third of all conditions has three operators or more.
const DEPTH: usize = 4;

/// Words that follow `is` a detector, a module or a category.
const DETECTOR_PATHS: &[&str] =
    &["advice", "pii", "pii.iban", "pii.pan", "secrets", "secrets.aws", "category.topic", "category.secret"];

const PATTERNS: &[&str] = &["^a", "b$", "^\\\\d+$", "[a-c]{2}", "(?i)A", "é", "^.$", "x*", "\\\\bab"];

const ZONES: &[&str] = &["UTC", "Europe/Berlin", "America/New_York", "+05:30", "-02:30", "Asia/Kathmandu"];

/// A random condition for this place.
pub fn condition(random: &mut Random, place: Place) -> String {
    let depth = 1 + random.below(DEPTH);
    Generator { random, place, locals: Vec::new() }.make(Kind::Bool, depth)
}

struct Generator<'r> {
    random: &'r mut Random,
    place: Place,
    /// Variables of the comprehensions around, with what they hold.
    locals: Vec<(String, Kind)>,
}

impl Generator<'_> {
    /// A text of this kind, nested at most so deep.
    fn make(&mut self, kind: Kind, depth: usize) -> String {
        if depth == 0 || self.random.chance(1, 8) {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        if self.random.chance(1, 14) {
            let (condition, then, otherwise) =
                (self.make(Kind::Bool, depth), self.make(kind, depth), self.make(kind, depth));
            return format!("({condition} ? {then} : {otherwise})");
        }
        match kind {
            Kind::Bool => self.bool(depth),
            Kind::Int => self.int(depth),
            Kind::Uint => self.uint(depth),
            Kind::Double => self.double(depth),
            Kind::Text => self.text(depth),
            Kind::Bytes => self.bytes(depth),
            Kind::Time => self.time(depth),
            Kind::Span => self.span(depth),
            Kind::Ints => self.list(Kind::Int, depth),
            Kind::Texts => self.list(Kind::Text, depth),
            Kind::Map => self.map(depth),
            Kind::Dyn => self.dynamic(depth),
        }
    }

    fn infix(&mut self, kind: Kind, signs: &[&str], depth: usize) -> String {
        let sign = self.random.pick(signs);
        let (left, right) = (self.make(kind, depth), self.make(kind, depth));
        format!("({left} {sign} {right})")
    }

    fn bool(&mut self, depth: usize) -> String {
        match self.random.below(17) {
            16 => self.alternatives(),
            0..=3 => self.infix(Kind::Bool, &["&&", "||", "&&", "||", "==", "!="], depth),
            4 => format!("!{}", self.make(Kind::Bool, depth)),
            5..=7 => self.comparison(depth),
            8 => {
                let (function, text, part) = (
                    self.random.pick(&["contains", "startsWith", "endsWith"]),
                    self.make(Kind::Text, depth),
                    self.make(Kind::Text, depth),
                );
                format!("{text}.{function}({part})")
            }
            9 => {
                let (text, pattern) = (self.make(Kind::Text, depth), self.random.pick(PATTERNS));
                format!("{text}.matches(\"{pattern}\")")
            }
            10 | 11 => self.membership(depth),
            12 | 13 => self.quantifier(depth),
            14 => self.over_objects(depth),
            _ => {
                let (map, key) = (self.make(Kind::Map, depth), self.random.pick(&["a", "ab", "zz"]));
                format!("has({map}.{key})")
            }
        }
    }

    fn comparison(&mut self, depth: usize) -> String {
        if self.random.chance(1, 4) {
            return self.plain_comparison();
        }
        let numbers = [Kind::Int, Kind::Uint, Kind::Double];
        if self.random.chance(1, 3) {
            // Across number types.
            let (a, b) = (self.random.pick(&numbers), self.random.pick(&numbers));
            let sign = self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
            let (left, right) = (self.make(a, depth), self.make(b, depth));
            return format!("({left} {sign} {right})");
        }
        let ordered = [
            Kind::Int,
            Kind::Uint,
            Kind::Double,
            Kind::Text,
            Kind::Bytes,
            Kind::Time,
            Kind::Span,
            Kind::Bool,
        ];
        if self.random.chance(2, 3) {
            let kind = self.random.pick(&ordered);
            return self.infix(kind, &["==", "!=", "<", "<=", ">", ">="], depth);
        }
        match self.random.below(4) {
            0 => self.infix(Kind::Ints, &["==", "!="], depth),
            1 => self.infix(Kind::Texts, &["==", "!="], depth),
            2 => self.infix(Kind::Map, &["==", "!="], depth),
            _ => self.infix(Kind::Dyn, &["==", "!="], depth),
        }
    }

    /// A fact beside a literal, on either side: what compiles to a predicate of its own.
    ///
    /// The literals are among what the facts hold, so that both are often equal.
    fn plain_comparison(&mut self) -> String {
        let kind = self.random.pick(&[Kind::Int, Kind::Int, Kind::Int, Kind::Text, Kind::Bool]);
        let (literal, sign) =
            (self.literal(kind), self.random.pick(&["==", "!=", "<", "<=", ">", ">=", "<", ">"]));
        let fact = self.fact(kind).unwrap_or_else(|| literal.clone());
        if self.random.chance(1, 3) {
            format!("({fact} {sign} {literal})")
        } else {
            format!("({literal} {sign} {fact})")
        }
    }

    /// Connectives under connectives and negations, over plain comparisons: what is split into alternatives.
    fn alternatives(&mut self) -> String {
        let [a, b, c] = [(); 3].map(|()| self.plain_comparison());
        match self.random.below(4) {
            0 => format!("({a} || !({b} && {c}))"),
            1 => format!("!({a} && ({b} || {c}))"),
            2 => format!("({a} && !({b} && {c}))"),
            _ => format!("!({a} && !({b} || {c}))"),
        }
    }

    fn membership(&mut self, depth: usize) -> String {
        let (element, container) = match self.random.below(4) {
            0 => (Kind::Int, Kind::Ints),
            1 => (Kind::Text, Kind::Map),
            2 => (self.random.pick(&[Kind::Uint, Kind::Double]), Kind::Ints),
            _ => (Kind::Text, Kind::Texts),
        };
        let (element, container) = (self.make(element, depth), self.make(container, depth));
        format!("({element} in {container})")
    }

    fn quantifier(&mut self, depth: usize) -> String {
        let (element, list) =
            self.random.pick(&[(Kind::Int, Kind::Ints), (Kind::Text, Kind::Texts), (Kind::Text, Kind::Map)]);
        let macro_name = self.random.pick(&["all", "exists", "exists_one"]);
        let list = self.make(list, depth);
        let (variable, body) = self.with_local(element, |one, _| one.make(Kind::Bool, depth));
        format!("{list}.{macro_name}({variable}, {body})")
    }

    /// A quantifier over findings, tool calls or routes.
    fn over_objects(&mut self, depth: usize) -> String {
        let macro_name = self.random.pick(&["all", "exists", "exists_one"]);
        let (list, members): (&str, &[(&str, Kind)]) = match (self.random.below(3), self.place) {
            (0, _) => (
                "input.findings",
                &[("detector", Kind::Text), ("category", Kind::Text), ("confidence", Kind::Double)],
            ),
            (_, Place::Rule) => ("output.tool_calls", &[("name", Kind::Text)]),
            (_, Place::InvariantGiven) => return self.leaf(Kind::Bool),
            (_, Place::InvariantAlways) => (
                "decision.routes",
                &[
                    ("provider", Kind::Text),
                    ("endpoint", Kind::Text),
                    ("region", Kind::Text),
                    ("model", Kind::Text),
                    ("exception", Kind::Text),
                    ("attests", Kind::Texts),
                ],
            ),
        };
        let variable = format!("o{}", self.locals.len());
        let &(member, kind) = members.get(self.random.below(members.len())).unwrap_or(&("name", Kind::Text));
        let other = self.make(kind, depth);
        let rest = self.make(Kind::Bool, depth);
        format!("{list}.{macro_name}({variable}, {variable}.{member} == {other} || {rest})")
    }

    /// Makes a body in which a new variable may stand.
    fn with_local<T>(&mut self, kind: Kind, body: impl FnOnce(&mut Self, &str) -> T) -> (String, T) {
        let name = format!("v{}", self.locals.len());
        self.locals.push((name.clone(), kind));
        let made = body(self, &name);
        self.locals.pop();
        (name, made)
    }

    fn int(&mut self, depth: usize) -> String {
        match self.random.below(9) {
            0..=3 => self.infix(Kind::Int, &["+", "-", "*", "/", "%"], depth),
            4 => format!("(-({}))", self.make(Kind::Int, depth)),
            5 => {
                let kind = self.random.pick(&[Kind::Text, Kind::Bytes, Kind::Ints, Kind::Texts, Kind::Map]);
                format!("size({})", self.make(kind, depth))
            }
            6 => {
                let kind = self.random.pick(&[Kind::Uint, Kind::Double, Kind::Text, Kind::Time, Kind::Int]);
                format!("int({})", self.make(kind, depth))
            }
            7 => self.accessor(depth),
            _ => match self.random.below(2) {
                0 => format!("{}[{}]", self.make(Kind::Ints, depth), self.make(Kind::Int, depth)),
                _ => format!("{}[{}]", self.make(Kind::Map, depth), self.make(Kind::Text, depth)),
            },
        }
    }

    fn accessor(&mut self, depth: usize) -> String {
        if self.random.chance(1, 4) {
            let part = self.random.pick(&["getHours", "getMinutes", "getSeconds", "getMilliseconds"]);
            return format!("{}.{part}()", self.make(Kind::Span, depth));
        }
        let part = self.random.pick(&[
            "getFullYear",
            "getMonth",
            "getDayOfYear",
            "getDayOfMonth",
            "getDate",
            "getDayOfWeek",
            "getHours",
            "getMinutes",
            "getSeconds",
            "getMilliseconds",
        ]);
        let zone = self.random.pick(ZONES);
        let zone = if self.random.chance(1, 2) { format!("\"{zone}\"") } else { String::new() };
        format!("{}.{part}({zone})", self.make(Kind::Time, depth))
    }

    fn uint(&mut self, depth: usize) -> String {
        if self.random.chance(2, 3) {
            return self.infix(Kind::Uint, &["+", "-", "*", "/", "%"], depth);
        }
        let kind = self.random.pick(&[Kind::Int, Kind::Double, Kind::Text, Kind::Uint]);
        format!("uint({})", self.make(kind, depth))
    }

    fn double(&mut self, depth: usize) -> String {
        match self.random.below(6) {
            0..=2 => self.infix(Kind::Double, &["+", "-", "*", "/"], depth),
            3 => format!("(-({}))", self.make(Kind::Double, depth)),
            _ => {
                let kind = self.random.pick(&[Kind::Int, Kind::Uint, Kind::Text, Kind::Double]);
                format!("double({})", self.make(kind, depth))
            }
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.random.below(4) {
            0 | 1 => self.infix(Kind::Text, &["+"], depth),
            2 => format!("{}[{}]", self.make(Kind::Texts, depth), self.make(Kind::Int, depth)),
            _ => {
                let kind = self.random.pick(&[
                    Kind::Int,
                    Kind::Uint,
                    Kind::Double,
                    Kind::Bool,
                    Kind::Bytes,
                    Kind::Time,
                    Kind::Span,
                ]);
                format!("string({})", self.make(kind, depth))
            }
        }
    }

    fn bytes(&mut self, depth: usize) -> String {
        if self.random.chance(1, 2) {
            return self.infix(Kind::Bytes, &["+"], depth);
        }
        format!("bytes({})", self.make(Kind::Text, depth))
    }

    fn time(&mut self, depth: usize) -> String {
        match self.random.below(3) {
            0 => {
                let (time, sign, span) = (
                    self.make(Kind::Time, depth),
                    self.random.pick(&["+", "-"]),
                    self.make(Kind::Span, depth),
                );
                format!("({time} {sign} {span})")
            }
            1 => format!("({} + {})", self.make(Kind::Span, depth), self.make(Kind::Time, depth)),
            _ => {
                let kind = self.random.pick(&[Kind::Int, Kind::Time]);
                format!("timestamp({})", self.make(kind, depth))
            }
        }
    }

    fn span(&mut self, depth: usize) -> String {
        match self.random.below(3) {
            0 => self.infix(Kind::Span, &["+", "-"], depth),
            1 => self.infix(Kind::Time, &["-"], depth),
            _ => format!("duration({})", self.make(Kind::Span, depth)),
        }
    }

    fn list(&mut self, element: Kind, depth: usize) -> String {
        let list = if element == Kind::Int { Kind::Ints } else { Kind::Texts };
        match self.random.below(6) {
            0 => self.infix(list, &["+"], depth),
            1 => {
                let (list, (variable, body)) =
                    (self.make(list, depth), self.with_local(element, |one, _| one.make(Kind::Bool, depth)));
                format!("{list}.filter({variable}, {body})")
            }
            2 | 3 => {
                let (from, over) = self.random.pick(&[
                    (Kind::Int, Kind::Ints),
                    (Kind::Text, Kind::Texts),
                    (Kind::Text, Kind::Map),
                ]);
                let over = self.make(over, depth);
                let keep = self.random.chance(1, 3);
                let (variable, body) = self.with_local(from, |one, _| {
                    let keep =
                        if keep { format!("{}, ", one.make(Kind::Bool, depth)) } else { String::new() };
                    keep + &one.make(element, depth)
                });
                format!("{over}.map({variable}, {body})")
            }
            _ => {
                let count = self.random.below(4);
                let elements: Vec<String> = (0..count).map(|_| self.make(element, depth)).collect();
                format!("[{}]", elements.join(", "))
            }
        }
    }

    fn map(&mut self, depth: usize) -> String {
        let count = self.random.below(3);
        let keys = ["\"a\"", "\"ab\"", "request.asked"];
        let entries: Vec<String> =
            keys.iter().take(count).map(|key| format!("{key}: {}", self.make(Kind::Int, depth))).collect();
        format!("{{{}}}", entries.join(", "))
    }

    fn dynamic(&mut self, depth: usize) -> String {
        let kinds =
            [Kind::Int, Kind::Uint, Kind::Double, Kind::Text, Kind::Bool, Kind::Ints, Kind::Map, Kind::Bytes];
        match self.random.below(4) {
            0 => {
                let kinds = [self.random.pick(&kinds), self.random.pick(&kinds)];
                let [a, b] = kinds.map(|kind| self.make(kind, depth));
                format!("[{a}, {b}, null][{}]", self.make(Kind::Int, 0))
            }
            1 => {
                let kind = self.random.pick(&kinds);
                format!("type({})", self.make(kind, depth))
            }
            _ => {
                let kind = self.random.pick(&kinds);
                format!("dyn({})", self.make(kind, depth))
            }
        }
    }

    /// A literal, a fact or a variable.
    fn leaf(&mut self, kind: Kind) -> String {
        let local: Vec<&String> =
            self.locals.iter().filter(|(_, held)| *held == kind).map(|(name, _)| name).collect();
        if let Some(&name) = local.last().filter(|_| self.random.chance(2, 3)) {
            return name.clone();
        }
        if kind == Kind::Bool && self.random.chance(1, 2) {
            return self.plain_comparison();
        }
        let fact = if self.random.chance(2, 3) { self.fact(kind) } else { None };
        fact.unwrap_or_else(|| self.literal(kind))
    }

    fn literal(&mut self, kind: Kind) -> String {
        let literals: &[&str] = match kind {
            Kind::Bool => &["true", "false"],
            Kind::Int => &[
                "0",
                "1",
                "2",
                "-1",
                "3",
                "10",
                "60000",
                "9223372036854775807",
                "-9223372036854775808",
                "0xff",
            ],
            Kind::Uint => &["0u", "1u", "2u", "10u", "18446744073709551615u", "0xffu"],
            Kind::Double => &["0.0", "1.0", "-1.5", "0.5", "2.0", "1e300", "9007199254740992.0", "1e-9"],
            Kind::Text => {
                &["\"\"", "\"a\"", "'ab'", "\"abc\"", "\"12\"", "\"é\"", "r\"\\d\"", "\"1.5\"", "\"\\u00e9\""]
            }
            Kind::Bytes => &["b\"\"", "b\"a\"", "b'\\xff'", "b\"é\""],
            Kind::Time => &[
                "timestamp(\"2026-11-20T09:00:00Z\")",
                "timestamp(\"1969-12-31T23:59:59.5Z\")",
                "timestamp(0)",
            ],
            Kind::Span => {
                &["duration(\"1h\")", "duration(\"-1.5s\")", "duration(\"24h\")", "duration(\"1ns\")"]
            }
            Kind::Ints => &["[]", "[1, 2, 3]", "[0]", "[2, 2]"],
            Kind::Texts => &["[]", "[\"a\", \"ab\"]", "[\"\"]"],
            Kind::Map => &["{}", "{\"a\": 1}", "{\"ab\": 0, \"a\": 2}"],
            Kind::Dyn => {
                &["dyn(1)", "dyn(1u)", "dyn(1.0)", "dyn(\"a\")", "dyn(null)", "int", "dyn([1, \"a\"])"]
            }
        };
        self.random.pick(literals).to_owned()
    }

    fn fact(&mut self, kind: Kind) -> Option<String> {
        let both: &[&str] = match kind {
            Kind::Bool => &["request.stream", "input.has(D)"],
            Kind::Int => &[
                "request.tokens",
                "request.max_tokens",
                "request.bytes",
                "input.count(D)",
                "usage.requests(W)",
                "usage.tokens(W)",
                "usage.spend(W)",
            ],
            Kind::Text => &[
                "request.operation",
                "request.api",
                "request.model",
                "request.asked",
                "request.path",
                "request.method",
                "request.user",
                "request.header(\"x\")",
                "request.header(\"X\")",
                "request.header(\"absent\")",
                "caller.id",
                "caller.claim(\"y\")",
                "tenant.name",
                "tenant.label(\"x\")",
                "workload.name",
            ],
            Kind::Texts => {
                &["request.tools", "caller.roles", "tenant.zones", "tenant.profiles", "zone.eea.regions"]
            }
            Kind::Time => &["now"],
            Kind::Uint | Kind::Double | Kind::Bytes | Kind::Span | Kind::Ints | Kind::Map | Kind::Dyn => &[],
        };
        let here: &[&str] = match (kind, self.place) {
            (Kind::Bool, Place::Rule) => &["output.has(D)"],
            (Kind::Int, Place::Rule) => &["output.count(D)", "output.tokens"],
            (Kind::Text, Place::Rule) => {
                &["output.finish_reason", "route.provider", "route.endpoint", "route.region", "route.model"]
            }
            (Kind::Texts, Place::Rule) => &["route.attests"],
            (Kind::Bool, Place::InvariantAlways) => {
                &["decision.denied", "decision.redacts(D)", "decision.redacts(D, \"output\")"]
            }
            (Kind::Text, Place::InvariantAlways) => &["decision.reason"],
            (Kind::Texts, Place::InvariantAlways) => &["decision.flags"],
            (_, _) => &[],
        };
        let count = both.len() + here.len();
        let at = self.random.below(count);
        let fact = both.iter().chain(here).nth(at)?;
        let window = self.random.pick(&["\"second\"", "\"minute\"", "\"hour\"", "\"day\"", "\"month\""]);
        let fact = fact.replace("(D", &format!("({}", self.random.pick(DETECTOR_PATHS)));
        Some(fact.replace("(W)", &format!("({window})")))
    }
}
