//! A checked condition: every name resolved, every operand typed.
//!
//! This is what the engine lowers and what its oracle walks. Nothing of the
//! CEL parser is left in it; spans point into the `.ascp` file.

use crate::model::{DetectorId, Surface, ZoneId};
use crate::span::Span;
use jiff::{SignedDuration, Timestamp};

/// The type of a CEL expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`, 64 bits, signed
    Int,
    /// `uint`, 64 bits
    Uint,
    /// `double`, IEEE 754 binary64
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `null_type`
    Null,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `list(T)`
    List(Box<Type>),
    /// `map(K, V)`
    Map(Box<Type>, Box<Type>),
    /// A type as a value, such as `type(1)`.
    Type,
    /// One element of `input.findings`.
    Finding,
    /// One element of `output.tool_calls`.
    ToolCall,
    /// One element of `decision.routes`.
    Route,
    /// Known only at run time; `dyn(x)`, and literals of mixed elements.
    Dyn,
}

/// A node with its type and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The type of what it computes.
    pub ty: Type,
    /// Where it stands.
    pub span: Span,
}

/// What a node computes.
///
/// `And`, `Or` absorb errors as CEL does: `false && error` is `false`, either way round.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A readable name, its arguments resolved.
    Fact(Fact),
    /// The variable of an enclosing comprehension; counted from the outermost, from 0.
    Variable(u32),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),
    /// `!a`
    Not(Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// An operator or function over its operands; the receiver stands first.
    Call(Function, Vec<Expr>),
    /// `text.matches("…")` with a literal pattern, checked; RE2 syntax.
    Matches(Box<Expr>, Box<str>),
    /// A member of a finding, tool call or route.
    Member(Box<Expr>, Member),
    /// `has(map.key)` and `map.key` on a map: whether the key is there.
    HasKey(Box<Expr>, Box<str>),
    /// A macro over a list, or over the keys of a map.
    Comprehension(Box<Comprehension>),
}

/// `range.all(x, body)` and its relatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    /// Which macro.
    pub kind: ComprehensionKind,
    /// What it goes over: a list, or a map by its keys.
    pub range: Expr,
    /// The number of its variable; see [`ExprKind::Variable`].
    pub variable: u32,
    /// The condition of `all`, `exists`, `exists_one`, `filter` and of `map` with three arguments.
    pub condition: Option<Expr>,
    /// The element that `map` makes.
    pub element: Option<Expr>,
}

/// Which macro a comprehension was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComprehensionKind {
    /// True for every element; stops at the first `false`, absorbs errors if one is `false`.
    All,
    /// True for some element; stops at the first `true`, absorbs errors if one is `true`.
    Exists,
    /// True for exactly one element; any error is an error.
    ExistsOne,
    /// The elements for which the condition holds.
    Filter,
    /// Each element (for which the condition holds) made into another.
    Map,
}

/// A constant of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`
    Bool(bool),
    /// `1`
    Int(i64),
    /// `1u`
    Uint(u64),
    /// `1.0`
    Double(f64),
    /// `"text"`
    String(Box<str>),
    /// `b"bytes"`
    Bytes(Box<[u8]>),
    /// `null`
    Null,
    /// `timestamp("…")` of a literal
    Timestamp(Timestamp),
    /// `duration("…")` of a literal
    Duration(SignedDuration),
    /// A name of a type, as in `type(x) == int`
    Type(TypeName),
}

/// The types that a type value can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeName {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `null_type`
    Null,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `list`
    List,
    /// `map`
    Map,
    /// `type`
    Type,
}

