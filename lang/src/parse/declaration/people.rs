//! Tenants, workloads and exceptions.

use crate::ast::{Exception, Identity, IdentityKind, Permit, Tenant, Text, Workload};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Network;
use crate::parse::header::{header, satisfies};
use crate::parse::literal;
use crate::parse::reader::{Cursor, Reader};
use crate::parse::statement::{self, names, one_string};
use crate::parse::tree::Statement;
use jiff::civil::Date;

pub(super) fn tenant(r: &mut Reader<'_>, statement: &Statement) -> Option<Tenant> {
    let header =
        header(r, statement, "tenant retail \"Retail Banking\" { identify …; allow models … }", true)?;
    let mut tenant =
        Tenant { header, identities: Vec::new(), extends: Vec::new(), terms: statement::no_terms() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "identify" => tenant.identities.extend(identity(r, inner)),
            "extends" => names(r, inner, "extends pci, hipaa", &mut tenant.extends),
            _ => statement::term(r, inner, &mut tenant.terms, "tenant", &["extends", "identify"]),
        }
    }
    // There may be ten thousand tenants, and a list of one holds room for four.
    tenant.identities.shrink_to_fit();
    tenant.extends.shrink_to_fit();
    statement::shrink(&mut tenant.terms);
    Some(tenant)
}

fn identity(r: &mut Reader<'_>, statement: &Statement) -> Option<Identity> {
    const FORM: &str = "identify key \"sha256:…\"` or `identify jwt issuer \"…\" audience \"…\" claim org \"labs\"` \
                        or `identify mtls subject \"…\"` or `identify header \"x-tenant\" \"retail\" from 127.0.0.1";
    let mut cursor = r.cursor(statement, FORM);
    let word = cursor.need_word("`key`, `jwt`, `mtls` or `header`")?;
    let kind = match word.value {
        "key" => identify_key(&mut cursor)?,
        "jwt" => identify_jwt(&mut cursor)?,
        "mtls" => {
            cursor.need_keyword("subject")?;
            IdentityKind::Mtls { subject: cursor.need_string("the subject in quotes")? }
        }
        "header" => {
            let name = cursor.need_string("the header's name in quotes")?;
            let value = cursor.need_string("its value in quotes")?;
            cursor.need_keyword("from")?;
            IdentityKind::Header { name, value, from: cursor.list(need_network)? }
        }
        _ => return cursor.bad_literal(word.span, "`key`, `jwt`, `mtls` or `header`"),
    };
    cursor.finish()?;
    Some(Identity { kind, span: statement.span })
}

fn identify_key(cursor: &mut Cursor<'_, '_>) -> Option<IdentityKind> {
    let text = cursor.need_string("the key's digest, `\"sha256:…\"`")?;
    let Some(digest) = literal::digest(&text.value) else {
        return bad_digest(cursor, &text);
    };
    let (mut caller, mut roles, mut workload) = (None, Vec::new(), None);
    while let Some(word) = cursor.word() {
        match word.value {
            "as" => caller = Some(cursor.need_string("the caller's id in quotes")?),
            "roles" => roles = cursor.need_paths("a role")?,
            "workload" => workload = Some(cursor.need_path("a workload")?),
            _ => return cursor.bad_literal(word.span, "`as`, `roles` or `workload`"),
        }
    }
    Some(IdentityKind::Key { digest, caller, roles, workload })
}

/// What is no digest may be a key, so its text is not repeated.
fn bad_digest<T>(cursor: &mut Cursor<'_, '_>, text: &Text) -> Option<T> {
    let diagnostic = if text.value.starts_with("sha256:") {
        let help = "a digest is `sha256:` and 64 lower-case hex digits: `policy key hash` makes it";
        Diagnostic::new(Code::BadLiteral, text.span, "this is not a digest").help(help)
    } else {
        let help = "`policy key hash` makes the digest; a real key that stood here is in the file's history, so replace it";
        Diagnostic::new(Code::KeyInClear, text.span, "a key is named by its digest, never by itself")
            .found("this may be a secret")
            .help(help)
    };
    cursor.reader.push(diagnostic);
    None
}

fn identify_jwt(cursor: &mut Cursor<'_, '_>) -> Option<IdentityKind> {
    cursor.need_keyword("issuer")?;
    let issuer = cursor.need_string("the issuer in quotes")?;
    cursor.need_keyword("audience")?;
    let audience = cursor.need_string("the audience in quotes")?;
    let mut claims = Vec::new();
    while cursor.keyword("claim") {
        claims.push((cursor.need_path("a claim's name")?, cursor.need_string("its value in quotes")?));
        cursor.comma();
    }
    Some(IdentityKind::Jwt { issuer, audience, claims })
}

fn need_network(cursor: &mut Cursor<'_, '_>) -> Option<Network> {
    let address = cursor.need_word("an address such as `127.0.0.1` or `10.0.0.0/8`")?;
    let prefix = if cursor.slash() { Some(cursor.need_word("the number of bits")?.value) } else { None };
    match literal::network(address.value, prefix) {
        Some(network) => Some(network),
        None => cursor.bad_literal(address.span, "an address or a network"),
    }
}

pub(super) fn workload(r: &mut Reader<'_>, statement: &Statement) -> Option<Workload> {
    let header = header(r, statement, "workload support_assistant { tenant retail; models … }", true)?;
    let mut workload = Workload {
        header,
        tenant: None,
        owner: None,
        purpose: None,
        models: None,
        data: None,
        forbids: Vec::new(),
        reviewed: None,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        workload_statement(r, inner, &mut workload);
    }
    Some(workload)
}

