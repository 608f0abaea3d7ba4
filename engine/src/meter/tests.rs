//! The meter at its edges, and its promises under random interleavings.

mod events;

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

const MINUTE: u64 = 60_000_000_000;

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanosecond(1_800_000_000_000_000_000 + i128::from(nanos)).unwrap()
}

fn key(number: u8) -> CounterKey {
    CounterKey([number; 16])
}

fn charge_of(kind: LimitKind, gauge: Gauge, amount: u64) -> Charge {
    Charge { limit: LimitId(0), kind, counter: key(1), gauge, amount, is_shadow: false, alerts: Vec::new() }
}

fn rate(amount: u64, burst: u64) -> Gauge {
    Gauge::Rate { amount, period_nanos: MINUTE, burst }
}

fn month(amount: u64, begins: u64, ends: u64) -> Gauge {
    Gauge::Calendar { amount, begins: at(begins), ends: at(ends) }
}

fn retry(result: Result<Reserved, Vec<Full>>) -> Option<u64> {
    result.unwrap_err()[0].retry_after_nanos
}

#[test]
fn six_hundred_at_once_then_one_every_tenth_of_a_second() {
    let mut meter = Meter::new();
    let charge = [charge_of(LimitKind::Requests, rate(600, 600), 1)];
    for _ in 0..600 {
        meter.reserve(&charge, at(0)).unwrap();
    }
    assert_eq!(retry(meter.reserve(&charge, at(0))), Some(100_000_000));
    assert_eq!(retry(meter.reserve(&charge, at(99_999_999))), Some(1));
    meter.reserve(&charge, at(100_000_000)).unwrap();
    assert_eq!(retry(meter.reserve(&charge, at(100_000_000))), Some(100_000_000));
}

#[test]
fn a_rate_that_does_not_divide_is_not_rounded() {
    let mut meter = Meter::new();
    let charge = [charge_of(LimitKind::Requests, rate(7, 7), 1)];
    for _ in 0..7 {
        meter.reserve(&charge, at(0)).unwrap();
    }
    // A seventh of a minute is 8_571_428_571.43 ns; seven of them are a minute.
    for number in 1..=7_u64 {
        let due = (number * MINUTE).div_ceil(7);
        assert_eq!(retry(meter.reserve(&charge, at(due - 1))), Some(1));
        meter.reserve(&charge, at(due)).unwrap();
    }
}

#[test]
fn what_can_never_fit_says_so() {
    let rows = [
        (rate(600, 10), LimitKind::Requests, 11),
        (month(100, 0, 1000), LimitKind::Spend, 101),
        (Gauge::Concurrent { amount: 2 }, LimitKind::Requests, 3),
        (rate(0, 0), LimitKind::Requests, 1),
    ];
    for (gauge, kind, amount) in rows {
        let charge = [charge_of(kind, gauge.clone(), amount)];
        assert_eq!(retry(Meter::new().reserve(&charge, at(0))), None, "{gauge:?}");
    }
}

#[test]
fn a_new_month_starts_anew_and_the_old_one_keeps_its_own() {
    let mut meter = Meter::new();
    let old = [charge_of(LimitKind::Spend, month(100, 0, 1000), 60)];
    let new = [charge_of(LimitKind::Spend, month(100, 1000, 2000), 60)];
    let first = meter.reserve(&old, at(10)).unwrap();
    // Another 60 fits once the first is known to have cost less: come back soon.
    assert_eq!(retry(meter.reserve(&old, at(10))), Some(990));
    let second = meter.reserve(&new, at(1000)).unwrap();
    meter.settle(first.id, 0, 100, at(1001));
    meter.settle(second.id, 0, 41, at(1001));
    assert_eq!(retry(meter.reserve(&new, at(1001))), Some(999));
    // One that began before midnight counts in the window that is open.
    assert_eq!(retry(meter.reserve(&old, at(1002))), Some(998));
}

