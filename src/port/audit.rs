//! What the service needs of a store for the audit.

use super::{Page, Result};
use crate::domain::{AuditAction, AuditEntry, OrganizationId};
use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt::Debug;
use uuid::Uuid;

/// A place in the audit: the time of an entry in milliseconds since 1970, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditPosition {
    /// When the entry was written.
    pub at: i64,
    /// Which entry.
    pub id: Uuid,
}

impl AuditPosition {
    /// Of an entry.
    pub fn of(entry: &AuditEntry) -> Self {
        Self { at: entry.at.as_millisecond(), id: entry.id }
    }
}

/// Which entries, newest first, ties broken by id in the same direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only the entry with this id.
    pub id: Option<Uuid>,
    /// Only about the organization with this id.
    pub organization: Option<OrganizationId>,
    /// Only about organizations that had a name with this key at that time; with an id: either of the two.
    pub name_key: Option<String>,
    /// Only by the actor with this email key.
    pub actor_key: Option<String>,
    /// Only with one of these actions; empty: any.
    pub actions: Vec<AuditAction>,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Only entries after this one.
    pub after: Option<AuditPosition>,
    /// Rows at most.
    pub limit: usize,
}

impl AuditQuery {
    /// The newest entries.
    pub fn newest(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The entry with this id.
    pub fn entry(id: Uuid) -> Self {
        Self { id: Some(id), ..Self::newest(1) }
    }
}

/// What was done, by whom, and when.
#[async_trait]
pub trait Audit: Send + Sync + Debug {
    /// Writes an entry that belongs to no other write.
    async fn record(&self, audit: AuditEntry) -> Result<()>;

    /// A page of entries, newest first.
    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>>;
}
