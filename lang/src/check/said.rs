//! What one block says, resolved: the operands of the meet.

use super::Checker;
use crate::ast::{self, Name, Terms};
use crate::condition::OPERATIONS;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    AttestationId, Cap, ChainId, HOSTED, Kind as Content, Limit, LimitId, ModelId, Parts, ProviderId,
    RedactionId, RegionId, Retain, Set, ToolRule, ZoneId,
};
use crate::near::did_you_mean;
use crate::resolve::{Kind, ScopeId};
use crate::span::Span;
use jiff::tz::TimeZone;

/// The statements of one baseline, profile or tenant, names resolved.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) reside: Option<(Set<RegionId>, Box<str>)>,
    pub(super) zones: Vec<ZoneId>,
    pub(super) models: Option<Set<ModelId>>,
    pub(super) deny_models: Set<ModelId>,
    pub(super) providers: Option<Set<ProviderId>>,
    pub(super) deny_providers: Set<ProviderId>,
    pub(super) tools: Vec<ToolRule>,
    pub(super) operations: Option<Set<Box<str>>>,
    pub(super) deny_operations: Set<Box<str>>,
    pub(super) unscanned: Option<Set<Content>>,
    pub(super) deny_unscanned: Set<Content>,
    pub(super) hosted: Option<Set<Box<str>>>,
    pub(super) deny_hosted: Set<Box<str>>,
    pub(super) require: Set<AttestationId>,
    pub(super) workload_required: bool,
    pub(super) redact: Set<RedactionId>,
    pub(super) limits: Set<LimitId>,
    pub(super) cap: Option<Cap>,
    pub(super) retain: Retain,
    pub(super) nearest: Nearest,
}

/// A block of terms as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    pub(super) scope: ScopeId,
    /// Names the block in the keys of counters.
    pub(super) owner: &'a str,
    pub(super) terms: &'a Terms,
}

/// The fields that the nearest block decides, each with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Nearest {
    pub(super) routes: Vec<(Box<str>, ChainId, Span)>,
    pub(super) timezone: Option<(Box<str>, Span)>,
    pub(super) labels: Vec<(Box<str>, Box<str>, Span)>,
}

