//! Workloads.

use super::{Checker, title};
use crate::ast::Declaration;
use crate::model::{ModelId, Parts, TenantId, Workload};
use crate::resolve::{Kind, Slot};

impl Checker<'_> {
    /// Checked before tenants, which count theirs.
    pub(super) fn workloads(&mut self, parts: &mut Parts) {
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Workload)) {
            let Declaration::Workload(declared) = declaration else { continue };
            let scope = item.scope;
            let tenant = match &declared.tenant {
                Some(tenant) => self.id(scope, Kind::Tenant, tenant).map(TenantId),
                None => {
                    self.missing(&declared.header, "a workload", "tenant", "tenant retail");
                    None
                }
            };
            let models = declared.models.as_ref();
            let models = models.map(|models| self.selection(scope, Kind::Model, models, ModelId));
            let data = declared.data.as_ref().map(|names| {
                names.iter().filter_map(|name| self.category(scope, name, &parts.categories)).collect()
            });
            self.satisfied(scope, &declared.satisfies);
            parts.workloads.push(Workload {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                // A workload of no tenant is told above; it never leaves the checker.
                tenant: tenant.unwrap_or(TenantId(u32::MAX)),
                owner: declared.owner.as_ref().map(|owner| owner.value.clone()),
                purpose: declared.purpose.as_ref().map(|purpose| purpose.value.clone()),
                models,
                data,
                forbids: declared.forbids.iter().map(|text| text.value.clone()).collect(),
                reviewed: declared
                    .reviewed
                    .as_ref()
                    .map(|(date, by)| (*date, by.as_ref().map(|by| by.value.clone()))),
                span: declared.header.name.span,
            });
        }
    }
}
