//! What a package means: resolved, typed, no name left to look up.
//!
//! A [`Model`] is made by [`compile`](crate::compile) alone and never changes,
//! so whoever holds one need not fear an unknown name, a wrong type or a
//! route without candidates. Lists are sorted by name, whatever file a
//! declaration stood in; ids are indices into them.

mod id;
mod rule;
mod set;
mod surface;
mod tenant;
mod upstream;
mod validator;

use crate::source::Sources;
use crate::span::Span;
pub use id::*;
use jiff::civil::Date;
pub use rule::{Condition, Effect, Exception, Invariant, Permit, Phase, Rule, RuleScope};
pub use set::Set;
use std::ops::Deref;
use std::sync::Arc;
pub use surface::Surface;
pub use tenant::{
    Access, Cap, HOSTED, Identity, Kind, Limit, LimitKind, LimitScope, LimitWindow, Network, Profile,
    Residence, Retain, Tenant, ToolPattern, ToolRule, Workload,
};
pub use upstream::{
    Accepts, Address, Attestation, Breaker, Chain, Credential, Dialect, Endpoint, FailureKind, Offer, Price,
    Provider, Region, ServedModel, Step, Timeouts, TokenCount, Zone,
};
pub use validator::Validator;

/// A checked package.
#[derive(Clone, Debug)]
pub struct Model(Arc<Parts>);

/// The parts of a [`Model`], to be read.
#[derive(Debug)]
pub struct Parts {
    /// All text that was compiled; spans point into it.
    pub sources: Arc<Sources>,
    /// The `policy` block.
    pub policy: Policy,
    /// Regions of endpoints, zones and restrictions; those of the library as far as they are named.
    pub regions: Vec<Region>,
    /// Zones, with the regions they hold.
    pub zones: Vec<Zone>,
    /// What an endpoint can attest.
    pub attestations: Vec<Attestation>,
    /// Who is called.
    pub providers: Vec<Provider>,
    /// Endpoints, by provider and name.
    pub endpoints: Vec<Endpoint>,
    /// What can be asked for.
    pub models: Vec<ServedModel>,
    /// Ordered fallbacks.
    pub chains: Vec<Chain>,
    /// Categories of findings, the closed set first.
    pub categories: Vec<Category>,
    /// Detectors of the package, and those of the library that it reaches.
    pub detectors: Vec<Detector>,
    /// Redactions.
    pub redactions: Vec<Redaction>,
    /// Reusable sets of tenant statements.
    pub profiles: Vec<Profile>,
    /// Limits and budgets, wherever they were said.
    pub limits: Vec<Limit>,
    /// What tenants may reach.
    pub accesses: Vec<Access>,
    /// Who may ask, with all that holds for them.
    pub tenants: Vec<Tenant>,
    /// Entries of the model inventory.
    pub workloads: Vec<Workload>,
    /// Rules, wherever they stood.
    pub rules: Vec<Rule>,
    /// Dated widenings.
    pub exceptions: Vec<Exception>,
    /// Properties of all decisions.
    pub invariants: Vec<Invariant>,
    /// Controls that declarations say they support.
    pub controls: Vec<Control>,
    /// The currency of all money.
    pub currency: Option<Box<str>>,
    /// What decides, as a digest: `sha256:…`.
    pub decision_digest: Digest,
    /// All that was written, as a digest: `sha256:…`.
    pub package_digest: Digest,
}

/// Why an endpoint can never serve a tenant, whatever the request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Barrier {
    /// The tenant may not use the model.
    ModelNotAllowed,
    /// The tenant may not use the provider.
    ProviderNotAllowed,
    /// Its region is outside the residence.
    Residency,
    /// It does not attest this.
    AttestationMissing(AttestationId),
    /// Its provider speaks a protocol that this version does not.
    NotSpoken,
}

impl Parts {
    /// The first barrier between a tenant's access and an endpoint, exceptions aside.
    pub fn barrier(&self, access: &Access, model: ModelId, endpoint: &Endpoint) -> Option<Barrier> {
        if !access.models.contains(&model) {
            return Some(Barrier::ModelNotAllowed);
        }
        if access.providers.as_ref().is_some_and(|providers| !providers.contains(&endpoint.provider)) {
            return Some(Barrier::ProviderNotAllowed);
        }
        if access.residence.as_ref().is_some_and(|residence| !residence.regions.contains(&endpoint.region)) {
            return Some(Barrier::Residency);
        }
        let missing = access.require.iter().find(|required| !endpoint.attests.contains(required));
        if let Some(attestation) = missing {
            return Some(Barrier::AttestationMissing(*attestation));
        }
        (!self.is_spoken(endpoint)).then_some(Barrier::NotSpoken)
    }

