//! Finding text that a policy is about, and changing it.
//!
//! The road: a [`Scanner`] is compiled once from all detectors of a program;
//! it turns text into [`Finding`]s. A [`Plan`] says what each detector's
//! findings become on one surface, [`redact`] carries it out over a whole text,
//! and an [`OutputStream`] over an answer that arrives in pieces. A [`Vault`]
//! makes the tokens and, for one exchange, remembers what they stand for.
//!
//! **Invariant:** what is found depends on the text alone, never on how it was
//! cut into chunks. Each hit is decided from its own bytes, of two blocks of
//! [`HIT_BYTES_MAX`] at most, one character around them, and the words within
//! [`NEAR_CHARACTERS_MAX`].
//!
//! **Invariant:** nothing here prints what it found. Findings are places and
//! lengths; `Debug` of what holds values prints counts.

mod automaton;
mod blocks;
mod bytes;
mod class;
mod combined;
mod confidence;
mod error;
mod find;
mod finder;
mod fold;
mod gates;
mod gram;
mod grams;
mod groups;
mod hashes;
mod idle;
mod ledger;
mod lexicon;
mod literal;
mod live;
mod look;
mod mark;
mod normalise;
mod others;
mod outline;
mod owner;
mod pairs;
mod pattern;
mod payload;
mod plan;
mod progress;
mod rarity;
mod reach;
mod reader;
mod recall;
#[cfg(test)]
mod samples;
mod set;
mod spelling;
mod starts;
mod stream;
mod transform;
mod validate;
mod vault;
mod view;
mod window;

pub(crate) use automaton::Patterns;
pub use automaton::Scanner;
pub use confidence::Confidence;
pub use error::ScanError;
pub use plan::Plan;
pub use set::DetectorSet;
pub use stream::{Blocked, Escape, OutputStream, Surroundings};
pub use transform::{Counts, RedactError, Redacted, redact};
pub use validate::passes;
pub use vault::{TokenKey, Vault, VaultFull, is_token};

use lang::model::DetectorId;
use std::cmp::Reverse;

/// Longest hit that is surely found whole, in bytes.
///
/// A longer one is cut where the second block of this size ends in which it lies.
/// It bounds how much of an answer is held back. The longest thing worth
/// finding whole is an armoured private key: RSA-4096 takes 3.2 KiB, an
/// `OpenPGP` key with sub-keys about 10.
pub const HIT_BYTES_MAX: usize = 16 << 10;

/// Longest match of patterns that are not asked whether they go on where so many bytes follow.
///
/// Nearly all detectors are about less; what is read in its normal form is followed by twice as much.
/// A fixed text and what stands before it in a match are no longer.
const LONG_BYTES_MIN: usize = 256;

/// Largest distance that `near` may ask for, in characters.
///
/// A hit on an answer waits for so many characters; a paragraph is about 600.
pub const NEAR_CHARACTERS_MAX: u32 = 1_000;

/// Most bytes of an answer that can be held back at any time.
///
/// A hit that began and may still grow up to the end of the next block, one
/// before it that overlaps it, each as long as an evasion may spell it, and the
/// context that it waits for, at four bytes a character.
pub const HOLD_BYTES_MAX: usize = 7 * HIT_BYTES_MAX + 4 * NEAR_CHARACTERS_MAX as usize;

/// Longest text that is scanned at once, in bytes; offsets of findings are 32 bits.
pub const TEXT_BYTES_MAX: usize = 1 << 30;

/// Largest automaton of one pattern, in bytes.
///
/// Patterns of people take a few KiB; `\p{L}{1,100}` with the flag `u` about 2 MiB.
pub const PATTERN_BYTES_MAX: usize = 4 << 20;

/// Largest automaton of all patterns together, in bytes.
///
/// A thousand detectors of the library's size take a tenth of it.
pub const PATTERNS_BYTES_MAX: usize = 64 << 20;

/// A detector's hit: what, where, how sure; never the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which detector.
    pub detector: DetectorId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// How sure.
    pub confidence: Confidence,
}

impl Finding {
    /// The order in which findings are told: by place, the longer first, then by detector.
    fn place(&self) -> (u32, Reverse<u32>, DetectorId) {
        (self.start, Reverse(self.end), self.detector)
    }
}

impl Ord for Finding {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place()).then(other.confidence.cmp(&self.confidence))
    }
}

impl PartialOrd for Finding {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The part of `text` between two bytes; empty when they are not ends of characters.
fn part(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}
