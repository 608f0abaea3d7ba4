//! Reads packages and library modules into scopes, following `use`.

use super::{ItemTable, Kind, Scope, ScopeId, ScopeKind, Scopes, Target, duplicate, identity};
use crate::ast::{Declaration, File, Name, Rule, Text, Use, UsePath, UseTarget};
use crate::compile::{Day, Loader, PackageFiles, compile_within};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::limits::{
    PACKAGE_BYTES_MAX, PACKAGE_FILES_MAX, SOURCE_BYTES_MAX, USE_DEPTH_MAX, USED_PACKAGES_MAX,
};
use crate::near::{list_of, nearest};
use crate::resolve::ItemRef;
use crate::source::{Origin, Sources};
use crate::span::Span;
use crate::{parse, stdlib};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is under way while scopes are read.
pub(crate) struct ScopeReader<'a> {
    pub(crate) sources: &'a mut Sources,
    pub(crate) diagnostics: &'a mut Diagnostics,
    loader: &'a dyn Loader,
    scopes: Scopes,
    /// Scopes by their path, so that each is read once.
    by_path: HashMap<Box<str>, ScopeId>,
    visits: &'a mut Visits,
    bytes: usize,
}

/// The packages that one compilation has come by, those included that it compiled to learn their digests.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    /// Being read now, outermost first: a second visit is a circle.
    open: Vec<Box<str>>,
    /// All of them.
    seen: BTreeSet<Box<str>>,
    /// The digests of those that some `use` pins, or nothing for one that does not compile.
    digests: BTreeMap<Box<str>, Box<str>>,
}

