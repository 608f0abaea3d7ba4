//! Names to declarations.
//!
//! A *scope* is the package itself, a package that it uses, or a module of the
//! library. Each kind of declaration has a namespace of its own in each scope;
//! regions and zones share one. The package's own declarations are all part of
//! the result; those of the library as far as they are reached.

mod gather;
mod scopes;

use crate::ast::{Declaration, File, Name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::near::near_or_all;
use crate::span::Span;
pub(crate) use gather::{Items, Slot, gather};
pub(crate) use scopes::{Visits, read_package};
use std::collections::{BTreeMap, HashMap};

/// A kind of declaration, that is, a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Place,
    Attestation,
    Category,
    Provider,
    Model,
    Chain,
    Detector,
    Redaction,
    Profile,
    Tenant,
    Rule,
    Exception,
    Workload,
    Invariant,
    Framework,
}

impl Kind {
    /// All kinds.
    const ALL: &'static [Self] = &[
        Self::Place,
        Self::Attestation,
        Self::Category,
        Self::Provider,
        Self::Model,
        Self::Chain,
        Self::Detector,
        Self::Redaction,
        Self::Profile,
        Self::Tenant,
        Self::Rule,
        Self::Exception,
        Self::Workload,
        Self::Invariant,
        Self::Framework,
    ];

    /// What a diagnostic calls one of them.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Place => "region or zone",
            Self::Attestation => "attestation",
            Self::Category => "category",
            Self::Provider => "provider",
            Self::Model => "model",
            Self::Chain => "chain",
            Self::Detector => "detector",
            Self::Redaction => "redaction",
            Self::Profile => "profile",
            Self::Tenant => "tenant",
            Self::Rule => "rule",
            Self::Exception => "exception",
            Self::Workload => "workload",
            Self::Invariant => "invariant",
            Self::Framework => "framework",
        }
    }
}

/// A scope: an index into [`Scopes::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ScopeId(pub(crate) u32);

impl ScopeId {
    /// The package that is compiled.
    pub(crate) const ROOT: Self = Self(0);
}

/// Where a declaration stands: scope, file, position, and for a rule within a block its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemRef {
    pub(crate) scope: ScopeId,
    pub(crate) file: u32,
    pub(crate) declaration: u32,
    pub(crate) inner: Option<u32>,
}

/// How many diagnostics a run may hold before unknown names are no longer compared with all known ones.
///
/// In a package of a hundred thousand names, each comparison takes milliseconds.
const SUGGESTIONS_MAX: usize = 50;

/// Whose a scope is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// The package that is compiled.
    Root,
    /// A package brought in by `use "path"`.
    Used,
    /// A module of the library.
    Library,
}

/// The declarations of a scope by kind and name.
pub(crate) type ItemTable = BTreeMap<Kind, BTreeMap<Box<str>, ItemRef>>;

/// One namespace of each kind.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    /// What its declarations are called from outside: `pii` for `std.pii`.
    pub(crate) label: Box<str>,
    /// A library module's path, or a package's canonical path.
    pub(crate) path: Box<str>,
    pub(crate) files: Vec<File>,
    /// Sorted, so that what walks over it depends on no hash order.
    pub(crate) items: ItemTable,
    pub(crate) uses: HashMap<Box<str>, Vec<Target>>,
}

/// What a name of a `use` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Everything in a scope, by dotted name.
    Module(ScopeId),
    /// One declaration of a scope.
    Item(ScopeId, Box<str>),
}

/// All scopes of a compilation.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    pub(crate) list: Vec<Scope>,
    /// Bare names that items of the library are known by, since they were imported one by one.
    pub(crate) imported: HashMap<(ScopeId, Box<str>), Box<str>>,
}

impl Scopes {
    /// The scope with this id.
    pub(crate) fn get(&self, id: ScopeId) -> Option<&Scope> {
        self.list.get(id.0 as usize)
    }

