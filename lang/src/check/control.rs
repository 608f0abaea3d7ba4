//! `satisfies`: that the controls exist.

use super::Checker;
use crate::ast::{Declaration, Framework, Name};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::ControlRef;
use crate::near::did_you_mean;
use crate::resolve::{ItemRef, Kind, ScopeId};

impl Checker<'_> {
    /// The controls that a declaration says it supports; unknown ones are told.
    pub(super) fn satisfied(&mut self, scope: ScopeId, names: &[Name]) -> Vec<ControlRef> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            found.extend(self.control(scope, name));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn control(&mut self, scope: ScopeId, name: &Name) -> Option<ControlRef> {
        let Some((framework, control)) = name.text.rsplit_once('.') else {
            let message = format!("`{}` is not a control", name.text);
            let help = "a control is framework and id, as in `soc2.cc6_7`";
            self.push(Diagnostic::new(Code::UnknownName, name.span, message).help(help));
            return None;
        };
        let path = Name { text: framework.into(), span: name.span };
        let item = self.scopes.find(scope, Kind::Framework, &path, self.diagnostics)?;
        let declared = self.framework(item)?;
        if let Some(found) = declared.controls.iter().find(|header| *header.name.text == *control) {
            let reference: ControlRef = format!("{}.{control}", declared.header.name.text).into();
            let title = found.title.as_ref().map(|title| title.value.clone());
            self.controls.insert(reference.clone(), title);
            return Some(reference);
        }
        let message = format!("the framework `{framework}` has no control `{control}`");
        let near = did_you_mean(control, declared.controls.iter().map(|header| &*header.name.text));
        self.push(
            Diagnostic::new(Code::UnknownName, name.span, message).found("not declared").help_maybe(near),
        );
        None
    }

    fn framework(&self, item: ItemRef) -> Option<&Framework> {
        match self.scopes.declaration(item)? {
            Declaration::Framework(framework) => Some(framework),
            Declaration::Policy(..)
            | Declaration::Use(..)
            | Declaration::Region(..)
            | Declaration::Zone(..)
            | Declaration::Attestation(..)
            | Declaration::Category(..)
            | Declaration::Provider(..)
            | Declaration::Model(..)
            | Declaration::Chain(..)
            | Declaration::Detector(..)
            | Declaration::Redaction(..)
            | Declaration::Profile(..)
            | Declaration::Tenant(..)
            | Declaration::Rule(..)
            | Declaration::Exception(..)
            | Declaration::Workload(..)
            | Declaration::Invariant(..) => None,
        }
    }
}
