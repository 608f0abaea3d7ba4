//! A set of detectors, as bits.

use lang::model::DetectorId;

/// A set of detectors.
///
/// # Examples
///
/// ```
/// # use engine::scan::DetectorSet;
/// # use lang::model::DetectorId;
/// let set: DetectorSet = [DetectorId(3), DetectorId(70)].into_iter().collect();
/// assert!(set.contains(DetectorId(70)));
/// assert!(!set.contains(DetectorId(4)));
/// assert_eq!(set.iter().collect::<Vec<_>>(), [DetectorId(3), DetectorId(70)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetectorSet(Vec<u64>);

impl DetectorSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a detector.
    pub fn insert(&mut self, detector: DetectorId) {
        let (word, bit) = Self::place(detector);
        if self.0.len() <= word {
            self.0.resize(word.saturating_add(1), 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Whether it holds a detector.
    pub fn contains(&self, detector: DetectorId) -> bool {
        let (word, bit) = Self::place(detector);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|bits| *bits == 0)
    }

    /// The detectors, in order.
    pub fn iter(&self) -> impl Iterator<Item = DetectorId> + '_ {
        let bits = u32::try_from(self.0.len().saturating_mul(64)).unwrap_or(u32::MAX);
        (0..bits).map(DetectorId).filter(|detector| self.contains(*detector))
    }

    /// Which word and bit stand for a detector.
    fn place(detector: DetectorId) -> (usize, u64) {
        ((detector.0 >> 6) as usize, 1 << (detector.0 & 63))
    }
}

impl FromIterator<DetectorId> for DetectorSet {
    fn from_iter<I: IntoIterator<Item = DetectorId>>(detectors: I) -> Self {
        let mut set = Self::new();
        detectors.into_iter().for_each(|detector| set.insert(detector));
        set
    }
}
