//! What a decision may depend on, and nothing else.
//!
//! Facts are recorded in full, so that a decision can be computed again from
//! its record. They grow along the phases of an exchange: `input` is empty
//! before the screen, `output` before an answer.

use jiff::Timestamp;
use lang::condition::Window;
use lang::model::{Accepts, DetectorId, EndpointId, Kind, ModelId, TenantId, WorkloadId};

/// All that one decision may read.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Whose request it is.
    pub tenant: TenantId,
    /// The workload that it belongs to.
    pub workload: Option<WorkloadId>,
    /// Who sent it.
    pub caller: Caller,
    /// What is asked.
    pub request: Request,
    /// What the detectors found in the request.
    pub input: Findings,
    /// What this tenant has used before this request.
    pub usage: Usage,
    /// Endpoints that are not to be tried now: breaker open, or known to be down. Sorted.
    pub down: Vec<EndpointId>,
    /// The endpoint that served, and the model; known in `respond` alone.
    pub served: Option<(EndpointId, ModelId)>,
    /// What came back; empty before `respond`.
    pub output: Output,
    /// The one instant of the exchange.
    pub now: Timestamp,
}

impl Facts {
    /// A chat of a tenant of which nothing else is known, at the beginning of the epoch.
    pub fn blank(tenant: TenantId) -> Self {
        let request = Request {
            operation: Operation::Chat,
            api: Api::OpenAi,
            asked: String::new(),
            path: String::new(),
            method: String::new(),
            user: String::new(),
            stream: false,
            tokens: 0,
            max_tokens: 0,
            bytes: 0,
            tools: Vec::new(),
            hosted: Vec::new(),
            headers: Vec::new(),
            needs: Vec::new(),
            unscannable: Vec::new(),
            logprobs: false,
        };
        Self {
            tenant,
            workload: None,
            caller: Caller::default(),
            request,
            input: Findings::default(),
            usage: Usage::default(),
            down: Vec::new(),
            served: None,
            output: Output::default(),
            now: Timestamp::UNIX_EPOCH,
        }
    }
}

/// A caller, as its verified credential describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Its id; empty when the credential names none.
    pub id: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Claims of its token, by name.
    pub claims: Vec<(String, String)>,
}

/// A request, as far as decisions may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What kind of call it is.
    pub operation: Operation,
    /// The dialect that the client speaks.
    pub api: Api,
    /// The model as sent; empty where the operation names none.
    pub asked: String,
    /// The path of the request, without its query.
    pub path: String,
    /// The method, in upper case.
    pub method: String,
    /// The body's `user`; empty when absent.
    pub user: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The estimate of input tokens.
    pub tokens: u64,
    /// The asked maximum of output tokens; 0 if none.
    pub max_tokens: u64,
    /// The size of the body.
    pub bytes: u64,
    /// Names of the tools offered to the model.
    pub tools: Vec<String>,
    /// Tools and state that the provider itself would run or keep, by name.
    pub hosted: Vec<String>,
    /// Headers, names in lower case, sorted by name; without credentials.
    pub headers: Vec<(String, String)>,
    /// What the answering model must accept.
    pub needs: Vec<Accepts>,
    /// Content that no detector can read.
    pub unscannable: Vec<Kind>,
    /// Whether log probabilities are asked for.
    pub logprobs: bool,
}

/// What kind of call a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Chat completions, responses and messages alike.
    Chat,
    /// Legacy text completions.
    Completions,
    /// Embeddings.
    Embeddings,
    /// The list of models.
    Models,
    /// Moderations.
    Moderations,
    /// Image generation.
    Images,
    /// Speech and transcription.
    Audio,
}

impl Operation {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Chat,
        Self::Completions,
        Self::Embeddings,
        Self::Models,
        Self::Moderations,
        Self::Images,
        Self::Audio,
    ];

    /// The name that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Models => "models",
            Self::Moderations => "moderations",
            Self::Images => "images",
            Self::Audio => "audio",
        }
    }

    /// Whether it is allowed unless a policy says otherwise.
    pub const fn is_ordinary(self) -> bool {
        match self {
            Self::Chat | Self::Completions | Self::Embeddings | Self::Models => true,
            Self::Moderations | Self::Images | Self::Audio => false,
        }
    }
}

/// The dialect that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// OpenAI's, Azure's variant included.
    OpenAi,
    /// Anthropic's.
    Anthropic,
    /// Mistral's.
    Mistral,
}

impl Api {
    /// The name that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Mistral => "mistral",
        }
    }
}

/// What was found on one surface, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Each hit; never its text.
    pub list: Vec<FoundFact>,
}

/// One finding, as far as decisions may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoundFact {
    /// What found it.
    pub detector: DetectorId,
    /// How sure it is, in thousandths.
    pub confidence_permille: u16,
}

/// What a tenant has used, by window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests.
    pub requests: Windows,
    /// Tokens.
    pub tokens: Windows,
    /// Millionths of the currency.
    pub spend: Windows,
}

/// One count for each window that `usage` can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// In the last second.
    pub second: u64,
    /// In the last minute.
    pub minute: u64,
    /// In the last hour.
    pub hour: u64,
    /// On this calendar day.
    pub day: u64,
    /// In this calendar month.
    pub month: u64,
}

impl Windows {
    /// That of one of them.
    pub const fn of(&self, window: Window) -> u64 {
        match window {
            Window::Second => self.second,
            Window::Minute => self.minute,
            Window::Hour => self.hour,
            Window::Day => self.day,
            Window::Month => self.month,
        }
    }
}

/// What came back from a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// What the detectors found in it.
    pub findings: Findings,
    /// The tools that it calls, by name.
    pub tool_calls: Vec<String>,
    /// How many tokens it has.
    pub tokens: u64,
    /// Why it ended; empty when the upstream did not say.
    pub finish_reason: String,
}
