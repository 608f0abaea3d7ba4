//! Redactions, and what happens when two speak of one detector.

use super::{Checker, title};
use crate::ast::Declaration;
use crate::condition::Surface;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Action, DetectorId, Parts, Redaction, RedactionId, RedactionRow, Set};
use crate::resolve::{Kind, Slot};
use crate::span::Span;
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(super) fn redactions(&mut self) -> Vec<Redaction> {
        let mut redactions = Vec::new();
        for (name, item, declaration) in self.declarations(Slot::Other(Kind::Redaction)) {
            let Declaration::Redaction(declared) = declaration else { continue };
            let span = declared.header.name.span;
            if declared.rows.is_empty() {
                self.missing(&declared.header, "a redaction", "DETECTOR ACTION", "pii.pan tokenize");
            }
            if declared.surfaces.is_empty() {
                self.missing(&declared.header, "a redaction", "on", "on input, output, audit");
            }
            let mut rows = Vec::new();
            for (name, action) in &declared.rows {
                let detectors = self.ids(item.scope, Kind::Detector, std::slice::from_ref(name), DetectorId);
                if !detectors.is_empty() {
                    rows.push(RedactionRow { detectors, action: action.clone(), span: name.span });
                }
            }
            redactions.push(Redaction {
                name: name.into(),
                title: title(declared.header.title.as_ref()),
                rows,
                surfaces: declared.surfaces.iter().map(|surface| surface.value).collect(),
                shadow_until: self.shadow(declared.shadow_until.as_ref()),
                satisfies: self.satisfied(item.scope, &declared.satisfies),
                span,
            });
        }
        redactions
    }

    /// Two different transforms of one detector on one surface are told, once for each pair of places.
    pub(super) fn transform_conflicts(
        &mut self,
        parts: &Parts,
        held: &Set<RedactionId>,
        tenant: Span,
        told: &mut Vec<(Span, Span)>,
    ) {
        let mut first: BTreeMap<(Surface, DetectorId), (&Action, Span)> = BTreeMap::new();
        for redaction in held.iter().filter_map(|id| parts.redactions.get(id.index())) {
            for row in redaction.rows.iter().filter(|row| row.action.is_transform()) {
                for (surface, detector) in pairs(&redaction.surfaces, &row.detectors) {
                    let Some((action, span)) = first.get(&(surface, detector)) else {
                        first.insert((surface, detector), (&row.action, row.span));
                        continue;
                    };
                    let places = ((*span).min(row.span), (*span).max(row.span));
                    if **action != row.action && !told.contains(&places) {
                        told.push(places);
                        let name =
                            parts.detectors.get(detector.index()).map(|it| &*it.name).unwrap_or_default();
                        let message =
                            format!("`{name}` would be redacted in two ways on {}", surface.as_str());
                        let diagnostic = Diagnostic::new(Code::TransformsConflict, places.1, message)
                            .found("one way")
                            .label(places.0, "another way")
                            .label(tenant, "both hold for this tenant")
                            .help("keep one transform; `block` may stand beside it, and wins");
                        self.push(diagnostic);
                    }
                }
            }
        }
    }
}

/// Every surface with every detector.
fn pairs<'a>(
    surfaces: &'a Set<Surface>,
    detectors: &'a Set<DetectorId>,
) -> impl Iterator<Item = (Surface, DetectorId)> + 'a {
    surfaces.iter().flat_map(|surface| detectors.iter().map(|detector| (*surface, *detector)))
}
