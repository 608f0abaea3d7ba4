//! Fields by key: a step over its case over the defaults.

use super::keys::Table;
use super::near;
use crate::yaml::{Entry, Fault, Node};

/// Mappings on top of each other; the first that has a key gives its value.
#[derive(Clone, Debug)]
pub(super) struct Layers<'a> {
    stack: Vec<&'a [Entry]>,
    /// How many at the bottom are defaults.
    defaults: usize,
}

impl<'a> Layers<'a> {
    /// The nearest comes first.
    pub(super) fn new(layers: &[&'a [Entry]]) -> Self {
        Self { stack: layers.to_vec(), defaults: 0 }
    }

    /// These are defaults, the nearest first.
    pub(super) fn of_defaults(layers: Vec<&'a [Entry]>) -> Self {
        Self { defaults: layers.len(), stack: layers }
    }

    /// These fields on top, the nearest first.
    pub(super) fn under(&self, top: &[&'a [Entry]]) -> Self {
        Self { stack: top.iter().chain(&self.stack).copied().collect(), defaults: self.defaults }
    }

    /// Whether this layer is one of the defaults.
    pub(super) fn is_default(&self, depth: usize) -> bool {
        depth.saturating_add(self.defaults) >= self.stack.len()
    }

    /// The entry of a key, and how far down it stands.
    pub(super) fn find(&self, key: &str) -> Option<(usize, &'a Entry)> {
        let within = |layer: &&'a [Entry]| layer.iter().find(|entry| entry.key == key);
        self.stack.iter().enumerate().find_map(|(depth, layer)| within(layer).map(|entry| (depth, entry)))
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

/// Refuses keys that are not in the table.
pub(super) fn check_keys(fields: &[Entry], table: &Table) -> Result<(), Fault> {
    let (what, known) = (table.what, table.names());
    for entry in fields {
        // A key that is said twice or cannot be read is told before its name is judged.
        entry.value.sound()?;
        if !known.contains(&entry.key.as_str()) {
            let help = near(&entry.key, known.iter().copied())
                .unwrap_or_else(|| format!("{what} has {}", listing(&known)));
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
