//! What conditions can read: the one table, and the page made from it.

use super::{Fact, Member, Surface, Type, Window};
use crate::model::DetectorId;
use FactType::{Bool, Findings, Int, Routes, String as Text, Strings, Timestamp, ToolCalls};
use std::fmt::Write as _;

/// Where a condition stands; it decides what can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `when` of a rule.
    Rule,
    /// `for` of an invariant.
    InvariantGiven,
    /// `always` of an invariant.
    InvariantAlways,
}

impl Place {
    /// How a diagnostic calls it.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Rule => "a rule",
            Self::InvariantGiven => "the `for` of an invariant",
            Self::InvariantAlways => "the `always` of an invariant",
        }
    }
}

/// What kind of names a string stands for; literals compared with it are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// A tenant.
    Tenant,
    /// A declared model.
    Model,
    /// A provider.
    Provider,
    /// An endpoint, as in `azure/westeurope`.
    Endpoint,
    /// A region.
    Region,
    /// A zone.
    Zone,
    /// A profile.
    Profile,
    /// An attestation.
    Attestation,
    /// A workload.
    Workload,
    /// A detector, as in `pii.pan`.
    Detector,
    /// A category of findings.
    Category,
    /// An operation of a request.
    Operation,
    /// The API that a client speaks.
    Api,
    /// A role of a caller; open where credentials bring roles along.
    Role,
    /// The name of a label.
    Label,
    /// An exception.
    Exception,
}

impl Domain {
    /// How a diagnostic calls one of it.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Endpoint => "endpoint",
            Self::Region => "region",
            Self::Zone => "zone",
            Self::Profile => "profile",
            Self::Attestation => "attestation",
            Self::Workload => "workload",
            Self::Detector => "detector",
            Self::Category => "category",
            Self::Operation => "operation",
            Self::Api => "API",
            Self::Role => "role",
            Self::Label => "label",
            Self::Exception => "exception",
        }
    }
}

/// The names of the package that a condition may speak of.
pub trait Names {
    /// The detectors that a path names: `pii.pan`, the module `secrets`, or `category.topic`.
    fn detectors(&self, path: &str) -> Option<Vec<DetectorId>>;

    /// The zone with this name.
    fn zone(&self, name: &str) -> Option<crate::model::ZoneId>;

    /// Every name of a kind, to offer the nearest; asked on the way to a diagnostic alone.
    fn names(&self, domain: Domain) -> Vec<&str>;

    /// Whether there is one with this name; always true of a kind that is open, such as
    /// roles where a JWT brings them.
    fn contains(&self, domain: Domain, name: &str) -> bool;
}

/// How a readable name is written after its root.
pub(super) enum Make {
    /// As it stands.
    Plain(Fact),
    /// With the name of a header, in any case.
    Header(fn(Box<str>) -> Fact),
    /// With a text.
    Text(fn(Box<str>) -> Fact),
    /// With the path of detectors.
    Detectors(fn(Box<[DetectorId]>) -> Fact),
    /// With the path of detectors and perhaps a surface.
    Redacts(fn(Box<[DetectorId]>, Surface) -> Fact),
    /// With a window.
    Window(fn(Window) -> Fact),
    /// `zone.NAME.regions`
    ZoneRegions,
}

/// The types that facts have; [`Type`] itself cannot stand in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactType {
    Bool,
    Int,
    Double,
    String,
    Timestamp,
    Strings,
    Findings,
    ToolCalls,
    Routes,
}

impl FactType {
    pub(super) fn to_type(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Double => Type::Double,
            Self::String => Type::String,
            Self::Timestamp => Type::Timestamp,
            Self::Strings => Type::list_of(Type::String),
            Self::Findings => Type::list_of(Type::Finding),
            Self::ToolCalls => Type::list_of(Type::ToolCall),
            Self::Routes => Type::list_of(Type::Route),
        }
    }
}

/// One readable name.
pub(super) struct Readable {
    /// The first word.
    pub(super) root: &'static str,
    /// The second; empty for `now`.
    pub(super) member: &'static str,
    /// How it becomes a fact.
    pub(super) make: Make,
    /// Its type.
    pub(super) ty: FactType,
    /// What its text, or the texts in its list, stand for.
    pub(super) domain: Option<Domain>,
    /// What the documentation says of it.
    pub(super) note: &'static str,
}

const fn plain(
    root: &'static str,
    member: &'static str,
    fact: Fact,
    ty: FactType,
    note: &'static str,
) -> Readable {
    Readable { root, member, make: Make::Plain(fact), ty, domain: None, note }
}

const fn named(
    root: &'static str,
    member: &'static str,
    fact: Fact,
    domain: Domain,
    note: &'static str,
) -> Readable {
    Readable { root, member, make: Make::Plain(fact), ty: Text, domain: Some(domain), note }
}

const fn called(
    root: &'static str,
    member: &'static str,
    make: Make,
    ty: FactType,
    note: &'static str,
) -> Readable {
    Readable { root, member, make, ty, domain: None, note }
}

