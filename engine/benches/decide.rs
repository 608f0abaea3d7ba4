//! How fast a decision is made, beside conditions written by hand.
//!
//! `cargo bench -p engine --bench decide` asserts that all answers are equal
//! and that allowing takes no memory, prints one table, then runs `divan`.
//! Only ratios within one run mean anything.
//!
//! The conditions by hand do what a proxy would have to do for this package and
//! give the same answer from the same facts: they find the tenant's row, look
//! up the name of the model and its endpoints for the tenant, check operation,
//! workload, hosted tools and context, ask every rule in turn, note all that
//! fired and the reason of each that denies, and leave out endpoints that are
//! down. What the package lacks (tool rules, redactions, dates, exceptions, route
//! rules) they do not ask about; the program has to see that there is none.
//!
//! Budget: 200 ns at 10,000 tenants
//! and 200 rules; at 200 rules at most half of the hand-written conditions, at
//! 10 rules at most 1.5 times; 10,000 tenants compiled from text in 400 ms
//! and 60 MB.

#![expect(clippy::panic, reason = "a bench whose setting is wrong has nothing to measure")]

use divan::Bencher;
use divan::counter::ItemsCount;
use engine::decision::{Reason, Verdict};
use engine::facts::{Api, Caller, Facts, Findings, Operation, Output, Request, Usage};
use engine::{Budget, Cache, Program, Scratch, compile};
use jiff::Timestamp;
use lang::model::{EndpointId, Model, RuleId, TenantId};
use lang::{Day, NoLoader, PackageFiles};
use regex_automata::meta::Regex;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

const TENANTS: [usize; 4] = [10, 100, 1_000, 10_000];
const RULES: [usize; 3] = [10, 50, 200];
/// Distinct requests of a run.
const REQUESTS: usize = 4_096;
const MODELS: usize = 20;
const PROFILES: usize = 20;
const ZONES: usize = 10;
const ROLES: usize = 16;
/// Of every model, in tokens.
const CONTEXT: u64 = 1_000_000;

/// Numbers from a seed, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0).checked_rem(end).unwrap_or(0)
    }
}

/// What a tenant is, for the text and for the conditions written by hand.
#[derive(Clone, Debug)]
struct Tenant {
    profile: usize,
    zone: usize,
    is_gold: bool,
    models: Vec<usize>,
}

fn tenants(count: usize) -> Vec<Tenant> {
    let mut random = Random(7);
    let one = |_| {
        let profile = random.below(PROFILES);
        let models = (0..MODELS).filter(|model| !(model + profile).is_multiple_of(3)).collect();
        Tenant { profile, zone: profile % ZONES, is_gold: random.below(2) == 0, models }
    };
    (0..count).map(one).collect()
}

/// One rule, as a person would write it in Rust.
enum Hand {
    TenantModel { tenant: u32, model: usize },
    ZoneOperation { zone: usize },
    RoleTokens { role: String, tokens: u64 },
    ModelStream { model: usize, profile: usize },
    HeaderModel { value: String, models: [usize; 2] },
    TokensWithoutRole { tokens: u64, role: String },
    GoldTokens { tokens: u64 },
    ApiModel { model: usize },
    CallerOrUser { caller: String, user: String },
    UserMatches { regex: Box<Regex>, model: usize },
}

struct Rule {
    hand: Hand,
    denies: bool,
}

