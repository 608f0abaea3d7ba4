//! Readers of statements that several declarations share: terms, rules, lists.

mod limit;

use super::header::{header, satisfies};
use super::reader::{Cursor, Reader};
use super::tree::Statement;
use crate::ast::{ConditionText, Effect, EffectKind, Invariant, Name, Rule, Selection, Terms, Text};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Kind;
use crate::span::Spanned;
use crate::units;
use jiff::civil::Date;

/// `keyword "text"`
pub(super) fn one_string(r: &mut Reader<'_>, statement: &Statement, form: &'static str) -> Option<Text> {
    let mut cursor = r.cursor(statement, form);
    let text = cursor.need_string("text in quotes")?;
    cursor.finish()?;
    Some(text)
}

/// `keyword name`
pub(super) fn one_path(r: &mut Reader<'_>, statement: &Statement, form: &'static str) -> Option<Name> {
    let mut cursor = r.cursor(statement, form);
    let name = cursor.need_path("a name")?;
    cursor.finish()?;
    Some(name)
}

/// `keyword name, name`, added to `into`.
pub(super) fn names(r: &mut Reader<'_>, statement: &Statement, form: &'static str, into: &mut Vec<Name>) {
    let mut cursor = r.cursor(statement, form);
    let names = cursor.need_paths("a name");
    if cursor_finished(&mut cursor, names.is_some()) {
        into.extend(names.unwrap_or_default());
    }
}

/// `keyword "text", "text"`, added to `into`.
pub(super) fn strings(r: &mut Reader<'_>, statement: &Statement, form: &'static str, into: &mut Vec<Text>) {
    let mut cursor = r.cursor(statement, form);
    let strings = cursor.need_strings("text in quotes");
    if cursor_finished(&mut cursor, strings.is_some()) {
        into.extend(strings.unwrap_or_default());
    }
}

/// Asks for the end only of what was read so far: one mistake, one diagnostic.
fn cursor_finished(cursor: &mut Cursor<'_, '_>, is_read: bool) -> bool {
    is_read && cursor.finish().is_some()
}

/// `keyword`, alone.
pub(super) fn flag(r: &mut Reader<'_>, statement: &Statement, into: &mut bool) {
    *into |= r.cursor(statement, "private").finish().is_some();
}

/// `keyword a, b except c`
pub(super) fn selection_statement(
    r: &mut Reader<'_>,
    statement: &Statement,
    form: &'static str,
) -> Option<Selection> {
    let mut cursor = r.cursor(statement, form);
    let selection = selection(&mut cursor)?;
    cursor.finish()?;
    Some(selection)
}

/// `a, b except c`
fn selection(cursor: &mut Cursor<'_, '_>) -> Option<Selection> {
    let start = cursor.here();
    let mut names = vec![cursor.need_path("a name")?];
    let mut except = Vec::new();
    loop {
        if cursor.keyword("except") {
            except = cursor.need_paths("a name")?;
            break;
        }
        if !cursor.comma() || cursor.peek_word().is_none() {
            break;
        }
        if cursor.peek_word() != Some("except") {
            names.push(cursor.need_path("a name")?);
        }
    }
    let last = except.last().or(names.last()).map_or(start, |name| name.span);
    Some(Selection { names, except, span: start.to(last) })
}

/// `shadow until 2026-12-31`
pub(super) fn shadow(r: &mut Reader<'_>, statement: &Statement) -> Option<Spanned<Date>> {
    let mut cursor = r.cursor(statement, "shadow until 2026-12-31");
    cursor.need_keyword("until")?;
    let date = cursor.need_date()?;
    cursor.finish()?;
    Some(date)
}

/// Nothing said.
pub(super) fn no_terms() -> Terms {
    Terms::default()
}

