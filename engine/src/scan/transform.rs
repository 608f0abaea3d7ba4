//! What findings become, over a whole text.
//!
//! Where findings overlap, each byte belongs to one of them: `block` refuses
//! the text anyway; of the others the one with the stricter action has it
//! ([`Strictness`]), then the more confident, then the longer, then the first in
//! the text. The order of declarations decides nothing. What the winner leaves of a loser is changed by the loser's
//! own action, so that no byte of any finding stays in the clear because
//! another one overlapped it.

use super::plan::{Plan, Row, Strictness};
use super::vault::{Vault, VaultFull};
use super::window::Item;
use super::{Confidence, Finding, part};
use lang::model::{Action, DetectorId};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

/// Why a text could not be redacted; the exchange is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedactError {
    /// Too many values to make tokens for.
    #[error(transparent)]
    VaultFull(#[from] VaultFull),
    /// A finding does not lie in the text: it is of another one.
    #[error("a finding does not lie in the text")]
    Misplaced,
}

/// How many findings of each detector, in the order of detectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<DetectorId, u32>);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, detector: DetectorId) {
        let count = self.0.entry(detector).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (detector, count) in &other.0 {
            let sum = self.0.entry(*detector).or_insert(0);
            *sum = sum.saturating_add(*count);
        }
    }

    /// How many of a detector.
    pub fn get(&self, detector: DetectorId) -> u32 {
        self.0.get(&detector).copied().unwrap_or(0)
    }

    /// Detectors with at least one, in order.
    pub fn iter(&self) -> impl Iterator<Item = (DetectorId, u32)> + '_ {
        self.0.iter().map(|(detector, count)| (*detector, *count))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<DetectorId> for Counts {
    fn from_iter<I: IntoIterator<Item = DetectorId>>(detectors: I) -> Self {
        let mut counts = Self::default();
        detectors.into_iter().for_each(|detector| counts.add(detector));
        counts
    }
}

/// A text after redaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<'t> {
    /// The text; borrowed when nothing changed.
    pub text: Cow<'t, str>,
    /// What stands in the place of which bytes, in order: the text again, for whoever edits what it stands in.
    pub changes: Vec<(Range<usize>, Box<str>)>,
    /// Findings that were changed, by detector.
    pub counts: Counts,
    /// The detector of the first finding that refuses the text.
    pub blocked: Option<DetectorId>,
}

impl<'t> Redacted<'t> {
    /// A text that stays as it is.
    fn unchanged(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), changes: Vec::new(), counts: Counts::default(), blocked: None }
    }
}

impl std::fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redacted")
            .field("bytes", &self.text.len())
            .field("counts", &self.counts)
            .field("blocked", &self.blocked)
            .finish_non_exhaustive()
    }
}

/// Changes what a plan says of a text's findings.
///
/// `findings` are those of [`Scanner::find`](super::Scanner::find) over the same text. Tokens of values
/// go into the vault, which can restore them. A blocked text is given back as it came.
///
/// # Errors
///
/// Returns [`RedactError`] when the vault is full or a finding is out of place.
pub fn redact<'t>(
    text: &'t str,
    findings: &[Finding],
    plan: &Plan,
    vault: &mut Vault,
) -> Result<Redacted<'t>, RedactError> {
    let mut layers = Vec::new();
    let mut blocked: Option<&Finding> = None;
    for finding in findings {
        let range = finding.start as usize..finding.end as usize;
        text.get(range.clone()).ok_or(RedactError::Misplaced)?;
        let Some(row) = plan.row(finding.detector) else { continue };
        match row.action {
            Action::Flag => {}
            Action::Block => blocked = Some(blocked.map_or(finding, |first| first.min(finding))),
            Action::Mask { .. } | Action::Replace(_) | Action::Hash | Action::Tokenize => {
                let (detector, confidence) = (finding.detector, finding.confidence);
                let item = Item { start: range.start, end: range.end, detector: Some(detector), confidence };
                layers.push(Layer::of_finding(&item, detector, row));
            }
        }
    }
    if let Some(finding) = blocked {
        return Ok(Redacted { blocked: Some(finding.detector), ..Redacted::unchanged(text) });
    }
    if layers.is_empty() {
        return Ok(Redacted::unchanged(text));
    }
    let mut written = String::with_capacity(text.len());
    let mut copied = 0;
    let (mut owners, mut changes) = (Vec::new(), Vec::new());
    for piece in paint(&layers, 0) {
        written.push_str(part(text, copied, piece.start));
        let value = part(text, piece.start, piece.end);
        if let Some(row) = piece.detector.and_then(|detector| plan.row(detector)) {
            let begun = written.len();
            change_input(row, value, vault, &mut written)?;
            changes.push((piece.start..piece.end, part(&written, begun, written.len()).into()));
        }
        copied = piece.end;
        owners.push(piece.layer);
    }
    written.push_str(part(text, copied, text.len()));
    owners.sort_unstable();
    owners.dedup();
    let counts = owners.iter().filter_map(|layer| layers.get(*layer)?.detector).collect();
    Ok(Redacted { text: Cow::Owned(written), changes, counts, blocked: None })
}

