//! Runs the suites of a package: each case in a world of its own.

use crate::expect::{Difference, compare, place};
use crate::names::Names;
use crate::observed::Observed;
use crate::report::{CaseOutcome, CaseReport, Failure, Report, plain};
use crate::run::{Lane, Outcome, Policy, Start, Surroundings, drive};
use crate::snapshot::{self, Paragraphs, Standing};
use crate::suite::{Case, Entry, Expect, Skip, Step, Suite, Times};
use crate::world::{Clock, MemoryCounters, Script, StandIn, identify};
use crate::yaml::Fault;
use crate::{request, resolve};
use engine::Verdict;
use engine::breaker::{self, Breakers};
use engine::record::DecisionId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lang::model::EndpointId;
use serde_json::json;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The instant of cases that say none.
    pub now: Timestamp,
    /// Only cases with this in their suite's or their own name, without regard to case.
    pub filter: Option<String>,
    /// Only cases that have one of these tags; all when there is none.
    pub tags: Vec<String>,
    /// No case that has one of these tags.
    pub skip_tags: Vec<String>,
    /// How many cases run at once.
    pub jobs: NonZeroUsize,
    /// Whether new and changed snapshots are accepted.
    pub update: bool,
    /// The folder to which the suites' file names are relative.
    pub root: PathBuf,
}

impl Options {
    /// One case after another, at this instant, in the present folder.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            filter: None,
            tags: Vec::new(),
            skip_tags: Vec::new(),
            jobs: NonZeroUsize::MIN,
            update: false,
            root: PathBuf::new(),
        }
    }
}

/// Runs suites against a policy; the report is in the order of suites and text, whatever the jobs.
pub fn run<P: Policy>(policy: &P, suites: &[Suite], options: &Options) -> Report {
    run_watched(policy, suites, options, NOBODY)
}

/// Who watches a run while it goes on; cases of several jobs tell at once, in no particular order.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Sees the end of each exchange.
    pub exchange: &'a (dyn Fn(&Outcome) + Sync),
    /// Hears after each case how many of how many are done.
    pub case: &'a (dyn Fn(usize, usize) + Sync),
}