/// Gives back the room that the lists of a block did not need.
pub(super) fn shrink(terms: &mut Terms) {
    for names in [
        &mut terms.deny_models,
        &mut terms.deny_providers,
        &mut terms.deny_operations,
        &mut terms.deny_hosted,
        &mut terms.require,
        &mut terms.redact,
    ] {
        names.shrink_to_fit();
    }
    terms.limits.shrink_to_fit();
    terms.routes.shrink_to_fit();
    terms.labels.shrink_to_fit();
    terms.rules.shrink_to_fit();
}

/// The words that begin a term.
const TERMS: &[&str] = &[
    "allow",
    "budget",
    "cap",
    "deny",
    "label",
    "limit",
    "redact",
    "require",
    "reside",
    "retain",
    "route",
    "rule",
    "satisfies",
    "timezone",
];

/// The block that a statement stands in, for one that was met outside.
pub(super) fn block_of(word: &str) -> Option<&'static str> {
    match word {
        "endpoint" | "speaks" | "attests" => Some("`provider`"),
        "url" | "key" | "header" | "query" | "private" => Some("`endpoint`"),
        "control" => Some("`framework`"),
        "when" | "flag" | "prefer" => Some("`rule`"),
        "for" | "always" => Some("`invariant`"),
        "identify" => Some("`tenant`"),
        "extends" => Some("`profile` or `tenant`"),
        _ => TERMS.contains(&word).then_some("`policy`, `profile` or `tenant`"),
    }
}

/// Reads one statement of a baseline, profile or tenant; `place` and `more` serve to tell an unknown one.
pub(super) fn term(
    r: &mut Reader<'_>,
    statement: &Statement,
    terms: &mut Terms,
    place: &str,
    more: &[&'static str],
) {
    match r.slice(statement.head) {
        "reside" => {
            let value = selection_statement(r, statement, "reside eea");
            r.once(&mut terms.reside, value, statement);
        }
        "allow" => allow(r, statement, terms),
        "deny" => deny(r, statement, terms),
        "require" => names(r, statement, "require soc2_report, no_training", &mut terms.require),
        "redact" => names(r, statement, "redact cardholder", &mut terms.redact),
        "limit" => terms.limits.extend(limit::limit(r, statement)),
        "budget" => terms.limits.extend(limit::budget(r, statement)),
        "cap" => {
            let value = cap(&mut r.cursor(statement, "cap max_tokens 8k"));
            r.once(&mut terms.cap, value, statement);
        }
        "retain" => retain(r, statement, terms),
        "route" => terms.routes.extend(route(r, statement)),
        "timezone" => {
            let value = one_string(r, statement, "timezone \"Europe/Berlin\"");
            r.once(&mut terms.timezone, value, statement);
        }
        "label" => labels(r, statement, terms),
        "rule" => terms.rules.extend(rule(r, statement)),
        "satisfies" => satisfies(r, statement, &mut terms.satisfies),
        _ => {
            let mut known = [TERMS, more].concat();
            known.sort_unstable();
            r.unknown_statement(statement, place, &known);
        }
    }
}

/// What `allow` and `deny` can be followed by.
const FIELDS: &str = "`models`, `tools`, `providers`, `operations`, `unscanned` or `hosted`";

fn allow(r: &mut Reader<'_>, statement: &Statement, terms: &mut Terms) {
    let mut cursor = r.cursor(statement, "allow models gpt_4o, mistral_large` or `allow tools \"search_*\"");
    let Some(field) = cursor.need_word(FIELDS) else { return };
    match field.value {
        "models" => {
            let value = finished(&mut cursor, selection);
            r.once(&mut terms.allow_models, value, statement);
        }
        "providers" => {
            let value = finished(&mut cursor, selection);
            r.once(&mut terms.allow_providers, value, statement);
        }
        "tools" => {
            let value = finished(&mut cursor, |cursor| cursor.need_strings("a tool in quotes"));
            r.once(&mut terms.allow_tools, value, statement);
        }
        "operations" => {
            let value = finished(&mut cursor, |cursor| cursor.need_paths("an operation"));
            r.once(&mut terms.allow_operations, value, statement);
        }
        "unscanned" => {
            let value = finished(&mut cursor, kinds);
            r.once(&mut terms.allow_unscanned, value, statement);
        }
        "hosted" => {
            let value = finished(&mut cursor, |cursor| cursor.need_paths("a hosted tool"));
            r.once(&mut terms.allow_hosted, value, statement);
        }
        _ => cursor.bad_literal(field.span, FIELDS).unwrap_or_default(),
    }
}

fn deny(r: &mut Reader<'_>, statement: &Statement, terms: &mut Terms) {
    let mut cursor = r.cursor(statement, "deny models gpt_4o` or `deny tools \"shell\"");
    let Some(field) = cursor.need_word(FIELDS) else { return };
    let names = |cursor: &mut Cursor<'_, '_>| finished(cursor, |cursor| cursor.need_paths("a name"));
    match field.value {
        "models" => terms.deny_models.extend(names(&mut cursor).unwrap_or_default()),
        "providers" => terms.deny_providers.extend(names(&mut cursor).unwrap_or_default()),
        "operations" => terms.deny_operations.extend(names(&mut cursor).unwrap_or_default()),
        "hosted" => terms.deny_hosted.extend(names(&mut cursor).unwrap_or_default()),
        "tools" => {
            let tools = finished(&mut cursor, |cursor| cursor.need_strings("a tool in quotes"));
            terms.deny_tools.extend(tools.unwrap_or_default());
        }
        "unscanned" => terms.deny_unscanned.extend(finished(&mut cursor, kinds).unwrap_or_default()),
        _ => cursor.bad_literal(field.span, FIELDS).unwrap_or_default(),
    }
}

/// Reads with `read`, to the end of the statement.
fn finished<'a, T>(
    cursor: &mut Cursor<'_, 'a>,
    read: impl FnOnce(&mut Cursor<'_, 'a>) -> Option<T>,
) -> Option<T> {
    let value = read(cursor)?;
    cursor.finish()?;
    Some(value)
}

