//! Small pieces that unit tests are made of.

use lang::model::{
    AccessId, Address, Credential, Endpoint, Identity, ProviderId, RegionId, Retain, Set, Tenant,
};
use lang::{SourceId, Span};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const SPAN: Span = Span { source: SourceId(0), start: 0, end: 0 };

/// A key identity of this secret.
pub(crate) fn key(secret: &str) -> Identity {
    Identity::Key {
        digest: Sha256::digest(secret.as_bytes()).into(),
        caller: None,
        roles: Vec::new(),
        workload: None,
        span: SPAN,
    }
}

/// A tenant that may do nothing.
pub(crate) fn tenant(name: &str, identities: Vec<Identity>) -> Tenant {
    Tenant {
        name: name.into(),
        title: None,
        identities,
        profiles: Set::default(),
        zones: Set::default(),
        access: AccessId(0),
        redactions: Set::default(),
        limits: Set::default(),
        rules: Set::default(),
        exceptions: Set::default(),
        labels: Vec::new(),
        timezone: "UTC".into(),
        retain: Retain::default(),
        workloads: Set::default(),
        workload_required: false,
        span: SPAN,
    }
}

/// An endpoint that needs no secret.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint {
        name: "p/e".into(),
        provider: ProviderId(0),
        url: Address {
            is_tls: true,
            host: "api.example".into(),
            port: 443,
            path: "/v1".into(),
            text: "https://api.example/v1".into(),
        },
        region: RegionId(0),
        credential: Credential::None,
        credential_header: None,
        headers: Vec::new(),
        query: Vec::new(),
        attests: Set::default(),
        private: false,
        span: SPAN,
    }
}

/// A directory of one test, gone with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ascp-{}-{name}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
