//! Facts of a request that says nothing, to try values in.

use crate::facts::{Api, Caller, Facts, Findings, Operation, Output, Request, Usage};
use jiff::Timestamp;
use lang::model::TenantId;

/// The empty request.
pub(crate) fn sample() -> Facts {
    Facts {
        tenant: TenantId(0),
        workload: None,
        caller: Caller::default(),
        request: Request {
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
        },
        input: Findings::default(),
        usage: Usage::default(),
        down: Vec::new(),
        served: None,
        output: Output::default(),
        now: Timestamp::UNIX_EPOCH,
    }
}