/// Nobody watches.
const NOBODY: Watch<'static> = Watch { exchange: &|_| {}, case: &|_, _| {} };

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// The same, with somebody who watches.
pub fn run_watched<P: Policy>(policy: &P, suites: &[Suite], options: &Options, watch: Watch<'_>) -> Report {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for suite in suites {
        jobs.extend(suite.faults.iter().map(|fault| Job { suite, task: Task::Fault(fault) }));
        let chosen = suite.entries.iter().filter(|entry| is_chosen(suite, entry, options));
        jobs.extend(chosen.map(|entry| Job { suite, task: Task::Case(entry) }));
    }
    let (next, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let done: Vec<Mutex<Option<CaseReport>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(job), Some(place)) = (jobs.get(at), done.get(at)) else { return };
            let report = job.run(policy, options, watch);
            *place.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(report);
            (watch.case)(ended.fetch_add(1, Ordering::Relaxed).saturating_add(1), jobs.len());
        }
    };
    std::thread::scope(|scope| {
        let threads = options.jobs.get().min(jobs.len());
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let cases = done
        .into_iter()
        .filter_map(|place| place.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
    Report { cases: cases.collect(), ..Report::default() }
}

/// Whether the run's filters let a case in.
pub(crate) fn is_chosen(suite: &Suite, entry: &Entry, options: &Options) -> bool {
    let has_name = options.filter.as_ref().is_none_or(|filter| {
        format!("{}: {}", suite.name, entry.name).to_lowercase().contains(&filter.to_lowercase())
    });
    // Which tags a case has that cannot be read, nobody knows; it is told rather than passed over.
    let has_tags = entry.case.as_ref().is_ok_and(|case| {
        let has = |tag: &String| case.tags.contains(tag);
        (options.tags.is_empty() || options.tags.iter().any(has)) && !options.skip_tags.iter().any(has)
    });
    has_name && (has_tags || entry.case.is_err())
}

/// One case to run, or one fault to tell.
struct Job<'a> {
    suite: &'a Suite,
    task: Task<'a>,
}

enum Task<'a> {
    Fault(&'a Fault),
    Case(&'a Entry),
}

impl Job<'_> {
    fn run<P: Policy>(&self, policy: &P, options: &Options, watch: Watch<'_>) -> CaseReport {
        let (name, line, outcome) = match self.task {
            Task::Fault(fault) => ("(the suite)", fault.place.line, failed_to_read(fault)),
            Task::Case(entry) => {
                let outcome = match &entry.case {
                    Err(fault) => failed_to_read(fault),
                    Ok(case) => run_case(policy, (self.suite, entry, case), options, watch),
                };
                (entry.name.as_str(), entry.place.line, outcome)
            }
        };
        CaseReport {
            suite: self.suite.name.clone(),
            name: name.to_owned(),
            file: self.suite.file.clone(),
            line,
            outcome,
        }
    }
}

fn failed_to_read(fault: &Fault) -> CaseOutcome {
    CaseOutcome::Failed(vec![plain(fault.place.line, fault.to_string())])
}

/// Whether the last day of a skip is over; it ends at midnight, UTC.
fn is_run_out(skip: &Skip, now: Timestamp) -> bool {
    skip.until.is_some_and(|until| until < now.to_zoned(TimeZone::UTC).date())
}

fn run_out(skip: &Skip) -> CaseOutcome {
    let until = skip.until.map(|until| until.to_string()).unwrap_or_default();
    let message =
        format!("its skip has run out, on {until}: {}; run it again, or say a later day", skip.reason);
    CaseOutcome::Failed(vec![Failure { field: "skip".into(), ..plain(skip.place.line, message) }])
}

fn run_case<P: Policy>(
    policy: &P,
    (suite, entry, case): (&Suite, &Entry, &Case),
    options: &Options,
    watch: Watch<'_>,
) -> CaseOutcome {
    match &case.skip {
        Some(skip) if is_run_out(skip, options.now) => return run_out(skip),
        Some(skip) => return CaseOutcome::Skipped(skip.reason.clone()),
        None => {}
    }
    let names = Names::new(policy.model());
    if let Err(fault) = resolve::check(case, names) {
        return failed_to_read(&suite.told(fault, entry.place));
    }
    let mut world = CaseWorld::new(policy, names, case.now.unwrap_or(options.now), watch);
    let mut paragraphs = Vec::new();
    for (index, step) in case.steps.iter().enumerate() {
        let label =
            if case.steps.len() > 1 { format!("step {}", index.saturating_add(1)) } else { String::new() };
        let mut paragraph = Paragraphs::default();
        let mut look = |observed: &Observed| {
            if case.snapshot {
                paragraph.add(observed);
            }
        };
        if let Err(failures) = world.step(step, &label, &mut look) {
            // What comes after would start from a state that nobody meant.
            return CaseOutcome::Failed(failures);
        }
        paragraphs.push(paragraph);
    }
    if !case.snapshot {
        return CaseOutcome::Passed;
    }
    let path = snapshot::path(&options.root.join(&suite.file), &entry.name);
    let text = snapshot::outcome_text(&paragraphs);
    let line = entry.place.line;
    let asked = if let [only] = case.steps.as_slice() { request::summary(&only.ask) } else { String::new() };
    match snapshot::check(&path, &entry.name, &text, options.update) {
        Ok(Standing::Same) => CaseOutcome::Passed,
        Ok(Standing::Accepted) => CaseOutcome::Accepted,
        Ok(Standing::New) => CaseOutcome::Failed(vec![Failure {
            field: "snapshot".into(),
            asked,
            actual: json!(text),
            ..plain(
                line,
                "new, and not yet accepted; see it with `--review`, or take it with `--update`".into(),
            )
        }]),
        Ok(Standing::Changed { kept }) => CaseOutcome::Failed(vec![Failure {
            field: "snapshot".into(),
            asked,
            expected: json!(kept),
            actual: json!(text),
            ..plain(line, snapshot::difference(&kept, &text))
        }]),
        Err(error) => CaseOutcome::Failed(vec![plain(line, format!("snapshot {}: {error}", path.display()))]),
    }
}

/// What comes of a case's requests, step by step, whatever the case expects.
pub(crate) fn observe<P: Policy>(policy: &P, case: &Case, options: &Options) -> Vec<Vec<Observed>> {
    let names = Names::new(policy.model());
    let mut world = CaseWorld::new(policy, names, case.now.unwrap_or(options.now), NOBODY);
    let observe = |step: &Step| {
        let mut all = Vec::new();
        let silent = Step { expect: None, ..step.clone() };
        let end = world.step(&silent, "", &mut |observed| all.push(observed.clone()));
        end.is_ok().then_some(all)
    };
    // A step that cannot even be run ends the story.
    case.steps.iter().map_while(observe).collect()
}

/// What comes of a case's requests in full, whatever the case expects; a step that cannot be run ends the story.
pub(crate) fn outcomes<P: Policy>(policy: &P, case: &Case, options: &Options) -> Vec<Outcome> {
    let names = Names::new(policy.model());
    let mut world = CaseWorld::new(policy, names, case.now.unwrap_or(options.now), NOBODY);
    let mut all = Vec::new();
    for step in &case.steps {
        if world.prepare(step).is_err() {
            break;
        }
        match step.times {
            Times::Repeat(times) => (0..times).for_each(|_| all.append(&mut world.send(step, 1))),
            Times::Concurrent(times) => all.append(&mut world.send(step, times)),
        }
    }
    all
}

/// What the steps of one case share.
struct CaseWorld<'a, P> {
    policy: &'a P,
    names: Names<'a>,
    clock: Clock,
    counters: MemoryCounters<'a>,
    breakers: Breakers,
    script: Script,
    begun: u128,
    watch: Watch<'a>,
}