    /// The declaration at a place.
    pub(crate) fn declaration(&self, item: ItemRef) -> Option<&Declaration> {
        self.get(item.scope)?.files.get(item.file as usize)?.declarations.get(item.declaration as usize)
    }

    /// Every declaration that `name` can mean in `scope`; more than one is an ambiguity.
    fn candidates(&self, scope: ScopeId, kind: Kind, name: &str) -> Vec<ItemRef> {
        let Some(from) = self.get(scope) else { return Vec::new() };
        if let Some(own) = from.item(kind, name) {
            return vec![own];
        }
        let mut found = Vec::new();
        let (alias, member) = name.split_once('.').map_or((name, None), |(alias, rest)| (alias, Some(rest)));
        for target in from.uses.get(alias).map(Vec::as_slice).unwrap_or_default() {
            let (scope, wanted) = match (target, member) {
                (Target::Module(scope), Some(member)) => (*scope, member),
                (Target::Item(scope, item), None) => (*scope, &**item),
                _ => continue,
            };
            found.extend(self.get(scope).and_then(|scope| scope.item(kind, wanted)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The declaration that `name` means, if it means exactly one.
    pub(crate) fn lookup(&self, scope: ScopeId, kind: Kind, name: &str) -> Option<ItemRef> {
        match self.candidates(scope, kind, name).as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// All declarations of a kind in the modules that `alias` stands for, as in `secrets.*`.
    pub(crate) fn members(&self, scope: ScopeId, kind: Kind, alias: &str) -> Vec<ItemRef> {
        let targets = self.get(scope).and_then(|scope| scope.uses.get(alias));
        let mut found = Vec::new();
        for target in targets.map(Vec::as_slice).unwrap_or_default() {
            let Target::Module(module) = target else { continue };
            let Some(module) = self.get(*module) else { continue };
            found.extend(items_of(module, kind));
        }
        found.sort_unstable();
        found
    }

    /// The declaration that `name` means; tells when it means none, or several.
    pub(crate) fn find(
        &self,
        scope: ScopeId,
        kind: Kind,
        name: &Name,
        diagnostics: &mut Diagnostics,
    ) -> Option<ItemRef> {
        match self.candidates(scope, kind, &name.text).as_slice() {
            [one] => Some(*one),
            [] => {
                diagnostics.push(self.unknown(scope, kind, name, diagnostics.len()));
                None
            }
            _ => {
                let message = format!("`{}` can mean more than one {}", name.text, kind.noun());
                let help = "give one of the modules another name: `use std.pii as p`";
                diagnostics.push(Diagnostic::new(Code::DuplicateName, name.span, message).help(help));
                None
            }
        }
    }

    fn unknown(&self, scope: ScopeId, kind: Kind, name: &Name, told: usize) -> Diagnostic {
        let message = format!("there is no {} `{}`", kind.noun(), name.text);
        let other = Kind::ALL.iter().find(|other| !self.candidates(scope, **other, &name.text).is_empty());
        let found =
            other.map_or_else(|| "not declared".to_owned(), |other| format!("this is a {}", other.noun()));
        let diagnostic = Diagnostic::new(Code::UnknownName, name.span, message).found(found);
        let alias = name.text.split('.').next().unwrap_or_default();
        let is_module = self.get(scope).is_some_and(|scope| scope.uses.contains_key(alias));
        if name.text.contains('.') && !is_module {
            if let Some(module) =
                crate::stdlib::modules().find(|module| module.rsplit('.').next() == Some(alias))
            {
                return diagnostic.help(format!("bring the module in: `use {module}`"));
            }
        }
        if told > SUGGESTIONS_MAX {
            return diagnostic;
        }
        let names = self.known(scope, kind);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        diagnostic.help_maybe(near_or_all(&name.text, &names, kind.noun()))
    }

    /// All names that mean something of this kind in `scope`, sorted.
    pub(crate) fn known(&self, scope: ScopeId, kind: Kind) -> Vec<String> {
        let Some(from) = self.get(scope) else { return Vec::new() };
        let mut names: Vec<String> = from.names(kind).map(str::to_owned).collect();
        let mut uses: Vec<(&Box<str>, &Vec<Target>)> = Vec::with_capacity(from.uses.len());
        uses.extend(from.uses.iter());
        uses.sort_unstable_by_key(|(alias, _)| *alias);
        for (alias, targets) in uses {
            for target in targets {
                match target {
                    Target::Module(module) => {
                        let inner = self.get(*module).into_iter().flat_map(|module| module.names(kind));
                        names.extend(inner.map(|name| format!("{alias}.{name}")));
                    }
                    Target::Item(module, item) => {
                        let is_kind = self.get(*module).is_some_and(|it| it.item(kind, item).is_some());
                        names.extend(is_kind.then(|| alias.to_string()));
                    }
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What the package calls a declaration: bare if it is its own, `pii.pan` if it is the library's.
    pub(crate) fn display(&self, item: ItemRef, name: &str) -> Box<str> {
        match self.get(item.scope) {
            Some(scope) if scope.kind != ScopeKind::Root => {
                match self.imported.get(&(item.scope, name.into())) {
                    Some(alias) => alias.clone(),
                    None => format!("{}.{name}", scope.label).into(),
                }
            }
            _ => name.into(),
        }
    }
}

impl Scope {
    /// The declaration of a kind with this name.
    pub(crate) fn item(&self, kind: Kind, name: &str) -> Option<ItemRef> {
        self.items.get(&kind)?.get(name).copied()
    }

    /// The names of one kind, sorted.
    fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.items.get(&kind).into_iter().flat_map(BTreeMap::keys).map(|name| &**name)
    }
}

/// The declarations of one kind in a scope, sorted by name.
pub(crate) fn items_of(scope: &Scope, kind: Kind) -> impl Iterator<Item = ItemRef> {
    scope.items.get(&kind).into_iter().flat_map(BTreeMap::values).copied()
}

/// The kind, name and place of the name of a declaration; `use` and `policy` have none.
pub(crate) fn identity(declaration: &Declaration) -> Option<(Kind, &Name)> {
    Some(match declaration {
        Declaration::Policy(_) | Declaration::Use(_) => return None,
        Declaration::Region(it) => (Kind::Place, &it.header.name),
        Declaration::Zone(it) => (Kind::Place, &it.header.name),
        Declaration::Attestation(it) => (Kind::Attestation, &it.header.name),
        Declaration::Category(it) => (Kind::Category, &it.header.name),
        Declaration::Provider(it) => (Kind::Provider, &it.header.name),
        Declaration::Model(it) => (Kind::Model, &it.header.name),
        Declaration::Chain(it) => (Kind::Chain, &it.header.name),
        Declaration::Detector(it) => (Kind::Detector, &it.header.name),
        Declaration::Redaction(it) => (Kind::Redaction, &it.header.name),
        Declaration::Profile(it) => (Kind::Profile, &it.header.name),
        Declaration::Tenant(it) => (Kind::Tenant, &it.header.name),
        Declaration::Rule(it) => (Kind::Rule, &it.header.name),
        Declaration::Exception(it) => (Kind::Exception, &it.header.name),
        Declaration::Workload(it) => (Kind::Workload, &it.header.name),
        Declaration::Invariant(it) => (Kind::Invariant, &it.header.name),
        Declaration::Framework(it) => (Kind::Framework, &it.header.name),
    })
}

/// Tells that a name is declared twice.
pub(crate) fn duplicate(kind: Kind, name: &str, first: Span, second: Span) -> Diagnostic {
    let message = format!("the {} `{name}` is declared twice", kind.noun());
    Diagnostic::new(Code::DuplicateName, second, message)
        .found("declared again here")
        .label(first, "first declared here")
        .help("rename one of them, or remove it")
}