impl Checker<'_> {
    /// Resolves the statements of a block.
    pub(super) fn said(&mut self, block: &Block<'_>, parts: &Parts, limits: &mut Vec<Limit>) -> Said {
        let Block { scope, owner, terms } = *block;
        let mut said = Said::default();
        if let Some(reside) = &terms.reside {
            let (regions, zones) = self.residence(scope, reside);
            said.zones = zones;
            said.reside = Some((regions, self.sources.text(reside.span).into()));
        }
        said.models = terms.allow_models.as_ref().map(|it| self.selection(scope, Kind::Model, it, ModelId));
        said.deny_models = self.ids(scope, Kind::Model, &terms.deny_models, ModelId);
        said.providers =
            terms.allow_providers.as_ref().map(|it| self.selection(scope, Kind::Provider, it, ProviderId));
        said.deny_providers = self.ids(scope, Kind::Provider, &terms.deny_providers, ProviderId);
        said.tools = tools(terms);
        said.operations = terms.allow_operations.as_ref().map(|it| self.words("operation", it, OPERATIONS));
        said.deny_operations = self.words("operation", &terms.deny_operations, OPERATIONS);
        said.unscanned = terms.allow_unscanned.as_ref().map(|it| it.iter().map(|kind| kind.value).collect());
        said.deny_unscanned = terms.deny_unscanned.iter().map(|kind| kind.value).collect();
        said.hosted = terms.allow_hosted.as_ref().map(|it| self.words("hosted tool", it, HOSTED));
        said.deny_hosted = self.words("hosted tool", &terms.deny_hosted, HOSTED);
        said.workload_required = terms.require.iter().any(|name| *name.text == *"workload");
        let required: Vec<Name> =
            terms.require.iter().filter(|name| *name.text != *"workload").cloned().collect();
        said.require = self.attested(scope, &required, &parts.attestations);
        said.redact = self.ids(scope, Kind::Redaction, &terms.redact, RedactionId);
        said.limits = self.limits(scope, owner, terms, limits);
        said.cap = terms.cap.as_ref().map(|cap| Cap { tokens: cap.value, span: cap.span });
        said.retain.records = terms.retain_records.as_ref().map(|span| span.value);
        said.retain.bodies = terms.retain_bodies.as_ref().map(|span| span.value);
        said.nearest = self.nearest(scope, terms, parts);
        self.satisfied(scope, &terms.satisfies);
        said
    }

    /// `a, b except c`, as numbers.
    pub(super) fn selection<T: Ord + Clone>(
        &mut self,
        scope: ScopeId,
        kind: Kind,
        selection: &ast::Selection,
        make: impl Fn(u32) -> T,
    ) -> Set<T> {
        let names = self.ids(scope, kind, &selection.names, &make);
        names.difference(&self.ids(scope, kind, &selection.except, &make))
    }

    /// Words of a closed list.
    fn words(&mut self, what: &str, names: &[Name], known: &[&'static str]) -> Set<Box<str>> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            if known.contains(&&*name.text) {
                found.push(name.text.clone());
                continue;
            }
            let message = format!("there is no {what} `{}`", name.text);
            let help = did_you_mean(&name.text, known.iter().copied())
                .unwrap_or_else(|| format!("it is one of `{}`", known.join("`, `")));
            self.push(Diagnostic::new(Code::UnknownName, name.span, message).help(help));
        }
        found.into_iter().collect()
    }

    fn nearest(&mut self, scope: ScopeId, terms: &Terms, parts: &Parts) -> Nearest {
        let mut nearest = Nearest::default();
        for (operation, chain) in &terms.routes {
            self.words("operation", std::slice::from_ref(operation), OPERATIONS);
            let Some(id) = self.id(scope, Kind::Chain, chain).map(ChainId) else { continue };
            if let Some((_, _, first)) = nearest.routes.iter().find(|(known, ..)| *known == operation.text) {
                let message = format!("`{}` is routed twice in this block", operation.text);
                let diagnostic = Diagnostic::new(Code::SaidTwice, operation.span, message);
                let diagnostic = diagnostic.label(*first, "first routed here");
                self.push(diagnostic.found("routed again here").help("keep one of the two"));
                continue;
            }
            self.embeddings_chain(operation, id, chain.span, parts);
            nearest.routes.push((operation.text.clone(), id, chain.span));
        }
        if let Some(timezone) = &terms.timezone {
            if TimeZone::get(&timezone.value).is_ok() {
                nearest.timezone = Some((timezone.value.clone(), timezone.span));
            } else {
                let message = format!("`{}` is not a time zone", timezone.value);
                let help = "a time zone is a name of the IANA database, as in `\"Europe/Berlin\"`";
                self.push(Diagnostic::new(Code::BadLiteral, timezone.span, message).help(help));
            }
        }
        for (name, value) in &terms.labels {
            if let Some((_, _, first)) = nearest.labels.iter().find(|(known, ..)| *known == name.text) {
                let message = format!("the label `{}` is said twice in this block", name.text);
                let diagnostic = Diagnostic::new(Code::SaidTwice, name.span, message);
                let diagnostic = diagnostic.label(*first, "first said here");
                self.push(diagnostic.found("said again here").help("keep one of the two"));
                continue;
            }
            nearest.labels.push((name.text.clone(), value.value.clone(), name.span));
        }
        nearest.routes.sort();
        nearest.labels.sort();
        nearest
    }

    /// Vectors of two models cannot be compared, so a chain for them holds one.
    fn embeddings_chain(&mut self, operation: &Name, chain: ChainId, span: Span, parts: &Parts) {
        let Some(chain) = parts.chains.get(chain.index()) else { return };
        let mut models = chain.steps.iter().map(|step| step.model);
        let first = models.next();
        if *operation.text == *"embeddings" && models.any(|model| Some(model) != first) {
            let message = format!("the chain `{}` holds more than one model", chain.name);
            let help =
                "vectors of different models cannot be compared: a chain for `embeddings` holds one model";
            self.push(Diagnostic::new(Code::EmbeddingsChain, span, message).help(help));
        }
    }
}

fn tools(terms: &Terms) -> Vec<ToolRule> {
    let sorted = |texts: &[ast::Text]| {
        let mut texts: Vec<Box<str>> = texts.iter().map(|text| text.value.clone()).collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    };
    let mut rules = Vec::new();
    rules.extend(terms.allow_tools.as_ref().map(|tools| ToolRule::Allow(sorted(tools))));
    if !terms.deny_tools.is_empty() {
        rules.push(ToolRule::Deny(sorted(&terms.deny_tools)));
    }
    rules
}
