//! What a tenant may ask for: operations, workloads, models, tools, content.

use super::Run;
use crate::decision::Reason;
use crate::facts::Operation;
use lang::condition::Surface;
use lang::model::{ChainId, ExceptionId, Model, ModelId, Permit, ToolRule};

/// What the name that a client sent stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A model.
    Model(ModelId),
    /// A chain.
    Chain(ChainId),
    /// Nothing that the policy knows.
    Unknown,
}

impl Asked {
    /// The model, if it is one.
    pub const fn model(self) -> Option<ModelId> {
        match self {
            Self::Model(model) => Some(model),
            Self::Chain(_) | Self::Unknown => None,
        }
    }
}

/// Finds what goes by a name; names are unique over models and chains.
pub(super) fn resolve(model: &Model, asked: &str) -> Asked {
    let is_asked = |aliases: &[Box<str>]| aliases.iter().any(|alias| **alias == *asked);
    if let Some(index) = model.models.iter().position(|one| is_asked(&one.aliases)) {
        return Asked::Model(ModelId::from_index(index));
    }
    match model.chains.iter().position(|chain| is_asked(&chain.aliases)) {
        Some(index) => Asked::Chain(ChainId::from_index(index)),
        None => Asked::Unknown,
    }
}

impl<'a> Run<'a> {
    pub(super) fn judge_operation(&mut self) {
        let operation = self.facts.request.operation;
        let is_allowed = match &self.access.operations {
            Some(allowed) => allowed.iter().any(|name| **name == *operation.as_str()),
            None => operation.is_ordinary(),
        };
        if !is_allowed {
            self.reasons.push(Reason::OperationNotAllowed);
        }
    }

    pub(super) fn judge_workload(&mut self) {
        let is_known = match self.facts.workload {
            Some(workload) => self.tenant.workloads.contains(&workload),
            None => !self.tenant.workload_required,
        };
        if !is_known {
            self.reasons.push(Reason::WorkloadUnknown);
        }
    }

    /// A list of models names none; every other request must name one that it may use.
    pub(super) fn judge_model(&mut self) {
        let is_list =
            self.facts.request.operation == Operation::Models && self.facts.request.asked.is_empty();
        let is_allowed = is_list
            || match self.asked {
                Asked::Model(model) => self.may_use(model),
                Asked::Chain(chain) => self.routed_chain() == Some(chain),
                Asked::Unknown => false,
            };
        if !is_allowed {
            self.reasons.push(Reason::ModelNotAllowed);
        }
    }

    /// The tenant's models, widened by its exceptions, met with the workload's.
    pub(super) fn may_use(&self, model: ModelId) -> bool {
        let is_permitted = self.access.models.contains(&model) || self.permits_model(model).is_some();
        is_permitted && self.workload_allows(model)
    }

    /// The first exception that lets in a model.
    pub(super) fn permits_model(&self, model: ModelId) -> Option<ExceptionId> {
        let permits = |permit: &Permit| matches!(permit, Permit::Models(models) if models.contains(&model));
        self.exceptions().find(|(_, exception)| permits(&exception.permit)).map(|(id, _)| id)
    }

    /// The workload, if it is one of the tenant's.
    pub(super) fn workload(&self) -> Option<&'a lang::model::Workload> {
        let known = self.facts.workload.filter(|id| self.tenant.workloads.contains(id))?;
        self.model.workloads.get(known.index())
    }

    pub(super) fn workload_allows(&self, model: ModelId) -> bool {
        self.workload()
            .and_then(|workload| workload.models.as_ref())
            .is_none_or(|models| models.contains(&model))
    }

    /// The chain that the tenant routes this operation to.
    pub(super) fn routed_chain(&self) -> Option<ChainId> {
        let operation = self.facts.request.operation.as_str();
        self.access.routes.iter().find(|(name, _)| **name == *operation).map(|(_, chain)| *chain)
    }

    pub(super) fn judge_tools(&mut self) {
        for tool in &self.facts.request.tools {
            let passes = self.access.tools.iter().all(|rule| match rule {
                ToolRule::Allow(patterns) => patterns.iter().any(|pattern| glob(pattern, tool)),
                ToolRule::Deny(patterns) => !patterns.iter().any(|pattern| glob(pattern, tool)),
            });
            if passes {
                continue;
            }
            let permitting = self.exceptions().find(|(_, exception)| {
                matches!(&exception.permit, Permit::Tools(tools) if tools.iter().any(|one| glob(one, tool)))
            });
            match permitting.map(|(id, _)| id) {
                Some(id) => self.notes.exceptions.push(id),
                None => self.reasons.push(Reason::ToolNotAllowed(tool.as_str().into())),
            }
        }
    }

    /// What no detector can read is refused where text is redacted; hosted tools unless allowed.
    pub(super) fn judge_unreadable(&mut self) {
        let request = &self.facts.request;
        let is_unread = request.unscannable.iter().any(|kind| !self.access.unscanned.contains(kind));
        let is_hosted =
            request.hosted.iter().any(|tool| !self.access.hosted.iter().any(|name| **name == **tool));
        if is_hosted
            || (is_unread && self.is_redacted(Surface::Input))
            || (request.logprobs && self.is_redacted(Surface::Output))
        {
            self.reasons.push(Reason::Unscannable);
        }
    }
}

/// Whether a name matches a pattern in which `*` stands for any run of characters.
pub fn glob(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(head) else {
        return false;
    };
    let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    ends.into_iter().any(|at| tail.get(at..).is_some_and(|left| glob(rest, left)))
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_run() {
        let rows = [
            ("search", "search", true),
            ("search", "search_kb", false),
            ("search*", "search_kb", true),
            ("*", "", true),
            ("mcp:jira/*", "mcp:jira/create", true),
            ("mcp:jira/*", "mcp:git/create", false),
            ("*_read", "kb_read_read", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("é*", "éa", true),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
