//! Programs of small packages.

use super::*;
use lang::{Day, NoLoader, PackageFiles};

fn program(rest: &str) -> Program {
    let text = format!(
        "policy p {{ language 1 }}\nregion r {{ country \"DE\" }}\n\
         provider a {{ speaks openai; endpoint e {{ url \"https://a.example/\"; region r; key none }} }}\n\
         model m {{ aka \"model\"; offered by a as \"v\" }}\n{rest}"
    );
    let files = vec![("policy.ascp".into(), text.into_bytes())];
    let compiled = lang::compile(PackageFiles { path: "test".into(), files }, &NoLoader, Day::Unchecked);
    let told: Vec<_> = compiled.diagnostics.iter().map(|one| one.message.clone()).collect();
    compile(&compiled.model.unwrap_or_else(|| panic!("{told:?}")), &mut crate::Cache::default())
        .expect("a program")
}

#[test]
fn patterns_of_one_fact_are_one_automaton() {
    let program = program(
        "tenant t { identify header \"x\" \"t\" from 127.0.0.1; allow models m }\n\
         rule one { when request.user.matches(\"^svc-[a-z]+-9$\") && request.model == \"m\"; flag \"a\" }\n\
         rule two { when request.user.matches(\"x$\") && request.model == \"m\"; flag \"a\" }",
    );
    assert_eq!(program.code.automata.len(), 1);
}
