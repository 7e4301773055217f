//! Numbers that look random and repeat by their seed, and what tests read of how long they run.

/// xorshift64*.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Of a seed; of 0 as of 1, because 0 would give nothing but 0.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// Another one, that depends on nothing but this seed and this number.
    pub(crate) fn fork(seed: u64, number: u64) -> Self {
        let mut random = Self::new(seed ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        // The first numbers of similar seeds are similar.
        for _ in 0..4 {
            random.below(2);
        }
        random
    }

    /// A number from 0 up to below the bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % bound
    }

    /// True in this many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len() as u64);
        &of[usize::try_from(at).unwrap()]
    }
}

/// A number from the environment.
pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// The seed that `TENANTRY_TEST_SEED` gives, else a new one.
pub(crate) fn seed() -> u64 {
    number("TENANTRY_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()) | 1)
}
