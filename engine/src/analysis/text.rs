//! Texts in which a detector finds something, so that a witness can be sent.
//!
//! Drawn from the detector's own patterns and phrases, and kept only when the
//! scanner finds it there. Check digits are met by trying.

use super::random::Random;
use crate::scan::{DetectorSet, Scanner};
use lang::model::{Detector, DetectorId, Pattern};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassBytesRange, ClassUnicodeRange, Hir, HirKind};

/// How many texts are tried: check digits of two places are met once in a hundred times, and the
/// prefixes of issuers as seldom.
const TRIES: usize = 50_000;

/// How much more than the least a repetition is drawn out.
const REPEATS_MORE: u32 = 8;

/// What is optional is drawn once in so many times.
const OPTIONAL_IN: usize = 16;

/// Longest text that is drawn, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// A text in which a detector finds something; `None` where none came up.
pub fn sample_text(id: DetectorId, detector: &Detector, seed: u64) -> Option<String> {
    sample_text_within(id, detector, seed, TRIES)
}

/// The same, for whoever has less time: at most so many texts are tried.
pub fn sample_text_within(id: DetectorId, detector: &Detector, seed: u64, tries: usize) -> Option<String> {
    let scanner = Scanner::new(std::iter::once((id, detector))).ok()?;
    let mut wanted = DetectorSet::new();
    wanted.insert(id);
    let is_found = |text: &str| {
        let mut findings = Vec::new();
        scanner.find(text, &wanted, &mut findings).is_ok() && !findings.is_empty()
    };
    let near = detector.near.as_ref().and_then(|near| near.words.first());
    let with_near = |text: &str| near.map_or_else(|| text.to_owned(), |word| format!("{word} {text}"));
    let said = detector.phrases.iter().chain(&detector.words).map(|phrase| with_near(phrase));
    if let Some(text) = said.into_iter().find(|text| is_found(text)) {
        return Some(text);
    }
    let patterns: Vec<Hir> = detector.patterns.iter().filter_map(parse).collect();
    let mut random = Random::new(seed);
    (0..tries).find_map(|_| {
        let mut bytes = Vec::new();
        draw(random.pick(&patterns)?, &mut random, &mut bytes);
        let text = with_near(&String::from_utf8(bytes).ok()?);
        is_found(&text).then_some(text)
    })
}

fn parse(pattern: &Pattern) -> Option<Hir> {
    // Classes are read as Unicode's: what is drawn from them is ASCII wherever they have some.
    ParserBuilder::new().case_insensitive(pattern.ignore_case).build().parse(&pattern.text).ok()
}

/// Appends a text that the expression matches; what stands around it is not looked at.
fn draw(hir: &Hir, random: &mut Random, out: &mut Vec<u8>) {
    if out.len() > TEXT_BYTES_MAX {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => draw_class(class, random, out),
        HirKind::Repetition(repetition) => {
            // What may be left out mostly is: separators at random places make no number.
            let is_left_out = repetition.min == 0 && !random.once_in(OPTIONAL_IN);
            let most = if is_left_out { 0 } else { repetition.min.saturating_add(REPEATS_MORE) };
            let most = repetition.max.map_or(most, |max| max.min(most));
            let more = usize::try_from(most.saturating_sub(repetition.min)).unwrap_or(0);
            let more = u32::try_from(random.below(more.saturating_add(1))).unwrap_or(0);
            for _ in 0..repetition.min.saturating_add(more) {
                draw(&repetition.sub, random, out);
            }
        }
        HirKind::Capture(capture) => draw(&capture.sub, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| draw(part, random, out)),
        HirKind::Alternation(choices) => {
            if let Some(choice) = random.pick(choices) {
                draw(choice, random, out);
            }
        }
    }
}

/// One character of a class: a letter or digit where it has some, else a printable one, else its first.
fn draw_class(class: &Class, random: &mut Random, out: &mut Vec<u8>) {
    let holds = |byte: &u8| match class {
        Class::Unicode(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&char::from(*byte)))
        }
        Class::Bytes(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(byte))
        }
    };
    let plain: Vec<u8> = (b' '..=b'~').filter(u8::is_ascii_alphanumeric).filter(holds).collect();
    let printable: Vec<u8> = (b' '..=b'~').filter(holds).collect();
    if let Some(byte) = random.pick(&plain).or_else(|| random.pick(&printable)) {
        out.push(*byte);
        return;
    }
    match class {
        Class::Unicode(class) => {
            let first = class.ranges().first().map(ClassUnicodeRange::start);
            out.extend(first.map(|first| first.to_string()).unwrap_or_default().bytes());
        }
        Class::Bytes(class) => out.extend(class.ranges().first().map(ClassBytesRange::start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lang::{Day, NoLoader, PackageFiles, compile};

    /// Detectors whose check no text meets by chance: JSON in base 64.
    const NOT_BY_CHANCE: &[&str] = &["secrets.jwt"];

    #[test]
    fn the_librarys_detectors_find_what_is_drawn_for_them() {
        let text = "policy p { language 1; redact r }\nuse std.{attacks, health, pii, secrets, topics}\n\
            redaction r { attacks.* flag; health.* mask; pii.* mask; secrets.* block; topics.* flag; on input }";
        let files = vec![("p.ascp".into(), text.as_bytes().to_vec())];
        let compiled = compile(PackageFiles { path: "p".into(), files }, &NoLoader, Day::Unchecked);
        let model = compiled.model.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        assert!(model.detectors.len() > 15);
        let all = model.detectors.iter().enumerate();
        let without: Vec<&str> = all
            .filter(|(at, detector)| sample_text(DetectorId::from_index(*at), detector, 1).is_none())
            .map(|(_, detector)| &*detector.name)
            .collect();
        assert_eq!(without, NOT_BY_CHANCE);
    }
}
