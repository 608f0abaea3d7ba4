//! What a tenant has used, for conditions that read `usage`.
//!
//! Days and months are counted exactly, in the tenant's calendar. A second, a
//! minute and an hour slide, as an approximation of two numbers: time is cut at
//! whole multiples since 1970, and the answer is the count of the present piece
//! plus the count of the one before it, times the share of that one which the
//! sliding window still covers, rounded down. It is exact at a piece's end, and
//! elsewhere assumes that the earlier piece was used evenly.
//!
//! Requests count when their limits admit them, tokens and spend when they are
//! settled, so what is under way is not in `usage`.

use super::charge::{CalendarWindow, calendar_window};
use super::{CounterKey, Used};
use crate::facts::{Usage, Windows};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

const SECOND_NANOS: u64 = 1_000_000_000;
const MINUTE_NANOS: u64 = 60 * SECOND_NANOS;
const HOUR_NANOS: u64 = 60 * MINUTE_NANOS;

/// Accounts past which those of past months are dropped.
///
/// There is one for each tenant whose rules read `usage`, so the package bounds
/// them; this only takes away what earlier packages left. 16,384 are 6 MiB.
const ACCOUNTS_KEPT_MAX: usize = 16_384;

/// The accounts of all tenants.
#[derive(Debug, Default)]
pub(super) struct Accounts(BTreeMap<CounterKey, Account>);

impl Accounts {
    pub(super) fn add(&mut self, key: CounterKey, used: Used, now: Timestamp, zone: &TimeZone) {
        if self.0.len() >= ACCOUNTS_KEPT_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, account| now < account.month.ends);
        }
        self.0.entry(key).or_insert_with(|| Account::open(now, zone)).add(used, now, zone);
    }

    pub(super) fn usage(&self, key: CounterKey, now: Timestamp) -> Usage {
        self.0.get(&key).map(|account| account.usage(now)).unwrap_or_default()
    }
}

#[derive(Debug)]
struct Account {
    second: Sliding<SECOND_NANOS>,
    minute: Sliding<MINUTE_NANOS>,
    hour: Sliding<HOUR_NANOS>,
    day: Calendar,
    month: Calendar,
}

impl Account {
    fn open(now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            second: Sliding::default(),
            minute: Sliding::default(),
            hour: Sliding::default(),
            day: Calendar::open(CalendarWindow::Day, now, zone),
            month: Calendar::open(CalendarWindow::Month, now, zone),
        }
    }

    fn add(&mut self, used: Used, now: Timestamp, zone: &TimeZone) {
        self.second.add(used, now);
        self.minute.add(used, now);
        self.hour.add(used, now);
        self.day.add(used, now, zone);
        self.month.add(used, now, zone);
    }

    fn usage(&self, now: Timestamp) -> Usage {
        let all = [
            self.second.at(now),
            self.minute.at(now),
            self.hour.at(now),
            self.day.at(now),
            self.month.at(now),
        ];
        let windows = |part: fn(Used) -> u64| {
            let [second, minute, hour, day, month] = all.map(part);
            Windows { second, minute, hour, day, month }
        };
        Usage {
            requests: windows(|used| used.requests),
            tokens: windows(|used| used.tokens),
            spend: windows(|used| used.spend),
        }
    }
}

/// A sliding window of `PERIOD` nanoseconds, as the piece of time that was last added to and the one before it.
#[derive(Debug, Default)]
struct Sliding<const PERIOD: u64> {
    piece: i128,
    present: Used,
    before: Used,
}

impl<const PERIOD: u64> Sliding<PERIOD> {
    /// The number of the piece that holds `now`, and how far into it `now` is.
    fn piece(now: Timestamp) -> (i128, u64) {
        let nanos = now.as_nanosecond();
        let into = nanos.checked_rem_euclid(i128::from(PERIOD)).unwrap_or(0);
        (nanos.checked_div_euclid(i128::from(PERIOD)).unwrap_or(0), u64::try_from(into).unwrap_or(0))
    }