fn rule(number: usize, tenants: usize) -> (String, Rule) {
    let (model, role) = (number % MODELS, format!("role{}", number % ROLES));
    let tokens = 44_000 + number as u64 * 100;
    let tenant = number * 37 % tenants;
    let (condition, hand) = match number % 10 {
        0 => (
            format!("tenant.name == \"t{tenant}\" && request.model == \"m{model}\""),
            Hand::TenantModel { tenant: u32::try_from(tenant).unwrap_or(0), model },
        ),
        1 => {
            let zone = number / 10 % ZONES;
            (
                format!("\"z{zone}\" in tenant.zones && request.operation == \"embeddings\""),
                Hand::ZoneOperation { zone },
            )
        }
        2 => (
            format!("\"{role}\" in caller.roles && request.tokens > {tokens}"),
            Hand::RoleTokens { role, tokens },
        ),
        3 => {
            let profile = number / 10 % PROFILES;
            (
                format!(
                    "request.model == \"m{model}\" && request.stream && \"p{profile}\" in tenant.profiles"
                ),
                Hand::ModelStream { model, profile },
            )
        }
        4 => {
            let (value, other) = (format!("e{number}"), (number + 1) % MODELS);
            (
                format!(
                    "request.header(\"x-env\") == \"{value}\" && request.model in [\"m{model}\", \"m{other}\"]"
                ),
                Hand::HeaderModel { value, models: [model, other] },
            )
        }
        5 => (
            format!("request.tokens > {tokens} && !(\"{role}\" in caller.roles)"),
            Hand::TokensWithoutRole { tokens, role },
        ),
        6 => (
            format!("tenant.label(\"tier\") == \"gold\" && request.max_tokens > {tokens}"),
            Hand::GoldTokens { tokens },
        ),
        7 => (
            format!("request.api == \"anthropic\" && request.model == \"m{model}\""),
            Hand::ApiModel { model },
        ),
        8 => {
            let (caller, user) = (format!("c{number}"), format!("u{number}"));
            (
                format!("caller.id == \"{caller}\" || request.user == \"{user}\""),
                Hand::CallerOrUser { caller, user },
            )
        }
        _ => {
            let pattern = format!("^svc-[a-z]+-{number}$");
            let regex = Box::new(Regex::new(&pattern).unwrap_or_else(|error| panic!("{error}")));
            (
                format!("request.user.matches(\"{pattern}\") && request.model == \"m{model}\""),
                Hand::UserMatches { regex, model },
            )
        }
    };
    let denies = matches!(number % 10, 0 | 1 | 4 | 7 | 8);
    let effect = if denies { "deny \"no\"" } else { "flag \"seen\"" };
    (format!("rule r{number:04} {{ when {condition}; {effect} }}"), Rule { hand, denies })
}

/// The package as text.
fn text(tenants: &[Tenant], rules: usize) -> String {
    let mut text = "policy bench { language 1 }\n".to_owned();
    for zone in 0..ZONES {
        let _ = writeln!(text, "region g{zone} {{ country \"DE\" }}\nzone z{zone} {{ regions g{zone}, g0 }}");
    }
    text.push_str("provider a { speaks openai");
    for zone in 0..ZONES {
        let _ = write!(
            text,
            "; endpoint e{zone} {{ url \"https://a.example/e{zone}\"; region g{zone}; key none }}"
        );
    }
    text.push_str(" }\n");
    for model in 0..MODELS {
        let _ = writeln!(
            text,
            "model m{model} {{ aka \"model-{model}\"; offered by a as \"v\"; context 1M tokens }}"
        );
    }
    for profile in 0..PROFILES {
        let models: Vec<String> = (0..MODELS)
            .filter(|model| !(model + profile).is_multiple_of(3))
            .map(|model| format!("m{model}"))
            .collect();
        let zone = profile % ZONES;
        let models = models.join(", ");
        let _ = writeln!(text, "profile p{profile} {{ reside z{zone}; allow models {models} }}");
    }
    for (number, tenant) in tenants.iter().enumerate() {
        // A token brings roles along, so any role may be asked for.
        let token = if number == 0 {
            "; identify jwt issuer \"https://id.example\" audience \"a\" claim org \"t0\""
        } else {
            ""
        };
        let tier = if tenant.is_gold { "gold" } else { "base" };
        let _ = writeln!(
            text,
            "tenant t{number} {{ identify key \"sha256:{number:064x}\"; extends p{}; label tier \"{tier}\"{token} }}",
            tenant.profile
        );
    }
    for number in 0..rules {
        let _ = writeln!(text, "{}", rule(number, tenants.len()).0);
    }
    text
}

