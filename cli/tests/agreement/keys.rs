//! A credential for each caller that cases name outright.
//!
//! A case says `tenant` and `caller` as they come out of a token, a certificate
//! or a key. Over the wire something has to be shown, so each of them gets a key
//! of its own; what a case shows itself is sent as it is.

use lang::model::{Identity, Parts};
use sha2::{Digest as _, Sha256};
use testsuite::suite::{Ask, Suite};

/// Headers that show a credential.
const CREDENTIALS: &[&str] = &["api-key", "authorization", "x-api-key"];

/// Whom the cases of a package name; the place of each is the number of its key.
#[derive(Debug, Default)]
pub(crate) struct Keys(Vec<Named>);

#[derive(Debug, PartialEq, Eq)]
struct Named {
    tenant: String,
    caller: String,
    roles: Vec<String>,
}

impl Named {
    /// Whom a request names, when it shows nothing.
    fn by(ask: &Ask) -> Option<Self> {
        if ask.headers.iter().any(|(name, _)| CREDENTIALS.contains(&name.as_str())) {
            return None;
        }
        let caller = ask.caller.clone().unwrap_or_default();
        assert!(caller.claims.is_empty(), "no credential of this version carries claims: {caller:?}");
        let tenant = ask.tenant.as_ref()?.text.clone();
        Some(Self { tenant, caller: caller.id, roles: caller.roles })
    }
}

impl Keys {
    /// Keys for all whom these suites name.
    pub(crate) fn of(suites: &[Suite]) -> Self {
        let cases =
            suites.iter().flat_map(|suite| &suite.entries).filter_map(|entry| entry.case.as_ref().ok());
        let mut all = Vec::new();
        for named in cases.flat_map(|case| &case.steps).filter_map(|step| Named::by(&step.ask)) {
            if !all.contains(&named) {
                all.push(named);
            }
        }
        Self(all)
    }

    /// Makes them known to the tenants.
    pub(crate) fn add_to(&self, parts: &mut Parts) {
        for (number, named) in self.0.iter().enumerate() {
            let tenant = parts.tenants.iter_mut().find(|tenant| *tenant.name == *named.tenant).unwrap();
            tenant.identities.push(Identity::Key {
                digest: Sha256::digest(secret(number).as_bytes()).into(),
                caller: (!named.caller.is_empty()).then(|| named.caller.as_str().into()),
                roles: named.roles.iter().map(|role| role.as_str().into()).collect(),
                workload: None,
                span: tenant.span,
            });
        }
    }

    /// What a request shows that shows nothing itself.
    pub(crate) fn shown(&self, ask: &Ask) -> Option<(String, String)> {
        let named = Named::by(ask)?;
        let number = self.0.iter().position(|known| *known == named)?;
        Some(("authorization".into(), format!("Bearer {}", secret(number))))
    }
}

fn secret(number: usize) -> String {
    format!("ascp_agreement_{number}")
}
