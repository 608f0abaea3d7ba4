//! `limit` and `budget`.

use crate::ast::{Limit, Name};
use crate::condition::Window;
use crate::model::{LimitKind, LimitScope, LimitWindow};
use crate::parse::reader::{Cursor, Reader};
use crate::parse::tree::{Statement, TokenKind};
use crate::span::Spanned;
use crate::units;

/// `limit 600 requests / minute burst 100`, `limit 20 requests at once`, `limit 2M tokens / day per caller`
pub(super) fn limit(r: &mut Reader<'_>, statement: &Statement) -> Option<Limit> {
    const FORM: &str = "limit 600 requests / minute burst 100` or `limit 20 requests at once` \
                        or `limit 2M tokens / day per caller for models gpt_4o";
    let text = spelling(r, statement);
    let mut cursor = r.cursor(statement, FORM);
    let amount = cursor.need_count("a count such as `600` or `2M`")?;
    let what = cursor.need_word("`requests` or `tokens`")?;
    let kind = match what.value {
        "requests" | "request" => LimitKind::Requests,
        "tokens" => LimitKind::Tokens,
        _ => return cursor.bad_literal(what.span, "`requests` or `tokens`"),
    };
    let window = if cursor.keyword("at") {
        cursor.need_keyword("once")?;
        if kind != LimitKind::Requests {
            return cursor.bad_literal(what.span, "`requests`: only they can be open at once");
        }
        LimitWindow::Concurrent
    } else {
        LimitWindow::Per(window(&mut cursor)?)
    };
    finish(cursor, Start { text, kind, amount, currency: None, window }, statement)
}

/// `budget 5_000 USD / month, alert 50%, 75%, 90%`
pub(super) fn budget(r: &mut Reader<'_>, statement: &Statement) -> Option<Limit> {
    let text = spelling(r, statement);
    let mut cursor = r.cursor(statement, "budget 5_000 USD / month, alert 50%, 75%, 90%");
    let amount = cursor.need("an amount of money", units::parse_money)?;
    let currency = cursor.need_word("a currency such as `USD`")?;
    let currency = Some(Name { text: currency.value.into(), span: currency.span });
    let window = LimitWindow::Per(window(&mut cursor)?);
    finish(cursor, Start { text, kind: LimitKind::Spend, amount, currency, window }, statement)
}

/// What a limit and a budget begin with, each in its own way.
struct Start {
    text: Box<str>,
    kind: LimitKind,
    amount: Spanned<u64>,
    currency: Option<Name>,
    window: LimitWindow,
}

/// The words after the first as they are quoted in reasons, up to the first option.
fn spelling(r: &Reader<'_>, statement: &Statement) -> Box<str> {
    let mut words = Vec::new();
    for token in &statement.tokens {
        let word = r.slice(token.span);
        if token.kind == TokenKind::Comma || matches!(word, "alert" | "shadow") {
            break;
        }
        words.push(word);
    }
    words.join(" ").into()
}

fn window(cursor: &mut Cursor<'_, '_>) -> Option<Window> {
    const WINDOWS: &[Window] = &[Window::Second, Window::Minute, Window::Hour, Window::Day, Window::Month];
    cursor.need_slash()?;
    Some(cursor.need_one_of("a window", WINDOWS, Window::as_str)?.value)
}

/// The options, in any order, commas between them or not.
fn finish(mut cursor: Cursor<'_, '_>, start: Start, statement: &Statement) -> Option<Limit> {
    let Start { text, kind, amount, currency, window } = start;
    let mut limit = Limit {
        text,
        kind,
        amount: amount.value,
        currency,
        window,
        burst: None,
        scope: LimitScope::Tenant,
        models: Vec::new(),
        alerts: Vec::new(),
        shadow_until: None,
        span: statement.span,
    };
    if amount.value == 0 {
        return cursor.bad_literal(amount.span, "an amount above zero; to forbid, leave it out of `allow`");
    }
    cursor.comma();
    while let Some(word) = cursor.word() {
        match word.value {
            "burst" => limit.burst = Some(cursor.need_count("a count")?),
            "per" => {
                let who = cursor.need_word("`caller` or `workload`")?;
                limit.scope = match who.value {
                    "caller" => LimitScope::Caller,
                    "workload" => LimitScope::Workload,
                    _ => return cursor.bad_literal(who.span, "`caller` or `workload`"),
                };
            }
            "across" => {
                cursor.need_keyword("tenants")?;
                limit.scope = LimitScope::Organisation;
            }
            "for" => {
                cursor.need_keyword("models")?;
                limit.models = models(&mut cursor)?;
            }
            "alert" => limit.alerts = alerts(&mut cursor)?,
            "shadow" => {
                cursor.need_keyword("until")?;
                limit.shadow_until = Some(cursor.need_date()?);
            }
            _ => return cursor.bad_literal(word.span, OPTIONS),
        }
        cursor.comma();
    }
    cursor.finish()?;
    Some(limit)
}

/// What may follow the window.
const OPTIONS: &str = "`burst`, `per`, `across tenants`, `for models`, `alert` or `shadow until`";

/// Words that begin an option and so end a list before them.
const OPTION_WORDS: &[&str] = &["burst", "per", "across", "for", "alert", "shadow"];

fn models(cursor: &mut Cursor<'_, '_>) -> Option<Vec<Name>> {
    let mut names = vec![cursor.need_path("a model")?];
    while cursor.comma() {
        if cursor.peek_word().is_none_or(|word| OPTION_WORDS.contains(&word)) {
            break;
        }
        names.push(cursor.need_path("a model")?);
    }
    Some(names)
}

fn alerts(cursor: &mut Cursor<'_, '_>) -> Option<Vec<Spanned<u8>>> {
    let mut alerts = vec![cursor.need("a percentage such as `75%`", units::parse_percent)?];
    while cursor.comma() {
        if cursor.peek_word().is_none_or(|word| OPTION_WORDS.contains(&word)) {
            break;
        }
        alerts.push(cursor.need("a percentage such as `75%`", units::parse_percent)?);
    }
    Some(alerts)
}
