//! The entries of `allow` and `deny`: one name or pattern each, in the block that says it.
//!
//! A model keeps what the statements of all blocks come to; the entries are
//! read from the text of the package, where they have places of their own.

use super::countable::{Making, is_served};
use super::hint;
use super::unit::{Key, Kind, Unit};
use engine::decision::DropReason;
use engine::facts::{Facts, Operation};
use engine::oracle::glob;
use engine::record::Record;
use lang::ast::{Declaration, Name, Terms};
use lang::model::{EndpointId, Model, Set, TenantId};
use lang::{Origin, Span};

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    field: Field,
    is_allowed: bool,
    /// The name or pattern, without quotes.
    text: Box<str>,
    span: Span,
    /// For whom it holds.
    tenants: Set<TenantId>,
}

/// What an entry is about; models and providers by the numbers that it stands for.
#[derive(Clone, Debug)]
enum Field {
    Models(Vec<u32>),
    Providers(Vec<u32>),
    Tools,
    Operations,
    Unscanned,
    Hosted,
}

impl Field {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Models(_) => "models",
            Self::Providers(_) => "providers",
            Self::Tools => "tools",
            Self::Operations => "operations",
            Self::Unscanned => "unscanned",
            Self::Hosted => "hosted",
        }
    }
}

/// The entries of the package's own files, in the order of the text.
pub(super) fn entries(model: &Model) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (id, _) in model.sources.iter().filter(|(_, source)| source.origin() == Origin::Package) {
        for declaration in lang::declarations(&model.sources, id) {
            match &declaration {
                Declaration::Policy(block) => add(&mut entries, model, &block.terms, |_| true),
                Declaration::Profile(block) => {
                    let name = &block.header.name.text;
                    let position = model.profiles.iter().position(|profile| profile.name == *name);
                    let id = position.map(lang::model::ProfileId::from_index);
                    let holds =
                        |tenant: &lang::model::Tenant| id.is_some_and(|id| tenant.profiles.contains(&id));
                    add(&mut entries, model, &block.terms, holds);
                }
                Declaration::Tenant(block) => {
                    add(&mut entries, model, &block.terms, |tenant| tenant.name == block.header.name.text);
                }
                Declaration::Use(_)
                | Declaration::Region(_)
                | Declaration::Zone(_)
                | Declaration::Attestation(_)
                | Declaration::Category(_)
                | Declaration::Provider(_)
                | Declaration::Model(_)
                | Declaration::Chain(_)
                | Declaration::Detector(_)
                | Declaration::Redaction(_)
                | Declaration::Rule(_)
                | Declaration::Exception(_)
                | Declaration::Workload(_)
                | Declaration::Invariant(_)
                | Declaration::Framework(_) => {}
            }
        }
    }
    entries.sort_by_key(|entry| entry.span);
    entries
}

fn add(entries: &mut Vec<Entry>, model: &Model, terms: &Terms, holds: impl Fn(&lang::model::Tenant) -> bool) {
    let held = model.tenants.iter().enumerate().filter(|(_, tenant)| holds(tenant));
    let tenants: Set<TenantId> = held.map(|(index, _)| TenantId::from_index(index)).collect();
    let mut push = |field: Field, is_allowed: bool, text: &str, span: Span| {
        entries.push(Entry { field, is_allowed, text: text.into(), span, tenants: tenants.clone() });
    };
    let models = |name: &Name| Field::Models(matching(&name.text, model.models.iter().map(|one| &*one.name)));
    let providers =
        |name: &Name| Field::Providers(matching(&name.text, model.providers.iter().map(|one| &*one.name)));
    for name in terms.allow_models.iter().flat_map(|selection| &selection.names) {
        push(models(name), true, &name.text, name.span);
    }
    let except = terms.allow_models.iter().flat_map(|selection| &selection.except);
    for name in except.chain(&terms.deny_models) {
        push(models(name), false, &name.text, name.span);
    }
    for name in terms.allow_providers.iter().flat_map(|selection| &selection.names) {
        push(providers(name), true, &name.text, name.span);
    }
    let except = terms.allow_providers.iter().flat_map(|selection| &selection.except);
    for name in except.chain(&terms.deny_providers) {
        push(providers(name), false, &name.text, name.span);
    }
    for text in terms.allow_tools.iter().flatten() {
        push(Field::Tools, true, &text.value, text.span);
    }
    for text in &terms.deny_tools {
        push(Field::Tools, false, &text.value, text.span);
    }
    for name in terms.allow_operations.iter().flatten() {
        push(Field::Operations, true, &name.text, name.span);
    }
    for name in &terms.deny_operations {
        push(Field::Operations, false, &name.text, name.span);
    }
    for kind in terms.allow_unscanned.iter().flatten() {
        push(Field::Unscanned, true, kind.value.as_str(), kind.span);
    }
    for kind in &terms.deny_unscanned {
        push(Field::Unscanned, false, kind.value.as_str(), kind.span);
    }
    for name in terms.allow_hosted.iter().flatten() {
        push(Field::Hosted, true, &name.text, name.span);
    }
    for name in &terms.deny_hosted {
        push(Field::Hosted, false, &name.text, name.span);
    }
}