fn model_of(text: String) -> Model {
    let files = vec![("policy.ascp".into(), text.into_bytes())];
    let compiled = lang::compile(PackageFiles { path: "bench".into(), files }, &NoLoader, Day::Unchecked);
    compiled.model.unwrap_or_else(|| {
        let told = compiled.diagnostics.iter().map(|one| one.message.as_str()).collect::<Vec<_>>();
        panic!("the package has mistakes: {told:?}")
    })
}

fn requests(program: &Program, tenants: &[Tenant]) -> Vec<Facts> {
    let mut random = Random(11);
    let by_name: HashMap<&str, TenantId> = program
        .model()
        .tenants
        .iter()
        .enumerate()
        .map(|(index, tenant)| (&*tenant.name, TenantId::from_index(index)))
        .collect();
    (0..REQUESTS)
        .map(|_| {
            let tenant = random.below(tenants.len());
            let models = tenants.get(tenant).map(|tenant| tenant.models.as_slice()).unwrap_or_default();
            let model = models.get(random.below(models.len())).copied().unwrap_or(0);
            let is_odd = random.below(20) == 0;
            Facts {
                tenant: by_name.get(format!("t{tenant}").as_str()).copied().unwrap_or(TenantId(0)),
                workload: None,
                caller: Caller {
                    id: format!("c{}", 1_000 + random.below(100)),
                    roles: (0..2).map(|_| format!("role{}", random.below(ROLES))).collect(),
                    claims: Vec::new(),
                },
                request: Request {
                    operation: if is_odd { Operation::Embeddings } else { Operation::Chat },
                    api: if random.below(20) == 0 { Api::Anthropic } else { Api::OpenAi },
                    asked: format!("model-{model}"),
                    path: "/v1/chat/completions".to_owned(),
                    method: "POST".to_owned(),
                    user: format!("svc-team-{}", random.below(400)),
                    stream: random.below(2) == 0,
                    tokens: random.below(50_000) as u64,
                    max_tokens: random.below(50_000) as u64,
                    bytes: 2_000,
                    tools: Vec::new(),
                    hosted: Vec::new(),
                    headers: vec![("x-env".to_owned(), format!("e{}", random.below(300)))],
                    needs: Vec::new(),
                    unscannable: Vec::new(),
                    logprobs: false,
                },
                input: Findings::default(),
                usage: Usage::default(),
                down: Vec::new(),
                served: None,
                output: Output::default(),
                now: Timestamp::UNIX_EPOCH,
            }
        })
        .collect()
}

/// The endpoints of each model that may be used.
type Routes = Vec<Option<Vec<EndpointId>>>;

/// What is decided by hand: what the program's outcome says, in the same memory.
struct Answer<'h> {
    /// Of all rules that deny.
    reasons: SmallVec<[Reason; 1]>,
    /// All rules that fired, for the record.
    fired: SmallVec<[RuleId; 16]>,
    route: Cow<'h, [EndpointId]>,
}

impl Answer<'_> {
    fn refused(reason: Reason) -> Self {
        Self { reasons: smallvec![reason], fired: SmallVec::new(), route: Cow::Borrowed(&[]) }
    }
}

/// The same decision, its conditions written by hand and asked one after another.
struct ByHand {
    models: HashMap<String, usize>,
    /// By the program's tenant number.
    tenants: Vec<(u32, Tenant, Routes)>,
    rules: Vec<Rule>,
}

impl ByHand {
    fn new(program: &Program, tenants: &[Tenant], rules: usize) -> Self {
        let model = program.model();
        let endpoints_in = |zone: usize| {
            let is_in = |name: &str| name == format!("g{zone}") || name == "g0";
            let inside = model.endpoints.iter().enumerate().filter(|(_, endpoint)| {
                model.regions.get(endpoint.region.index()).is_some_and(|region| is_in(&region.name))
            });
            inside.map(|(index, _)| EndpointId::from_index(index)).collect::<Vec<_>>()
        };
        let of = |tenant: &lang::model::Tenant| {
            let number: usize = tenant.name.trim_start_matches('t').parse().unwrap_or(0);
            let known = tenants.get(number).cloned().unwrap_or_else(|| panic!("no tenant {number}"));
            let route = |model: usize| known.models.contains(&model).then(|| endpoints_in(known.zone));
            let routes = (0..MODELS).map(route).collect();
            (u32::try_from(number).unwrap_or(0), known, routes)
        };
        Self {
            models: (0..MODELS).map(|model| (format!("model-{model}"), model)).collect(),
            tenants: model.tenants.iter().map(of).collect(),
            rules: (0..rules).map(|number| rule(number, tenants.len()).1).collect(),
        }
    }

