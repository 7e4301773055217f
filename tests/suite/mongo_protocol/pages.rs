//! Lists among records of other programs: whatever a record has in the place of its position, no page ends the list
//! early or repeats a row.

use super::{Wire, uuid};
use crate::common::suite::*;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, doc};
use tenantry::domain::{AuditAction, SortKey, Status};
use tenantry::port::{AuditQuery, OperatorQuery, OrganizationQuery, Page, Store};
use uuid::Uuid;

/// Rows of pages to the end, by name; a list that begins again is cut.
async fn all<T, P>(
    mut read: impl AsyncFnMut(Option<P>) -> Page<T, P>,
    name: impl Fn(&T) -> String,
) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    while names.len() < 40 {
        let page = read(after).await;
        names.extend(page.rows.iter().map(&name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    names
}

async fn organizations(store: &dyn Store, query: &OrganizationQuery) -> Vec<String> {
    let read = async |after| store.page(&OrganizationQuery { after, ..query.clone() }).await.unwrap();
    all(read, |row| row.name.clone()).await
}

/// Ids that are none of ours, before and behind every UUID.
fn foreign_ids(number: u8) -> [Bson; 4] {
    let generic = |byte: u8| Binary { subtype: BinarySubtype::Generic, bytes: vec![byte; 16] };
    let long = Binary { subtype: BinarySubtype::Uuid, bytes: vec![number; 17] };
    [ObjectId::new().into(), generic(number).into(), generic(255 - number).into(), long.into()]
}

/// Values that are no position; the text in an array sorts among the others.
fn odd(among: impl Into<Bson>) -> [Bson; 5] {
    [Bson::Null, 7.into(), doc! {"a": 1}.into(), Bson::Array(vec![among.into()]), true.into()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_records_do_not_end_or_repeat_a_list_of_organizations() {
    let wire = Wire::new().await;
    let store: &dyn Store = &*wire.plain;
    for number in 0..4 {
        create(store, &format!("Org {number}"), &format!("a{number}@x")).await.unwrap();
        in_trash(store, &format!("Gone {number}"), &format!("g{number}@x")).await;
    }
    let now = DateTime::now();
    let record = |state: &str| {
        doc! {"schema": 2, "state": state, "name_key": "org 1b", "deleted": {"name_key": "gone 1b"}, "created_at": now,
        "updated_at": now}
    };
    let mut foreign: Vec<Document> = Vec::new();
    for (number, state) in [(0, "active"), (1, "deleted")] {
        for id in foreign_ids(number) {
            let mut other = record(state);
            other.insert("_id", id);
            foreign.push(other);
        }
        for (key, time) in odd("org 1c").into_iter().zip(odd(now)) {
            foreign.push(doc! {
                "_id": uuid(Uuid::new_v4()), "schema": 2, "state": state, "name_key": &key,
                "deleted": {"name_key": key}, "created_at": &time, "updated_at": time,
            });
        }
    }
    let records = wire.database.direct.collection::<Document>("organizations");
    records.insert_many(foreign).await.unwrap();
    for limit in 1..=9 {
        for (status, sort) in [
            (None, SortKey::Name),
            (None, SortKey::Created),
            (None, SortKey::Updated),
            (Some(Status::Active), SortKey::Created),
            (Some(Status::Deleted), SortKey::Created),
            (Some(Status::Active), SortKey::Name),
            (Some(Status::Deleted), SortKey::Name),
        ] {
            let wanted = if status == Some(Status::Deleted) { "Gone" } else { "Org" };
            let wanted: Vec<String> = (0..4).map(|number| format!("{wanted} {number}")).collect();
            for reverse in [false, true] {
                let query = OrganizationQuery { status, sort, reverse, after: None, limit };
                let mut read = organizations(store, &query).await;
                // A record that has all but its names is a row of its own.
                read.retain(|name| !name.is_empty());
                read.sort();
                assert_eq!(read, wanted, "{query:?}");
            }
        }
    }
}

/// A purge from the trash has no name any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_without_a_name_are_listed_by_name() {
    let wire = Wire::new().await;
    let store: &dyn Store = &*wire.plain;
    for number in 0..4 {
        let gone = in_trash(store, &format!("Gone {number}"), &format!("g{number}@x")).await;
        wire.set(gone.id, doc! {"$set": {"state": "purging"}}).await;
        let made = create(store, &format!("Org {number}"), &format!("a{number}@x")).await.unwrap();
        wire.set(made.id, doc! {"$set": {"state": "purging"}}).await;
    }
    for limit in 1..=9 {
        let query = OrganizationQuery { status: Some(Status::Purging), ..by_names(limit) };
        let forwards = organizations(store, &query).await;
        let mut backwards = organizations(store, &OrganizationQuery { reverse: true, ..query }).await;
        backwards.reverse();
        assert_eq!(forwards, backwards, "{limit} at a time");
        assert_eq!(forwards[4..], ["Org 0", "Org 1", "Org 2", "Org 3"]);
        assert_eq!(forwards.len(), 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_records_do_not_end_or_repeat_the_audit() {
    let wire = Wire::new().await;
    let store: &dyn Store = &*wire.plain;
    for number in 0..4 {
        let mut entry = entry(AuditAction::SignIn, at(number));
        entry.actor = format!("a{number}@x");
        store.record(entry).await.unwrap();
    }
    let second = DateTime::from_millis(at(2).as_millisecond());
    let mut foreign: Vec<Document> = Vec::new();
    for id in foreign_ids(0) {
        foreign.push(doc! {"_id": id, "at": second, "action": "sign_in"});
    }
    for time in odd(second) {
        foreign.push(doc! {"_id": uuid(Uuid::new_v4()), "at": time, "action": "sign_in"});
    }
    wire.database.direct.collection::<Document>("audit").insert_many(foreign).await.unwrap();
    for limit in 1..=9 {
        let read =
            async |after| store.audit(&AuditQuery { after, ..AuditQuery::newest(limit) }).await.unwrap();
        let mut read = all(read, |row| row.actor.clone()).await;
        read.retain(|actor| actor != "root@example.com");
        assert_eq!(read, ["a3@x", "a2@x", "a1@x", "a0@x"], "{limit} at a time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_records_do_not_end_or_repeat_the_list_of_operators() {
    let wire = Wire::new().await;
    let store: &dyn Store = &*wire.plain;
    for name in ["ann@x", "bob@x", "zoe@x"] {
        store.add_operator(&new_account(name), entry(AuditAction::OperatorAdd, at(5))).await.unwrap();
    }
    let foreign = odd("bob@y").into_iter().map(|key| {
        doc! {"_id": uuid(Uuid::new_v4()), "schema": 2, "role": "operator", "email": "odd@x", "email_key": key}
    });
    let foreign: Vec<Document> = foreign.collect();
    wire.database.direct.collection::<Document>("admins").insert_many(foreign).await.unwrap();
    for limit in 1..=9 {
        let read = async |after| store.operators(&OperatorQuery { after, limit }).await.unwrap();
        let read = all(read, |row| row.email.clone()).await;
        assert_eq!(read, ["ann@x", "bob@x", "root@example.com", "zoe@x"], "{limit} at a time");
    }
}
