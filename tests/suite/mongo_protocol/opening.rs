//! Opening: refusals, completion, and no write to a foreign database.

use super::never_twice;
use crate::common::mongo::{LEASE, TestDatabase};
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use tenantry::domain::{AuditAction, DatabaseName};
use tenantry::port::{Accounts, Audit, Error, Lookup, Organizations, Store, StoreKind};
use tenantry::store::mongo::{MongoOptions, MongoStore};
use uuid::Uuid;

fn open(uri: &str) -> Result<MongoStore, Error> {
    MongoStore::open(MongoOptions { uri: uri.into(), database: DatabaseName::default(), lease: LEASE })
}

async fn behind_proxy(database: &TestDatabase) -> (Proxy, Arc<MongoStore>) {
    let proxy = Proxy::start(&database.uri).await;
    let store = database.store_at(&never_twice(&proxy), LEASE);
    (proxy, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_meta_is_not_written_to() {
    let database = TestDatabase::new().await;
    let old = doc! {"organization_name": "Old", "collection_name": "org_Old"};
    database.direct.collection::<Document>("organizations").insert_one(old).await.unwrap();
    let store = database.store();
    assert_eq!(store.store_id().await, Ok(None));
    assert!(store.page(&by_names(9)).await.unwrap().rows.is_empty());
    assert_eq!(store.find(&Lookup::NameKey("old".into())).await, Ok(None));
    assert!(store.account_by_email("ann@x").await.unwrap().is_none());
    assert_eq!(store.take_place(&place_of("ann@x"), at(0)).await, Err(Error::NotInitialized));
    assert_eq!(store.record(entry(AuditAction::SignInFailed, at(0))).await, Err(Error::NotInitialized));
    assert_eq!(create(&*store, "Acme", "ann@x").await, Err(Error::NotInitialized));
    assert_eq!(database.collections().await, ["organizations"]);
    let indexes = database.direct.collection::<Document>("organizations").list_index_names().await.unwrap();
    assert_eq!(indexes, ["_id_"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_store_is_refused() {
    let database = TestDatabase::new().await;
    initialize(&*database.store()).await;
    let meta = database.direct.collection::<Document>("meta");
    meta.update_one(doc! {"_id": "store"}, doc! {"$set": {"schema": 4}}).await.unwrap();
    let answer = database.store().store_id().await;
    assert!(matches!(&answer, Err(Error::StoreUnusable(text)) if text.contains("newer")), "{answer:?}");
    let answer = create(&*database.store(), "Acme", "ann@x").await;
    assert!(matches!(answer, Err(Error::StoreUnusable(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_completes_the_first_operator() {
    // Of 14 commands: hello, a read of meta, six createIndexes, the insert of meta, and what follows from it.
    for act in [Act::Cut, Act::DropReply, Act::Refuse(121)] {
        for number in 1..=14 {
            let database = TestDatabase::new().await;
            let (proxy, store) = behind_proxy(&database).await;
            proxy.at(number, act.clone());
            let id = Uuid::new_v4();
            let made = store.initialize(id, &new_account("root@x"), entry(AuditAction::Init, at(0))).await;
            assert_eq!(made.is_ok(), proxy.count() < number, "{act:?} at {number}: {made:?}");
            let when = format!("{act:?} at {number}");
            let next = database.store();
            let found = next.store_id().await.unwrap();
            if found.is_none() {
                next.initialize(id, &new_account("root@x"), entry(AuditAction::Init, at(0))).await.unwrap();
            }
            assert_eq!(next.store_id().await, Ok(Some(id)), "{when}");
            assert!(by_email(&*next, "root@x").await.is_some(), "{when}");
            assert_eq!(newest(&*next, 9).await.len(), 1, "{when}");
            let meta = format!("{:?}", database.all("meta").await);
            assert!(!meta.contains("$2b$"), "{when}: the hash leaves meta");
            assert_eq!(
                create(&*next, "Acme", "root@x").await,
                Err(Error::EmailTaken("root@x".into())),
                "{when}"
            );
        }
    }
}

/// Also not with its old password and sessions.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_operator_deleted_by_hand_stays_deleted() {
    let database = TestDatabase::new().await;
    initialize(&*database.store()).await;
    for name in ["admins", "reservations"] {
        database.direct.collection::<Document>(name).delete_many(doc! {}).await.unwrap();
    }
    database.store().store_id().await.unwrap().unwrap();
    assert!(database.all("admins").await.is_empty());
    assert!(database.all("reservations").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indexes_exist_and_none_is_unique() {
    let database = TestDatabase::new().await;
    initialize(&*database.store()).await;
    let mut found = Vec::new();
    for name in ["organizations", "admins", "reservations", "audit", "revoked", "throttle"] {
        let mut indexes = database.direct.collection::<Document>(name).list_indexes().await.unwrap();
        while indexes.advance().await.unwrap() {
            let index = indexes.deserialize_current().unwrap();
            let options = index.options.unwrap_or_default();
            assert_ne!(options.unique, Some(true));
            let expires = options.expire_after.map_or(String::new(), |after| format!(" {}", after.as_secs()));
            let keys: Vec<&String> = index.keys.keys().collect();
            if keys != ["_id"] {
                found.push(format!("{name} {keys:?}{expires}"));
            }
        }
    }
    found.sort();
    assert_eq!(
        found,
        [
            r#"admins ["email_key"]"#,
            r#"admins ["organization_id"]"#,
            r#"admins ["role", "email_key"]"#,
            r#"audit ["actor_key", "at", "_id"]"#,
            r#"audit ["at", "_id"]"#,
            r#"audit ["at"] 7776000"#,
            r#"audit ["name_key", "at", "_id"]"#,
            r#"audit ["organization_id", "at", "_id"]"#,
            r#"organizations ["admin_id"]"#,
            r#"organizations ["collection_uuid"]"#,
            r#"organizations ["created_at", "_id"]"#,
            r#"organizations ["deleted.name_key", "_id"]"#,
            r#"organizations ["deleted.purge_at"]"#,
            r#"organizations ["name_key", "_id"]"#,
            r#"organizations ["state", "touched_at"]"#,
            r#"organizations ["touched_at", "_id"]"#,
            r#"organizations ["updated_at", "_id"]"#,
            r#"reservations ["organization_id"]"#,
            r#"revoked ["expire_at"] 172800"#,
            r#"throttle ["expire_at"] 0"#,
        ]
    );
}

#[test]
fn the_place_is_shown_without_credentials() {
    let store = open("mongodb://ann:s3cret@db1.internal,db2.internal:27018/?replicaSet=rs").unwrap();
    let place = store.place();
    assert_eq!(place.kind, StoreKind::MongoDb);
    assert_eq!(place.short, "db1.internal +1/master_db");
    assert_eq!(place.full, "db1.internal:27017,db2.internal:27018/master_db");
    assert_eq!(place.host, "db1.internal:27017,db2.internal:27018");
    assert!(!format!("{store:?}").contains("s3cret"), "{store:?}");
    let srv = open("mongodb+srv://ann:s3cret@cluster0.example.net/").unwrap();
    assert_eq!(srv.place().short, "cluster0.example.net/master_db", "no name is looked up yet");
}

#[test]
fn invalid_uri_is_refused_without_being_shown() {
    for uri in [
        "",
        "postgres://ann:s3cret@x",
        "mongodb://ann:s3cret@/",
        "mongodb://ann:s3@cret@x",
        "mongodb://x/?w=-5",
    ] {
        match open(uri) {
            Err(Error::StoreUnusable(text)) => assert!(!text.contains("s3"), "{text}"),
            other => panic!("{uri}: {other:?}"),
        }
    }
}
