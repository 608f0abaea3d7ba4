//! The library's detectors on text in which nothing stands that they are about.

#[cfg(test)]
mod library {
    use engine::scan::{DetectorSet, Scanner};
    use lang::model::{DetectorId, Model};
    use lang::{Day, NoLoader, PackageFiles, compile};
    use std::collections::BTreeMap;

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
