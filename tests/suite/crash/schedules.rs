//! Schedules that broke drafts of the protocol, each by its number; 5 to 7 and 10 are in `schedules_of_names`, 12 in
//! `moved`, 14 in `looks`, 16 in `first_operator`. E is the executor of an operation, R who recovers it, N the next
//! owner of a name, T a tenant's own application, which inserts by name.

use super::operation::{Operation, place_of};
use super::{CHECKING, Ground, IGNORING};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use async_trait::async_trait;
use mongodb::bson::{RawDocumentBuf, doc, rawdoc};
use std::sync::Arc;
use tenantry::domain::{AuditAction, CollectionMetadata};
use tenantry::port::{Archives, Doctor, DocumentBatches, Error, Result};
use tenantry::store::mongo::MongoStore;

/// 1. E deletes and pauses before it moves the collection, R finishes, N creates the same name: N's collection lives.
/// Likewise with two who recover, and with T instead of N.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s01_late_delete_keeps_the_next_collection() {
    for switches in [CHECKING, IGNORING] {
        let ground = Ground::with(switches).await;
        for (recoverers, tenant) in [(1, false), (2, false), (1, true), (2, true)] {
            let when = format!("{recoverers} recover, a tenant: {tenant}, {switches:?}");
            let (second, late) = ground.recoverer().await;
            let (_, next) = ground
                .late_on(Operation::Delete, "renameCollection", async || {
                    let mut recovering = None;
                    if recoverers == 2 {
                        second.on("renameCollection", 1, Act::Hold);
                        recovering = Some(ground.recovers(late).await);
                        second.held().await;
                    }
                    ground.recover().await;
                    assert!(by_name(&*ground.plain, "Acme").await.is_none(), "{when}: R finished");
                    let next = if tenant { None } else { Some(ground.next_owner("Acme").await) };
                    if tenant {
                        ground.tenant_writes("org_acme").await;
                    }
                    second.release();
                    if let Some(recovering) = recovering {
                        recovering.await.unwrap().unwrap();
                    }
                    next
                })
                .await;
            if let Some(next) = next {
                ground.assert_next(&next, &when).await;
            } else {
                assert_eq!(ground.ids("org_acme").await, ["of a tenant"], "{when}");
            }
            ground.assert_in_trash(&when).await;
            ground.database.assert_true_to_each_other(&when).await;
        }
    }
}

/// 1, and the deleted organization is restored under another name, so that the target of E's move is free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s01_late_delete_keeps_the_next_collection_with_an_empty_trash() {
    let ground = Ground::new().await;
    let (_, next) = ground
        .late_on(Operation::Delete, "renameCollection", async || {
            ground.recover().await;
            let deleted = ground.assert_in_trash("R finished").await;
            restore_as(&*ground.plain, &deleted, "Zephyr", "ann@x", None).await.unwrap();
            ground.next_owner("Acme").await
        })
        .await;
    ground.assert_next(&next, "after the late one").await;
    ground.assert_there("Zephyr", "org_zephyr", "after the late one").await;
    ground.database.assert_sound("after the late one").await;
}

/// 2. E creates and pauses, R finishes it or rolls it back, N reserves the name, E and N continue: the name has one
/// owner, and nothing blocks it afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s02_a_late_create_and_the_next_have_one_owner() {
    let ground = Ground::new().await;
    let commands = Operation::Create.commands(&ground).await;
    for number in 2..=commands {
        for next_waits in [false, true] {
            let when = format!("late at {number}, the next waits before it places: {next_waits}");
            Operation::Create.prepare(&ground).await;
            let store = ground.process().await;
            let (second, next) = ground.recoverer().await;
            ground.proxy.at(number, Act::Hold);
            let (_, ()) = tokio::join!(Operation::Create.run(&*store, &ground), async {
                ground.proxy.held().await;
                ground.recover().await;
                if next_waits {
                    second.on("renameCollection", 1, Act::Hold);
                }
                let creating = tokio::spawn(async move { create(&*next, "Acme", "next@x").await });
                while !(creating.is_finished() || next_waits && second.is_holding()) {
                    tokio::task::yield_now().await;
                }
                ground.proxy.release_and_settle().await;
                second.release();
                // Placed already, R finished what E had begun: then the name is its.
                let _ = creating.await.unwrap();
            });
            ground.proxy.quiet().await;
            ground.recover().await;
            ground.database.assert_true_to_each_other(&when).await;
            let owner = ground.the_one().await;
            assert_eq!(owner.name, "Acme", "{when}");
            delete(&*ground.plain, &owner).await.unwrap();
            let again = create(&*ground.plain, "Acme", &owner.admin_email).await;
            assert!(again.is_ok(), "{when}: {again:?}");
        }
    }
}

