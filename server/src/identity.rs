//! Who calls: keys, looked up by their SHA-256.
//!
//! The policy holds digests alone, and the map is keyed by them, so neither a
//! dump of memory nor the time of a lookup tells a key.

use engine::exchange::{Identified, Shown};
use engine::facts::Caller;
use lang::model::{Identity, Tenant, TenantId};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// All callers that can be known.
#[derive(Debug, Default)]
pub struct Identities {
    /// `None` where two tenants claim one key: then it is nobody's.
    keys: HashMap<[u8; 32], Option<Identified>>,
}

impl Identities {
    /// Gathers the keys of all tenants, and what is to be said about identities that are not honoured.
    pub fn new(tenants: &[Tenant]) -> (Self, Vec<String>) {
        let mut all = Self::default();
        let mut warnings = Vec::new();
        for (index, tenant) in tenants.iter().enumerate() {
            for identity in &tenant.identities {
                match identity {
                    Identity::Key { digest, caller, roles, workload, .. } => {
                        let caller = Caller {
                            id: caller.as_deref().unwrap_or_default().to_owned(),
                            roles: roles.iter().map(ToString::to_string).collect(),
                            claims: Vec::new(),
                        };
                        let tenant = TenantId::from_index(index);
                        all.add(*digest, Identified { tenant, caller, workload: *workload });
                    }
                    Identity::Jwt { .. } => warnings.push(not_yet(tenant, "jwt")),
                    Identity::Mtls { .. } => warnings.push(not_yet(tenant, "mtls")),
                    Identity::Header { .. } => warnings.push(not_yet(tenant, "header")),
                }
            }
        }
        (all, warnings)
    }

    fn add(&mut self, digest: [u8; 32], who: Identified) {
        self.keys
            .entry(digest)
            .and_modify(|known| {
                // One key that stands for two callers stands for none.
                if known.as_ref() != Some(&who) {
                    *known = None;
                }
            })
            .or_insert(Some(who));
    }

    /// Who shows this; `None` when nobody is known by it.
    pub fn find(&self, shown: &Shown) -> Option<Identified> {
        match shown {
            Shown::Secret(secret) => {
                let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
                self.keys.get(&digest).cloned().flatten()
            }
            // A tenant's name is for `explain` and tests; from the wire it proves nothing.
            Shown::Nothing | Shown::Ambiguous | Shown::Tenant(_) => None,
        }
    }
}

fn not_yet(tenant: &Tenant, kind: &str) -> String {
    format!(
        "tenant `{}`: identity `{kind}` is not supported yet by this version and identifies nobody",
        tenant.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{key, tenant};

    #[test]
    fn a_key_identifies_one_tenant() {
        let tenants = [
            tenant("labs", vec![key("one"), key("both")]),
            tenant("retail", vec![key("two"), key("both"), key("two")]),
        ];
        let (identities, warnings) = Identities::new(&tenants);
        assert!(warnings.is_empty());
        let find = |text: &str| identities.find(&Shown::Secret(text.into())).map(|found| found.tenant);
        assert_eq!(find("one"), Some(TenantId(0)));
        assert_eq!(find("two"), Some(TenantId(1)));
        assert_eq!(find("both"), None);
        assert_eq!(find("three"), None);
        for shown in [Shown::Nothing, Shown::Ambiguous, Shown::Tenant("labs".into())] {
            assert_eq!(identities.find(&shown), None, "{shown:?}");
        }
    }

    #[test]
    fn what_is_not_honoured_is_said() {
        let span = lang::Span { source: lang::SourceId(0), start: 0, end: 0 };
        let tenants = [tenant("labs", vec![Identity::Mtls { subject: "CN=x".into(), span }])];
        let (_, warnings) = Identities::new(&tenants);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("`labs`") && warnings[0].contains("`mtls`"));
    }
}