    fn add(&mut self, used: Used, now: Timestamp) {
        let (piece, _) = Self::piece(now);
        // A clock that goes back adds to the latest piece.
        if piece > self.piece {
            let is_next = piece.saturating_sub(self.piece) == 1;
            self.before = if is_next { self.present } else { Used::default() };
            self.present = Used::default();
            self.piece = piece;
        }
        self.present = self.present.plus(used);
    }

    fn at(&self, now: Timestamp) -> Used {
        let (piece, into) = Self::piece(now);
        let left = PERIOD.saturating_sub(into);
        match piece.saturating_sub(self.piece) {
            ..=0 => self.present.plus(self.before.share(left, PERIOD)),
            1 => self.present.share(left, PERIOD),
            2.. => Used::default(),
        }
    }
}

/// A calendar window.
#[derive(Debug)]
struct Calendar {
    window: CalendarWindow,
    ends: Timestamp,
    used: Used,
}

impl Calendar {
    fn open(window: CalendarWindow, now: Timestamp, zone: &TimeZone) -> Self {
        Self { window, ends: calendar_window(window, now, zone).1, used: Used::default() }
    }

    fn add(&mut self, used: Used, now: Timestamp, zone: &TimeZone) {
        if now >= self.ends {
            *self = Self::open(self.window, now, zone);
        }
        self.used = self.used.plus(used);
    }

    fn at(&self, now: Timestamp) -> Used {
        if now >= self.ends { Used::default() } else { self.used }
    }
}

impl Used {
    fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            tokens: self.tokens.saturating_add(other.tokens),
            spend: self.spend.saturating_add(other.spend),
        }
    }

    /// `part / whole` of it, rounded down.
    fn share(self, part: u64, whole: u64) -> Self {
        let share = |count: u64| {
            let product = u128::from(count).saturating_mul(u128::from(part));
            u64::try_from(product.checked_div(u128::from(whole)).unwrap_or(0)).unwrap_or(u64::MAX)
        };
        Self { requests: share(self.requests), tokens: share(self.tokens), spend: share(self.spend) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: CounterKey = CounterKey([1; 16]);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn tokens(accounts: &Accounts, now: &str) -> [u64; 5] {
        let windows = accounts.usage(KEY, at(now)).tokens;
        [windows.second, windows.minute, windows.hour, windows.day, windows.month]
    }

    #[test]
    fn short_windows_slide_and_long_ones_follow_the_calendar() {
        let mut accounts = Accounts::default();
        let used = Used { requests: 1, tokens: 600, spend: 7 };
        accounts.add(KEY, used, at("2026-11-20T22:59:30Z"), &super::super::time_zone("Europe/Berlin"));
        let rows = [
            ("2026-11-20T22:59:30Z", [600, 600, 600, 600, 600]),
            ("2026-11-20T22:59:31.5Z", [300, 600, 600, 600, 600]),
            // Midnight in Berlin; the minute and hour pieces are the next ones, wholly before us.
            ("2026-11-20T23:00:00Z", [0, 600, 600, 0, 600]),
            ("2026-11-20T23:00:15Z", [0, 450, 597, 0, 600]),
            ("2026-11-20T23:30:00Z", [0, 0, 300, 0, 600]),
            ("2026-11-21T01:00:00Z", [0, 0, 0, 0, 600]),
            ("2026-11-30T23:00:00Z", [0, 0, 0, 0, 0]),
        ];
        for (now, expected) in rows {
            assert_eq!(tokens(&accounts, now), expected, "at {now}");
        }
    }

    #[test]
    fn pieces_join() {
        let mut accounts = Accounts::default();
        let used = Used { requests: 1, tokens: 100, spend: 0 };
        accounts.add(KEY, used, at("2026-11-20T10:00:00Z"), &TimeZone::UTC);
        accounts.add(KEY, used, at("2026-11-20T10:01:00Z"), &TimeZone::UTC);
        // The clock goes back: nothing is lost.
        accounts.add(KEY, used, at("2026-11-20T10:00:30Z"), &TimeZone::UTC);
        assert_eq!(tokens(&accounts, "2026-11-20T10:01:45Z"), [0, 225, 300, 300, 300]);
        assert_eq!(accounts.usage(CounterKey([2; 16]), at("2026-11-20T10:01:45Z")), Usage::default());
    }
}