    /// Whether this version speaks with an endpoint.
    pub fn is_spoken(&self, endpoint: &Endpoint) -> bool {
        self.providers.get(endpoint.provider.index()).is_some_and(|provider| provider.speaks.is_spoken())
    }
}

impl Model {
    /// Seals the parts; only the checker calls it.
    pub(crate) fn seal(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl From<Model> for Arc<Parts> {
    fn from(model: Model) -> Self {
        model.0
    }
}

impl Deref for Model {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The `policy` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The package's name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// The version, as its owner writes it; empty when none is said.
    pub version: Box<str>,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
    /// The language edition.
    pub language: u32,
    /// Where it stands.
    pub span: Span,
}

/// A SHA-256 over a canonical form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A category of findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its name.
    pub name: Box<str>,
    /// Whether a workload states it under `data`; `attack` and `topic` are no data.
    pub is_data: bool,
}

/// How something is recognised in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detector {
    /// The name that the package knows it by, as in `pii.pan`.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// Regular expressions; a match of any is a hit.
    pub patterns: Vec<Pattern>,
    /// Phrases: without regard to case, any white space between words, at word boundaries.
    pub phrases: Vec<Box<str>>,
    /// Words: as phrases; their own list, since dictionaries are long.
    pub words: Vec<Box<str>>,
    /// Validators that every pattern hit must pass.
    pub checks: Vec<Validator>,
    /// Words of which one must stand near the hit.
    pub near: Option<Near>,
    /// What kind of thing it finds.
    pub category: CategoryId,
    /// How bad a hit is.
    pub severity: DetectorSeverity,
    /// Where it stands.
    pub span: Span,
}

/// A regular expression of a detector, RE2 syntax, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The expression, without its slashes; `\/` is already `/`.
    pub text: Box<str>,
    /// Flag `i`: without regard to case.
    pub ignore_case: bool,
    /// Flag `u`: classes such as `\d` and `\b` are Unicode's; ASCII otherwise.
    pub unicode: bool,
    /// Where it stands.
    pub span: Span,
}

/// Context that a hit needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// At most this many characters between the hit and the word.
    pub characters: u32,
    /// One of these, as phrases.
    pub words: Vec<Box<str>>,
}

/// How bad a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetectorSeverity {
    /// `low`
    Low,
    /// `medium`, unless said otherwise
    Medium,
    /// `high`
    High,
    /// `critical`
    Critical,
}

impl DetectorSeverity {
    /// The word after `severity`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What happens to findings, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// What happens to what.
    pub rows: Vec<RedactionRow>,
    /// Where.
    pub surfaces: Set<Surface>,
    /// Until the end of this day it is recorded and not enforced.
    pub shadow_until: Option<Date>,
    /// Controls that it says it supports.
    pub satisfies: Vec<ControlRef>,
    /// Where it stands.
    pub span: Span,
}

/// One row of a redaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionRow {
    /// What is found.
    pub detectors: Set<DetectorId>,
    /// What happens to it.
    pub action: Action,
    /// Where it stands.
    pub span: Span,
}

/// What happens to a finding. Stricter is greater: `block` over transforms over `flag`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Recorded, not changed.
    Flag,
    /// Each character but the last `keep_last` letters and digits becomes `*`.
    Mask {
        /// How many letters or digits stay, at the end.
        keep_last: u32,
    },
    /// A fixed text instead.
    Replace(Box<str>),
    /// A keyed hash instead.
    Hash,
    /// A readable token keyed to the value, restored for the caller.
    Tokenize,
    /// The request or answer is refused.
    Block,
}

impl Action {
    /// Whether it changes text: neither `flag` nor `block`.
    pub const fn is_transform(&self) -> bool {
        match self {
            Self::Flag | Self::Block => false,
            Self::Mask { .. } | Self::Replace(_) | Self::Hash | Self::Tokenize => true,
        }
    }
}

/// A control that a declaration says it supports, as in `pci_dss.r3_3_1`.
pub type ControlRef = Box<str>;

/// A control of a framework, reached by some `satisfies`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Framework and control, as in `soc2.cc6_7`.
    pub name: ControlRef,
    /// Its title.
    pub title: Option<Box<str>>,
}