/// Writes what a piece of a request becomes.
fn change_input(row: &Row, value: &str, vault: &mut Vault, out: &mut String) -> Result<(), VaultFull> {
    match &row.action {
        Action::Tokenize => out.push_str(&vault.deposit(&row.label, value)?),
        Action::Flag | Action::Mask { .. } | Action::Replace(_) | Action::Hash | Action::Block => {
            change_output(row, value, vault, out);
        }
    }
    Ok(())
}

/// Writes what a piece of an answer becomes.
pub(super) fn change_output(row: &Row, value: &str, vault: &Vault, out: &mut String) {
    match &row.action {
        Action::Flag => out.push_str(value),
        Action::Mask { keep_last } => mask(value, *keep_last, out),
        Action::Replace(text) => out.push_str(text),
        Action::Hash => out.push_str(&vault.hash(&row.label, value)),
        Action::Tokenize => out.push_str(&vault.name(&row.label, value)),
        Action::Block => {}
    }
}

/// Replaces letters and digits by `*` and keeps what separates them.
///
/// Of the last ones `keep_last` stay, but never more than half of all: to keep
/// four digits of five would hide nothing.
fn mask(value: &str, keep_last: u32, out: &mut String) {
    let count = value.chars().filter(|c| c.is_alphanumeric()).count();
    let kept = (keep_last as usize).min(count / 2);
    let mut hidden = count.saturating_sub(kept);
    for character in value.chars() {
        if character.is_alphanumeric() && hidden > 0 {
            hidden = hidden.saturating_sub(1);
            out.push('*');
        } else {
            out.push(character);
        }
    }
}

/// A range that is to be changed, with its claim to the bytes that others claim too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whose; `None` is a token that is restored, which no finding touches.
    pub(super) detector: Option<DetectorId>,
    strictness: Strictness,
    confidence: Confidence,
    /// Whether a piece of it has been written.
    pub(super) is_counted: bool,
}

/// What a layer has to say for itself; the greater has the bytes.
type Claim = (bool, Strictness, Confidence, usize, Reverse<usize>, Reverse<Option<DetectorId>>);

impl Layer {
    pub(super) fn of_finding(item: &Item, detector: DetectorId, row: &Row) -> Self {
        Self {
            start: item.start,
            end: item.end,
            detector: Some(detector),
            strictness: Strictness::of(&row.action),
            confidence: item.confidence,
            is_counted: false,
        }
    }

    pub(super) fn of_token(start: usize, end: usize) -> Self {
        let (strictness, confidence) = (Strictness::of(&Action::Tokenize), Confidence::MAX);
        Self { start, end, detector: None, strictness, confidence, is_counted: false }
    }

    /// Ids stand in the order of names, so the last tie is broken by the name, never by a file's order.
    fn claim(&self) -> Claim {
        let length = self.end.saturating_sub(self.start);
        let is_token = self.detector.is_none();
        (is_token, self.strictness, self.confidence, length, Reverse(self.start), Reverse(self.detector))
    }
}

/// A run of bytes that one layer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) detector: Option<DetectorId>,
    /// Which layer, as an index.
    pub(super) layer: usize,
}

