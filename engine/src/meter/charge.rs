//! Builds charges: which counter a limit counts in, and how that counter works now.

use super::{Charge, CounterKey, Gauge};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use lang::condition::Window;
use lang::model::{Limit, LimitId, LimitScope, LimitWindow};
use sha2::{Digest as _, Sha256};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Whom a request is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The tenant's name.
    pub tenant: &'a str,
    /// The caller's id; empty when unknown, and all unknown callers of a tenant share a counter.
    pub caller: &'a str,
    /// The workload's name; empty when there is none, as above.
    pub workload: &'a str,
}

impl CounterKey {
    /// The counter of `limit` for `subject`.
    ///
    /// It is a function of what is counted and for whom, not of the amount: what
    /// was spent of a budget is still spent when the budget is raised. The state
    /// of a rate is measured by its amount, so a rate that changes starts anew,
    /// which costs one burst at most.
    pub fn of(limit: &Limit, subject: &Subject<'_>) -> Self {
        let (scope, [first, second]) = match limit.scope {
            LimitScope::Organisation => ("organisation", ["", ""]),
            LimitScope::Tenant => ("tenant", [subject.tenant, ""]),
            LimitScope::Caller => ("caller", [subject.tenant, subject.caller]),
            LimitScope::Workload => ("workload", [subject.tenant, subject.workload]),
        };
        let rate = match limit.window {
            LimitWindow::Per(Window::Second | Window::Minute | Window::Hour) => &*limit.text,
            LimitWindow::Per(Window::Day | Window::Month) | LimitWindow::Concurrent => "",
        };
        Self::digest(&["limit", &limit.key, rate, scope, first, second])
    }

    /// The account of what a tenant has used.
    pub fn account(tenant: &str) -> Self {
        Self::digest(&["account", tenant])
    }

    /// The first half of a SHA-256 over the parts, each with its length, so that no two lists are one text.
    fn digest(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(key)
    }
}

/// What an exchange of `subject` takes from `limit`, when it takes `amount`.
///
/// `zone` is the calendar of the tenant, which holds unless the limit has one of its own; see [`time_zone`].
pub fn charge(
    limit: &Limit,
    id: LimitId,
    subject: &Subject<'_>,
    amount: u64,
    (now, zone): (Timestamp, &TimeZone),
) -> Charge {
    Charge {
        limit: id,
        kind: limit.kind,
        counter: CounterKey::of(limit, subject),
        gauge: gauge(limit, now, zone),
        amount,
        is_shadow: is_shadow(limit, now),
        alerts: limit.alerts.clone(),
    }
}

/// Whether the limit is recorded and not enforced: until the end of its day, which is 24:00 UTC.
fn is_shadow(limit: &Limit, now: Timestamp) -> bool {
    limit.shadow_until.is_some_and(|until| now.to_zoned(TimeZone::UTC).date() <= until)
}

fn gauge(limit: &Limit, now: Timestamp, zone: &TimeZone) -> Gauge {
    let own = limit.timezone.as_deref().map(time_zone);
    let zone = own.as_ref().unwrap_or(zone);
    let rate = |seconds: u64| Gauge::Rate {
        amount: limit.amount,
        period_nanos: seconds.saturating_mul(NANOS_PER_SECOND),
        burst: limit.burst,
    };
    let calendar = |window| {
        let (begins, ends) = calendar_window(window, now, zone);
        Gauge::Calendar { amount: limit.amount, begins, ends }
    };
    match limit.window {
        LimitWindow::Concurrent => Gauge::Concurrent { amount: limit.amount },
        LimitWindow::Per(Window::Second) => rate(1),
        LimitWindow::Per(Window::Minute) => rate(60),
        LimitWindow::Per(Window::Hour) => rate(3600),
        LimitWindow::Per(Window::Day) => calendar(CalendarWindow::Day),
        LimitWindow::Per(Window::Month) => calendar(CalendarWindow::Month),
    }
}

