//! An entry of the audit as a sentence: who, the verb, what changed.

use crate::domain::{AuditAction, AuditEntry, AuditOutcome};
use crate::tui::text;
use crate::tui::theme::Tone;
use jiff::Timestamp;
use serde_json::Value;

/// Columns of the longest verb.
pub const WIDEST_VERB: u16 = 10;

/// What was done, in pieces, each in its tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// One word or two.
    pub verb: &'static str,
    /// How the verb looks.
    pub tone: Tone,
    /// What it was done to.
    pub rest: Vec<(String, Tone)>,
}

impl Sentence {
    /// Verb and rest in one line.
    pub fn text(&self) -> String {
        let rest = self.rest.iter().map(|(text, _)| text.as_str()).collect::<String>();
        format!("{} {rest}", self.verb).trim_end().to_owned()
    }
}

impl Sentence {
    /// Says first which organization the entry is about, unless the changes say it.
    pub fn name_organization(&mut self, entry: &AuditEntry) {
        let Some(name) = entry.organization_name.as_deref() else { return };
        if entry.changes.contains_key("organization_name") {
            return;
        }
        let comma = || (", ".to_owned(), Tone::Muted);
        let at = usize::from(!entry.words().1.is_empty());
        let is_last = self.rest.len() <= at;
        let mut named = vec![(name.to_owned(), Tone::Text)];
        if at > 0 {
            named.insert(0, comma());
        } else if !is_last {
            named.push(comma());
        }
        self.rest.splice(at..at, named);
    }
}

/// The entry as a sentence; `arrow` stands between an old value and a new one.
pub fn sentence(entry: &AuditEntry, arrow: &str) -> Sentence {
    let (verb, object) = entry.words();
    let mut rest = Vec::new();
    if !object.is_empty() {
        rest.push((object.to_owned(), Tone::Muted));
    }
    for (field, change) in &entry.changes {
        if !rest.is_empty() {
            rest.push((
                if rest.len() == 1 && !object.is_empty() { " " } else { ", " }.to_owned(),
                Tone::Muted,
            ));
        }
        rest.extend(pieces(entry.effective_action(), field, change, arrow));
    }
    Sentence { verb, tone: tone(entry), rest }
}

/// How the verb looks: what made something, what took something away, what went wrong.
fn tone(entry: &AuditEntry) -> Tone {
    if entry.outcome == AuditOutcome::Failed {
        return Tone::Warning;
    }
    match entry.action {
        AuditAction::SignIn | AuditAction::SignOut | AuditAction::DocumentsRead => Tone::Muted,
        AuditAction::Init
        | AuditAction::OrganizationCreate
        | AuditAction::OrganizationResume
        | AuditAction::OrganizationRestore
        | AuditAction::OrganizationImport
        | AuditAction::OrganizationAdopt
        | AuditAction::DocumentInsert
        | AuditAction::OperatorAdd
        | AuditAction::Repair => Tone::Good,
        AuditAction::SignInFailed | AuditAction::OrganizationSuspend | AuditAction::Recovered => {
            Tone::Warning
        }
        AuditAction::OrganizationDelete
        | AuditAction::OrganizationPurge
        | AuditAction::DocumentDelete
        | AuditAction::OperatorRemove => Tone::Danger,
        AuditAction::OrganizationUpdate
        | AuditAction::OrganizationRename
        | AuditAction::DocumentReplace
        | AuditAction::OrganizationExport
        | AuditAction::OperatorPassword
        | AuditAction::OperatorUpdate => Tone::Text,
    }
}

