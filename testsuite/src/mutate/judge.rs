//! One mutant after another: compiled, held against the original, tried.

use super::trial::{Trial, words_of_mutant};
use super::witness::{self, Samples};
use super::{Fate, Mutant, Subject};
use crate::names::Names;
use crate::package::Options;
use engine::guard::{Guard, GuardError};
use engine::{Cache, Meaning};
use lang::model::Model;
use lang::{Day, Origin, PackageFiles, Severity};
use std::sync::Arc;

/// Judges mutants, with what one compilation leaves to the next.
pub(super) struct Judge<'a> {
    subject: Subject<'a>,
    options: &'a Options,
    trials: &'a [Trial],
    samples: &'a Samples<'a>,
    meaning: Meaning,
    /// For mutants with the original's detectors.
    same: Cache,
    /// For others: their scanners would push the original's out.
    other: Cache,
}

impl<'a> Judge<'a> {
    /// A judge of its own for each thread.
    pub(super) fn new(
        subject: Subject<'a>,
        options: &'a Options,
        (trials, samples): (&'a [Trial], &'a Samples<'a>),
    ) -> Result<Self, GuardError> {
        let (mut same, mut other) = (Cache::new(), Cache::new());
        let model = subject.guard.model();
        Guard::with_cache(model, subject.key.clone(), &mut same)?;
        Guard::with_cache(model, subject.key.clone(), &mut other)?;
        let meaning = subject.guard.program().meaning();
        Ok(Self { subject, options, trials, samples, meaning, same, other })
    }

    /// What becomes of a mutant.
    pub(super) fn fate(&mut self, mutant: &Mutant) -> Fate {
        let model = match self.compile(mutant) {
            Ok(model) => model,
            Err(why) => return Fate::NotCompiled { why },
        };
        let original = self.subject.guard.model();
        if model.decision_digest == original.decision_digest {
            return Fate::Equivalent;
        }
        let cache = if has_same_detectors(original, &model) { &mut self.same } else { &mut self.other };
        let guard = match Guard::with_cache(&model, self.subject.key.clone(), cache) {
            Ok(guard) => Arc::new(guard),
            Err(error) => return Fate::NotCompiled { why: error.to_string() },
        };
        let meaning = guard.program().meaning();
        if meaning == self.meaning {
            return Fate::Equivalent;
        }
        if let Some(by) = self.first_failing(mutant, &guard, &meaning) {
            return Fate::Killed { by };
        }
        let changed = self.meaning.changed_tenants(&meaning);
        let around = (self.samples, self.options);
        Fate::Survived {
            witness: witness::find(self.subject.guard, &guard, mutant, changed.as_ref(), around),
        }
    }

    fn compile(&self, mutant: &Mutant) -> Result<Model, String> {
        let PackageFiles { path, files } = self.subject.files;
        let mut files = files.clone();
        let mut sources = self.subject.guard.model().sources.iter().map(|(_, source)| source);
        let is_it = |name: &str| name == mutant.file;
        let source = sources.find(|source| source.origin() == Origin::Package && is_it(source.name()));
        let file = files.iter_mut().find(|(name, _)| is_it(name));
        let (Some(source), Some((_, bytes))) = (source, file) else { return Err("its file is gone".into()) };
        let mut text = source.text().to_owned();
        if text.get(mutant.range.clone()).is_none() {
            return Err("its place is gone".into());
        }
        text.replace_range(mutant.range.clone(), &mutant.new);
        *bytes = text.into_bytes();
        let package = PackageFiles { path: path.clone(), files };
        let compiled = lang::compile(package, self.subject.loader, Day::Check(self.subject.day));
        compiled.model.ok_or_else(|| {
            let errors = compiled.diagnostics.iter().filter(|one| one.code.severity() == Severity::Error);
            errors.map(|one| format!("{} {}", one.code.as_str(), one.message)).next().unwrap_or_default()
        })
    }

    /// The first of the cases that the mutant reaches, in the order of likelihood, that fails.
    fn first_failing(&self, mutant: &Mutant, guard: &Arc<Guard>, meaning: &Meaning) -> Option<String> {
        let changed = self.meaning.changed_tenants(meaning);
        let names = Names::new(guard.model());
        let is_reached = |trial: &&Trial| {
            let (Some(changed), Some(tenants)) = (&changed, &trial.tenants) else { return true };
            tenants.iter().any(|tenant| changed.contains(tenant.as_str())) || !trial.is_named(names)
        };
        let mut reached: Vec<&Trial> = self.trials.iter().filter(is_reached).collect();
        let wanted = words_of_mutant(mutant);
        reached.sort_by_cached_key(|trial| trial.rank(&wanted));
        let failing = reached.into_iter().find(|trial| !trial.passes(guard, self.options));
        failing.map(|trial| trial.name.clone())
    }
}

/// Whether two models need the same scanner.
fn has_same_detectors(one: &Model, other: &Model) -> bool {
    let parts = |model: &Model| {
        let detectors = model.detectors.iter();
        detectors
            .map(|it| (it.name.clone(), it.patterns.len(), it.phrases.len(), it.words.len()))
            .collect::<Vec<_>>()
    };
    parts(one) == parts(other)
}
