//! Who is called: regions, providers, endpoints, models and chains.

use super::{AttestationId, EndpointId, ModelId, ProviderId, RegionId, Set};
use crate::span::Span;
use std::time::Duration;

/// A place where data is processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The name that the package knows it by, as in `azure.westeurope`.
    pub name: Box<str>,
    /// Its title; for the library's, the official id.
    pub title: Option<Box<str>>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<Box<str>>,
    /// Where it stands.
    pub span: Span,
}

/// A set of regions with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// What it holds.
    pub regions: Set<RegionId>,
    /// Where it stands.
    pub span: Span,
}

/// Something that an endpoint can attest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// The wire protocol.
    pub speaks: Dialect,
    /// Its endpoints, by name.
    pub endpoints: Vec<EndpointId>,
    /// Where it stands.
    pub span: Span,
}

/// A wire protocol of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// `openai`
    OpenAi,
    /// `anthropic`
    Anthropic,
    /// `mistral`
    Mistral,
    /// `bedrock`
    Bedrock,
    /// `vertex`
    Vertex,
}

impl Dialect {
    /// All of them, by name in the language.
    pub const ALL: &'static [Self] =
        &[Self::OpenAi, Self::Anthropic, Self::Mistral, Self::Bedrock, Self::Vertex];

    /// The word after `speaks`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Mistral => "mistral",
            Self::Bedrock => "bedrock",
            Self::Vertex => "vertex",
        }
    }

    /// Whether this version can call endpoints of it.
    pub const fn is_spoken(self) -> bool {
        match self {
            Self::OpenAi | Self::Mistral => true,
            Self::Anthropic | Self::Bedrock | Self::Vertex => false,
        }
    }
}

/// One place where a provider is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Provider and endpoint, as in `azure/westeurope`.
    pub name: Box<str>,
    /// Whose it is.
    pub provider: ProviderId,
    /// The base address.
    pub url: Address,
    /// Where it processes data.
    pub region: RegionId,
    /// How calls are authenticated.
    pub credential: Credential,
    /// The header that carries the credential, if not the dialect's own; lower case.
    pub credential_header: Option<Box<str>>,
    /// Further headers of each call.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// Query parameters of each call.
    pub query: Vec<(Box<str>, Box<str>)>,
    /// What it attests: its provider's and its own.
    pub attests: Set<AttestationId>,
    /// Whether private and loopback addresses, and `http:`, are allowed.
    pub private: bool,
    /// Where it stands.
    pub span: Span,
}

/// An `http:` or `https:` address without query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whether it is `https:`.
    pub is_tls: bool,
    /// Host name or IP address, without brackets.
    pub host: Box<str>,
    /// The port, said or the scheme's.
    pub port: u16,
    /// The path, without a slash at the end; may be empty.
    pub path: Box<str>,
    /// As written.
    pub text: Box<str>,
}

/// Where the secret of an endpoint comes from; never the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `none`
    None,
    /// `env "NAME"`
    Env(Box<str>),
    /// `file "path"`
    File(Box<str>),
    /// `aws role "name"`
    AwsRole(Box<str>),
    /// `google`
    Google,
    /// `entra`
    Entra,
}

/// A model that clients can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedModel {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// Names that clients send; when none is said, the declared name.
    pub aliases: Vec<Box<str>>,
    /// Which endpoints offer it, in the order of their names.
    pub offers: Vec<Offer>,
    /// What it costs; free when not said.
    pub price: Option<Price>,
    /// The largest context, in tokens.
    pub context: Option<u64>,
    /// The largest answer, in tokens.
    pub output: Option<u64>,
    /// What it accepts; everything when not said.
    pub accepts: Option<Set<Accepts>>,
    /// How its input tokens are counted.
    pub count: TokenCount,
    /// Where it stands.
    pub span: Span,
}

/// One endpoint's offer of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who offers it.
    pub endpoint: EndpointId,
    /// The pinned version: what is sent upstream as `model`.
    pub version: Box<str>,
    /// Where it was said.
    pub span: Span,
}

/// What a million tokens cost, in millionths of the currency's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price {
    /// Of input.
    pub input: u64,
    /// Of output.
    pub output: u64,
    /// Of input that the provider had cached; as `input` when not said.
    pub cached_input: u64,
}

/// What a model accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Accepts {
    /// `text`
    Text,
    /// `image`
    Image,
    /// `audio`
    Audio,
    /// `tools`
    Tools,
    /// `json_schema`
    JsonSchema,
}

impl Accepts {
    /// The word after `accepts`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Tools => "tools",
            Self::JsonSchema => "json_schema",
        }
    }
}

/// How input tokens are counted before a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenCount {
    /// The documented function of the input's bytes.
    Estimate,
    /// `count exact`: the model's own tokenizer.
    Exact,
}

/// An ordered fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// Names that clients may ask for it by: its own, and those of `aka`.
    pub aliases: Vec<Box<str>>,
    /// What is tried, in order.
    pub steps: Vec<Step>,
    /// Which failures move on.
    pub on: Set<FailureKind>,
    /// When an endpoint is left alone.
    pub breaker: Option<Breaker>,
    /// Where it stands.
    pub span: Span,
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which model.
    pub model: ModelId,
    /// Whose.
    pub provider: ProviderId,
    /// The provider's endpoints that offer it, in the order of `at`, else by name.
    pub endpoints: Vec<EndpointId>,
    /// How long each part of an answer may take.
    pub timeouts: Timeouts,
    /// How often the same endpoint is asked again.
    pub retries: u32,
    /// Where it stands.
    pub span: Span,
}

/// How long an upstream may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// To the first byte of the answer.
    pub first_byte: Option<Duration>,
    /// Between two bytes of the answer.
    pub idle: Option<Duration>,
    /// For the whole answer.
    pub total: Option<Duration>,
}

/// A failure that can move a request on to the next candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// No byte, or no further byte, in time.
    Timeout,
    /// No connection.
    Connect,
    /// This status.
    Status(u16),
    /// Any status of this hundred, as in `5xx`.
    StatusClass(u8),
}

/// When an endpoint is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// So many failures …
    pub failures: u32,
    /// … within this time open it;
    pub window: Duration,
    /// after this time one request probes.
    pub probe: Duration,
}