/// One change: its field where the verb does not say it, the old value muted, the new one plain.
fn pieces(action: AuditAction, field: &str, change: &Value, arrow: &str) -> Vec<(String, Tone)> {
    let label = match (field, action) {
        // Its name is what a create, a delete or a rename is about.
        ("organization_name" | "documents", _) | ("reason", AuditAction::OrganizationSuspend) => "",
        ("admin_email", AuditAction::OrganizationUpdate | AuditAction::OrganizationRename) => "admin email",
        ("admin_email", _) => "admin",
        ("collection_name", _) => "collection",
        ("reason", AuditAction::OrganizationResume) => "reason was",
        ("purge_at", _) => "restorable until",
        ("refused", _) => "as",
        (other, _) => other,
    };
    let value = |value: &Value| match field {
        "reason" => format!("\u{201c}{}\u{201d}", plain(value)),
        "purge_at" => value
            .as_str()
            .and_then(|at| at.parse::<Timestamp>().ok())
            .map_or_else(|| plain(value), |at| format!("{} UTC", text::minute(at))),
        "documents" => value.as_u64().map_or_else(|| plain(value), text::documents),
        _ => plain(value),
    };
    let part = |name| change.get(name).filter(|part| !part.is_null()).map(value);
    let mut pieces = Vec::new();
    let said = match (part("from"), part("to"), change) {
        (Some(from), Some(to), _) => {
            vec![(from, Tone::Muted), (format!(" {arrow} "), Tone::Accent), (to, Tone::Text)]
        }
        // What was made or removed has one side; which of the two the verb says.
        (None, Some(side), _) | (Some(side), None, _) => vec![(side, Tone::Text)],
        (None, None, Value::Bool(true)) => Vec::new(),
        // Of a password nothing more is recorded than that it changed.
        (None, None, Value::String(word)) if word == "changed" && field == "password" => Vec::new(),
        (None, None, Value::Object(sides)) if sides.contains_key("from") => Vec::new(),
        (None, None, other) => vec![(value(other), Tone::Text)],
    };
    if !label.is_empty() {
        let gap = if said.is_empty() { "" } else { " " };
        pieces.push((format!("{label}{gap}"), Tone::Muted));
    }
    pieces.extend(said);
    pieces
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Who acted, as short as can be told apart from the others: what stands before the @, unless another one of them
/// has the same there.
pub fn short_actor<'a>(entry: &'a AuditEntry, all: &[AuditEntry]) -> &'a str {
    let short = |actor: &'a str| actor.split('@').next().filter(|name| !name.is_empty()).unwrap_or(actor);
    let own = short(&entry.actor);
    let is_shared =
        all.iter().any(|other| other.actor != entry.actor && other.actor.split('@').next() == Some(own));
    if is_shared { &entry.actor } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;
    use strum::IntoEnumIterator;
    use uuid::Uuid;

    fn entry(action: AuditAction, changes: Value) -> AuditEntry {
        let Value::Object(changes) = changes else { panic!() };
        AuditEntry {
            id: Uuid::nil(),
            at: Timestamp::UNIX_EPOCH,
            actor: "root@example.com".into(),
            actor_id: None,
            actor_version: None,
            action,
            outcome: AuditOutcome::Done,
            organization_id: None,
            organization_name: None,
            changes,
            request_hash: None,
        }
    }

    #[rstest]
    #[case(AuditAction::OrganizationRename, json!({"organization_name": {"from": "Acme", "to": "Acme Labs"}}),
        "renamed Acme -> Acme Labs")]
    #[case(AuditAction::OrganizationUpdate, json!({"organization_name": {"from": "Acme", "to": "Acme Labs"}}),
        "renamed Acme -> Acme Labs")]
    #[case(AuditAction::DocumentsRead, json!({"documents": 3}), "read 3 documents")]
    #[case(AuditAction::DocumentsRead, json!({"documents": 1, "query": "a:1"}), "read 1 document, query a:1")]
    #[case(AuditAction::OrganizationUpdate, json!({"admin_email": {"from": "a@b", "to": "c@d"}, "password": "changed"}),
        "changed admin email a@b -> c@d, password")]
    #[case(AuditAction::OrganizationCreate,
        json!({"organization_name": {"from": null, "to": "Acme"}, "admin_email": {"from": null, "to": "a@b"}}),
        "created Acme, admin a@b")]
    #[case(AuditAction::OrganizationSuspend, json!({"reason": {"from": null, "to": "unpaid"}}), "suspended “unpaid”")]
    #[case(AuditAction::OrganizationResume, json!({"reason": {"from": "unpaid", "to": null}}),
        "resumed reason was “unpaid”")]
    #[case(AuditAction::OrganizationDelete, json!({"purge_at": {"from": null, "to": "2026-12-05T14:43:00.000Z"}}),
        "deleted restorable until 2026-12-05 14:43 UTC")]
    #[case(AuditAction::SignOut, json!({"everywhere": true}), "signed out everywhere")]
    #[case(AuditAction::SignInFailed, json!({}), "failed to sign in")]
    #[case(AuditAction::OperatorAdd, json!({"email": {"from": null, "to": "a@b"}}), "added an operator email a@b")]
    fn sentences(#[case] action: AuditAction, #[case] changes: Value, #[case] expected: &str) {
        assert_eq!(sentence(&entry(action, changes), "->").text(), expected);
    }

    #[test]
    fn each_action_has_a_sentence_of_its_own_and_its_verb_fits() {
        let all: std::collections::BTreeSet<_> =
            AuditAction::iter().map(|action| sentence(&entry(action, json!({})), "->").text()).collect();
        assert_eq!(all.len(), AuditAction::iter().len());
        for action in AuditAction::iter() {
            let verb = sentence(&entry(action, json!({})), "->").verb;
            assert!(verb.len() <= usize::from(WIDEST_VERB), "{verb}");
        }
    }

    #[test]
    fn refused_write_is_not_told_as_done() {
        let mut refused = entry(AuditAction::OrganizationRename, json!({"refused": "name_taken"}));
        refused.outcome = AuditOutcome::Failed;
        assert_eq!(sentence(&refused, "->").text(), "refused a rename as name_taken");
    }

    #[rstest]
    #[case(AuditAction::OrganizationSuspend, json!({"reason": {"from": null, "to": "unpaid"}}), "suspended Acme, “unpaid”")]
    #[case(AuditAction::OrganizationRename, json!({"organization_name": {"from": "Acme", "to": "Zoo"}}), "renamed Acme -> Zoo")]
    #[case(AuditAction::SignInFailed, json!({}), "failed to sign in, Acme")]
    #[case(AuditAction::SignIn, json!({}), "signed in Acme")]
    #[case(AuditAction::SignOut, json!({"everywhere": true}), "signed out Acme, everywhere")]
    fn sentences_that_name_their_organization(
        #[case] action: AuditAction,
        #[case] changes: Value,
        #[case] expected: &str,
    ) {
        let entry = AuditEntry { organization_name: Some("Acme".into()), ..entry(action, changes) };
        let mut sentence = sentence(&entry, "->");
        sentence.name_organization(&entry);
        assert_eq!(sentence.text(), expected);
    }

    #[test]
    fn two_actors_of_one_name_are_told_apart() {
        let by = |actor: &str| AuditEntry { actor: actor.into(), ..entry(AuditAction::SignIn, json!({})) };
        let all = [by("ann@acme.example"), by("ann@zephyr.example"), by("root@example.com"), by("expired")];
        let short: Vec<_> = all.iter().map(|entry| short_actor(entry, &all)).collect();
        assert_eq!(short, ["ann@acme.example", "ann@zephyr.example", "root", "expired"]);
    }
}
