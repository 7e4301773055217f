//! How long an operation still belongs to its executor, by its own monotonic clock.

use std::time::{Duration, Instant};

/// A lease runs from the last write to the organization.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    length: Duration,
    since: Instant,
}

impl Lease {
    /// A lease whose first write is about to be sent.
    pub(super) fn begin(length: Duration) -> Self {
        Self { length, since: Instant::now() }
    }

    /// A write sent at `since` was acknowledged.
    pub(super) fn renewed(&mut self, since: Instant) {
        self.since = since;
    }

    /// Milliseconds that a rename or drop may take on the server: half of what is left; `None` when less than a
    /// third of the lease is.
    pub(super) fn time_limit(&self) -> Option<i64> {
        Self::limit(self.length, self.since.elapsed())
    }

    fn limit(length: Duration, gone: Duration) -> Option<i64> {
        let left = length.checked_sub(gone).filter(|left| *left >= length / 3)?;
        i64::try_from((left / 2).as_millis()).ok().filter(|limit| *limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_what_is_left_while_a_third_is() {
        let length = Duration::from_secs(30);
        for (gone, limit) in
            [(0, Some(15_000)), (10, Some(10_000)), (20, Some(5_000)), (21, None), (30, None), (99, None)]
        {
            assert_eq!(Lease::limit(length, Duration::from_secs(gone)), limit, "{gone} s");
        }
        assert_eq!(Lease::limit(Duration::ZERO, Duration::ZERO), None, "0 would mean no limit at all");
    }
}
