//! What a change touches: the declarations that were not there before, or said something else.
//!
//! Layout, comments, docs, and the file that a declaration stands in are no
//! change. A rule inside a tenant or profile is a declaration of its own.

use super::unit::Unit;
use lang::model::Model;
use lang::{Origin, Outlined, Source, SourceId, Sources, Span, outline};
use std::collections::BTreeMap;

/// The declarations that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Every declaration of the package, those within others too, and whether it differs.
    declared: Vec<(Span, bool)>,
}

/// What declarations said, by keyword and name; a broken package may declare one twice.
type Known = BTreeMap<(Box<str>, Box<str>), Vec<[u8; 32]>>;

impl Touched {
    /// Compares a package with the files that it had before, names and contents.
    ///
    /// The former files need not compile, nor be of a package at all.
    pub fn since(before: &[(Box<str>, Vec<u8>)], model: &Model) -> Self {
        let mut sources = Sources::new();
        for (name, bytes) in before {
            sources.add(name.clone(), String::from_utf8_lossy(bytes), Origin::Package);
        }
        let mut known = Known::new();
        for one in declared(&sources) {
            known.entry((one.keyword, one.name)).or_default().push(one.digest);
        }
        let declared = declared(&model.sources).into_iter().map(|one| {
            let is_same = known
                .get(&(one.keyword.clone(), one.name.clone()))
                .is_some_and(|digests| digests.contains(&one.digest));
            (one.span, !is_same)
        });
        Self { declared: declared.collect() }
    }

    /// Whether a unit stands in a declaration that differs, or depends on one.
    pub(super) fn holds(&self, unit: &Unit) -> bool {
        std::iter::once(&unit.span).chain(&unit.also).any(|span| self.is_changed(*span))
    }

    /// Whether the innermost declaration around a place differs.
    fn is_changed(&self, place: Span) -> bool {
        let around = self.declared.iter().filter(|(span, _)| {
            span.source == place.source && span.start <= place.start && place.end <= span.end
        });
        around
            .min_by_key(|(span, _)| span.end.saturating_sub(span.start))
            .is_some_and(|(_, differs)| *differs)
    }
}

fn declared(sources: &Sources) -> Vec<Outlined> {
    let own = |(_, source): &(SourceId, &Source)| source.origin() == Origin::Package;
    sources.iter().filter(own).flat_map(|(id, _)| outline(sources, id)).collect()
}
