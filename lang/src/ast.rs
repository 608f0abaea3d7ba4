//! What the author wrote, typed by declaration, with a span on every node.
//!
//! Names are not resolved and nothing is met here. Fields hold what was said;
//! a statement that is left out is `None` or an empty list.

mod upstream;

use crate::model::{DetectorSeverity, Kind, LimitWindow, Validator};
use crate::span::{SourceId, Span, Spanned};
use crate::units::CalendarSpan;
use jiff::civil::Date;
pub use upstream::{Chain, Connection, Endpoint, Key, Model, Offer, Price, Provider, Step};

/// A name or dotted path, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text, dots included.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// A decoded string literal.
pub type Text = Spanned<Box<str>>;

/// One file.
#[derive(Debug)]
pub struct File {
    /// Its source.
    pub source: SourceId,
    /// What it declares, in file order.
    pub declarations: Vec<Declaration>,
    /// One digest for each top-level statement, over its canonical text.
    pub digests: Vec<[u8; 32]>,
}

/// One top-level statement.
#[derive(Debug)]
pub enum Declaration {
    /// `policy`
    Policy(Box<Policy>),
    /// `use`
    Use(Use),
    /// `region`
    Region(Region),
    /// `zone`
    Zone(Zone),
    /// `attestation`
    Attestation(Titled),
    /// `category`
    Category(Titled),
    /// `provider`
    Provider(Provider),
    /// `model`
    Model(Box<Model>),
    /// `chain`
    Chain(Chain),
    /// `detector`
    Detector(Box<Detector>),
    /// `redaction`
    Redaction(Redaction),
    /// `profile`
    Profile(Box<Profile>),
    /// `tenant`
    Tenant(Box<Tenant>),
    /// `rule`
    Rule(Box<Rule>),
    /// `exception`
    Exception(Box<Exception>),
    /// `workload`
    Workload(Box<Workload>),
    /// `invariant`
    Invariant(Box<Invariant>),
    /// `framework`
    Framework(Framework),
}

/// What every declaration has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: Name,
    /// Its title.
    pub title: Option<Text>,
    /// The whole declaration.
    pub span: Span,
}

