//! Random packages as text, compiled by the front door.
//!
//! Every declaration is one line. Where the compiler finds a mistake in a
//! line, such as two profiles that disagree, the line goes and the rest is
//! compiled again: what is left is a package that a person could have written.

use super::condition::condition;
use super::{Random, facts};
use lang::condition::Place;
use lang::model::Model;
use lang::{Day, NoLoader, PackageFiles, Severity, compile};
use std::fmt::Write as _;

/// How often a package is compiled again without its mistakes.
const ATTEMPTS: usize = 12;

/// A random package.
#[derive(Clone, Debug)]
pub struct Arbitrary {
    /// Its text.
    pub text: String,
    /// What it means.
    pub model: Model,
}

/// Makes a package; `None` where no package was left of the text.
pub fn model(random: &mut Random) -> Option<Arbitrary> {
    let lines = Text { random, lines: Vec::new() }.package();
    compiled(lines)
}

/// Most declarations that one edit changes.
const EDITS_MAX: usize = 3;

impl Arbitrary {
    /// The package with one to three of its declarations changed, added or gone; `None` where nothing was left.
    pub fn edited(&self, random: &mut Random) -> Option<Self> {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        let other = Text { random, lines: Vec::new() }.package();
        for _ in 0..=random.below(EDITS_MAX) {
            // What a line declares is its first two words.
            let drawn = other.get(random.below(other.len()))?;
            let drawn = if random.chance(1, 4) { detector(random) } else { drawn.clone() };
            let declares = |line: &&String| line.split(' ').take(2).eq(drawn.split(' ').take(2));
            match lines.iter().position(|line| declares(&line)) {
                Some(0) | None => lines.push(drawn),
                Some(at) if random.chance(1, 6) => drop(lines.remove(at)),
                Some(at) => lines.splice(at..=at, [drawn]).for_each(drop),
            }
        }
        compiled(lines)
    }
}

/// A detector that finds what another of its name did not.
fn detector(random: &mut Random) -> String {
    let (name, category) = DETECTORS.get(random.below(DETECTORS.len())).copied().unwrap_or_default();
    let how = random.pick(&[
        "words \"pan\", \"iban\"",
        "phrases \"my card\"",
        "pattern /\\bX-\\d{4}\\b/",
        "pattern /x-\\d{4}/i; near 20 chars of \"card\"",
        "pattern /\\d{13,19}/; check luhn",
    ]);
    format!("detector {name} {{ {how}; category {category} }}")
}

/// The package of these lines, without those in which the compiler finds a mistake.
fn compiled(mut lines: Vec<String>) -> Option<Arbitrary> {
    for _ in 0..ATTEMPTS {
        let text = lines.join("\n");
        let files = vec![("policy.ascp".into(), text.clone().into_bytes())];
        let compiled = compile(PackageFiles { path: "arbitrary".into(), files }, &NoLoader, Day::Unchecked);
        if let Some(model) = compiled.model {
            return Some(Arbitrary { text, model });
        }
        let errors = compiled.diagnostics.iter().filter(|one| one.code.severity() == Severity::Error);
        let mut wrong: Vec<usize> = errors
            .map(|one| text.get(..one.span.range().start).map_or(0, |before| before.matches('\n').count()))
            .collect();
        wrong.sort_unstable();
        wrong.dedup();
        // The `policy` block stands first; without it nothing is left.
        if wrong.is_empty() || wrong.first() == Some(&0) {
            return None;
        }
        for line in wrong.into_iter().rev() {
            lines.remove(line);
        }
    }
    None
}

/// The text on its way.
struct Text<'r> {
    random: &'r mut Random,
    lines: Vec<String>,
}

const MODELS: &[&str] = &["gpt_4o", "llama_70b", "mini", "mistral_large"];
const REGIONS: &[&str] = &["eastus", "frankfurt_dc", "westeurope"];
const PROVIDERS: &[&str] = &["azure", "mistral", "vault_llm"];
const ATTESTATIONS: &[&str] = &["no_training", "self_hosted", "soc2_report"];
const DETECTORS: &[(&str, &str)] = &[
    ("advice", "topic"),
    ("aws", "secret"),
    ("github", "secret"),
    ("iban", "financial_data"),
    ("pan", "cardholder_data"),
];
const TENANTS: &[&str] = &["labs", "ops", "retail", "wide"];
const CHAINS: &[&str] = &["assistant", "backup"];
const PROFILES: &[&str] = &["dev", "pci"];
const REDACTIONS: &[&str] = &["cards", "keys", "talk"];
const WORKLOADS: &[(&str, &str)] = &[("batch", "labs"), ("support", "retail")];
const DATES: &[&str] = &["2026-06-30", "2026-12-31", "2027-06-30"];

