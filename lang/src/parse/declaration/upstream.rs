//! Regions, zones, providers, models and chains.

use crate::ast::{Chain, Connection, Endpoint, Key, Model, Name, Offer, Price, Provider, Region, Step, Zone};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Accepts, Breaker, Credential, Dialect, FailureKind, Timeouts};
use crate::parse::header::{header, satisfies};
use crate::parse::reader::{Cursor, Reader};
use crate::parse::statement::{self, flag, names, one_string};
use crate::parse::tree::Statement;
use crate::span::Spanned;
use crate::units;

pub(super) fn region(r: &mut Reader<'_>, statement: &Statement) -> Option<Region> {
    let header = header(r, statement, "region frankfurt_dc \"Our data centre\" { country \"DE\" }", true)?;
    let mut region = Region { header, country: None, groups: Vec::new(), satisfies: Vec::new() };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "country" => {
                let value = one_string(r, inner, "country \"DE\"");
                r.once(&mut region.country, value, inner);
            }
            "groups" => names(r, inner, "groups eu, eea", &mut region.groups),
            "satisfies" => satisfies(r, inner, &mut region.satisfies),
            _ => r.unknown_statement(inner, "region", &["country", "groups", "satisfies"]),
        }
    }
    Some(region)
}

pub(super) fn zone(r: &mut Reader<'_>, statement: &Statement) -> Option<Zone> {
    let header = header(r, statement, "zone eea \"European Economic Area\" { regions … }", true)?;
    let mut zone = Zone {
        header,
        regions: Vec::new(),
        countries: Vec::new(),
        groups: Vec::new(),
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "regions" => {
                let form = "regions azure.*, eu.members except azure.uksouth";
                zone.regions.extend(statement::selection_statement(r, inner, form));
            }
            "countries" => statement::strings(r, inner, "countries \"DE\", \"FR\"", &mut zone.countries),
            "groups" => names(r, inner, "groups eu", &mut zone.groups),
            "satisfies" => satisfies(r, inner, &mut zone.satisfies),
            _ => r.unknown_statement(inner, "zone", &["countries", "groups", "regions", "satisfies"]),
        }
    }
    Some(zone)
}

pub(super) fn provider(r: &mut Reader<'_>, statement: &Statement) -> Option<Provider> {
    let header = header(r, statement, "provider azure { speaks openai; endpoint … }", true)?;
    let mut provider = Provider {
        header,
        speaks: None,
        attests: Vec::new(),
        endpoints: Vec::new(),
        defaults: Connection::default(),
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "speaks" => {
                let mut cursor = r.cursor(inner, "speaks openai");
                let value = cursor.need_one_of("a protocol", Dialect::ALL, Dialect::as_str);
                let value = cursor.finish().and(value);
                r.once(&mut provider.speaks, value, inner);
            }
            "attests" => names(r, inner, "attests soc2_report, dpa", &mut provider.attests),
            "endpoint" => provider.endpoints.extend(endpoint(r, inner)),
            "satisfies" => satisfies(r, inner, &mut provider.satisfies),
            "key" | "header" | "query" => connection(r, inner, &mut provider.defaults),
            _ => {
                let known = ["attests", "endpoint", "header", "key", "query", "satisfies", "speaks"];
                r.unknown_statement(inner, "provider", &known);
            }
        }
    }
    Some(provider)
}

fn endpoint(r: &mut Reader<'_>, statement: &Statement) -> Option<Endpoint> {
    let header = header(r, statement, "endpoint eu { url \"https://…\"; region …; key env \"…\" }", true)?;
    let mut endpoint = Endpoint {
        header,
        url: None,
        region: None,
        attests: Vec::new(),
        connection: Connection::default(),
        private: false,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "url" => {
                let value = one_string(r, inner, "url \"https://api.example/v1\"");
                r.once(&mut endpoint.url, value, inner);
            }
            "region" => {
                let mut cursor = r.cursor(inner, "region azure.westeurope");
                let value = cursor.need_path("a region");
                let value = cursor.finish().and(value);
                r.once(&mut endpoint.region, value, inner);
            }
            "attests" => names(r, inner, "attests soc2_report, dpa", &mut endpoint.attests),
            "private" => flag(r, inner, &mut endpoint.private),
            "satisfies" => satisfies(r, inner, &mut endpoint.satisfies),
            "key" | "header" | "query" => connection(r, inner, &mut endpoint.connection),
            _ => {
                let known = ["attests", "header", "key", "private", "query", "region", "satisfies", "url"];
                r.unknown_statement(inner, "endpoint", &known);
            }
        }
    }
    Some(endpoint)
}