    /// What the fields of the package say, then its rules, one after another.
    fn decide(&self, facts: &Facts) -> Answer<'_> {
        let (request, roles) = (&facts.request, &facts.caller.roles);
        let Some((number, tenant, routes)) = self.tenants.get(facts.tenant.index()) else {
            return Answer::refused(Reason::PolicyError(None));
        };
        let Some(asked) = self.models.get(request.asked.as_str()) else {
            return Answer::refused(Reason::ModelNotAllowed);
        };
        let Some(Some(route)) = routes.get(*asked) else { return Answer::refused(Reason::ModelNotAllowed) };
        if !request.operation.is_ordinary() {
            return Answer::refused(Reason::OperationNotAllowed);
        }
        if facts.workload.is_some() {
            return Answer::refused(Reason::WorkloadUnknown);
        }
        if !request.hosted.is_empty() {
            return Answer::refused(Reason::Unscannable);
        }
        let mut answer =
            Answer { reasons: SmallVec::new(), fired: SmallVec::new(), route: Cow::Borrowed(&[]) };
        for (at, rule) in self.rules.iter().enumerate() {
            let fires = match &rule.hand {
                Hand::TenantModel { tenant, model } => tenant == number && model == asked,
                Hand::ZoneOperation { zone } => {
                    tenant.zone == *zone && request.operation == Operation::Embeddings
                }
                Hand::RoleTokens { role, tokens } => request.tokens > *tokens && roles.contains(role),
                Hand::ModelStream { model, profile } => {
                    model == asked && request.stream && tenant.profile == *profile
                }
                Hand::HeaderModel { value, models } => {
                    models.contains(asked)
                        && request.headers.iter().any(|(name, one)| name == "x-env" && one == value)
                }
                Hand::TokensWithoutRole { tokens, role } => request.tokens > *tokens && !roles.contains(role),
                Hand::GoldTokens { tokens } => tenant.is_gold && request.max_tokens > *tokens,
                Hand::ApiModel { model } => request.api == Api::Anthropic && model == asked,
                Hand::CallerOrUser { caller, user } => facts.caller.id == *caller || request.user == *user,
                Hand::UserMatches { regex, model } => model == asked && regex.is_match(&request.user),
            };
            if fires {
                let id = RuleId::from_index(at);
                answer.fired.push(id);
                if rule.denies {
                    answer.reasons.push(Reason::Rule(id));
                }
            }
        }
        if answer.reasons.is_empty() {
            if request.tokens > CONTEXT {
                return Answer::refused(Reason::Unsupported);
            }
            answer.route = if facts.down.is_empty() {
                Cow::Borrowed(route)
            } else {
                route.iter().copied().filter(|one| facts.down.binary_search(one).is_err()).collect()
            };
            if answer.route.is_empty() {
                answer.reasons.push(Reason::NoEndpoint);
            }
        }
        answer
    }
}

/// A program, its requests, and the same by hand.
struct Setting {
    program: Program,
    hand: ByHand,
    requests: Vec<Facts>,
}

impl Setting {
    fn new(tenant_count: usize, rules: usize) -> Self {
        let tenants = tenants(tenant_count);
        let model = model_of(text(&tenants, rules));
        let program = compile(&model, &mut Cache::default()).unwrap_or_else(|error| panic!("{error}"));
        let (hand, requests) = (ByHand::new(&program, &tenants, rules), requests(&program, &tenants));
        let setting = Self { program, hand, requests };
        setting.assert_equal();
        setting
    }

