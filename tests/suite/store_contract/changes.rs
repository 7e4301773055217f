//! What changed since a reader looked last.

use super::Harness;
use crate::common::suite::*;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{OrganizationId, State};
use tenantry::port::{Changes, ChangesPosition, ChangesQuery, ChangesSince, Store};
use uuid::Uuid;

fn query(since: ChangesSince, now: Timestamp) -> ChangesQuery {
    ChangesQuery { since, now, at_work: Vec::new(), limit: 1_000 }
}

async fn begin(store: &dyn Store) -> ChangesPosition {
    store.changes(&query(ChangesSince::Ago(SignedDuration::ZERO), at(0))).await.unwrap().next
}

/// What was written since: the first answer that is not empty, which comes within moments.
async fn since(store: &dyn Store, seen: &mut ChangesPosition) -> Changes {
    for _ in 0..500 {
        let changes = store.changes(&query(ChangesSince::Position(*seen), at(1))).await.unwrap();
        *seen = changes.next;
        if !changes.is_empty() {
            return changes;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing is told");
}

/// What is told of one organization: its name, state and epoch.
fn told(changes: &Changes, id: OrganizationId) -> Option<(String, State, i64)> {
    let now = changes.organizations.iter().find(|organization| organization.id == id)?;
    Some((now.name.clone(), now.state, now.epoch.0))
}

pub(crate) async fn every_write_is_told_once_it_is_acknowledged<H: Harness>() {
    let harness = H::initialized().await;
    let (store, reader) = (harness.store(), harness.another());
    let reader: &dyn Store = &*reader;
    let mut seen = begin(reader).await;
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let first = since(reader, &mut seen).await;
    assert_eq!(told(&first, acme.id), Some(("Acme".into(), State::Active, acme.epoch.0)));
    assert!(first.entries.iter().any(|entry| entry.organization == Some(acme.id)), "{first:?}");
    assert!(!first.is_too_much && first.gone.is_empty());

    let renamed = update(store, &acme, &to_name("Acme Labs")).await.unwrap();
    let expected = Some(("Acme Labs".into(), State::Active, renamed.epoch.0));
    assert_eq!(told(&since(reader, &mut seen).await, acme.id), expected);
    let suspended = suspend(store, &renamed, "unpaid").await.unwrap();
    let changes = since(reader, &mut seen).await;
    let now = changes.organizations.iter().find(|now| now.id == acme.id).unwrap();
    assert_eq!(**now, suspended, "as a read tells it");
    let resumed = resume(store, &suspended).await.unwrap();
    assert_eq!(told(&since(reader, &mut seen).await, acme.id).unwrap().2, resumed.epoch.0);
    let deleted = delete(store, &resumed).await.unwrap().organization;
    assert_eq!(told(&since(reader, &mut seen).await, acme.id).unwrap().1, State::Deleted);
    let restored = restore(store, &deleted).await.unwrap();
    assert_eq!(told(&since(reader, &mut seen).await, acme.id).unwrap().1, State::Active);
    purge(store, &restored).await.unwrap();
    let last = since(reader, &mut seen).await;
    assert!(last.gone.contains(&acme.id), "{last:?}");
    assert_eq!(told(&last, acme.id), None);
}

pub(crate) async fn quiet_store_tells_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Acme", "ann@x").await.unwrap();
    let mut seen = begin(store).await;
    for second in [1, 5, 11, 100] {
        let later = query(ChangesSince::Position(seen), at(second));
        seen = store.changes(&later).await.unwrap().next;
    }
    let quiet = store.changes(&query(ChangesSince::Position(seen), at(200))).await.unwrap();
    assert!(quiet.organizations.is_empty() && quiet.gone.is_empty(), "{quiet:?}");
    // A sign-in is no change of an organization.
    let quiet = store.changes(&query(ChangesSince::Position(quiet.next), at(400))).await.unwrap();
    assert!(quiet.is_empty(), "{quiet:?}");
}

pub(crate) async fn more_than_the_limit_is_said_and_not_cut<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let seen = begin(store).await;
    for number in 0..4 {
        create(store, &format!("Acme {number}"), &format!("ann{number}@x")).await.unwrap();
    }
    let few = ChangesQuery { limit: 3, ..query(ChangesSince::Position(seen), at(1)) };
    let changes = store.changes(&few).await.unwrap();
    assert!(changes.is_too_much, "{changes:?}");
    let after = query(ChangesSince::Position(changes.next), at(100));
    assert!(!store.changes(&after).await.unwrap().is_too_much);
}

/// Many in the same millisecond, with a look between any two.
pub(crate) async fn writes_that_come_one_after_the_other_are_all_seen<H: Harness>() {
    let harness = H::initialized().await;
    let (store, reader) = (harness.store(), harness.another());
    let mut seen = begin(&*reader).await;
    let mut known = std::collections::BTreeMap::new();
    let mut written = Vec::new();
    for number in 0..6 {
        let made = create(store, &format!("Acme {number}"), &format!("ann{number}@x")).await.unwrap();
        let now = if number % 2 == 0 { suspend(store, &made, "").await.unwrap() } else { made };
        written.push((now.id, now.epoch));
        let changes = since(&*reader, &mut seen).await;
        known.extend(changes.organizations.iter().map(Arc::clone).map(|now| (now.id, now.epoch)));
    }
    for (id, epoch) in written {
        assert_eq!(known.get(&id), Some(&epoch));
    }
}

pub(crate) async fn what_vanished_at_work_is_gone<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let vanished = OrganizationId(Uuid::from_u128(7));
    let asked = ChangesQuery {
        at_work: vec![acme.id, vanished],
        ..query(ChangesSince::Ago(SignedDuration::ZERO), at(0))
    };
    assert_eq!(store.changes(&asked).await.unwrap().gone, [vanished]);
}
