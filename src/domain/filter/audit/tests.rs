//! What filters of the audit find, and what they refuse.

use super::*;
use crate::domain::AuditOutcome;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn parsed(text: &str) -> Result<AuditFilter, FilterError> {
    AuditFilter::parse(text, now())
}

fn entry(action: AuditAction) -> AuditEntry {
    AuditEntry {
        id: Uuid::nil(),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        actor: "Ann@acme.example".into(),
        actor_id: None,
        actor_version: None,
        action,
        outcome: AuditOutcome::Done,
        organization_id: Some(OrganizationId(Uuid::from_u128(7))),
        organization_name: Some("Bäckerei Süd".into()),
        changes: serde_json::Map::new(),
        request_hash: None,
    }
}

#[rstest]
#[case("", true)]
#[case("backerei", true)]
#[case("SUED", false)]
#[case("acme.example", true)]
#[case("resum", true)]
#[case("organization_resume", false)]
#[case("ann sud resumed", true)]
#[case("ann zephyr", false)]
#[case("!zephyr ann", true)]
#[case("zephyr|ann", true)]
#[case("\"backerei sud\"", true)]
#[case("\"since:7d\"", false)]
#[case("action:resumed", true)]
#[case("ACTION:Resumed", true)]
#[case("action:organization_resume", true)]
#[case("action:created|resumed", true)]
#[case("!action:resumed", false)]
#[case("action:signed_in", false)]
#[case("action:refused", false)]
#[case("actor:ANN@acme.example", true)]
#[case("actor:ann", false)]
#[case("actor:x@y|ann@acme.example", true)]
#[case("!actor:x@y", true)]
#[case("org:\"bäckerei süd\"", true)]
#[case("org:Bäckerei", false)]
#[case("org:00000000-0000-0000-0000-000000000007", true)]
#[case("!org:zephyr", true)]
#[case("since:5d", true)]
#[case("since:4d", false)]
#[case("since:4d|5d", true)]
#[case("!since:4d", true)]
#[case("since:\"2026-11-20 09:30\"", true)]
#[case("since:2026-11-20T10:00:01Z", false)]
#[case("action: actor: org: since: !", true)]
fn filters(#[case] text: &str, #[case] expected: bool) {
    assert_eq!(parsed(text).unwrap().matches(&entry(AuditAction::OrganizationResume)), expected, "{text}");
}

#[test]
fn a_rename_is_found_however_it_was_recorded() {
    let mut older = entry(AuditAction::OrganizationUpdate);
    older.changes.insert("organization_name".into(), json!({"from": "Acme", "to": "Acme Labs"}));
    for text in ["action:renamed", "renamed", "action:organization_rename", "action:organization_update"] {
        assert!(parsed(text).unwrap().matches(&older), "{text}");
    }
    let update = entry(AuditAction::OrganizationUpdate);
    for text in ["action:renamed", "renamed", "action:organization_rename"] {
        let filter = parsed(text).unwrap();
        assert!(filter.matches(&entry(AuditAction::OrganizationRename)), "{text}");
        assert!(!filter.matches(&update), "{text}");
    }
    assert!(!parsed("action:changed").unwrap().matches(&older), "it is shown as a rename");
}

#[test]
fn every_word_of_every_action_finds_its_entries_and_what_a_store_answers_has_them() {
    for action in AuditAction::iter() {
        let mut refused = entry(action);
        refused.outcome = AuditOutcome::Failed;
        for entry in [entry(action), refused] {
            for word in [entry.words().0, action.as_str()] {
                let filter = parsed(&format!("action:\"{word}\"")).unwrap();
                assert!(filter.matches(&entry), "{word}");
                let pushed = filter.pushed().actions;
                assert!(pushed.is_empty() || pushed.contains(&action), "{word}");
            }
        }
    }
    for verb in verbs() {
        assert!(parsed(&format!("action:{verb}")).is_ok(), "{verb}");
    }
}

#[test]
fn what_a_store_can_answer_is_told() {
    let pushed = |text: &str| parsed(text).unwrap().pushed();
    let whole = pushed("org:\"Acme Labs\" actor:Ann@x since:7d since:2d|3d");
    assert_eq!(whole.organization.as_deref(), Some("Acme Labs"));
    assert_eq!(whole.actor.as_deref(), Some("Ann@x"));
    assert_eq!(whole.since, Some("2026-11-21T12:00:00Z".parse().unwrap()));
    assert!(whole.is_whole);
    let rename = pushed("action:renamed");
    assert_eq!(rename.actions, [AuditAction::OrganizationRename, AuditAction::OrganizationUpdate]);
    assert!(!rename.is_whole);
    for text in ["!org:a", "org:a|b", "!actor:a@b", "!since:7d", "!action:created", "ann", "action:refused"] {
        assert_eq!(pushed(text), Pushed::default(), "{text}");
    }
    assert!(!pushed("actor:a@b actor:c@d").is_whole, "the second one is matched");
}

#[rstest]
#[case("plan:pro", "field \"plan\". Known fields: action, actor, org, since.")]
#[case("name:acme", "field \"name\".")]
#[case("action:destroyed", "action \"destroyed\". Known actions: signed_in, failed,")]
#[case("since:tomorrow", "since: Not a time: \"tomorrow\". Write 7d, 24h")]
fn refuses_naming_the_field_and_what_is_allowed(#[case] text: &str, #[case] says: &str) {
    let refused = parsed(text).unwrap_err().to_string();
    assert!(refused.contains(says), "{refused}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}|!?(actor|since|org|action):\\PC{0,20}") {
        if let Ok(filter) = parsed(&text) {
            let _ = (filter.matches(&entry(AuditAction::SignIn)), filter.pushed());
        }
    }
}