impl<'a, P: Policy> CaseWorld<'a, P> {
    fn new(policy: &'a P, names: Names<'a>, now: Timestamp, watch: Watch<'a>) -> Self {
        let model = names.model();
        Self {
            policy,
            names,
            clock: Clock::new(now),
            counters: MemoryCounters::new(model),
            breakers: Breakers::new(breaker::settings(&model.chains)),
            script: Script::default(),
            begun: 0,
            watch,
        }
    }

    /// Brings the world to where a step begins.
    fn prepare(&mut self, step: &Step) -> Result<(), Vec<Failure>> {
        if let Some(at) = step.at
            && let Err(back) = self.clock.move_to_instant(at)
        {
            let message = format!("time does not go back: this lies {back:?} before the step");
            return Err(vec![plain(step.place.line, message)]);
        }
        self.clock.pass(step.after);
        if let Some(usage) = step.usage {
            self.counters.set_used(usage, self.clock.now().wall);
        }
        if let Some(replies) = &step.replies {
            let endpoints = self.names.model().endpoints.iter().enumerate();
            let endpoints =
                endpoints.map(|(index, endpoint)| (EndpointId::from_index(index), &*endpoint.name));
            self.script.set(replies, endpoints);
        }
        Ok(())
    }

    fn step(
        &mut self,
        step: &Step,
        label: &str,
        look: &mut dyn FnMut(&Observed),
    ) -> Result<(), Vec<Failure>> {
        self.prepare(step)?;
        let mut judge = Judge::new(self.names, step, label);
        match step.times {
            Times::Repeat(times) => {
                for _ in 0..times {
                    let outcomes = self.send(step, 1);
                    for outcome in &outcomes {
                        judge.take(outcome, look);
                    }
                    if judge.has_failed() {
                        break;
                    }
                }
            }
            Times::Concurrent(times) => {
                self.send(step, times).iter().for_each(|outcome| judge.take(outcome, look));
            }
        }
        self.counters.end_step();
        judge.verdict()
    }

