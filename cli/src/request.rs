//! The request file of `explain`: one request as JSON, to be decided.
//!
//! Witnesses are written in the same form, so that what a check prints can be
//! given to `explain`.

use crate::exit::Failure;
use engine::facts::{Api, Caller, Facts, Operation, Usage, Windows};
use jiff::Timestamp;
use lang::model::Model;
use lang::near::did_you_mean;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Largest request file, in bytes: a body of the largest size, written as JSON.
pub(crate) const REQUEST_BYTES_MAX: usize = engine::exchange::BODY_BYTES_MAX.saturating_add(1 << 20);

/// Where texts for detectors are drawn from: the same in every run.
const SAMPLE_SEED: u64 = 1;

/// A request, as its file says it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RequestFile {
    /// The tenant, named outright; otherwise `headers` must hold a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    /// Headers of the request.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    /// `chat` unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// `openai` unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<String>,
    /// The client's JSON, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Box<RawValue>>,
    /// Who sends it, where `tenant` is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caller: Option<CallerFile>,
    /// The workload that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workload: Option<String>,
    /// What the tenant has used before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<UsageFile>,
    /// When it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) now: Option<String>,
    /// Endpoints that are known to be down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) down: Vec<String>,
}

/// A caller, as its credential would describe it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CallerFile {
    id: String,
    roles: Vec<String>,
    claims: BTreeMap<String, String>,
}

/// What was used, by window.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UsageFile {
    requests: WindowsFile,
    tokens: WindowsFile,
    spend: WindowsFile,
}

/// Counts by window.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct WindowsFile {
    second: u64,
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
}

impl RequestFile {
    /// Reads a request from its JSON.
    ///
    /// # Errors
    ///
    /// It is not JSON, or has a field that does not exist.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map_err(|error| {
            Failure::usage(format!("the request file is not in its form: {error}"))
                .help("`policy explain --help` lists its fields")
        })
    }

    /// The operation.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub(crate) fn operation(&self) -> Result<Operation, Failure> {
        let Some(said) = &self.operation else { return Ok(Operation::Chat) };
        let found = Operation::ALL.iter().find(|operation| operation.as_str() == said);
        found
            .copied()
            .ok_or_else(|| unknown("operation", said, Operation::ALL.iter().map(|one| one.as_str())))
    }

    /// The API that the client speaks.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub(crate) fn api(&self) -> Result<Api, Failure> {
        const APIS: [Api; 3] = [Api::OpenAi, Api::Anthropic, Api::Mistral];
        let Some(said) = &self.api else { return Ok(Api::OpenAi) };
        let found = APIS.iter().find(|api| api.as_str() == said);
        found.copied().ok_or_else(|| unknown("API", said, APIS.iter().map(|one| one.as_str())))
    }

    /// The instant, if one is said.
    ///
    /// # Errors
    ///
    /// It is not an instant.
    pub(crate) fn now(&self) -> Result<Option<Timestamp>, Failure> {
        let parse = |text: &String| {
            text.parse().map_err(|_| {
                Failure::usage(format!("`now` is not an instant: `{text}`"))
                    .help("as in `2026-11-20T09:00:00Z`")
            })
        };
        self.now.as_ref().map(parse).transpose()
    }

    /// The caller, as decisions read it.
    pub(crate) fn caller(&self) -> Option<Caller> {
        self.caller.as_ref().map(|caller| Caller {
            id: caller.id.clone(),
            roles: caller.roles.clone(),
            claims: caller.claims.clone().into_iter().collect(),
        })
    }

    /// What was used, as decisions read it.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let windows = |said: WindowsFile| Windows {
            second: said.second,
            minute: said.minute,
            hour: said.hour,
            day: said.day,
            month: said.month,
        };
        self.usage.as_ref().map(|usage| Usage {
            requests: windows(usage.requests),
            tokens: windows(usage.tokens),
            spend: windows(usage.spend),
        })
    }

    /// The file of a request that reads as these facts do.
    ///
    /// Facts hold findings, not text: the message holds texts that were drawn for their detectors, and
    /// names those for which none came up.
    pub(crate) fn of_facts(model: &Model, facts: &Facts) -> Self {
        let request = &facts.request;
        let name = |names: Option<&Box<str>>| names.map(ToString::to_string);
        let endpoint =
            |id: &lang::model::EndpointId| name(model.endpoints.get(id.index()).map(|one| &one.name));
        let api = Some(request.api.as_str().to_owned()).filter(|_| request.api != Api::OpenAi);
        let operation = request.operation;
        Self {
            tenant: name(model.tenants.get(facts.tenant.index()).map(|tenant| &tenant.name)),
            headers: request.headers.iter().cloned().collect(),
            operation: Some(operation.as_str().to_owned()),
            api,
            body: serde_json::value::to_raw_value(&body(model, facts)).ok(),
            caller: (facts.caller != Caller::default()).then(|| CallerFile {
                id: facts.caller.id.clone(),
                roles: facts.caller.roles.clone(),
                claims: facts.caller.claims.iter().cloned().collect(),
            }),
            workload: facts
                .workload
                .and_then(|id| name(model.workloads.get(id.index()).map(|one| &one.name))),
            usage: (facts.usage != Usage::default()).then(|| usage_file(&facts.usage)),
            now: Some(facts.now.to_string()),
            down: facts.down.iter().filter_map(endpoint).collect(),
        }
    }
}

/// A body that asks for what the facts say was asked for.
fn body(model: &Model, facts: &Facts) -> Value {
    let request = &facts.request;
    let found = facts.input.list.iter().filter_map(|found| {
        let detector = model.detectors.get(found.detector.index())?;
        let text = engine::analysis::sample_text(found.detector, detector, SAMPLE_SEED);
        Some(text.unwrap_or_else(|| format!("<text in which `{}` is found>", detector.name)))
    });
    let found: Vec<String> = found.collect();
    let text = if found.is_empty() { "hello".to_owned() } else { found.join(" ") };
    let mut body = serde_json::json!({
        "model": request.asked,
        "messages": [{ "role": "user", "content": text }],
    });
    let mut add = |name: &str, value: Value| {
        if let Some(fields) = body.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    if request.stream {
        add("stream", Value::Bool(true));
    }
    if request.max_tokens > 0 {
        add("max_tokens", request.max_tokens.into());
    }
    if !request.user.is_empty() {
        add("user", request.user.clone().into());
    }
    if !request.tools.is_empty() {
        let tool = |name: &String| serde_json::json!({ "type": "function", "function": { "name": name } });
        add("tools", request.tools.iter().map(tool).collect());
    }
    body
}

fn usage_file(usage: &Usage) -> UsageFile {
    let windows = |known: &Windows| WindowsFile {
        second: known.second,
        minute: known.minute,
        hour: known.hour,
        day: known.day,
        month: known.month,
    };
    UsageFile {
        requests: windows(&usage.requests),
        tokens: windows(&usage.tokens),
        spend: windows(&usage.spend),
    }
}

/// A name that is none of the known ones.
pub(crate) fn unknown<'a>(what: &str, said: &str, known: impl Iterator<Item = &'a str> + Clone) -> Failure {
    let failure = Failure::usage(format!("there is no {what} `{said}`"));
    match did_you_mean(said, known.clone()) {
        Some(near) => failure.help(near),
        None => failure.help(format!("known are: {}", known.collect::<Vec<_>>().join(", "))),
    }
}
