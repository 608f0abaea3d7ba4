//! Calls: the functions of standard CEL.

use super::super::{Expr, ExprKind, Function, Literal, Type, fold, pattern, time};
use super::{Attempt, Checker, Typed};
use crate::near::did_you_mean;
use crate::{Code, Diagnostic};
use cel::common::ast::{CallExpr, IdedExpr, operators};

/// How a function may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `f(x)`
    Global,
    /// `x.f()`
    Member,
    /// Either way.
    Both,
}

use Style::{Both, Global, Member};

/// The functions, by name; `matches` and the macros stand apart.
const FUNCTIONS: &[(&str, Function, Style)] = &[
    ("size", Function::Size, Both),
    ("contains", Function::Contains, Member),
    ("startsWith", Function::StartsWith, Member),
    ("endsWith", Function::EndsWith, Member),
    ("bool", Function::ToBool, Global),
    ("int", Function::ToInt, Global),
    ("uint", Function::ToUint, Global),
    ("double", Function::ToDouble, Global),
    ("string", Function::ToString, Global),
    ("bytes", Function::ToBytes, Global),
    ("timestamp", Function::ToTimestamp, Global),
    ("duration", Function::ToDuration, Global),
    ("dyn", Function::ToDyn, Global),
    ("type", Function::TypeOf, Global),
    ("getFullYear", Function::GetFullYear, Member),
    ("getMonth", Function::GetMonth, Member),
    ("getDayOfYear", Function::GetDayOfYear, Member),
    ("getDayOfMonth", Function::GetDayOfMonth, Member),
    ("getDate", Function::GetDate, Member),
    ("getDayOfWeek", Function::GetDayOfWeek, Member),
    ("getHours", Function::GetHours, Member),
    ("getMinutes", Function::GetMinutes, Member),
    ("getSeconds", Function::GetSeconds, Member),
    ("getMilliseconds", Function::GetMilliseconds, Member),
];

/// The macros, for the nearest name.
const MACROS: &[&str] = &["all", "exists", "exists_one", "existsOne", "filter", "map"];