/// The numbers of what a name, or a module with `.*`, stands for.
fn matching<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Vec<u32> {
    let is_it = |name: &str| match text.strip_suffix('*') {
        Some(module) => name.starts_with(module),
        None => name == text,
    };
    let found = names.enumerate().filter(|(_, name)| is_it(name));
    found.filter_map(|(index, _)| u32::try_from(index).ok()).collect()
}

/// A unit for each entry that something can touch.
pub(super) fn units(making: Making<'_>, entries: &[Entry]) -> Vec<Unit> {
    let mut units = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(tenant) = entry.tenants.as_slice().first().and_then(|id| making.names.tenant(*id)) else {
            continue;
        };
        if !can_be_touched(making, entry) {
            continue;
        }
        let verb = if entry.is_allowed { "allow" } else { "deny" };
        units.push(Unit {
            key: Key::Entry(u32::try_from(index).unwrap_or(u32::MAX)),
            kind: Kind::Allowlist,
            what: format!("`{}` of `{verb} {}`", entry.text, entry.field.as_str()),
            outcome: "decides".into(),
            hint: hint_of(making.model, entry, &tenant.name),
            span: entry.span,
            also: Vec::new(),
        });
    }
    units
}

fn can_be_touched(making: Making<'_>, entry: &Entry) -> bool {
    let reaches = || entry.tenants.iter().filter_map(|id| making.reaches.get(id.index()));
    match &entry.field {
        Field::Models(ids) => !ids.is_empty(),
        Field::Providers(ids) if entry.is_allowed => reaches().any(|reach| {
            let mut serving = reach.all.iter().flat_map(|reached| &reached.serving);
            serving.any(|candidate| is_at(making.model, candidate.endpoint, ids))
        }),
        Field::Providers(ids) => reaches().any(|reach| {
            let mut dropped = reach.all.iter().flat_map(|reached| &reached.dropped);
            dropped.any(|one| {
                one.reason == DropReason::ProviderNotAllowed && is_at(making.model, one.endpoint, ids)
            })
        }),
        Field::Operations => {
            Operation::ALL.iter().any(|operation| operation.as_str() == &*entry.text && is_served(*operation))
        }
        Field::Tools | Field::Unscanned | Field::Hosted => true,
    }
}

/// Whether an endpoint is one of these providers'.
fn is_at(model: &Model, endpoint: EndpointId, providers: &[u32]) -> bool {
    model.endpoints.get(endpoint.index()).is_some_and(|endpoint| providers.contains(&endpoint.provider.0))
}

fn hint_of(model: &Model, entry: &Entry, tenant: &str) -> String {
    let text = hint::scalar(&entry.text);
    match &entry.field {
        Field::Models(ids) => {
            let alias = ids.first().and_then(|id| hint::alias(model, *id)).unwrap_or_default();
            format!("{{ tenant: {tenant}, model: {} }}", hint::scalar(alias))
        }
        Field::Providers(_) if entry.is_allowed => {
            format!("a request of `{tenant}` that `{}` serves", entry.text)
        }
        Field::Providers(_) => format!("a request of `{tenant}` whose route names `{}`", entry.text),
        Field::Tools => {
            let tool = hint::scalar(&entry.text.replace('*', "x"));
            format!("{{ tenant: {tenant}, tools: [{tool}] }}")
        }
        Field::Operations => format!("{{ tenant: {tenant}, operation: {text} }}"),
        Field::Unscanned => format!("a request of `{tenant}` with a part of the kind `{}`", entry.text),
        Field::Hosted => format!("a request of `{tenant}` that asks for `{}`", entry.text),
    }
}

/// The numbers of the entries that an exchange touches.
pub(super) fn touched(model: &Model, entries: &[Entry], facts: &Facts, record: &Record) -> Vec<u32> {
    let held = entries.iter().enumerate().filter(|(_, entry)| entry.tenants.contains(&facts.tenant));
    let found = held.filter(|(_, entry)| is_touched(model, entry, facts, record));
    found.filter_map(|(index, _)| u32::try_from(index).ok()).collect()
}

fn is_touched(model: &Model, entry: &Entry, facts: &Facts, record: &Record) -> bool {
    let request = &facts.request;
    match &entry.field {
        Field::Models(ids) => {
            let is_asked = |id: &u32| {
                let served = usize::try_from(*id).ok().and_then(|index| model.models.get(index));
                served.is_some_and(|served| served.aliases.iter().any(|alias| **alias == *request.asked))
            };
            ids.iter().any(is_asked) || record.served.is_some_and(|(_, served)| ids.contains(&served.0))
        }
        Field::Providers(ids) if entry.is_allowed => {
            record.served.is_some_and(|(endpoint, _)| is_at(model, endpoint, ids))
        }
        Field::Providers(ids) => {
            record.decision.iter().flat_map(|decision| &decision.dropped).any(|dropped| {
                dropped.reason == DropReason::ProviderNotAllowed && is_at(model, dropped.endpoint, ids)
            })
        }
        Field::Tools => request.tools.iter().any(|tool| glob(&entry.text, tool)),
        Field::Operations => request.operation.as_str() == &*entry.text,
        Field::Unscanned => request.unscannable.iter().any(|kind| kind.as_str() == &*entry.text),
        Field::Hosted => request.hosted.iter().any(|tool| **tool == *entry.text),
    }
}
