//! All that can be counted of a package.
//!
//! Only what stands in the package's own files is: the library has suites of
//! its own, and so have packages that are used. What no request can bring
//! about is left out, so that a suite can come to all of it.

use super::allowlist::{self, Entry};
use super::unit::{Key, Kind, Unit};
use super::{candidates, conditions, hint};
use crate::names::Names;
use crate::request;
use crate::suite::Ask;
use engine::facts::Operation;
use engine::oracle::{Reach, reach};
use lang::model::{
    Action, DetectorId, ExceptionId, LimitId, Model, Permit, Redaction, RedactionId, RedactionRow, RuleScope,
    Surface, Tenant, TenantId,
};
use lang::{Origin, Span};

/// What makes the units of one package.
#[derive(Clone, Copy, Debug)]
pub(super) struct Making<'a> {
    pub(super) model: &'a Model,
    pub(super) names: Names<'a>,
    /// What each tenant can reach, by number.
    pub(super) reaches: &'a [Reach],
}

impl Making<'_> {
    /// Whether a place is in the package's own files.
    pub(super) fn is_own(&self, span: Span) -> bool {
        self.model.sources.get(span.source).is_some_and(|source| source.origin() == Origin::Package)
    }

    /// The tenants, with their numbers.
    pub(super) fn tenants(&self) -> impl Iterator<Item = (TenantId, &Tenant)> {
        self.model.tenants.iter().enumerate().map(|(index, tenant)| (TenantId::from_index(index), tenant))
    }
}

/// The operations that exchanges serve, `chat` first.
fn operations() -> Vec<Operation> {
    let is_served = |operation: &Operation| is_served(*operation);
    Operation::ALL.iter().copied().filter(is_served).collect()
}

/// Whether exchanges serve an operation at all.
pub(super) fn is_served(operation: Operation) -> bool {
    engine::exchange::is_served(&request::head(&Ask { operation: Some(operation), ..Ask::default() }))
}

/// All units of a package, by kind and then by declaration.
pub(super) fn units(model: &Model, entries: &[Entry]) -> Vec<Unit> {
    let operations = operations();
    let reaches: Vec<Reach> = (0..model.tenants.len())
        .map(|index| reach(model, TenantId::from_index(index), &operations))
        .collect();
    let making = Making { model, names: Names::new(model), reaches: &reaches };
    let mut units = Vec::new();
    units.extend(conditions::units(making));
    units.extend(candidates::units(making));
    units.extend(redactions(making));
    units.extend(limits(making));
    units.extend(exceptions(making));
    units.extend(allowlist::units(making, entries));
    units
}

fn redactions(making: Making<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (index, redaction) in making.model.redactions.iter().enumerate() {
        let id = RedactionId::from_index(index);
        if !making.is_own(redaction.span) {
            continue;
        }
        for (number, row) in redaction.rows.iter().enumerate() {
            for surface in &redaction.surfaces {
                let holder = making.tenants().find(|(_, tenant)| {
                    tenant.redactions.contains(&id) && can_hit(making.model, tenant, redaction, row, *surface)
                });
                let Some((_, tenant)) = holder else { continue };
                let detectors = making.model.sources.text(row.span);
                units.push(Unit {
                    key: Key::Hit(id, u32::try_from(number).unwrap_or(u32::MAX), *surface),
                    kind: Kind::Redaction,
                    what: format!("`{detectors}` of redaction `{}`", redaction.name),
                    outcome: format!("has a hit on {}", surface.as_str()),
                    hint: hint::redaction(&tenant.name, detectors, *surface),
                    span: row.span,
                    also: Vec::new(),
                });
            }
        }
    }
    units
}

/// Whether some detector of a row is this row's for a tenant: no other does more to it.
fn can_hit(
    model: &Model,
    tenant: &Tenant,
    redaction: &Redaction,
    row: &RedactionRow,
    surface: Surface,
) -> bool {
    // What is on trial is recorded beside whatever is enforced.
    redaction.shadow_until.is_some()
        || row.detectors.iter().any(|detector| {
            let is_enforced = |redaction: &Redaction| redaction.shadow_until.is_none();
            strictest(model, tenant, surface, *detector, &is_enforced) == Some(&row.action)
        })
}

/// The strictest action on a detector's findings, of those redactions of a tenant.
pub(super) fn strictest<'m>(
    model: &'m Model,
    tenant: &Tenant,
    surface: Surface,
    detector: DetectorId,
    is_enforced: &dyn Fn(&Redaction) -> bool,
) -> Option<&'m Action> {
    let held = tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index()));
    let enforced = held.filter(|redaction| redaction.surfaces.contains(&surface) && is_enforced(redaction));
    let rows = enforced.flat_map(|redaction| &redaction.rows);
    rows.filter(|row| row.detectors.contains(&detector)).map(|row| &row.action).max()
}

fn limits(making: Making<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (index, limit) in making.model.limits.iter().enumerate() {
        let id = LimitId::from_index(index);
        let holder = making.tenants().find(|(_, tenant)| tenant.limits.contains(&id));
        let Some((_, tenant)) = holder.filter(|_| making.is_own(limit.span)) else { continue };
        let what = format!("`{}` of {}", limit.text, limit.owner);
        let unit = |key, outcome: &str, hint| Unit {
            key,
            kind: Kind::Limit,
            what: what.clone(),
            outcome: outcome.into(),
            hint,
            span: limit.span,
            also: Vec::new(),
        };
        units.push(unit(Key::Charged(id), "is charged", hint::charged(making.names, &tenant.name, limit)));
        units.push(unit(Key::Full(id), "is full", hint::full(making.names, &tenant.name, limit)));
    }
    units
}

fn exceptions(making: Making<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (index, exception) in making.model.exceptions.iter().enumerate() {
        let id = ExceptionId::from_index(index);
        if !making.is_own(exception.span) || !can_be_used(making, id) {
            continue;
        }
        units.push(Unit {
            key: Key::Used(id),
            kind: Kind::Exception,
            what: format!("exception `{}`", exception.name),
            outcome: "lets something in".into(),
            hint: hint::exception(making, id, exception),
            span: exception.span,
            also: making.names.tenant(exception.tenant).map(|tenant| tenant.span).into_iter().collect(),
        });
    }
    units
}

/// Whether something is let in by an exception that would not be without it.
fn can_be_used(making: Making<'_>, id: ExceptionId) -> bool {
    let Some(exception) = making.model.exceptions.get(id.index()) else { return false };
    match &exception.permit {
        Permit::Regions { .. } | Permit::Models(_) | Permit::Providers(_) | Permit::Without { .. } => {
            let reach = making.reaches.get(exception.tenant.index());
            reach.is_some_and(|reach| reach.all.iter().any(|reached| reached.exceptions.contains(&id)))
        }
        Permit::Tools(_) => true,
        Permit::Despite(rule) => {
            let (rule, tenant) =
                (making.model.rules.get(rule.index()), making.names.tenant(exception.tenant));
            rule.zip(tenant).is_some_and(|(rule, tenant)| match rule.scope {
                RuleScope::All => true,
                RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
                RuleScope::Tenant(one) => one == exception.tenant,
            })
        }
    }
}
