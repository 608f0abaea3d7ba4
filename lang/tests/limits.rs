//! Each limit of the compiler at its edge: what just fits, and what does not.

use lang::limits::{
    CONDITION_BYTES_MAX, DIAGNOSTICS_MAX, LITERAL_BYTES_MAX, NAME_BYTES_MAX, PACKAGE_FILES_MAX,
    SOURCE_BYTES_MAX,
};
use lang::{Code, Compiled, Day, NoLoader, PackageFiles, compile};

const POLICY: &str = "policy acme { language 1 }\n";

fn package(files: Vec<(Box<str>, Vec<u8>)>) -> Compiled {
    compile(PackageFiles { path: "case".into(), files }, &NoLoader, Day::Unchecked)
}

/// The codes that a text is told, beside a `policy` block.
fn codes(text: &str) -> Vec<Code> {
    let files =
        vec![("a.ascp".into(), POLICY.as_bytes().to_vec()), ("b.ascp".into(), text.as_bytes().to_vec())];
    package(files).diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn texts_at_their_limits() {
    let padded = |length: usize| format!("//{}", "x".repeat(length - 2));
    let literal = |length: usize| format!("category staff \"{}\"", "x".repeat(length - 2));
    let name = |length: usize| format!("category {} \"Staff\"", "x".repeat(length));
    let condition = |length: usize| {
        let fixed = "request.path == ''".len();
        format!("rule stop {{ when request.path == '{}'; deny \"x\" }}", "x".repeat(length - fixed))
    };
    let rows = [
        ("a source", padded(SOURCE_BYTES_MAX), vec![]),
        ("a source too large", padded(SOURCE_BYTES_MAX + 1), vec![Code::SourceTooLarge]),
        ("a literal", literal(LITERAL_BYTES_MAX), vec![]),
        ("a literal too long", literal(LITERAL_BYTES_MAX + 1), vec![Code::LiteralTooLong]),
        ("a name", name(NAME_BYTES_MAX), vec![]),
        ("a name too long", name(NAME_BYTES_MAX + 1), vec![Code::BadName]),
        ("a condition", condition(CONDITION_BYTES_MAX), vec![]),
        ("a condition too long", condition(CONDITION_BYTES_MAX + 1), vec![Code::ConditionTooLong]),
    ];
    for (what, text, expected) in rows {
        assert_eq!(codes(&text), expected, "{what}");
    }
}

#[test]
fn packages_at_their_limits() {
    let files = |count: usize| -> Vec<(Box<str>, Vec<u8>)> {
        let policy = std::iter::once(("a.ascp".into(), POLICY.as_bytes().to_vec()));
        policy.chain((1..count).map(|at| (format!("b{at}.ascp").into(), vec![]))).collect()
    };
    assert!(package(files(PACKAGE_FILES_MAX)).model.is_some());
    let codes =
        |compiled: &Compiled| -> Vec<Code> { compiled.diagnostics.iter().map(|it| it.code).collect() };
    let compiled = package(files(PACKAGE_FILES_MAX + 1));
    assert_eq!(codes(&compiled), [Code::PackageTooLarge]);
    let large = vec![b' '; SOURCE_BYTES_MAX + 1];
    let files = (0..9).map(|at| (format!("{at}.ascp").into(), large.clone())).collect();
    assert_eq!(codes(&package(files)).last(), Some(&Code::PackageTooLarge));
}

#[test]
fn text_is_utf8() {
    let files = vec![("a.ascp".into(), b"policy acme \"\xff\" { language 1 }".to_vec())];
    let compiled = package(files);
    let told: Vec<(Code, &str)> = compiled.diagnostics.iter().map(|it| (it.code, &*it.message)).collect();
    assert_eq!(told, [(Code::NotUtf8, "`a.ascp` is not UTF-8: byte 13 is wrong")]);
}

#[test]
fn diagnostics_past_the_limit_are_counted() {
    let files = vec![("a.ascp".into(), "nothing\n".repeat(DIAGNOSTICS_MAX + 5).into_bytes())];
    let compiled = package(files);
    // The missing `policy` block is one more.
    assert_eq!((compiled.diagnostics.len(), compiled.left_out), (DIAGNOSTICS_MAX, 6));
}
