//! Fields by key: a step over its case over the defaults.

use super::near;
use crate::yaml::{Entry, Fault, Node};

/// Mappings on top of each other; the first that has a key gives its value.
#[derive(Clone, Debug)]
pub(super) struct Layers<'a>(Vec<&'a [Entry]>);

impl<'a> Layers<'a> {
    /// The nearest comes first.
    pub(super) fn new(layers: &[&'a [Entry]]) -> Self {
        Self(layers.to_vec())
    }

    /// These fields on top.
    pub(super) fn under(&self, top: &'a [Entry]) -> Self {
        Self(std::iter::once(top).chain(self.0.iter().copied()).collect())
    }

    /// Whether this layer is the deepest: the defaults.
    pub(super) fn is_last(&self, depth: usize) -> bool {
        depth.saturating_add(1) == self.0.len()
    }

    /// The entry of a key, and how far down it stands.
    pub(super) fn find(&self, key: &str) -> Option<(usize, &'a Entry)> {
        let within = |layer: &&'a [Entry]| layer.iter().find(|entry| entry.key == key);
        self.0.iter().enumerate().find_map(|(depth, layer)| within(layer).map(|entry| (depth, entry)))
    }

    /// Reads the value of a key, where there is one.
    pub(super) fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(&'a Node) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.find(key).map(|(_, entry)| read(&entry.value)).transpose()
    }
}

/// Refuses keys that are not `known`; `what` is whose keys they are.
pub(super) fn check_keys(fields: &[Entry], known: &[&str], what: &str) -> Result<(), Fault> {
    for entry in fields {
        // A key that is said twice or cannot be read is told before its name is judged.
        entry.value.sound()?;
        if !known.contains(&entry.key.as_str()) {
            let help = near(&entry.key, known.iter().copied())
                .unwrap_or_else(|| format!("{what} has {}", listing(known)));
            return Err(
                Fault::new(entry.place, format!("{what} has no `{}`", entry.key)).help_maybe(Some(help))
            );
        }
    }
    Ok(())
}

/// Names in backticks, with commas.
pub(super) fn listing(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
