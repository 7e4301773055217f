//! Commands on the collection of an organization carry its UUID, whether the server checks it or not; what becomes of
//! them when another collection has the name.

use super::{Wire, never_twice, uuid};
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use crate::common::world::{FakeClock, PASSWORD, ROOT, World, options, service_over};
use mongodb::bson::{Bson, Document, doc, rawdoc};
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::document::{OwnedValue, Query, RawDocumentBuf, Value, id_of};
use tenantry::domain::{AuditAction, CollectionMetadata, Organization};
use tenantry::port::{Archives, Doctor, DocumentQuery, DocumentWrite, Error, Organizations, Result, Store};
use tenantry::service::{DocumentsQuery, OrganizationReference, TenantService};
use tenantry::store::mongo::MongoStore;
use tokio::sync::watch;

const TIME: Duration = Duration::from_secs(30);
/// A field that the server does not know.
const UNKNOWN_FIELD: i32 = 40_415;

fn query() -> DocumentQuery {
    let filter = Query::parse("").unwrap();
    DocumentQuery { filter, sort: None, reverse: false, after: None, limit: 10, time: TIME }
}

fn document(id: i32) -> RawDocumentBuf {
    rawdoc! {"_id": id, "n": id}
}

async fn insert(store: &dyn Store, acme: &Organization, ids: &[i32]) -> Result<Vec<Result<()>>> {
    let documents: Vec<_> = ids.iter().copied().map(document).collect();
    store.insert_documents(acme, &documents, entry(AuditAction::DocumentInsert, at(5))).await
}

async fn ids(store: &dyn Store, acme: &Organization) -> Result<Vec<String>> {
    let page = store.documents(acme, &query()).await?;
    Ok(page.rows.iter().map(|row| format!("{:?}", row.get("_id").unwrap().unwrap())).collect())
}

async fn write(store: &dyn Store, acme: &Organization, id: i32, new: Option<RawDocumentBuf>) -> Result<()> {
    let write = DocumentWrite { seen: document(id), new };
    store.write_document(acme, &write, entry(AuditAction::DocumentReplace, at(6))).await
}

/// Every call on the documents of an organization; the document 1 is there before and after.
async fn every_call(store: &dyn Store, acme: &Organization) {
    store.documents(acme, &query()).await.unwrap();
    store.document(acme, &OwnedValue::new(&Value::Int32(1))).await.unwrap().unwrap();
    let some = Query::parse("n:1").unwrap();
    assert_eq!(store.count_documents(acme, &some, TIME).await, Ok(1));
    assert_eq!(insert(store, acme, &[2, 3, 1]).await.unwrap().iter().filter(|one| one.is_ok()).count(), 2);
    write(store, acme, 2, Some(rawdoc! {"_id": 2, "n": 7})).await.unwrap();
    write(store, acme, 3, None).await.unwrap();
    store
        .write_document(
            acme,
            &DocumentWrite { seen: rawdoc! {"_id": 2, "n": 7}, new: None },
            entry(AuditAction::DocumentDelete, at(7)),
        )
        .await
        .unwrap();
    let all = Query::parse("").unwrap();
    assert_eq!(
        store.count_documents(acme, &all, TIME).await,
        Ok(ids(store, acme).await.unwrap().len() as u64)
    );
    store.stats(acme).await.unwrap();
    store.collection_metadata(acme).await.unwrap();
}

impl Wire {
    /// A process behind the proxy that takes the server for one without transactions.
    async fn without_transactions(&self) -> Arc<MongoStore> {
        self.proxy.reset();
        self.proxy.rule(|call| match call.command.as_str() {
            "hello" => Act::Alter(|answer| drop(answer.remove("setName"))),
            _ => Act::Pass,
        });
        let store = self.database.store_at(&never_twice(&self.proxy), super::LEASE);
        store.warnings().await.unwrap();
        self.proxy.reset();
        store
    }

    /// The commands on collections of documents.
    fn on_collections(&self) -> Vec<Call> {
        let is_about_one = |call: &Call| {
            let of_one = |name: &str| name.starts_with("org_") || name.starts_with("tenantry_");
            of_one(&call.target) || call.command == "renameCollection"
        };
        self.proxy.calls().into_iter().filter(is_about_one).collect()
    }

    /// The labels of the commands on collections of documents that carry no UUID.
    fn without_uuid(&self) -> Vec<String> {
        let calls = self.on_collections();
        calls.iter().filter(|call| !call.body.contains_key("collectionUUID")).map(Call::label).collect()
    }
}