/// A declaration that is only a name and a title.
#[derive(Debug)]
pub struct Titled {
    /// Name and title.
    pub header: Header,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// The `policy` block.
#[derive(Debug)]
pub struct Policy {
    /// Name and title.
    pub header: Header,
    /// The language edition.
    pub language: Option<Spanned<u64>>,
    /// The version.
    pub version: Option<Text>,
    /// Who answers for it.
    pub owner: Option<Text>,
    /// The baseline.
    pub terms: Terms,
}

/// One `use` statement; a group is several of them.
#[derive(Debug)]
pub struct Use {
    /// What is brought in.
    pub targets: Vec<UseTarget>,
    /// The digest that pins a package.
    pub digest: Option<Text>,
    /// Where it stands.
    pub span: Span,
}

/// What one `use` brings in.
#[derive(Debug)]
pub struct UseTarget {
    /// The full path (`std.regions.azure`), or the path of a package.
    pub path: UsePath,
    /// The name that it is known by here.
    pub alias: Option<Name>,
}

/// A library path or a package path.
#[derive(Debug)]
pub enum UsePath {
    /// A dotted path into the library.
    Library(Name),
    /// A relative path to a package.
    Package(Text),
}

/// A `region`.
#[derive(Debug)]
pub struct Region {
    /// Name and title.
    pub header: Header,
    /// ISO 3166-1 alpha-2.
    pub country: Option<Text>,
    /// Groups that it belongs to.
    pub groups: Vec<Name>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// A `zone`.
#[derive(Debug)]
pub struct Zone {
    /// Name and title.
    pub header: Header,
    /// Regions, zones and `module.*`.
    pub regions: Vec<Selection>,
    /// Every region of these countries.
    pub countries: Vec<Text>,
    /// Every region of these groups.
    pub groups: Vec<Name>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// A list of names less another: `azure.*, eu.members except azure.uksouth`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// What is in.
    pub names: Vec<Name>,
    /// What is not.
    pub except: Vec<Name>,
    /// Where it stands.
    pub span: Span,
}

/// A `detector`.
#[derive(Debug)]
pub struct Detector {
    /// Name and title.
    pub header: Header,
    /// Regular expressions.
    pub patterns: Vec<crate::model::Pattern>,
    /// Phrases.
    pub phrases: Vec<Text>,
    /// Words.
    pub words: Vec<Text>,
    /// Files of words, one a line.
    pub words_from: Vec<Text>,
    /// Validators.
    pub checks: Vec<Spanned<Validator>>,
    /// Context.
    pub near: Option<(u32, Vec<Text>)>,
    /// What kind of thing it finds.
    pub category: Option<Name>,
    /// How bad a hit is.
    pub severity: Option<DetectorSeverity>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// A `redaction`.
#[derive(Debug)]
pub struct Redaction {
    /// Name and title.
    pub header: Header,
    /// Rows: what, and what happens to it.
    pub rows: Vec<(Name, crate::model::Action)>,
    /// Where.
    pub surfaces: Vec<Spanned<crate::condition::Surface>>,
    /// `shadow until`
    pub shadow_until: Option<Spanned<Date>>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// Statements that hold for whoever they are said of: baseline, profile or tenant.
#[derive(Debug, Default)]
pub struct Terms {
    /// Where data may be processed.
    pub reside: Option<Selection>,
    /// `allow models`
    pub allow_models: Option<Selection>,
    /// `deny models`
    pub deny_models: Vec<Name>,
    /// `allow providers`
    pub allow_providers: Option<Selection>,
    /// `deny providers`
    pub deny_providers: Vec<Name>,
    /// `allow tools`
    pub allow_tools: Option<Vec<Text>>,
    /// `deny tools`
    pub deny_tools: Vec<Text>,
    /// `allow operations`
    pub allow_operations: Option<Vec<Name>>,
    /// `deny operations`
    pub deny_operations: Vec<Name>,
    /// `allow unscanned`
    pub allow_unscanned: Option<Vec<Spanned<Kind>>>,
    /// `deny unscanned`
    pub deny_unscanned: Vec<Spanned<Kind>>,
    /// `allow hosted`
    pub allow_hosted: Option<Vec<Name>>,
    /// `deny hosted`
    pub deny_hosted: Vec<Name>,
    /// Attestations, and `workload`.
    pub require: Vec<Name>,
    /// Redactions.
    pub redact: Vec<Name>,
    /// Limits and budgets.
    pub limits: Vec<Limit>,
    /// `cap max_tokens`
    pub cap: Option<Spanned<u64>>,
    /// `retain records`
    pub retain_records: Option<Spanned<CalendarSpan>>,
    /// `retain bodies`
    pub retain_bodies: Option<Spanned<CalendarSpan>>,
    /// `route OPERATION -> CHAIN`
    pub routes: Vec<(Name, Name)>,
    /// `timezone`
    pub timezone: Option<Text>,
    /// Labels.
    pub labels: Vec<(Name, Text)>,
    /// Rules that stand inside.
    pub rules: Vec<Rule>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// A `limit` or a `budget`.
#[derive(Debug)]
pub struct Limit {
    /// The one spelling.
    pub text: Box<str>,
    /// What is counted.
    pub kind: crate::model::LimitKind,
    /// How much.
    pub amount: u64,
    /// The currency of a budget.
    pub currency: Option<Name>,
    /// Over which time.
    pub window: LimitWindow,
    /// How much at once.
    pub burst: Option<Spanned<u64>>,
    /// For whom.
    pub scope: crate::model::LimitScope,
    /// For these models alone.
    pub models: Vec<Name>,
    /// Percentages.
    pub alerts: Vec<Spanned<u8>>,
    /// `shadow until`
    pub shadow_until: Option<Spanned<Date>>,
    /// Where it stands.
    pub span: Span,
}

/// A `profile`.
#[derive(Debug)]
pub struct Profile {
    /// Name and title.
    pub header: Header,
    /// Profiles it builds on.
    pub extends: Vec<Name>,
    /// What it says.
    pub terms: Terms,
}

/// A `tenant`.
#[derive(Debug)]
pub struct Tenant {
    /// Name and title.
    pub header: Header,
    /// How its callers are known.
    pub identities: Vec<Identity>,
    /// Profiles.
    pub extends: Vec<Name>,
    /// What it says.
    pub terms: Terms,
}

/// How callers are known; the names in it are not resolved.
#[derive(Debug)]
pub struct Identity {
    /// The kind, with its arguments.
    pub kind: IdentityKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of `identify`.
#[derive(Debug)]
pub enum IdentityKind {
    /// `key "sha256:…" as "batch" roles analyst workload w`
    Key {
        /// The digest.
        digest: [u8; 32],
        /// The caller's id.
        caller: Option<Text>,
        /// Roles.
        roles: Vec<Name>,
        /// The workload.
        workload: Option<Name>,
    },
    /// `jwt issuer "…" audience "…" claim org "labs"`
    Jwt {
        /// `iss`
        issuer: Text,
        /// `aud`
        audience: Text,
        /// Claims.
        claims: Vec<(Name, Text)>,
    },
    /// `mtls subject "…"`
    Mtls {
        /// The subject.
        subject: Text,
    },
    /// `header "x-tenant" "retail" from 127.0.0.1`
    Header {
        /// The header.
        name: Text,
        /// Its value.
        value: Text,
        /// Peers.
        from: Vec<crate::model::Network>,
    },
}

/// A `rule`.
#[derive(Debug)]
pub struct Rule {
    /// Name and title.
    pub header: Header,
    /// The condition.
    pub when: Option<ConditionText>,
    /// The effect.
    pub effect: Option<Effect>,
    /// `shadow until`
    pub shadow_until: Option<Spanned<Date>>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// A CEL condition, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionText {
    /// The keyword that opens it.
    pub keyword: Span,
    /// The expression.
    pub span: Span,
}

/// The effect of a rule.
#[derive(Debug)]
pub struct Effect {
    /// Which.
    pub kind: EffectKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of effect.
#[derive(Debug)]
pub enum EffectKind {
    /// `deny "…"`
    Deny(Text),
    /// `flag "…"`
    Flag(Text),
    /// `route CHAIN`
    Route(Name),
    /// `prefer PROVIDER, …`
    Prefer(Vec<Name>),
    /// `cap max_tokens N`
    Cap(u64),
}

/// An `exception`.
#[derive(Debug)]
pub struct Exception {
    /// Name and title.
    pub header: Header,
    /// For whom.
    pub tenant: Option<Name>,
    /// What it lets in.
    pub permit: Option<(Permit, Span)>,
    /// The last day.
    pub until: Option<Spanned<Date>>,
    /// `approved by "…"`
    pub approver: Option<Text>,
    /// `ticket "…"`
    pub ticket: Option<Text>,
    /// Why.
    pub reason: Option<Text>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// What an exception lets in; names are not resolved.
#[derive(Debug)]
pub enum Permit {
    /// `region R, … for models M, …`
    Regions(Vec<Name>, Vec<Name>),
    /// `models M, …`
    Models(Vec<Name>),
    /// `tools "x", …`
    Tools(Vec<Text>),
    /// `providers P, …`
    Providers(Vec<Name>),
    /// `without ATTESTATION at P`
    Without(Name, Name),
    /// `despite rule NAME`
    Despite(Name),
}

/// A `workload`.
#[derive(Debug)]
pub struct Workload {
    /// Name and title.
    pub header: Header,
    /// Whose it is.
    pub tenant: Option<Name>,
    /// Who answers for it.
    pub owner: Option<Text>,
    /// What it is for.
    pub purpose: Option<Text>,
    /// The models it may use.
    pub models: Option<Selection>,
    /// The data it may send.
    pub data: Option<Vec<Name>>,
    /// What it must not be used for.
    pub forbids: Vec<Text>,
    /// The last review.
    pub reviewed: Option<(Date, Option<Text>)>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// An `invariant`.
#[derive(Debug)]
pub struct Invariant {
    /// Name and title.
    pub header: Header,
    /// Which requests it speaks of.
    pub given: Option<ConditionText>,
    /// What must hold.
    pub always: Option<ConditionText>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// A `framework`.
#[derive(Debug)]
pub struct Framework {
    /// Name and title.
    pub header: Header,
    /// Its controls.
    pub controls: Vec<Header>,
}