impl Text<'_> {
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.random.pick(from)
    }

    /// One to three of them, each once, in order.
    fn some(&mut self, from: &[&'static str]) -> String {
        let first = self.pick(from);
        let mut chosen: Vec<&str> =
            from.iter().copied().filter(|one| *one == first || self.random.chance(1, 2)).collect();
        chosen.truncate(3);
        chosen.join(", ")
    }

    fn maybe(&mut self, times: usize, of: usize, text: &str) -> String {
        if self.random.chance(times, of) { format!("; {text}") } else { String::new() }
    }

    fn package(mut self) -> Vec<String> {
        let mut policy = "policy p { language 1".to_owned();
        self.terms(&mut policy, 8);
        policy.push_str(" }");
        self.lines.push(policy);
        for region in REGIONS {
            self.lines.push(format!("region {region} {{ country \"DE\" }}"));
        }
        let (eea, home) = (self.some(REGIONS), self.some(REGIONS));
        self.lines.push(format!("zone eea {{ regions {eea} }}"));
        self.lines.push(format!("zone home {{ regions {home} }}"));
        self.upstreams();
        self.content();
        for profile in PROFILES {
            let mut text = format!("profile {profile} {{ label x \"a\"");
            self.terms(&mut text, 5);
            self.lines.push(format!("{text} }}"));
        }
        for tenant in TENANTS {
            self.tenant(tenant);
        }
        for (workload, tenant) in WORKLOADS {
            let models = self.some(MODELS);
            let models = self.maybe(1, 2, &format!("models {models}"));
            let data = self.some(&["cardholder_data", "financial_data"]);
            let data = self.maybe(1, 2, &format!("data {data}"));
            self.lines.push(format!("workload {workload} {{ tenant {tenant}; owner \"o\"{models}{data} }}"));
        }
        for number in 0..self.random.below(14) {
            self.rule(number);
        }
        for number in 0..self.random.below(8) {
            self.exception(number);
        }
        self.lines
    }

    fn upstreams(&mut self) {
        let endpoints: &[(&str, &[&str])] =
            &[("azure", &["eastus", "westeurope"]), ("mistral", &["eu"]), ("vault_llm", &["fra"])];
        for (provider, endpoints) in endpoints {
            let attests = self.some(ATTESTATIONS);
            // Now and then one that requests cannot be sent to.
            let speaks = if self.random.chance(1, 6) { "bedrock" } else { "openai" };
            let mut text = format!("provider {provider} {{ speaks {speaks}; attests {attests}");
            for endpoint in *endpoints {
                let region = self.pick(REGIONS);
                let _ = write!(
                    text,
                    "; endpoint {endpoint} {{ url \"https://{provider}.example/{endpoint}\"; region {region}; key none }}"
                );
            }
            self.lines.push(format!("{text} }}"));
        }
        for model in MODELS {
            let mut text = format!("model {model} {{ aka \"{}\"", model.replace('_', "-"));
            let places: &[&str] = &["azure", "azure/eastus", "mistral", "vault_llm"];
            let first = self.pick(places);
            for place in places {
                let is_twice = *place == "azure/eastus" && text.contains("by azure as");
                if !is_twice && (*place == first || self.random.chance(1, 2)) {
                    let _ = write!(text, "; offered by {place} as \"v1\"");
                }
            }
            let context = self.maybe(1, 3, "context 1k tokens");
            let kinds = self.some(&["image", "text", "tools"]);
            let accepts = self.maybe(1, 3, &format!("accepts {kinds}"));
            self.lines.push(format!("{text}{context}{accepts} }}"));
        }
        for chain in CHAINS {
            let mut text = format!("chain {chain} {{ try {}/{}", self.pick(PROVIDERS), self.pick(MODELS));
            for _ in 0..self.random.below(3) {
                let _ = write!(text, "; then {}/{}", self.pick(PROVIDERS), self.pick(MODELS));
            }
            self.lines.push(format!("{text} }}"));
        }
    }

    fn content(&mut self) {
        for (detector, category) in DETECTORS {
            self.lines.push(format!("detector {detector} {{ words \"{detector}\"; category {category} }}"));
        }
        for redaction in REDACTIONS {
            let mut text = format!("redaction {redaction} {{ ");
            let first = self.random.below(DETECTORS.len());
            for (index, (detector, _)) in DETECTORS.iter().enumerate() {
                if index == first || self.random.chance(1, 3) {
                    let action = self.pick(&["tokenize", "block", "flag", "mask keep last 4"]);
                    let _ = write!(text, "{detector} {action}; ");
                }
            }
            let surfaces = self.some(&["input", "output", "audit"]);
            let date = self.pick(DATES);
            let shadow = self.maybe(1, 3, &format!("shadow until {date}"));
            self.lines.push(format!("{text}on {surfaces}{shadow} }}"));
        }
    }

    /// Statements that stand in a policy, a profile or a tenant; each `of` times seldom.
    fn terms(&mut self, text: &mut String, of: usize) {
        let (zone, region) = (self.pick(&["eea", "home"]), self.some(REGIONS));
        let (attestation, redaction) = (self.pick(ATTESTATIONS), self.pick(REDACTIONS));
        let (providers, chain) = (self.some(PROVIDERS), self.pick(CHAINS));
        let (model, provider) = (self.pick(MODELS), self.pick(PROVIDERS));
        let tools = self.pick(&["\"search_*\"", "\"a\", \"ab\", \"search_kb\"", "\"*\""]);
        let cap = self.pick(&["100", "200", "4k"]);
        let operations = self.pick(&["chat", "chat, embeddings, models", "chat, images, models"]);
        let kinds = self.some(&["image", "audio", "document"]);
        let statements = [
            format!("reside {zone}"),
            format!("reside {region}"),
            format!("require {attestation}"),
            format!("redact {redaction}"),
            format!("allow providers {providers}"),
            format!("deny providers {provider}"),
            format!("deny models {model}"),
            format!("allow tools {tools}"),
            "deny tools \"abc\"".to_owned(),
            format!("allow operations {operations}"),
            format!("allow unscanned {kinds}"),
            "allow hosted web_search".to_owned(),
            format!("cap max_tokens {cap}"),
            format!("route chat -> {chain}"),
            "limit 600 requests / minute".to_owned(),
        ];
        for statement in statements {
            if self.random.chance(1, of) {
                let _ = write!(text, "; {statement}");
            }
        }
    }

    fn tenant(&mut self, tenant: &str) {
        let mut text = format!("tenant {tenant} {{ identify header \"x-tenant\" \"{tenant}\" from 127.0.0.1");
        if tenant != "wide" || self.random.chance(1, 2) {
            let profiles = self.some(PROFILES);
            let extends = self.maybe(1, 2, &format!("extends {profiles}"));
            let models = self.some(MODELS);
            let label = self.pick(&["a", "ab"]);
            let label = self.maybe(1, 2, &format!("label y \"{label}\""));
            let _ = write!(text, "{extends}; allow models {models}{label}");
            text.push_str(&self.maybe(1, 8, "require workload"));
            self.terms(&mut text, 7);
        } else {
            let _ = write!(text, "; allow models {}", MODELS.join(", "));
        }
        // Now and then so many that the tenant gets an index of its own.
        let rules = if self.random.chance(1, 24) { 24 } else { self.random.below(2) };
        for number in 0..rules {
            let rule = self.rule_text(&format!("{tenant}_{number}"));
            let _ = write!(text, "; {rule}");
        }
        self.lines.push(format!("{text} }}"));
    }

    fn rule(&mut self, number: usize) {
        let rule = self.rule_text(&format!("r{number}"));
        self.lines.push(rule);
    }

    fn rule_text(&mut self, name: &str) -> String {
        let condition = if self.random.chance(1, 8) { self.wild() } else { self.usual(2) };
        let effect = match self.random.below(12) {
            0..=2 => "deny \"no\"".to_owned(),
            3..=6 => format!("flag \"f{}\"", self.random.below(4)),
            7 | 8 => format!("prefer {}", self.some(PROVIDERS)),
            9 => format!("cap max_tokens {}", self.pick(&["50", "100", "1k"])),
            _ => format!("route {}", self.pick(CHAINS)),
        };
        let date = self.pick(DATES);
        let shadow = self.maybe(1, 6, &format!("shadow until {date}"));
        format!("rule {name} {{ when {condition}; {effect}{shadow} }}")
    }

    /// Any condition that type-checks, brought to the names of this package.
    fn wild(&mut self) -> String {
        let names = [
            ("pii.iban", "iban"),
            ("pii.pan", "pan"),
            ("secrets.aws", "aws"),
            ("secrets.github", "github"),
            ("(pii)", "(category.financial_data)"),
            ("(pii,", "(category.financial_data,"),
            ("(secrets)", "(category.secret)"),
            ("(secrets,", "(category.secret,"),
            ("azure.eastus", "eastus"),
            ("azure.westeurope", "westeurope"),
        ];
        let text = condition(self.random, Place::Rule);
        names.iter().fold(text, |text, (from, to)| text.replace(from, to))
    }

    /// A condition as people write them.
    fn usual(&mut self, depth: usize) -> String {
        if depth > 0 && self.random.chance(2, 3) {
            let (left, right) = (self.usual(depth - 1), self.usual(depth - 1));
            return match self.random.below(8) {
                0..=4 => format!("({left} && {right})"),
                5 | 6 => format!("({left} || {right})"),
                _ => format!("!({left} && {right})"),
            };
        }
        let atom = self.atom();
        if self.random.chance(1, 6) { format!("!({atom})") } else { atom }
    }

    fn atom(&mut self) -> String {
        let text = self.random.pick(facts::TEXTS);
        let word = self.pick(&["a", "ab", "12", "search_kb", "zz"]);
        let number = self.pick(&["0", "1", "5", "1000", "60000"]);
        let sign = self.pick(&["<", "<=", ">", ">=", "==", "!="]);
        let model = self.pick(MODELS);
        let region = self.pick(REGIONS);
        let detector = DETECTORS.get(self.random.below(DETECTORS.len())).map_or("pan", |one| one.0);
        match self.random.below(34) {
            0 => format!("request.model == \"{model}\""),
            1 => format!("request.model in [\"{model}\", \"gpt_4o\"]"),
            2 => format!("request.operation == \"{}\"", self.pick(&["chat", "embeddings", "models"])),
            3 => format!("request.api != \"{}\"", self.pick(&["openai", "anthropic", "mistral"])),
            4 => "request.stream".to_owned(),
            5 => format!("request.tokens {sign} {number}"),
            6 => format!("request.max_tokens {sign} {number}"),
            7 => format!("request.header(\"x\") == \"{text}\""),
            8 => format!("request.header(\"y\") in [\"{text}\", \"{word}\"]"),
            9 => format!("\"{word}\" in caller.roles"),
            10 => format!("caller.roles.exists(r, r in [\"{word}\", \"a\"])"),
            11 => format!("\"{word}\" in request.tools"),
            12 => format!("tenant.name == \"{}\"", self.pick(TENANTS)),
            13 => format!("\"{}\" in tenant.zones", self.pick(&["eea", "home"])),
            14 => format!("\"{}\" in tenant.profiles", self.pick(PROFILES)),
            15 => format!("tenant.label(\"{}\") == \"{text}\"", self.pick(&["x", "y"])),
            16 => "workload.name == \"support\"".to_owned(),
            17 => format!("input.has({detector})"),
            18 => format!("input.count({detector}) {sign} {}", self.pick(&["1", "2"])),
            19 => "input.has(category.secret)".to_owned(),
            20 => format!("route.region == \"{region}\""),
            21 => format!("\"{}\" in route.attests", self.pick(ATTESTATIONS)),
            22 => "route.region in zone.eea.regions".to_owned(),
            23 => format!("route.model == \"{model}\" && route.provider != \"azure\""),
            24 => format!("output.has({detector})"),
            25 => format!("output.tool_calls.exists(t, t.name in [\"{word}\", \"a\"])"),
            26 => format!("usage.requests(\"minute\") {sign} {number}"),
            27 => format!("request.user.matches(\"{}\")", self.pick(&["^a", "b$", "^\\\\d+$", "[a-c]{2}"])),
            28 => format!("request.path.startsWith(\"{word}\") || request.path.matches(\"^a\")"),
            29 => "now < timestamp(\"2026-11-20T12:00:00Z\")".to_owned(),
            30 => format!("100 / request.bytes {sign} {number}"),
            31 => format!("caller.id == \"{text}\""),
            32 => format!("output.tokens {sign} {number}"),
            _ => format!("size(request.tools) {sign} {}", self.pick(&["0", "1", "2"])),
        }
    }

    fn exception(&mut self, number: usize) {
        let tenant = self.pick(TENANTS);
        let (models, providers) = (self.some(MODELS), self.some(PROVIDERS));
        let only = self.random.chance(1, 2);
        // Half lift a rule: of rules, few deny, and of those few fire.
        let permit = match self.random.below(10) {
            0 if only => format!("region {} for models {models}", self.pick(REGIONS)),
            0 => format!("region {}", self.pick(REGIONS)),
            1 => format!("models {models}"),
            2 => format!("tools {}", self.pick(&["\"abc\"", "\"z*\"", "\"a\", \"search_kb\""])),
            3 => format!("providers {providers}"),
            4 => format!("without {} at {}", self.pick(ATTESTATIONS), self.pick(PROVIDERS)),
            _ => format!("despite rule r{}", self.random.below(12)),
        };
        let date = self.pick(DATES);
        self.lines.push(format!(
            "exception e{number} {{ tenant {tenant}; permit {permit}; until {date}; \
             approved by \"a@b.example\" ticket \"T-1\"; reason \"why\" }}"
        ));
    }
}
