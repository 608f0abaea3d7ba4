//! Regions, zones and attestations.

use super::{Checker, title};
use crate::ast::{Declaration, Name, Selection, Text};
use crate::country::is_country;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Attestation, Region, RegionId, Set, Zone};
use crate::near::list_of;
use crate::resolve::{ItemRef, Kind, ScopeId, Slot, identity};
use std::collections::{BTreeSet, HashMap};

/// What every endpoint may attest without a declaration.
const BUILT_IN_ATTESTATIONS: &[(&str, &str)] = &[
    ("baa", "Business associate agreement"),
    ("dpa", "Data processing agreement"),
    ("no_training", "Inputs and outputs are not used for training"),
    ("self_hosted", "Runs on hosts of one's own"),
    ("soc2_report", "SOC 2 Type II report"),
];

impl Checker<'_> {
    pub(super) fn regions(&mut self) -> Vec<Region> {
        let mut regions = Vec::new();
        for (name, item, declaration) in self.declarations(Slot::Region) {
            let Declaration::Region(declared) = declaration else { continue };
            let country = declared.country.as_ref().map(|country| country.value.clone());
            self.countries(declared.country.as_slice());
            self.satisfied(item.scope, &declared.satisfies);
            regions.push(Region {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                country,
                span: declared.header.name.span,
            });
        }
        regions
    }

    pub(super) fn zones(&mut self, regions: &[Region]) -> Vec<Zone> {
        let mut zones = Vec::new();
        let mut known = HashMap::new();
        for (name, item, declaration) in self.declarations(Slot::Zone) {
            let Declaration::Zone(declared) = declaration else { continue };
            let held = self.zone(item, &mut known, &mut Vec::new());
            self.countries(&declared.countries);
            self.satisfied(item.scope, &declared.satisfies);
            if held.is_empty() && !regions.is_empty() && !self.diagnostics.has_gaps() {
                let message = format!("the zone `{name}` holds no region");
                let advice = "name regions, or declare some in its countries and groups";
                self.push(Diagnostic::new(Code::EmptyZone, declared.header.name.span, message).help(advice));
            }
            zones.push(Zone {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                regions: held,
                span: declared.header.name.span,
            });
        }
        zones
    }

    /// Tells what is no country: a zone of it would hold nothing, and nobody would know why.
    fn countries(&mut self, countries: &[Text]) {
        for country in countries.iter().filter(|country| !is_country(&country.value)) {
            let message = format!("`{}` is not a country code", country.value);
            let help = match &*country.value {
                "UK" => "the United Kingdom is `\"GB\"`",
                _ => "a country is two capital letters of ISO 3166-1, as in `\"DE\"`",
            };
            self.push(Diagnostic::new(Code::BadCountry, country.span, message).help(help));
        }
    }

    /// The regions of a zone; zones may hold zones.
    fn zone(
        &mut self,
        item: ItemRef,
        known: &mut HashMap<ItemRef, Set<RegionId>>,
        open: &mut Vec<ItemRef>,
    ) -> Set<RegionId> {
        if let Some(held) = known.get(&item) {
            return held.clone();
        }
        let Some(Declaration::Zone(declared)) = self.scopes.declaration(item) else { return Set::default() };
        if open.contains(&item) {
            let name = &declared.header.name;
            let by_way = by_way_of(open.iter().skip_while(|it| **it != item).skip(1).filter_map(|it| {
                self.scopes.declaration(*it).and_then(identity).map(|(_, name)| &*name.text)
            }));
            let message = format!("the zone `{}` holds itself{by_way}", name.text);
            self.push(
                Diagnostic::new(Code::CyclicExtends, name.span, message)
                    .help("a zone holds regions and other zones"),
            );
            return Set::default();
        }
        open.push(item);
        let mut held = BTreeSet::new();
        for selection in &declared.regions {
            held.extend(self.selected(item.scope, selection, known, open).iter().copied());
        }
        held.extend(self.matching(|region| {
            let country = region.country.as_ref().map(|country| &*country.value);
            declared.countries.iter().any(|wanted| Some(&*wanted.value) == country)
                || region
                    .groups
                    .iter()
                    .any(|group| declared.groups.iter().any(|wanted| wanted.text == group.text))
        }));
        open.pop();
        let held: Set<RegionId> = held.into_iter().collect();
        known.insert(item, held.clone());
        held
    }

    /// Every region for which `is_in` holds.
    fn matching(&self, is_in: impl Fn(&crate::ast::Region) -> bool) -> Vec<RegionId> {
        let mut found = Vec::new();
        for (at, (_, _, declaration)) in self.declarations(Slot::Region).enumerate() {
            if let Declaration::Region(region) = declaration
                && is_in(region)
            {
                found.push(RegionId::from_index(at));
            }
        }
        found
    }

    fn selected(
        &mut self,
        scope: ScopeId,
        selection: &Selection,
        known: &mut HashMap<ItemRef, Set<RegionId>>,
        open: &mut Vec<ItemRef>,
    ) -> Set<RegionId> {
        let names: Vec<RegionId> =
            selection.names.iter().flat_map(|name| self.named(scope, name, known, open)).collect();
        let except: Vec<RegionId> =
            selection.except.iter().flat_map(|name| self.named(scope, name, known, open)).collect();
        let held: Set<RegionId> = names.into_iter().collect();
        held.difference(&except.into_iter().collect())
    }

    /// The regions that one name stands for: itself, a zone's, or a module's.
    fn named(
        &mut self,
        scope: ScopeId,
        name: &Name,
        known: &mut HashMap<ItemRef, Set<RegionId>>,
        open: &mut Vec<ItemRef>,
    ) -> Vec<RegionId> {
        if let Some(alias) = name.text.strip_suffix(".*") {
            let members = self.scopes.members(scope, Kind::Place, alias);
            if members.is_empty() {
                self.star(scope, Kind::Place, alias, name);
            }
            return members.into_iter().flat_map(|item| self.regions_of(item, known, open)).collect();
        }
        match self.scopes.find(scope, Kind::Place, name, self.diagnostics) {
            Some(item) => self.regions_of(item, known, open),
            None => Vec::new(),
        }
    }

    fn regions_of(
        &mut self,
        item: ItemRef,
        known: &mut HashMap<ItemRef, Set<RegionId>>,
        open: &mut Vec<ItemRef>,
    ) -> Vec<RegionId> {
        match self.scopes.declaration(item) {
            Some(Declaration::Zone(_)) => self.zone(item, known, open).iter().copied().collect(),
            Some(
                Declaration::Policy(..)
                | Declaration::Use(..)
                | Declaration::Region(..)
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
                | Declaration::Invariant(..)
                | Declaration::Framework(..),
            )
            | None => self.items.id(item).map(RegionId).into_iter().collect(),
        }
    }

    /// The regions of a `reside`, and the zones that it names.
    pub(super) fn residence(
        &mut self,
        scope: ScopeId,
        selection: &Selection,
    ) -> (Set<RegionId>, Vec<crate::model::ZoneId>) {
        let mut known = HashMap::new();
        let regions = self.selected(scope, selection, &mut known, &mut Vec::new());
        let mut zones = Vec::new();
        for name in &selection.names {
            let item = self.scopes.lookup(scope, Kind::Place, &name.text);
            if let Some(item) =
                item.filter(|item| matches!(self.scopes.declaration(*item), Some(Declaration::Zone(_))))
            {
                zones.extend(self.items.id(item).map(crate::model::ZoneId));
            }
        }
        (regions, zones)
    }

    pub(super) fn attestations(&mut self) -> Vec<Attestation> {
        let mut attestations: Vec<Attestation> = BUILT_IN_ATTESTATIONS
            .iter()
            .map(|(name, title)| Attestation { name: (*name).into(), title: Some((*title).into()) })
            .collect();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Attestation)) {
            let Declaration::Attestation(declared) = declaration else { continue };
            self.satisfied(item.scope, &declared.satisfies);
            if BUILT_IN_ATTESTATIONS.iter().any(|(built_in, _)| *built_in == name) {
                let message = format!("the attestation `{name}` is built in");
                let diagnostic = Diagnostic::new(Code::DuplicateName, declared.header.name.span, message);
                self.push(diagnostic.help("use it without declaring it"));
                continue;
            }
            attestations
                .push(Attestation { name: name.into(), title: title(declared.header.title.as_ref()) });
        }
        attestations.sort_by(|a, b| a.name.cmp(&b.name));
        attestations
    }

    /// The numbers of attestations; built-in ones are known everywhere.
    pub(super) fn attested(
        &mut self,
        scope: ScopeId,
        names: &[Name],
        attestations: &[Attestation],
    ) -> Set<crate::model::AttestationId> {
        let mut found = Vec::new();
        for name in names {
            found.extend(self.attestation(scope, name, attestations));
        }
        found.into_iter().collect()
    }

    /// The number of one attestation.
    pub(super) fn attestation(
        &mut self,
        scope: ScopeId,
        name: &Name,
        attestations: &[Attestation],
    ) -> Option<crate::model::AttestationId> {
        let built_in = BUILT_IN_ATTESTATIONS.iter().any(|(built_in, _)| **built_in == *name.text);
        let wanted = if built_in {
            name.text.clone()
        } else if let Some(item) = self.scopes.lookup(scope, Kind::Attestation, &name.text) {
            self.items.list(Slot::Other(Kind::Attestation)).iter().find(|(_, it)| *it == item)?.0.clone()
        } else {
            let mut known = self.scopes.known(scope, Kind::Attestation);
            known.extend(BUILT_IN_ATTESTATIONS.iter().map(|(name, _)| (*name).to_owned()));
            let message = format!("there is no attestation `{}`", name.text);
            let help = crate::near::did_you_mean(&name.text, known.iter().map(String::as_str));
            let help = help.or(Some(format!("declare it: `attestation {} \"…\"`", name.text)));
            self.push(
                Diagnostic::new(Code::UnknownName, name.span, message).found("not declared").help_maybe(help),
            );
            return None;
        };
        let at = attestations.binary_search_by(|attestation| attestation.name.cmp(&wanted)).ok()?;
        Some(crate::model::AttestationId::from_index(at))
    }
}

/// ``, by way of `a` and `b` ``: the rest of a circle.
pub(super) fn by_way_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { String::new() } else { format!(", by way of {}", list_of(&names)) }
}
