//! AST to [`Parts`](crate::model::Parts): every name resolved, every statement met.
//!
//! Each file below checks one kind of thing and goes on after a mistake, so
//! that one run tells them all. What could not be resolved is left out of the
//! result, which is then thrown away: a model exists only without errors.

mod chain;
mod content;
mod control;
mod date;
mod exception;
mod limit;
mod meet;
mod place;
mod redaction;
mod route;
mod rule;
mod said;
mod scope_names;
mod tenant;
mod unused;
mod upstream;
mod workload;

use crate::ast::{Declaration, Header, Name};
use crate::compile::{Day, Loader};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::{Digest, Parts, Policy, Set};
use crate::resolve::{ItemRef, Items, Kind, ScopeId, ScopeKind, Scopes, Slot, gather};
use crate::source::{Origin, Sources};
use crate::span::{SourceId, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The newest edition of the language, and the only one yet.
pub(crate) const LANGUAGE_EDITION: u64 = 1;

/// What all checks share.
pub(crate) struct Checker<'a> {
    pub(crate) scopes: &'a Scopes,
    pub(crate) sources: &'a Sources,
    pub(crate) items: &'a Items,
    pub(crate) loader: &'a dyn Loader,
    pub(crate) day: Day,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// Controls that some declaration says it supports, with their titles.
    controls: BTreeMap<Box<str>, Option<Box<str>>>,
    /// The currency said first; all others must be it.
    currency: Option<(Box<str>, Span)>,
}

/// Checks everything; `None` when there is not even a `policy` block.
pub(crate) fn check(
    scopes: &Scopes,
    sources: &Arc<Sources>,
    loader: &dyn Loader,
    day: Day,
    diagnostics: &mut Diagnostics,
) -> Option<Parts> {
    let items = gather(scopes, sources);
    let mut checker = Checker {
        scopes,
        sources,
        items: &items,
        loader,
        day,
        diagnostics,
        controls: BTreeMap::new(),
        currency: None,
    };
    let policy = checker.policy();
    let regions = checker.regions();
    let zones = checker.zones(&regions);
    let attestations = checker.attestations();
    let (providers, endpoints) = checker.providers(&attestations);
    let models = checker.models(&providers, &endpoints);
    let chains = checker.chains(&models, &endpoints);
    let categories = checker.categories();
    let detectors = checker.detectors(&categories);
    let redactions = checker.redactions();
    let mut parts = Parts {
        sources: Arc::clone(sources),
        policy: policy?,
        regions,
        zones,
        attestations,
        providers,
        endpoints,
        models,
        chains,
        categories,
        detectors,
        redactions,
        profiles: Vec::new(),
        limits: Vec::new(),
        accesses: Vec::new(),
        tenants: Vec::new(),
        workloads: Vec::new(),
        rules: Vec::new(),
        exceptions: Vec::new(),
        invariants: Vec::new(),
        controls: Vec::new(),
        currency: None,
        decision_digest: Digest([0; 32]),
        package_digest: Digest([0; 32]),
    };
    checker.check_aliases(&parts);
    checker.workloads(&mut parts);
    checker.tenants(&mut parts);
    checker.rules(&mut parts);
    checker.exceptions(&mut parts);
    checker.invariants(&mut parts);
    if !checker.diagnostics.has_gaps() {
        checker.routes(&parts);
        checker.unused(&parts);
    }
    checker.finish(&mut parts);
    Some(parts)
}

