//! The JSON output: a struct for each kind of data, with the names and the order of its fields.
//!
//! Commands print these with `-o json`, and `-o csv` and `--fields` use their fields; another face that speaks JSON
//! uses the same structs. They have no behaviour: values of the domain and the service come in through `From`.

mod account;
mod adoption;
mod audit;
mod doctor;
mod document;
mod message;
mod organization;
#[cfg(feature = "http")]
mod schema;

pub use account::{Account, Login, Logout, Operator, RemovedOperator, WhoAmI};
pub use adoption::{AdoptionFinding, AdoptionReport};
pub use audit::AuditEntry;
pub use doctor::{DoctorReport, Finding};
pub use document::{DeletedDocument, DocumentCount, DocumentRow, Inserted, Outcome, WrittenDocument};
pub use message::{Demo, ErrorLine, ErrorObject, Version, Warning, WarningLine};
pub use organization::{
    DeletedOrganization, ExportedOrganization, Index, Organization, OrganizationDetails, PurgedExpired,
    PurgedOrganization, SizedOrganization, Suspension,
};

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
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// Where the next page begins.
    #[serde(flatten)]
    pub end: PageEnd,
}

/// The fields after the rows of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct PageEnd {
    /// The cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// Whether more rows follow.
    pub truncated: bool,
}

impl PageEnd {
    /// The end of a page before this cursor; without one, of the last page.
    pub fn before(next_cursor: Option<String>) -> Self {
        Self { truncated: next_cursor.is_some(), next_cursor }
    }
}

/// The result of a dry run, marked as not written.
#[derive(Debug, Clone, Serialize)]
pub struct DryRun<T> {
    /// The answer of the write.
    #[serde(flatten)]
    pub would: T,
    /// Always true.
    pub dry_run: bool,
}

impl<T> DryRun<T> {
    /// The result that a write would have.
    pub fn of(would: T) -> Self {
        Self { would, dry_run: true }
    }
}

/// How a write would change a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The current value.
    pub from: Value,
    /// The new value.
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