    /// Sends so many requests at once, and waits for all of them.
    fn send(&mut self, step: &Step, times: u32) -> Vec<Outcome> {
        let now = self.clock.now();
        let mut down = self.breakers.down(now.wall);
        down.extend(step.down.iter().filter_map(|word| self.names.endpoint_id(&word.text)));
        down.sort_unstable();
        down.dedup();
        let head = request::head(&step.ask);
        let body = bytes::Bytes::from(request::body(&step.ask));
        let lanes = (0..times).map(|_| {
            self.begun = self.begun.saturating_add(1);
            let start = Start { head: head.clone(), id: DecisionId(self.begun), down: down.clone(), now };
            Lane {
                machine: self.policy.begin(start),
                body: body.clone(),
                tenant: step.ask.tenant.as_ref().map(|tenant| tenant.text.as_str().into()),
            }
        });
        let lanes = lanes.collect();
        let names = self.names;
        let caller = step.ask.caller.as_ref();
        let upstream = StandIn { created: u64::try_from(now.wall.as_second()).unwrap_or_default() };
        let mut surroundings = Surroundings {
            clock: &mut self.clock,
            counters: &mut self.counters,
            breakers: &mut self.breakers,
            script: &mut self.script,
            upstream: &upstream,
            identify: &|shown| identify(names, shown, caller),
        };
        let outcomes = drive(lanes, &mut surroundings);
        outcomes.iter().for_each(self.watch.exchange);
        outcomes
    }
}

/// Holds the outcomes of one step against what it expects.
struct Judge<'a> {
    names: Names<'a>,
    step: &'a Step,
    label: &'a str,
    seen: u32,
    allowed: u32,
    failures: Vec<Failure>,
}

impl<'a> Judge<'a> {
    fn new(names: Names<'a>, step: &'a Step, label: &'a str) -> Self {
        Self { names, step, label, seen: 0, allowed: 0, failures: Vec::new() }
    }

    fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    fn take(&mut self, outcome: &Outcome, look: &mut dyn FnMut(&Observed)) {
        self.seen = self.seen.saturating_add(1);
        if self.has_failed() {
            return; // The first request that fails is the one to look at.
        }
        if let Some(defect) = outcome.defect {
            return self.fail(Difference::defect(defect));
        }
        let observed = Observed::of(self.names, outcome);
        look(&observed);
        self.allowed = self.allowed.saturating_add(u32::from(observed.verdict == Some(Verdict::Allow)));
        let Some(expect) = &self.step.expect else { return };
        let is_asked = expect.allowed.is_none() || observed.verdict != Some(Verdict::Allow);
        if is_asked {
            let names = self.names;
            let locate = |rule: &str| names.rule_location(rule);
            let tenant = outcome.record.as_ref().and_then(|record| record.tenant);
            for mut difference in compare(expect, &observed, &locate) {
                if difference.decided_by.is_none() {
                    difference.decided_by = place(&difference, names, tenant, &observed.rules);
                }
                self.fail(difference);
            }
        }
    }

    fn fail(&mut self, difference: Difference) {
        let times = match self.step.times {
            Times::Repeat(times) | Times::Concurrent(times) => times,
        };
        let request = if times > 1 { format!("request {} of {times}", self.seen) } else { String::new() };
        let which: Vec<&str> = [self.label, &request].into_iter().filter(|part| !part.is_empty()).collect();
        self.failures.push(Failure {
            line: self.line(),
            which: which.join(", "),
            asked: request::summary(&self.step.ask),
            field: difference.field,
            message: difference.message,
            expected: difference.expected,
            actual: difference.actual,
            decided_by: difference.decided_by,
            would_pass: difference.would_pass,
        });
    }

    fn line(&self) -> u32 {
        self.step.place.line
    }

    fn verdict(mut self) -> Result<(), Vec<Failure>> {
        let expected = self.step.expect.as_ref().and_then(|expect: &Expect| expect.allowed);
        if let Some(expected) = expected
            && !self.has_failed()
            && expected != self.allowed
        {
            let message = format!("expected {expected} to pass, came {} of {}", self.allowed, self.seen);
            let allowed = self.allowed;
            self.failures.push(Failure {
                field: "allowed".into(),
                asked: request::summary(&self.step.ask),
                which: self.label.to_owned(),
                expected: json!(expected),
                actual: json!(allowed),
                would_pass: Some(format!("allowed: {allowed}")),
                ..plain(self.line(), message)
            });
        }
        if self.failures.is_empty() { Ok(()) } else { Err(self.failures) }
    }
}

#[cfg(test)]
mod tests;
