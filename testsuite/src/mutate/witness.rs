//! A request that a mutant decides differently, as a case that would have noticed.
//!
//! Requests that fit the package are drawn from a seed and sent through both
//! policies; the first that comes out differently is made as plain as it can
//! be, written down with what the original does, and run once more: a case is
//! told only if the original passes it and the mutant fails it.

mod expected;
mod pool;

use super::Mutant;
use crate::arbitrary::Random;
use crate::draft::Draft;
use crate::observed::Observed;
use crate::package::{self, Options};
use crate::suite::Suite;
use engine::Verdict;
use engine::guard::Guard;
use pool::Pool;
pub(super) use pool::Samples;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Most requests that are drawn for one mutant.
///
/// Each costs two exchanges, together about a millisecond; a survivor is rare,
/// and a case for it worth a second.
const DRAWS_MAX: usize = 1_000;

/// Where drawing begins: the same for every mutant, so that a report is the same everywhere.
const SEED: u64 = 0x5eed;

/// One way to make a draft plainer.
type Simplification = fn(&mut Draft);

/// Tried in this order; each is kept where the case still tells the two apart.
const SIMPLIFICATIONS: &[Simplification] = &[
    |draft| draft.headers.clear(),
    |draft| draft.headers.truncate(1),
    |draft| draft.caller = None,
    |draft| draft.down.clear(),
    |draft| draft.tools.clear(),
    |draft| draft.tools.truncate(1),
    |draft| draft.user = None,
    |draft| draft.max_tokens = None,
    |draft| draft.stream = false,
    |draft| draft.usage = None,
    |draft| draft.before = 0,
    |draft| draft.is_concurrent = false,
    |draft| draft.replies.clear(),
    |draft| draft.replies.truncate(1),
    |draft| draft.say.clear(),
    |draft| draft.say.truncate(1),
    |draft| draft.say.iter_mut().for_each(|said| said.times = 1),
    |draft| draft.workload = None,
    |draft| draft.operation = None,
    |draft| draft.now = None,
];

/// A case that the original passes and the mutant fails, ready to paste; `None` where none was found.
///
/// `changed` are the tenants who can tell the two apart; any when `None`.
pub(super) fn find(
    original: &Arc<Guard>,
    mutant: &Arc<Guard>,
    edit: &Mutant,
    changed: Option<&BTreeSet<&str>>,
    (samples, options): (&Samples<'_>, &Options),
) -> Option<String> {
    let pool = Pool::new([original.model(), mutant.model()], edit, changed, (samples, options));
    let mut random = Random::new(SEED);
    let both = Both { original, mutant, edit, options };
    let found = (0..DRAWS_MAX).map(|_| pool.draw(&mut random)).find(|draft| both.tell(draft).is_some())?;
    let mut draft = found;
    for simplify in SIMPLIFICATIONS {
        let mut plainer = draft.clone();
        simplify(&mut plainer);
        if plainer != draft && both.tell(&plainer).is_some() {
            draft = plainer;
        }
    }
    both.tell(&draft)
}

/// The two policies that a case tells apart.
struct Both<'a> {
    original: &'a Arc<Guard>,
    mutant: &'a Arc<Guard>,
    edit: &'a Mutant,
    options: &'a Options,
}

impl Both<'_> {
    /// The case of a draft, if the original passes it and the mutant fails it.
    fn tell(&self, draft: &Draft) -> Option<String> {
        let (one, other) = (self.observe(self.original, draft)?, self.observe(self.mutant, draft)?);
        let expected = if draft.is_concurrent {
            let allowed =
                |all: &[Observed]| all.iter().filter(|one| one.verdict == Some(Verdict::Allow)).count();
            let (one, other) = (allowed(&one), allowed(&other));
            (one != other).then(|| vec![format!("allowed: {one}")])?
        } else {
            expected::difference(one.last()?, other.last()?)?
        };
        let name = format!("{}: {}", self.edit.declaration, self.edit.was);
        let case = draft.to_case(&name, &expected);
        let suite = read(&case)?;
        let options = Options { jobs: NonZeroUsize::MIN, filter: None, ..self.options.clone() };
        let run = |guard| package::run(guard, std::slice::from_ref(&suite), &options);
        (run(self.original).is_good() && run(self.mutant).failed() > 0).then_some(case)
    }

    /// What comes of the requests of a draft's last step.
    fn observe(&self, guard: &Arc<Guard>, draft: &Draft) -> Option<Vec<Observed>> {
        let any = if draft.is_concurrent { "allowed: 0" } else { "verdict: allow" };
        let suite = read(&draft.to_case("draft", &[any.to_owned()]))?;
        let case = suite.entries.into_iter().next()?.case.ok()?;
        package::observe(guard, &case, self.options).pop()
    }
}

/// A suite of one case.
fn read(case: &str) -> Option<Suite> {
    let suite = Suite::read("witness", &format!("cases:\n{case}"));
    (suite.fault_count() == 0).then_some(suite)
}