fn workload_statement(r: &mut Reader<'_>, inner: &Statement, workload: &mut Workload) {
    match r.slice(inner.head) {
        "tenant" => {
            let value = statement::one_path(r, inner, "tenant retail");
            r.once(&mut workload.tenant, value, inner);
        }
        "owner" => {
            let value = one_string(r, inner, "owner \"cx@acme.example\"");
            r.once(&mut workload.owner, value, inner);
        }
        "purpose" => {
            let value = one_string(r, inner, "purpose \"Answers from the help centre\"");
            r.once(&mut workload.purpose, value, inner);
        }
        "models" => {
            let value = statement::selection_statement(r, inner, "models gpt_4o, mistral_large");
            r.once(&mut workload.models, value, inner);
        }
        "data" => {
            let mut cursor = r.cursor(inner, "data cardholder_data, financial_data");
            let value = cursor.need_paths("a category");
            let value = cursor.finish().and(value);
            r.once(&mut workload.data, value, inner);
        }
        "forbids" => statement::strings(r, inner, "forbids \"credit decisions\"", &mut workload.forbids),
        "reviewed" => {
            let value = reviewed(r, inner);
            r.once(&mut workload.reviewed, value, inner);
        }
        "satisfies" => satisfies(r, inner, &mut workload.satisfies),
        _ => {
            let known = ["data", "forbids", "models", "owner", "purpose", "reviewed", "satisfies", "tenant"];
            r.unknown_statement(inner, "workload", &known);
        }
    }
}

fn reviewed(r: &mut Reader<'_>, statement: &Statement) -> Option<(Date, Option<Text>)> {
    let mut cursor = r.cursor(statement, "reviewed 2026-10-01 by \"model-risk@acme.example\"");
    let date = cursor.need_date()?.value;
    let by =
        if cursor.keyword("by") { Some(cursor.need_string("who reviewed it, in quotes")?) } else { None };
    cursor.finish()?;
    Some((date, by))
}

pub(super) fn exception(r: &mut Reader<'_>, statement: &Statement) -> Option<Exception> {
    let header = header(r, statement, "exception labs_east_us { tenant labs; permit …; until …; … }", true)?;
    let mut exception = Exception {
        header,
        tenant: None,
        permit: None,
        until: None,
        approver: None,
        ticket: None,
        reason: None,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        exception_statement(r, inner, &mut exception);
    }
    Some(exception)
}

fn exception_statement(r: &mut Reader<'_>, inner: &Statement, exception: &mut Exception) {
    match r.slice(inner.head) {
        "tenant" => {
            let value = statement::one_path(r, inner, "tenant labs");
            r.once(&mut exception.tenant, value, inner);
        }
        "permit" => {
            let value = permit(r, inner).map(|permit| (permit, inner.span));
            r.once(&mut exception.permit, value, inner);
        }
        "until" => {
            let mut cursor = r.cursor(inner, "until 2027-01-31");
            let value = cursor.need_date();
            let value = cursor.finish().and(value);
            r.once(&mut exception.until, value, inner);
        }
        "approved" => approved(r, inner, exception),
        "ticket" => {
            let value = one_string(r, inner, "ticket \"CHG-1234\"");
            r.once(&mut exception.ticket, value, inner);
        }
        "reason" => {
            let value = one_string(r, inner, "reason \"Pilot on synthetic data\"");
            r.once(&mut exception.reason, value, inner);
        }
        "satisfies" => satisfies(r, inner, &mut exception.satisfies),
        _ => {
            let known = ["approved", "permit", "reason", "satisfies", "tenant", "ticket", "until"];
            r.unknown_statement(inner, "exception", &known);
        }
    }
}

/// `approved by "…" ticket "…"`; the ticket may also stand on a line of its own.
fn approved(r: &mut Reader<'_>, statement: &Statement, exception: &mut Exception) {
    let mut cursor = r.cursor(statement, "approved by \"ciso@acme.example\" ticket \"CHG-1234\"");
    let approver = cursor.need_keyword("by").and_then(|()| cursor.need_string("who approved it, in quotes"));
    if approver.is_none() {
        return;
    }
    let ticket = if cursor.keyword("ticket") { cursor.need_string("the ticket in quotes") } else { None };
    if cursor.finish().is_some() {
        r.once(&mut exception.approver, approver, statement);
        if ticket.is_some() {
            r.once(&mut exception.ticket, ticket, statement);
        }
    }
}

fn permit(r: &mut Reader<'_>, statement: &Statement) -> Option<Permit> {
    const FORM: &str = "permit region azure.eastus for models gpt_4o` or `permit models M` or `permit tools \"x\"` or \
                        `permit providers P` or `permit without baa at P` or `permit despite rule NAME";
    const KINDS: &str = "`region`, `models`, `tools`, `providers`, `without` or `despite`";
    let mut cursor = r.cursor(statement, FORM);
    let word = cursor.need_word(KINDS)?;
    let permit = match word.value {
        "region" | "regions" => {
            let regions = cursor.need_paths("a region")?;
            let mut models = Vec::new();
            if cursor.keyword("for") {
                cursor.need_keyword("models")?;
                models = cursor.need_paths("a model")?;
            }
            Permit::Regions(regions, models)
        }
        "models" => Permit::Models(cursor.need_paths("a model")?),
        "tools" => Permit::Tools(cursor.need_strings("a tool in quotes")?),
        "providers" => Permit::Providers(cursor.need_paths("a provider")?),
        "without" => {
            let attestation = cursor.need_path("an attestation")?;
            cursor.need_keyword("at")?;
            Permit::Without(attestation, cursor.need_path("a provider")?)
        }
        "despite" => {
            cursor.need_keyword("rule")?;
            Permit::Despite(cursor.need_path("a rule")?)
        }
        _ => return cursor.bad_literal(word.span, KINDS),
    };
    cursor.finish()?;
    Some(permit)
}
