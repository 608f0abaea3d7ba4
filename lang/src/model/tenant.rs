//! Who may ask, and all that holds for them after the meet.

use super::{AccessId, LimitId};
use super::{
    AttestationId, CategoryId, ChainId, ExceptionId, ModelId, ProfileId, ProviderId, RedactionId, RegionId,
    RuleId, Set, TenantId, WorkloadId, ZoneId,
};
use crate::condition::Window;
use crate::span::Span;
use jiff::civil::Date;
use std::net::IpAddr;

/// A reusable set of tenant statements; its meaning is met into the tenants that extend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// The rules that stand inside it.
    pub rules: Set<RuleId>,
    /// Where it stands.
    pub span: Span,
}

/// Who may ask; every field is met over baseline, profiles and tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// How its callers are known; any one is enough.
    pub identities: Vec<Identity>,
    /// The profiles it extends, also through others.
    pub profiles: Set<ProfileId>,
    /// Zones written in any `reside` that holds.
    pub zones: Set<ZoneId>,
    /// What it may reach.
    pub access: AccessId,
    /// The redactions that hold.
    pub redactions: Set<RedactionId>,
    /// The limits and budgets that hold.
    pub limits: Set<LimitId>,
    /// The rules that stand inside it; those of the package and of profiles say so in their scope.
    pub rules: Set<RuleId>,
    /// The exceptions made for it.
    pub exceptions: Set<ExceptionId>,
    /// Labels, by name.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// The calendar that its windows follow; an IANA name, `UTC` unless said.
    pub timezone: Box<str>,
    /// How long what is kept.
    pub retain: Retain,
    /// Its workloads.
    pub workloads: Set<WorkloadId>,
    /// Whether each request must name a workload.
    pub workload_required: bool,
    /// Where it stands.
    pub span: Span,
}

/// How a caller is known to be a tenant's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A key, by its SHA-256.
    Key {
        /// The digest of the key.
        digest: [u8; 32],
        /// The caller's id, as in `as "batch"`.
        caller: Option<Box<str>>,
        /// Roles of the caller.
        roles: Vec<Box<str>>,
        /// The workload it is bound to.
        workload: Option<WorkloadId>,
        /// Where it stands.
        span: Span,
    },
    /// A JWT by issuer, audience and claims.
    Jwt {
        /// `iss`
        issuer: Box<str>,
        /// `aud`
        audience: Box<str>,
        /// Claims that must have these values.
        claims: Vec<(Box<str>, Box<str>)>,
        /// Where it stands.
        span: Span,
    },
    /// A client certificate by its subject.
    Mtls {
        /// The subject.
        subject: Box<str>,
        /// Where it stands.
        span: Span,
    },
    /// A header, believed from these networks alone.
    Header {
        /// The header's name, lower case.
        name: Box<str>,
        /// Its value.
        value: Box<str>,
        /// Peers that are believed.
        from: Vec<Network>,
        /// Where it stands.
        span: Span,
    },
}

/// An address range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The first address.
    pub address: IpAddr,
    /// How many leading bits count.
    pub prefix: u8,
}

/// What a tenant may reach, static for all of its requests. Equal ones are one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// Where data may be processed; everywhere when `None`.
    pub residence: Option<Residence>,
    /// The models it may use.
    pub models: Set<ModelId>,
    /// Restrictions on tools; a tool must pass them all.
    pub tools: Vec<ToolRule>,
    /// The providers it may use; all when `None`.
    pub providers: Option<Set<ProviderId>>,
    /// The operations it may use; the ordinary ones when `None`.
    pub operations: Option<Set<Box<str>>>,
    /// What may pass though no detector can read it.
    pub unscanned: Set<Kind>,
    /// Tools and state that a provider may run or keep.
    pub hosted: Set<Box<str>>,
    /// What an endpoint must attest.
    pub require: Set<AttestationId>,
    /// The routed chain of each operation, by operation.
    pub routes: Vec<(Box<str>, ChainId)>,
    /// The most tokens an answer may have; the least that was said.
    pub cap: Option<Cap>,
}

/// Where data may be processed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Residence {
    /// The regions.
    pub regions: Set<RegionId>,
    /// What was written, to say in a reason: `eea`.
    pub said: Box<str>,
}