    /// All answers are equal, and allowing takes no memory.
    fn assert_equal(&self) {
        let (mut scratch, mut allowed) = (Scratch::new(), 0);
        for facts in &self.requests {
            let outcome = self.program.decide(facts, &mut Budget::ample(), &mut scratch);
            let answer = self.hand.decide(facts);
            assert_eq!(outcome.reasons(), answer.reasons.as_slice(), "{facts:?}");
            assert_eq!(outcome.fired(), answer.fired.as_slice(), "{facts:?}");
            let endpoints: Vec<EndpointId> =
                self.program.route_of(&outcome).map(|candidate| candidate.endpoint).collect();
            assert_eq!(endpoints, *answer.route, "{facts:?}");
            if outcome.verdict() == Verdict::Allow {
                allowed += 1;
                let taken = allocation_counter::measure(|| {
                    black_box(self.program.decide(facts, &mut Budget::ample(), &mut scratch));
                });
                assert_eq!(taken.count_total, 0, "{facts:?}");
            }
        }
        assert!(allowed > REQUESTS / 2, "{allowed} of {REQUESTS} are allowed");
    }

    fn run_program(&self, scratch: &mut Scratch) {
        for facts in &self.requests {
            let outcome = self.program.decide(black_box(facts), &mut Budget::ample(), scratch);
            black_box(self.program.route_of(&outcome).next().map(|candidate| candidate.endpoint));
            black_box(outcome);
        }
    }

    fn run_hand(&self) {
        for facts in &self.requests {
            let answer = self.hand.decide(black_box(facts));
            black_box(answer.route.first().copied());
            black_box(answer);
        }
    }
}

/// Nanoseconds a decision in the median of some rounds.
fn measured(mut run: impl FnMut()) -> u128 {
    let mut rounds: Vec<Duration> = (0..31)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    rounds.sort_unstable();
    rounds.get(15).copied().unwrap_or_default().as_nanos() / REQUESTS as u128
}

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn table() {
    println!("ns a decision              program   by hand   ratio");
    let only = std::env::args().filter_map(|arg| arg.parse::<usize>().ok()).collect::<Vec<_>>();
    for rules in RULES {
        for tenants in TENANTS {
            if !only.is_empty() && only != [tenants, rules] {
                continue;
            }
            let setting = Setting::new(tenants, rules);
            let mut scratch = Scratch::new();
            let program = measured(|| setting.run_program(&mut scratch));
            let hand = measured(|| setting.run_hand());
            let percent = program.saturating_mul(100) / hand.max(1);
            println!("{tenants:>6} tenants {rules:>4} rules {program:>12} {hand:>9} {percent:>6}%");
        }
    }
    let text = text(&tenants(10_000), 200);
    println!("\n10,000 tenants, 200 rules, {} KB of text", text.len() / 1_024);
    let (mut checked, mut compiled) = (Duration::ZERO, Duration::ZERO);
    let taken = allocation_counter::measure(|| {
        let begin = Instant::now();
        let model = model_of(text);
        checked = begin.elapsed();
        let begin = Instant::now();
        black_box(compile(&model, &mut Cache::default()).map(drop).is_ok());
        compiled = begin.elapsed();
    });
    println!(
        "text to model {} ms, model to program {} ms, at most {} MB",
        checked.as_millis(),
        compiled.as_millis(),
        taken.bytes_max / 1_000_000
    );
}

fn main() {
    if std::env::args().any(|arg| arg == "--bench") {
        table();
    }
    divan::main();
}

#[divan::bench(args = RULES)]
fn program(bencher: Bencher<'_, '_>, rules: usize) {
    let (setting, mut scratch) = (Setting::new(1_000, rules), Scratch::new());
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| setting.run_program(&mut scratch));
}

#[divan::bench(args = RULES)]
fn by_hand(bencher: Bencher<'_, '_>, rules: usize) {
    let setting = Setting::new(1_000, rules);
    bencher.counter(ItemsCount::new(REQUESTS)).bench_local(|| setting.run_hand());
}
