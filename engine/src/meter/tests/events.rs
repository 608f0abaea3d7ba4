//! The meter against a slow, obvious one: a list of all events, summed anew for each question.

use super::{Alert, Charge, CounterKey, Full, Meter, Subject, charge, config, time_zone};
use jiff::Timestamp;
use jiff::civil::Date;
use lang::condition::Window;
use lang::model::{Limit, LimitId, LimitKind, LimitScope, LimitWindow, Model};
use lang::{Day, NoLoader, PackageFiles};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Limits of every scope and window; tokens and money are what the acts say.
const PACKAGE: &str = r#"
policy p { language 1; timezone "Asia/Tokyo"; budget 400 USD / day across tenants, alert 20%, 80% }
region r { country "DE" }
provider a { speaks openai; endpoint e { url "https://e.example/"; region r; key none } }
model m { aka "model"; offered by a as "v"; price 1 USD in, 1 USD out per 1M tokens }
tenant t {
  identify mtls subject "CN=t"
  allow    models m
  timezone "Europe/Berlin"
  limit    9 requests / day
  limit    4 requests / minute burst 3 per caller
  limit    6 requests / hour per workload
  limit    5 requests at once
  limit    3 requests at once per workload
  limit    200 tokens / day per workload
  limit    150 tokens / hour burst 90 per caller
  limit    300 tokens / month shadow until 2027-12-31
  budget   180 USD / month, alert 50%, 75%, 90%
  budget   60 USD / day per caller, alert 100%
  budget   90 USD / month per workload, alert 50%, shadow until 2027-12-31
}
tenant u { identify mtls subject "CN=u"; allow models m; timezone "America/Sao_Paulo" }
"#;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
    let compiled = lang::compile(PackageFiles { path: "test".into(), files }, &NoLoader, Day::Unchecked);
    compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
});

/// Whom an act is counted for: tenant, caller and workload by number.
type Who = (usize, usize, usize);

#[derive(Clone, Debug)]
enum Act {
    /// Asks for a request, so many tokens and so much money at once.
    Reserve(Who, u64),
    /// Settles the n-th open reservation with so many tokens, and as much money.
    Settle(usize, u64),
    /// Nobody can say any more what the n-th open reservation used.
    Forfeit(usize),
}

/// What was taken from one limit, and when.
#[derive(Clone, Debug)]
struct Taken {
    reservation: usize,
    limit: usize,
    who: Who,
    /// When it was reserved.
    at: Timestamp,
    amount: u64,
    /// When it was settled, and with what.
    settled: Option<(Timestamp, u64)>,
}

/// All that was ever taken.
#[derive(Default)]
struct Events(Vec<Taken>);

fn names((tenant, caller, workload): Who) -> Subject<'static> {
    let pick = |of: [&'static str; 3], at: usize| of.get(at).copied().unwrap_or_default();
    Subject {
        tenant: pick(["t", "u", ""], tenant),
        caller: pick(["", "ann", "bob"], caller),
        workload: pick(["", "w", "x"], workload),
    }
}

fn zone_name(limit: &Limit, who: Who) -> &str {
    limit.timezone.as_deref().unwrap_or(&MODEL.tenants[who.0].timezone)
}

fn date(limit: &Limit, who: Who, now: Timestamp) -> Date {
    now.to_zoned(time_zone(zone_name(limit, who))).date()
}

/// Whether two instants lie in one calendar window of a limit.
fn is_same_window(limit: &Limit, who: Who, one: Timestamp, other: Timestamp) -> bool {
    let (one, other) = (date(limit, who, one), date(limit, who, other));
    match limit.window {
        LimitWindow::Per(Window::Month) => (one.year(), one.month()) == (other.year(), other.month()),
        LimitWindow::Per(_) | LimitWindow::Concurrent => one == other,
    }
}

/// Whether two requests share a counter of a limit.
fn is_shared(limit: &Limit, one: Who, other: Who) -> bool {
    match limit.scope {
        LimitScope::Organisation => true,
        LimitScope::Tenant => one.0 == other.0,
        LimitScope::Caller => one.0 == other.0 && one.1 == other.1,
        LimitScope::Workload => one.0 == other.0 && one.2 == other.2,
    }
}

