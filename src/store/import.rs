//! Whole organizations with their past, which a store takes in many at a time: nothing is asked and nothing is locked, so
//! only into a store that nobody works in.

use crate::domain::{AuditEntry, Email, OrganizationId, OrganizationName};
use jiff::Timestamp;
use serde_json::Value;

/// A document of a tenant: its id, and the rest as relaxed Extended JSON.
pub type ImportedDocument = (String, Value);

/// An organization as it is put into a store.
#[derive(Debug, Clone)]
pub struct ImportedOrganization {
    /// What identifies it.
    pub id: OrganizationId,
    /// Its name; no other organization has it.
    pub name: OrganizationName,
    /// The email of its admin; no other account has it.
    pub admin_email: Email,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Its documents; the embedded store alone takes them.
    pub documents: Vec<ImportedDocument>,
    /// What happened to it, oldest first; the embedded store alone takes it.
    pub activity: Vec<AuditEntry>,
}