/// 2, with a place that was taken: R is about to drop what E's late placing then moves in. R finds that out by its drop,
/// and finishes the create.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s02_rollback_that_finds_the_collection_placed_goes_forward() {
    let ground = Ground::new().await;
    let (_, ()) = ground
        .late_on(Operation::Create, "renameCollection", async || {
            ground.tenant_writes("org_acme").await;
            let (second, recoverer) = ground.recoverer().await;
            second.on("drop", 1, Act::Hold);
            let recovering = ground.recovers(recoverer).await;
            second.held().await;
            ground.all("org_acme").drop().await.unwrap();
            ground.proxy.release_and_settle().await;
            second.release();
            recovering.await.unwrap().unwrap();
        })
        .await;
    assert!(Operation::Create.assert_whole(&ground, "after both").await, "R has finished it");
}

/// 3. T inserts into the collection of a name between any two steps of its create: refused, or kept; never marked, dropped
/// or lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s03_writes_of_a_tenant_during_a_create_are_kept() {
    let ground = Ground::new().await;
    Operation::Create.commands(&ground).await;
    let calls = ground.proxy.calls();
    let placing = calls.iter().find(|call| call.command == "renameCollection").unwrap().number;
    for number in 1..=calls.len() {
        Operation::Create.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.at(number, Act::Hold);
        let (answer, ()) = tokio::join!(Operation::Create.run(&*store, &ground), async {
            ground.proxy.held().await;
            ground.tenant_writes("org_acme").await;
            ground.proxy.release();
        });
        let ids = ground.ids("org_acme").await;
        if number > placing {
            assert_eq!(answer, Ok(()), "{number}");
            assert_eq!(ids, ["_tenantry", "of a tenant"], "{number}");
        } else {
            assert_eq!(answer, Err(Error::CollectionExists("org_acme".into())), "{number}");
            assert_eq!(ids, ["of a tenant"], "{number}: never marked");
            assert!(ground.database.all("organizations").await.is_empty(), "{number}");
        }
    }
}

/// 4. E renames x to y and pauses before it moves the collection, R finishes, N takes x: N's stays, also when y is free
/// again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s04_late_move_affects_no_other_collection() {
    let ground = Ground::new().await;
    for goes_on in [false, true] {
        let when = format!("renamed once more: {goes_on}");
        let (_, next) = ground
            .late_on(Operation::Rename, "renameCollection", async || {
                ground.recover().await;
                let zephyr = by_name(&*ground.plain, "Zephyr").await.unwrap();
                if goes_on {
                    update(&*ground.plain, &zephyr, &to_name("Third")).await.unwrap();
                }
                ground.next_owner("Acme").await
            })
            .await;
        ground.assert_next(&next, &when).await;
        let (name, collection) = if goes_on { ("Third", "org_third") } else { ("Zephyr", "org_zephyr") };
        ground.assert_there(name, collection, &when).await;
        ground.database.assert_sound(&when).await;
    }
}

/// 4, and the organization is renamed back to x: its collection is at y, and the next operation or the doctor renames
/// it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s04_collection_taken_by_a_late_move_is_renamed_back() {
    let ground = Ground::new().await;
    for by_doctor in [true, false] {
        let when = format!("by the doctor: {by_doctor}");
        let _ = ground
            .late_on(Operation::Rename, "renameCollection", async || {
                ground.recover().await;
                let zephyr = by_name(&*ground.plain, "Zephyr").await.unwrap();
                update(&*ground.plain, &zephyr, &to_name("Acme")).await.unwrap();
            })
            .await;
        ground.database.assert_kept("org_zephyr", &when).await;
        let acme = by_name(&*ground.plain, "Acme").await.unwrap();
        if by_doctor {
            ground.database.repair(&when).await;
            ground.assert_there("Acme", "org_acme", &when).await;
        } else {
            update(&*ground.plain, &acme, &to_name("Third")).await.unwrap();
            ground.assert_there("Third", "org_third", &when).await;
        }
        ground.database.assert_sound(&when).await;
    }
}

/// 8. A take-over computed from an old read meets a process that continued: that process keeps the operation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s08_take_over_with_an_old_read_stops() {
    let ground = Ground::new().await;
    Operation::Rename.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.on("renameCollection", 1, Act::Hold);
    let (second, recoverer): (Proxy, Arc<MongoStore>) = ground.recoverer().await;
    let (answer, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
        ground.proxy.held().await;
        second.on("findAndModify", 1, Act::Hold);
        let recovering = ground.recovers(recoverer).await;
        second.held().await;
        ground.proxy.release();
        // The executor's next write raises the epoch.
        while ground.the_one().await.state.has_operation() {
            tokio::task::yield_now().await;
        }
        second.release();
        recovering.await.unwrap().unwrap();
    });
    answer.unwrap();
    assert!(Operation::Rename.assert_whole(&ground, "after both").await);
}

/// 9. E renames x to y and is answered that the collection is not at x, because R has moved it; another operation moves it
/// to z. E finds it at z, and stops at its write instead of moving it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s09_overtaken_process_moves_nothing() {
    let ground = Ground::new().await;
    let (answer, ()) = ground
        .late_on(Operation::Rename, "renameCollection", async || {
            ground.recover().await;
            let zephyr = by_name(&*ground.plain, "Zephyr").await.unwrap();
            update(&*ground.plain, &zephyr, &to_name("Third")).await.unwrap();
        })
        .await;
    assert!(answer.is_err(), "{answer:?}");
    ground.assert_there("Third", "org_third", "after E").await;
    ground.database.assert_sound("after E").await;
}

