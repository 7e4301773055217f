//! Whole organizations with their history, which a store takes in batches: without checks and locks, so only into a
//! store that nobody uses.

use crate::domain::document::RawDocumentBuf;
use crate::domain::{AuditEntry, Email, OrganizationId, OrganizationName, Suspension};
use jiff::Timestamp;

/// An organization to seed a store with.
#[derive(Debug, Clone)]
pub struct SeedOrganization {
    /// What identifies it.
    pub id: OrganizationId,
    /// Its name; no other organization has it.
    pub name: OrganizationName,
    /// The email of its admin; no other account has it.
    pub admin_email: Email,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Its documents; only the embedded store takes them.
    pub documents: Vec<RawDocumentBuf>,
    /// Its history, oldest first; only the embedded store takes it.
    pub activity: Vec<AuditEntry>,
    /// When its admin last signed in; only the embedded store takes it.
    pub last_sign_in_at: Option<Timestamp>,
    /// Its suspension; only the embedded store takes it.
    pub suspension: Option<Suspension>,
    /// Whether its collection is missing, as after a mishap; only the embedded store takes it so.
    pub lacks_collection: bool,
}
