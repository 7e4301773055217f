//! The audit as JSON.

use super::Time;
use crate::domain::{self, AccountId, OrganizationId};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// An entry of the audit.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// When.
    pub at: Time,
    /// Who: an email.
    pub actor: String,
    /// The action; a rename that an older version recorded as an update is `organization_rename`.
    pub action: &'static str,
    /// The outcome.
    pub outcome: &'static str,
    /// The organization that it is about.
    pub organization_id: Option<OrganizationId>,
    /// The name of that organization at that time.
    pub organization_name: Option<String>,
    /// The id to retry the write with; only writes have one.
    pub operation_id: Option<Uuid>,
    /// The account that did it; none for what no account did, such as a failed sign-in.
    pub actor_id: Option<AccountId>,
    /// The changes, by field name.
    pub changes: Map<String, Value>,
}

impl From<&domain::AuditEntry> for AuditEntry {
    fn from(entry: &domain::AuditEntry) -> Self {
        Self {
            at: Time(entry.at),
            actor: entry.actor.clone(),
            action: entry.effective_action().as_str(),
            outcome: entry.outcome.as_str(),
            organization_id: entry.organization_id,
            organization_name: entry.organization_name.clone(),
            operation_id: entry.action.has_operation().then_some(entry.id),
            actor_id: entry.actor_id,
            changes: entry.changes.clone(),
        }
    }
}
