//! How long an operation still belongs to this process, by its own monotonic clock.

use std::time::{Duration, Instant};

/// The longest time that a rename or a drop waits on the server: a tenant's reads and writes queue up behind it.
const LONGEST_COMMAND: Duration = Duration::from_secs(2);

/// A lease starts at the last write to the organization.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    length: Duration,
    since: Instant,
    began: Instant,
}

impl Lease {
    /// A lease before its first write is sent.
    pub(super) fn begin(length: Duration) -> Self {
        let now = Instant::now();
        Self { length, since: now, began: now }
    }

    /// A write sent at `since` was acknowledged.
    pub(super) fn renewed(&mut self, since: Instant) {
        self.since = since;
    }

    /// Whether to retry a command that exceeded its time limit on the server: until two thirds of a lease after the
    /// beginning.
    pub(super) fn has_patience(&self) -> bool {
        self.began.elapsed() < self.length * 2 / 3
    }

    /// Milliseconds that a rename or a drop may take on the server; `None` when less than a third of the lease is left.
    pub(super) fn time_limit(&self) -> Option<i64> {
        Self::limit(self.length, self.since.elapsed())
    }

    fn limit(length: Duration, gone: Duration) -> Option<i64> {
        let left = length.checked_sub(gone).filter(|left| *left >= length / 3)?;
        let limit = (left / 2).min(LONGEST_COMMAND);
        i64::try_from(limit.as_millis()).ok().filter(|limit| *limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limit_is_half_of_the_remaining_lease_up_to_two_seconds() {
        let limit =
            |length: u64, gone: u64| Lease::limit(Duration::from_secs(length), Duration::from_secs(gone));
        assert_eq!([limit(30, 0), limit(30, 20)], [Some(2_000); 2]);
        assert_eq!([limit(30, 21), limit(30, 30), limit(30, 99)], [None; 3]);
        assert_eq!([limit(3, 0), limit(3, 1), limit(3, 2)], [Some(1_500), Some(1_000), Some(500)]);
        assert_eq!(limit(0, 0), None, "0 would mean no limit at all");
    }
}
