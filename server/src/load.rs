//! From a directory to a package that can serve: read, compiled, and its policy made a guard.

use crate::clock::Clock;
use crate::live::{Catalog, Loaded};
use crate::reload::Loader;
use engine::Cache;
use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Day, Style};
use package::Package;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Loads the package in a directory, as it is at each call.
///
/// The key of redaction tokens is given once: a value has the same token before
/// and after a reload, or a conversation that goes on would not find its own.
pub struct DirectoryLoader {
    root: PathBuf,
    token_key: [u8; 32],
    /// What the last version that compiled left to the next.
    cache: Mutex<Cache>,
}

impl DirectoryLoader {
    /// A loader of the package at `root`; see [`Config::read_token_key`](crate::Config::read_token_key) for the key.
    pub fn new(root: impl Into<PathBuf>, token_key: [u8; 32]) -> Self {
        Self { root: root.into(), token_key, cache: Mutex::default() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl std::fmt::Debug for DirectoryLoader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryLoader").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Loader for DirectoryLoader {
    fn load(&self) -> Result<Loaded, String> {
        let day = Day::Load(Clock::today());
        let Package { compiled, watched, .. } =
            Package::open(&self.root, day).map_err(|error| error.to_string())?;
        let said = compiled.render(Style::Plain);
        let model = compiled.model.ok_or(said)?;
        // A load that panicked left the cache with fewer parts, none of them wrong.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let guard = Guard::with_cache(&model, TokenKey::new(self.token_key), &mut cache)
            .map_err(|error| error.to_string())?;
        drop(cache);
        let catalog = Catalog::new(model);
        Ok(Loaded { policy: Arc::new(Arc::new(guard)), catalog, watched })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Scratch;
    use engine::exchange::Shown;

    const KEY: [u8; 32] = [7; 32];

    /// Has nothing wrong.
    const PACKAGE: &str = r#"
policy small "Small" {
  language 1
  version "1"
  owner "a@b.example"
}

use std.regions.azure

provider azure {
  speaks openai
  endpoint eu { url "https://eu.example/v1"; region azure.westeurope; key none }
}
"#;

    fn load(root: &Path) -> Result<Loaded, String> {
        DirectoryLoader::new(root, KEY).load()
    }

    #[test]
    fn a_real_package_is_ready_to_serve() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech");
        let loaded = load(&root).unwrap();
        assert!(loaded.catalog.name.starts_with("acme_fintech "), "{}", loaded.catalog.name);
        let who = loaded.catalog.identities.find(&Shown::Secret("ascp_demo_retail_0001".into())).unwrap();
        assert_eq!(engine::wording::tenant_name(&loaded.catalog.model, who.tenant), "retail");
        assert_eq!(loaded.watched, [root]);
    }

    #[test]
    fn what_does_not_compile_says_where_and_why() {
        let scratch = Scratch::new("load");
        scratch.write("policy.ascp", PACKAGE);
        assert!(load(scratch.path()).is_ok());
        scratch.write("policy.ascp", &PACKAGE.replace("speaks openai", "speaks opnai"));
        let said = load(scratch.path()).unwrap_err();
        for part in ["ASCP", "policy.ascp:11", "opnai"] {
            assert!(said.contains(part), "`{part}` is not in {said}");
        }
        assert!(load(&scratch.path().join("nowhere")).unwrap_err().contains("cannot read"));
    }
}
