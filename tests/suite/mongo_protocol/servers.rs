//! Versions and abilities of servers, and the meaning of their errors. The proxy answers like other servers.

use super::{LEASE, Wire, never_twice};
use crate::common::mongo::{TestDatabase, with_options};
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenantry::domain::State;
use tenantry::port::{Doctor, Error, Lookup, Organizations, Result, Store};
use tenantry::store::mongo::MongoStore;

/// An initialized store behind a proxy, not opened yet.
struct Unopened {
    database: TestDatabase,
    proxy: Proxy,
}

impl Unopened {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        initialize(&*database.store()).await;
        let proxy = Proxy::start(&database.uri).await;
        Self { database, proxy }
    }

    fn store(&self) -> Arc<MongoStore> {
        self.store_with("")
    }

    fn store_with(&self, options: &str) -> Arc<MongoStore> {
        let uri = never_twice(&self.proxy);
        let uri = if options.is_empty() { uri } else { with_options(&uri, options) };
        self.database.store_at(&uri, LEASE)
    }

    /// The answer to the probe of a new process.
    async fn probed(&self, answer: Document) -> Result<Vec<String>> {
        self.proxy.rule(
            move |call| {
                if call.label() == "drop probe_" { Act::Answer(answer.clone()) } else { Act::Pass }
            },
        );
        self.store().warnings().await
    }
}

