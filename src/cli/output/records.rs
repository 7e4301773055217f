//! What the service answers, as JSON values. Their fields are those of `shape`.

use crate::domain::{Account, Finding, Organization, Principal, Remedy, Role};
use crate::domain::{AuditEntry, Suspension};
use crate::service::{DeletedOrganization, OrganizationPreview, PurgedOrganization};
use jiff::Timestamp;
use serde_json::{Value, json};

/// RFC 3339 in UTC with milliseconds.
pub(in crate::cli) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// An organization; of one in the trash also since when and until when it is there.
pub(in crate::cli) fn organization(organization: &Organization) -> Value {
    let mut value = json!({
        "organization_id": organization.id,
        "organization_name": organization.name,
        "collection_name": organization.collection_name(),
        "admin_email": organization.admin_email,
        "state": organization.status(),
        "created_at": time(organization.created_at),
        "updated_at": time(organization.updated_at),
        "suspended": organization.suspension.as_ref().map(suspended),
    });
    if let Some(deletion) = &organization.deletion {
        value["deleted_at"] = time(deletion.at).into();
        value["purge_at"] = time(deletion.purge_at).into();
    }
    value
}

fn suspended(suspension: &Suspension) -> Value {
    json!({ "at": time(suspension.at), "by": suspension.by, "reason": suspension.reason })
}

/// An organization as a write would leave it; what the write would make is null.
pub(in crate::cli) fn preview(preview: &OrganizationPreview) -> Value {
    json!({
        "organization_id": preview.id,
        "organization_name": preview.name,
        "collection_name": preview.collection_name,
        "admin_email": preview.admin_email,
        "state": preview.status,
        "created_at": preview.created_at.map(time),
        "updated_at": preview.updated_at.map(time),
        "suspended": preview.suspension.as_ref().map(|suspension| json!({
            "at": suspension.at.map(time),
            "by": suspension.by,
            "reason": suspension.reason,
        })),
        "dry_run": true,
    })
}

/// An organization that is gone.
pub(in crate::cli) fn deleted(deleted: &DeletedOrganization) -> Value {
    json!({
        "organization_id": deleted.organization_id,
        "organization_name": deleted.organization_name,
        "collection_name": deleted.collection_name,
        "deleted": true,
        "purge_at": deleted.purge_at.map(time),
        "collection_left": deleted.collection_left,
    })
}

/// An organization that is removed for good.
pub(in crate::cli) fn purged(purged: &PurgedOrganization) -> Value {
    json!({
        "organization_id": purged.organization_id,
        "organization_name": purged.organization_name,
        "purged": true,
    })
}

/// Who is signed in, without the token.
pub(in crate::cli) fn principal(principal: &Principal, now: Timestamp) -> Value {
    json!({
        "email": principal.email,
        "role": principal.role,
        "organization_id": principal.organization_id,
        "organization_name": principal.organization_name,
        "expires_at": time(principal.claims.expires_at()),
        // In whole seconds on both sides, as the token counts them.
        "expires_in": principal.claims.exp - now.as_second(),
    })
}

/// An account, by what it signs in with.
pub(in crate::cli) fn account(email: &str, role: Role) -> Value {
    json!({ "email": email, "role": role })
}

/// An operator of the list.
pub(in crate::cli) fn operator(account: &Account) -> Value {
    json!({
        "email": account.email,
        "role": account.role,
        "created_at": time(account.created_at),
        "updated_at": time(account.updated_at),
    })
}

/// An entry of the audit. Only writes of organizations have an operation.
pub(in crate::cli) fn audit(entry: &AuditEntry) -> Value {
    json!({
        "at": time(entry.at),
        "actor": entry.actor,
        "action": entry.action.as_str(),
        "outcome": entry.outcome.as_str(),
        "organization_id": entry.organization_id,
        "organization_name": entry.organization_name,
        "operation_id": entry.action.has_operation().then_some(entry.id),
        "changes": entry.changes,
    })
}

/// A finding of the doctor, with what repairs it or why it was left.
pub(in crate::cli) fn finding(finding: &Finding, repair: &str, is_repaired: bool) -> Value {
    json!({
        "invariant": finding.problem.invariant().as_str(),
        "severity": finding.problem.severity().as_str(),
        "organization_id": finding.organization_id,
        "organization_name": finding.organization_name,
        "collection_name": finding.collection_name,
        "message": finding.message(),
        "repair": repair,
        "safe": finding.problem.remedy() == Remedy::Safe,
        "repaired": is_repaired,
    })
}

/// The same with the word that nothing was written.
pub(in crate::cli) fn dry(mut value: Value) -> Value {
    value["dry_run"] = true.into();
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!(time("2026-11-24T12:00:00Z".parse().unwrap()), "2026-11-24T12:00:00.000Z");
    }
}
