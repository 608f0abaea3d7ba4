//! Who calls: by a key's digest, or named outright by the case.

use crate::names::Names;
use engine::exchange::{Identified, Shown};
use engine::facts::Caller;
use lang::model::{Identity, TenantId};
use sha2::{Digest as _, Sha256};

/// Finds the one tenant whose caller shows this.
///
/// Tokens, certificates and trusted headers are the listener's to verify; a
/// case that is about them names `tenant` and `caller` as they come out.
pub fn identify(names: Names<'_>, shown: &Shown, caller: Option<&Caller>) -> Option<Identified> {
    match shown {
        Shown::Nothing | Shown::Ambiguous => None,
        Shown::Tenant(name) => {
            let tenant = names.tenant_id(name)?;
            Some(Identified { tenant, caller: caller.cloned().unwrap_or_default(), workload: None })
        }
        Shown::Secret(secret) => by_key(names, secret),
    }
}

fn by_key(names: Names<'_>, secret: &str) -> Option<Identified> {
    let shown: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let mut found = names.model().tenants.iter().enumerate().flat_map(|(index, tenant)| {
        tenant.identities.iter().filter_map(move |identity| match identity {
            Identity::Key { digest, caller, roles, workload, .. } if *digest == shown => {
                let caller = Caller {
                    id: caller.as_deref().unwrap_or_default().to_owned(),
                    roles: roles.iter().map(ToString::to_string).collect(),
                    claims: Vec::new(),
                };
                Some(Identified { tenant: TenantId::from_index(index), caller, workload: *workload })
            }
            Identity::Key { .. } | Identity::Jwt { .. } | Identity::Mtls { .. } | Identity::Header { .. } => {
                None
            }
        })
    });
    // A key that two tenants claim names neither.
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        (Some(_), Some(_)) | (None, _) => None,
    }
}