fn kinds(cursor: &mut Cursor<'_, '_>) -> Option<Vec<Spanned<Kind>>> {
    cursor.list(|cursor| cursor.need_one_of("a kind of content", Kind::ALL, Kind::as_str))
}

fn cap(cursor: &mut Cursor<'_, '_>) -> Option<Spanned<u64>> {
    cursor.need_keyword("max_tokens")?;
    let count = cursor.need_count("a count such as `8k`")?;
    cursor.finish()?;
    Some(count)
}

/// `retain records 7y, bodies 90d`
fn retain(r: &mut Reader<'_>, statement: &Statement, terms: &mut Terms) {
    let mut cursor = r.cursor(statement, "retain records 7y, bodies 90d");
    let (mut records, mut bodies) = (None, None);
    let parts = cursor.list(|cursor| {
        let what = cursor.need_word("`records` or `bodies`")?;
        let span = cursor.need("a span such as `90d`, `12mo` or `7y`", units::parse_span)?;
        match what.value {
            "records" if records.is_none() => records = Some(span),
            "bodies" if bodies.is_none() => bodies = Some(span),
            _ => return cursor.bad_literal(what.span, "`records` or `bodies`, each said once"),
        }
        Some(())
    });
    if !cursor_finished(&mut cursor, parts.is_some()) {
        return;
    }
    if records.is_some() {
        r.once(&mut terms.retain_records, records, statement);
    }
    if bodies.is_some() {
        r.once(&mut terms.retain_bodies, bodies, statement);
    }
}

/// `route chat -> assistant`
fn route(r: &mut Reader<'_>, statement: &Statement) -> Option<(Name, Name)> {
    let mut cursor = r.cursor(statement, "route chat -> assistant");
    let operation = cursor.need_path("an operation")?;
    cursor.need_arrow()?;
    let chain = cursor.need_path("a chain")?;
    cursor.finish()?;
    Some((operation, chain))
}