/// Everything that is done to an organization. A command that is not named here carries the UUID, and one that is named
/// has a reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_on_a_collection_carries_its_uuid() {
    let wire = Wire::new().await;
    let store = &*wire.store;
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    // The insert of the marker makes the collection; its UUID is read afterwards.
    assert_eq!(wire.without_uuid(), ["insert new_"], "create");
    wire.proxy.reset();
    insert(store, &acme, &[1]).await.unwrap();
    every_call(store, &acme).await;
    // The server has no UUID for it; the catalogue is looked at before and after.
    assert_eq!(wire.without_uuid(), ["listIndexes org_", "listIndexes org_"], "documents");
    let own = uuid(acme.collection_uuid.unwrap());
    let calls = wire.on_collections();
    assert!(calls.iter().filter_map(|call| call.body.get("collectionUUID")).all(|sent| *sent == own));
    for verb in ["find", "aggregate", "insert", "update", "delete"] {
        assert!(calls.iter().any(|call| call.command == verb), "{verb}");
    }
    let alone = wire.without_transactions().await;
    every_call(&*alone, &acme).await;
    assert_eq!(wire.without_uuid(), ["listIndexes org_", "listIndexes org_"], "without transactions");
    wire.proxy.reset();
    let zephyr = update(store, &acme, &to_name("Zephyr")).await.unwrap();
    let deleted = delete(store, &zephyr).await.unwrap().organization;
    let restored = restore(store, &deleted).await.unwrap();
    store.check(&watch::Sender::default()).await.unwrap();
    let deleted = delete(store, &restored).await.unwrap().organization;
    purge(store, &deleted).await.unwrap();
    assert_eq!(wire.without_uuid(), [] as [&str; 0], "operations and the doctor");
    wire.proxy.reset();
    let index = rawdoc! {"v": 2, "key": {"n": 1}, "name": "n_1"};
    let metadata = CollectionMetadata { indexes: vec![index], ..CollectionMetadata::default() };
    let mut batches = Batches::of([vec![document(1)], vec![document(2)]]);
    let (new, audit) = (new_organization("Acme", "ann@x"), entry(AuditAction::OrganizationImport, at(9)));
    store.import_organization(&new, &metadata, &mut batches, audit).await.unwrap();
    // Made and filled with its marker under a name that nobody else uses; the documents go by its UUID.
    let expected = ["create new_", "createIndexes new_", "insert new_"];
    assert_eq!(wire.without_uuid(), expected, "import");
}

/// Also where it is ignored, every command carries it, behind a look at the catalogue; a server that does not know it
/// (this one knows no UUID in a find) is asked without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ignores_uuids_gets_them_all_the_same() {
    let (wire, acme, _) = Wire::ignoring().await.and_acme().await;
    for has_transactions in [true, false] {
        let store =
            if has_transactions { Arc::clone(&wire.store) } else { wire.without_transactions().await };
        wire.proxy.reset();
        insert(&*store, &acme, &[1]).await.unwrap();
        every_call(&*store, &acme).await;
        let calls = wire.on_collections();
        let mut without = 0;
        for call in &calls {
            if call.body.contains_key("collectionUUID") {
                continue;
            }
            // The counters of a collection go without; the marker is read after them.
            let is_of_size = |call: &Call| {
                let filter = call.body.get_document("filter");
                filter.is_ok_and(|filter| filter.get_str("_id").is_ok_and(|id| id == "_tenantry"))
            };
            if ["listIndexes", "aggregate"].contains(&&*call.command) || is_of_size(call) {
                continue;
            }
            assert_eq!(call.command, "find", "{call:?}");
            without += 1;
        }
        assert!(without > 1, "the server knows it in a find now");
        let is_refused = |call: &&Call| call.command == "find" && call.body.contains_key("collectionUUID");
        assert!(calls.iter().filter(is_refused).count() <= 1, "what is refused once is not sent again");
        write(&*store, &acme, 1, None).await.unwrap();
    }
}

