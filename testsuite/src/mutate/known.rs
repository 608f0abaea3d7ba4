//! The names of a package that an edit can write where fewer stand.

use lang::model::{HOSTED, Kind, Model};
use std::collections::{BTreeMap, BTreeSet};

/// The names of a package, sorted.
#[derive(Debug)]
pub(super) struct Known {
    /// Declared models.
    pub(super) models: BTreeSet<String>,
    /// Declared providers.
    pub(super) providers: BTreeSet<String>,
    /// Regions in which some endpoint stands.
    pub(super) regions: BTreeSet<String>,
    /// The regions of each zone.
    pub(super) zones: BTreeMap<String, BTreeSet<String>>,
    /// Categories of data.
    pub(super) data: BTreeSet<String>,
    /// Tenants.
    pub(super) tenants: BTreeSet<String>,
    /// Operations that a tenant can be allowed.
    pub(super) operations: BTreeSet<String>,
    /// Kinds that no detector reads.
    pub(super) unscanned: BTreeSet<String>,
    /// Tools that providers run.
    pub(super) hosted: BTreeSet<String>,
}

impl Known {
    pub(super) fn new(model: &Model) -> Self {
        let texts = |texts: &mut dyn Iterator<Item = &str>| texts.map(ToOwned::to_owned).collect();
        let region = |id: lang::model::RegionId| model.regions.get(id.index()).map(|region| &*region.name);
        let zones = model.zones.iter().map(|zone| {
            let regions = zone.regions.iter().filter_map(|id| region(*id)).map(ToOwned::to_owned);
            (zone.name.to_string(), regions.collect())
        });
        let data = model.categories.iter().filter(|category| category.is_data);
        Self {
            models: texts(&mut model.models.iter().map(|one| &*one.name)),
            providers: texts(&mut model.providers.iter().map(|one| &*one.name)),
            regions: texts(&mut model.endpoints.iter().filter_map(|one| region(one.region))),
            zones: zones.collect(),
            data: texts(&mut data.map(|one| &*one.name)),
            tenants: texts(&mut model.tenants.iter().map(|one| &*one.name)),
            operations: texts(&mut engine::facts::Operation::ALL.iter().map(|one| one.as_str())),
            unscanned: texts(&mut Kind::ALL.iter().map(|one| one.as_str())),
            hosted: texts(&mut HOSTED.iter().copied()),
        }
    }
}