const fn listed(
    root: &'static str,
    member: &'static str,
    fact: Fact,
    domain: Domain,
    note: &'static str,
) -> Readable {
    Readable { root, member, make: Make::Plain(fact), ty: Strings, domain: Some(domain), note }
}

/// All readable names, in the order of the documentation.
pub(super) static READABLE: &[Readable] = &[
    named(
        "request",
        "operation",
        Fact::RequestOperation,
        Domain::Operation,
        "`chat`, `completions`, `embeddings`, `models`; `moderations`, `images`, `audio` where allowed",
    ),
    named("request", "api", Fact::RequestApi, Domain::Api, "`openai`, `anthropic`, `mistral`"),
    named(
        "request",
        "model",
        Fact::RequestModel,
        Domain::Model,
        "the declared model after resolution; empty for a chain. What will serve is `route.model`",
    ),
    plain("request", "asked", Fact::RequestAsked, Text, "the model as sent"),
    plain("request", "path", Fact::RequestPath, Text, "the path of the request"),
    plain("request", "method", Fact::RequestMethod, Text, "the HTTP method"),
    plain(
        "request",
        "user",
        Fact::RequestUser,
        Text,
        "the end user that the client names; empty when it names none",
    ),
    plain("request", "stream", Fact::RequestStream, Bool, "whether the client asked for a stream"),
    plain("request", "tokens", Fact::RequestTokens, Int, "estimate of the input"),
    plain("request", "max_tokens", Fact::RequestMaxTokens, Int, "asked output; 0 if none"),
    plain("request", "bytes", Fact::RequestBytes, Int, "size of the body"),
    plain("request", "tools", Fact::RequestTools, Strings, "names offered to the model"),
    called(
        "request",
        "header",
        Make::Header(Fact::RequestHeader),
        Text,
        "empty when absent; credentials are never visible",
    ),
    plain("caller", "id", Fact::CallerId, Text, "from the verified credential"),
    listed("caller", "roles", Fact::CallerRoles, Domain::Role, "from the verified credential"),
    called(
        "caller",
        "claim",
        Make::Text(Fact::CallerClaim),
        Text,
        "from the verified credential; empty when absent",
    ),
    named("tenant", "name", Fact::TenantName, Domain::Tenant, "the tenant of the caller"),
    listed("tenant", "zones", Fact::TenantZones, Domain::Zone, "zones written in any `reside` that holds"),
    listed("tenant", "profiles", Fact::TenantProfiles, Domain::Profile, "the profiles that it extends"),
    called("tenant", "label", Make::Text(Fact::TenantLabel), Text, "empty when the tenant has no such label"),
    named("workload", "name", Fact::WorkloadName, Domain::Workload, "empty when none is named"),
    called(
        "input",
        "has",
        Make::Detectors(Fact::InputHas),
        Bool,
        "`d` is a detector, a module (`secrets`: any of it) or `category.NAME`",
    ),
    called("input", "count", Make::Detectors(Fact::InputCount), Int, "how many findings"),
    plain(
        "input",
        "findings",
        Fact::InputFindings,
        Findings,
        "each has `detector`, `category`, `confidence`",
    ),
    called("output", "has", Make::Detectors(Fact::OutputHas), Bool, "as for `input`"),
    called("output", "count", Make::Detectors(Fact::OutputCount), Int, "as for `input`"),
    plain(
        "output",
        "tool_calls",
        Fact::OutputToolCalls,
        ToolCalls,
        "each has `name`; its arguments are scanned, not read",
    ),
    plain("output", "tokens", Fact::OutputTokens, Int, "of the whole answer"),
    plain("output", "finish_reason", Fact::OutputFinishReason, Text, "as the provider says it"),
    named(
        "route",
        "provider",
        Fact::RouteProvider,
        Domain::Provider,
        "of the candidate asked about; in `respond`, of the one that serves",
    ),
    named("route", "endpoint", Fact::RouteEndpoint, Domain::Endpoint, "as in `azure/westeurope`"),
    named("route", "region", Fact::RouteRegion, Domain::Region, "as in `azure.westeurope`"),
    named("route", "model", Fact::RouteModel, Domain::Model, "the declared model"),
    listed("route", "attests", Fact::RouteAttests, Domain::Attestation, "what the endpoint attests"),
    Readable {
        root: "zone",
        member: "NAME.regions",
        make: Make::ZoneRegions,
        ty: Strings,
        domain: Some(Domain::Region),
        note: "the regions of a zone, by name",
    },
    called(
        "usage",
        "requests",
        Make::Window(Fact::UsageRequests),
        Int,
        "this tenant's window: `\"second\"` … `\"month\"`",
    ),
    called("usage", "tokens", Make::Window(Fact::UsageTokens), Int, "input and output"),
    called("usage", "spend", Make::Window(Fact::UsageSpend), Int, "in millionths of the currency"),
    plain("now", "", Fact::Now, Timestamp, "one for the exchange"),
    plain(
        "decision",
        "denied",
        Fact::DecisionDenied,
        Bool,
        "in `always` of an invariant alone, as all that follow",
    ),
    plain("decision", "reason", Fact::DecisionReason, Text, "the reason code; empty when allowed"),
    plain("decision", "flags", Fact::DecisionFlags, Strings, "texts of the flags"),
    plain(
        "decision",
        "routes",
        Fact::DecisionRoutes,
        Routes,
        "each as `route`, and the `exception` that let it in, or empty",
    ),
    called(
        "decision",
        "redacts",
        Make::Redacts(Fact::DecisionRedacts),
        Bool,
        "transformed or blocked on `input`; `redacts(d, \"output\")`",
    ),
];