impl<'a> Checker<'a> {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The declarations of one list, in the order of their numbers.
    pub(crate) fn declarations(
        &self,
        slot: Slot,
    ) -> impl Iterator<Item = (&'a str, ItemRef, &'a Declaration)> + use<'a> {
        let scopes = self.scopes;
        let list = self.items.list(slot).iter();
        list.filter_map(move |(name, item)| Some((&**name, *item, scopes.declaration(*item)?)))
    }

    /// The number of what `name` means, or a diagnostic.
    pub(crate) fn id(&mut self, scope: ScopeId, kind: Kind, name: &Name) -> Option<u32> {
        let item = self.scopes.find(scope, kind, name, self.diagnostics)?;
        self.items.id(item)
    }

    /// The numbers of what names mean; each that means nothing is told.
    pub(crate) fn ids<T: Ord>(
        &mut self,
        scope: ScopeId,
        kind: Kind,
        names: &[Name],
        make: impl Fn(u32) -> T,
    ) -> Set<T> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            if let Some(alias) = name.text.strip_suffix(".*") {
                found.extend(self.star(scope, kind, alias, name).into_iter().map(&make));
            } else {
                found.extend(self.id(scope, kind, name).map(&make));
            }
        }
        found.into_iter().collect()
    }

    /// All of a kind in a module, as in `secrets.*`.
    pub(crate) fn star(&mut self, scope: ScopeId, kind: Kind, alias: &str, name: &Name) -> Vec<u32> {
        let members = self.scopes.members(scope, kind, alias);
        if members.is_empty() {
            let noun = kind.noun();
            let message = format!("`{}` names no {noun}", name.text);
            let help = format!("`{alias}` must be a module that holds at least one {noun}");
            self.push(Diagnostic::new(Code::UnknownName, name.span, message).help(help));
        }
        members.into_iter().filter_map(|item| self.items.id(item)).collect()
    }

    /// A statement that must stand in a block does not.
    ///
    /// Where a statement of the block was not understood, it may be this one.
    pub(crate) fn missing(&mut self, header: &Header, what: &str, statement: &str, form: &str) {
        if self.diagnostics.has_unread_text(header.span) {
            return;
        }
        let span = header.name.span;
        let message = format!("{what} needs `{statement}`");
        self.push(
            Diagnostic::new(Code::MissingStatement, span, message)
                .found("missing in this block")
                .help(format!("add `{form}`")),
        );
    }

    /// Money of a second currency is told, since amounts could not be compared.
    pub(crate) fn currency(&mut self, currency: &Name) {
        match &self.currency {
            None => self.currency = Some((currency.text.clone(), currency.span)),
            Some((first, span)) if *first != currency.text => {
                let message = format!("a package has one currency, and `{}` is a second", currency.text);
                let diagnostic = Diagnostic::new(Code::CurrencyMixed, currency.span, message);
                let label = format!("`{first}` is said here");
                let diagnostic = diagnostic
                    .label(*span, label)
                    .help("convert one of the two: amounts in two currencies cannot be compared");
                self.push(diagnostic);
            }
            Some(_) => {}
        }
    }

    fn policy(&mut self) -> Option<Policy> {
        let mut found: Option<Policy> = None;
        for file in self.scopes.get(ScopeId::ROOT).map(|root| root.files.as_slice()).unwrap_or_default() {
            for declaration in &file.declarations {
                let Declaration::Policy(declared) = declaration else { continue };
                if let Some(first) = &found {
                    let diagnostic = Diagnostic::new(
                        Code::TwoPolicyBlocks,
                        declared.header.name.span,
                        "a package has one `policy` block",
                    )
                    .found("a second one")
                    .label(first.span, "the first")
                    .help("join them: all `.ascp` files under the directory are one package");
                    self.push(diagnostic);
                    continue;
                }
                self.edition(declared);
                found = Some(Policy {
                    name: declared.header.name.text.clone(),
                    title: title(declared.header.title.as_ref()),
                    version: declared.version.as_ref().map(|it| it.value.clone()).unwrap_or_default(),
                    owner: declared.owner.as_ref().map(|it| it.value.clone()),
                    language: 1,
                    span: declared.header.name.span,
                });
            }
        }
        if found.is_none() {
            let id = self.sources.iter().find(|(_, source)| source.origin() == Origin::Package);
            let span = Span::new(id.map_or(SourceId(0), |(id, _)| id), 0, 0);
            let help = "add `policy my_company { language 1 }` to one of its files";
            self.push(
                Diagnostic::new(Code::NoPolicyBlock, span, "the package has no `policy` block").help(help),
            );
        }
        found
    }

    fn edition(&mut self, policy: &crate::ast::Policy) {
        match &policy.language {
            None => self.missing(&policy.header, "a `policy` block", "language", "language 1"),
            Some(edition) if edition.value != LANGUAGE_EDITION => {
                let message =
                    format!("this compiler knows language edition {LANGUAGE_EDITION}, not {}", edition.value);
                self.push(
                    Diagnostic::new(Code::LanguageEdition, edition.span, message).help("write `language 1`"),
                );
            }
            Some(_) => {}
        }
    }

    /// Baselines that hold for every tenant: the package's own, then those of the packages it uses.
    pub(crate) fn baselines(&self) -> Vec<(ScopeId, &'a crate::ast::Policy)> {
        let mut found = Vec::new();
        for (at, scope) in self.scopes.list.iter().enumerate() {
            if scope.kind == ScopeKind::Library {
                continue;
            }
            let id = ScopeId(u32::try_from(at).unwrap_or(u32::MAX));
            let declarations = scope.files.iter().flat_map(|file| &file.declarations);
            let policy = declarations.filter_map(|declaration| match declaration {
                Declaration::Policy(policy) => Some(&**policy),
                Declaration::Use(..)
                | Declaration::Region(..)
                | Declaration::Zone(..)
                | Declaration::Attestation(..)
                | Declaration::Category(..)
                | Declaration::Provider(..)
                | Declaration::Model(..)
                | Declaration::Chain(..)
                | Declaration::Detector(..)
                | Declaration::Redaction(..)
                | Declaration::Profile(..)
                | Declaration::Tenant(..)
                | Declaration::Rule(..)
                | Declaration::Exception(..)
                | Declaration::Workload(..)
                | Declaration::Invariant(..)
                | Declaration::Framework(..) => None,
            });
            found.extend(policy.take(1).map(|policy| (id, policy)));
        }
        found
    }

    fn finish(&mut self, parts: &mut Parts) {
        let controls = std::mem::take(&mut self.controls);
        parts.controls =
            controls.into_iter().map(|(name, title)| crate::model::Control { name, title }).collect();
        parts.currency = self.currency.take().map(|(currency, _)| currency);
        if self.diagnostics.has_errors() {
            return;
        }
        parts.decision_digest = crate::digest::decision(parts);
        let statements = self.scopes.list.iter().filter(|scope| scope.kind != ScopeKind::Library);
        let statements = statements.flat_map(|scope| &scope.files).flat_map(|file| &file.digests);
        parts.package_digest = crate::digest::package(parts.decision_digest, statements.copied());
    }
}

/// The text of a title.
pub(crate) fn title(title: Option<&crate::ast::Text>) -> Option<Box<str>> {
    title.map(|title| title.value.clone())
}