/// Reads a package and everything that it uses.
pub(crate) fn read_package(
    package: PackageFiles,
    loader: &dyn Loader,
    visits: &mut Visits,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Scopes {
    let mut reader = ScopeReader {
        sources,
        diagnostics,
        loader,
        scopes: Scopes::default(),
        by_path: HashMap::new(),
        visits,
        bytes: 0,
    };
    reader.package(package, ScopeKind::Root, "");
    reader.scopes
}

impl ScopeReader<'_> {
    fn package(&mut self, package: PackageFiles, kind: ScopeKind, label: &str) -> ScopeId {
        let path = package.path.clone();
        let id = self.add_scope(kind, label, &path);
        let origin = if kind == ScopeKind::Root { Origin::Package } else { Origin::Used };
        let prefix = if kind == ScopeKind::Root { "" } else { &*path };
        let files = self.package_files(package.files, origin, prefix);
        self.visits.seen.insert(path.clone());
        self.visits.open.push(path);
        self.fill(id, files);
        self.visits.open.pop();
        id
    }

    fn package_files(&mut self, files: Vec<(Box<str>, Vec<u8>)>, origin: Origin, prefix: &str) -> Vec<File> {
        let mut read = Vec::with_capacity(files.len());
        let mut files = files;
        files.sort();
        let too_many = files.len() > PACKAGE_FILES_MAX;
        for (name, bytes) in files.into_iter().take(PACKAGE_FILES_MAX) {
            self.bytes = self.bytes.saturating_add(bytes.len());
            let shown = if prefix.is_empty() { name } else { format!("{prefix}/{name}").into() };
            if self.bytes > PACKAGE_BYTES_MAX {
                let id = self.sources.add(shown, "", origin);
                let message = format!("the package is larger than {} MiB", PACKAGE_BYTES_MAX >> 20);
                let help = "is this the right directory? all `.ascp` files under it are read";
                self.push(Diagnostic::new(Code::PackageTooLarge, Span::new(id, 0, 0), message).help(help));
                return read;
            }
            read.extend(self.file(shown, bytes, origin));
        }
        if too_many {
            let id = self.sources.add(prefix, "", origin);
            let message = format!("the package has more than {PACKAGE_FILES_MAX} files");
            self.push(Diagnostic::new(Code::PackageTooLarge, Span::new(id, 0, 0), message));
        }
        read
    }

    fn file(&mut self, name: Box<str>, bytes: Vec<u8>, origin: Origin) -> Option<File> {
        if bytes.len() > SOURCE_BYTES_MAX {
            let message = format!("`{name}` is larger than {} MiB", SOURCE_BYTES_MAX >> 20);
            let id = self.sources.add(name, "", origin);
            let help = "split it: all `.ascp` files under the package's directory are one package";
            self.push(Diagnostic::new(Code::SourceTooLarge, Span::new(id, 0, 0), message).help(help));
            return None;
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                let id = self.sources.add(name, text, origin);
                Some(parse::file(self.sources, id, self.diagnostics))
            }
            Err(error) => {
                let message =
                    format!("`{name}` is not UTF-8: byte {} is wrong", error.utf8_error().valid_up_to());
                let id = self.sources.add(name, "", origin);
                self.push(
                    Diagnostic::new(Code::NotUtf8, Span::new(id, 0, 0), message).help("save it as UTF-8"),
                );
                None
            }
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn add_scope(&mut self, kind: ScopeKind, label: &str, path: &str) -> ScopeId {
        let id = ScopeId(u32::try_from(self.scopes.list.len()).unwrap_or(u32::MAX));
        let scope = Scope {
            kind,
            label: label.into(),
            path: path.into(),
            files: Vec::new(),
            items: ItemTable::new(),
            uses: HashMap::new(),
        };
        self.scopes.list.push(scope);
        self.by_path.insert(path.into(), id);
        id
    }

    /// Enters declarations and follows uses.
    fn fill(&mut self, id: ScopeId, files: Vec<File>) {
        let mut items = ItemTable::new();
        for (file_at, file) in files.iter().enumerate() {
            for (at, declaration) in file.declarations.iter().enumerate() {
                let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let item = ItemRef { scope: id, file: index(file_at), declaration: index(at), inner: None };
                if let Some((kind, name)) = identity(declaration) {
                    self.enter(&mut items, &files, (kind, name), item);
                }
                for (inner, rule) in inner_rules(declaration).iter().enumerate() {
                    let item = ItemRef { inner: Some(index(inner)), ..item };
                    self.enter(&mut items, &files, (Kind::Rule, &rule.header.name), item);
                }
            }
        }
        let uses: Vec<&Use> = files.iter().flat_map(|file| &file.declarations).filter_map(as_use).collect();
        let mut table: HashMap<Box<str>, Vec<Target>> = HashMap::new();
        for target in uses.iter().flat_map(|found| found.targets.iter().map(move |target| (*found, target))) {
            for (alias, to) in self.follow(id, target.0, target.1) {
                let known = table.entry(alias).or_default();
                if !known.contains(&to) {
                    known.push(to);
                }
            }
        }
        if let Some(scope) = self.scopes.list.get_mut(id.0 as usize) {
            scope.items = items;
            scope.uses = table;
            scope.files = files;
        }
    }

    fn enter(&mut self, items: &mut ItemTable, files: &[File], (kind, name): (Kind, &Name), item: ItemRef) {
        match items.entry(kind).or_default().entry(name.text.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(item);
            }
            Entry::Occupied(first) => {
                let first = name_span(files, *first.get()).unwrap_or(name.span);
                self.push(duplicate(kind, &name.text, first, name.span));
            }
        }
    }

    fn follow(&mut self, scope: ScopeId, from: &Use, target: &UseTarget) -> Vec<(Box<str>, Target)> {
        match &target.path {
            UsePath::Library(path) => self.follow_library(scope, path, target.alias.as_ref()),
            UsePath::Package(path) => {
                self.follow_package(from, path, target.alias.as_ref()).into_iter().collect()
            }
        }
    }

    fn follow_library(
        &mut self,
        scope: ScopeId,
        path: &Name,
        alias: Option<&Name>,
    ) -> Vec<(Box<str>, Target)> {
        let last = path.text.rsplit('.').next().unwrap_or_default();
        let known_as: Box<str> = alias.map_or(last, |alias| &alias.text).into();
        if stdlib::has_module(&path.text) {
            return vec![(known_as, Target::Module(self.library(&path.text)))];
        }
        if let Some((module, item)) =
            path.text.rsplit_once('.').filter(|(module, _)| stdlib::has_module(module))
        {
            let module = self.library(module);
            let is_there = self
                .scopes
                .get(module)
                .is_some_and(|it| it.items.values().any(|names| names.contains_key(item)));
            if is_there {
                if scope == ScopeId::ROOT {
                    self.scopes.imported.insert((module, item.into()), known_as.clone());
                }
                return vec![(known_as, Target::Item(module, item.into()))];
            }
        }
        self.push(unknown_module(path));
        Vec::new()
    }

    /// The scope of a library module, read when it is first asked for.
    fn library(&mut self, path: &str) -> ScopeId {
        if let Some(id) = self.by_path.get(path) {
            return *id;
        }
        let id = self.add_scope(ScopeKind::Library, path.rsplit('.').next().unwrap_or_default(), path);
        let mut files = Vec::new();
        for (name, text) in stdlib::module(path) {
            let source = self.sources.add(name, text, Origin::Library);
            files.push(parse::file(self.sources, source, self.diagnostics));
        }
        self.fill(id, files);
        id
    }

    fn follow_package(
        &mut self,
        from: &Use,
        path: &Text,
        alias: Option<&Name>,
    ) -> Option<(Box<str>, Target)> {
        let base = self.visits.open.last().cloned().unwrap_or_default();
        let package = match self.loader.package(&base, &path.value) {
            Ok(package) => package,
            Err(problem) => {
                let message = format!("the package `{}` cannot be read: {problem}", path.value);
                let help = "the path begins at the root of the package that says `use`";
                self.push(Diagnostic::new(Code::PackageUnreadable, path.span, message).help(help));
                return None;
            }
        };
        if self.visits.open.contains(&package.path) {
            let message = format!("`{}` uses this package, so they go round in a circle", path.value);
            let help = "move what both need into a third package";
            self.push(Diagnostic::new(Code::CyclicUse, path.span, message).help(help));
            return None;
        }
        let is_known = self.visits.seen.contains(&package.path);
        if self.visits.open.len() > USE_DEPTH_MAX || !is_known && self.visits.seen.len() > USED_PACKAGES_MAX {
            let message = format!(
                "`use` brings in more than {USED_PACKAGES_MAX} packages, or goes more than {USE_DEPTH_MAX} deep"
            );
            let help = "join packages that are always used together";
            self.push(Diagnostic::new(Code::PackageTooLarge, path.span, message).help(help));
            return None;
        }
        self.check_pin(from, &package);
        let label = alias.map_or_else(|| package_label(&path.value), |alias| alias.text.clone());
        let id = match self.by_path.get(&package.path) {
            Some(id) => *id,
            None => self.package(package, ScopeKind::Used, &label),
        };
        Some((label, Target::Module(id)))
    }

    /// A pinned package must be the one that was pinned.
    fn check_pin(&mut self, from: &Use, package: &PackageFiles) {
        let Some(pin) = &from.digest else { return };
        let digest = if let Some(digest) = self.visits.digests.get(&package.path) {
            digest.clone()
        } else {
            let compiled = compile_within(package.clone(), self.loader, Day::Unchecked, self.visits);
            let digest = compiled.model.map(|model| model.package_digest.to_string());
            let digest: Box<str> = digest.unwrap_or_default().into();
            self.visits.digests.insert(package.path.clone(), digest.clone());
            digest
        };
        if digest != pin.value {
            let message = "the used package is not the one that was pinned";
            let found = if digest.is_empty() {
                "it does not compile".to_owned()
            } else {
                format!("it is `{digest}`")
            };
            let help = "read what changed, then pin the new digest";
            self.push(Diagnostic::new(Code::DigestMismatch, pin.span, message).found(found).help(help));
        }
    }
}