/// `key`, `header` and `query`.
fn connection(r: &mut Reader<'_>, statement: &Statement, into: &mut Connection) {
    match r.slice(statement.head) {
        "key" => {
            let value =
                key(&mut r.cursor(statement, "key env \"NAME\"` or `key file \"path\"` or `key none"));
            r.once(&mut into.key, value, statement);
        }
        "header" => into.headers.extend(string_pair(r, statement, "header \"OpenAI-Project\" \"proj_1\"")),
        _ => into.query.extend(string_pair(r, statement, "query \"api-version\" \"2024-10-21\"")),
    }
}

fn string_pair(
    r: &mut Reader<'_>,
    statement: &Statement,
    form: &'static str,
) -> Option<(crate::ast::Text, crate::ast::Text)> {
    let mut cursor = r.cursor(statement, form);
    let pair = (cursor.need_string("a name in quotes")?, cursor.need_string("a value in quotes")?);
    cursor.finish()?;
    Some(pair)
}

fn key(cursor: &mut Cursor<'_, '_>) -> Option<Spanned<Key>> {
    let word = cursor.need_word("`env`, `file`, `none`, `aws`, `google` or `entra`")?;
    let source = match word.value {
        "env" => Credential::Env(cursor.need_string("the variable's name in quotes")?.value),
        "file" => Credential::File(cursor.need_string("a path in quotes")?.value),
        "none" => Credential::None,
        "google" => Credential::Google,
        "entra" => Credential::Entra,
        "aws" => {
            cursor.need_keyword("role")?;
            Credential::AwsRole(cursor.need_string("the role in quotes")?.value)
        }
        _ => return cursor.bad_literal(word.span, "`env`, `file`, `none`, `aws`, `google` or `entra`"),
    };
    let mut header = None;
    if cursor.keyword("as") {
        cursor.need_keyword("header")?;
        header = Some(cursor.need_string("the header's name in quotes")?);
    }
    cursor.finish()?;
    Some(Spanned::new(Key { source, header }, word.span))
}

/// What a model can accept, by name.
const ACCEPTS: &[Accepts] =
    &[Accepts::Text, Accepts::Image, Accepts::Audio, Accepts::Tools, Accepts::JsonSchema];

pub(super) fn model(r: &mut Reader<'_>, statement: &Statement) -> Option<Model> {
    let header = header(r, statement, "model gpt_4o { aka \"gpt-4o\"; offered by azure as \"…\" }", true)?;
    let mut model = Model {
        header,
        aka: Vec::new(),
        offers: Vec::new(),
        price: None,
        context: None,
        output: None,
        accepts: None,
        count_exact: false,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        model_statement(r, inner, &mut model);
    }
    Some(model)
}

fn model_statement(r: &mut Reader<'_>, inner: &Statement, model: &mut Model) {
    match r.slice(inner.head) {
        "aka" => statement::strings(r, inner, "aka \"gpt-4o\"", &mut model.aka),
        "offered" => model.offers.extend(offer(r, inner)),
        "price" => {
            let value = price(r, inner);
            r.once(&mut model.price, value, inner);
        }
        "context" => {
            let value = tokens(r, inner, "context 128k tokens");
            r.once(&mut model.context, value, inner);
        }
        "output" => {
            let value = tokens(r, inner, "output 16k tokens");
            r.once(&mut model.output, value, inner);
        }
        "accepts" => {
            let mut cursor = r.cursor(inner, "accepts text, image, tools");
            let value =
                cursor.list(|cursor| cursor.need_one_of("something to accept", ACCEPTS, Accepts::as_str));
            let value = cursor.finish().and(value);
            r.once(&mut model.accepts, value, inner);
        }
        "count" => {
            let mut cursor = r.cursor(inner, "count exact");
            model.count_exact |= cursor.need_keyword("exact").and_then(|()| cursor.finish()).is_some();
        }
        "satisfies" => satisfies(r, inner, &mut model.satisfies),
        _ => {
            let known = ["accepts", "aka", "context", "count", "offered", "output", "price", "satisfies"];
            r.unknown_statement(inner, "model", &known);
        }
    }
}

