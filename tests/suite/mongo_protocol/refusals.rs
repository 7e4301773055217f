//! Certain refusals of a real server: nothing was done, and the error says why.

use super::op::{Op, prepare};
use super::{ENCRYPTED, EXPIRED, Wire};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use mongodb::bson::doc;
use std::time::Duration;
use tenantry::domain::{Problem, State};
use tenantry::port::{Doctor, Error};

/// The everyday case: the tenant's application builds an index.
const INDEX_BUILD: i32 = 12_587;

/// Codes with which a server refuses a rename before it does anything, and their errors.
const REFUSALS: [(i32, &str); 17] = [
    (INDEX_BUILD, "busy"),
    (ENCRYPTED, "store_unusable"),
    (117, "busy"),
    (46, "busy"),
    (215, "busy"),
    (319, "busy"),
    (338, "busy"),
    (166, "store_unusable"),
    (125, "store_unusable"),
    (207, "store_unusable"),
    (371, "store_unusable"),
    (115, "store_unusable"),
    (238, "store_unusable"),
    (263, "store_unusable"),
    (8_000, "store_unusable"),
    (322, "store_unusable"),
    (323, "store_unusable"),
];

fn refuses_moves(code: i32) -> impl FnMut(&Call) -> Act + Send + 'static {
    move |call| if call.command == "renameCollection" { Act::Refuse(code) } else { Act::Pass }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_move_is_rolled_back_with_its_reason() {
    for (op, codes) in
        [(Op::Rename, &REFUSALS[..]), (Op::Create, &REFUSALS[..2]), (Op::Delete, &REFUSALS[..2])]
    {
        for &(code, told_as) in codes {
            let prepared = prepare(op).await;
            let before = prepared.everything().await;
            prepared.wire.proxy.rule(refuses_moves(code));
            let error = prepared.send().await.unwrap_err();
            let when = format!("{op:?} refused with {code}: {error:?}");
            assert_eq!((error.code(), error.retryable()), (told_as, told_as == "busy"), "{when}");
            assert!(error.to_string().contains(char::is_alphabetic), "{when}");
            assert_eq!(prepared.everything().await, before, "{when}");
            if op != Op::Create {
                assert_eq!(prepared.wire.state(prepared.id()).await, State::Active, "{when}");
            }
        }
    }
}

/// The codes that a router answers where a stray of another shard or a view has the target's name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rename_to_an_existing_name_is_collection_exists() {
    for code in [125, 166, 207] {
        let (wire, acme, _) = Wire::with_acme().await;
        let view = doc! {"create": "org_zephyr", "viewOn": "org_acme", "pipeline": []};
        wire.database.direct.run_command(view).await.unwrap();
        wire.proxy.rule(refuses_moves(code));
        let answer = update(&*wire.store, &acme, &to_name("Zephyr")).await;
        assert_eq!(answer, Err(Error::CollectionExists("org_zephyr".into())), "{code}");
        assert_eq!(wire.state(acme.id).await, State::Active);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_cannot_be_moved_is_purged_in_place() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.rule(refuses_moves(ENCRYPTED));
    let refused = delete(&*wire.store, &acme).await.unwrap_err();
    assert!(refused.to_string().contains("IllegalOperation"), "{refused}");
    wire.assert_untouched(&acme, "refused").await;
    let acme = by_id(&*wire.plain, acme.id).await.unwrap();
    purge(&*wire.store, &acme).await.unwrap();
    wire.proxy.reset();
    assert!(wire.collections().await.is_empty());
    assert!(wire.record(acme.id).await.is_none());
}

