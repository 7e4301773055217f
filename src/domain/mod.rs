//! The rules of the data, pure: no clock, no IO, no store, no terminal.
//!
//! Input from outside (a key press, an argument, a record) becomes one of these types first; from then on its rules
//! hold.

pub mod account;
pub mod adoption;
pub mod audit;
pub mod check;
pub mod collection_metadata;
pub mod database_name;
pub mod document;
pub mod email;
pub mod filter;
pub mod name;
pub mod organization;
pub mod page;
pub mod search;
pub mod session;
pub mod since;
pub mod text;
pub mod throttle;
pub mod warning;

pub use account::{Account, AccountId, Password, PasswordError, PasswordRule, Role};
pub use adoption::{
    AdoptionFinding, AdoptionKind, AdoptionProgress, AdoptionReport, Fate, RecordId, Resolution,
    ResolutionError,
};
pub use audit::{AuditAction, AuditEntry, AuditOutcome, OperationId};
pub use check::{CheckReport, Finding, Invariant, Problem, Progress, Remedy, RepairOutcome, Severity};
pub use collection_metadata::CollectionMetadata;
pub use database_name::{DatabaseName, DatabaseNameError};
pub use email::{Email, EmailError};
pub use filter::{
    AuditField, AuditFilter, Criterion, Facts, Field, Filter, FilterError, Record, SignIn, SizeFact, Term,
};
pub use name::{CollectionName, NameError, OrganizationName};
pub use organization::{
    CollectionSize, CollectionStats, Deletion, Epoch, IndexStats, Organization, OrganizationChange,
    OrganizationId, SortKey, State, Status, Suspension, SuspensionChange, cut_to_milliseconds,
};
pub use page::MAX_LIMIT;
pub use session::{AccessToken, Claims, Ended, Principal};
pub use since::{SinceError, since};
pub use warning::{Warning, WarningCode};
