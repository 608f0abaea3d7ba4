//! What a case says was used before, for whichever counters are to know of it.

use engine::facts::{Usage, Windows};
use engine::meter::{CalendarWindow, Charge, CounterKey, Gauge, calendar_window};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lang::model::{Limit, LimitKind, LimitScope, LimitWindow};
use std::collections::BTreeMap;

/// What was last said to be used, and which counters know of it.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What, and when.
    last: Option<(Timestamp, Usage)>,
    /// Whether the step under way said it.
    is_said_here: bool,
    /// Counters that know of it, each with what was taken from it.
    seeded: BTreeMap<CounterKey, Charge>,
}

impl Said {
    /// From now on, so much was used besides what is counted; what was said before holds no more.
    /// Returns what counters are to take back, each with when it was taken.
    pub fn set(&mut self, usage: Usage, now: Timestamp) -> Vec<(Charge, Timestamp)> {
        self.is_said_here = true;
        let seeded = std::mem::take(&mut self.seeded).into_values();
        let Some((at, _)) = self.last.replace((now, usage)) else { return Vec::new() };
        seeded.map(|charge| (charge, at)).collect()
    }

    /// The step that said it is over.
    pub const fn end_step(&mut self) {
        self.is_said_here = false;
    }

    /// What a counter has to be charged before this charge, and when, so that it knows of what was
    /// said; told once. As a shadow it is taken whatever room there is.
    pub fn owed(&mut self, charge: &Charge, limits: &[Limit], now: Timestamp) -> Option<(Charge, Timestamp)> {
        let limit = limits.get(charge.limit.index())?;
        let LimitWindow::Per(window) = limit.window else { return None };
        let (at, usage) = self.last?;
        let windows = match charge.kind {
            LimitKind::Requests => usage.requests,
            LimitKind::Tokens => usage.tokens,
            LimitKind::Spend => usage.spend,
        };
        let amount = windows.of(window);
        let is_past = match &charge.gauge {
            Gauge::Calendar { begins, .. } => at < *begins,
            Gauge::Rate { .. } | Gauge::Concurrent { .. } => false,
        };
        // It was the caller and the workload of the step that said it; another's count is its own.
        let is_about = match limit.scope {
            LimitScope::Tenant | LimitScope::Organisation => true,
            LimitScope::Caller | LimitScope::Workload => self.is_said_here,
        };
        if amount == 0 || is_past || !is_about || self.seeded.contains_key(&charge.counter) {
            return None;
        }
        let used = Charge { amount, is_shadow: true, ..charge.clone() };
        self.seeded.insert(charge.counter, used.clone());
        Some((used, at.min(now)))
    }

    /// What was counted and what was said, as conditions read it.
    pub fn added_to(&self, counted: Usage, now: Timestamp, zone: &TimeZone) -> Usage {
        self.last.iter().fold(counted, |sum, (at, said)| Usage {
            requests: sum_of(sum.requests, said.requests, *at, now, zone),
            tokens: sum_of(sum.tokens, said.tokens, *at, now, zone),
            spend: sum_of(sum.spend, said.spend, *at, now, zone),
        })
    }
}

/// Adds what was said at `at`, as far as its windows still last.
fn sum_of(counted: Windows, said: Windows, at: Timestamp, now: Timestamp, zone: &TimeZone) -> Windows {
    let slides = |seconds: i64, amount: u64| {
        if now.duration_since(at) < SignedDuration::from_secs(seconds) { amount } else { 0 }
    };
    let lasts = |window, amount: u64| {
        if now < calendar_window(window, at, zone).1 { amount } else { 0 }
    };
    Windows {
        second: counted.second.saturating_add(slides(1, said.second)),
        minute: counted.minute.saturating_add(slides(60, said.minute)),
        hour: counted.hour.saturating_add(slides(3_600, said.hour)),
        day: counted.day.saturating_add(lasts(CalendarWindow::Day, said.day)),
        month: counted.month.saturating_add(lasts(CalendarWindow::Month, said.month)),
    }
}