fn as_use(declaration: &Declaration) -> Option<&Use> {
    match declaration {
        Declaration::Use(found) => Some(found),
        _ => None,
    }
}

/// Rules that stand inside a baseline, profile or tenant.
pub(crate) fn inner_rules(declaration: &Declaration) -> &[Rule] {
    match declaration {
        Declaration::Policy(it) => &it.terms.rules,
        Declaration::Profile(it) => &it.terms.rules,
        Declaration::Tenant(it) => &it.terms.rules,
        _ => &[],
    }
}

fn name_span(files: &[File], item: ItemRef) -> Option<Span> {
    let declaration = files.get(item.file as usize)?.declarations.get(item.declaration as usize)?;
    match item.inner {
        Some(inner) => inner_rules(declaration).get(inner as usize).map(|rule| rule.header.name.span),
        None => identity(declaration).map(|(_, name)| name.span),
    }
}

/// `baseline` for `../baseline`; letters, digits and `_` alone.
fn package_label(path: &str) -> Box<str> {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name.into() } else { format!("p{name}").into() }
}

fn unknown_module(path: &Name) -> Diagnostic {
    let message = format!("the standard library has no `{}`", path.text);
    let (parent, last) = path.text.rsplit_once('.').unwrap_or(("", &path.text));
    // Beside it first: `std.regions.uss` is nearer to `us` than to anything elsewhere.
    let beside: Vec<&str> =
        stdlib::modules().filter_map(|module| module.strip_prefix(parent)?.strip_prefix('.')).collect();
    let near = nearest(last, beside.iter().copied()).map(|near| format!("did you mean `{parent}.{near}`?"));
    let help = near.unwrap_or_else(|| match beside.as_slice() {
        [] => "it holds `std.attacks`, `std.frameworks`, `std.health`, `std.pii`, `std.providers`, `std.regions`, \
               `std.secrets` and `std.topics`"
            .to_owned(),
        beside => format!("`{parent}` holds {}", list_of(beside)),
    });
    Diagnostic::new(Code::UnknownModule, path.span, message).found("not in the library").help(help)
}
