//! The time, so that tests can pass another one.

use crate::domain::organization::cut_to_milliseconds;
use jiff::Timestamp;
use std::fmt::Debug;

/// Tells the time.
pub trait Clock: Send + Sync + Debug {
    /// Now, in milliseconds, the precision that both stores keep.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        cut_to_milliseconds(Timestamp::now())
    }
}
