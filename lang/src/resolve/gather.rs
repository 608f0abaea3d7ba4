//! Which declarations are part of a package: its own, those of the packages it
//! uses, and those of the library that are reached from them.

use super::scopes::inner_rules;
use super::{ItemRef, Kind, ScopeId, ScopeKind, Scopes, identity, items_of};
use crate::ast::{Declaration, EffectKind, IdentityKind, Name, Permit, Rule, Selection, Terms};
use crate::source::Sources;
use crate::span::Span;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All declarations that are part of the result, numbered in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Items {
    lists: BTreeMap<Slot, Vec<(Box<str>, ItemRef)>>,
    ids: HashMap<ItemRef, u32>,
    referenced: BTreeSet<ItemRef>,
}

/// A list of the model: like [`Kind`], but regions and zones apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slot {
    Region,
    Zone,
    Other(Kind),
}

impl Items {
    /// The declarations of one list, with the names that the package knows them by.
    pub(crate) fn list(&self, slot: Slot) -> &[(Box<str>, ItemRef)] {
        self.lists.get(&slot).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether some declaration speaks of this one.
    pub(crate) fn is_referenced(&self, item: ItemRef) -> bool {
        self.referenced.contains(&item)
    }

    /// The number of a declaration in its list.
    pub(crate) fn id(&self, item: ItemRef) -> Option<u32> {
        self.ids.get(&item).copied()
    }
}

/// Collects them.
pub(crate) fn gather(scopes: &Scopes, sources: &Sources) -> Items {
    let mut walk =
        Walk { scopes, sources, found: BTreeSet::new(), open: Vec::new(), referenced: BTreeSet::new() };
    for (at, scope) in scopes.list.iter().enumerate() {
        let id = ScopeId(u32::try_from(at).unwrap_or(u32::MAX));
        match scope.kind {
            ScopeKind::Root => walk.whole(id, false),
            ScopeKind::Used => walk.whole(id, true),
            ScopeKind::Library => {}
        }
    }
    while let Some(item) = walk.open.pop() {
        walk.visit(item);
    }
    let mut items = Items { referenced: walk.referenced, ..Items::default() };
    for item in walk.found {
        let Some((slot, name)) = slot_and_name(scopes, item) else { continue };
        items.lists.entry(slot).or_default().push((scopes.display(item, &name), item));
    }
    for list in items.lists.values_mut() {
        list.sort_unstable();
        for (at, (_, item)) in list.iter().enumerate() {
            items.ids.insert(*item, u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    items
}

fn slot_and_name(scopes: &Scopes, item: ItemRef) -> Option<(Slot, Box<str>)> {
    let declaration = scopes.declaration(item)?;
    if let Some(inner) = item.inner {
        let rule = inner_rules(declaration).get(inner as usize)?;
        return Some((Slot::Other(Kind::Rule), rule.header.name.text.clone()));
    }
    let (kind, name) = identity(declaration)?;
    let slot = match declaration {
        Declaration::Region(_) => Slot::Region,
        Declaration::Zone(_) => Slot::Zone,
        _ => Slot::Other(kind),
    };
    Some((slot, name.text.clone()))
}

/// The names of a selection, those after `except` included.
fn selected(selection: Option<&Selection>) -> impl Iterator<Item = &Name> {
    selection.into_iter().flat_map(|it| it.names.iter().chain(&it.except))
}

struct Walk<'a> {
    scopes: &'a Scopes,
    sources: &'a Sources,
    found: BTreeSet<ItemRef>,
    open: Vec<ItemRef>,
    referenced: BTreeSet<ItemRef>,
}

impl Walk<'_> {
    /// Takes in all that a package declares; of a used one, nothing that is about its tenants.
    fn whole(&mut self, id: ScopeId, is_used: bool) {
        let Some(scope) = self.scopes.get(id) else { return };
        for (file_at, file) in scope.files.iter().enumerate() {
            for (at, declaration) in file.declarations.iter().enumerate() {
                let is_about_tenants = matches!(
                    declaration,
                    Declaration::Tenant(_) | Declaration::Workload(_) | Declaration::Exception(_)
                );
                if is_used && is_about_tenants {
                    continue;
                }
                let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let item = ItemRef { scope: id, file: index(file_at), declaration: index(at), inner: None };
                // What is declared twice is told elsewhere; only the first counts.
                let is_first = identity(declaration)
                    .is_none_or(|(kind, name)| scope.item(kind, &name.text) == Some(item));
                if is_first {
                    self.take(item);
                }
                for (at, rule) in inner_rules(declaration).iter().enumerate() {
                    let item = ItemRef { inner: Some(index(at)), ..item };
                    if scope.item(Kind::Rule, &rule.header.name.text) == Some(item) {
                        self.found.insert(item);
                    }
                }
            }
        }
    }

    fn take(&mut self, item: ItemRef) {
        if self.found.insert(item) {
            self.open.push(item);
        }
    }

    fn refer(&mut self, item: ItemRef) {
        self.referenced.insert(item);
        self.take(item);
    }

    fn name(&mut self, scope: ScopeId, kind: Kind, name: &str) {
        if let Some(alias) = name.strip_suffix(".*") {
            self.scopes.members(scope, kind, alias).into_iter().for_each(|item| self.refer(item));
        } else if let Some(item) = self.scopes.lookup(scope, kind, name) {
            self.refer(item);
        }
    }

    fn names<'n>(&mut self, scope: ScopeId, kind: Kind, names: impl IntoIterator<Item = &'n Name>) {
        names.into_iter().for_each(|name| self.name(scope, kind, &name.text));
    }

    /// Follows what a declaration names.
    fn visit(&mut self, item: ItemRef) {
        let Some(declaration) = self.scopes.declaration(item) else { return };
        let scope = item.scope;
        match declaration {
            Declaration::Policy(it) => self.terms(scope, &it.terms),
            Declaration::Profile(it) => {
                self.names(scope, Kind::Profile, &it.extends);
                self.terms(scope, &it.terms);
            }
            Declaration::Tenant(it) => {
                self.names(scope, Kind::Profile, &it.extends);
                self.terms(scope, &it.terms);
                for identity in &it.identities {
                    if let IdentityKind::Key { workload: Some(workload), .. } = &identity.kind {
                        self.name(scope, Kind::Workload, &workload.text);
                    }
                }
            }
            Declaration::Zone(it) => {
                for selection in &it.regions {
                    self.names(scope, Kind::Place, selection.names.iter().chain(&selection.except));
                }
                if !it.countries.is_empty() || !it.groups.is_empty() {
                    self.every_region();
                }
            }
            Declaration::Provider(it) => {
                self.names(scope, Kind::Attestation, &it.attests);
                for endpoint in &it.endpoints {
                    self.names(scope, Kind::Place, &endpoint.region);
                    self.names(scope, Kind::Attestation, &endpoint.attests);
                }
            }
            Declaration::Model(it) => {
                self.names(scope, Kind::Provider, it.offers.iter().map(|offer| &offer.provider));
            }
            Declaration::Chain(it) => {
                for step in &it.steps {
                    self.name(scope, Kind::Provider, &step.provider.text);
                    self.name(scope, Kind::Model, &step.model.text);
                }
            }
            Declaration::Detector(it) => self.names(scope, Kind::Category, &it.category),
            Declaration::Redaction(it) => {
                self.names(scope, Kind::Detector, it.rows.iter().map(|(name, _)| name));
            }
            Declaration::Rule(it) => self.rule(scope, it),
            Declaration::Exception(it) => {
                self.names(scope, Kind::Tenant, &it.tenant);
                if let Some((permit, _)) = &it.permit {
                    self.permit(scope, permit);
                }
            }
            Declaration::Workload(it) => {
                self.names(scope, Kind::Tenant, &it.tenant);
                let models = it.models.iter().flat_map(|models| models.names.iter().chain(&models.except));
                self.names(scope, Kind::Model, models);
                self.names(scope, Kind::Category, it.data.iter().flatten());
            }
            Declaration::Invariant(it) => {
                for condition in it.given.iter().chain(&it.always) {
                    self.condition(scope, condition.span);
                }
            }
            Declaration::Use(_)
            | Declaration::Region(_)
            | Declaration::Attestation(_)
            | Declaration::Category(_)
            | Declaration::Framework(_) => {}
        }
    }

    /// Regions of groups and countries are looked for among all that are declared anywhere.
    fn every_region(&mut self) {
        for scope in &self.scopes.list {
            for item in items_of(scope, Kind::Place) {
                if matches!(self.scopes.declaration(item), Some(Declaration::Region(_))) {
                    self.take(item);
                }
            }
        }
    }

    fn own_detectors(&mut self, scope: ScopeId) {
        let items = self.scopes.get(scope).into_iter().flat_map(|scope| items_of(scope, Kind::Detector));
        items.for_each(|item| self.refer(item));
    }

    fn terms(&mut self, scope: ScopeId, terms: &Terms) {
        self.names(scope, Kind::Place, selected(terms.reside.as_ref()));
        self.names(scope, Kind::Model, selected(terms.allow_models.as_ref()));
        self.names(scope, Kind::Model, &terms.deny_models);
        self.names(scope, Kind::Provider, selected(terms.allow_providers.as_ref()));
        self.names(scope, Kind::Provider, &terms.deny_providers);
        self.names(scope, Kind::Attestation, &terms.require);
        self.names(scope, Kind::Redaction, &terms.redact);
        self.names(scope, Kind::Chain, terms.routes.iter().map(|(_, chain)| chain));
        self.names(scope, Kind::Model, terms.limits.iter().flat_map(|limit| &limit.models));
        terms.rules.iter().for_each(|rule| self.rule(scope, rule));
    }

    fn rule(&mut self, scope: ScopeId, rule: &Rule) {
        if let Some(when) = &rule.when {
            self.condition(scope, when.span);
        }
        match rule.effect.as_ref().map(|effect| &effect.kind) {
            Some(EffectKind::Route(chain)) => self.name(scope, Kind::Chain, &chain.text),
            Some(EffectKind::Prefer(providers)) => self.names(scope, Kind::Provider, providers),
            Some(EffectKind::Deny(_) | EffectKind::Flag(_) | EffectKind::Cap(_)) | None => {}
        }
    }

    fn permit(&mut self, scope: ScopeId, permit: &Permit) {
        match permit {
            Permit::Regions(regions, models) => {
                self.names(scope, Kind::Place, regions);
                self.names(scope, Kind::Model, models);
            }
            Permit::Models(models) => self.names(scope, Kind::Model, models),
            Permit::Providers(providers) => self.names(scope, Kind::Provider, providers),
            Permit::Without(attestation, provider) => {
                self.name(scope, Kind::Attestation, &attestation.text);
                self.name(scope, Kind::Provider, &provider.text);
            }
            Permit::Despite(rule) => self.name(scope, Kind::Rule, &rule.text),
            Permit::Tools(_) => {}
        }
    }

    /// Every dotted word of a condition that is the name of a detector, a module of them, or a place.
    ///
    /// The words are looked at as text, before CEL is parsed: a word that is
    /// something else there costs nothing but a lookup.
    fn condition(&mut self, scope: ScopeId, span: Span) {
        let text = self.sources.text(span);
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        for word in text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()) {
            let word = word.trim_matches('.');
            self.name(scope, Kind::Detector, word);
            self.scopes.members(scope, Kind::Detector, word).into_iter().for_each(|item| self.refer(item));
            if word.starts_with("category.") || word.ends_with(".findings") {
                // Reads findings by what they are, not by who found them.
                self.own_detectors(scope);
            }
            self.name(scope, Kind::Place, word);
            if let Some(rest) = word.strip_prefix("zone.") {
                let zone = rest.strip_suffix(".regions").unwrap_or(rest);
                self.name(scope, Kind::Place, zone);
            }
        }
    }
}
