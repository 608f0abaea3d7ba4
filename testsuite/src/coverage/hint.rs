//! What a case needs for something to be covered, in words or ready to paste.

use super::countable::Making;
use crate::names::Names;
use engine::decision::DropReason;
use engine::facts::Operation;
use engine::oracle::Reached;
use lang::model::{
    EndpointId, Exception, ExceptionId, Limit, LimitKind, LimitWindow, Model, Permit, Surface,
};
use std::fmt::Write as _;

/// Most requests that are proposed one after another; past this, `usage` says it shorter.
const REPEAT_MAX: u64 = 1_000;

/// A case in which an endpoint serves: those before it are down.
pub(super) fn served(making: Making<'_>, tenant: &str, reached: &Reached, endpoint: EndpointId) -> String {
    let before = reached.serving.iter().map(|candidate| candidate.endpoint);
    let mut down: Vec<EndpointId> = before.take_while(|one| *one != endpoint).collect();
    down.sort_unstable();
    down.dedup();
    let mut case = asks(making, tenant, reached);
    if !down.is_empty() {
        let names: Vec<&str> = down.iter().map(|id| making.names.endpoint(*id)).collect();
        let _ = write!(case, ", down: [{}]", names.join(", "));
    }
    let _ = write!(case, ", expect: {{ served_by: {} }} }}", making.names.endpoint(endpoint));
    case + &conditions(making, reached)
}

/// A case in which an endpoint falls out.
pub(super) fn dropped(
    making: Making<'_>,
    tenant: &str,
    reached: &Reached,
    endpoint: EndpointId,
    reason: DropReason,
) -> String {
    let mut case = asks(making, tenant, reached);
    let (name, words) = (making.names.endpoint(endpoint), making.names.dropped_in_full(&reason));
    let _ = write!(case, ", expect: {{ dropped: {{ {name}: \"{words}\" }} }} }}");
    let rule = reason.rule().and_then(|rule| making.model.rules.get(rule.index()));
    if let Some(rule) = rule {
        let condition = super::conditions::one_line(&rule.condition.text);
        let _ = write!(case, ", where `{condition}` holds");
    }
    case + &conditions(making, reached)
}

/// The beginning of a case that asks what was asked.
fn asks(making: Making<'_>, tenant: &str, reached: &Reached) -> String {
    let mut case = format!("{{ tenant: {tenant}");
    if reached.operation != Operation::Chat {
        let _ = write!(case, ", operation: {}", reached.operation.as_str());
    }
    let workload = reached.workload.and_then(|id| making.model.workloads.get(id.index()));
    if let Some(workload) = workload {
        let _ = write!(case, ", workload: {}", workload.name);
    }
    let _ = write!(case, ", model: {}", scalar(&reached.asked));
    case
}

/// What must hold besides.
fn conditions(making: Making<'_>, reached: &Reached) -> String {
    let mut text = String::new();
    if let Some(rule) = reached.rule {
        let _ = write!(text, ", where rule `{}` fires", making.names.rule(rule));
    }
    if reached.is_after_exceptions {
        text.push_str(", with `at` after the tenant's exceptions");
    }
    text
}

/// A text as YAML reads it back: plain where that is safe, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter))
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// Text in which a detector finds something.
pub(super) fn redaction(tenant: &str, detectors: &str, surface: Surface) -> String {
    match surface {
        Surface::Input => format!("a request of `{tenant}` that says what `{detectors}` finds"),
        Surface::Output => format!("an answer to `{tenant}` that says what `{detectors}` finds"),
        Surface::Audit => {
            format!("a request of `{tenant}`, or an answer to it, that says what `{detectors}` finds")
        }
    }
}

/// A request that is charged to a limit.
pub(super) fn charged(names: Names<'_>, tenant: &str, limit: &Limit) -> String {
    format!("a request of `{tenant}`{} that is let in", for_models(names, limit))
}

/// A request that no room is left for.
pub(super) fn full(names: Names<'_>, tenant: &str, limit: &Limit) -> String {
    let about = for_models(names, limit);
    let next = |amount: u64| amount.saturating_add(1);
    match (limit.window, limit.kind) {
        (LimitWindow::Concurrent, _) => {
            format!("`concurrent: {}` of `{tenant}`{about}, with a `delay` in the reply", next(limit.amount))
        }
        (LimitWindow::Per(_), LimitKind::Requests) if limit.burst <= REPEAT_MAX => {
            format!("`repeat: {}` of `{tenant}`{about}", next(limit.burst))
        }
        (LimitWindow::Per(window), kind) => {
            let field = match kind {
                LimitKind::Requests => "requests",
                LimitKind::Tokens => "tokens",
                LimitKind::Spend => "spend",
            };
            let window = window.as_str();
            let amount = limit.amount.max(limit.burst);
            format!("a request of `{tenant}`{about} with `usage: {{ {field}: {{ {window}: {amount} }} }}`")
        }
    }
}

fn for_models(names: Names<'_>, limit: &Limit) -> String {
    let Some(models) = &limit.models else { return String::new() };
    let aliases = models.iter().filter_map(|id| names.model().models.get(id.index()));
    let aliases: Vec<&str> =
        aliases.filter_map(|model| model.aliases.first()).map(|alias| &**alias).collect();
    format!(" for {}", aliases.join(" or "))
}

/// What an exception is needed for.
pub(super) fn exception(making: Making<'_>, id: ExceptionId, exception: &Exception) -> String {
    let tenant = making.names.tenant(exception.tenant).map_or("?", |tenant| &tenant.name);
    let until = exception.until;
    match &exception.permit {
        Permit::Regions { .. } | Permit::Models(_) | Permit::Providers(_) | Permit::Without { .. } => {
            let reach = making.reaches.get(exception.tenant.index());
            let by = reach.and_then(|reach| reach.all.iter().find(|one| one.exceptions.contains(&id)));
            let asked = by.map_or("?", |reached| &reached.asked);
            format!("a request of `{tenant}` for {} up to {until}", scalar(asked))
        }
        Permit::Tools(tools) => {
            let tools: Vec<String> = tools.iter().map(|tool| scalar(tool)).collect();
            format!("a request of `{tenant}` with `tools: [{}]` up to {until}", tools.join(", "))
        }
        Permit::Despite(rule) => {
            let rule = making.model.rules.get(rule.index());
            let condition = rule.map(|rule| super::conditions::one_line(&rule.condition.text));
            let condition = condition.unwrap_or_default();
            format!("a request of `{tenant}` for which `{condition}` holds, up to {until}")
        }
    }
}

/// The name by which clients ask for a model.
pub(super) fn alias(model: &Model, index: u32) -> Option<&str> {
    let served = model.models.get(usize::try_from(index).ok()?)?;
    served.aliases.first().map(|alias| &**alias)
}
