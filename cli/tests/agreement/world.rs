//! A case over sockets: a sidecar of its own, its clients, and the hands of its clock.
//!
//! All of it shares one thread, so whoever runs sees what the others left. Time
//! moves when nothing else does: to the earliest instant that the sidecar or an
//! upstream waits for, and no further.

use crate::Seen;
use crate::client::{Client, Got};
use crate::observer::{Activity, Observer};
use crate::package::Package;
use crate::said::Seeded;
use crate::upstream::{Call, Stage, Upstreams};
use bytes::Bytes;
use engine::exchange::ResponseHead;
use engine::record::Record;
use jiff::Timestamp;
use lang::model::EndpointId;
use server::{Catalog, Config, Hands, Loaded, Records, Server, Surroundings};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use testsuite::names::Names;
use testsuite::observed::Observed;
use testsuite::request;
use testsuite::run::Outcome;
use testsuite::suite::{Case, Step, Times};
use testsuite::world::Sent;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How many looks in a row must find that nothing has moved before time does.
///
/// Between two looks whoever can go on does, by one hop of a connection at least, and no two hops in a
/// row leave the activity as it is. The rest is for what the system holds back for a moment.
const QUIET_LOOKS: u32 = 8;

/// The time between two looks.
const LOOK: Duration = Duration::from_millis(1);

/// A package over sockets.
pub(crate) struct World {
    pub(crate) package: Package,
    upstreams: Upstreams,
    /// The certificate that the sidecar is told to trust.
    authority: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        std::fs::remove_file(&self.authority).ok();
    }
}

impl World {
    pub(crate) fn new(mut package: Package) -> Self {
        let upstreams = Upstreams::new(std::mem::take(&mut package.listeners));
        let name = &package.parts.policy.name;
        let authority =
            std::env::temp_dir().join(format!("policy-{}-agreement-{name}.pem", std::process::id()));
        std::fs::write(&authority, &upstreams.authority).unwrap();
        Self { package, upstreams, authority }
    }

    /// Runs a case; what each of its exchanges came to, in order.
    pub(crate) async fn run(&self, case: &Case, now: Timestamp) -> Vec<Seen> {
        let mut sidecar = Sidecar::start(self, case.now.unwrap_or(now)).await;
        let mut seen = Vec::new();
        for step in &case.steps {
            seen.extend(sidecar.step(step).await);
        }
        sidecar.stop().await;
        seen
    }
}

