//! What a case says was used before, for whichever counters are to know of it.

use engine::facts::{Usage, Windows};
use engine::meter::{CalendarWindow, Charge, CounterKey, Gauge, calendar_window};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lang::condition::Window;
use lang::model::{Limit, LimitKind, LimitWindow};
use std::collections::BTreeSet;

/// What was said to be used, and which counters know of it.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What, and when.
    list: Vec<(Timestamp, Usage)>,
    /// Counters that know of the latest.
    seeded: BTreeSet<CounterKey>,
}

impl Said {
    /// From now on, so much was used besides what is counted.
    pub fn add(&mut self, usage: Usage, now: Timestamp) {
        self.list.push((now, usage));
        self.seeded.clear();
    }

    /// What a counter has to be charged before this charge, and when, so that it knows of what was
    /// said; told once. As a shadow it is taken whatever room there is.
    pub fn owed(&mut self, charge: &Charge, limits: &[Limit], now: Timestamp) -> Option<(Charge, Timestamp)> {
        let LimitWindow::Per(window) = limits.get(charge.limit.index())?.window else { return None };
        let (at, usage) = self.list.last().copied()?;
        let windows = match charge.kind {
            LimitKind::Requests => usage.requests,
            LimitKind::Tokens => usage.tokens,
            LimitKind::Spend => usage.spend,
        };
        let amount = of_window(windows, window);
        let is_past = match &charge.gauge {
            Gauge::Calendar { begins, .. } => at < *begins,
            Gauge::Rate { .. } | Gauge::Concurrent { .. } => false,
        };
        if amount == 0 || is_past || !self.seeded.insert(charge.counter) {
            return None;
        }
        Some((Charge { amount, is_shadow: true, ..charge.clone() }, at.min(now)))
    }

    /// What was counted and what was said, as conditions read it.
    pub fn added_to(&self, counted: Usage, now: Timestamp, zone: &TimeZone) -> Usage {
        self.list.iter().fold(counted, |sum, (at, said)| Usage {
            requests: sum_of(sum.requests, said.requests, *at, now, zone),
            tokens: sum_of(sum.tokens, said.tokens, *at, now, zone),
            spend: sum_of(sum.spend, said.spend, *at, now, zone),
        })
    }
}

fn of_window(windows: Windows, window: Window) -> u64 {
    match window {
        Window::Second => windows.second,
        Window::Minute => windows.minute,
        Window::Hour => windows.hour,
        Window::Day => windows.day,
        Window::Month => windows.month,
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
