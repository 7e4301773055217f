//! What only the file promises: its clock is that of the service, and an operation is one transaction.

use crate::common::harness::{Harness, OnEmbedded};
use crate::common::suite::*;
use jiff::{SignedDuration, Timestamp};
use tenantry::domain::audit::KEPT;
use tenantry::domain::{AuditAction, Organization};
use tenantry::port::{Error, Store, UpdateRequest};

const DAY: i64 = 24 * 60 * 60;

async fn record(store: &dyn Store, when: Timestamp) {
    store.record(entry(AuditAction::SignInFailed, when)).await.unwrap();
}

/// Deleted at second 120, due a day later.
async fn due_after_a_day(store: &dyn Store) -> Organization {
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    delete_until(store, &acme, at(120 + DAY)).await.unwrap().organization
}

#[tokio::test]
async fn purge_needs_more_than_the_clock() {
    let harness = OnEmbedded::initialized().await;
    let store = harness.store();
    let deleted = due_after_a_day(store).await;
    for days in [1, 2, 90, 4_000] {
        assert_eq!(store.purge_expired(at(days * DAY), 9).await, Ok(0), "after {days} days");
    }
    // A write under a clock that ran ahead bears no witness once the clock is put right.
    record(store, at(91 * DAY)).await;
    assert_eq!(store.purge_expired(at(2 * DAY), 9).await, Ok(0));
    assert_eq!(by_id(store, deleted.id).await, Some(deleted));
}

#[tokio::test]
async fn audit_entry_a_day_after_the_deadline_allows_the_purge() {
    let harness = OnEmbedded::initialized().await;
    let store = harness.store();
    let deleted = due_after_a_day(store).await;
    record(store, at(120 + DAY)).await;
    assert_eq!(store.purge_expired(at(9 * DAY), 9).await, Ok(0), "an entry at the end is not behind it");
    record(store, at(121 + DAY)).await;
    assert_eq!(store.purge_expired(at(120 + 2 * DAY), 9).await, Ok(0), "it is not a day old");
    assert_eq!(store.purge_expired(at(121 + 2 * DAY), 9).await, Ok(1));
    assert_eq!(by_id(store, deleted.id).await, None);
}

#[tokio::test]
async fn unreadable_deleted_record_does_not_stop_a_purge() {
    let harness = OnEmbedded::initialized().await;
    let store = harness.store();
    let broken = due_after_a_day(store).await;
    let sound = due_after_a_day(store).await;
    record(store, at(10 * DAY)).await;
    let sql = "UPDATE organizations SET deleted_by = NULL WHERE id = ?1";
    assert_eq!(harness.file().execute(sql, [broken.id.to_string()]).unwrap(), 1);
    assert_eq!(store.purge_expired(at(12 * DAY), 9).await, Ok(1));
    assert_eq!(by_id(store, sound.id).await, None);
    let count = "SELECT COUNT(*) FROM organizations";
    assert_eq!(harness.file().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[tokio::test]
async fn clock_ahead_does_not_empty_the_audit() {
    let harness = OnEmbedded::initialized().await;
    let store = harness.store();
    let ahead = at(0).checked_add(KEPT).unwrap().checked_add(SignedDuration::from_hours(24)).unwrap();
    record(store, ahead).await;
    record(store, at(1)).await;
    assert_eq!(newest(store, 9).await.len(), 3);
    // Months later an entry that is a day old shows that time went on, and the old ones go.
    let later = ahead.checked_add(SignedDuration::from_hours(24)).unwrap();
    record(store, later).await;
    record(store, later.checked_add(SignedDuration::from_hours(24)).unwrap()).await;
    let kept = newest(store, 9).await;
    assert!(kept.iter().all(|entry| entry.at >= ahead), "{kept:?}");
}

#[tokio::test]
async fn a_used_operation_id_changes_nothing() {
    let harness = OnEmbedded::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let mut used = newest(store, 1).await.remove(0);
    used.action = AuditAction::OrganizationUpdate;
    let admin = Some(admin_of(store, &acme).await.account);
    let request = UpdateRequest { current: acme.clone(), admin, change: to_password("second") };
    assert_eq!(store.update(&request, used).await, Err(Error::OperationMismatch));
    assert_eq!(by_id(store, acme.id).await, Some(acme.clone()));
    assert_eq!(hash_of(&admin_of(store, &acme).await), "$2b$04$first");
}

#[tokio::test]
async fn embedded_store_has_no_interrupted_operations() {
    let harness = OnEmbedded::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    assert_eq!(store.recover().await, Ok(0));
    assert_eq!(store.recover_now(acme.id).await, Ok(()));
    assert_eq!(store.warnings().await, Ok(Vec::new()));
}

/// A page that ends at a record without a position extends to the next one that has a position.
#[tokio::test]
async fn record_with_an_unreadable_position_does_not_end_the_list() {
    for broken in ["id = 'nonsense'", "name_key = CAST(x'ff' AS TEXT)", "name_key = NULL"] {
        let harness = OnEmbedded::initialized().await;
        let store = harness.store();
        for number in 0..5 {
            create(store, &format!("Org {number}"), &format!("a{number}@x")).await.unwrap();
        }
        let sql = format!("UPDATE organizations SET {broken} WHERE name_key = 'org 2'");
        let file = harness.file();
        file.pragma_update(None, "foreign_keys", false).unwrap();
        assert_eq!(file.execute(&sql, []).unwrap(), 1);
        for limit in 1..=6 {
            let (mut read, mut query) = (Vec::new(), by_names(limit));
            loop {
                let page = store.page(&query).await.unwrap();
                assert!(page.rows.len() <= limit);
                read.extend(page.rows.iter().map(|row| row.name.clone()));
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
            assert_eq!(read, ["Org 0", "Org 1", "Org 3", "Org 4"], "{broken}, {limit} at a time");
        }
    }
}