fn tokens(r: &mut Reader<'_>, statement: &Statement, form: &'static str) -> Option<Spanned<u64>> {
    let mut cursor = r.cursor(statement, form);
    let count = cursor.need_count("a count such as `128k`")?;
    cursor.need_keyword("tokens")?;
    cursor.finish()?;
    Some(count)
}

fn offer(r: &mut Reader<'_>, statement: &Statement) -> Option<Offer> {
    let form = "offered by azure as \"gpt-4o-2024-11-20\"` or `offered by azure/westeurope as \"…\"";
    let mut cursor = r.cursor(statement, form);
    cursor.need_keyword("by")?;
    let provider = cursor.need_path("a provider")?;
    let endpoint = if cursor.slash() { Some(cursor.need_path("an endpoint")?) } else { None };
    cursor.need_keyword("as")?;
    let version = cursor.need_string("the pinned version in quotes")?;
    cursor.finish()?;
    Some(Offer { provider, endpoint, version, span: statement.span })
}

fn price(r: &mut Reader<'_>, statement: &Statement) -> Option<Price> {
    let form = "price 2.50 USD in, 10.00 USD out, 1.25 USD cached in per 1M tokens";
    let mut cursor = r.cursor(statement, form);
    let (mut input, mut output, mut cached_input) = (None, None, None);
    let mut currency: Option<Name> = None;
    loop {
        let amount = cursor.need("an amount of money", units::parse_money)?;
        let unit = cursor.need_word("a currency such as `USD`")?;
        let unit = Name { text: unit.value.into(), span: unit.span };
        if currency.as_ref().is_some_and(|currency| currency.text != unit.text) {
            return cursor.bad_literal(unit.span, "the currency of the amounts before it");
        }
        currency.get_or_insert(unit);
        let is_cached = cursor.keyword("cached");
        let place = cursor.here();
        let slot = match (is_cached, cursor.need_word("`in` or `out`")?.value) {
            (true, "in") => &mut cached_input,
            (false, "in") => &mut input,
            (false, "out") => &mut output,
            _ => return cursor.bad_literal(place, "`in`, `out` or `cached in`"),
        };
        if slot.replace(amount.value).is_some() {
            return cursor.bad_literal(place, "a part of the price that has not been said");
        }
        if !cursor.comma() {
            break;
        }
    }
    cursor.need_keyword("per")?;
    let per = cursor.need_count("`1M tokens`")?;
    cursor.need_keyword("tokens")?;
    cursor.finish()?;
    if per.value != units::MICROS {
        return cursor.bad_literal(per.span, "`1M`: prices are said for a million tokens");
    }
    let (Some(input), Some(output), Some(currency)) = (input, output, currency) else {
        return cursor.fail("a price for `in` and one for `out`");
    };
    Some(Price { input, output, cached_input, currency, span: statement.span })
}

pub(super) fn chain(r: &mut Reader<'_>, statement: &Statement) -> Option<Chain> {
    let header = header(r, statement, "chain assistant { try azure/gpt_4o; then … }", true)?;
    let mut chain = Chain {
        header,
        aka: Vec::new(),
        steps: Vec::new(),
        on: Vec::new(),
        breaker: None,
        satisfies: Vec::new(),
    };
    for inner in r.statements(statement.block.as_ref()) {
        match r.slice(inner.head) {
            "aka" => statement::strings(r, inner, "aka \"assistant\"", &mut chain.aka),
            word @ ("try" | "then") => {
                check_order(r, inner, word == "try", chain.steps.is_empty());
                chain.steps.extend(step(r, inner));
            }
            "on" => {
                let mut cursor = r.cursor(inner, "on timeout, connect, 429, 5xx");
                let kinds = cursor.list(|cursor| cursor.need(FAILURES, failure));
                if cursor.finish().is_some() {
                    chain.on.extend(kinds.unwrap_or_default());
                }
            }
            "breaker" => {
                let value = breaker(r, inner);
                r.once(&mut chain.breaker, value, inner);
            }
            "satisfies" => satisfies(r, inner, &mut chain.satisfies),
            _ => {
                r.unknown_statement(inner, "chain", &["aka", "breaker", "on", "satisfies", "then", "try"]);
            }
        }
    }
    Some(chain)
}

