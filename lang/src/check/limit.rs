//! Limits and budgets.

use super::Checker;
use crate::ast;
use crate::condition::Window;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Limit, LimitId, LimitKind, LimitScope, LimitWindow, ModelId, Set};
use crate::resolve::{Kind, ScopeId};
use std::fmt::Write as _;

impl Checker<'_> {
    /// Adds the limits of one block; they are told apart by what they count, not by where they stand.
    pub(super) fn limits(
        &mut self,
        scope: ScopeId,
        owner: &str,
        terms: &ast::Terms,
        limits: &mut Vec<Limit>,
    ) -> Set<LimitId> {
        let mut sorted: Vec<&ast::Limit> = terms.limits.iter().collect();
        sorted.sort_by(|a, b| a.text.cmp(&b.text).then(a.span.cmp(&b.span)));
        let mut ids = Vec::with_capacity(sorted.len());
        let first = limits.len();
        for limit in sorted {
            ids.push(LimitId::from_index(limits.len()));
            let mut made = self.limit(scope, owner, limit);
            if made.scope == LimitScope::Organisation {
                let zone = terms.timezone.as_ref().map(|zone| zone.value.clone());
                made.timezone = Some(zone.unwrap_or_else(|| "UTC".into()));
            }
            if let Some(same) = limits.iter().skip(first).find(|known| known.key == made.key) {
                let message = format!("`{}` counts what `{}` counts", made.text, same.text);
                let diagnostic = Diagnostic::new(Code::SaidTwice, made.span, message)
                    .label(same.span, "said here, of the same block")
                    .help("keep the smaller: both would have to hold");
                self.push(diagnostic);
            }
            limits.push(made);
        }
        ids.into_iter().collect()
    }

    fn limit(&mut self, scope: ScopeId, owner: &str, declared: &ast::Limit) -> Limit {
        let models: Option<Set<ModelId>> = if declared.models.is_empty() {
            None
        } else {
            Some(self.ids(scope, Kind::Model, &declared.models, ModelId))
        };
        if let Some(currency) = &declared.currency {
            self.currency(currency);
        }
        if declared.scope == LimitScope::Organisation && !owner.starts_with("policy") {
            let help = "say it in the `policy` block: it is the organisation's";
            let message = "`across tenants` counts for all tenants together";
            self.push(Diagnostic::new(Code::LimitPlace, declared.span, message).help(help));
        }
        self.alerts(declared);
        let mut alerts: Vec<u8> = declared.alerts.iter().map(|alert| alert.value).collect();
        alerts.sort_unstable();
        alerts.dedup();
        Limit {
            text: declared.text.clone(),
            kind: declared.kind,
            amount: declared.amount,
            window: declared.window,
            burst: self.burst(declared),
            scope: declared.scope,
            key: key(owner, declared).into(),
            timezone: None,
            models,
            alerts,
            shadow_until: self.shadow(declared.shadow_until.as_ref()),
            owner: owner.into(),
            span: declared.span,
        }
    }

    /// Alerts are of what a window has used by its end, so there must be a window that ends.
    fn alerts(&mut self, declared: &ast::Limit) {
        let Some(first) = declared.alerts.first() else { return };
        let is_calendar = match declared.window {
            LimitWindow::Per(Window::Day | Window::Month) => true,
            LimitWindow::Per(Window::Second | Window::Minute | Window::Hour) | LimitWindow::Concurrent => {
                false
            }
        };
        if declared.kind != LimitKind::Spend {
            let message = "`alert` belongs to a budget";
            self.push(
                Diagnostic::new(Code::LimitPlace, declared.span, message)
                    .help("remove it, or write a `budget`"),
            );
        } else if !is_calendar {
            let message = "`alert` belongs to a budget per day or month";
            let help = "remove it: what was used of a shorter budget drains away all the time";
            self.push(Diagnostic::new(Code::LimitPlace, first.span, message).help(help));
        }
        if let Some(none) = declared.alerts.iter().find(|alert| alert.value == 0) {
            let message = "an alert is from 1% to 100%";
            self.push(Diagnostic::new(Code::BadLiteral, none.span, message).help("remove it"));
        }
    }

    fn burst(&mut self, declared: &ast::Limit) -> u64 {
        let Some(burst) = &declared.burst else { return declared.amount };
        let is_rate = match declared.window {
            LimitWindow::Per(Window::Second | Window::Minute | Window::Hour) => true,
            LimitWindow::Per(Window::Day | Window::Month) | LimitWindow::Concurrent => false,
        };
        if !is_rate {
            let message = "`burst` belongs to a limit per second, minute or hour";
            self.push(Diagnostic::new(Code::LimitPlace, burst.span, message).help("remove it"));
        } else if burst.value == 0 || burst.value > declared.amount {
            let message = format!("a burst is from 1 to the whole amount, {}", declared.amount);
            self.push(Diagnostic::new(Code::BadLiteral, burst.span, message));
        }
        burst.value.clamp(1, declared.amount)
    }
}

/// What names the counter for good: all but the amount.
fn key(owner: &str, declared: &ast::Limit) -> String {
    let kind = match declared.kind {
        LimitKind::Requests => "requests",
        LimitKind::Tokens => "tokens",
        LimitKind::Spend => "spend",
    };
    let window = match declared.window {
        LimitWindow::Concurrent => "at once",
        LimitWindow::Per(window) => window.as_str(),
    };
    let scope = match declared.scope {
        LimitScope::Tenant => "tenant",
        LimitScope::Caller => "caller",
        LimitScope::Workload => "workload",
        LimitScope::Organisation => "organisation",
    };
    let mut key = format!("{owner}/{kind}/{window}/{scope}");
    let mut models: Vec<&str> = declared.models.iter().map(|model| &*model.text).collect();
    models.sort_unstable();
    models.dedup();
    for model in models {
        // Writing to a string cannot fail.
        let _ = write!(key, "/{model}");
    }
    key
}
