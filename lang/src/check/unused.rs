//! Declarations that nothing speaks of.

use super::Checker;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Parts;
use crate::resolve::{Kind, ScopeId, Slot, identity};

/// What is declared to be named elsewhere.
const NAMED: &[(Slot, &str)] = &[
    (Slot::Zone, "zone"),
    (Slot::Other(Kind::Chain), "chain"),
    (Slot::Other(Kind::Detector), "detector"),
    (Slot::Other(Kind::Redaction), "redaction"),
    (Slot::Other(Kind::Profile), "profile"),
    (Slot::Other(Kind::Attestation), "attestation"),
    (Slot::Other(Kind::Category), "category"),
];

impl Checker<'_> {
    /// Most often such a declaration was meant to hold for someone, and does not.
    pub(super) fn unused(&mut self, parts: &Parts) {
        // A package without tenants is there to be used by another.
        if parts.tenants.is_empty() {
            return;
        }
        for (slot, noun) in NAMED {
            for (name, item, declaration) in self.declarations(*slot) {
                if item.scope != ScopeId::ROOT || self.items.is_referenced(item) {
                    continue;
                }
                let Some((_, declared)) = identity(declaration) else { continue };
                let message = format!("nothing uses the {noun} `{name}`");
                let diagnostic = Diagnostic::new(Code::Unused, declared.span, message);
                self.push(diagnostic.help("use it or remove it: as it stands it changes no decision"));
            }
        }
    }
}