/// `try` begins a chain and `then` goes on.
fn check_order(r: &mut Reader<'_>, statement: &Statement, is_try: bool, is_first: bool) {
    if is_try != is_first {
        let message = if is_try { "a chain has one `try`, at its top" } else { "a chain begins with `try`" };
        let help = "write `try` for the first step and `then` for each after it";
        r.push(Diagnostic::new(Code::StatementShape, statement.head, message).help(help));
    }
}

fn step(r: &mut Reader<'_>, statement: &Statement) -> Option<Step> {
    let form = "try azure/gpt_4o at westeurope, northeurope timeout 20s, retry 1";
    let mut cursor = r.cursor(statement, form);
    let provider = cursor.need_path("a provider")?;
    cursor.need_slash()?;
    let model = cursor.need_path("a model")?;
    let mut step = Step {
        provider,
        model,
        at: Vec::new(),
        timeouts: Timeouts::default(),
        retries: 0,
        span: statement.span,
    };
    while let Some(word) = cursor.word() {
        let duration = |cursor: &mut Cursor<'_, '_>| {
            cursor.need("a duration such as `20s`", units::parse_duration).map(|duration| duration.value)
        };
        match word.value {
            "at" => step.at = at_list(&mut cursor)?,
            "timeout" => step.timeouts.first_byte = Some(duration(&mut cursor)?),
            "idle" => step.timeouts.idle = Some(duration(&mut cursor)?),
            "total" => step.timeouts.total = Some(duration(&mut cursor)?),
            "retry" => {
                let count = cursor.need_count("a number of retries")?;
                step.retries = u32::try_from(count.value)
                    .ok()
                    .filter(|retries| *retries <= RETRIES_MAX)
                    .or_else(|| cursor.bad_literal(count.span, "a number of retries up to 10"))?;
            }
            _ => return cursor.bad_literal(word.span, "`at`, `timeout`, `idle`, `total` or `retry`"),
        }
        cursor.comma();
    }
    cursor.finish()?;
    Some(step)
}

/// Most retries of one endpoint: more would only add to an overload.
const RETRIES_MAX: u32 = 10;

/// Endpoints until a word that is an option of the step.
fn at_list(cursor: &mut Cursor<'_, '_>) -> Option<Vec<Name>> {
    let mut at = vec![cursor.need_path("an endpoint")?];
    while cursor.comma() {
        if matches!(cursor.peek_word(), Some("timeout" | "idle" | "total" | "retry")) {
            break;
        }
        at.push(cursor.need_path("an endpoint")?);
    }
    Some(at)
}

/// What a chain can move on from.
const FAILURES: &str = "`timeout`, `connect`, `4xx`, `5xx` or a status from 400 to 599";

/// `timeout`, `connect`, `429`, `5xx`.
fn failure(text: &str) -> Option<FailureKind> {
    match text {
        "timeout" => Some(FailureKind::Timeout),
        "connect" => Some(FailureKind::Connect),
        "4xx" => Some(FailureKind::StatusClass(4)),
        "5xx" => Some(FailureKind::StatusClass(5)),
        _ => text.parse().ok().filter(|status| (400..=599).contains(status)).map(FailureKind::Status),
    }
}

fn breaker(r: &mut Reader<'_>, statement: &Statement) -> Option<Breaker> {
    let mut cursor = r.cursor(statement, "breaker opens after 5 failures in 30s, probes after 60s");
    cursor.need_keyword("opens")?;
    cursor.need_keyword("after")?;
    let failures = cursor.need_count("a number of failures")?;
    cursor.need_keyword("failures")?;
    cursor.need_keyword("in")?;
    let window = cursor.need("a duration such as `30s`", units::parse_duration)?.value;
    cursor.comma();
    cursor.need_keyword("probes")?;
    cursor.need_keyword("after")?;
    let probe = cursor.need("a duration such as `60s`", units::parse_duration)?.value;
    cursor.finish()?;
    match u32::try_from(failures.value).ok().filter(|failures| (1..=1_000).contains(failures)) {
        Some(failures) => Some(Breaker { failures, window, probe }),
        None => cursor.bad_literal(failures.span, "a number of failures from 1 to 1000"),
    }
}