/// A server that checks UUIDs and yet knows none in some command, or says so in another way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_knows_no_uuid_is_sent_without_it() {
    for (code, wire) in [
        (UNKNOWN_FIELD, Wire::new().await),
        (UNKNOWN_FIELD, Wire::ignoring().await),
        (2, Wire::ignoring().await),
        (9, Wire::ignoring().await),
    ] {
        let (wire, acme, _) = wire.and_acme().await;
        let alone = wire.without_transactions().await;
        for store in [&*wire.store, &*alone] {
            wire.proxy.reset();
            wire.proxy.rule(move |call| {
                let is_refused = call.body.contains_key("collectionUUID") && call.target == "org_acme";
                if is_refused { Act::Refuse(code) } else { Act::Pass }
            });
            insert(store, &acme, &[1]).await.unwrap();
            every_call(store, &acme).await;
            write(store, &acme, 1, None).await.unwrap();
            wire.proxy.reset();
        }
        let index = rawdoc! {"v": 2, "key": {"n": 1}, "name": "n_1"};
        let metadata = CollectionMetadata { indexes: vec![index], ..CollectionMetadata::default() };
        let is_ignoring = !wire.store.warnings().await.unwrap().is_empty();
        if is_ignoring && code != 2 {
            wire.proxy.reset();
            wire.proxy.rule(move |call| {
                let is_refused = call.command == "insert" && call.body.contains_key("collectionUUID");
                if is_refused { Act::Refuse(code) } else { Act::Pass }
            });
            let mut batches = Batches::of([vec![document(1)], vec![document(2)]]);
            let new = new_organization("Zephyr", "zoe@x");
            let audit = entry(AuditAction::OrganizationImport, at(9));
            wire.store.import_organization(&new, &metadata, &mut batches, audit).await.unwrap();
            assert_eq!(wire.database.all("org_zephyr").await.len(), 3, "{code}");
        }
        // What has the name now is another one: nothing is sent without the UUID.
        wire.with_new_uuid("org_acme").await;
        wire.proxy.reset();
        wire.proxy.rule(move |call| {
            let is_refused = call.body.contains_key("collectionUUID") && call.target == "org_acme";
            if is_refused { Act::Refuse(code) } else { Act::Pass }
        });
        is_missing(&*wire.store, &acme, &format!("{code}")).await;
        assert_eq!(wire.without_uuid(), [] as [&str; 0], "{code}");
    }
}

/// That no call reads or writes anything.
async fn is_missing(store: &dyn Store, acme: &Organization, when: &str) {
    let missing = Error::CollectionMissing("org_acme".into());
    assert_eq!(store.documents(acme, &query()).await.unwrap_err(), missing, "{when}");
    let one = store.document(acme, &OwnedValue::new(&Value::Int32(1))).await;
    assert_eq!(one.unwrap_err(), missing, "{when}");
    let some = Query::parse("n:1").unwrap();
    assert_eq!(store.count_documents(acme, &some, TIME).await, Err(missing.clone()), "{when}");
    assert_eq!(insert(store, acme, &[4, 5]).await, Err(missing.clone()), "{when}");
    assert_eq!(write(store, acme, 1, Some(document(1))).await, Err(missing.clone()), "{when}");
    assert_eq!(write(store, acme, 1, None).await, Err(missing), "{when}");
}

impl Wire {
    /// What became of the collection of Acme.
    async fn turn(&self, into: &str) {
        let direct = &self.database.direct;
        if into == "renamed" {
            return self.move_by_hand("org_acme", "org_elsewhere").await;
        }
        if into == "capped" {
            direct.run_command(doc! {"convertToCapped": "org_acme", "size": 100_000}).await.unwrap();
            // MongoDB copies it to a new collection, the test server does not.
            return self.with_new_uuid("org_acme").await;
        }
        direct.collection::<Document>("org_acme").drop().await.unwrap();
        match into {
            "dropped" => {}
            "made anew" => {
                self.with_foreign("org_acme").await;
                direct.collection("org_acme").insert_one(doc! {"_id": 1, "n": 1}).await.unwrap();
            }
            "a view" => {
                self.with_foreign("other").await;
                let view = doc! {"create": "org_acme", "viewOn": "other", "pipeline": []};
                direct.run_command(view).await.unwrap();
            }
            "a time series" => {
                let series = doc! {"create": "org_acme", "timeseries": {"timeField": "n"}};
                direct.run_command(series).await.unwrap();
            }
            other => panic!("{other}"),
        }
    }

    /// All that is there.
    async fn everything(&self) -> Vec<(String, Vec<Document>)> {
        let mut all = Vec::new();
        for name in self.database.collections().await {
            let documents = self.database.all(&name).await;
            all.push((name, documents));
        }
        all
    }
}

