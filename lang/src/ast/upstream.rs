//! Who is called: providers, endpoints, models and chains, as written.

use super::{Header, Name, Text};
use crate::model::{Accepts, Dialect, FailureKind};
use crate::span::{Span, Spanned};

/// A `provider`.
#[derive(Debug)]
pub struct Provider {
    /// Name and title.
    pub header: Header,
    /// The wire protocol.
    pub speaks: Option<Spanned<Dialect>>,
    /// What all of its endpoints attest.
    pub attests: Vec<Name>,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
    /// What holds for all of its endpoints unless they say otherwise.
    pub defaults: Connection,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// An `endpoint` of a provider.
#[derive(Debug)]
pub struct Endpoint {
    /// Name and title.
    pub header: Header,
    /// The base address.
    pub url: Option<Text>,
    /// Where it processes data.
    pub region: Option<Name>,
    /// What it attests besides its provider.
    pub attests: Vec<Name>,
    /// How it is called.
    pub connection: Connection,
    /// `private`
    pub private: bool,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// How an endpoint is called.
#[derive(Debug, Default)]
pub struct Connection {
    /// The credential.
    pub key: Option<Spanned<Key>>,
    /// Further headers.
    pub headers: Vec<(Text, Text)>,
    /// Query parameters.
    pub query: Vec<(Text, Text)>,
}

/// Where a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Which kind, with its argument.
    pub source: crate::model::Credential,
    /// `as header "api-key"`
    pub header: Option<Text>,
}

/// A `model`.
#[derive(Debug)]
pub struct Model {
    /// Name and title.
    pub header: Header,
    /// Names that clients send.
    pub aka: Vec<Text>,
    /// Who offers it, and as what.
    pub offers: Vec<Offer>,
    /// What it costs.
    pub price: Option<Price>,
    /// The largest context.
    pub context: Option<Spanned<u64>>,
    /// The largest answer.
    pub output: Option<Spanned<u64>>,
    /// What it accepts.
    pub accepts: Option<Vec<Spanned<Accepts>>>,
    /// `count exact`
    pub count_exact: bool,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// `offered by azure as "…"`, `offered by azure/westeurope as "…"`.
#[derive(Debug)]
pub struct Offer {
    /// The provider.
    pub provider: Name,
    /// One endpoint of it.
    pub endpoint: Option<Name>,
    /// The pinned version.
    pub version: Text,
    /// Where it stands.
    pub span: Span,
}

/// `price 2.50 USD in, 10.00 USD out, 1.25 USD cached in per 1M tokens`, in millionths for a million tokens.
#[derive(Debug)]
pub struct Price {
    /// Of input.
    pub input: u64,
    /// Of output.
    pub output: u64,
    /// Of cached input.
    pub cached_input: Option<u64>,
    /// The currency.
    pub currency: Name,
    /// Where it stands.
    pub span: Span,
}

/// A `chain`.
#[derive(Debug)]
pub struct Chain {
    /// Name and title.
    pub header: Header,
    /// Names that clients may ask for it by.
    pub aka: Vec<Text>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Which failures move on.
    pub on: Vec<Spanned<FailureKind>>,
    /// The breaker.
    pub breaker: Option<crate::model::Breaker>,
    /// Controls that it says it supports.
    pub satisfies: Vec<Name>,
}

/// `try provider/model …` or `then …`.
#[derive(Debug)]
pub struct Step {
    /// The provider.
    pub provider: Name,
    /// The model.
    pub model: Name,
    /// Endpoints, in order.
    pub at: Vec<Name>,
    /// How long each part may take.
    pub timeouts: crate::model::Timeouts,
    /// How often the same endpoint is asked again.
    pub retries: u32,
    /// Where it stands.
    pub span: Span,
}
