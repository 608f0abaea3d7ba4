//! Random facts of a request against a model.

use super::Random;
use engine::facts::{Api, Caller, Facts, Findings, FoundFact, Operation, Output, Request, Usage, Windows};
use jiff::Timestamp;
use lang::model::{Accepts, DetectorId, EndpointId, Kind, Model, ModelId, TenantId, WorkloadId};

/// Texts that facts and conditions hold.
pub const TEXTS: &[&str] = &["", "a", "ab", "abc", "12", "board", "search_kb"];

/// Counts at the edges of what conditions compare with.
const COUNTS: &[u64] = &[0, 1, 2, 5, 6, 999, 1_000, 1_001, 60_000, 60_001, u64::MAX];

/// Instants on both sides of the dates that random packages write.
const INSTANTS: &[i64] =
    &[1_780_000_000, 1_782_863_999, 1_782_864_000, 1_795_176_000, 1_798_761_600, 1_830_000_000];

/// Makes facts whose names are the model's, mostly.
pub fn facts(random: &mut Random, model: &Model) -> Facts {
    let tenant = TenantId::from_index(random.below(model.tenants.len()));
    let request = request(random, model, tenant);
    let detectors = model.detectors.len();
    let is_answered = random.chance(1, 3);
    let mut down: Vec<EndpointId> =
        (0..model.endpoints.len()).filter(|_| random.chance(1, 8)).map(EndpointId::from_index).collect();
    down.sort_unstable();
    Facts {
        tenant,
        workload: workload(random, model, tenant),
        caller: Caller {
            id: text(random),
            roles: texts(random),
            claims: vec![("x".to_owned(), text(random)), ("y".to_owned(), text(random))],
        },
        request,
        input: findings(random, detectors),
        usage: usage(random),
        down,
        served: is_answered.then(|| {
            let endpoint = EndpointId::from_index(random.below(model.endpoints.len()));
            (endpoint, ModelId::from_index(random.below(model.models.len())))
        }),
        output: if is_answered { output(random, detectors) } else { Output::default() },
        now: Timestamp::from_second(random.pick(INSTANTS)).unwrap_or_default(),
    }
}

fn text(random: &mut Random) -> String {
    random.pick(TEXTS).to_owned()
}

fn texts(random: &mut Random) -> Vec<String> {
    (0..random.below(4)).map(|_| text(random)).collect()
}

/// Mostly one of the tenant's own, or none.
fn workload(random: &mut Random, model: &Model, tenant: TenantId) -> Option<WorkloadId> {
    if random.chance(1, 30) {
        let any = WorkloadId::from_index(random.below(model.workloads.len()));
        return (any.index() < model.workloads.len()).then_some(any);
    }
    let own = model.tenants.get(tenant.index()).map(|tenant| tenant.workloads.as_slice()).unwrap_or_default();
    if random.chance(1, 2) { own.get(random.below(own.len())).copied() } else { None }
}

/// Mostly a name that the tenant may use.
fn asked(random: &mut Random, model: &Model, tenant: TenantId) -> String {
    let access =
        model.tenants.get(tenant.index()).and_then(|tenant| model.accesses.get(tenant.access.index()));
    if let Some(access) = access
        && random.chance(5, 6)
    {
        let allowed = access.models.iter().filter_map(|id| model.models.get(id.index()));
        let routed = access.routes.iter().filter_map(|(_, id)| model.chains.get(id.index()));
        let names = allowed.map(|one| &one.aliases).chain(routed.map(|one| &one.aliases));
        let names: Vec<&str> = names.flatten().map(|name| &**name).collect();
        return random.pick(&names).to_owned();
    }
    let models = model.models.iter().flat_map(|one| &one.aliases);
    let chains = model.chains.iter().flat_map(|one| &one.aliases);
    let names: Vec<&str> = models.chain(chains).map(|name| &**name).collect();
    match random.below(16) {
        0 => "unheard-of".to_owned(),
        1 => String::new(),
        _ => random.pick(&names).to_owned(),
    }
}

fn request(random: &mut Random, model: &Model, tenant: TenantId) -> Request {
    let operation = match random.below(16) {
        0 => Operation::Embeddings,
        1 => Operation::Models,
        2 => Operation::Images,
        _ => Operation::Chat,
    };
    let needs = match random.below(6) {
        0 => vec![Accepts::Tools, Accepts::Image],
        1 => vec![Accepts::Text],
        _ => Vec::new(),
    };
    let apis = [Api::OpenAi, Api::Anthropic, Api::Mistral];
    Request {
        operation,
        api: apis.get(random.below(3)).copied().unwrap_or(Api::OpenAi),
        asked: asked(random, model, tenant),
        path: text(random),
        method: "POST".to_owned(),
        user: text(random),
        stream: random.chance(1, 2),
        tokens: if random.chance(2, 3) { 10 } else { random.pick(COUNTS) },
        max_tokens: random.pick(COUNTS),
        bytes: random.pick(&[1, 2, 5, 100, 101, 0]),
        tools: if random.chance(1, 6) { texts(random) } else { Vec::new() },
        hosted: if random.chance(1, 30) { vec!["web_search".to_owned()] } else { Vec::new() },
        headers: vec![("x".to_owned(), text(random)), ("y".to_owned(), text(random))],
        needs,
        unscannable: if random.chance(1, 20) { vec![Kind::Image, Kind::Audio] } else { Vec::new() },
        logprobs: random.chance(1, 20),
    }
}

fn findings(random: &mut Random, detectors: usize) -> Findings {
    let count = if random.chance(1, 2) { 0 } else { random.below(4) };
    let list = (0..count).map(|_| FoundFact {
        detector: DetectorId::from_index(random.below(detectors)),
        confidence_permille: random.pick(&[0, 500, 1_000]),
    });
    Findings { list: list.collect() }
}

fn windows(random: &mut Random) -> Windows {
    Windows {
        second: random.pick(COUNTS),
        minute: random.pick(COUNTS),
        hour: random.pick(COUNTS),
        day: random.pick(COUNTS),
        month: random.pick(COUNTS),
    }
}

fn usage(random: &mut Random) -> Usage {
    Usage { requests: windows(random), tokens: windows(random), spend: windows(random) }
}

fn output(random: &mut Random, detectors: usize) -> Output {
    Output {
        findings: findings(random, detectors),
        tool_calls: texts(random),
        tokens: random.pick(COUNTS),
        finish_reason: text(random),
    }
}