impl Events {
    fn of(&self, at: usize, who: Who) -> impl Iterator<Item = &Taken> {
        self.0.iter().filter(move |taken| taken.limit == at && is_shared(&MODEL.limits[at], taken.who, who))
    }

    /// What counts against a calendar window now: what was used in it, and what is held of it.
    fn in_window(&self, at: usize, who: Who, now: Timestamp) -> (u64, u64) {
        let limit = &MODEL.limits[at];
        let mut sums = (0, 0);
        for taken in self.of(at, who).filter(|taken| is_same_window(limit, taken.who, taken.at, now)) {
            match taken.settled {
                Some((_, used)) => sums.0 += used,
                None if limit.kind == LimitKind::Requests => sums.0 += taken.amount,
                None => sums.1 += taken.amount,
            }
        }
        sums
    }

    /// Whether a rate would hold in every interval that ends now.
    fn fits_rate(&self, at: usize, who: Who, amount: u64, now: Timestamp) -> bool {
        let limit = &MODEL.limits[at];
        let seconds: i128 = match limit.window {
            LimitWindow::Per(Window::Second) => 1,
            LimitWindow::Per(Window::Minute) => 60,
            LimitWindow::Per(_) | LimitWindow::Concurrent => 3_600,
        };
        let period = seconds * 1_000_000_000;
        let (mut used, mut held) = (Vec::new(), i128::from(amount));
        for taken in self.of(at, who) {
            match taken.settled {
                _ if limit.kind == LimitKind::Requests => used.push((taken.at, taken.amount)),
                Some(settled) => used.push(settled),
                None => held += i128::from(taken.amount),
            }
        }
        let froms = used.iter().map(|(from, _)| *from).chain([now]);
        froms.into_iter().all(|from| {
            let since: i128 =
                used.iter().filter(|(when, _)| *when >= from).map(|(_, used)| i128::from(*used)).sum();
            let drained = now.duration_since(from).as_nanos() * i128::from(limit.amount);
            (since + held) * period <= i128::from(limit.burst) * period + drained
        })
    }

    fn fits(&self, at: usize, who: Who, amount: u64, now: Timestamp) -> bool {
        let limit = &MODEL.limits[at];
        match limit.window {
            LimitWindow::Per(Window::Second | Window::Minute | Window::Hour) => {
                self.fits_rate(at, who, amount, now)
            }
            LimitWindow::Per(Window::Day | Window::Month) => {
                let (used, held) = self.in_window(at, who, now);
                used + held + amount <= limit.amount
            }
            LimitWindow::Concurrent => {
                let open = self.of(at, who).filter(|taken| taken.settled.is_none()).count();
                u64::try_from(open).unwrap() < limit.amount
            }
        }
    }

    /// Closes a reservation; the alerts that its use brings, as a sum before and a sum after say.
    fn close(&mut self, reservation: usize, used: Option<u64>, now: Timestamp) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for index in 0..self.0.len() {
            let taken = self.0[index].clone();
            if taken.reservation != reservation {
                continue;
            }
            let limit = &MODEL.limits[taken.limit];
            let is_calendar = matches!(limit.window, LimitWindow::Per(Window::Day | Window::Month));
            let is_open = !is_calendar || is_same_window(limit, taken.who, taken.at, now);
            let used = match limit.kind {
                LimitKind::Tokens | LimitKind::Spend if is_open => used.unwrap_or(taken.amount),
                // In a window that is over it counted in full, and nobody asks any more.
                LimitKind::Requests | LimitKind::Tokens | LimitKind::Spend => taken.amount,
            };
            let before = self.in_window(taken.limit, taken.who, now).0;
            self.0[index].settled = Some((now, used));
            let after = self.in_window(taken.limit, taken.who, now).0;
            for percent in limit.alerts.iter().copied().filter(|_| is_open) {
                let level = limit.amount * u64::from(percent);
                if before * 100 < level && after * 100 >= level {
                    let (limit, is_shadow) = (LimitId::from_index(taken.limit), limit.shadow_until.is_some());
                    alerts.push(Alert { limit, percent, is_shadow });
                }
            }
        }
        alerts
    }
}

