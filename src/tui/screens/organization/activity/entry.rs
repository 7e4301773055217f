//! An entry of the audit in words.

use crate::domain::{AuditAction, AuditEntry};
use serde_json::Value;

/// What was done.
pub(super) fn action(action: AuditAction) -> &'static str {
    match action {
        AuditAction::SignIn => "signed in",
        AuditAction::SignInFailed => "sign-in failed",
        AuditAction::SignOut => "signed out",
        AuditAction::Init => "began the store",
        AuditAction::OrganizationCreate => "created",
        AuditAction::OrganizationUpdate => "updated",
        AuditAction::OrganizationRename => "renamed",
        AuditAction::OrganizationSuspend => "suspended",
        AuditAction::OrganizationResume => "resumed",
        AuditAction::OrganizationDelete => "deleted",
        AuditAction::OrganizationRestore => "restored",
        AuditAction::OrganizationPurge => "purged",
        AuditAction::OperatorAdd => "added operator",
        AuditAction::OperatorRemove => "removed operator",
        AuditAction::OperatorPassword => "new password",
        AuditAction::OperatorUpdate => "changed account",
        AuditAction::Recovered => "recovered",
        AuditAction::Repair => "repaired",
    }
}

/// What changed, one for each field: `name Acme -> Acme Labs`, `password changed`.
pub(super) fn changes(entry: &AuditEntry) -> Vec<String> {
    entry.changes.iter().map(|(field, change)| change_in_words(field, change)).collect()
}

fn change_in_words(field: &str, change: &Value) -> String {
    let field = match field {
        "organization_name" => "name",
        "admin_email" => "email",
        other => other,
    };
    let part = |name| change.get(name).filter(|part| !part.is_null()).map(plain);
    match (part("from"), part("to"), change) {
        (Some(from), Some(to), _) => format!("{field} {from} -> {to}"),
        // What was made or removed has one side; which of the two the action says.
        (None, Some(value), _) | (Some(value), None, _) => format!("{field} {value}"),
        (None, None, Value::Bool(true)) => field.to_owned(),
        (None, None, other) => format!("{field} {}", plain(other)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;
    use strum::IntoEnumIterator;

    #[rstest]
    #[case("organization_name", json!({"from": "Acme", "to": "Acme Labs"}), "name Acme -> Acme Labs")]
    #[case("admin_email", json!({"from": null, "to": "a@b"}), "email a@b")]
    #[case("email", json!({"from": "a@b", "to": null}), "email a@b")]
    #[case("password", json!("changed"), "password changed")]
    #[case("everywhere", json!(true), "everywhere")]
    #[case("count", json!(3), "count 3")]
    fn words(#[case] field: &str, #[case] change: Value, #[case] expected: &str) {
        assert_eq!(change_in_words(field, &change), expected);
    }

    #[test]
    fn every_action_has_words_of_its_own() {
        let words: std::collections::BTreeSet<_> = AuditAction::iter().map(action).collect();
        assert_eq!(words.len(), AuditAction::iter().len());
    }
}
