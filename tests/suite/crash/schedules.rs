//! Schedules that broke earlier drafts of the protocol, each by its number; the one about operators has a file of its own.
//! E is the executor of an operation, R who recovers it, N the next owner of a name, T a tenant's own application, which
//! inserts by name.

use super::others::meet;
use super::steps::Operation;
use super::{Ground, PLAIN, Switches, settle};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use std::sync::Arc;
use tenantry::domain::State;
use tenantry::service::Error;
use tenantry::service::store::Store;
use tenantry::store::mongo::MongoStore;

/// 1. E deletes and pauses before it moves the collection out, R finishes, N creates the same name: N's collection
/// lives. Likewise with two who recover, and with T instead of N.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s01_a_late_delete_leaves_the_next_collection() {
    for checks_uuids in [false, true] {
        let ground = Ground::with(Switches { checks_uuids, ..PLAIN }).await;
        for (recoverers, tenant) in [(1, false), (2, false), (1, true), (2, true)] {
            let when = format!("{recoverers} recover, a tenant: {tenant}, UUIDs: {checks_uuids}");
            Operation::Delete.prepare(&ground).await;
            let store = ground.process().await;
            let (second, late) = ground.recoverer().await;
            ground.proxy.on("renameCollection", 1, Act::Hold);
            let (_, ()) = tokio::join!(Operation::Delete.run(&*store, &ground), async {
                ground.proxy.held().await;
                let mut recovering = None;
                if recoverers == 2 {
                    ground.leases_end().await;
                    second.on("renameCollection", 1, Act::Hold);
                    recovering = Some(tokio::spawn(meet(late, "acme")));
                    second.held().await;
                }
                ground.another_opens().await;
                assert!(by_name(&*ground.plain, "Acme").await.is_none(), "{when}: R finished");
                let next = if tenant { None } else { Some(ground.next_owner("Acme").await) };
                if tenant {
                    ground.tenant_writes("org_acme").await;
                }
                second.release();
                if let Some(recovering) = recovering {
                    recovering.await.unwrap();
                }
                ground.proxy.release();
                settle().await;
                if let Some(next) = next {
                    ground.assert_next(&next, &when).await;
                }
            });
            settle().await;
            if tenant {
                assert_eq!(ground.ids("org_acme").await, ["of a tenant"], "{when}");
            }
            ground.database.assert_true_to_each_other(&when).await;
        }
    }
}

/// 1, with E dead: its move is still on its way, so N gets a collection under another name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s01_the_move_of_a_dead_executor_leaves_the_next_collection() {
    let ground = Ground::new().await;
    ground.dies_moving_out().await;
    ground.another_opens().await;
    let next = ground.next_owner("Acme").await;
    ground.proxy.release();
    settle().await;
    ground.assert_next(&next, "after the late one").await;
    assert!(next.collection_name().starts_with("org_acme__"), "{}", next.collection_name());
    ground.database.assert_sound("after the late one").await;
}

/// 2. E creates and pauses, R takes it back, N reserves the name, E goes on and N goes on: one owner, whose name nothing
/// blocks afterwards.
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
                ground.another_opens().await;
                if next_waits {
                    second.on("renameCollection", 1, Act::Hold);
                }
                let creating = tokio::spawn(async move { create(&*next, "Acme", "next@x").await });
                while !(creating.is_finished() || next_waits && second.is_holding()) {
                    tokio::task::yield_now().await;
                }
                ground.proxy.release();
                settle().await;
                second.release();
                // Placed already, R finished what E had begun: then the name is its.
                let _ = creating.await.unwrap();
            });
            settle().await;
            ground.another_opens().await;
            ground.database.assert_true_to_each_other(&when).await;
            let owners = ground.database.all("organizations").await;
            assert_eq!(owners.len(), 1, "{when}: {owners:?}");
            let owner = by_name(&*ground.plain, "Acme").await.unwrap();
            delete(&*ground.plain, &owner).await.unwrap();
            let again = create(&*ground.plain, "Acme", "ann@x").await;
            assert!(again.is_ok(), "{when}: {again:?}");
        }
    }
}

/// 3. T inserts into the collection of a name between any two steps of its create: refused, or kept; never marked,
/// dropped or lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s03_what_a_tenant_writes_during_a_create_is_kept() {
    let ground = Ground::new().await;
    let commands = Operation::Create.commands(&ground).await;
    let mut refused = 0;
    for number in 1..=commands {
        Operation::Create.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.at(number, Act::Hold);
        let (answer, ()) = tokio::join!(create(&*store, "Acme", "ann@x"), async {
            ground.proxy.held().await;
            ground.tenant_writes("org_acme").await;
            ground.proxy.release();
        });
        match answer {
            Ok(_) => {
                assert!(number > 7, "only after it was placed");
                assert_eq!(ground.ids("org_acme").await, ["_tenantry", "of a tenant"], "{number}");
            }
            Err(Error::CollectionExists(name)) => {
                assert_eq!(name, "org_acme");
                assert_eq!(ground.ids("org_acme").await, ["of a tenant"], "{number}: never marked");
                refused += 1;
            }
            other => panic!("{number}: {other:?}"),
        }
    }
    assert_eq!(refused, 7);
}

