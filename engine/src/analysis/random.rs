//! A small generator of random numbers: the same on every machine, for ever.

/// `SplitMix64`: one word of state, so that a seed names a trial.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        // The bias of the remainder is far below what a trial could notice.
        let bits = usize::try_from(self.bits() >> 32).unwrap_or(0);
        bits.checked_rem(end).unwrap_or(0)
    }

    /// True once in `of` times.
    pub(super) fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of them, if there is any.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }

    /// At most `most` of them, in their order.
    pub(super) fn some<T: Clone>(&mut self, choices: &[T], most: usize) -> Vec<T> {
        let mut chosen: Vec<usize> =
            (0..self.below(most.saturating_add(1))).map(|_| self.below(choices.len())).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen.into_iter().filter_map(|at| choices.get(at).cloned()).collect()
    }
}
