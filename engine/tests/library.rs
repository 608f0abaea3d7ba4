//! The library's detectors against the suites that stand beside them.
//!
//! The suites' own harness runs them through a whole exchange; this reads the
//! few keys that they use and asks the scanner alone.

#[cfg(test)]
mod library {
    use engine::scan::{DetectorSet, Scanner};
    use lang::model::{DetectorId, Model};
    use lang::{Day, NoLoader, PackageFiles, compile};
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    const MODULES: [&str; 5] = ["attacks", "health", "pii", "secrets", "topics"];

    /// A package that reaches all of the library's detectors.
    const PACKAGE: &str = "
policy library { language 1 }
use std.{attacks, health, pii, secrets, topics}
redaction all { attacks.* flag; health.* flag; pii.* flag; secrets.* flag; topics.* flag; on input }
";

    fn model() -> Model {
        let files = vec![("policy.ascp".into(), PACKAGE.as_bytes().to_vec())];
        let compiled = compile(PackageFiles { path: "library".into(), files }, &NoLoader, Day::Unchecked);
        compiled.model.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics))
    }

    /// What the library finds in a text, by name.
    struct Library {
        model: Model,
        scanner: Scanner,
        all: DetectorSet,
    }

    impl Library {
        fn new() -> Self {
            let model = model();
            let numbered = model.detectors.iter().enumerate();
            let scanner =
                Scanner::new(numbered.map(|(id, detector)| (DetectorId::from_index(id), detector))).unwrap();
            let all = scanner.detectors();
            Self { model, scanner, all }
        }

        fn find(&self, text: &str) -> BTreeMap<String, u32> {
            let mut findings = Vec::new();
            self.scanner.find(text, &self.all, &mut findings).unwrap();
            let mut counts = BTreeMap::new();
            for finding in findings {
                let name = &self.model.detectors[finding.detector.index()].name;
                *counts.entry(name.to_string()).or_default() += 1;
            }
            counts
        }
    }

    /// Name, text and expected counts of one case.
    type Case = (String, String, BTreeMap<String, u32>);

    /// Reads a suite that has a `say` and the exact findings for each case.
    fn cases(yaml: &str) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        for line in yaml.lines() {
            let line = line.trim_start();
            if let Some(name) = line.strip_prefix("- name: ") {
                cases.push((name.to_owned(), String::new(), BTreeMap::new()));
            } else if let Some(text) = line.strip_prefix("say: ") {
                cases.last_mut().unwrap().1 = quoted(text);
            } else if let Some(rest) = line.strip_prefix("expect: { findings: { input: {") {
                let counts =
                    rest.trim_end_matches([' ', '}']).split(',').filter(|pair| !pair.trim().is_empty());
                cases.last_mut().unwrap().2 = counts
                    .map(|pair| pair.split_once(':').unwrap())
                    .map(|(name, count)| (name.trim().to_owned(), count.trim().parse().unwrap()))
                    .collect();
            }
        }
        cases
    }

    /// A YAML scalar in double quotes.
    fn quoted(text: &str) -> String {
        let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
        let mut characters = inner.chars();
        let mut read = String::new();
        while let Some(character) = characters.next() {
            read.push(match (character, character == '\\') {
                (_, false) => character,
                (_, true) => match characters.next().unwrap() {
                    'n' => '\n',
                    't' => '\t',
                    other @ ('\\' | '"') => other,
                    other => panic!("unknown escape `\\{other}`"),
                },
            });
        }
        read
    }

    fn files(module: &str, ending: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib").join(module);
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.to_string_lossy().ends_with(ending));
        files.sort();
        files
    }

    #[test]
    fn every_case_of_every_suite_holds() {
        let library = Library::new();
        let mut wrong = Vec::new();
        for path in MODULES.iter().flat_map(|module| files(module, ".test.yaml")) {
            let cases = cases(&std::fs::read_to_string(&path).unwrap());
            assert!(cases.len() >= 6, "{}: too few cases", path.display());
            for (name, text, expected) in cases {
                let found = library.find(&text);
                if found != expected {
                    wrong.push(format!(
                        "{}: {name}\n  expected {expected:?}\n  found    {found:?}",
                        path.display()
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_detector_has_a_suite_and_all_are_reached() {
        let library = Library::new();
        let mut expected = Vec::new();
        for module in MODULES {
            for path in files(module, ".ascp") {
                let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
                assert!(path.with_extension("test.yaml").exists(), "{}", path.display());
                expected.push(format!("{module}.{stem}"));
            }
        }
        expected.sort();
        let reached: Vec<String> =
            library.model.detectors.iter().map(|detector| detector.name.to_string()).collect();
        assert_eq!(reached, expected);
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        let library = Library::new();
        for text in [
            "Summarise the attached minutes in five bullets, and ignore the small talk at the start.",
            "fn main() { let xs: Vec<u8> = vec![1, 2, 3]; println!(\"{:?}\", std::iter::once(xs)); }",
            "SELECT id, total FROM orders WHERE created >= '2026-01-01' AND total > 1000.50 LIMIT 100;",
            "commit 3cc723c4f1a2b5d6e7f8091a2b3c4d5e6f708192 fixes #4711 (see v2.31.4, released 2026-11-20).",
            "La réunion de 14 h 30 est reportée au 21/11/2026, salle 204, code projet AB-1234-X.",
            "UUID 550e8400-e29b-41d4-a716-446655440000, size 1,234,567,890 bytes, 99.95 % uptime.",
            "{\"model\":\"gpt-4o\",\"temperature\":0.7,\"max_tokens\":4096,\"seed\":1763640000}",
        ] {
            assert_eq!(library.find(text), BTreeMap::new(), "{text}");
        }
    }
}
