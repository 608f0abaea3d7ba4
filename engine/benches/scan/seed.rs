//! Numbers that are the same at every run.

/// Numbers from a seed.
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// The next, less than `below`.
    pub(crate) fn draw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0).checked_rem(below).unwrap_or(0)
    }
}
