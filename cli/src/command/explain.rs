//! `policy explain`: one request, decided by the exchange that production drives, and why.

mod report;

use super::Outcome;
use crate::args::{Explain, Format};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::request::{REQUEST_BYTES_MAX, RequestFile, unknown};
use crate::{clock, file, json, package};
use engine::breaker::{self, Breakers};
use engine::exchange::Start;
use engine::guard::Guard;
use engine::record::DecisionId;
use engine::scan::TokenKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lang::Day;
use lang::model::{EndpointId, Model};
use report::Explained;
use std::sync::Arc;
use testsuite::names::Names;
use testsuite::run::{Lane, Policy as _, Surroundings, drive};
use testsuite::suite::{Ask, Body, Reply, Word};
use testsuite::world::{Clock, MemoryCounters, Script, StandIn, identify};
use testsuite::yaml::Place;

/// Keys the tokens that stand in for redacted values: the same in every run, so that two runs compare.
const EXPLAIN_TOKEN_KEY: [u8; 32] = [7; 32];

/// What the stand-in answers: nothing that a rule on output could mind.
const ANSWER: &str = "ok";

/// Decides the request, and says why.
pub(super) fn run(args: &Explain, output: &mut Output) -> Outcome {
    let request = RequestFile::parse(&file::read_text(&args.request, REQUEST_BYTES_MAX)?)?;
    let day = clock::day(args.at.at);
    let package = package::open(args.package.package.as_deref(), Day::Check(day))?;
    let model = package::into_model(package, output.error_style())?;
    let noon = args.at.at.and_then(|date| date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok());
    let now = request.now()?.or(noon.map(|noon| noon.timestamp())).unwrap_or_else(clock::now);
    let guard = Guard::new(&model, TokenKey::new(EXPLAIN_TOKEN_KEY))
        .map_err(|error| Failure::compile(format!("error: {error}")))?;
    let guard = Arc::new(guard);
    let outcome = decide(&guard, &request, now)?;
    if let Some(defect) = outcome.defect {
        return Err(Failure::machine(format!("the request could not be decided: {defect}")));
    }
    let trace = outcome.facts.as_deref().map(|facts| guard.program().trace(facts));
    let explained = Explained::of(&model, &outcome, trace.unwrap_or_default());
    match args.format.format {
        Format::Json => output.result(&json::line(&explained)),
        Format::Text => output.result(&explained.to_text(output.is_verbose())),
    }
    Ok(Exit::Well)
}

/// Drives one exchange to its end, among counters and breakers that live in memory.
fn decide(
    guard: &Arc<Guard>,
    request: &RequestFile,
    now: Timestamp,
) -> Result<testsuite::run::Outcome, Failure> {
    let model = guard.model();
    let names = Names::new(model);
    let ask = ask(model, request)?;
    let down = down(model, request)?;
    let mut clock = Clock::new(now);
    let mut counters = MemoryCounters::new(model);
    if let Some(usage) = request.usage() {
        counters.set_used(usage, now);
    }
    let mut breakers = Breakers::new(breaker::settings(&model.chains));
    let mut script = Script::default();
    let endpoints = model.endpoints.iter().enumerate();
    let endpoints = endpoints.map(|(at, endpoint)| (EndpointId::from_index(at), &*endpoint.name));
    script.set(&[Reply { say: Some(ANSWER.into()), ..Reply::default() }], endpoints);
    let head = testsuite::request::head(&ask);
    let start = Start { head, id: DecisionId(1), down, now: clock.now() };
    let lane = Lane {
        machine: guard.begin(start),
        body: bytes::Bytes::from(testsuite::request::body(&ask)),
        tenant: ask.tenant.as_ref().map(|tenant| tenant.text.as_str().into()),
    };
    let caller = ask.caller.as_ref();
    let mut surroundings = Surroundings {
        clock: &mut clock,
        counters: &mut counters,
        breakers: &mut breakers,
        script: &mut script,
        upstream: &StandIn { created: u64::try_from(now.as_second()).unwrap_or_default() },
        identify: &|shown| identify(names, shown, caller),
    };
    let outcome = drive(vec![lane], &mut surroundings).into_iter().next();
    outcome.ok_or_else(|| Failure::machine("the request could not be decided"))
}

/// What the file says, as the harness asks it.
fn ask(model: &Model, request: &RequestFile) -> Result<Ask, Failure> {
    let word = |text: &String| Word { text: text.clone(), place: Place::START };
    let tenants = model.tenants.iter().map(|tenant| &*tenant.name);
    let workloads = model.workloads.iter().map(|workload| &*workload.name);
    known("tenant", request.tenant.as_deref(), tenants)?;
    known("workload", request.workload.as_deref(), workloads)?;
    if request.tenant.is_none() && request.headers.is_empty() {
        let failure =
            Failure::usage("the request file names neither `tenant` nor `headers` with a credential");
        return Err(failure.help("as in {\"tenant\": \"retail\", \"body\": {…}}"));
    }
    Ok(Ask {
        tenant: request.tenant.as_ref().map(word),
        caller: request.caller(),
        workload: request.workload.as_ref().map(word),
        headers: request
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect(),
        operation: Some(request.operation()?),
        api: Some(request.api()?),
        body: request.body.as_ref().map_or_else(Body::default, |body| Body::Whole(body.get().to_owned())),
    })
}

fn down(model: &Model, request: &RequestFile) -> Result<Vec<EndpointId>, Failure> {
    let names = || model.endpoints.iter().map(|endpoint| &*endpoint.name);
    let find = |said: &String| {
        let at = names().position(|name| name == said);
        at.map(EndpointId::from_index).ok_or_else(|| unknown("endpoint", said, names()))
    };
    let mut down = request.down.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    down.sort_unstable();
    down.dedup();
    Ok(down)
}

fn known<'a>(
    what: &str,
    said: Option<&str>,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Failure> {
    match said {
        Some(said) if !names.clone().any(|name| name == said) => Err(unknown(what, said, names)),
        Some(_) | None => Ok(()),
    }
}
