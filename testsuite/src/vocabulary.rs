//! What policies name: callers, headers, texts, numbers, dates, limits.
//!
//! A condition can tell apart only what it names, so requests that are to come
//! to different ends are drawn from these.

use jiff::{SignedDuration, Timestamp};
use lang::condition::{Expr, ExprKind, Fact, Literal, visit};
use lang::model::{Identity, LimitKind, LimitWindow, Model, ToolRule};
use lang::units::end_of;
use std::collections::BTreeSet;

/// The names, numbers, texts and dates of policies.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Callers of keys, with their roles.
    pub(crate) callers: Vec<(String, Vec<String>)>,
    /// The first name of each model and chain.
    pub(crate) models: Vec<String>,
    /// Headers that conditions read.
    pub(crate) headers: BTreeSet<String>,
    /// Texts that conditions compare with.
    pub(crate) texts: BTreeSet<String>,
    /// Numbers at and beside those that are named.
    pub(crate) numbers: BTreeSet<u64>,
    /// Tools that allowlists name, and one that none does.
    pub(crate) tools: BTreeSet<String>,
    /// Endpoints.
    pub(crate) endpoints: Vec<String>,
    /// An hour before and after each date.
    pub(crate) instants: BTreeSet<Timestamp>,
    /// How long an upstream may take, in milliseconds.
    pub(crate) delays: BTreeSet<u64>,
    /// Kind, window and amount of limits.
    pub(crate) limits: BTreeSet<(LimitKind, LimitWindow, u64)>,
}

impl Vocabulary {
    /// Takes in what a policy names; of two policies, the endpoints and models of the later.
    pub(crate) fn read(&mut self, model: &Model) {
        for identity in model.tenants.iter().flat_map(|tenant| &tenant.identities) {
            if let Identity::Key { caller: Some(id), roles, .. } = identity {
                self.callers.push((id.to_string(), roles.iter().map(ToString::to_string).collect()));
            }
        }
        let aliases =
            model.models.iter().map(|it| &it.aliases).chain(model.chains.iter().map(|it| &it.aliases));
        self.models = aliases.filter_map(|aliases| aliases.first()).map(ToString::to_string).collect();
        for tokens in model.models.iter().flat_map(|it| [it.context, it.output]).flatten() {
            self.near(tokens);
        }
        self.endpoints = model.endpoints.iter().map(|endpoint| endpoint.name.to_string()).collect();
        let patterns = model.accesses.iter().flat_map(|access| &access.tools).flat_map(|rule| match rule {
            ToolRule::Allow(patterns) | ToolRule::Deny(patterns) => patterns,
        });
        self.tools.extend(patterns.map(|pattern| pattern.replace('*', "x")));
        self.tools.insert("other_tool".to_owned());
        let dates = model.exceptions.iter().map(|it| it.until);
        let dates = dates
            .chain(model.rules.iter().filter_map(|it| it.shadow_until))
            .chain(model.redactions.iter().filter_map(|it| it.shadow_until))
            .chain(model.limits.iter().filter_map(|it| it.shadow_until));
        for end in dates.map(end_of) {
            self.instants.extend(end.saturating_sub(SignedDuration::from_hours(1)));
            self.instants.extend(end.saturating_add(SignedDuration::from_hours(1)));
        }
        for step in model.chains.iter().flat_map(|chain| &chain.steps) {
            for time in
                [step.timeouts.first_byte, step.timeouts.idle, step.timeouts.total].into_iter().flatten()
            {
                let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                self.delays.extend([millis.saturating_sub(500), millis.saturating_add(500)]);
            }
        }
        self.limits.extend(model.limits.iter().map(|limit| (limit.kind, limit.window, limit.amount)));
        let bursts = model.limits.iter().map(|limit| (limit.kind, limit.window, limit.burst));
        self.limits.extend(bursts);
        let caps = model.accesses.iter().filter_map(|access| access.cap);
        caps.for_each(|cap| self.near(cap.tokens));
        self.read_conditions(model);
    }

    fn read_conditions(&mut self, model: &Model) {
        let mut see = |node: &Expr| {
            if let ExprKind::Literal(Literal::String(text)) = &node.kind {
                self.texts.insert(text.to_string());
            } else if let ExprKind::Literal(Literal::Int(number)) = &node.kind {
                let number = u64::try_from(*number).unwrap_or(0);
                self.numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
            } else if let ExprKind::Fact(Fact::RequestHeader(name)) = &node.kind {
                self.headers.insert(name.to_string());
            }
        };
        for rule in &model.rules {
            visit(&rule.condition.expr, &mut see);
        }
    }

    fn near(&mut self, number: u64) {
        self.numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
    }
}