/// It never returns to the trash: an earlier drop may still arrive. The doctor reports the server's reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_drop_leaves_purging_and_does_not_stop_others() {
    let wire = Wire::new().await;
    let stuck = in_trash(&*wire.plain, "Acme", "ann@x").await;
    let other = in_trash(&*wire.plain, "Zephyr", "zoe@x").await;
    wire.proxy.on("drop", 1, Act::Refuse(ENCRYPTED));
    let refused = purge(&*wire.store, &stuck).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused { reason, .. } if reason.contains("IllegalOperation")));
    assert!(refused.retryable() && refused.code() == "unavailable");
    wire.proxy.from("drop", Act::Cut);
    purge(&*wire.store, &other).await.unwrap_err();
    assert_eq!([wire.state(stuck.id).await, wire.state(other.id).await], [State::Purging; 2]);
    let own = format!("tenantry_trash_{}", stuck.id);
    let recoverer = wire.another(LEASE).await;
    for id in [stuck.id, other.id] {
        wire.age(id).await;
    }
    wire.proxy.rule(move |call| {
        if call.command == "drop" && call.target.starts_with(&own) {
            Act::Refuse(ENCRYPTED)
        } else {
            Act::Pass
        }
    });
    assert_eq!(recoverer.recover().await, Ok(2));
    assert_eq!(wire.state(stuck.id).await, State::Purging);
    assert!(wire.record(other.id).await.is_none(), "the next one is ended");
    wire.age(stuck.id).await;
    let report = recoverer.check(&tokio::sync::watch::Sender::default()).await.unwrap();
    let told = report.findings.iter().find(|finding| finding.organization_id == Some(stuck.id)).unwrap();
    let Problem::Silent { state: State::Purging, refusal: Some(reason) } = &told.problem else {
        panic!("{told:?}")
    };
    assert!(reason.contains("IllegalOperation"), "{reason}");
    wire.recover().await;
    assert!(wire.record(stuck.id).await.is_none());
    wire.assert_clean("once the server does it").await;
}

/// A long transaction of the tenant: its own reads and writes queue up behind each attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn move_over_its_time_limit_is_retried_then_rolled_back() {
    let (wire, acme, _) = Wire::with_acme().await;
    let store = wire.another(Duration::from_secs(2)).await;
    wire.proxy.rule(refuses_moves(EXPIRED));
    let refused = update(&*store, &acme, &to_name("Zephyr")).await.unwrap_err();
    assert_eq!((refused.code(), refused.open_operation()), ("busy", None), "{refused}");
    let tries: Vec<i64> = wire
        .proxy
        .calls()
        .iter()
        .filter(|call| call.command == "renameCollection")
        .map(|call| call.body.get_i64("maxTimeMS").unwrap())
        .collect();
    assert!((3..=8).contains(&tries.len()), "{tries:?}");
    assert!(tries.iter().all(|limit| *limit <= 1_000), "half of what is left: {tries:?}");
    wire.assert_untouched(&acme, "taken back").await;
    // Behind a transaction that ends in between it moves.
    let acme = by_id(&*wire.plain, acme.id).await.unwrap();
    wire.proxy.on("renameCollection", 1, Act::Refuse(EXPIRED));
    assert_eq!(update(&*store, &acme, &to_name("Zephyr")).await.unwrap().name, "Zephyr");
}

/// On a router a rename continues after its time limit; a conflict with it proves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn router_gives_no_clear_answer_after_an_own_rename() {
    for code in [46, 117] {
        let (wire, acme, _) = Wire::with_acme().await;
        wire.proxy.rule(|call| match call.command.as_str() {
            "hello" => Act::Alter(|answer| drop(answer.insert("msg", "isdbgrid"))),
            _ => Act::Pass,
        });
        let store = wire.database.store_at(&super::never_twice(&wire.proxy), LEASE);
        tenantry::port::Store::warnings(&*store).await.unwrap();
        tenantry::port::Store::store_id(&*store).await.unwrap();
        wire.proxy.reset();
        wire.proxy.rule(move |call| match (call.command.as_str(), call.occurrence) {
            ("renameCollection", 1) => Act::Refuse(EXPIRED),
            ("renameCollection", 2) => Act::Refuse(code),
            _ => Act::Pass,
        });
        assert_eq!(update(&*store, &acme, &to_name("Zephyr")).await.unwrap().name, "Zephyr", "{code}");
    }
}