#[test]
fn more_than_reserved_goes_over_and_is_not_lost() {
    let mut meter = Meter::new();
    let charge = [charge_of(LimitKind::Tokens, month(100, 0, 1000), 10)];
    let reserved = meter.reserve(&charge, at(0)).unwrap();
    meter.settle(reserved.id, 150, 0, at(1));
    meter.settle(reserved.id, 0, 0, at(1));
    assert_eq!(retry(meter.reserve(&charge, at(1))), Some(999));

    let charge = [charge_of(LimitKind::Tokens, rate(60, 60), 10)];
    let mut meter = Meter::new();
    let reserved = meter.reserve(&charge, at(0)).unwrap();
    meter.settle(reserved.id, 120, 0, at(0));
    // 120 of 60: ten more fit when 70 have drained.
    assert_eq!(retry(meter.reserve(&charge, at(0))), Some(70_000_000_000));
}

#[test]
fn places_are_given_back() {
    let mut meter = Meter::new();
    let charge = [charge_of(LimitKind::Requests, Gauge::Concurrent { amount: 1 }, 1)];
    let reserved = meter.reserve(&charge, at(0)).unwrap();
    assert!(retry(meter.reserve(&charge, at(0))).is_some());
    meter.settle(reserved.id, 0, 0, at(0));
    meter.reserve(&charge, at(0)).unwrap();
}

#[test]
fn what_is_forfeited_counts_as_used() {
    let mut meter = Meter::new();
    let tokens = charge_of(LimitKind::Tokens, month(10, 0, 1000), 10);
    let place =
        Charge { counter: key(2), ..charge_of(LimitKind::Requests, Gauge::Concurrent { amount: 1 }, 1) };
    let reserved = meter.reserve(&[tokens.clone(), place.clone()], at(0)).unwrap();
    meter.forfeit(reserved.id, at(1));
    assert_eq!(retry(meter.reserve(&[tokens], at(1))), Some(999));
    meter.reserve(&[place], at(1)).unwrap();
    assert_eq!(meter.open(), 1);
}

