//! What JSON shows: one struct for each kind of data, with the names and the order of its fields.
//!
//! Commands print these with `-o json`, and the fields of `-o csv` and `--fields` are theirs; another face that speaks
//! JSON uses the same. Nothing here has a behaviour: values of the domain and the service come in by `From`.

mod account;
mod audit;
mod doctor;
mod message;
mod organization;

pub use account::{Account, Login, Logout, Operator, RemovedOperator, WhoAmI};
pub use audit::AuditEntry;
pub use doctor::{DoctorReport, Finding};
pub use message::{Demo, ErrorLine, ErrorObject, Version, Warning, WarningLine};
pub use organization::{DeletedOrganization, Organization, PurgedExpired, PurgedOrganization, Suspension};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// A time: RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// Where the list goes on.
    #[serde(flatten)]
    pub end: PageEnd,
}

/// What stands behind the rows of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageEnd {
    /// Gives the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// Whether more rows follow.
    pub truncated: bool,
}

impl PageEnd {
    /// Before the page that this cursor gives; the last one without.
    pub fn before(next_cursor: Option<String>) -> Self {
        Self { truncated: next_cursor.is_some(), next_cursor }
    }
}

/// What a write would leave, with the word that nothing was written.
#[derive(Debug, Clone, Serialize)]
pub struct DryRun<T> {
    /// What the write would answer.
    #[serde(flatten)]
    pub would: T,
    /// Always true.
    pub dry_run: bool,
}

impl<T> DryRun<T> {
    /// A write would leave this.
    pub fn of(would: T) -> Self {
        Self { would, dry_run: true }
    }
}

/// How a write would change one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is now.
    pub from: Value,
    /// What it would be.
    pub to: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!(Time("2026-11-24T12:00:00Z".parse().unwrap()).to_string(), "2026-11-24T12:00:00.000Z");
    }
}