/// `label tier "gold", cost_center "CC-42"`
fn labels(r: &mut Reader<'_>, statement: &Statement, terms: &mut Terms) {
    let mut cursor = r.cursor(statement, "label tier \"gold\", cost_center \"CC-42\"");
    let labels =
        cursor.list(|cursor| Some((cursor.need_name("a label's name")?, cursor.need_string("its value")?)));
    if cursor_finished(&mut cursor, labels.is_some()) {
        terms.labels.extend(labels.unwrap_or_default());
    }
}

/// Statements of a rule.
const RULE_STATEMENTS: &[&str] = &["cap", "deny", "flag", "prefer", "route", "satisfies", "shadow", "when"];

/// Reads a rule, at top level or inside a block.
pub(super) fn rule(r: &mut Reader<'_>, statement: &Statement) -> Option<Rule> {
    let header = header(r, statement, "rule no_o3 { when request.model == \"o3\"; deny \"…\" }", true)?;
    let mut rule = Rule { header, when: None, effect: None, shadow_until: None, satisfies: Vec::new() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "when" => {
                let value = condition(r, inner);
                r.once(&mut rule.when, value, inner);
            }
            "deny" | "flag" | "route" | "prefer" | "cap" => {
                let value = effect(r, inner);
                one_effect(r, &mut rule.effect, value, inner);
            }
            "shadow" => {
                let value = shadow(r, inner);
                r.once(&mut rule.shadow_until, value, inner);
            }
            "satisfies" => satisfies(r, inner, &mut rule.satisfies),
            _ => r.unknown_statement(inner, "rule", RULE_STATEMENTS),
        }
    }
    Some(rule)
}

fn one_effect(r: &mut Reader<'_>, slot: &mut Option<Effect>, value: Option<Effect>, statement: &Statement) {
    if let (Some(first), Some(_)) = (slot.as_ref(), &value) {
        let first = first.span;
        r.push(
            Diagnostic::new(Code::SaidTwice, statement.span, "a rule has one effect")
                .found("a second effect")
                .label(first, "the first")
                .help("write a rule for each effect; they may share a condition"),
        );
    } else {
        *slot = value.or(slot.take());
    }
}

fn effect(r: &mut Reader<'_>, statement: &Statement) -> Option<Effect> {
    let word = r.slice(statement.head);
    let form = match word {
        "deny" => "deny \"Say what to do instead.\"",
        "flag" => "flag \"prompt_attack\"",
        "route" => "route assistant",
        "prefer" => "prefer vault_llm",
        _ => "cap max_tokens 8k",
    };
    let mut cursor = r.cursor(statement, form);
    let kind = match word {
        "deny" => EffectKind::Deny(cursor.need_string("a message in quotes")?),
        "flag" => EffectKind::Flag(cursor.need_string("a flag in quotes")?),
        "route" => EffectKind::Route(cursor.need_path("a chain")?),
        "prefer" => EffectKind::Prefer(cursor.need_paths("a provider")?),
        _ => {
            return cap(&mut cursor)
                .map(|count| Effect { kind: EffectKind::Cap(count.value), span: statement.span });
        }
    };
    cursor.finish()?;
    Some(Effect { kind, span: statement.span })
}

fn condition(r: &mut Reader<'_>, statement: &Statement) -> Option<ConditionText> {
    let mut cursor = r.cursor(statement, "when request.model == \"o3\"");
    let span = cursor.need_condition()?;
    Some(ConditionText { keyword: statement.head, span })
}

/// Reads an invariant.
pub(super) fn invariant(r: &mut Reader<'_>, statement: &Statement) -> Option<Invariant> {
    let header = header(r, statement, "invariant stays_home { for …; always … }", true)?;
    let mut invariant = Invariant { header, given: None, always: None, satisfies: Vec::new() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "for" => {
                let value = condition(r, inner);
                r.once(&mut invariant.given, value, inner);
            }
            "always" => {
                let value = condition(r, inner);
                r.once(&mut invariant.always, value, inner);
            }
            "satisfies" => satisfies(r, inner, &mut invariant.satisfies),
            _ => r.unknown_statement(inner, "invariant", &["always", "for", "satisfies"]),
        }
    }
    Some(invariant)
}