fn unusable<T: std::fmt::Debug>(answer: Result<T>) -> String {
    match answer {
        Err(Error::StoreUnusable(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn error(code: i32, name: &str) -> Document {
    doc! {"ok": 0.0, "errmsg": "said by the proxy", "code": code, "codeName": name}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probe_detects_uuid_checks() {
    let unopened = Unopened::new().await;
    let checks = unopened.probed(error(361, "CollectionUUIDMismatch")).await;
    assert_eq!(checks, Ok(Vec::new()));
    for ignores in [error(26, "NamespaceNotFound"), doc! {"ok": 1.0}] {
        let warned = unopened.probed(ignores.clone()).await.unwrap();
        assert!(warned.len() == 1 && warned[0].contains("UUIDs"), "{ignores}: {warned:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_that_refuses_the_probe_is_unusable_with_its_reason() {
    let unopened = Unopened::new().await;
    for (code, name, told) in [
        (72, "InvalidOptions", "setFeatureCompatibilityVersion"),
        (13, "Unauthorized", "renameCollectionSameDB"),
        (59, "CommandNotFound", "CommandNotFound"),
        (115, "CommandNotSupported", "CommandNotSupported"),
        (238, "NotImplemented", "NotImplemented"),
        (8_000, "AtlasError", "AtlasError"),
        (40_415, "UnknownField", "UnknownField"),
        (96, "OperationFailed", "OperationFailed"),
        // The server's name for an error is only shown if it is a single word.
        (9_999_999, "\u{1b}]52;c;x\u{7}", "9999999"),
    ] {
        let text = unusable(unopened.probed(error(code, name)).await);
        assert!(text.contains(told) && !text.contains('\u{1b}'), "{code}: {text}");
        let store = unopened.store();
        let text = unusable(create(&*store, "Acme", "ann@x").await);
        assert!(text.contains(told), "{code}: {text}");
        assert_eq!(unopened.database.all("organizations").await.len(), 0, "{code}: nothing was written");
    }
    // What passes by itself says nothing of the server.
    let moving = unopened.probed(error(189, "PrimarySteppedDown")).await;
    assert!(matches!(moving, Err(Error::Unavailable { operation: None, .. })), "{moving:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_without_version_or_time_is_refused() {
    let unopened = Unopened::new().await;
    let opened = async |change: fn(&mut Document)| {
        unopened.proxy.rule(move |call| if call.command == "hello" { Act::Alter(change) } else { Act::Pass });
        unopened.store().store_id().await
    };
    for change in [
        (|_| {}) as fn(&mut Document),
        |hello| drop(hello.insert("localTime", 1_700_000_000_123_i64)),
        |hello| drop(hello.insert("localTime", 1_700_000_000_123.0)),
        |hello| drop(hello.insert("localTime", 1_700_000)),
    ] {
        opened(change).await.unwrap().unwrap();
    }
    for change in [(|hello| drop(hello.remove("localTime"))) as fn(&mut Document), |hello| {
        drop(hello.insert("localTime", "now"));
    }] {
        let text = unusable(opened(change).await);
        assert!(text.contains("localTime"), "{text}");
    }
    let text = unusable(opened(|hello| drop(hello.insert("maxWireVersion", 13))).await);
    assert!(text.contains("6.0"), "{text}");
}

/// As a stock `DocumentDB` does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_work_with_a_numeric_server_time() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 2, Act::Cut);
    update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap_err();
    let as_number = |answer: &mut Document| {
        let time = answer.get_datetime("localTime").unwrap().timestamp_millis();
        answer.insert("localTime", time);
    };
    wire.proxy.reset();
    wire.proxy.rule(move |call| if call.command == "hello" { Act::Alter(as_number) } else { Act::Pass });
    assert_eq!(wire.store.recover().await, Ok(0), "it is running");
    assert_eq!(wire.state(acme.id).await, State::Renaming);
    wire.age(acme.id).await;
    assert_eq!(wire.store.recover().await, Ok(1));
    wire.assert_untouched(&acme, "recovered").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn direct_connection_to_a_secondary_is_reported() {
    let unopened = Unopened::new().await;
    unopened.proxy.rule(|call| match call.command.as_str() {
        "hello" => Act::Alter(|hello| {
            hello.extend(doc! {"isWritablePrimary": false, "secondary": true, "setName": "rs7"});
        }),
        _ => Act::Pass,
    });
    let store = unopened.store();
    for answer in [store.store_id().await.map(drop), create(&*store, "Acme", "ann@x").await.map(drop)] {
        let text = unusable(answer);
        assert!(text.contains("directConnection") && text.contains("rs7"), "{text}");
    }
}

/// Codes after which a command may have been done all the same.
const OPEN: [i32; 9] = [13_436, 10_058, 202, 133, 216, 384, 1, 11_600, 91];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_certain_refusals_count_as_not_done() {
    for code in OPEN {
        let (wire, acme, _) = Wire::with_acme().await;
        // The write was done although this code came.
        wire.proxy.rule(move |call| match call.label().as_str() {
            "findAndModify organizations" if call.occurrence == 1 => Act::Refuse(code),
            _ => Act::Pass,
        });
        let error = update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap_err();
        assert!(error.open_operation().is_some() && error.retryable(), "{code}: {error:?}");
        assert_eq!(wire.labels().len(), 2, "{code}: nothing more is sent");
        // A read.
        wire.proxy.rule(move |call| if call.command == "find" { Act::Refuse(code) } else { Act::Pass });
        let error = wire.store.find(&Lookup::Id(acme.id)).await.unwrap_err();
        let host = wire.store.place().host.clone();
        assert_eq!(error, Error::Unavailable { place: host, operation: None }, "{code}");
    }
    // A conflict was surely not done, and is worth another try.
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 1, Act::Refuse(112));
    let error = update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap_err();
    assert_eq!((error.code(), error.open_operation()), ("unavailable", None));
}

/// A label says more than the code: the driver would send it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_with_a_retryable_label_is_not_certain() {
    let (wire, acme, _) = Wire::with_acme().await;
    let mut labelled = error(13, "Unauthorized");
    labelled.insert("errorLabels", vec!["RetryableWriteError"]);
    wire.proxy.on("findAndModify", 1, Act::Answer(labelled));
    let error = update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap_err();
    assert!(error.open_operation().is_some(), "{error:?}");
}

/// A gateway whose backend starts up answers in the middle of signing in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_refused_password_is_reported_as_one() {
    let unopened = Unopened::new().await;
    let (scheme, rest) = unopened.proxy.uri().split_once("://").unwrap();
    let uri = format!("{scheme}://ann:s3cret@{rest}");
    let uri = with_options(&uri, "authMechanism=SCRAM-SHA-256&serverSelectionTimeoutMS=1000");
    for (act, is_refused) in [
        (Act::Answer(error(18, "AuthenticationFailed")), true),
        (Act::Answer(error(1, "InternalError")), false),
        (Act::Answer(error(11_600, "InterruptedAtShutdown")), false),
        (Act::Cut, false),
    ] {
        let played = act.clone();
        unopened.proxy.rule(
            move |call| {
                if call.command.starts_with("sasl") { played.clone() } else { Act::Pass }
            },
        );
        let answer = unopened.database.store_at(&uri, LEASE).store_id().await;
        match answer {
            Err(Error::StoreUnusable(text)) => {
                assert!(
                    is_refused && text.contains("password") && !text.contains("s3cret"),
                    "{act:?}: {text}"
                );
            }
            Err(Error::Unavailable { operation: None, .. }) => assert!(!is_refused, "{act:?}"),
            other => panic!("{act:?}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connection_is_unavailable() {
    let (wire, acme, _) = Wire::with_acme().await;
    let gone = Err(Error::Unavailable { place: wire.store.place().host.clone(), operation: None });
    for act in [Act::Cut, Act::DropReply, Act::HalfClose] {
        wire.proxy.on("find", 1, act.clone());
        assert_eq!(wire.store.find(&Lookup::Id(acme.id)).await, gone, "{act:?}");
    }
}

/// The protocol sets the concerns of its reads and writes; the URI may only set the waiting time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uri_only_changes_the_waiting_time() {
    let unopened = Unopened::new().await;
    let store = unopened.store_with(
        "readConcernLevel=linearizable&w=1&journal=false&wtimeoutMS=4321&readPreference=secondary",
    );
    store.warnings().await.unwrap();
    create(&*store, "Acme", "ann@x").await.unwrap();
    by_name(&*store, "Acme").await.unwrap();
    let (mut reads, mut writes) = (0, 0);
    for call in unopened.proxy.calls() {
        if ["find", "aggregate"].contains(&call.command.as_str()) {
            let level =
                call.body.get_document("readConcern").ok().and_then(|concern| concern.get_str("level").ok());
            assert_eq!(level, Some("local"), "{call:?}");
            reads += 1;
        }
        if ["insert", "update", "findAndModify"].contains(&call.command.as_str()) {
            let concern = call.body.get_document("writeConcern").unwrap();
            let waits = concern.get("wtimeout").map(ToString::to_string);
            assert_eq!(waits.as_deref(), Some("4321"), "{call:?}");
            assert_eq!(concern.get("w"), Some(&Bson::from("majority")), "{call:?}");
            writes += 1;
        }
    }
    assert!(reads >= 2 && writes >= 5, "{reads} {writes}");
    // No server: the first command waits for one as long as the URI says. Without that, a refusal is answered at once.
    unopened.proxy.close();
    let began = Instant::now();
    let answer = unopened.store_with("serverSelectionTimeoutMS=600").store_id().await;
    assert!(matches!(answer, Err(Error::Unavailable { .. })), "{answer:?}");
    assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_privilege_is_reported_with_the_needed_actions() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("renameCollection", 1, Act::Refuse(13));
    let text = unusable(update(&*wire.store, &acme, &to_name("Zephyr")).await);
    assert!(text.contains("renameCollectionSameDB") && text.contains("dropCollection"), "{text}");
    wire.proxy.rule(|call| if call.command == "find" { Act::Refuse(13) } else { Act::Pass });
    let text = unusable(wire.store.find(&Lookup::Id(acme.id)).await);
    assert!(text.contains("renameCollectionSameDB"), "{text}");
}

/// A process with a short lease does not take over what another one has for long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lease_length_belongs_to_the_operation() {
    let (wire, acme, _) = Wire::with_acme().await;
    let short = wire.another(Duration::from_secs(2)).await;
    let long = Arc::clone(&wire.store);
    for (began, met, seconds_ago, is_over) in
        [(&long, &short, 20, false), (&long, &short, 40, true), (&short, &long, 5, true)]
    {
        // Stopped at its second write.
        wire.proxy.on("findAndModify", 2, Act::Cut);
        let current = by_id(&*wire.plain, acme.id).await.unwrap();
        update(&**began, &current, &to_name("Zephyr")).await.unwrap_err();
        wire.proxy.reset();
        let record = wire.record(acme.id).await.unwrap();
        let touched = record.get_datetime("touched_at").unwrap().timestamp_millis();
        let before = DateTime::from_millis(touched - seconds_ago * 1_000);
        wire.set(acme.id, doc! {"$set": {"touched_at": before}}).await;
        assert_eq!(met.recover().await, Ok(usize::from(is_over)), "{seconds_ago} s");
        assert_eq!(wire.state(acme.id).await == State::Active, is_over, "{seconds_ago} s");
        wire.recover().await;
    }
}
