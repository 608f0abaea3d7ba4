//! The compiler from its front door.

use lang::{Compiled, Day, NoLoader, PackageFiles, Style, compile, render};

fn today() -> Day {
    Day::Check("2026-11-20".parse().expect("a date"))
}

fn package(files: &[(&str, &str)]) -> Compiled {
    let files = files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().to_vec())).collect();
    compile(PackageFiles { path: "case".into(), files }, &NoLoader, today())
}

fn told(compiled: &Compiled) -> String {
    compiled.diagnostics.iter().map(|it| render(it, &compiled.sources, Style::Plain) + "\n").collect()
}

#[test]
fn probe() {
    let path = std::env::var("PROBE").unwrap_or_default();
    if path.is_empty() {
        return;
    }
    let text = std::fs::read_to_string(path).expect("text");
    let compiled = package(&[("policy.ascp", &text)]);
    println!("{}", told(&compiled));
    println!("{:?}", compiled.model.as_ref().map(|m| (m.decision_digest, m.package_digest)));
    if std::env::var("DUMP").is_ok() {
        println!("{:#?}", compiled.model);
    }
}
