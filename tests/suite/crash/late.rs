//! Executors that are not dead but late: their n-th command is held back while another process takes over, finishes,
//! and others use the names again; then it goes its way. Some schedules among these are told by themselves in
//! `schedules`.

use super::steps::Operation;
use super::{Ground, PLAIN, Switches, settle};
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use std::sync::Arc;
use tenantry::service::Error;
use tenantry::service::store::{Lookup, Store};
use tenantry::store::mongo::MongoStore;

/// What others do between the recovery and the late command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    /// Nothing.
    Nothing,
    /// Whatever name is free is taken by a new organization.
    NamesAreUsed,
    /// The tenants' own applications write by the old and by the new name.
    TenantsWrite,
}

/// Names and emails that are free now become organizations of others; answers their collections.
async fn use_free_names(store: &MongoStore) -> Vec<String> {
    let mut made = Vec::new();
    for (name, email) in [("Acme", "n1@x"), ("Zephyr", "n2@x")] {
        match create(store, name, email).await {
            Ok(organization) => made.push(organization.collection_name().to_owned()),
            Err(Error::NameTaken(_)) => {}
            Err(other) => panic!("{name}: {other}"),
        }
    }
    made
}

async fn one_late_command(operation: Operation, meanwhile: Meanwhile, switches: Switches) {
    let ground = Ground::with(switches).await;
    let commands = operation.commands(&ground).await;
    let mut cases = 0;
    for number in 1..=commands {
        let when = format!("{operation:?}: late at {number} of {commands}, {meanwhile:?}");
        operation.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.at(number, Act::Hold);
        let (answer, (others, written)) = tokio::join!(operation.run(&*store, &ground), async {
            ground.proxy.held().await;
            ground.another_opens().await;
            let mut others = Vec::new();
            let mut written = Vec::new();
            match meanwhile {
                Meanwhile::Nothing => {}
                Meanwhile::NamesAreUsed => others = use_free_names(&ground.plain).await,
                Meanwhile::TenantsWrite => written = ground.tenants_write().await,
            }
            ground.proxy.release();
            (others, written)
        });
        settle().await;
        // What the late one itself left in work, if it went on, is ended as well.
        ground.another_opens().await;
        ground.database.assert_true_to_each_other(&when).await;
        for collection in &others {
            let ids = ground.database.all(collection).await;
            assert_eq!(ids.len(), 1, "{when}: {collection} has its marker and nothing of others");
        }
        // What is written before a delete begins goes with the rest of the organization.
        if operation != Operation::Delete || answer.is_err() {
            ground.assert_nothing_lost(&written, &when).await;
        }
        if answer.is_ok() {
            // The first write of a delete goes beside two looks.
            let first = if operation == Operation::Delete { 3 } else { 1 };
            let is_outside = number <= first || number == commands;
            assert!(is_outside || meanwhile == Meanwhile::Nothing, "{when}: went on");
        }
        // Whatever the late one left behind blocks no name and no email.
        for (name, email) in [("Acme", "ann@x"), ("Zephyr", "zoe@x")] {
            if let Err(error) = create(&*ground.plain, name, email).await {
                assert!(
                    matches!(error, Error::NameTaken(_) | Error::EmailTaken(_) | Error::CollectionExists(_)),
                    "{when}: {error}"
                );
                ground.assert_holder(name, email, &error, &when).await;
            }
        }
        ground.database.assert_true_to_each_other(&when).await;
        cases += 1;
    }
    println!("{operation:?}, {meanwhile:?}, {switches:?}: {cases} cases of a late command");
}

impl Ground {
    /// The tenants' applications insert by name, which makes the collection where there is none.
    async fn tenants_write(&self) -> Vec<String> {
        let mut written = Vec::new();
        for collection in ["org_acme", "org_zephyr"] {
            let id = format!("by the tenant into {collection}");
            let documents = self.database.direct.collection::<Document>(collection);
            documents.insert_one(doc! {"_id": &id}).await.unwrap();
            written.push(id);
        }
        written
    }

