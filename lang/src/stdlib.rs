//! The standard library's text, embedded.

use crate::ast::Declaration;
use crate::diagnostic::Diagnostics;
use crate::source::{Origin, Sources};

/// Module, file name and text of each file, sorted by module and name.
static FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/stdlib.rs"));

/// The files of one module, such as `std.pii`; names to show, and texts.
pub(crate) fn module(path: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let from = FILES.partition_point(|(module, ..)| *module < path);
    let files = FILES.get(from..).unwrap_or_default();
    files.iter().take_while(move |(module, ..)| *module == path).map(|(_, name, text)| (*name, *text))
}

/// Whether there is such a module.
pub(crate) fn has_module(path: &str) -> bool {
    module(path).next().is_some()
}

/// All modules, sorted; each once.
pub fn modules() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    FILES
        .iter()
        .map(|(module, ..)| *module)
        .filter(move |module| std::mem::replace(&mut last, module) != *module)
}

/// The modules that declare detectors, sorted, such as `std.pii`.
pub fn detector_modules() -> impl Iterator<Item = &'static str> {
    modules().filter(|path| module(path).any(|(name, text)| declares_detector(name, text)))
}

fn declares_detector(name: &str, text: &str) -> bool {
    let mut sources = Sources::new();
    let id = sources.add(name, text, Origin::Library);
    let file = crate::parse::file(&sources, id, &mut Diagnostics::new());
    file.declarations.iter().any(|declaration| matches!(declaration, Declaration::Detector(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detectors_are_in_five_modules() {
        assert_eq!(
            detector_modules().collect::<Vec<_>>(),
            ["std.attacks", "std.health", "std.pii", "std.secrets", "std.topics"]
        );
    }

    #[test]
    fn modules_are_found_by_their_path() {
        assert!(has_module("std.regions.azure"));
        assert!(!has_module("std.regions"), "a folder of folders has no declarations");
        assert!(!has_module("std.nothing"));
        assert!(modules().any(|module| module == "std.frameworks"));
    }
}