/// What is spent, when, when its window ends, whether on trial, and the alerts that come of it.
type Spending = (u64, u64, u64, bool, &'static [(u8, bool)]);

#[test]
fn a_threshold_is_told_once_a_window() {
    let mut meter = Meter::new();
    let watched = |ends: u64, is_shadow| Charge {
        alerts: vec![50, 75, 90],
        is_shadow,
        ..charge_of(LimitKind::Spend, month(100, ends - 1000, ends), 30)
    };
    let mut spend = |used: u64, now: u64, charge: Charge| {
        let reserved = meter.reserve(&[charge], at(now)).unwrap();
        let alerts = meter.settle(reserved.id, 0, used, at(now));
        alerts.into_iter().map(|alert| (alert.percent, alert.is_shadow)).collect::<Vec<_>>()
    };
    let rows: &[Spending] = &[
        (49, 10, 1000, false, &[]),
        (1, 11, 1000, false, &[(50, false)]),
        (0, 12, 1000, false, &[]),
        // What was used while the budget is on trial counts as well, and is told as such.
        (40, 13, 1000, true, &[(75, true), (90, true)]),
        (60, 1000, 2000, false, &[(50, false)]),
        (30, 1999, 2000, false, &[(75, false), (90, false)]),
        (1, 2000, 3000, false, &[]),
    ];
    for (used, now, ends, is_shadow, expected) in rows {
        assert_eq!(spend(*used, *now, watched(*ends, *is_shadow)), *expected, "at {now}");
    }
}

#[test]
fn what_a_window_that_is_over_held_tells_nobody() {
    let mut meter = Meter::new();
    let charge = Charge { alerts: vec![50], ..charge_of(LimitKind::Spend, month(100, 0, 1000), 60) };
    let early = meter.reserve(std::slice::from_ref(&charge), at(10)).unwrap();
    assert_eq!(meter.settle(early.id, 0, 90, at(1000)), []);
    // The same whether or not the next window has been asked for.
    let next = Charge { gauge: month(100, 1000, 2000), ..charge };
    let reserved = meter.reserve(&[next], at(1001)).unwrap();
    assert_eq!(meter.forfeit(reserved.id, at(1002)).len(), 1);
}

#[test]
fn a_use_that_was_a_mistake_is_taken_back_as_far_as_it_is_left() {
    // (what was used at once, when it is undone, what else was used, when all of it would fit again)
    let rows: &[(Gauge, u64, u64, u64, Option<u64>)] = &[
        (rate(60, 60), 30, 0, 10, Some(10_000_000_000)),
        (rate(60, 60), 30, 20_000_000_000, 0, None),
        (rate(60, 60), 30, 20_000_000_000, 25, Some(25_000_000_000)),
        (rate(60, 60), 5, 20_000_000_000, 25, Some(25_000_000_000)),
        (month(60, 0, u64::MAX / 8), 30, 20, 0, None),
        (month(60, 0, u64::MAX / 8), 30, 20, 1, Some(u64::MAX / 8 - 20)),
        (Gauge::Concurrent { amount: 60 }, 30, 20, 0, None),
    ];
    for (gauge, used, undone, others, wait) in rows {
        let mut meter = Meter::new();
        let of = |amount| charge_of(LimitKind::Tokens, gauge.clone(), amount);
        let take = |meter: &mut Meter, amount: u64, now: u64| {
            let reserved = meter.reserve(&[of(amount)], at(now)).unwrap();
            meter.settle(reserved.id, amount, 0, at(now));
        };
        take(&mut meter, *used, 0);
        take(&mut meter, *others, *undone);
        meter.undo(&of(*used), at(0), at(*undone));
        let left = meter.reserve(&[of(60)], at(*undone)).map_err(|full| full[0].retry_after_nanos.unwrap());
        assert_eq!(left.err(), *wait, "{gauge:?} {used} {undone} {others}");
    }
}

#[test]
fn what_another_model_took_is_given_back() {
    let mut meter = Meter::new();
    let own = charge_of(LimitKind::Tokens, month(100, 0, 1000), 60);
    let other = Charge { counter: key(2), ..own.clone() };
    let both = [own.clone(), other.clone()];
    let reserved = meter.reserve(&both, at(0)).unwrap();
    assert_eq!(meter.settle_sparing(reserved.id, (60, 0), &[key(2)], at(1)), []);
    assert_eq!(retry(meter.reserve(&[own], at(2))), Some(998));
    meter.reserve(&[Charge { amount: 100, ..other }], at(2)).unwrap();
}

#[test]
fn all_or_nothing_and_shadow_only_tells() {
    let mut meter = Meter::new();
    let wide = charge_of(LimitKind::Requests, rate(10, 10), 1);
    let narrow =
        Charge { counter: key(2), limit: LimitId(1), ..charge_of(LimitKind::Requests, rate(1, 1), 1) };
    let both = [wide.clone(), narrow.clone()];
    meter.reserve(&both, at(0)).unwrap();
    for _ in 0..20 {
        assert_eq!(meter.reserve(&both, at(0)).unwrap_err()[0].limit, LimitId(1));
    }
    // Nothing was taken from the wide one: nine are left, and its twin counts once.
    let shadow = [wide.clone(), wide.clone(), Charge { is_shadow: true, ..narrow }];
    for _ in 0..9 {
        let reserved = meter.reserve(&shadow, at(0)).unwrap();
        assert_eq!(reserved.shadowed.len(), 1);
        assert_eq!(reserved.shadowed[0].limit, LimitId(1));
    }
    assert_eq!(meter.reserve(&shadow, at(0)).unwrap_err().len(), 1);
}

#[test]
fn counters_are_bounded_and_never_forgotten_while_they_count() {
    let mut meter = Meter::with_counters_max(8);
    let charge =
        |number| [Charge { counter: key(number), ..charge_of(LimitKind::Requests, rate(60, 60), 1) }];
    for number in 0..8 {
        meter.reserve(&charge(number), at(0)).unwrap();
    }
    assert_eq!(retry(meter.reserve(&charge(8), at(0))), Some(CROWDED_RETRY_NANOS));
    assert_eq!(meter.counters(), 8);
    // After a second each has drained, so some make room.
    meter.reserve(&charge(8), at(1_000_000_000)).unwrap();
    assert!(meter.counters() < 8);
    for number in 9..200 {
        meter.reserve(&charge(number), at(2_000_000_000 * u64::from(number))).unwrap();
    }
    assert!(meter.counters() <= 8);
}

/// One thing that happens, and how long after the one before it.
#[derive(Clone, Debug)]
enum Act {
    Reserve { amount: u64 },
    Settle { which: usize, used: u64 },
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let act = prop_oneof![
        (1..=60_u64).prop_map(|amount| Act::Reserve { amount }),
        (any::<usize>(), 0..=60_u64).prop_map(|(which, used)| Act::Settle { which, used }),
    ];
    proptest::collection::vec((0..MINUTE / 20, act), 1..120)
}

fn config() -> Config {
    Config {
        cases: 256,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..Config::default()
    }
}

/// Runs the acts; gives each settled use with its time, and the greatest of reserved and used at any time.
fn run(gauge: &Gauge, acts: &[(u64, Act)]) -> (Vec<(u64, u64)>, Meter, u64, u64) {
    let mut meter = Meter::new();
    let mut open = Vec::new();
    let mut settled = Vec::new();
    let mut now = 0;
    let mut most = 0;
    for (wait, act) in acts {
        now += wait;
        match *act {
            Act::Reserve { amount } => {
                let charge = [charge_of(LimitKind::Tokens, gauge.clone(), amount)];
                if let Ok(reserved) = meter.reserve(&charge, at(now)) {
                    open.push((reserved.id, amount));
                }
            }
            Act::Settle { which, used } if !open.is_empty() => {
                let (id, amount) = open.swap_remove(which % open.len());
                meter.settle(id, used.min(amount), 0, at(now));
                settled.push((now, used.min(amount)));
            }
            Act::Settle { .. } => {}
        }
        let reserved: u64 = open.iter().map(|(_, amount)| amount).sum();
        most = most.max(reserved + settled.iter().map(|(_, used)| used).sum::<u64>());
    }
    (settled, meter, now, most)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_rate_holds_in_every_interval(acts in acts()) {
        let (amount, burst) = (60, 90);
        let (settled, ..) = run(&rate(amount, burst), &acts);
        for (first, (from, _)) in settled.iter().enumerate() {
            let mut sum = 0;
            for (to, used) in &settled[first..] {
                sum += u128::from(*used);
                let allowed = u128::from(burst) * u128::from(MINUTE) + u128::from(to - from) * u128::from(amount);
                prop_assert!(sum * u128::from(MINUTE) <= allowed, "{sum} from {from} to {to}");
            }
        }
    }

    #[test]
    fn a_calendar_window_holds_and_settling_conserves(acts in acts()) {
        let gauge = month(200, 0, u64::MAX / 4);
        let (settled, mut meter, now, most) = run(&gauge, &acts);
        prop_assert!(most <= 200, "{most} was promised at once");
        // What is left to take is exactly what was neither used nor is held.
        let used: u64 = settled.iter().map(|(_, used)| used).sum();
        let held = meter.counters.get(&key(1)).map_or(0, |counter| counter.held);
        let left = 200 - used - held;
        let exactly = [charge_of(LimitKind::Tokens, gauge.clone(), left)];
        let one_more = [charge_of(LimitKind::Tokens, gauge, left + 1)];
        prop_assert!(meter.reserve(&one_more, at(now)).is_err());
        prop_assert!(meter.reserve(&exactly, at(now)).is_ok());
    }
}
