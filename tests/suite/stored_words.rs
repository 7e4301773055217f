//! Words that stand in records and in JSON: a variant that is renamed in the code keeps its word.

use std::fmt::Debug;
use std::str::FromStr;
use strum::IntoEnumIterator;
use tenantry::domain::{AuditAction, AuditOutcome, Field, Role, SortKey, State, Status, WarningCode};
use tenantry::service::StoreKind;

fn words<T: IntoEnumIterator + Copy>(word: impl Fn(T) -> &'static str) -> String {
    T::iter().map(word).collect::<Vec<_>>().join(" ")
}

fn read_back<T: IntoEnumIterator + Copy + PartialEq + Debug + FromStr>(word: impl Fn(T) -> &'static str) {
    for variant in T::iter() {
        assert_eq!(word(variant).parse::<T>().ok(), Some(variant));
        assert!(word(variant).to_uppercase().parse::<T>().is_err(), "{variant:?}");
    }
    assert!("".parse::<T>().is_err());
}

#[test]
fn stored_words_never_change() {
    assert_eq!(words(Role::as_str), "admin operator");
    assert_eq!(words(State::as_str), "creating active renaming deleting deleted restoring purging");
    assert_eq!(
        words(Status::as_str),
        "creating active suspended renaming deleting deleted restoring purging"
    );
    assert_eq!(
        words(AuditAction::as_str),
        "sign_in sign_in_failed sign_out init organization_create organization_update organization_rename \
         organization_suspend organization_resume organization_delete organization_restore organization_purge \
         documents_read document_insert document_replace document_delete \
         organization_export organization_import organization_adopt operator_add operator_remove operator_password operator_update recovered repair"
    );
    assert_eq!(words(AuditOutcome::as_str), "done failed");
    assert_eq!(words(SortKey::as_str), "name created updated");
    assert_eq!(words(Field::as_str), "name email collection state id created changed signin docs size");
    assert_eq!(
        words(WarningCode::as_str),
        "collection_left console_file_unused env_file env_file_skipped file_readable finishing no_log not_encrypted password_cut session_not_ended \
         sessions_lost sessions_removed store tls_insecure token_wins uri_database uri_option"
    );
    assert_eq!([StoreKind::Embedded, StoreKind::MongoDb].map(StoreKind::as_str), ["embedded", "mongodb"]);
}

#[test]
fn only_stored_words_are_parsed() {
    read_back(Role::as_str);
    read_back(State::as_str);
    read_back(Status::as_str);
    read_back(AuditAction::as_str);
    read_back(AuditOutcome::as_str);
    read_back(Field::as_str);
}
