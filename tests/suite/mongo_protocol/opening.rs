//! Opening: what is refused, what is completed, and that nothing is written to a database that is not ours.

use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use tenantry::domain::SortKey;
use tenantry::service::Error;
use tenantry::service::store::{AuditAction, AuditQuery, Lookup, PageQuery, Store, StoreKind};
use tenantry::store::mongo::{MongoOptions, MongoStore};
use uuid::Uuid;

fn open(uri: &str, database: &str) -> Result<MongoStore, Error> {
    MongoStore::open(MongoOptions { uri: uri.into(), database: database.into(), lease: LEASE })
}

async fn behind_proxy(database: &TestDatabase) -> (Proxy, Arc<MongoStore>) {
    let proxy = Proxy::start(&database.uri).await;
    let store = database.store_at(&with_options(proxy.uri(), "retryWrites=false&retryReads=false"), LEASE);
    (proxy, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_meta_is_not_written_to() {
    let database = TestDatabase::new().await;
    let old = doc! {"organization_name": "Old", "collection_name": "org_Old"};
    database.direct.collection::<Document>("organizations").insert_one(old).await.unwrap();
    let store = database.store();
    assert_eq!(store.store_id().await, Ok(None));
    let page = PageQuery { state: None, sort: SortKey::Name, reverse: false, after: None, limit: 9 };
    assert!(store.page(&page).await.unwrap().is_empty());
    assert_eq!(store.find(&Lookup::NameKey("old".into())).await, Ok(None));
    assert!(store.account_by_email("ann@x").await.unwrap().is_none());
    assert_eq!(store.try_sign_in("ann@x", at(0)).await, Err(Error::NotInitialized));
    assert_eq!(store.record(entry(AuditAction::SignInFailed, at(0))).await, Err(Error::NotInitialized));
    assert_eq!(create(&*store, "Acme", "ann@x").await, Err(Error::NotInitialized));
    assert_eq!(database.collections().await, ["organizations"]);
    let indexes = database.direct.collection::<Document>("organizations").list_index_names().await.unwrap();
    assert_eq!(indexes, ["_id_"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_server_is_refused() {
    let database = TestDatabase::new().await;
    let (proxy, store) = behind_proxy(&database).await;
    proxy.rule(|call| match call.command.as_str() {
        "buildInfo" => Act::Answer(doc! {"ok": 1.0, "version": "5.0.31"}),
        _ => Act::Pass,
    });
    for answer in [
        store.store_id().await.map(drop),
        store.initialize(Uuid::new_v4(), &new_account("root@x"), entry(AuditAction::Init, at(0))).await,
    ] {
        match answer {
            Err(Error::StoreUnusable(text)) => {
                assert!(text.contains("5.0.31") && text.contains("6.0"), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(database.collections().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_store_is_refused() {
    let database = TestDatabase::new().await;
    initialize(&*database.store()).await;
    let meta = database.direct.collection::<Document>("meta");
    meta.update_one(doc! {"_id": "store"}, doc! {"$set": {"schema": 2}}).await.unwrap();
    let answer = database.store().store_id().await;
    assert!(matches!(&answer, Err(Error::StoreUnusable(text)) if text.contains("newer")), "{answer:?}");
    let answer = create(&*database.store(), "Acme", "ann@x").await;
    assert!(matches!(answer, Err(Error::StoreUnusable(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_the_privilege_is_told_which() {
    let database = TestDatabase::new().await;
    initialize(&*database.store()).await;
    let (proxy, store) = behind_proxy(&database).await;
    proxy.rule(|call| if call.command == "find" { Act::Refuse(13) } else { Act::Pass });
    let answer = store.store_id().await;
    assert!(
        matches!(&answer, Err(Error::StoreUnusable(text)) if text.contains("renameCollection")),
        "{answer:?}"
    );
    proxy.rule(|call| if call.command == "find" { Act::Refuse(18) } else { Act::Pass });
    let answer = store.store_id().await;
    assert!(matches!(&answer, Err(Error::StoreUnusable(text)) if text.contains("password")), "{answer:?}");
    proxy.rule(|call| if call.command == "find" { Act::Refuse(96) } else { Act::Pass });
    assert!(matches!(store.store_id().await, Err(Error::Internal(_))));
    proxy.reset();
    assert!(store.store_id().await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_tls_connection_is_named() {
    // Speaks, but not TLS.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let _ =
                tokio::io::AsyncWriteExt::write_all(&mut client, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let store =
        open(&format!("mongodb://{address}/?tls=true&heartbeatFrequencyMS=500"), "master_db").unwrap();
    let answer = store.store_id().await;
    assert!(matches!(&answer, Err(Error::StoreUnusable(text)) if text.contains("TLS")), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_operator_is_completed_by_whoever_opens() {
    // Six createIndexes lie before the insert of meta.
    for act in [Act::Cut, Act::DropReply, Act::Refuse(121)] {
        for number in 1..=12 {
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
            assert_eq!(next.audit(&AuditQuery::newest(9)).await.unwrap().len(), 1, "{when}");
            assert_eq!(
                create(&*next, "Acme", "root@x").await,
                Err(Error::EmailTaken("root@x".into())),
                "{when}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_first_operator_does_not_come_back() {
    let database = TestDatabase::new().await;
    initialize(&*database.store()).await;
    let admins = database.direct.collection::<Document>("admins");
    admins.delete_many(doc! {}).await.unwrap();
    database.direct.collection::<Document>("reservations").delete_many(doc! {}).await.unwrap();
    let (proxy, store) = behind_proxy(&database).await;
    // Removed after meta was read and before the account went in.
    proxy.on("insert", 1, Act::Hold);
    let opening = tokio::spawn(async move { store.store_id().await });
    proxy.held().await;
    let meta = database.direct.collection::<Document>("meta");
    meta.update_one(doc! {"_id": "store"}, doc! {"$unset": {"first_operator": ""}}).await.unwrap();
    proxy.release();
    assert!(opening.await.unwrap().unwrap().is_some());
    assert!(database.all("admins").await.is_empty());
    assert!(database.all("reservations").await.is_empty());
    assert!(database.store().store_id().await.unwrap().is_some());
    assert!(database.all("admins").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indexes_are_there_and_none_is_unique() {
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
            r#"organizations ["created_at", "_id"]"#,
            r#"organizations ["name_key", "_id"]"#,
            r#"organizations ["state", "touched_at"]"#,
            r#"organizations ["updated_at", "_id"]"#,
            r#"reservations ["organization_id"]"#,
            r#"revoked ["expire_at"] 172800"#,
            r#"throttle ["expire_at"] 0"#,
        ]
    );
}

#[test]
fn the_place_is_shown_without_credentials() {
    let store =
        open("mongodb://ann:s3cret@db1.internal,db2.internal:27018/?replicaSet=rs", "master_db").unwrap();
    let place = store.place();
    assert_eq!(place.kind, StoreKind::MongoDb);
    assert_eq!(place.short, "db1.internal +1/master_db");
    assert_eq!(place.full, "db1.internal:27017,db2.internal:27018/master_db");
    assert_eq!(place.host, "db1.internal:27017,db2.internal:27018");
    assert!(!format!("{store:?}").contains("s3cret"), "{store:?}");
    let srv = open("mongodb+srv://ann:s3cret@cluster0.example.net/", "master_db").unwrap();
    assert_eq!(srv.place().short, "cluster0.example.net/master_db", "no name is looked up yet");
}

#[test]
fn a_uri_that_is_none_is_refused_without_being_shown() {
    for uri in [
        "",
        "postgres://ann:s3cret@x",
        "mongodb://ann:s3cret@/",
        "mongodb://ann:s3@cret@x",
        "mongodb://x/?w=-5",
    ] {
        match open(uri, "master_db") {
            Err(Error::StoreUnusable(text)) => assert!(!text.contains("s3"), "{text}"),
            other => panic!("{uri}: {other:?}"),
        }
    }
    for database in ["", "a.b", "a b", "admin", "a$b", "a/b", &"x".repeat(64)] {
        assert!(matches!(open("mongodb://x", database), Err(Error::StoreUnusable(_))), "{database:?}");
    }
}