fn charges(who: Who, amount: u64, now: Timestamp) -> Vec<Charge> {
    let subject = names(who);
    let zone = time_zone(&MODEL.tenants[who.0].timezone);
    let own = MODEL.tenants[who.0].limits.iter();
    own.map(|id| {
        let limit = &MODEL.limits[id.index()];
        let amount = if limit.kind == LimitKind::Requests { 1 } else { amount * unit(limit) };
        charge(limit, *id, &subject, amount, (now, &zone))
    })
    .collect()
}

/// Money is in millionths.
fn unit(limit: &Limit) -> u64 {
    if limit.kind == LimitKind::Spend { 1_000_000 } else { 1 }
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let who = (0..2_usize, 0..3_usize, 0..3_usize);
    let act = prop_oneof![
        6 => (who, 1..=50_u64).prop_map(|(who, amount)| Act::Reserve(who, amount)),
        6 => (any::<usize>(), 0..=60_u64).prop_map(|(which, used)| Act::Settle(which, used)),
        1 => any::<usize>().prop_map(Act::Forfeit),
    ];
    // Seconds, minutes, hours and days pass, and now and then most of a month.
    let wait = prop_oneof![
        4 => 0..30_u64,
        4 => 30..4_000_u64,
        2 => 4_000..100_000_u64,
        1 => 1_000_000..2_400_000_u64,
    ];
    proptest::collection::vec((wait, act), 1..60)
}

/// The limits that are full, by number, of those that are enforced or of those on trial.
fn full(all: &[Full], is_shadow: bool) -> Vec<LimitId> {
    all.iter().filter(|full| full.is_shadow == is_shadow).map(|full| full.limit).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_meter_answers_as_the_list_of_all_events_does(acts in acts()) {
        // Before the clocks of Berlin change, and before a month ends.
        let mut now: Timestamp = "2026-10-24T20:00:00Z".parse().unwrap();
        let (mut meter, mut events) = (Meter::new(), Events::default());
        let mut open = Vec::new();
        for (number, (wait, act)) in acts.into_iter().enumerate() {
            now += std::time::Duration::from_secs(wait);
            match act {
                Act::Reserve(who, amount) => {
                    let charges = charges(who, amount, now);
                    let refuses = |charge: &&Charge| !events.fits(charge.limit.index(), who, charge.amount, now);
                    let expected = |is_shadow: bool| -> Vec<LimitId> {
                        let of_kind = charges.iter().filter(|charge| charge.is_shadow == is_shadow);
                        of_kind.filter(refuses).map(|charge| charge.limit).collect()
                    };
                    match meter.reserve(&charges, now) {
                        Ok(reserved) => {
                            prop_assert_eq!(expected(false), []);
                            prop_assert_eq!(expected(true), full(&reserved.shadowed, true));
                            open.push((number, reserved.id));
                            events.0.extend(charges.iter().map(|charge| Taken {
                                reservation: number,
                                limit: charge.limit.index(),
                                who,
                                at: now,
                                amount: charge.amount,
                                settled: None,
                            }));
                        }
                        Err(refused) => prop_assert_eq!(expected(false), full(&refused, false)),
                    }
                }
                Act::Settle(which, used) if !open.is_empty() => {
                    let (number, id) = open.swap_remove(which % open.len());
                    let mut told = meter.settle(id, used, used, now);
                    told.sort_unstable();
                    let mut expected = events.close(number, Some(used), now);
                    expected.sort_unstable();
                    prop_assert_eq!(told, expected);
                }
                Act::Forfeit(which) if !open.is_empty() => {
                    let (number, id) = open.swap_remove(which % open.len());
                    let mut told = meter.forfeit(id, now);
                    told.sort_unstable();
                    let mut expected = events.close(number, None, now);
                    expected.sort_unstable();
                    prop_assert_eq!(told, expected);
                }
                Act::Settle(..) | Act::Forfeit(_) => {}
            }
        }
    }
}

#[test]
fn counters_are_told_apart_by_whom_and_what_they_count() {
    let everyone = [(0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 1, 1)];
    for (at, limit) in MODEL.limits.iter().enumerate() {
        for (other_at, other) in MODEL.limits.iter().enumerate() {
            for one in everyone {
                for two in everyone {
                    let same = CounterKey::of(limit, &names(one)) == CounterKey::of(other, &names(two));
                    assert_eq!(same, at == other_at && is_shared(limit, one, two), "{}", limit.text);
                }
            }
        }
    }
}
