//! What layout, order and files do not change: the digests of a package.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use lang::{Day, NoLoader, PackageFiles, compile, format};
use proptest::prelude::*;

/// The example of the language's reference.
const EXAMPLE: &str = include_str!("../../testsuite/cases/language/acme/policy.ascp");

/// Both digests of a package that must compile.
fn digests(files: &[String]) -> (lang::model::Digest, lang::model::Digest) {
    let files = files.iter().enumerate();
    let files = files.map(|(at, text)| (format!("f{at}.ascp").into(), text.clone().into_bytes())).collect();
    let compiled = compile(PackageFiles { path: "case".into(), files }, &NoLoader, Day::Unchecked);
    let model = compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    (model.decision_digest, model.package_digest)
}

/// The example's declarations, each with what stands right over it.
fn declarations() -> Vec<String> {
    let mut found = vec![String::new()];
    for line in EXAMPLE.lines() {
        let last = found.last_mut().expect("one at least");
        let is_closed = last.matches('{').count() == last.matches('}').count();
        if line.is_empty() && is_closed {
            found.push(String::new());
        } else {
            last.push_str(line);
            last.push('\n');
        }
    }
    found
}

#[test]
fn formatting_changes_white_space_and_no_digest() {
    let laid_out = format("policy.ascp", EXAMPLE).expect("layout");
    let words = |text: &str| text.split_whitespace().collect::<String>().replace(';', "");
    assert_eq!(words(&laid_out), words(EXAMPLE));
    assert_eq!(format("policy.ascp", &laid_out).as_deref(), Ok(laid_out.as_str()), "the second time");
    assert_eq!(digests(&[laid_out]), digests(&[EXAMPLE.to_owned()]));
}

#[test]
fn what_is_said_differently_has_another_digest() {
    let before = digests(&[EXAMPLE.to_owned()]);
    let comment = digests(&[EXAMPLE.replace("// the pinned version", "// another comment")]);
    assert_eq!(comment, before);
    let docs = digests(&[EXAMPLE.replace("/// Only this tenant", "/// Only that tenant")]);
    assert_eq!(docs.0, before.0, "docs decide nothing");
    assert_ne!(docs.1, before.1);
    let amount = digests(&[EXAMPLE.replace("600 requests", "601 requests")]);
    assert_ne!(amount.0, before.0);
    assert_ne!(amount.1, before.1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_and_files_change_no_digest(
        order in Just(declarations()).prop_shuffle(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut edges: Vec<usize> = cuts.iter().map(|cut| cut.index(order.len() + 1)).collect();
        edges.extend([0, order.len()]);
        edges.sort_unstable();
        let files: Vec<String> =
            edges.windows(2).filter_map(|edge| order.get(edge[0]..edge[1])).map(|part| part.join("\n")).collect();
        prop_assert_eq!(digests(&files), digests(&[EXAMPLE.to_owned()]));
    }
}
