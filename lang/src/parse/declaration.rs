//! Readers of declarations: one function a kind.

mod content;
mod people;
mod upstream;

use super::header::{header, satisfies};
use super::reader::{Reader, shortened};
use super::statement;
use super::tree::Statement;
use crate::ast::{Declaration, Name, Policy, Profile, Titled, Use, UsePath, UseTarget};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::near::{did_you_mean, list_of};
use crate::units;

/// The words that begin a declaration, sorted.
pub const DECLARATIONS: &[&str] = &[
    "attestation",
    "category",
    "chain",
    "detector",
    "exception",
    "framework",
    "invariant",
    "model",
    "policy",
    "profile",
    "provider",
    "redaction",
    "region",
    "rule",
    "tenant",
    "use",
    "workload",
    "zone",
];

/// Reads one top-level statement.
pub(super) fn read(text: &str, statement: &Statement, diagnostics: &mut Diagnostics) -> Option<Declaration> {
    let mut reader = Reader { text, diagnostics };
    let r = &mut reader;
    match r.slice(statement.head) {
        "use" => read_use(r, statement).map(Declaration::Use),
        "policy" => policy(r, statement).map(|policy| Declaration::Policy(Box::new(policy))),
        "profile" => profile(r, statement).map(|profile| Declaration::Profile(Box::new(profile))),
        "tenant" => people::tenant(r, statement).map(|tenant| Declaration::Tenant(Box::new(tenant))),
        "workload" => {
            people::workload(r, statement).map(|workload| Declaration::Workload(Box::new(workload)))
        }
        "exception" => {
            people::exception(r, statement).map(|exception| Declaration::Exception(Box::new(exception)))
        }
        "rule" => statement::rule(r, statement).map(|rule| Declaration::Rule(Box::new(rule))),
        "invariant" => statement::invariant(r, statement).map(|it| Declaration::Invariant(Box::new(it))),
        "region" => upstream::region(r, statement).map(Declaration::Region),
        "zone" => upstream::zone(r, statement).map(Declaration::Zone),
        "provider" => upstream::provider(r, statement).map(Declaration::Provider),
        "model" => upstream::model(r, statement).map(|model| Declaration::Model(Box::new(model))),
        "chain" => upstream::chain(r, statement).map(Declaration::Chain),
        "attestation" => titled(r, statement).map(Declaration::Attestation),
        "category" => titled(r, statement).map(Declaration::Category),
        "detector" => {
            content::detector(r, statement).map(|detector| Declaration::Detector(Box::new(detector)))
        }
        "redaction" => content::redaction(r, statement).map(Declaration::Redaction),
        "framework" => content::framework(r, statement).map(Declaration::Framework),
        word => {
            unknown_declaration(r, statement, word);
            None
        }
    }
}

fn unknown_declaration(r: &mut Reader<'_>, statement: &Statement, word: &str) {
    let word = shortened(word);
    let help = did_you_mean(&word, DECLARATIONS.iter().copied())
        .or_else(|| statement::block_of(&word).map(|block| format!("`{word}` stands in a {block} block")))
        .unwrap_or_else(|| format!("a declaration begins with {}", list_of(DECLARATIONS)));
    let message = format!("no declaration begins with `{word}`");
    r.push(Diagnostic::new(Code::UnknownDeclaration, statement.head, message).help(help));
}

fn titled(r: &mut Reader<'_>, statement: &Statement) -> Option<Titled> {
    const FORM: &str = "attestation iso42001 \"ISO/IEC 42001 certificate\"";
    let header = header(r, statement, FORM, statement.block.is_some())?;
    let mut declared = Titled { header, satisfies: Vec::new() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "satisfies" => satisfies(r, inner, &mut declared.satisfies),
            _ => r.unknown_statement(inner, "attestation or category", &["satisfies"]),
        }
    }
    Some(declared)
}

fn policy(r: &mut Reader<'_>, statement: &Statement) -> Option<Policy> {
    let header = header(r, statement, "policy acme_fintech \"Acme fintech\" { … }", true)?;
    let mut policy =
        Policy { header, language: None, version: None, owner: None, terms: statement::no_terms() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "language" => {
                let mut cursor = r.cursor(inner, "language 1");
                let value = cursor.need("a language edition", units::parse_count);
                let value = cursor.finish().and(value);
                r.once(&mut policy.language, value, inner);
            }
            "version" => {
                let value = statement::one_string(r, inner, "version \"2026.11.3\"");
                r.once(&mut policy.version, value, inner);
            }
            "owner" => {
                let value = statement::one_string(r, inner, "owner \"team@acme.example\"");
                r.once(&mut policy.owner, value, inner);
            }
            _ => statement::term(
                r,
                inner,
                &mut policy.terms,
                "policy block",
                &["language", "owner", "version"],
            ),
        }
    }
    Some(policy)
}

fn profile(r: &mut Reader<'_>, statement: &Statement) -> Option<Profile> {
    let header = header(r, statement, "profile pci \"Teams that touch card payments\" { … }", true)?;
    let mut profile = Profile { header, extends: Vec::new(), terms: statement::no_terms() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "extends" => statement::names(r, inner, "extends pci, hipaa", &mut profile.extends),
            _ => statement::term(r, inner, &mut profile.terms, "profile", &["extends"]),
        }
    }
    Some(profile)
}

fn read_use(r: &mut Reader<'_>, statement: &Statement) -> Option<Use> {
    const FORM: &str =
        "use std.pii as p` or `use std.{pii, secrets}` or `use \"../baseline\" digest \"sha256:…\"";
    let mut cursor = r.cursor(statement, FORM);
    let mut targets = Vec::new();
    let mut digest = None;
    if let Some(path) = cursor.string() {
        targets.push(UseTarget { path: UsePath::Package(path), alias: None });
        if cursor.keyword("digest") {
            digest = Some(cursor.need_string("a digest in quotes")?);
        }
    } else {
        let path = cursor.need_path("a library path or a package's path in quotes")?;
        match cursor.group() {
            Some(words) => {
                for span in words {
                    let name = cursor.reader.slice(span);
                    let text = format!("{}.{name}", path.text).into();
                    targets.push(UseTarget { path: UsePath::Library(Name { text, span }), alias: None });
                }
            }
            None => targets.push(UseTarget { path: UsePath::Library(path), alias: None }),
        }
    }
    if cursor.keyword("as") {
        let alias = cursor.need_name("a name to know it by")?;
        if targets.len() > 1 {
            return cursor.fail("one path, where `as` follows");
        }
        if let Some(target) = targets.first_mut() {
            target.alias = Some(alias);
        }
    }
    cursor.finish()?;
    Some(Use { targets, digest, span: statement.span })
}
