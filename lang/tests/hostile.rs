//! Any bytes give a model or diagnostics: no panic, no hang, spans inside the text.

#![expect(
    clippy::expect_used,
    clippy::format_collect,
    reason = "a helper of tests panics as they do, and texts here are built once"
)]

use lang::{
    Code, Compiled, Day, Loader, NoLoader, PackageFiles, Severity, SourceId, Span, Style, compile, limits,
    render,
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// The example of the language's reference.
const EXAMPLE: &str = include_str!("../../testsuite/cases/language/acme/policy.ascp");

/// Longest time that any text here may take, in a build with debug assertions on a busy machine.
///
/// What is quadratic in a file of some megabytes takes minutes.
const PATIENCE: Duration = Duration::from_secs(30);

fn package(path: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> PackageFiles {
    let files = files.into_iter().map(|(name, bytes)| (name.into(), bytes)).collect();
    PackageFiles { path: path.into(), files }
}

fn one(bytes: impl Into<Vec<u8>>) -> PackageFiles {
    package("case", [("policy.ascp".to_owned(), bytes.into())])
}

/// Compiles and looks at every diagnostic.
fn survive_with(package: PackageFiles, loader: &dyn Loader) -> Compiled {
    let start = Instant::now();
    let compiled = compile(package, loader, Day::Unchecked);
    let is_error = |it: &lang::Diagnostic| it.code.severity() == Severity::Error;
    assert_eq!(compiled.model.is_none(), compiled.diagnostics.iter().any(is_error), "a model or an error");
    for diagnostic in &compiled.diagnostics {
        let labels = diagnostic.labels.iter().map(|label| label.span);
        for span in labels.chain([diagnostic.span]) {
            let source = compiled.sources.get(span.source).expect("a source of this run");
            assert!(
                source.text().get(span.range()).is_some(),
                "{diagnostic:?} in {} bytes",
                source.text().len()
            );
        }
        assert!(!diagnostic.message.contains('\n'), "{}", diagnostic.message);
        assert!(diagnostic.code != Code::ReaderDrift, "{diagnostic:?}");
    }
    for diagnostic in compiled.diagnostics.iter().take(20) {
        assert!(!render(diagnostic, &compiled.sources, Style::Plain).is_empty());
        assert!(!render(diagnostic, &compiled.sources, Style::Coloured).is_empty());
    }
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    compiled
}

fn survive(package: PackageFiles) -> Compiled {
    survive_with(package, &NoLoader)
}

/// The codes told about one text.
fn codes(text: impl Into<Vec<u8>>) -> Vec<Code> {
    survive(one(text)).diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// The text of a policy block, so that the rest is all that can be wrong.
const POLICY: &str = "policy p { language 1 }\n";

#[test]
fn the_example_compiles_whatever_ends_its_lines() {
    let plain = survive(one(EXAMPLE)).model.expect("a model");
    for text in [EXAMPLE.replace('\n', "\r\n"), format!("\u{FEFF}{EXAMPLE}")] {
        let model = survive(one(text)).model.expect("a model");
        assert_eq!(model.decision_digest, plain.decision_digest);
        assert_eq!(model.package_digest, plain.package_digest);
    }
    let laid_out = lang::format("policy.ascp", &EXAMPLE.replace('\n', "\r\n")).expect("layout");
    assert_eq!(Ok(laid_out), lang::format("policy.ascp", EXAMPLE));
}

#[test]
fn bytes_that_are_not_text() {
    assert_eq!(codes(b"policy p \xFF { language 1 }"), [Code::NotUtf8]);
    assert!(codes("policy p\0 { language 1 }").contains(&Code::SyntaxError));
    assert!(codes("\0").contains(&Code::SyntaxError));
    assert_eq!(
        codes(format!("{POLICY}\u{FEFF}")),
        [Code::SyntaxError],
        "a mark is skipped at the start alone"
    );
}

#[test]
fn a_file_is_limited_at_its_edge() {
    let padded = |length: usize| format!("{POLICY}{}", " ".repeat(length - POLICY.len()));
    assert_eq!(codes(padded(limits::SOURCE_BYTES_MAX)), []);
    let told = codes(padded(limits::SOURCE_BYTES_MAX + 1));
    assert_eq!(told, [Code::SourceTooLarge]);
}

#[test]
fn a_package_is_limited_at_its_edges() {
    let file = |at: usize, text: Vec<u8>| (format!("f{at}.ascp"), text);
    let policy = || [file(0, POLICY.into())];
    let large = |count: usize| {
        let texts = (1..=count).map(|at| file(at, vec![b' '; limits::SOURCE_BYTES_MAX]));
        survive(package("case", policy().into_iter().chain(texts)))
    };
    let full = limits::PACKAGE_BYTES_MAX / limits::SOURCE_BYTES_MAX;
    assert!(large(full - 1).model.is_some());
    assert!(large(full).diagnostics.iter().any(|it| it.code == Code::PackageTooLarge));
    let many = |count: usize| {
        let texts = (1..count).map(|at| file(at, Vec::new()));
        survive(package("case", policy().into_iter().chain(texts)))
    };
    assert!(many(limits::PACKAGE_FILES_MAX).model.is_some());
    let told = many(limits::PACKAGE_FILES_MAX + 1);
    assert!(told.diagnostics.iter().any(|it| it.code == Code::PackageTooLarge));
}

#[test]
fn brackets_ten_thousand_deep() {
    const DEEP: usize = 10_000;
    let condition = |open: &str, close: &str| {
        format!("{POLICY}rule r {{ when {}true{}; deny \"x\" }}", open.repeat(DEEP), close.repeat(DEEP))
    };
    for text in [condition("(", ")"), condition("[", "]"), condition("{1:", "}"), condition("f(", ")")] {
        assert!(codes(text).contains(&Code::NestingTooDeep));
    }
    let blocks = format!("{POLICY}{}{}", "rule r {".repeat(DEEP), "}".repeat(DEEP));
    assert!(codes(blocks).contains(&Code::NestingTooDeep));
    // What nests without brackets.
    for operator in ["!", "-", "1 + ", "true ? true : ", "true && ", "a."] {
        assert!(
            !codes(format!("{POLICY}rule r {{ when {}true; deny \"x\" }}", operator.repeat(DEEP))).is_empty()
        );
    }
}

#[test]
fn brackets_that_a_naive_count_does_not_see() {
    // Each line hides its brackets from one that reads strings or patterns otherwise than the grammar does.
    for hidden in
        ["@{pattern /\"/}\"\n", "aka \"\"\"\" {\n", "x ' {\n", "when r\"\\\" == (\n", "a \"\"\" {(\n"]
    {
        for end in ["", "}", "} x"] {
            let text = format!("{POLICY}{}{}", hidden.repeat(20_000), end.repeat(20_000));
            assert!(!codes(text).is_empty(), "{hidden:?} {end:?}");
        }
    }
}

#[test]
fn what_is_wrong_at_every_level_is_read_once() {
    let depth = limits::NESTING_DEPTH_MAX - 4;
    let when = |inner: &str| format!("{POLICY}rule r {{ when {inner}\n deny \"x\" }}");
    let mismatched = format!("{}]{}", "(".repeat(depth), ")".repeat(depth));
    assert!(!codes(when(&mismatched)).is_empty());
    let filling = "  // filling of some length, so that reading it again costs something\n".repeat(20_000);
    let nested = format!("{POLICY}{}{filling}{}", "a {\n".repeat(depth), "} x\n".repeat(depth));
    assert!(!codes(nested).is_empty());
}

#[test]
fn long_runs_of_one_thing() {
    let runs = [
        "/// docs\n",
        "// comment\n",
        "}",
        "{}",
        ";",
        "\"",
        "'",
        "\\\"",
        "\"\\",
        "'''\\",
        "'''\\'",
        "\"\"\"",
        "/",
        "// ",
        ",",
        "a,\n",
        ".{",
        ".{a,\n",
        "->",
        "when ",
        "when (\n",
        "pattern /",
        "pattern /a/,\n",
        "when a\n&& ",
        "a b { ",
        "r\"",
        "\r",
        "\u{A0}",
        "é",
        "p ",
        "use std.pii\n",
        "use std.{pii}\n",
        "region a { country \"DE\" }\n",
        "@",
        "@{",
        "@}",
        "a {\n",
    ];
    for run in runs {
        for before in
            ["", "zone z { regions ", "rule r { when ", "rule r { deny \"", "detector d { pattern /"]
        {
            let text = format!("{POLICY}{before}{}", run.repeat(200_000 / run.len()));
            survive(one(text.clone()));
            let _ = lang::format("policy.ascp", &text);
        }
    }
}

#[test]
fn long_literals_lines_and_names() {
    let long = "x".repeat(1 << 20);
    assert!(
        codes(format!("{POLICY}region r \"{long}\" {{ country \"DE\" }}")).contains(&Code::LiteralTooLong)
    );
    assert!(codes(format!("{POLICY}region {long} {{ country \"DE\" }}")).contains(&Code::BadName));
    assert!(codes(format!("{POLICY}{long}")).contains(&Code::UnknownDeclaration));
    assert!(codes(format!("{POLICY}rule r {{ when {long}; deny \"x\" }}")).contains(&Code::ConditionTooLong));
    assert!(
        codes(format!("{POLICY}detector d {{ pattern /{long}/; category topic }}"))
            .contains(&Code::LiteralTooLong)
    );
    let tools = "\"tool\", ".repeat(200_000);
    assert!(!codes(format!("{POLICY}profile p {{ allow tools {tools}\"x\" }}")).contains(&Code::SyntaxError));
}

#[test]
fn a_hundred_thousand_statements() {
    let rules: String =
        (0..20_000).map(|at| format!("rule r{at} {{ when request.stream; flag \"f\" }}\n")).collect();
    assert!(survive(one(format!("{POLICY}{rules}"))).model.is_some());
    let regions: String = (0..100_000).map(|at| format!("region r{at} {{ country \"DE\" }}\n")).collect();
    assert!(survive(one(format!("{POLICY}{regions}"))).model.is_some());
    let twice = "region r { country \"DE\" }\n".repeat(100_000);
    let compiled = survive(one(format!("{POLICY}{twice}")));
    assert!(compiled.diagnostics.iter().any(|it| it.code == Code::DuplicateName));
    assert!(compiled.left_out > 0);
    let unknown: String = (0..100_000).map(|at| format!("zone z{at} {{ regions nowhere_{at} }}\n")).collect();
    assert!(survive(one(format!("{POLICY}{unknown}"))).left_out > 0);
}

/// Packages that use others: `0` uses `1`, and so on without end.
struct Endless {
    pinned: bool,
    wide: bool,
}

impl Endless {
    fn text(&self, at: usize) -> String {
        let pin = if self.pinned { format!(" digest \"sha256:{:064}\"", 0) } else { String::new() };
        let uses = if self.wide { vec![2 * at + 1, 2 * at + 2] } else { vec![at + 1] };
        let uses: String = uses.iter().map(|at| format!("use \"{at}\"{pin}\n")).collect();
        format!("policy p{at} {{ language 1 }}\n{uses}")
    }
}

impl Loader for Endless {
    fn package(&self, _base: &str, path: &str) -> Result<PackageFiles, String> {
        let at: usize = path.parse().map_err(|_| "not a number".to_owned())?;
        Ok(package(path, [("policy.ascp".to_owned(), self.text(at).into())]))
    }

    fn words(&self, _base: &str, _path: &str) -> Result<String, String> {
        Err("none".into())
    }
}

#[test]
fn packages_that_use_packages_without_end() {
    for (pinned, wide) in [(false, false), (true, false), (false, true), (true, true)] {
        let endless = Endless { pinned, wide };
        let root = package("0", [("policy.ascp".to_owned(), endless.text(0).into())]);
        let compiled = survive_with(root, &endless);
        assert!(compiled.diagnostics.iter().any(|it| it.code == Code::PackageTooLarge), "{pinned} {wide}");
    }
}

/// Packages `0` to `2`, in a circle.
struct Circle {
    pin: &'static str,
}

impl Circle {
    fn get(&self, at: usize) -> PackageFiles {
        let text = format!("policy p{at} {{ language 1 }}\nuse \"{}\"{}\n", (at + 1) % 3, self.pin);
        package(&at.to_string(), [("policy.ascp".to_owned(), text.into())])
    }
}

impl Loader for Circle {
    fn package(&self, _base: &str, path: &str) -> Result<PackageFiles, String> {
        path.parse().map(|at| self.get(at)).map_err(|_| "not a number".to_owned())
    }

    fn words(&self, _base: &str, _path: &str) -> Result<String, String> {
        Err("none".into())
    }
}

#[test]
fn packages_that_use_each_other() {
    let pins = ["", " digest \"sha256:0000000000000000000000000000000000000000000000000000000000000000\""];
    for pin in pins {
        let circle = Circle { pin };
        let compiled = survive_with(circle.get(0), &circle);
        assert!(
            compiled.diagnostics.iter().any(|it| it.code == Code::CyclicUse),
            "{:?}",
            compiled.diagnostics
        );
    }
}

#[test]
fn a_source_knows_the_positions_of_spans_that_are_not_its_own() {
    let compiled = survive(one(POLICY));
    assert_eq!(compiled.sources.text(Span::new(SourceId(9), 0, 1)), "");
    assert_eq!(compiled.sources.text(Span::new(SourceId(0), 5, u32::MAX)), "");
}

/// A text with pieces of it cut out, repeated, or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "'",
        "\"\"\"",
        "/",
        "//",
        "///",
        "\n",
        ";",
        ",",
        ".",
        ".{",
        "->",
        "\\",
        "\r",
        "\0",
        "é",
        "\u{FEFF}",
        "\u{2028}",
        "when ",
        "pattern /",
        "policy p {",
        "use ",
        "*",
        "-",
        "%",
        "5k",
        "r\"",
        "&&",
        "",
    ]);
    let edit = (any::<prop::sample::Index>(), 0..40_usize, piece);
    prop::collection::vec(edit, 1..6).prop_map(|edits| {
        let mut chars: Vec<char> = EXAMPLE.chars().collect();
        for (at, cut, piece) in edits {
            let start = at.index(chars.len());
            let end = (start + cut).min(chars.len());
            chars.splice(start..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        survive(one(bytes));
    }

    #[test]
    fn any_characters(text in "\\PC{0,400}") {
        let _ = lang::format("policy.ascp", &text);
        survive(one(text));
    }

    #[test]
    fn any_order_of_what_the_language_is_made_of(
        text in "(policy|rule|when|pattern|zone|tenant|use|limit|std\\.pii|a|\\{|\\}|\\(|\\)|\"|'|/|//|///|\\n|;|,| |->|5k|&&|==|\\.\\{|\\\\|\"\"\"|r\"){0,120}"
    ) {
        let _ = lang::format("policy.ascp", &text);
        survive(one(text));
    }

    #[test]
    fn the_example_with_mistakes(text in mutated()) {
        match lang::format("policy.ascp", &text) {
            Ok(once) => prop_assert_eq!(lang::format("policy.ascp", &once), Ok(once)),
            Err(told) => prop_assert!(told.iter().all(|it| it.code != Code::ReaderDrift), "{:?}", told),
        }
        survive(one(text));
    }

    #[test]
    fn the_example_cut_off(at in 0..EXAMPLE.len()) {
        let bytes = EXAMPLE.as_bytes().get(..at).unwrap_or_default();
        survive(one(bytes));
    }
}