/// 11. E restores from the trash and pauses before it moves the collection, R finishes, the organization is deleted
/// again: the source of E's move is empty.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_a_late_restore_finds_nothing_in_the_trash() {
    let ground = Ground::new().await;
    let (answer, ()) = ground
        .late_on(Operation::Restore, "renameCollection", async || {
            ground.recover().await;
            let acme = by_name(&*ground.plain, "Acme").await.unwrap();
            delete(&*ground.plain, &acme).await.unwrap();
        })
        .await;
    assert!(answer.is_err(), "{answer:?}");
    ground.assert_in_trash("after E").await;
    ground.database.assert_sound("after E").await;
}

/// 13. A writes B's id into its own marker, B's collection is gone, and a late command brings A's to B's name: no
/// operation of B takes it, and A gets it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s13_forged_marker_leads_to_no_other_collection() {
    let ground = Ground::new().await;
    for what in ["rename", "delete", "purge", "doctor"] {
        ground.clear().await;
        let acme = ground.acme().await;
        let borg = create(&*ground.plain, "Borg", "bob@x").await.unwrap();
        let records = ground.database.all("organizations").await;
        let b = records.iter().find(|record| record.get_str("name_key").unwrap() == "borg").unwrap();
        let forged = doc! {"$set": {"organization_id": b.get("_id")}};
        ground.all("org_acme").update_one(doc! {"_id": "_tenantry"}, forged).await.unwrap();
        ground.all("org_borg").drop().await.unwrap();
        ground.database.move_collection("org_acme", "org_borg").await;
        match what {
            "rename" => {
                let answer = update(&*ground.plain, &borg, &to_name("Third")).await;
                assert_eq!(answer, Err(Error::CollectionMissing("org_borg".into())));
            }
            "delete" => {
                let deleted = delete(&*ground.plain, &borg).await.unwrap();
                assert_eq!(deleted.collection_left.as_deref(), Some("org_borg"));
                assert_eq!(deleted.organization.collection, None);
            }
            "purge" => {
                let purged = purge(&*ground.plain, &borg).await.unwrap();
                assert_eq!(purged.collection_left.as_deref(), Some("org_borg"));
            }
            _ => {
                for finding in ground.database.findings().await {
                    let audit = entry(AuditAction::Repair, at(900));
                    let _ = ground.plain.repair(&finding, audit).await.unwrap();
                }
            }
        }
        assert_eq!(ground.count("kept").await, 1, "{what}");
        let acme = by_id(&*ground.plain, acme.id).await.unwrap();
        let renamed = update(&*ground.plain, &acme, &to_name("Zephyr")).await.unwrap();
        assert_eq!(place_of(&renamed), "org_zephyr", "{what}");
        ground.database.assert_kept("org_zephyr", what).await;
    }
}

/// The batches of an import; before the second one another process takes over.
struct Overtaken<'a> {
    ground: &'a Ground,
    given: usize,
    is_late_at_work: bool,
}

#[async_trait]
impl DocumentBatches for Overtaken<'_> {
    async fn next(&mut self) -> Result<Option<Vec<RawDocumentBuf>>> {
        self.given += 1;
        if self.given == 2 && !self.is_late_at_work {
            self.ground.recover().await;
        }
        let id = i32::try_from(self.given).unwrap();
        Ok((self.given <= 2).then(|| vec![rawdoc! {"_id": id}]))
    }
}

/// 15. An import is taken over between two batches, or while one is on its way: it inserts nothing more, and no collection
/// appears.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s15_late_batch_of_an_import_creates_no_collection() {
    let ground = Ground::new().await;
    for is_late_at_work in [false, true] {
        let when = format!("a batch is on its way: {is_late_at_work}");
        ground.clear().await;
        let store = ground.database.store_at(ground.proxy.uri(), LEASE);
        let mut batches = Overtaken { ground: &ground, given: 0, is_late_at_work };
        ground.proxy.reset();
        // The marker, the first batch, the second one.
        let mut inserts = 0;
        ground.proxy.rule(move |call| {
            let is_insert = call.label() == "insert new_";
            inserts += usize::from(is_insert);
            if is_insert && inserts == 3 && is_late_at_work { Act::Hold } else { Act::Pass }
        });
        let new = new_organization("Acme", "ann@x");
        let audit = entry_of(AuditAction::OrganizationCreate, at(1), new.id, "Acme");
        let nothing_else = CollectionMetadata::default();
        let (answer, ()) =
            tokio::join!(store.import_organization(&new, &nothing_else, &mut batches, audit), async {
                if is_late_at_work {
                    ground.proxy.held().await;
                    ground.recover().await;
                    ground.proxy.release();
                }
            });
        assert!(answer.is_err(), "{when}: {answer:?}");
        ground.proxy.release_and_settle().await;
        assert_eq!(ground.database.collections_with_uuids().await.len(), 0, "{when}");
        ground.database.assert_sound(&when).await;
        create(&*ground.plain, "Acme", "ann@x").await.unwrap();
    }
}
