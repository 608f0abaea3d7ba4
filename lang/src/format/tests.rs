//! What is laid out how, case by case; and that white space within lines decides nothing.

use super::*;
use crate::parse::tests::policies;
use std::path::Path;

fn laid_out(text: &str) -> String {
    format("case.ascp", text).unwrap_or_else(|why| panic!("{text}\n{why:?}"))
}

/// What was written, and what must stand there afterwards.
const CASES: &[(&str, &str, &str)] = &[
    ("nothing", "", ""),
    ("white space alone", " \r\n\n\t", ""),
    ("a byte order mark", "\u{FEFF}use std.pii", "use std.pii\n"),
    ("carriage returns", "use std.pii\r\n// a\r\n", "use std.pii\n// a\n"),
    (
        "statements that share a line",
        "use std.pii; use std.attacks;; use std.secrets",
        "use std.pii\nuse std.attacks\nuse std.secrets\n",
    ),
    (
        "blank lines",
        "\n\n// a\n\n\n\n// b\nzone z {\n\n\n  regions a.b\n\n\n  countries \"DE\"\n\n}\n\n\n",
        "// a\n\n// b\nzone z {\n  regions  a.b\n\n  countries  \"DE\"\n}\n",
    ),
    (
        "a column a run",
        "tenant t {\n identify  header \"x\" \"t\" from 127.0.0.1\n   cap max_tokens 8k\n extends p ,q\n}",
        "tenant t {\n  identify  header \"x\" \"t\" from 127.0.0.1\n  cap       max_tokens 8k\n  extends   p, q\n}\n",
    ),
    (
        "a word alone moves no column",
        "provider p {\n endpoint e {\n  url \"https://a\"\n  private\n }\n}",
        "provider p {\n  endpoint e {\n    url  \"https://a\"\n    private\n  }\n}\n",
    ),
    (
        "a long head moves no column",
        "redaction r {\n pii.pan block\n a_detector_with_a_very_long_name mask\n on input\n}",
        "redaction r {\n  pii.pan  block\n  a_detector_with_a_very_long_name  mask\n  on       input\n}\n",
    ),
    (
        "a block between ends a run",
        "policy p {\n owner \"x\"\n rule r { when true; deny \"no\" }\n cap max_tokens 8k\n}",
        "policy p {\n  owner  \"x\"\n  rule r { when true; deny \"no\" }\n  cap  max_tokens 8k\n}\n",
    ),
    (
        "names are declared after one space",
        "framework f \"F\" {\n control  a   \"A\"\n control bb \"B\"\n}",
        "framework f \"F\" {\n  control a \"A\"\n  control bb \"B\"\n}\n",
    ),
    ("a block on one line", "rule  r{when   a  ;deny \"x\"}", "rule r { when a; deny \"x\" }\n"),
    ("an empty block", "zone z {\n}\nzone y { }", "zone z {}\nzone y {}\n"),
    (
        "a block that begins on one line and ends on another",
        "rule r { when a; deny \"x\"\n}",
        "rule r {\n  when  a\n  deny  \"x\"\n}\n",
    ),
    (
        "slashes in rates and in paths",
        "tenant t {\n limit 5 requests/minute\n budget 5 USD   /  month , alert 5%\n}\nchain c {\n try a / b at x,y\n}",
        "tenant t {\n  limit   5 requests / minute\n  budget  5 USD / month, alert 5%\n}\nchain c {\n  try  a/b at x, y\n}\n",
    ),
    (
        "arrows, and strings that touch words",
        "tenant t { route chat->c; label tier\"gold\" }",
        "tenant t { route chat -> c; label tier \"gold\" }\n",
    ),
    ("groups", "use std.regions .{azure,\n   mistral\n}", "use std.regions.{azure, mistral}\n"),
    (
        "a group with comments",
        "use std.{pii, // people\n // keys\n secrets}",
        "use std.{\n  pii,  // people\n  // keys\n  secrets\n}\n",
    ),
    (
        "a list goes on where its author broke it",
        "detector d {\n  phrases \"a\",\"b\",\n \"c\", // c\n  // d\n\n    \"d\"\n category topic\n}",
        "detector d {\n  phrases   \"a\", \"b\",\n            \"c\",  // c\n            // d\n            \"d\"\n  category  topic\n}\n",
    ),
    (
        "patterns",
        "detector d {\n pattern  /a b/i,/c  d/\n pattern /e/,\n /f/u\n}",
        "detector d {\n  pattern  /a b/i, /c  d/\n  pattern  /e/,\n           /f/u\n}\n",
    ),
    (
        "a comma at the end of a list",
        "zone z { regions a, b, }\nzone y { regions a, ; countries \"DE\" }",
        "zone z { regions a, b, }\nzone y { regions a,; countries \"DE\" }\n",
    ),
    (
        "a comma before the next statement",
        "zone y {\n regions a, ; countries \"DE\" }",
        "zone y {\n  regions    a,;\n  countries  \"DE\"\n}\n",
    ),
    (
        "comments at the end of a line",
        "zone z { // why\n  regions a.b   // one\n  countries \"DE\", \"FR\" // two\n} // done\n",
        "zone z {  // why\n  regions    a.b         // one\n  countries  \"DE\", \"FR\"  // two\n}  // done\n",
    ),
    (
        "comments in an empty block, and before its end",
        "zone z {\n// a\n}\nzone y { // b\n}\nzone x { regions a\n// c\n\n// d\n}",
        "zone z {\n  // a\n}\nzone y {  // b\n}\nzone x {\n  regions  a\n  // c\n\n  // d\n}\n",
    ),
    (
        "documentation stands right over what it documents",
        "/// One.\n\n/// Two.   \n// not docs\n\nzone z {\n\n /// Three.\n\n regions a\n}",
        "/// One.\n/// Two.\n// not docs\nzone z {\n  /// Three.\n  regions  a\n}\n",
    ),
    (
        "conditions keep their text and their lines",
        "rule r {\n when   a  ==  b &&   \n\n      // why\n   c // so\n   || d\n deny \"x\"\n}",
        "rule r {\n  when  a  ==  b &&\n      // why\n      c // so\n      || d\n  deny  \"x\"\n}\n",
    ),
    (
        "a condition that begins on the next line",
        "rule r {\n when\n  a\n deny \"x\"\n}",
        "rule r {\n  when  a\n  deny  \"x\"\n}\n",
    ),
    (
        "strings over lines are untouched",
        "rule r {\n      when a == \"\"\"x  \n   y\n\n\"\"\"   &&\n b\n deny \"x\"\n}",
        "rule r {\n  when  a == \"\"\"x  \n   y\n\n\"\"\"   &&\n      b\n  deny  \"x\"\n}\n",
    ),
    (
        "a block that does not fit is opened",
        "detector d { phrases \"a phrase of some thirty letters\", \"a phrase of some thirty letters\", \"another phrase\"; category topic }",
        "detector d {\n  phrases   \"a phrase of some thirty letters\", \"a phrase of some thirty letters\", \"another phrase\"\n  category  topic\n}\n",
    ),
];

