//! The purge of an expired organization: nobody requests it, so the store writes its audit entry itself.

use crate::domain::audit::EXPIRED_ACTOR;
use crate::domain::{AuditAction, AuditEntry, AuditOutcome, OperationId, Organization, cut_to_milliseconds};
use jiff::Timestamp;
use serde_json::json;

/// The audit entry of the purge of an expired organization.
pub(super) fn purge_entry(organization: &Organization, at: Timestamp) -> AuditEntry {
    let mut changes = serde_json::Map::new();
    changes.insert("collection_name".into(), json!({"from": organization.collection_name(), "to": null}));
    changes.insert("admin_email".into(), json!({"from": organization.admin_email, "to": null}));
    AuditEntry {
        id: OperationId::random().0,
        at: cut_to_milliseconds(at),
        actor: EXPIRED_ACTOR.to_owned(),
        actor_id: None,
        actor_version: None,
        action: AuditAction::OrganizationPurge,
        outcome: AuditOutcome::Done,
        organization_id: Some(organization.id),
        organization_name: Some(organization.name.clone()),
        changes,
        request_hash: None,
    }
}