/// 4. E renames x to y and pauses before it moves the collection, R takes over, and N takes x or the organization is
/// renamed back to x: record and collection agree, N's stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s04_a_late_move_meets_nobody() {
    for checks_uuids in [false, true] {
        let ground = Ground::with(Switches { checks_uuids, ..PLAIN }).await;
        for back in [false, true] {
            let when = format!("renamed back: {back}, UUIDs: {checks_uuids}");
            Operation::Rename.prepare(&ground).await;
            let store = ground.process().await;
            ground.proxy.on("renameCollection", 1, Act::Hold);
            let (_, next) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
                ground.proxy.held().await;
                ground.another_opens().await;
                let zephyr = by_name(&*ground.plain, "Zephyr").await.unwrap();
                let next = if back {
                    update(&*ground.plain, &zephyr, &to_name(&*ground.plain, "Acme")).await.unwrap();
                    None
                } else {
                    Some(ground.next_owner("Acme").await)
                };
                ground.proxy.release();
                settle().await;
                next
            });
            settle().await;
            ground.database.assert_true_to_each_other(&when).await;
            let name = if back { "Acme" } else { "Zephyr" };
            let now = by_name(&*ground.plain, name).await.unwrap();
            ground.database.assert_kept(now.collection_name(), &when).await;
            if let Some(next) = next {
                ground.assert_next(&next, &when).await;
            }
        }
    }
}

/// 5. E pauses before it reserves, R takes the rename back, E reserves all the same: that is dead, and the next one who
/// wants the name gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s05_a_late_reservation_is_dead() {
    let ground = Ground::new().await;
    Operation::Rename.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.on("insert", 1, Act::Hold);
    let (answer, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
        ground.proxy.held().await;
        ground.another_opens().await;
        ground.proxy.release();
    });
    assert!(answer.is_err());
    settle().await;
    let reserved = ground.database.all("reservations").await;
    let late = |key: &&Document| key.get_str("_id").unwrap() == "n:zephyr";
    assert!(reserved.iter().any(|key| late(&key)), "E has reserved: {reserved:?}");
    let zephyr = create(&*ground.plain, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(zephyr.collection_name(), "org_zephyr");
    ground.database.assert_sound("the next has it").await;
}

/// 6. E changes the password and pauses before the account is written, R finishes that, another change is acknowledged:
/// E does not bring its own back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_a_late_password_stays_old() {
    let ground = Ground::new().await;
    Operation::Password.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.on("update", 1, Act::Hold);
    let second = {
        let ground = &ground;
        async move {
            ground.proxy.held().await;
            ground.another_opens().await;
            let acme = by_name(&*ground.plain, "Acme").await.unwrap();
            update(&*ground.plain, &acme, &to_password("third")).await.unwrap();
            ground.proxy.release();
        }
    };
    let (_, ()) = tokio::join!(Operation::Password.run(&*store, &ground), second);
    settle().await;
    let now = by_email(&*ground.plain, "ann@x").await.unwrap();
    assert_eq!(now.password_hash.expose_secret(), hash("third").expose_secret());
    ground.database.assert_sound("after the late one").await;
}

/// 7. Renamed away and back while a command of the first rename is late: the reservations of the second stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s07_there_and_back_again() {
    let ground = Ground::new().await;
    let commands = Operation::Rename.commands(&ground).await;
    for number in 1..=commands {
        let when = format!("late at {number}");
        Operation::Rename.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.at(number, Act::Hold);
        let (_, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
            ground.proxy.held().await;
            ground.another_opens().await;
            let now = if let Some(zephyr) = by_name(&*ground.plain, "Zephyr").await {
                zephyr
            } else {
                let acme = by_name(&*ground.plain, "Acme").await.unwrap();
                update(&*ground.plain, &acme, &to_name(&*ground.plain, "Zephyr")).await.unwrap()
            };
            update(&*ground.plain, &now, &to_name(&*ground.plain, "Acme")).await.unwrap();
            ground.proxy.release();
        });
        settle().await;
        ground.another_opens().await;
        ground.database.assert_true_to_each_other(&when).await;
        let acme = by_name(&*ground.plain, "Acme").await.unwrap_or_else(|| panic!("{when}: renamed again"));
        assert_eq!(acme.state, State::Active, "{when}");
        ground.database.assert_kept(acme.collection_name(), &when).await;
        let other = create(&*ground.plain, "acme", "other@x").await;
        assert_eq!(other, Err(name_taken("acme")), "{when}: its name is its own");
    }
}