#[test]
fn each_case_is_laid_out_as_it_says() {
    let mut wrong = Vec::new();
    for (case, text, expected) in CASES {
        match format("case.ascp", text) {
            Ok(found) if found == *expected => assert_eq!(laid_out(&found), found, "{case}, a second time"),
            other => wrong.push(std::format!("{case}\n{other:#?}\n{expected:#?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_cannot_be_read_is_not_laid_out() {
    let codes = |text: &str| -> Vec<Code> {
        let told = format("case.ascp", text).expect_err("diagnostics");
        told.iter().map(|diagnostic| diagnostic.code).collect()
    };
    assert_eq!(codes("zone z {"), [Code::UnclosedBlock]);
    assert_eq!(codes("zone z { regions = a }"), [Code::SyntaxError]);
    assert_eq!(codes("zonk z"), [Code::UnknownDeclaration]);
    assert_eq!(codes("/// of nothing"), [Code::StrayDoc]);
}

#[test]
fn a_width_is_met_at_its_edge() {
    let zone = |title: usize| std::format!("zone z \"{}\" {{ regions a }}\n", "t".repeat(title));
    let fits = zone(WIDTH - zone(0).trim_end().len());
    assert_eq!(laid_out(&fits), fits);
    assert_eq!(laid_out(&zone(WIDTH - zone(0).trim_end().len() + 1)).lines().count(), 3);
}

#[test]
fn the_library_and_the_packages_are_laid_out() {
    let mut paths = Vec::new();
    for folder in ["stdlib", "policies"] {
        policies(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut paths);
    }
    assert!(paths.len() > 40, "{}", paths.len());
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("text");
        assert_eq!(laid_out(&text), text, "run `policy fmt` on {}", path.display());
    }
}

/// The spans that a relayout leaves alone, in order.
fn atoms(statement: &Statement, into: &mut Vec<Span>) {
    into.extend(&statement.docs);
    into.push(statement.head);
    into.extend(statement.tokens.iter().map(|token| token.span));
    if let Some(block) = &statement.block {
        into.push(block.open);
        for item in &block.items {
            if let Item::Statement(inner) = item {
                atoms(inner, into);
            }
        }
        into.push(block.close);
    }
}

/// The text with other white space between its words; lines begin and end where they did.
fn relaid(text: &str, mut seed: u64) -> String {
    let tree = Tree::parse(text, SourceId(0)).expect("a tree");
    let mut spans = tree.comments.clone();
    tree.statements.iter().for_each(|statement| atoms(statement, &mut spans));
    spans.sort_unstable();
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((seed >> 33) % below).expect("small")
    };
    let mut out = String::new();
    let mut at = 0;
    for span in spans {
        // A comment inside a group stands in the group's span.
        if span.start < at {
            continue;
        }
        let gap = text.get(at as usize..span.start as usize).expect("a gap");
        for char in gap.chars() {
            match char {
                '\n' if random(4) == 0 => out.push_str(" \t\r\n"),
                ' ' => out.push_str([" ", "   ", "\t", " \t "][random(4)]),
                ';' => out.push_str([";", " ; ", ";;"][random(3)]),
                other => out.push(other),
            }
        }
        let word = tree.slice(span);
        let is_loose = |text: &str| text.starts_with([',', '{']) || text.starts_with(".{");
        if gap.is_empty() && is_loose(word) && random(2) == 0 {
            out.push(' ');
        }
        out.push_str(word);
        at = span.end;
    }
    out.push_str(text.get(at as usize..).expect("the rest"));
    out
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn white_space_within_lines_changes_no_layout(
            which in any::<prop::sample::Index>(),
            seed in any::<u64>(),
        ) {
            let mut paths = Vec::new();
            for folder in ["stdlib", "policies", "testsuite/cases"] {
                policies(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut paths);
            }
            paths.sort();
            let mut texts: Vec<String> = CASES.iter().map(|(_, text, _)| (*text).to_owned()).collect();
            texts.extend(paths.iter().map(|path| std::fs::read_to_string(path).expect("text")));
            let text = which.get(&texts);
            let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
            let other = relaid(text, seed);
            prop_assert_eq!(laid_out(&other), laid_out(text), "{}", other);
        }
    }
}