/// A name that conditions can read, its arguments resolved.
///
/// The table in `docs/language.md` ("What conditions can read") is made from
/// [`schema`](super::schema).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// `request.operation`: string
    RequestOperation,
    /// `request.api`: string
    RequestApi,
    /// `request.model`: string, the declared model's name
    RequestModel,
    /// `request.asked`: string, the model as sent
    RequestAsked,
    /// `request.path`: string
    RequestPath,
    /// `request.method`: string
    RequestMethod,
    /// `request.user`: string
    RequestUser,
    /// `request.stream`: bool
    RequestStream,
    /// `request.tokens`: int
    RequestTokens,
    /// `request.max_tokens`: int
    RequestMaxTokens,
    /// `request.bytes`: int
    RequestBytes,
    /// `request.tools`: list(string)
    RequestTools,
    /// `request.header(name)`: string; the name is lower case
    RequestHeader(Box<str>),
    /// `caller.id`: string
    CallerId,
    /// `caller.roles`: list(string)
    CallerRoles,
    /// `caller.claim(name)`: string
    CallerClaim(Box<str>),
    /// `tenant.name`: string
    TenantName,
    /// `tenant.zones`: list(string)
    TenantZones,
    /// `tenant.profiles`: list(string)
    TenantProfiles,
    /// `tenant.label(name)`: string
    TenantLabel(Box<str>),
    /// `workload.name`: string
    WorkloadName,
    /// `input.has(d)`: bool; the set is sorted and without repetition
    InputHas(Box<[DetectorId]>),
    /// `input.count(d)`: int
    InputCount(Box<[DetectorId]>),
    /// `input.findings`: list(finding)
    InputFindings,
    /// `output.has(d)`: bool
    OutputHas(Box<[DetectorId]>),
    /// `output.count(d)`: int
    OutputCount(Box<[DetectorId]>),
    /// `output.tool_calls`: list(tool call)
    OutputToolCalls,
    /// `output.tokens`: int
    OutputTokens,
    /// `output.finish_reason`: string
    OutputFinishReason,
    /// `route.provider`: string
    RouteProvider,
    /// `route.endpoint`: string, as in `azure/westeurope`
    RouteEndpoint,
    /// `route.region`: string
    RouteRegion,
    /// `route.model`: string, the declared model's name
    RouteModel,
    /// `route.attests`: list(string)
    RouteAttests,
    /// `zone.NAME.regions`: list(string), sorted by name
    ZoneRegions(ZoneId),
    /// `usage.requests(w)`: int
    UsageRequests(Window),
    /// `usage.tokens(w)`: int
    UsageTokens(Window),
    /// `usage.spend(w)`: int, millionths
    UsageSpend(Window),
    /// `now`: timestamp
    Now,
    /// `decision.denied`: bool; in invariants alone, as all that follow
    DecisionDenied,
    /// `decision.reason`: string
    DecisionReason,
    /// `decision.flags`: list(string)
    DecisionFlags,
    /// `decision.routes`: list(route)
    DecisionRoutes,
    /// `decision.redacts(d)`, `decision.redacts(d, "output")`: bool
    DecisionRedacts(Box<[DetectorId]>, Surface),
}

/// A window of `usage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// `"second"`
    Second,
    /// `"minute"`
    Minute,
    /// `"hour"`
    Hour,
    /// `"day"`
    Day,
    /// `"month"`
    Month,
}

impl Window {
    /// The name that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// A member of a finding, tool call or route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// `finding.detector`: string, as in `pii.pan`
    FindingDetector,
    /// `finding.category`: string
    FindingCategory,
    /// `finding.confidence`: double
    FindingConfidence,
    /// `tool_call.name`: string
    ToolCallName,
    /// `route.provider`: string
    RouteProvider,
    /// `route.endpoint`: string
    RouteEndpoint,
    /// `route.region`: string
    RouteRegion,
    /// `route.model`: string
    RouteModel,
    /// `route.attests`: list(string)
    RouteAttests,
    /// `route.exception`: string, the exception that let it in, or empty
    RouteException,
}

/// Operators and functions of standard CEL. Macros, `matches` with a literal
/// pattern and the logical operators are node kinds of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `a == b`
    Equal,
    /// `a != b`
    NotEqual,
    /// `a < b`
    Less,
    /// `a <= b`
    LessEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterEqual,
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
    /// `a / b`
    Divide,
    /// `a % b`
    Modulo,
    /// `-a`
    Negate,
    /// `a in b`
    In,
    /// `a[b]`; `a.b` on a map is `a["b"]`
    Index,
    /// `size(a)`
    Size,
    /// `a.contains(b)`
    Contains,
    /// `a.startsWith(b)`
    StartsWith,
    /// `a.endsWith(b)`
    EndsWith,
    /// `bool(a)`
    ToBool,
    /// `int(a)`
    ToInt,
    /// `uint(a)`
    ToUint,
    /// `double(a)`
    ToDouble,
    /// `string(a)`
    ToString,
    /// `bytes(a)`
    ToBytes,
    /// `timestamp(a)`
    ToTimestamp,
    /// `duration(a)`
    ToDuration,
    /// `dyn(a)`
    ToDyn,
    /// `type(a)`
    TypeOf,
    /// `t.getFullYear(zone?)`
    GetFullYear,
    /// `t.getMonth(zone?)`, from 0
    GetMonth,
    /// `t.getDayOfYear(zone?)`, from 0
    GetDayOfYear,
    /// `t.getDayOfMonth(zone?)`, from 0
    GetDayOfMonth,
    /// `t.getDate(zone?)`, from 1
    GetDate,
    /// `t.getDayOfWeek(zone?)`, Sunday is 0
    GetDayOfWeek,
    /// `t.getHours(zone?)`, `d.getHours()`
    GetHours,
    /// `t.getMinutes(zone?)`, `d.getMinutes()`
    GetMinutes,
    /// `t.getSeconds(zone?)`, `d.getSeconds()`
    GetSeconds,
    /// `t.getMilliseconds(zone?)`, `d.getMilliseconds()`
    GetMilliseconds,
}
