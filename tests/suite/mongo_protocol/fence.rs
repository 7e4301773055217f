//! Whoever finds that the epoch moved on stops: another has the operation.

use super::Wire;
use super::calls::{CREATE, DELETE, RENAME, TOGETHER, count};
use super::reservations::date_at;
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use std::time::Duration;
use tenantry::domain::{OrganizationId, State};
use tenantry::service::Error;

impl Wire {
    /// Waits for the held command, raises the epoch past it, and lets it go.
    async fn overtake(&self, id: OrganizationId) {
        self.proxy.held().await;
        self.set(id, doc! {"$inc": {"epoch": 1_i64}}).await;
        self.proxy.release();
    }

    /// That what was sent ends with the first write to the organization from the `number`-th command on.
    fn assert_stopped(&self, steps: &[&[&str]], number: usize) {
        let mut sent = self.proxy.steps();
        // Why the first write found nothing is looked up.
        if number == 1 || sent.last().is_some_and(|step| *step == ["find organizations"]) {
            assert_eq!(sent.pop().unwrap(), ["find organizations"]);
        }
        let mut passed = 0;
        let mut expected = Vec::new();
        for step in steps {
            expected.push(step.to_vec());
            passed += step.len();
            let writes =
                step.contains(&"findAndModify organizations") || step.contains(&"delete organizations");
            if passed >= number && writes {
                break;
            }
        }
        // What goes side by side may be seen one after the other on a busy machine; its order says nothing.
        let mut sent = sent.concat().into_iter();
        let mut by_step: Vec<Vec<String>> = Vec::new();
        for step in &expected {
            let mut together: Vec<String> = sent.by_ref().take(step.len()).collect();
            together.sort();
            by_step.push(together);
        }
        by_step.extend(sent.map(|more| vec![more]));
        assert_eq!(by_step, expected, "overtaken at {number}");
    }

    /// That nothing was sent after the last write to the organization.
    fn assert_ends_with_the_write(&self, when: &str) {
        let last = self.proxy.calls().last().map(super::proxy::Call::label);
        assert_eq!(last.as_deref(), Some("findAndModify organizations"), "{when}");
    }

    /// Keeps the name of a collection as if a rename of it might still be on its way.
    async fn hold_name(&self, collection: &str) {
        let key = format!("c:{}.{collection}", self.database.name);
        self.reserve(&key, doc! {"held_until": date_at(3_600)}).await;
    }

    /// Where the operation on an organization brings its collection.
    async fn goes_to(&self, id: OrganizationId) -> String {
        let record = self.record(id).await.unwrap();
        let to = record.get_document("op").unwrap().get_document("to").unwrap();
        to.get_str("collection_name").unwrap().to_owned()
    }
}

