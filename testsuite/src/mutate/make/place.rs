//! Zones and workloads: lists that hold more.

use super::list::elements;
use super::{Maker, inner};
use crate::mutate::operator::Operator;
use lang::syntax::Statement;

impl Maker<'_> {
    /// A zone: each other region in which some endpoint stands, and no `except`.
    pub(super) fn zone(&mut self, statement: &Statement, name: &str) {
        let from = self.made.len();
        let known = self.known;
        let held = known.zones.get(name);
        let is_more = |region: &&String| held.is_none_or(|held| !held.contains(*region));
        let more: Vec<&String> = known.regions.iter().filter(is_more).collect();
        let statements = inner(statement);
        for inner in &statements {
            self.drop_except(inner);
        }
        match statements.iter().find(|inner| self.head(inner) == "regions") {
            Some(regions) => self.widen(Operator::WidenZone, regions, &elements(regions, 0), more),
            None => more
                .into_iter()
                .for_each(|region| self.insert(Operator::WidenZone, statement, &format!("regions {region}"))),
        }
        self.name(from, statement);
    }

    /// One statement of a workload.
    pub(super) fn workload(&mut self, of: &Statement, statement: &Statement) {
        let from = self.made.len();
        let known = self.known;
        let more = match self.head(statement) {
            "models" => &known.models,
            "data" => &known.data,
            _ => return,
        };
        self.drop(Operator::WidenWorkload, statement);
        self.drop_except(statement);
        self.widen(Operator::WidenWorkload, statement, &elements(statement, 0), more);
        self.name(from, of);
    }
}
