//! The compiler from its front door: how statements meet.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use lang::model::{Model, Tenant};
use lang::{Compiled, Day, NoLoader, PackageFiles, Style, compile, render};

/// Two endpoints in different places, a model that both offer, and a tenant made by `terms`.
const WORLD: &str = r#"
use std.regions.azure
zone eea { regions azure.westeurope, azure.northeurope }
zone anywhere { regions azure.* }
attestation iso42001 "ISO/IEC 42001"
provider azure {
  speaks openai
  attests soc2_report
  endpoint east { url "https://east.example"; region azure.eastus; key none }
  endpoint west { url "https://west.example"; region azure.westeurope; key none; attests iso42001 }
}
model small { offered by azure as "small-1"; price 1 USD in, 2 USD out per 1M tokens }
model large { offered by azure as "large-1" }
chain both { try azure/small; then azure/large }
chain one { try azure/small }
"#;

fn package(files: &[(&str, &str)]) -> Compiled {
    let files = files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().to_vec())).collect();
    let day = Day::Check("2026-11-20".parse().expect("a date"));
    compile(PackageFiles { path: "case".into(), files }, &NoLoader, day)
}

fn model(text: &str) -> Model {
    let compiled = package(&[("policy.ascp", text), ("world.ascp", WORLD)]);
    let told: String =
        compiled.diagnostics.iter().map(|it| render(it, &compiled.sources, Style::Plain) + "\n").collect();
    compiled.model.expect(&told)
}

fn tenant<'m>(model: &'m Model, name: &str) -> &'m Tenant {
    model.tenants.iter().find(|tenant| *tenant.name == *name).expect(name)
}

/// The names of the models that a tenant may use.
fn models(model: &Model, name: &str) -> Vec<String> {
    let access = &model.accesses[tenant(model, name).access.index()];
    access.models.iter().map(|id| model.models[id.index()].name.to_string()).collect()
}

/// Where a tenant's data may be processed.
fn regions(model: &Model, name: &str) -> Option<usize> {
    let access = &model.accesses[tenant(model, name).access.index()];
    access.residence.as_ref().map(|residence| residence.regions.len())
}

#[test]
fn allowlists_and_residences_intersect() {
    let model = model(
        "policy p { language 1; reside anywhere }
         profile narrow { allow models small; reside eea }
         tenant a { allow models small, large; extends narrow }
         tenant b { allow models small, large }
         tenant c { reside eea; deny models small; allow models small, large }
         tenant d { reside eea }",
    );
    assert_eq!(models(&model, "a"), ["small"]);
    assert_eq!(models(&model, "b"), ["large", "small"]);
    assert_eq!(models(&model, "c"), ["large"]);
    assert_eq!(models(&model, "d"), [""; 0], "none said, no model");
    assert_eq!(regions(&model, "a"), Some(2));
    assert!(regions(&model, "b").is_some_and(|count| count > 50));
    let both = package(&[("a.ascp", "policy p { language 1 } region r { country \"DE\" }")]);
    assert!(both.model.is_some(), "a block ends its statement");
}

#[test]
fn requirements_add_up_and_caps_and_retention_tighten() {
    let model = model(
        "policy p { language 1; require soc2_report; cap max_tokens 8k; retain records 1y, bodies 90d }
         profile careful { require iso42001; cap max_tokens 4k; retain records 7y, bodies 30d }
         tenant a { extends careful; allow models small; cap max_tokens 6k }",
    );
    let tenant = tenant(&model, "a");
    let access = &model.accesses[tenant.access.index()];
    assert_eq!(access.require.len(), 2);
    assert_eq!(access.cap.map(|cap| cap.tokens), Some(4_000));
    assert_eq!(tenant.retain.records.map(|span| span.days), Some(7 * 365), "the longest");
    assert_eq!(tenant.retain.bodies.map(|span| span.days), Some(30), "the shortest");
}

#[test]
fn the_nearest_route_timezone_and_label_decide() {
    let model = model(
        "policy p { language 1; route chat -> both; timezone \"UTC\"; label tier \"free\", team \"x\" }
         profile gold { label tier \"gold\"; timezone \"Europe/Berlin\" }
         tenant a { extends gold; allow models small, large; route chat -> one }
         tenant b { allow models small, large }",
    );
    let chain = |name: &str| {
        let access = &model.accesses[tenant(&model, name).access.index()];
        access.routes.iter().map(|(_, id)| model.chains[id.index()].name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(chain("a"), ["one"]);
    assert_eq!(chain("b"), ["both"]);
    let label = |name: &str| {
        tenant(&model, name).labels.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(label("a"), ["x", "gold"]);
    assert_eq!(label("b"), ["x", "free"]);
    assert_eq!(&*tenant(&model, "a").timezone, "Europe/Berlin");
}

#[test]
fn order_of_declarations_statements_and_files_changes_no_digest() {
    let one = "policy p { language 1; cap max_tokens 8k; require soc2_report }";
    let other = "policy p { require soc2_report\n  language 1 // the first edition\n  cap  max_tokens  8k }";
    let tenants = "tenant a { allow models small; reside eea }\ntenant b { allow models large }";
    let turned = "tenant b { allow models large }\ntenant a { reside eea; allow models small }";
    let digest = |files: &[(&str, &str)]| {
        let model = package(files).model.expect("a model");
        (model.decision_digest, model.package_digest)
    };
    let first = digest(&[("a.ascp", one), ("b.ascp", WORLD), ("c.ascp", tenants)]);
    let moved = format!("{turned}\n{WORLD}");
    assert_eq!(first, digest(&[("z.ascp", other), ("a.ascp", &moved)]));
    let changed = tenants.replace("reside eea", "reside anywhere");
    let changed = digest(&[("a.ascp", one), ("b.ascp", WORLD), ("c.ascp", &changed)]);
    assert_ne!(first.0, changed.0, "another residence is another decision");
    let titled = tenants.replace("tenant a", "tenant a \"Team A\"");
    let titled = digest(&[("a.ascp", one), ("b.ascp", WORLD), ("c.ascp", &titled)]);
    assert_eq!(first.0, titled.0, "a title decides nothing");
    assert_ne!(first.1, titled.1, "but it was written");
}

#[test]
fn counters_outlive_a_raised_budget() {
    let key = |amount: &str| {
        let model = model(&format!("policy p {{ language 1 }} tenant a {{ budget {amount} USD / month }}"));
        model.limits[0].key.clone()
    };
    assert_eq!(key("5_000"), key("6_000"));
}
