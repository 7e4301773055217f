//! Schedules that broke drafts of the protocol through names, emails and passwords; see `schedules`.

use super::Ground;
use super::operation::{Operation, place_of};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::doc;
use secrecy::ExposeSecret;
use tenantry::domain::State;
use tenantry::port::Doctor;

/// 5. E pauses before it reserves, R rolls the rename back, E reserves all the same: the reservation has no owner, and
/// the next process that needs the name gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s05_late_reservation_is_unused() {
    let ground = Ground::new().await;
    let (answer, ()) = ground.late_on(Operation::Rename, "insert", async || ground.recover().await).await;
    assert!(answer.is_err());
    let reserved = ground.database.all("reservations").await;
    let is_late = reserved.iter().any(|key| key.get_str("_id").unwrap() == "n:zephyr");
    assert!(is_late, "E has reserved: {reserved:?}");
    let zephyr = create(&*ground.plain, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(place_of(&zephyr), "org_zephyr");
    ground.database.assert_sound("the next has it").await;
}

/// 5, and the organization has another operation by then: the reservations of the first do not count for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s05_late_reservation_does_not_count_for_a_later_operation() {
    let ground = Ground::new().await;
    let _ = ground.late_on(Operation::Rename, "insert", async || ground.recover().await).await;
    // The same names are wanted again, and the operation stops once they are in its record.
    let acme = ground.the_one().await;
    let store = ground.process().await;
    ground.proxy.from("insert", Act::Cut);
    update(&*store, &acme, &to_name("Zephyr")).await.unwrap_err();
    let zephyr = create(&*ground.plain, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(place_of(&zephyr), "org_zephyr");
    ground.recover().await;
    ground.database.assert_sound("the next has it").await;
}

/// 6. E changes the password and pauses before the account is written, R finishes that, another change is acknowledged:
/// E does not bring its own back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_late_password_does_not_replace_a_newer_one() {
    let ground = Ground::new().await;
    let _ = ground
        .late_on(Operation::Password, "update", async || {
            ground.recover().await;
            let acme = by_name(&*ground.plain, "Acme").await.unwrap();
            update(&*ground.plain, &acme, &to_password("third")).await.unwrap();
        })
        .await;
    let now = by_email(&*ground.plain, "ann@x").await.unwrap();
    assert_eq!(now.password_hash.expose_secret(), hash("third").expose_secret());
    assert_eq!(now.account.version, 3, "the two changes, each once");
    ground.database.assert_sound("after the late one").await;
}

/// 6, with a delete that is late at the account while the organization is restored: the admin keeps its email.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s06_a_late_delete_takes_no_email_from_a_restored_admin() {
    let ground = Ground::new().await;
    let _ = ground
        .late_on(Operation::Delete, "update", async || {
            ground.recover().await;
            let deleted = ground.assert_in_trash("R finished").await;
            restore(&*ground.plain, &deleted).await.unwrap();
        })
        .await;
    assert!(by_email(&*ground.plain, "ann@x").await.is_some());
    ground.assert_there("Acme", "org_acme", "after the late one").await;
    ground.database.assert_sound("after the late one").await;
}

/// 7. Renamed away and back, or deleted and restored, while a command of the first operation is late: the reservations of
/// the second stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s07_late_release_keeps_the_names_of_a_later_operation() {
    let ground = Ground::new().await;
    for operation in [Operation::Rename, Operation::Delete] {
        let commands = operation.commands(&ground).await;
        for number in 1..=commands {
            let when = format!("{operation:?}: late at {number}");
            operation.prepare(&ground).await;
            let store = ground.process().await;
            ground.proxy.at(number, Act::Hold);
            let (_, ()) = tokio::join!(operation.run(&*store, &ground), async {
                ground.proxy.held().await;
                ground.recover().await;
                ground.there_and_back(operation).await;
                ground.proxy.release();
            });
            ground.proxy.release_and_settle().await;
            ground.recover().await;
            ground.database.assert_true_to_each_other(&when).await;
            let acme = ground.the_one().await;
            assert_eq!((acme.state, &*acme.name), (State::Active, "Acme"), "{when}");
            ground.database.assert_kept(place_of(&acme), &when).await;
            let other = create(&*ground.plain, "acme", "other@x").await;
            assert_eq!(other, Err(name_taken("acme")), "{when}: its name is its own");
        }
    }
}