    /// Every document that a tenant wrote is somewhere under an `org_` name.
    async fn assert_nothing_lost(&self, written: &[String], when: &str) {
        for id in written {
            let mut found = 0;
            for name in self.database.collections().await {
                if name.starts_with("org_") {
                    let documents = self.database.direct.collection::<Document>(&name);
                    found += documents.count_documents(doc! {"_id": id}).await.unwrap();
                }
            }
            assert_eq!(found, 1, "{when}: {id}");
        }
    }

    /// A refusal names a holder that is there.
    async fn assert_holder(&self, name: &str, email: &str, refusal: &Error, when: &str) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other refusal is wrong")]
        let there = match refusal {
            Error::NameTaken(_) => by_name(&*self.plain, name).await.is_some(),
            Error::EmailTaken(_) => by_email(&*self.plain, email).await.is_some(),
            Error::CollectionExists(collection) => self.database.collection_uuid(collection).await.is_some(),
            other => panic!("{when}: {other}"),
        };
        assert!(there, "{when}: {refusal}, and nobody has it");
    }
}

macro_rules! each_operation {
    ($($name:ident: $operation:ident;)*) => {
        $(
            mod $name {
                use super::{Meanwhile, Operation, PLAIN, Switches, one_late_command};

                const CHECKED: Switches = Switches { checks_uuids: true, ..PLAIN };

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn alone() {
                    Box::pin(one_late_command(Operation::$operation, Meanwhile::Nothing, PLAIN)).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn names_are_used() {
                    Box::pin(one_late_command(Operation::$operation, Meanwhile::NamesAreUsed, PLAIN)).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn names_are_used_checked() {
                    Box::pin(one_late_command(Operation::$operation, Meanwhile::NamesAreUsed, CHECKED)).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn tenants_write() {
                    Box::pin(one_late_command(Operation::$operation, Meanwhile::TenantsWrite, PLAIN)).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn tenants_write_checked() {
                    Box::pin(one_late_command(Operation::$operation, Meanwhile::TenantsWrite, CHECKED)).await;
                }
            }
        )*
    };
}

each_operation! {
    create: Create;
    rename: Rename;
    evaded: Evaded;
    email: Email;
    everything: Everything;
    delete: Delete;
}

/// Two processes recover at once; one of the two stops.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_recover_at_once() {
    let ground = Ground::new().await;
    for operation in Operation::ALL {
        let commands = operation.commands(&ground).await;
        for number in 2..=commands {
            let when = format!("{operation:?} cut at {number}");
            operation.prepare(&ground).await;
            let store = ground.process().await;
            ground.proxy.at(number, Act::DropReply);
            let _ = operation.run(&*store, &ground).await;
            settle().await;
            ground.leases_end().await;
            let open = || async {
                let store = ground.database.store();
                store.store_id().await.unwrap().unwrap();
            };
            tokio::join!(open(), open(), open());
            // One that stopped in between left it to the lease of the one before.
            ground.another_opens().await;
            operation.assert_whole(&ground, &when).await;
        }
    }
}

/// The recoverer of a create looks whether the collection was placed, and the late executor places it right then: at
/// whatever command of the recovery that happens, one of the two has its way, and no collection is left over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_placing_between_any_two_commands_of_the_recovery() {
    let ground = Ground::new().await;
    for (operation, calls) in [(Operation::Create, 12), (Operation::Rename, 12), (Operation::Delete, 12)] {
        for number in 1..=calls {
            let when = format!("{operation:?}: its rename between the commands {} and {number}", number - 1);
            operation.prepare(&ground).await;
            let store = ground.process().await;
            ground.proxy.on("renameCollection", 1, Act::Hold);
            let second = Proxy::start(&ground.database.uri).await;
            let recoverer: Arc<MongoStore> = ground.database.store_at(second.uri(), super::LEASE);
            let (_, ()) = tokio::join!(operation.run(&*store, &ground), async {
                ground.proxy.held().await;
                // Opened before the lease is over, so that only the recovery itself is counted.
                recoverer.store_id().await.unwrap().unwrap();
                ground.leases_end().await;
                second.at(number, Act::Hold);
                let meeting = tokio::spawn(async move {
                    for key in ["acme", "zephyr"] {
                        let _ = recoverer.find(&Lookup::NameKey(key.to_owned())).await;
                    }
                });
                tokio::select! {
                    () = second.held() => {}
                    () = async { while !meeting.is_finished() { tokio::task::yield_now().await; } } => {}
                }
                ground.proxy.release();
                settle().await;
                second.release();
                meeting.await.unwrap();
            });
            settle().await;
            ground.another_opens().await;
            operation.assert_whole(&ground, &when).await;
        }
    }
}

/// What went astray under the last name of a delete stays there once the names are released: the old one may be another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_that_released_its_names_moves_nothing_back() {
    let ground = Ground::new().await;
    Operation::Delete.prepare(&ground).await;
    let acme = by_name(&*ground.plain, "Acme").await.unwrap();
    let store = ground.process().await;
    // Refused, not cut: that would take the connections of the release beside it along.
    ground.proxy.rule(|call| if call.label() == "delete admins" { Act::Refuse(20) } else { Act::Pass });
    assert!(Operation::Delete.run(&*store, &ground).await.is_err());
    settle().await;
    let astray = format!("tenantry_del_{}_{}", acme.id, acme.epoch.0 + 1);
    let documents = ground.database.direct.collection::<Document>(&astray);
    documents.insert_one(doc! {"_id": "of a tenant"}).await.unwrap();
    let next = create(&*ground.plain, "Acme", "next@x").await.unwrap();
    ground.another_opens().await;
    let left = ground.database.all("organizations").await;
    assert_eq!(left.len(), 1, "the delete is finished: {left:?}");
    assert_eq!(by_id(&*ground.plain, next.id).await, Some(next));
    assert_eq!(ground.database.all("org_acme").await.len(), 1, "only the marker of the next");
    assert_eq!(ground.database.all(&astray).await.len(), 1, "nobody's, and kept");
}

/// A rename that is taken back is late with its releases, while the next one to the same name has come through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_undo_releases_nothing_of_the_next_rename() {
    let ground = Ground::new().await;
    Operation::Rename.prepare(&ground).await;
    let foreign = ground.database.direct.collection::<Document>("org_zephyr");
    foreign.insert_one(doc! {"_id": "of another program"}).await.unwrap();
    let store = ground.process().await;
    ground.proxy.on("delete", 1, Act::Hold);
    let (answer, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
        ground.proxy.held().await;
        ground.another_opens().await;
        foreign.drop().await.unwrap();
        let acme = by_name(&*ground.plain, "Acme").await.unwrap();
        update(&*ground.plain, &acme, &to_name(&*ground.plain, "Zephyr")).await.unwrap();
        ground.proxy.release();
    });
    assert!(answer.is_err());
    settle().await;
    ground.database.assert_sound("after the late undo").await;
    let other = create(&*ground.plain, "zephyr", "other@x").await;
    assert_eq!(other, Err(name_taken("zephyr")));
}

/// A recoverer is late with the password of the operation that it took over, while another change came through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_recoverer_does_not_bring_an_old_password_back() {
    let ground = Ground::new().await;
    Operation::Password.prepare(&ground).await;
    let store = ground.process().await;
    ground.proxy.at(1, Act::DropReply);
    assert!(Operation::Password.run(&*store, &ground).await.is_err());
    settle().await;
    let recoverer = ground.process().await;
    ground.leases_end().await;
    ground.proxy.on("update", 1, Act::Hold);
    let acme = Lookup::NameKey("acme".to_owned());
    let (_, ()) = tokio::join!(recoverer.find(&acme), async {
        ground.proxy.held().await;
        ground.another_opens().await;
        let acme = by_name(&*ground.plain, "Acme").await.unwrap();
        update(&*ground.plain, &acme, &to_password("third")).await.unwrap();
        ground.proxy.release();
    });
    settle().await;
    let now = by_email(&*ground.plain, "ann@x").await.unwrap();
    assert_eq!(now.password_hash.expose_secret(), hash("third").expose_secret());
    assert_eq!(now.account.version, 3, "the two changes, each once");
}
