//! The detectors that look, and what becomes of what they find.

use crate::exit::Failure;
use crate::package;
use crate::request::unknown;
use engine::scan::{Counts, DetectorSet, Finding, Plan, RedactError, Scanner, TokenKey, Vault, redact};
use jiff::civil::Date;
use lang::condition::Surface;
use lang::model::{Action, Detector, DetectorId, Model, Redaction};
use lang::{Day, Style};
use std::borrow::Cow;
use std::path::Path;

/// Keys tokens and hashes: the same in every run, so that two runs compare, and of no use against a sidecar's.
const SCAN_TOKEN_KEY: [u8; 32] = [9; 32];

/// A scanner, and a plan for what it finds.
#[derive(Debug)]
pub(super) struct Detectors {
    model: Model,
    scanner: Scanner,
    wanted: DetectorSet,
    plan: Plan,
    tenant: Box<str>,
}

/// A text as redaction leaves it.
pub(super) struct Redacted<'t> {
    /// The text; as it came where it is blocked.
    pub(super) text: Cow<'t, str>,
    /// The detector whose finding refuses it.
    pub(super) blocked: Option<String>,
}

impl Detectors {
    /// All of the standard library; each finding becomes its detector's name in brackets.
    pub(super) fn of_library() -> Result<Self, Failure> {
        let compiled = testsuite::library::compile();
        let model =
            compiled.model.ok_or_else(|| Failure::machine("the standard library does not compile"))?;
        let plan = Plan::new(ids(&model).map(|(id, detector)| {
            let label = format!("[{}]", detector.name);
            (id, detector, Action::Replace(label.into()))
        }));
        Self::new(model, plan, "")
    }

    /// Those of a package, with the redactions of a tenant, or all of the package's.
    pub(super) fn of_package(
        path: &Path,
        tenant: Option<&str>,
        day: Date,
        style: Style,
    ) -> Result<Self, Failure> {
        let model = package::into_model(package::open(Some(path), Day::Load(day))?, style)?;
        let held: Vec<&Redaction> = match tenant {
            None => model.redactions.iter().collect(),
            Some(said) => {
                let names = model.tenants.iter().map(|tenant| &*tenant.name);
                let found = model.tenants.iter().find(|tenant| &*tenant.name == said);
                let tenant = found.ok_or_else(|| unknown("tenant", said, names))?;
                tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index())).collect()
            }
        };
        let plan = plan_of(&model, &held, day);
        Self::new(model, plan, tenant.unwrap_or_default())
    }

    fn new(model: Model, plan: Plan, tenant: &str) -> Result<Self, Failure> {
        let scanner =
            Scanner::new(ids(&model)).map_err(|error| Failure::compile(format!("error: {error}")))?;
        let wanted = scanner.detectors();
        Ok(Self { model, scanner, wanted, plan, tenant: tenant.into() })
    }

    /// Adds what stands in a text.
    pub(super) fn find(&self, text: &str, sink: &mut Vec<Finding>) -> Result<(), Failure> {
        self.scanner.find(text, &self.wanted, sink).map_err(|error| Failure::usage(error.to_string()))
    }

    /// The text as redaction leaves it, on its way in.
    pub(super) fn redact<'t>(&self, text: &'t str, findings: &[Finding]) -> Result<Redacted<'t>, Failure> {
        let mut vault = Vault::new(TokenKey::new(SCAN_TOKEN_KEY), &self.tenant);
        let redacted = redact(text, findings, &self.plan, &mut vault).map_err(|error| match error {
            RedactError::VaultFull(full) => Failure::usage(format!("{full} in one text"))
                .help("such a request is refused too; `--jsonl` redacts line by line"),
            RedactError::Misplaced => Failure::machine(error.to_string()),
        })?;
        Ok(Redacted { text: redacted.text, blocked: redacted.blocked.map(|id| self.name(id).to_owned()) })
    }

    /// A detector's name.
    pub(super) fn name(&self, id: DetectorId) -> &str {
        self.model.detectors.get(id.index()).map_or("", |detector| &detector.name)
    }

    /// What becomes of a detector's findings, in the words of the language; `None` where no redaction speaks of it.
    pub(super) fn action(&self, id: DetectorId) -> Option<&'static str> {
        self.plan.action(id).map(|action| match action {
            Action::Flag => "flag",
            Action::Mask { .. } => "mask",
            Action::Replace(_) => "replace",
            Action::Hash => "hash",
            Action::Tokenize => "tokenize",
            Action::Block => "block",
        })
    }

    /// How many findings there are, of which detectors.
    pub(super) fn tally(&self, findings: &[Finding]) -> String {
        let counts: Counts = findings.iter().map(|finding| finding.detector).collect();
        let each: Vec<_> = counts.iter().map(|(id, count)| format!("{} {count}", self.name(id))).collect();
        match findings.len() {
            0 => "no findings".to_owned(),
            1 => format!("1 finding: {}", each.join(", ")),
            many => format!("{many} findings: {}", each.join(", ")),
        }
    }
}

fn ids(model: &Model) -> impl Iterator<Item = (DetectorId, &Detector)> {
    model.detectors.iter().enumerate().map(|(at, detector)| (DetectorId::from_index(at), detector))
}

/// The strictest action of each detector among redactions of the input that are in force on a day.
fn plan_of(model: &Model, held: &[&Redaction], day: Date) -> Plan {
    let in_force = held.iter().filter(|redaction| {
        redaction.surfaces.contains(&Surface::Input) && redaction.shadow_until.is_none_or(|until| until < day)
    });
    let rows = in_force.flat_map(|redaction| &redaction.rows);
    let each = rows.flat_map(|row| row.detectors.iter().map(move |id| (*id, &row.action)));
    Plan::new(each.filter_map(|(id, action)| {
        model.detectors.get(id.index()).map(|detector| (id, detector, action.clone()))
    }))
}