/// Whoever took it over may finish it, so it is not `busy`, which says that nothing was done.
fn assert_may_be_done<T: std::fmt::Debug>(answer: &Result<T, Error>, number: usize) {
    let names_it = matches!(answer, Err(Error::Unavailable { operation: Some(_), .. }));
    assert!(names_it, "overtaken at {number}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_stops() {
    for number in 2..=count(CREATE) {
        let wire = Wire::new().await;
        wire.proxy.at(number, Act::Hold);
        wire.proxy.delay_replies(TOGETHER);
        let new = new_organization(&*wire.store, "Acme", "ann@x");
        let (answer, ()) = tokio::join!(try_create(&*wire.store, &new, at(1)), wire.overtake(new.id));
        assert_may_be_done(&answer, number);
        tokio::time::sleep(Duration::from_millis(60)).await;
        wire.assert_stopped(CREATE, number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rename_stops() {
    for number in 1..=count(RENAME) {
        let (wire, acme, admin) = Wire::with_acme().await;
        wire.proxy.at(number, Act::Hold);
        wire.proxy.delay_replies(TOGETHER);
        let wanted = to_name(&*wire.store, "Zephyr");
        let (answer, ()) = tokio::join!(change(&*wire.store, &acme, &admin, &wanted), wire.overtake(acme.id));
        if number == 1 {
            assert_eq!(answer, Err(Error::Changed));
        } else {
            assert_may_be_done(&answer, number);
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
        wire.assert_stopped(RENAME, number);
        let all = wire.database.all(if number > 5 { "org_zephyr" } else { "org_acme" }).await;
        assert!(!all.is_empty() || number == 5 || number == 6, "{number}: documents are where they were");
        assert_eq!(wire.collections().await.len(), 1, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delete_stops() {
    // The first three go side by side: which of them is held is not known.
    for number in 4..=count(DELETE) {
        let (wire, acme, _) = Wire::with_acme().await;
        wire.proxy.at(number, Act::Hold);
        wire.proxy.delay_replies(TOGETHER);
        let (answer, ()) = tokio::join!(delete(&*wire.store, &acme), wire.overtake(acme.id));
        assert_may_be_done(&answer, number);
        tokio::time::sleep(Duration::from_millis(60)).await;
        wire.assert_stopped(DELETE, number);
        assert_eq!(by_id(&*wire.plain, acme.id).await.unwrap().state, State::Deleting, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_on_an_old_epoch_drops_nothing() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 1, Act::Hold);
    let (answer, ()) = tokio::join!(delete(&*wire.store, &acme), wire.overtake(acme.id));
    assert_eq!(answer, Err(Error::Changed));
    let sent = wire.proxy.calls();
    assert!(
        !sent.iter().any(|call| ["renameCollection", "drop"].contains(&call.command.as_str())),
        "{sent:?}"
    );
    assert_eq!(wire.collections().await, ["org_acme"]);
}

/// Before a create that was announced is taken back its record is told so; another that has it by then is not disturbed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overtaken_create_takes_nothing_back() {
    let wire = Wire::new().await;
    wire.with_foreign("org_acme").await;
    wire.proxy.on("renameCollection", 1, Act::Hold);
    let new = new_organization(&*wire.store, "Acme", "ann@x");
    let (answer, ()) = tokio::join!(try_create(&*wire.store, &new, at(1)), wire.overtake(new.id));
    assert!(matches!(answer, Err(Error::Unavailable { operation: Some(_), .. })), "{answer:?}");
    assert_eq!(wire.reservations().await.len(), 4);
    assert_eq!(wire.database.all("admins").await.len(), 2);
    assert_eq!(wire.collections().await.len(), 2, "the foreign one, and the one aside");
}

/// The renewal of a lease is a write like every other: who is overtaken at it does not send the rename any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_not_renewed_past_another() {
    let wire = Wire::with_lease(Duration::from_secs(3)).await;
    wire.proxy.rule(|call| match (call.command.as_str(), call.occurrence) {
        ("findAndModify", 1) => Act::Delay(Duration::from_millis(2_100)),
        ("findAndModify", 2) => Act::Hold,
        _ => Act::Pass,
    });
    let new = new_organization(&*wire.store, "Acme", "ann@x");
    let (answer, ()) = tokio::join!(try_create(&*wire.store, &new, at(1)), wire.overtake(new.id));
    assert_may_be_done(&answer, 2);
    wire.assert_ends_with_the_write("renewed");
    assert!(!wire.proxy.calls().iter().any(|call| call.command == "renameCollection"));
}

/// The collection's name is held, so another one is announced; who is overtaken at that does not reserve it any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_name_is_not_announced_past_another() {
    let wire = Wire::new().await;
    wire.hold_name("org_acme").await;
    wire.proxy.on("findAndModify", 1, Act::Hold);
    let new = new_organization(&*wire.store, "Acme", "ann@x");
    let (answer, ()) = tokio::join!(try_create(&*wire.store, &new, at(1)), wire.overtake(new.id));
    assert_may_be_done(&answer, 1);
    wire.assert_ends_with_the_write("created");
    assert_eq!(wire.goes_to(new.id).await, "org_acme");
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.hold_name("org_zephyr").await;
    wire.proxy.on("findAndModify", 2, Act::Hold);
    let wanted = to_name(&*wire.store, "Zephyr");
    let (answer, ()) = tokio::join!(change(&*wire.store, &acme, &admin, &wanted), wire.overtake(acme.id));
    assert_may_be_done(&answer, 2);
    wire.assert_ends_with_the_write("renamed");
    assert_eq!(wire.goes_to(acme.id).await, "org_zephyr");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_to_an_organization_filters_on_its_epoch() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.reset();
    let all = all_of(&*wire.store, "Zephyr", "zoe@x", "second");
    let zephyr = change(&*wire.store, &acme, &admin, &all).await.unwrap();
    delete(&*wire.store, &zephyr).await.unwrap();
    let mut epoch = acme.epoch.0;
    for call in wire.proxy.calls() {
        if call.label() == "findAndModify organizations" {
            assert_eq!(
                call.body.get_document("query").unwrap().get_i64("epoch").ok(),
                Some(epoch),
                "{call:?}"
            );
            let update = call.body.get_document("update").unwrap();
            assert_eq!(update.get_document("$inc").unwrap().get_i64("epoch").ok(), Some(1));
            assert!(update.contains_key("$currentDate"));
            epoch += 1;
        }
    }
    assert_eq!(epoch, acme.epoch.0 + 6, "four of the rename, two of the delete");
}

/// A late change of the password must not undo one that was acknowledged meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_password_does_not_replace_a_newer_one() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.on("update", 1, Act::Hold);
    let newer = async {
        wire.proxy.held().await;
        let admins = wire.database.direct.collection::<Document>("admins");
        let this = doc! {"email_key": "ann@x"};
        let set = doc! {"$set": {"password": "newer"}, "$inc": {"version": 1_i64}};
        assert_eq!(admins.update_one(this, set).await.unwrap().matched_count, 1);
        wire.proxy.release();
    };
    let late = to_password("late");
    let (_, ()) = tokio::join!(change(&*wire.store, &acme, &admin, &late), newer);
    let record = by_email(&*wire.plain, "ann@x").await.unwrap();
    assert_eq!(hash_of(&record), "newer");
}