/// A member of a finding, a tool call or a route.
pub(super) struct MemberOf {
    /// Of which type.
    pub(super) of: Type,
    /// Its name.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) member: Member,
    /// Its type.
    pub(super) ty: FactType,
    /// What its text stands for.
    pub(super) domain: Option<Domain>,
}

const fn member(
    of: Type,
    name: &'static str,
    member: Member,
    ty: FactType,
    domain: Option<Domain>,
) -> MemberOf {
    MemberOf { of, name, member, ty, domain }
}

/// All members.
pub(super) static MEMBERS: &[MemberOf] = &[
    member(Type::Finding, "detector", Member::FindingDetector, Text, Some(Domain::Detector)),
    member(Type::Finding, "category", Member::FindingCategory, Text, Some(Domain::Category)),
    member(Type::Finding, "confidence", Member::FindingConfidence, FactType::Double, None),
    member(Type::ToolCall, "name", Member::ToolCallName, Text, None),
    member(Type::Route, "provider", Member::RouteProvider, Text, Some(Domain::Provider)),
    member(Type::Route, "endpoint", Member::RouteEndpoint, Text, Some(Domain::Endpoint)),
    member(Type::Route, "region", Member::RouteRegion, Text, Some(Domain::Region)),
    member(Type::Route, "model", Member::RouteModel, Text, Some(Domain::Model)),
    member(Type::Route, "attests", Member::RouteAttests, Strings, Some(Domain::Attestation)),
    member(Type::Route, "exception", Member::RouteException, Text, Some(Domain::Exception)),
];

/// The operations that requests can have.
pub const OPERATIONS: &[&str] =
    &["chat", "completions", "embeddings", "models", "moderations", "images", "audio"];

/// The APIs that clients can speak.
pub const APIS: &[&str] = &["openai", "anthropic", "mistral"];

/// The first words of readable names, each once, in order.
pub(super) fn roots() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    READABLE
        .iter()
        .map(|readable| readable.root)
        .filter(move |&root| std::mem::replace(&mut last, root) != root)
}

/// Whether names under this root can be read in this place.
pub(super) fn is_readable(root: &str, place: Place) -> bool {
    match place {
        Place::Rule => root != "decision",
        // What an invariant speaks of is chosen before the decision is made.
        Place::InvariantGiven => !matches!(root, "decision" | "route" | "output"),
        Place::InvariantAlways => !matches!(root, "route" | "output"),
    }
}

impl Window {
    /// All of them, from the shortest.
    pub const ALL: &'static [Self] = &[Self::Second, Self::Minute, Self::Hour, Self::Day, Self::Month];
}

impl Surface {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Input, Self::Output, Self::Audit];
}

/// How a fact without arguments is written.
pub(super) fn spelling(fact: &Fact) -> Option<String> {
    let readable =
        READABLE.iter().find(|readable| matches!(&readable.make, Make::Plain(known) if known == fact))?;
    let dot = if readable.member.is_empty() { "" } else { "." };
    Some(format!("{}{dot}{}", readable.root, readable.member))
}

/// The table "What conditions can read", as Markdown.
pub fn schema_markdown() -> String {
    let mut page = String::from("| name | type | notes |\n|---|---|---|\n");
    for readable in READABLE {
        let dot = if readable.member.is_empty() { "" } else { "." };
        let arguments = match readable.make {
            Make::Plain(_) | Make::ZoneRegions => "",
            Make::Header(_) | Make::Text(_) => "(name)",
            Make::Detectors(_) | Make::Redacts(_) => "(d)",
            Make::Window(_) => "(w)",
        };
        let Readable { root, member, ty, note, .. } = readable;
        // Writing into a `String` cannot fail.
        let _ = writeln!(page, "| `{root}{dot}{member}{arguments}` | {} | {note} |", ty.to_type());
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_each_listed_once() {
        let listed: Vec<_> = roots().collect();
        let expected = [
            "request", "caller", "tenant", "workload", "input", "output", "route", "zone", "usage", "now",
            "decision",
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn the_page_has_a_row_for_each_name() {
        let page = schema_markdown();
        assert_eq!(page.lines().count(), READABLE.len() + 2);
        assert!(page.contains("| `request.header(name)` | string | empty when absent;"));
        assert!(page.contains("| `now` | timestamp |"));
    }
}