/// Whatever became of a collection while somebody reads and writes its documents: it is missing, and what has its name
/// now is neither read nor written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_took_the_name_of_a_collection_is_neither_read_nor_written() {
    for into in ["dropped", "renamed", "made anew", "a view", "a time series", "capped"] {
        for wire in [Wire::new().await, Wire::ignoring().await] {
            let (wire, acme, _) = wire.and_acme().await;
            insert(&*wire.store, &acme, &[1]).await.unwrap();
            let alone = wire.without_transactions().await;
            wire.turn(into).await;
            let before = wire.everything().await;
            is_missing(&*wire.store, &acme, into).await;
            is_missing(&*alone, &acme, into).await;
            let metadata = wire.store.collection_metadata(&acme).await;
            assert!(
                matches!(metadata, Err(Error::CollectionMissing(_) | Error::NotExportable(_))),
                "{into}: {metadata:?}"
            );
            assert_eq!(wire.everything().await, before, "{into}");
        }
    }
}

/// A service for the first operator of a store behind the proxy.
pub(super) async fn service_of(wire: &Wire) -> Arc<TenantService> {
    let world = World::initialized().await;
    let password = hash_of(&by_email(&*world.store, ROOT).await.unwrap());
    let admins = wire.database.direct.collection::<Document>("admins");
    let set = doc! {"$set": {"password": password}};
    assert_eq!(admins.update_one(doc! {"email": ROOT}, set).await.unwrap().matched_count, 1);
    service_over(Arc::clone(&wire.store) as Arc<dyn Store>, FakeClock::new(), options())
}

/// A command that arrives behind a rename is refused by the server; the service sends it to the new name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_behind_a_rename_goes_to_the_new_name() {
    for checks in [true, false] {
        let wire = if checks { Wire::new().await } else { Wire::ignoring().await };
        let (wire, acme, _) = wire.and_acme().await;
        let service = service_of(&wire).await;
        let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
        let reference = OrganizationReference::Id(acme.id);
        // Where UUIDs are ignored, the look comes first: nothing protects a command that is on its way.
        let held = if checks { "insert" } else { "listCollections" };
        wire.proxy.on(held, 1, Act::Hold);
        let (inserted, ()) =
            tokio::join!(service.insert_documents(&token, &reference, vec![document(1)]), async {
                wire.proxy.held().await;
                let acme = by_id(&*wire.plain, acme.id).await.unwrap();
                update(&*wire.plain, &acme, &to_name("Zephyr")).await.unwrap();
                wire.proxy.release();
            });
        assert!(inserted.unwrap().iter().all(Result::is_ok), "{checks}");
        assert_eq!(wire.collections().await, ["org_zephyr"], "{checks}: the old name does not come back");
        let all = wire.database.all("org_zephyr").await;
        let there: Vec<_> = all.iter().filter_map(|document| document.get("_id")).collect();
        assert_eq!(there, [&Bson::Int32(1), &"_tenantry".into(), &"a".into()], "{checks}");
        let wanted = DocumentsQuery { limit: 10, time: TIME, ..DocumentsQuery::default() };
        let page = service.documents(&token, &reference, &wanted).await.unwrap();
        assert_eq!(page.organization.name, "Zephyr");
        assert!(page.items.iter().any(|row| id_of(row.as_bytes()).unwrap().get() == Value::Int32(1)));
    }
}

/// After a restore, the collection has another UUID and still the marker. An operator's call adopts it; the store itself
/// never takes one for another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_collection_is_adopted_before_it_is_read() {
    for wire in [Wire::new().await, Wire::ignoring().await] {
        let (wire, acme, _) = wire.and_acme().await;
        wire.with_new_uuid("org_acme").await;
        is_missing(&*wire.store, &acme, "restored").await;
        assert_eq!(wire.store.size(&acme).await.unwrap().documents, 1, "its counters are told by its marker");
        let service = service_of(&wire).await;
        let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
        let wanted = DocumentsQuery { limit: 10, time: TIME, ..DocumentsQuery::default() };
        let page = service.documents(&token, &OrganizationReference::Id(acme.id), &wanted).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let adopted = by_id(&*wire.plain, acme.id).await.unwrap();
        assert_eq!(adopted.collection_uuid.map(uuid), wire.uuid_of("org_acme").await);
        assert_eq!(ids(&*wire.store, &adopted).await.unwrap().len(), 1);
    }
}
