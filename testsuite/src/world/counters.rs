//! Counters in memory: the engine's own, with what a case says was used before.

use super::{Counters, Room};
use engine::exchange::{Moment, Settlement};
use engine::facts::{Usage, Windows};
use engine::meter::{
    Alert, CalendarWindow, Charge, CounterKey, Full, Gauge, Meter, Used, calendar_window, time_zone,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lang::condition::Window;
use lang::model::{LimitKind, LimitScope, LimitWindow, Model, TenantId};
use std::collections::BTreeMap;

/// The counters of one case.
#[derive(Debug)]
pub struct MemoryCounters<'a> {
    model: &'a Model,
    meter: Meter,
    /// What was last said to be used, and when.
    said: Option<(Timestamp, Usage)>,
    /// Whether the step under way said it.
    is_said_here: bool,
    /// Counters that know of `said`, each with what was taken from it.
    seeded: BTreeMap<CounterKey, Charge>,
}

impl<'a> MemoryCounters<'a> {
    /// Counters on which nothing was counted yet.
    pub fn new(model: &'a Model) -> Self {
        Self { model, meter: Meter::new(), said: None, is_said_here: false, seeded: BTreeMap::new() }
    }

    /// From now on, so much was used besides what is counted; what was said before holds no more.
    pub fn set_used(&mut self, usage: Usage, now: Timestamp) {
        self.is_said_here = true;
        if let Some((at, _)) = self.said.replace((now, usage)) {
            for charge in std::mem::take(&mut self.seeded).into_values() {
                self.meter.undo(&charge, at, now);
            }
        }
    }

    /// The step that said what was used is over.
    pub const fn end_step(&mut self) {
        self.is_said_here = false;
    }

    fn zone(&self, tenant: TenantId) -> TimeZone {
        self.model.tenants.get(tenant.index()).map_or(TimeZone::UTC, |tenant| time_zone(&tenant.timezone))
    }

    fn account(&self, tenant: TenantId) -> CounterKey {
        CounterKey::account(self.model.tenants.get(tenant.index()).map_or("", |tenant| &tenant.name))
    }

    /// Brings a counter to what was said, once.
    fn seed(&mut self, charge: &Charge, now: Timestamp) {
        let (LimitWindow::Per(window), Some((at, usage))) = (self.window(charge), self.said) else { return };
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
        // It was the caller and the workload of the step that said it; another's count is its own.
        let is_about = match self.model.limits.get(charge.limit.index()).map(|limit| limit.scope) {
            Some(LimitScope::Tenant | LimitScope::Organisation) => true,
            Some(LimitScope::Caller | LimitScope::Workload) => self.is_said_here,
            None => false,
        };
        if amount == 0 || is_past || !is_about || self.seeded.contains_key(&charge.counter) {
            return;
        }
        // As a shadow it is taken whatever room there is.
        let used = Charge { amount, is_shadow: true, ..charge.clone() };
        if let Ok(reserved) = self.meter.reserve(std::slice::from_ref(&used), at.min(now)) {
            // Nobody is told of what a case only states.
            self.meter.settle(reserved.id, amount, amount, at.min(now));
            self.seeded.insert(charge.counter, used);
        }
    }

    fn window(&self, charge: &Charge) -> LimitWindow {
        self.model.limits.get(charge.limit.index()).map_or(LimitWindow::Concurrent, |limit| limit.window)
    }

    /// What was counted and what was said, as conditions read it.
    fn usage(&self, tenant: TenantId, now: Timestamp) -> Usage {
        let counted = self.meter.usage(self.account(tenant), now);
        let zone = self.zone(tenant);
        self.said.iter().fold(counted, |sum, (at, said)| Usage {
            requests: sum_of(sum.requests, said.requests, *at, now, &zone),
            tokens: sum_of(sum.tokens, said.tokens, *at, now, &zone),
            spend: sum_of(sum.spend, said.spend, *at, now, &zone),
        })
    }
}