impl Checker<'_> {
    /// Any call: operator, fact with arguments, or function.
    pub(super) fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<Typed> {
        let name = call.func_name.as_str();
        if call.target.is_none() {
            if let Attempt::Checked(checked) = self.operator(node, name, &call.args) {
                return checked;
            }
            if matches!(name, operators::OPT_INDEX | operators::OPT_SELECT) {
                self.not_supported(node, "optional values", "ask with `has(…)` first");
                return None;
            }
        }
        if let Attempt::Checked(checked) = self.fact_call(node, call) {
            return checked;
        }
        let name = name.strip_prefix('.').filter(|_| call.target.is_none()).unwrap_or(name);
        if name == "matches" {
            return self.matches(node, call);
        }
        let Some(&(_, function, style)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            self.unknown_function(node, call, name);
            return None;
        };
        let is_right_style = match style {
            Global => call.target.is_none(),
            Member => call.target.is_some(),
            Both => true,
        };
        if !is_right_style {
            self.wrong_style(node, name, style);
            return None;
        }
        let args: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        self.function(node, (function, name), &args)
    }

    fn unknown_function(&mut self, node: &IdedExpr, call: &CallExpr, name: &str) {
        let functions = FUNCTIONS.iter().map(|&(known, ..)| known).chain(["matches", "has"]);
        let near = if MACROS.contains(&name) {
            Some(format!("write `list.{name}(x, …)`"))
        } else {
            let lower = name.to_lowercase();
            let same = |known: &&str| known.to_lowercase() == lower.replace('_', "");
            let spelled = functions.clone().find(same).map(|known| format!("did you mean `{known}`?"));
            spelled.or_else(|| did_you_mean(name, functions.chain(MACROS.iter().copied())))
        };
        let near = near.or_else(|| other_language(name));
        let at = self.parsed.function_span(node);
        self.report(
            Diagnostic::new(Code::UnknownFunction, at, format!("there is no function `{name}`"))
                .help_maybe(near),
        );
        // What it is called with is checked all the same.
        for operand in call.target.as_deref().into_iter().chain(&call.args) {
            let is_plain_name = matches!(operand.expr, cel::common::ast::Expr::Ident(_));
            if !(is_plain_name && MACROS.contains(&name)) {
                self.expr(operand);
            }
        }
    }

    fn wrong_style(&mut self, node: &IdedExpr, name: &str, style: Style) {
        let help = match style {
            Member => format!("write `text.{name}(…)`"),
            Global | Both => format!("write `{name}(…)`"),
        };
        let at = self.parsed.function_span(node);
        let message = match style {
            Member => format!("`{name}` is called on a value"),
            Global | Both => format!("`{name}` is not called on a value"),
        };
        self.report(Diagnostic::new(Code::UnknownFunction, at, message).help(help));
    }

    fn function(
        &mut self,
        node: &IdedExpr,
        (function, name): (Function, &str),
        args: &[&IdedExpr],
    ) -> Option<Typed> {
        let span = self.span(node);
        let accessor = is_accessor(function);
        let most = match function {
            Function::Contains | Function::StartsWith | Function::EndsWith => 2,
            _ => 1,
        };
        if args.len() != most && !(accessor && args.len() == 2) {
            let at = self.parsed.function_span(node);
            let problem =
                Diagnostic::new(Code::TypeMismatch, at, format!("`{name}` takes {}", count(most, args)));
            self.report(problem.found(format!("this has {}", args.len())));
            return None;
        }
        let operands: Vec<Option<Expr>> = args
            .iter()
            .enumerate()
            .map(|(at, arg)| {
                if accessor && at == 1 {
                    self.zone_argument(arg)
                } else {
                    self.expr(arg).map(|typed| typed.expr)
                }
            })
            .collect();
        let operands: Vec<Expr> = operands.into_iter().collect::<Option<_>>()?;
        let types: Vec<&Type> = operands.iter().map(|operand| &operand.ty).collect();
        let Some(ty) = result_of(function, &types) else {
            let list: Vec<String> = types.iter().map(|ty| ty.with_article()).collect();
            let message = format!("`{name}` does not take {}", list.join(" and "));
            let problem = Diagnostic::new(Code::TypeMismatch, span, message);
            let labelled = operands.iter().fold(problem, |problem, operand| {
                problem.label(operand.span, format!("this is {}", operand.ty.with_article()))
            });
            self.report(labelled.help_maybe(takes(function)));
            return None;
        };
        self.converted((function, name), operands, ty, span)
    }

    /// Literals of time are converted here, and conversions that must fail are reported.
    fn converted(
        &mut self,
        (function, name): (Function, &str),
        operands: Vec<Expr>,
        ty: Type,
        span: crate::Span,
    ) -> Option<Typed> {
        if let [Expr { kind: ExprKind::Literal(literal), span: at, .. }] = operands.as_slice() {
            match fold::convert(function, literal) {
                fold::Converted::Time(literal) => {
                    return Some(Typed::new(ExprKind::Literal(literal), ty, span));
                }
                fold::Converted::Later => {}
                fold::Converted::Never(help) => {
                    let at = *at;
                    let problem = Diagnostic::new(Code::BadConversion, at, format!("this is not a `{name}`"));
                    self.report(problem.help(help));
                    return None;
                }
            }
        }
        Some(Typed::new(ExprKind::Call(function, operands), ty, span))
    }

    /// The time zone of an accessor: a literal, known.
    fn zone_argument(&mut self, node: &IdedExpr) -> Option<Expr> {
        let text = self.text_argument(node, "a time zone")?;
        let span = self.span(node);
        if time::parse_zone(&text).is_none() {
            self.report(
                Diagnostic::new(Code::UnknownLiteral, span, format!("there is no time zone `{text}`"))
                    .help("write an IANA name, as in `\"Europe/Berlin\"`, or an offset, as in `\"+01:00\"`"),
            );
            return None;
        }
        Some(Expr { kind: ExprKind::Literal(Literal::String(text)), ty: Type::String, span })
    }

    /// `text.matches(pattern)` or `matches(text, pattern)`.
    fn matches(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<Typed> {
        let args: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let [text, pattern] = args.as_slice() else {
            let at = self.parsed.function_span(node);
            self.report(Diagnostic::new(Code::TypeMismatch, at, "`matches` takes a text and a pattern"));
            return None;
        };
        let text = self.expr(text).and_then(|text| {
            if matches!(text.expr.ty, Type::String | Type::Dyn) {
                return Some(text.expr);
            }
            let problem = Diagnostic::new(Code::TypeMismatch, text.expr.span, "`matches` asks a `string`");
            self.report(problem.found(format!("this is {}", text.expr.ty.with_article())));
            None
        });
        let at = self.span(pattern);
        let pattern =
            self.text_argument(pattern, "a pattern").filter(|pattern| match pattern::check(pattern) {
                Ok(()) => true,
                Err(why) => {
                    let problem = Diagnostic::new(Code::BadRegex, at, "pattern does not compile");
                    self.report(problem.found(why));
                    false
                }
            });
        let kind = ExprKind::Matches(Box::new(text?), pattern?);
        Some(Typed::new(kind, Type::Bool, self.span(node)))
    }
}

