//! Exceptions: dated, approved, one field each.

use super::{Checker, title};
use crate::ast::{self, Declaration};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Exception, ExceptionId, ModelId, Parts, Permit, ProviderId, RegionId, RuleId, TenantId};
use crate::resolve::{Kind, ScopeId, Slot};
use jiff::civil::Date;

impl Checker<'_> {
    pub(super) fn exceptions(&mut self, parts: &mut Parts) {
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Exception)) {
            let Declaration::Exception(declared) = declaration else { continue };
            let id = ExceptionId::from_index(parts.exceptions.len());
            self.required(declared);
            let tenant =
                declared.tenant.as_ref().and_then(|tenant| self.id(item.scope, Kind::Tenant, tenant));
            let permit = match &declared.permit {
                Some((permit, _)) => self.permit(item.scope, permit, parts),
                None => None,
            };
            if let Some(until) = &declared.until {
                let help = "remove it, or have it approved again with a later date";
                self.expiry(until.value, until.span, &format!("the exception `{name}`"), help);
            }
            self.satisfied(item.scope, &declared.satisfies);
            let (Some(tenant), Some(permit)) = (tenant.map(TenantId), permit) else {
                // Keeps the numbers of those after it; the model is thrown away.
                parts.exceptions.push(nothing(name, declared));
                continue;
            };
            if let Some(tenant) = parts.tenants.get_mut(tenant.index()) {
                tenant.exceptions = tenant.exceptions.iter().copied().chain([id]).collect();
            }
            let made = Exception { tenant, permit, ..nothing(name, declared) };
            self.useless(&made, declared, parts);
            parts.exceptions.push(made);
        }
    }

    /// All six statements must stand; those that do not are told together.
    fn required(&mut self, declared: &ast::Exception) {
        let rows = [
            (declared.tenant.is_none(), "tenant", "tenant labs"),
            (declared.permit.is_none(), "permit", "permit region azure.eastus for models gpt_4o"),
            (declared.until.is_none(), "until", "until 2027-01-31"),
            (declared.approver.is_none(), "approved by", "approved by \"ciso@acme.example\""),
            (declared.ticket.is_none(), "ticket", "ticket \"CHG-1234\""),
            (declared.reason.is_none(), "reason", "reason \"…\""),
        ];
        let missing = || rows.iter().filter(|(is_missing, ..)| *is_missing);
        let statements: Vec<&str> = missing().map(|(_, statement, _)| *statement).collect();
        let forms: Vec<&str> = missing().map(|(.., form)| *form).collect();
        if !statements.is_empty() {
            self.missing(&declared.header, "an exception", &statements.join("`, `"), &forms.join("`, `"));
        }
    }

    fn permit(&mut self, scope: ScopeId, permit: &ast::Permit, parts: &Parts) -> Option<Permit> {
        Some(match permit {
            ast::Permit::Regions(regions, models) => {
                let mut found = Vec::new();
                for region in regions {
                    found.extend(self.region(scope, region));
                }
                let regions: crate::model::Set<RegionId> = found.into_iter().collect();
                let models = (!models.is_empty()).then(|| self.ids(scope, Kind::Model, models, ModelId));
                Permit::Regions { regions, models }
            }
            ast::Permit::Models(models) => Permit::Models(self.ids(scope, Kind::Model, models, ModelId)),
            ast::Permit::Tools(tools) => Permit::Tools(tools.iter().map(|tool| tool.value.clone()).collect()),
            ast::Permit::Providers(providers) => {
                Permit::Providers(self.ids(scope, Kind::Provider, providers, ProviderId))
            }
            ast::Permit::Without(attestation, provider) => {
                let attestation = self.attestation(scope, attestation, &parts.attestations);
                let provider = self.id(scope, Kind::Provider, provider).map(ProviderId);
                Permit::Without { attestation: attestation?, provider: provider? }
            }
            ast::Permit::Despite(rule) => Permit::Despite(self.id(scope, Kind::Rule, rule).map(RuleId)?),
        })
    }

    /// An exception that widens nothing hides what the policy says.
    fn useless(&mut self, exception: &Exception, declared: &ast::Exception, parts: &Parts) {
        let Some(tenant) = parts.tenants.get(exception.tenant.index()) else { return };
        let Some(access) = parts.accesses.get(tenant.access.index()) else { return };
        let widens = match &exception.permit {
            Permit::Regions { regions, .. } => {
                access.residence.as_ref().is_some_and(|held| !held.regions.is_superset(regions))
            }
            Permit::Models(models) => !access.models.is_superset(models),
            Permit::Tools(_) => !access.tools.is_empty(),
            Permit::Providers(providers) => {
                access.providers.as_ref().is_some_and(|held| !held.is_superset(providers))
            }
            Permit::Without { attestation, .. } => access.require.contains(attestation),
            Permit::Despite(rule) => parts.rules.get(rule.index()).is_some_and(|rule| match rule.scope {
                crate::model::RuleScope::All => true,
                crate::model::RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
                crate::model::RuleScope::Tenant(id) => id == exception.tenant,
            }),
        };
        if !widens {
            let span = declared.permit.as_ref().map_or(exception.span, |(_, span)| *span);
            let message =
                format!("the exception `{}` permits what `{}` may do anyway", exception.name, tenant.name);
            self.push(Diagnostic::new(Code::UselessException, span, message).help("remove it"));
        }
    }
}

/// An exception with its texts, for a tenant and a permit that are not known.
fn nothing(name: &str, declared: &ast::Exception) -> Exception {
    let text = |text: &Option<ast::Text>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
    Exception {
        name: name.into(),
        title: title(declared.header.title.as_ref()),
        tenant: TenantId(u32::MAX),
        permit: Permit::Tools(Vec::new()),
        until: declared.until.as_ref().map_or(Date::ZERO, |until| until.value),
        approver: text(&declared.approver),
        ticket: text(&declared.ticket),
        reason: text(&declared.reason),
        span: declared.header.name.span,
    }
}