/// Gives each byte from `from` on to the greatest claim to it; pieces come in order.
pub(super) fn paint(layers: &[Layer], from: usize) -> Vec<Piece> {
    let mut order: Vec<usize> = (0..layers.len()).collect();
    let start_of = |index: &usize| layers.get(*index).map_or(0, |layer| layer.start.max(from));
    order.sort_by_key(start_of);
    let mut edges: Vec<usize> =
        layers.iter().flat_map(|layer| [layer.start.max(from), layer.end.max(from)]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut coming = order.into_iter().peekable();
    let mut claims = BinaryHeap::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for (start, end) in edges.iter().zip(edges.iter().skip(1)) {
        while let Some(index) = coming.next_if(|index| start_of(index) <= *start) {
            if let Some(layer) = layers.get(index) {
                claims.push((layer.claim(), Reverse(index), layer.end));
            }
        }
        while claims.peek().is_some_and(|(_, _, layer_end)| layer_end <= start) {
            claims.pop();
        }
        let Some((claim, Reverse(layer), _)) = claims.peek() else {
            continue;
        };
        match pieces.last_mut() {
            Some(last) if last.layer == *layer && last.end == *start => last.end = *end,
            Some(_) | None => {
                pieces.push(Piece { start: *start, end: *end, detector: claim.5.0, layer: *layer });
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::samples::{of_pattern, set_up};
    use super::super::{Scanner, TokenKey};
    use super::*;
    use lang::model::Detector;
    use proptest::prelude::*;

    fn run(detectors: &[(Detector, Action)], text: &str) -> (String, Vec<(u32, u32)>, Option<DetectorId>) {
        let (scanner, plan, mut vault) = set_up(detectors);
        let mut findings = Vec::new();
        scanner.find(text, &scanner.detectors(), &mut findings).unwrap();
        let redacted = redact(text, &findings, &plan, &mut vault).unwrap();
        let counts = redacted.counts.iter().map(|(detector, count)| (detector.0, count)).collect();
        (redacted.text.into_owned(), counts, redacted.blocked)
    }

    fn word(name: &str, text: &str, action: Action) -> (Detector, Action) {
        (of_pattern(name, text, &[], None), action)
    }

    #[test]
    fn each_action() {
        let text = "id AB-12.34 end";
        let id = "[A-Z]{2}-[0-9.]{5}";
        let table = [
            (Action::Flag, "id AB-12.34 end", vec![]),
            (Action::Mask { keep_last: 0 }, "id **-**.** end", vec![(0, 1)]),
            (Action::Mask { keep_last: 2 }, "id **-**.34 end", vec![(0, 1)]),
            (Action::Mask { keep_last: 9 }, "id **-*2.34 end", vec![(0, 1)]),
            (Action::Replace("[ID]".into()), "id [ID] end", vec![(0, 1)]),
        ];
        for (action, expected, counts) in table {
            let found = run(&[word("x.id", id, action.clone())], text);
            assert_eq!((found.0.as_str(), found.1, found.2), (expected, counts, None), "{action:?}");
        }
        for (action, sign) in [(Action::Hash, '#'), (Action::Tokenize, '_')] {
            let (text, ..) = run(&[word("x.id", id, action)], text);
            let token = text.strip_prefix("id ").and_then(|rest| rest.strip_suffix(" end")).unwrap();
            assert!(super::super::is_token(token) && token.starts_with(&format!("[ID{sign}")), "{text}");
        }
        let (blocked, counts, detector) = run(&[word("x.id", id, Action::Block)], text);
        assert_eq!((blocked.as_str(), counts, detector), (text, vec![], Some(DetectorId(0))));
    }

    #[test]
    fn no_byte_of_an_overlapped_finding_stays() {
        let long = word("x.long", "aaa bbb ccc", Action::Replace("<L>".into()));
        let short = word("x.short", "ccc d", Action::Replace("<S>".into()));
        let inner = word("x.inner", "bbb", Action::Replace("<I>".into()));
        let text = "_ aaa bbb ccc d _";
        assert_eq!(run(&[long.clone(), short.clone()], text).0, "_ <L><S> _");
        // The order in which they are declared does not matter.
        assert_eq!(run(&[short.clone(), long.clone()], text).0, "_ <L><S> _");
        let (text, counts, _) = run(&[long, inner, short], text);
        assert_eq!((text.as_str(), counts), ("_ <L><S> _", vec![(0, 1), (2, 1)]));
    }

    #[test]
    fn the_more_confident_wins_over_the_longer() {
        let sure = (of_pattern("x.sure", "key_[a-z]{3}", &[], None), Action::Replace("<K>".into()));
        let long = word("x.long", "[a-z ]*[_a-z]{7} [a-z]+", Action::Replace("<L>".into()));
        assert_eq!(run(&[long, sure], "my key_abc here").0, "<L><K><L>");
    }

    #[test]
    fn what_is_a_token_stays_one() {
        let detectors = [word("x.any", "[a-z0-9]{8}", Action::Tokenize)];
        let (once, ..) = run(&detectors, "see k3f9x2mb");
        assert_ne!(once, "see k3f9x2mb");
        let (twice, counts, _) = run(&detectors, &once);
        assert_eq!((twice, counts), (once, vec![]));
    }

    #[test]
    fn the_stricter_action_has_the_bytes_that_two_claim() {
        let actions = [
            Action::Mask { keep_last: 4 },
            Action::Mask { keep_last: 0 },
            Action::Tokenize,
            Action::Hash,
            Action::Replace("<R>".into()),
        ];
        for pair in actions.windows(2) {
            // The weaker action's finding is surer, longer and first.
            let weak = (of_pattern("a.weak", "key_[a-z_]{5}", &[], None), pair[0].clone());
            let strict = word("z.strict", "ab", pair[1].clone());
            let alone = |(detector, action): &(Detector, Action), value: &str| {
                let patterns = of_pattern("", value, &[], None).patterns;
                run(&[(Detector { patterns, ..detector.clone() }, action.clone())], value).0
            };
            let expected = [alone(&weak, "key_"), alone(&strict, "ab"), alone(&weak, "_cd")].concat();
            assert_eq!(run(&[weak, strict], "key_ab_cd").0, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        /// Ids stand in the order of names, as the language gives them; files may say detectors in any order.
        #[test]
        fn the_order_of_declarations_decides_nothing(
            text in "[abc12 ]{0,40}",
            patterns in prop::collection::vec(("[abc12]{1,2}", 1..4_u8, 0..7_u8), 1..6),
            seed in any::<u64>(),
        ) {
            let actions = [
                Action::Flag, Action::Mask { keep_last: 1 }, Action::Mask { keep_last: 0 }, Action::Tokenize,
                Action::Hash, Action::Replace("<R>".into()), Action::Replace("<S>".into()),
            ];
            let rows: Vec<(DetectorId, Detector, Action)> = (0..).map(DetectorId).zip(&patterns).map(|(id, row)| {
                let pattern = format!("{}[ab12 ]{{0,{}}}", row.0, row.1);
                (id, of_pattern(&format!("x.d{}", id.0), &pattern, &[], None), actions[usize::from(row.2)].clone())
            }).collect();
            let mut shuffled = rows.clone();
            shuffled.sort_by_key(|(id, ..)| u64::from(id.0).wrapping_add(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let read = |rows: &[(DetectorId, Detector, Action)], is_reversed: bool| {
                let scanner = Scanner::new(rows.iter().map(|(id, detector, _)| (*id, detector))).unwrap();
                let plan = Plan::new(rows.iter().map(|(id, detector, action)| (*id, detector, action.clone())));
                let mut vault = Vault::new(TokenKey::new([7; 32]), "retail");
                let mut findings = Vec::new();
                scanner.find(&text, &scanner.detectors(), &mut findings).unwrap();
                if is_reversed {
                    findings.reverse();
                }
                let redacted = redact(&text, &findings, &plan, &mut vault).unwrap();
                (redacted.text.into_owned(), redacted.counts)
            };
            prop_assert_eq!(read(&rows, false), read(&shuffled, true));
        }
    }

    #[test]
    fn a_finding_of_another_text_is_refused() {
        let (scanner, plan, mut vault) = set_up(&[word("x.any", "[a-z]+", Action::Hash)]);
        let mut findings = Vec::new();
        scanner.find("abcdef", &scanner.detectors(), &mut findings).unwrap();
        assert_eq!(redact("é", &findings, &plan, &mut vault), Err(RedactError::Misplaced));
    }
}