fn count(most: usize, args: &[&IdedExpr]) -> &'static str {
    match (most, args.len()) {
        (1, _) => "one operand",
        (_, _) => "two operands",
    }
}

/// Functions that other languages have, and what CEL writes instead.
fn other_language(name: &str) -> Option<String> {
    let instead = match name {
        "len" | "length" | "count" => "write `size(…)`",
        "lower" | "upper" | "toLower" | "toUpper" | "lowerAscii" | "upperAscii" => {
            "CEL has no case conversion; write a pattern, as in `text.matches(\"(?i)^x$\")`"
        }
        "any" | "some" => "write `list.exists(x, …)`",
        "every" => "write `list.all(x, …)`",
        "includes" => "write `x in list`, or `text.contains(part)`",
        "now" => "`now` is a value: write it without brackets",
        _ => return None,
    };
    Some(instead.to_owned())
}

/// Whether a function reads a part of a time, perhaps in a zone.
const fn is_accessor(function: Function) -> bool {
    matches!(
        function,
        Function::GetFullYear
            | Function::GetMonth
            | Function::GetDayOfYear
            | Function::GetDayOfMonth
            | Function::GetDate
            | Function::GetDayOfWeek
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds
            | Function::GetMilliseconds
    )
}

/// What a function takes, for the help.
fn takes(function: Function) -> Option<String> {
    let takes = match function {
        Function::Size => "it takes a `string`, `bytes`, `list` or `map`",
        Function::Contains | Function::StartsWith | Function::EndsWith => "it takes a `string` on both sides",
        Function::GetHours | Function::GetMinutes | Function::GetSeconds | Function::GetMilliseconds => {
            "it takes a `timestamp`, or a `duration` without a zone"
        }
        function if is_accessor(function) => "it takes a `timestamp`",
        _ => return None,
    };
    Some(takes.to_owned())
}

/// What a function gives for operands of these types; `None` when it takes no such operands.
fn result_of(function: Function, types: &[&Type]) -> Option<Type> {
    use Type::{Bool, Bytes, Double, Duration, Dyn, Int, List, Map, String, Timestamp, Uint};
    let first = *types.first()?;
    let one_of = |accepted: &[Type]| *first == Dyn || accepted.contains(first);
    let (accepts, result) = match function {
        Function::Size => (matches!(first, String | Bytes | List(_) | Map(..) | Dyn), Int),
        Function::Contains | Function::StartsWith | Function::EndsWith => {
            (types.iter().all(|ty| matches!(ty, String | Dyn)), Bool)
        }
        Function::ToBool => (one_of(&[Bool, String]), Bool),
        Function::ToInt => (one_of(&[Int, Uint, Double, String, Timestamp]), Int),
        Function::ToUint => (one_of(&[Int, Uint, Double, String]), Uint),
        Function::ToDouble => (one_of(&[Int, Uint, Double, String]), Double),
        Function::ToString => {
            (one_of(&[Bool, Int, Uint, Double, String, Bytes, Timestamp, Duration]), String)
        }
        Function::ToBytes => (one_of(&[Bytes, String]), Bytes),
        Function::ToTimestamp => (one_of(&[Timestamp, String, Int]), Timestamp),
        Function::ToDuration => (one_of(&[Duration, String]), Duration),
        Function::ToDyn => (true, Dyn),
        Function::TypeOf => (!matches!(first, Type::Finding | Type::ToolCall | Type::Route), Type::Type),
        Function::GetHours | Function::GetMinutes | Function::GetSeconds | Function::GetMilliseconds => {
            let is_duration = *first == Duration && types.len() == 1;
            (is_duration || one_of(&[Timestamp]), Int)
        }
        function => (is_accessor(function) && one_of(&[Timestamp]), Int),
    };
    accepts.then_some(result)
}