impl Ground {
    /// Does the operation unless it is done, then what leads back to Acme.
    async fn there_and_back(&self, operation: Operation) {
        let plain = &*self.plain;
        let now = self.the_one().await;
        if operation == Operation::Rename {
            let there = if now.name == "Zephyr" {
                now
            } else {
                update(plain, &now, &to_name("Zephyr")).await.unwrap()
            };
            update(plain, &there, &to_name("Acme")).await.unwrap();
        } else {
            let is_deleted = now.state == State::Deleted;
            let there = if is_deleted { now } else { delete(plain, &now).await.unwrap().organization };
            restore(plain, &there).await.unwrap();
        }
    }
}

/// 10. R is refused because the place is taken, and pauses after it has released the names; the place is free again, and N
/// takes the name. R' takes the rename back as well: without reservations nothing moves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s10_rollback_is_continued_as_a_rollback() {
    let ground = Ground::new().await;
    for next in [false, true] {
        let when = format!("the next takes the name: {next}");
        ground.stopped_on(Operation::Rename, "renameCollection", Act::Cut).await;
        ground.tenant_writes("org_zephyr").await;
        let (second, recoverer) = ground.recoverer().await;
        let mut has_released = false;
        second.rule(move |call| {
            let is_held = has_released && call.command == "findAndModify";
            has_released |= call.label() == "delete reservations";
            if is_held { Act::Hold } else { Act::Pass }
        });
        let recovering = ground.recovers(recoverer).await;
        second.held().await;
        ground.all("org_zephyr").drop().await.unwrap();
        let next = if next { Some(ground.next_owner("Zephyr").await) } else { None };
        ground.recover().await;
        second.release();
        recovering.await.unwrap().unwrap();
        ground.assert_there("Acme", "org_acme", &when).await;
        if let Some(next) = next {
            ground.assert_next(&next, &when).await;
        }
        ground.database.assert_sound(&when).await;
    }
}

/// A rename that was rolled back releases late, after the next rename to the same name has succeeded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_rollback_releases_nothing_of_the_next_rename() {
    let ground = Ground::new().await;
    Operation::Rename.prepare(&ground).await;
    ground.tenant_writes("org_zephyr").await;
    let store = ground.process().await;
    ground.proxy.on("delete", 1, Act::Hold);
    let (answer, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
        ground.proxy.held().await;
        ground.recover().await;
        ground.all("org_zephyr").drop().await.unwrap();
        let acme = by_name(&*ground.plain, "Acme").await.unwrap();
        update(&*ground.plain, &acme, &to_name("Zephyr")).await.unwrap();
        ground.proxy.release();
    });
    assert!(answer.is_err());
    ground.proxy.release_and_settle().await;
    ground.database.assert_sound("after the late undo").await;
    let other = create(&*ground.plain, "zephyr", "other@x").await;
    assert_eq!(other, Err(name_taken("zephyr")));
}

/// R is late with the password of the operation that it took over, while another change came through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_recovery_does_not_restore_an_old_password() {
    let ground = Ground::new().await;
    ground.stopped_on(Operation::Password, "update", Act::Cut).await;
    let (second, recoverer) = ground.recoverer().await;
    second.on("update", 1, Act::Hold);
    let recovering = ground.recovers(recoverer).await;
    second.held().await;
    ground.plain.recover_now(ground.the_one().await.id).await.unwrap();
    let acme = ground.the_one().await;
    update(&*ground.plain, &acme, &to_password("third")).await.unwrap();
    second.release();
    recovering.await.unwrap().unwrap();
    let now = by_email(&*ground.plain, "ann@x").await.unwrap();
    assert_eq!(now.password_hash.expose_secret(), hash("third").expose_secret());
    assert_eq!(now.account.version, 3, "the two changes, each once");
}