/// A sidecar of one case, and what surrounds it.
struct Sidecar<'a> {
    package: &'a Package,
    observer: Observer,
    state: Arc<Seeded>,
    stage: Stage,
    records: Records,
    client: Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl<'a> Sidecar<'a> {
    async fn start(world: &'a World, now: Timestamp) -> Self {
        let package = &world.package;
        let (hands, activity) = (Hands::new(now), Activity::default());
        let observer = Observer::new(Arc::clone(&package.guard), activity.clone());
        let state = Arc::new(Seeded::new(Arc::clone(&package.guard)));
        let stage = Stage::new(hands.clone(), activity);
        world.upstreams.set(stage.clone());
        let (policy, parts) = (observer.clone(), Arc::clone(&package.parts));
        let load = move || {
            let catalog = Catalog::new(Arc::clone(&parts));
            Ok(Loaded { policy: Arc::new(policy.clone()), catalog, watched: Vec::new() })
        };
        let any = "127.0.0.1:0".parse().unwrap();
        let config = Config {
            listen: any,
            admin_listen: any,
            upstream_ca: Some(world.authority.clone()),
            ..Config::default()
        };
        let surroundings = Surroundings { clock: hands.into(), state: Arc::<Seeded>::clone(&state) };
        let server = Server::bind_in(&config, Arc::new(load), surroundings).await.unwrap();
        let client = Client::new(server.address().unwrap());
        let records = server.records();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self { package, observer, state, stage, records, client, stop, serving }
    }

    async fn stop(self) {
        // Connections that are kept would be waited for.
        drop(self.client);
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }

    async fn step(&mut self, step: &Step) -> Vec<Seen> {
        let hands = &self.stage.hands;
        if let Some(at) = step.at {
            let ahead = Duration::try_from(at.duration_since(hands.now().wall)).unwrap();
            hands.move_to(hands.now().elapsed + ahead);
        }
        hands.move_to(hands.now().elapsed + step.after);
        if let Some(usage) = step.usage {
            self.state.set(usage, hands.now().wall);
        }
        let parts = &self.package.parts;
        if let Some(replies) = &step.replies {
            self.stage.set_script(replies, &parts.endpoints);
        }
        let named = |name: &str| parts.endpoints.iter().position(|endpoint| *endpoint.name == *name);
        let down = step.down.iter().filter_map(|word| named(&word.text)).map(EndpointId::from_index);
        self.observer.set_down(down.collect());
        let mut seen = Vec::new();
        match step.times {
            Times::Repeat(times) => {
                for _ in 0..times {
                    self.stage.begin(true);
                    let got = self.in_time(self.send(step)).await;
                    seen.extend(self.judge(vec![got]));
                }
            }
            Times::Concurrent(times) => {
                let got = self.at_once(step, times).await;
                seen.extend(self.judge(got));
            }
        }
        self.state.end_step();
        seen
    }

    /// Sends one request.
    fn send(&self, step: &Step) -> impl Future<Output = Got> + use<> {
        let mut head = request::head(&step.ask);
        head.headers.extend(self.package.keys.shown(&step.ask));
        self.client.clone().send(head, Bytes::from(request::body(&step.ask)))
    }

    /// Sends so many requests that all of them begin before any ends, each once the one before it waits.
    async fn at_once(&self, step: &Step, times: u32) -> Vec<Got> {
        self.stage.begin(false);
        let mut under_way = Vec::new();
        for _ in 0..times {
            let (begun, arrived) = (self.observer.begun(), self.stage.arrived());
            let sending = tokio::spawn(self.send(step));
            while !sending.is_finished()
                && (self.observer.begun() == begun || self.stage.arrived() == arrived)
            {
                tokio::task::yield_now().await;
            }
            under_way.push(sending);
        }
        self.stage.open();
        let all = async {
            let mut got = Vec::new();
            for sending in under_way {
                got.push(sending.await.unwrap());
            }
            got
        };
        self.in_time(all).await
    }

    /// Lets time pass as far as this needs it.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> T {
        let keep_time = async {
            loop {
                self.quiet().await;
                if let Some(next) = self.stage.hands.next() {
                    self.stage.hands.move_to(next);
                }
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            () = keep_time => unreachable!("time never ends"),
        }
    }

    /// Waits until nothing moves.
    async fn quiet(&self) {
        let (mut looks, mut before) = (0, self.stage.activity.count());
        while looks < QUIET_LOOKS {
            tokio::time::sleep(LOOK).await;
            let now = self.stage.activity.count();
            looks = if now == before { looks + 1 } else { 0 };
            before = now;
        }
    }

    /// What requests came to, from what each side has seen of them.
    fn judge(&self, all: Vec<Got>) -> Vec<Seen> {
        let mut calls = self.stage.take_calls();
        let latest = self.records.latest();
        let names = Names::new(self.package.guard.model());
        let mut seen = Vec::new();
        for got in all {
            let record = record_of(&got, &latest);
            let mut outcome = Outcome { is_whole: got.is_whole, body: got.body, ..Outcome::default() };
            if got.status != 0 {
                // The headers are compared by themselves.
                outcome.head = Some(ResponseHead { status: got.status, headers: Vec::new() });
            }
            if let Some(notes) = record.and_then(|record| self.observer.take(record.id)) {
                outcome.full = notes.full;
                outcome.facts = notes.facts;
                outcome.sent =
                    notes.asked.into_iter().filter_map(|asked| received(asked, &mut calls)).collect();
            }
            outcome.record = record.cloned().map(Box::new);
            seen.push(Seen { observed: Observed::of(names, &outcome), headers: got.headers });
        }
        assert!(calls.is_empty(), "upstreams got what no exchange asked for: {calls:?}");
        seen
    }
}

/// The record of the answer's exchange.
fn record_of<'a>(got: &Got, latest: &'a [Record]) -> Option<&'a Record> {
    let (_, id) = got.headers.iter().find(|(name, _)| name == "x-ascp-decision")?;
    latest.iter().find(|record| record.id.to_string() == *id)
}

/// What an endpoint got of a call that an exchange asked for; `None` when nothing came there.
fn received((endpoint, body): (EndpointId, String), calls: &mut Vec<Call>) -> Option<Sent> {
    let is_it = |call: &Call| call.endpoint == endpoint && call.body.as_ref().is_none_or(|got| *got == body);
    let at = calls.iter().position(is_it)?;
    calls.remove(at);
    Some(Sent { endpoint, body })
}
