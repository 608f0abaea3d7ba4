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
    let request = request(random, model);
    let detectors = model.detectors.len();
    let is_answered = random.chance(1, 3);
    let mut down: Vec<EndpointId> =
        (0..model.endpoints.len()).filter(|_| random.chance(1, 8)).map(EndpointId::from_index).collect();
    down.sort_unstable();
    Facts {
        tenant: TenantId::from_index(random.below(model.tenants.len())),
        workload: random
            .chance(1, 3)
            .then(|| WorkloadId::from_index(random.below(model.workloads.len())))
            .filter(|id| id.index() < model.workloads.len()),
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

fn asked(random: &mut Random, model: &Model) -> String {
    let models = model.models.iter().flat_map(|one| &one.aliases);
    let chains = model.chains.iter().flat_map(|one| &one.aliases);
    let names: Vec<&str> = models.chain(chains).map(|name| &**name).collect();
    match random.below(16) {
        0 => "unheard-of".to_owned(),
        1 => String::new(),
        _ => random.pick(&names).to_owned(),
    }
}

fn request(random: &mut Random, model: &Model) -> Request {
    let operation = match random.below(8) {
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
        asked: asked(random, model),
        path: text(random),
        method: "POST".to_owned(),
        user: text(random),
        stream: random.chance(1, 2),
        tokens: random.pick(COUNTS),
        max_tokens: random.pick(COUNTS),
        bytes: random.pick(COUNTS),
        tools: if random.chance(1, 3) { texts(random) } else { Vec::new() },
        hosted: if random.chance(1, 10) { vec!["web_search".to_owned()] } else { Vec::new() },
        headers: vec![("x".to_owned(), text(random)), ("y".to_owned(), text(random))],
        needs,
        unscannable: if random.chance(1, 8) { vec![Kind::Image, Kind::Audio] } else { Vec::new() },
        logprobs: random.chance(1, 10),
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
