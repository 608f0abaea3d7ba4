//! Counters in memory: the engine's own, with what a case says was used before.

use super::{Counters, Room, Said};
use engine::exchange::{Moment, Settlement};
use engine::facts::Usage;
use engine::meter::{Alert, Charge, CounterKey, Full, Meter, Used, time_zone};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lang::model::{Model, TenantId};

/// The counters of one case.
#[derive(Debug)]
pub struct MemoryCounters<'a> {
    model: &'a Model,
    meter: Meter,
    said: Said,
}

impl<'a> MemoryCounters<'a> {
    /// Counters on which nothing was counted yet.
    pub fn new(model: &'a Model) -> Self {
        Self { model, meter: Meter::new(), said: Said::default() }
    }

    /// From now on, so much was used besides what is counted; what was said before holds no more.
    pub fn set_used(&mut self, usage: Usage, now: Timestamp) {
        for (charge, since) in self.said.set(usage, now) {
            self.meter.undo(&charge, since, now);
        }
    }

    /// The step that said what was used is over.
    pub const fn end_step(&mut self) {
        self.said.end_step();
    }

    fn zone(&self, tenant: TenantId) -> TimeZone {
        self.model.tenants.get(tenant.index()).map_or(TimeZone::UTC, |tenant| time_zone(&tenant.timezone))
    }

    fn account(&self, tenant: TenantId) -> CounterKey {
        CounterKey::account(self.model.tenants.get(tenant.index()).map_or("", |tenant| &tenant.name))
    }

    /// Brings a counter to what was said, once.
    fn seed(&mut self, charge: &Charge, now: Timestamp) {
        let Some((used, at)) = self.said.owed(charge, &self.model.limits, now) else { return };
        let amount = used.amount;
        if let Ok(reserved) = self.meter.reserve(&[used], at) {
            // Nobody is told of what a case only states.
            self.meter.settle(reserved.id, amount, amount, at);
        }
    }

    fn usage(&self, tenant: TenantId, now: Timestamp) -> Usage {
        self.said.added_to(self.meter.usage(self.account(tenant), now), now, &self.zone(tenant))
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

#[cfg(test)]
mod tests {
    use super::*;
    use engine::facts::Windows;
    use engine::meter::{Subject, charge};
    use lang::model::{LimitId, LimitKind};
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