/// 8. Once the record has the new names the old collection is in none of them, and not yet held: a create of the old
/// name does not take it for dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s08_the_old_collection_is_not_dead_before_it_is_held() {
    let ground = Ground::new().await;
    Operation::Rename.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.on("renameCollection", 1, Act::Hold);
    let (_, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
        ground.proxy.held().await;
        let (second, recoverer) = ground.recoverer().await;
        ground.leases_end().await;
        // What holds the name is an update of the reservation.
        second.rule(|call| if call.label() == "update reservations" { Act::Hold } else { Act::Pass });
        let recovering = tokio::spawn(meet(recoverer, "acme"));
        second.held().await;
        let between = create(&*ground.plain, "Acme", "next@x").await;
        assert_eq!(between, Err(name_taken("Acme")), "it is being given up");
        second.release();
        recovering.await.unwrap();
        let next = ground.next_owner("Acme").await;
        assert!(next.collection_name().starts_with("org_acme__"), "{}", next.collection_name());
        ground.proxy.release();
        settle().await;
        ground.assert_next(&next, "after the late one").await;
    });
    settle().await;
    ground.database.assert_true_to_each_other("after all").await;
}

/// 9. Two attempts of one delete: what the first one moves out late does not land under a name that the second has judged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s09_each_attempt_of_a_delete_has_a_name_of_its_own() {
    let ground = Ground::new().await;
    Operation::Delete.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.on("renameCollection", 1, Act::Hold);
    let (_, ()) = tokio::join!(Operation::Delete.run(&*store, &ground), async {
        ground.proxy.held().await;
        let (second, recoverer) = ground.recoverer().await;
        ground.leases_end().await;
        // It has looked under both names, and is about to drop what lies under its own.
        second.on("drop", 1, Act::Hold);
        let recovering = tokio::spawn(meet(recoverer, "acme"));
        second.held().await;
        ground.tenant_writes("org_acme").await;
        ground.proxy.release();
        settle().await;
        second.release();
        recovering.await.unwrap();
    });
    settle().await;
    assert_eq!(ground.ids("org_acme").await, ["of a tenant"]);
    assert!(ground.database.all("organizations").await.is_empty());
    ground.database.assert_true_to_each_other("after both").await;
}

/// 9, with a third: E is gone and its move is late, R is late with what it drops, another one finishes. What E moves out
/// then is not what R drops.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s09_a_late_drop_meets_no_other_attempts_collection() {
    let ground = Ground::new().await;
    ground.dies_moving_out().await;
    let (second, recoverer) = ground.recoverer().await;
    ground.leases_end().await;
    second.on("drop", 1, Act::Hold);
    let recovering = tokio::spawn(meet(recoverer, "acme"));
    second.held().await;
    ground.another_opens().await;
    assert!(ground.database.all("organizations").await.is_empty(), "the third finished");
    ground.tenant_writes("org_acme").await;
    ground.proxy.release();
    settle().await;
    second.release();
    recovering.await.unwrap();
    settle().await;
    let mut kept = 0;
    for collection in ground.database.organization_collections().await {
        kept += ground.database.all(&collection).await.len();
    }
    assert_eq!(kept, 1, "wherever it is, what the tenant wrote is there");
}

/// 10. A take-over that was computed from an older read meets an executor that went on: the executor has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s10_a_take_over_from_an_older_read_stops() {
    let ground = Ground::new().await;
    Operation::Rename.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.on("renameCollection", 1, Act::Hold);
    let second = Proxy::start(&ground.database.uri).await;
    let (answer, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
        ground.proxy.held().await;
        ground.leases_end().await;
        let recoverer: Arc<MongoStore> = ground.database.store_at(second.uri(), LEASE);
        second.on("findAndModify", 1, Act::Hold);
        let recovering = tokio::spawn(async move { recoverer.store_id().await.map(drop) });
        second.held().await;
        ground.proxy.release();
        // The executor's next write raises the epoch.
        loop {
            let acme = ground.database.all("organizations").await.remove(0);
            if acme.get_str("state").is_ok_and(|state| state == "active") {
                break;
            }
            tokio::task::yield_now().await;
        }
        second.release();
        recovering.await.unwrap().unwrap();
    });
    answer.unwrap();
    assert!(Operation::Rename.assert_whole(&ground, "after both").await);
}
