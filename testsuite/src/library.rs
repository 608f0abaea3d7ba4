//! Suites that lie under no package: the standard library beside which they stand.
//!
//! Such a suite names no tenant and no model. It runs against a package that
//! uses all detectors of the library, flags whatever they find on both
//! surfaces, and knows one tenant, one model and one endpoint, each named `any`.

use crate::suite::{Body, Reply, Suite, Word};
use crate::yaml::Place;
use lang::{Compiled, Day, NoLoader, PackageFiles, stdlib};
use std::fmt::Write as _;

/// The name of the one tenant, and of the one model.
const ANY: &str = "any";

/// What the one endpoint answers when a suite does not say; no detector finds anything in it.
const ANSWER: &str = "hi";

/// The policy text of the package, made from the modules that the library has.
pub fn policy() -> String {
    let names: Vec<(&str, &str)> = stdlib::detector_modules()
        .map(|path| (path, path.rsplit_once('.').map_or(path, |(_, name)| name)))
        .collect();
    let mut text = String::from("policy library \"The standard library\" { language 1; version \"1\" }\n\n");
    for (path, _) in &names {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "use {path}");
    }
    text.push_str(
        "\nregion here { country \"DE\" }\n\
         provider standin { speaks openai; endpoint any { url \"https://standin.invalid/v1\"; region here; key none } }\n\
         model any { aka \"any\"; offered by standin as \"any\"; price 0 USD in, 0 USD out per 1M tokens }\n\n\
         redaction found {\n",
    );
    for (_, name) in &names {
        let _ = writeln!(text, "  {name}.* flag");
    }
    text.push_str(
        "  on input, output\n}\n\n\
         tenant any { identify mtls subject \"CN=any\"; allow models any; redact found }\n",
    );
    text
}

/// Compiles the package.
pub fn compile() -> Compiled {
    let files = vec![("library.ascp".into(), policy().into_bytes())];
    lang::compile(PackageFiles { path: "std".into(), files }, &NoLoader, Day::Unchecked)
}

/// Fills in what suites of the library leave out: who asks, which model, and what it answers.
///
/// A case that shows a credential of its own, or that sends a body as it is, keeps it.
pub fn fill(suites: &mut [Suite]) {
    let cases = suites.iter_mut().flat_map(|suite| &mut suite.entries);
    for case in cases.filter_map(|entry| entry.case.as_mut().ok()) {
        for (number, step) in case.steps.iter_mut().enumerate() {
            if step.ask.tenant.is_none() && step.ask.headers.is_empty() {
                step.ask.tenant = Some(Word { text: ANY.into(), place: Place::START });
            }
            if let Body::Built(built) = &mut step.ask.body {
                built.model.get_or_insert_with(|| ANY.into());
            }
            if number == 0 && step.replies.is_none() {
                step.replies = Some(vec![Reply { say: Some(ANSWER.into()), ..Reply::default() }]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_compiles_and_flags_every_detector() {
        let compiled = compile();
        assert_eq!(compiled.diagnostics, []);
        let model = compiled.model.unwrap();
        let flagged: usize = model.redactions[0].rows.iter().map(|row| row.detectors.len()).sum();
        assert_eq!(flagged, model.detectors.len());
        assert!(flagged >= 20, "{flagged}");
    }

    #[test]
    fn what_a_case_says_itself_stays() {
        let text = "cases:\n- { name: a, model: m, reply: { say: x }, expect: { verdict: allow } }\n\
                    - { name: b, headers: { x-api-key: k }, steps: [{ expect: { verdict: deny } }, { expect: { verdict: deny } }] }\n";
        let mut suites = [Suite::read("a", text)];
        fill(&mut suites);
        let steps = |at: usize| suites[0].entries[at].case.as_ref().unwrap().steps.clone();
        let Body::Built(built) = &steps(0)[0].ask.body else { panic!("built") };
        assert_eq!(built.model.as_deref(), Some("m"));
        assert_eq!(steps(0)[0].replies.as_ref().unwrap()[0].say.as_deref(), Some("x"));
        assert_eq!(steps(0)[0].ask.tenant.as_ref().unwrap().text, "any");
        assert!(steps(1)[0].ask.tenant.is_none());
        assert!(steps(1)[1].replies.is_none(), "the first step's answer goes on");
    }
}