/// One `allow tools` or `deny tools`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToolRule {
    /// A tool must match one of these.
    Allow(Vec<ToolPattern>),
    /// A tool must match none of these.
    Deny(Vec<ToolPattern>),
}

/// A tool's name, with `*` for any run of characters.
pub type ToolPattern = Box<str>;

/// Content that no detector can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `image`
    Image,
    /// `audio`
    Audio,
    /// `video`
    Video,
    /// `document`: PDF and the like
    Document,
    /// `file`: an id of a stored file
    File,
    /// `url`: something to fetch
    Url,
    /// `tokens`: text as the ids of a model's own dictionary, in inputs of embeddings
    Tokens,
}

impl Kind {
    /// All of them, by name in the language.
    pub const ALL: &'static [Self] =
        &[Self::Image, Self::Audio, Self::Video, Self::Document, Self::File, Self::Url, Self::Tokens];

    /// The word after `unscanned`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
            Self::File => "file",
            Self::Url => "url",
            Self::Tokens => "tokens",
        }
    }
}

/// The most tokens of an answer, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cap {
    /// In tokens.
    pub tokens: u64,
    /// Where it was said.
    pub span: Span,
}

/// How long what is kept, in days; `None` when not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Retain {
    /// Records: the longest said.
    pub records: Option<crate::units::CalendarSpan>,
    /// Bodies: the shortest said.
    pub bodies: Option<crate::units::CalendarSpan>,
}

/// A limit or a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The one spelling, as in `600 requests / minute`; what decisions and reasons call it.
    pub text: Box<str>,
    /// What is counted.
    pub kind: LimitKind,
    /// How much of it: requests, tokens, or millionths of money.
    pub amount: u64,
    /// Over which time.
    pub window: LimitWindow,
    /// How much at once, where the window is GCRA; the whole amount unless said.
    pub burst: u64,
    /// Counted for whom.
    pub scope: LimitScope,
    /// Whose calendar its days and months follow, where that is not the tenant's: of a limit
    /// `across tenants` the policy's, since tenants in several zones share one counter.
    pub timezone: Option<Box<str>>,
    /// Only these models, when said: requests that ask for one, and what answers of one take.
    pub models: Option<Set<ModelId>>,
    /// Budgets: percentages of which someone is told.
    pub alerts: Vec<u8>,
    /// Until the end of this day it is recorded and not enforced.
    pub shadow_until: Option<Date>,
    /// Whose block said it: `policy`, `profile NAME`, `tenant NAME`.
    pub owner: Box<str>,
    /// Names its counter for good: owner, kind, window, scope and models, but not the amount, so
    /// that what was counted outlives a raised or lowered limit.
    pub key: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitKind {
    /// Requests.
    Requests,
    /// Input and output tokens.
    Tokens,
    /// Millionths of the currency: a `budget`.
    Spend,
}

/// Over which time a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitWindow {
    /// `at once`: how many may be open.
    Concurrent,
    /// GCRA over a second, minute or hour; a calendar day or month of the timezone.
    Per(Window),
}

/// For whom a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitScope {
    /// The tenant as a whole.
    Tenant,
    /// `per caller`
    Caller,
    /// `per workload`
    Workload,
    /// `across tenants`: the organisation.
    Organisation,
}

/// One entry of the model inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
    /// What it is for.
    pub purpose: Option<Box<str>>,
    /// The models it may use; the tenant's when `None`.
    pub models: Option<Set<ModelId>>,
    /// The data it may send; any when `None`.
    pub data: Option<Set<CategoryId>>,
    /// What it must not be used for, for people to read.
    pub forbids: Vec<Box<str>>,
    /// The last review.
    pub reviewed: Option<(Date, Option<Box<str>>)>,
    /// Where it stands.
    pub span: Span,
}

/// Tools and state that a provider may run or keep.
///
/// Names are those of the providers' APIs; `store` is a stored response or
/// completion, `previous_response_id` the use of one.
pub const HOSTED: &[&str] = &[
    "code_interpreter",
    "computer_use",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "previous_response_id",
    "prompt",
    "store",
    "web_fetch",
    "web_search",
];