/// A window whose length the calendar decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarWindow {
    /// From midnight to midnight; 23 to 25 hours where clocks change.
    Day,
    /// From the first of a month to the first of the next.
    Month,
}

/// Beginning and end of the calendar window that holds `now`.
pub fn calendar_window(window: CalendarWindow, now: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
    find_calendar_window(window, now, zone).unwrap_or_else(|_| {
        // Only the last days of the year 9999 have no tomorrow.
        (now, now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX))
    })
}

fn find_calendar_window(
    window: CalendarWindow,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Timestamp, Timestamp), jiff::Error> {
    let date = now.to_zoned(zone.clone()).date();
    let (first, next) = match window {
        CalendarWindow::Day => (date, date.tomorrow()?),
        CalendarWindow::Month => {
            let first = date.first_of_month();
            (first, first.checked_add(1.month())?)
        }
    };
    // A day begins at its first instant, which is not always 00:00.
    let start = |date: jiff::civil::Date| date.to_zoned(zone.clone())?.start_of_day();
    Ok((start(first)?.timestamp(), start(next)?.timestamp()))
}

/// The time zone of this IANA name, from the zones that are compiled in.
///
/// Names are checked with the policy; one that is unknown all the same is UTC,
/// which is the default of the language.
pub fn time_zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kind: CalendarWindow, now: &str, zone: &str) -> (String, String) {
        let (begins, ends) = calendar_window(kind, now.parse().unwrap(), &time_zone(zone));
        (begins.to_string(), ends.to_string())
    }

    #[test]
    fn calendar_windows_follow_the_zone() {
        let rows = [
            (
                CalendarWindow::Day,
                "2026-11-20T09:00:00Z",
                "UTC",
                "2026-11-20T00:00:00Z",
                "2026-11-21T00:00:00Z",
            ),
            (
                CalendarWindow::Day,
                "2026-11-20T23:30:00Z",
                "Europe/Berlin",
                "2026-11-20T23:00:00Z",
                "2026-11-21T23:00:00Z",
            ),
            // Clocks go forward: 23 hours; back: 25.
            (
                CalendarWindow::Day,
                "2026-03-29T12:00:00Z",
                "Europe/Berlin",
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
            ),
            (
                CalendarWindow::Day,
                "2026-10-25T12:00:00Z",
                "Europe/Berlin",
                "2026-10-24T22:00:00Z",
                "2026-10-25T23:00:00Z",
            ),
            // Midnight does not exist on this day.
            (
                CalendarWindow::Day,
                "2018-11-04T12:00:00Z",
                "America/Sao_Paulo",
                "2018-11-04T03:00:00Z",
                "2018-11-05T02:00:00Z",
            ),
            (
                CalendarWindow::Month,
                "2026-03-15T12:00:00Z",
                "Europe/Berlin",
                "2026-02-28T23:00:00Z",
                "2026-03-31T22:00:00Z",
            ),
            (
                CalendarWindow::Month,
                "2028-02-29T12:00:00Z",
                "UTC",
                "2028-02-01T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
            (
                CalendarWindow::Month,
                "2026-12-31T23:59:59Z",
                "Asia/Kolkata",
                "2026-12-31T18:30:00Z",
                "2027-01-31T18:30:00Z",
            ),
        ];
        for (kind, now, zone, begins, ends) in rows {
            assert_eq!(window(kind, now, zone), (begins.into(), ends.into()), "{now} in {zone}");
        }
    }

    #[test]
    fn keys_tell_parts_apart() {
        assert_ne!(CounterKey::digest(&["ab", "c"]), CounterKey::digest(&["a", "bc"]));
        assert_ne!(CounterKey::digest(&["a"]), CounterKey::digest(&["a", ""]));
        // Counters outlive an upgrade: this value never changes.
        let key = CounterKey::account("retail").0.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(key, "5e105ecd1ec67b5811acd2925b428f2a");
    }
}