impl Counters for MemoryCounters<'_> {
    fn reserve(&mut self, tenant: TenantId, charges: &[Charge], now: Moment) -> Result<Room, Vec<Full>> {
        for charge in charges {
            self.seed(charge, now.wall);
        }
        let reserved = self.meter.reserve(charges, now.wall)?;
        Ok(Room { id: reserved.id, usage: self.usage(tenant, now.wall), shadowed: reserved.shadowed })
    }

    fn admit(&mut self, tenant: TenantId, now: Moment) {
        let used = Used { requests: 1, tokens: 0, spend: 0 };
        self.meter.add_usage(self.account(tenant), used, now.wall, &self.zone(tenant));
    }

    fn settle(&mut self, tenant: TenantId, settlement: &Settlement, now: Moment) -> Vec<Alert> {
        let alerts = settlement.settle(&mut self.meter, now.wall);
        let used = Used { requests: 0, tokens: settlement.tokens, spend: settlement.spend };
        self.meter.add_usage(self.account(tenant), used, now.wall, &self.zone(tenant));
        alerts
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

#[cfg(test)]
mod tests {
    use super::*;
    use engine::meter::{Subject, charge};
    use lang::model::LimitId;
    use lang::{Day, NoLoader, PackageFiles};
    use std::time::Duration;

    const POLICY: &str = r#"
policy small { language 1; version "1" }
region here { country "DE" }
provider p { speaks openai; endpoint x { url "https://x.example/v1"; region here; key none } }
model m { aka "m"; offered by p as "m-1"; price 0 USD in, 0 USD out per 1M tokens }
tenant t {
  identify key "sha256:996fd7e5d87a80c3a944348a48ec392f12e8d4eccd82785100acf3480afcc8ff"
  allow models m
  timezone "Europe/Berlin"
  limit 5 requests / minute
  limit 100 tokens / day
}
"#;

    #[test]
    fn what_was_said_to_be_used_is_used_while_its_window_lasts() {
        let files = vec![("policy.ascp".into(), POLICY.as_bytes().to_vec())];
        let compiled = lang::compile(PackageFiles { path: "small".into(), files }, &NoLoader, Day::Unchecked);
        let model = compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let zone = time_zone("Europe/Berlin");
        let began: Timestamp = "2026-11-20T22:00:00Z".parse().unwrap();
        let usage = Usage {
            requests: Windows { minute: 5, ..Windows::default() },
            tokens: Windows { day: 95, ..Windows::default() },
            spend: Windows::default(),
        };
        let mut counters = MemoryCounters::new(&model);
        counters.set_used(usage, began);
        let mut reserve = |kind, amount, seconds: u64| {
            let wall = began + Duration::from_secs(seconds);
            let now = Moment { elapsed: Duration::from_secs(seconds), wall };
            let subject = Subject { tenant: "t", caller: "", workload: "" };
            let index = model.limits.iter().position(|limit| limit.kind == kind).unwrap();
            let charge =
                charge(&model.limits[index], LimitId::from_index(index), &subject, amount, (wall, &zone));
            let room = counters.reserve(TenantId(0), &[charge], now);
            room.map(|room| (room.usage.requests.minute, room.usage.tokens.day))
                .map_err(|full| full[0].retry_after_nanos)
        };
        let rows = [
            ("the minute is full", LimitKind::Requests, 1, 0, Err(Some(12_000_000_000))),
            ("the day has five left", LimitKind::Tokens, 6, 0, Err(Some(3_600_000_000_000))),
            ("and five fit", LimitKind::Tokens, 5, 0, Ok((5, 95))),
            ("a request has dripped out", LimitKind::Requests, 1, 12, Ok((5, 95))),
            ("in Berlin it is tomorrow", LimitKind::Tokens, 100, 3_600, Ok((0, 0))),
        ];
        for (name, kind, amount, seconds, expected) in rows {
            assert_eq!(reserve(kind, amount, seconds), expected, "{name}");
        }
    }
}
