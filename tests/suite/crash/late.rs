//! Processes that are late rather than dead: their n-th command is held back while another process takes over and
//! finishes, and others use the names again; then the command is sent. `schedules` describes those schedules that
//! broke drafts of the protocol.

use super::operation::{Operation, place_of};
use super::{Ground, Switches};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::doc;
use tenantry::domain::Organization;
use tenantry::port::Error;

/// The work of others between the recovery and the late command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// Whatever name is free is taken by a new organization.
    NamesAreUsed,
    /// The tenants' own applications write by the old and by the new name.
    TenantsWrite,
}

pub(crate) async fn one_late_command(operation: Operation, meanwhile: Meanwhile, switches: Switches) {
    let ground = Ground::with(switches).await;
    operation.commands(&ground).await;
    let calls = ground.proxy.calls();
    let is_first_write = |command: &str| ["findAndModify", "update"].contains(&command);
    let first_write = calls.iter().find(|call| is_first_write(&call.command)).unwrap().number;
    let mut cases = 0;
    for number in 1..=calls.len() {
        let when = format!("{operation:?}: late at {number} of {}, {meanwhile:?}", calls.len());
        operation.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.at(number, Act::Hold);
        let (answer, (others, written)) = tokio::join!(operation.run(&*store, &ground), async {
            ground.proxy.held().await;
            ground.recover().await;
            let (mut others, mut written) = (Vec::new(), Vec::new());
            match meanwhile {
                Meanwhile::NamesAreUsed => others = ground.use_free_names().await,
                Meanwhile::TenantsWrite => written = ground.tenants_write().await,
            }
            ground.proxy.release();
            (others, written)
        });
        ground.proxy.release_and_settle().await;
        // An operation that the late process left unfinished is recovered as well.
        ground.recover().await;
        assert!(answer.is_err() || number <= first_write, "{when}: went on");
        // A purge removes what was written before it, together with the organization's data.
        let is_purged = operation.is_purge() && answer.is_ok();
        for id in written.iter().filter(|_| !is_purged) {
            assert_eq!(ground.count(id).await, 1, "{when}: {id}");
        }
        let is_there = !operation.is_new() && !operation.is_purge();
        assert!(!is_there || ground.count("kept").await == 1, "{when}: its documents are there once");
        for other in &others {
            assert_eq!(ground.count(&format!("of {}", other.name)).await, 1, "{when}: {other:?}");
        }
        ground.assert_nothing_is_blocked(&when).await;
        ground.database.assert_true_to_each_other(&when).await;
        for other in &others {
            let ids = ground.ids(place_of(other)).await;
            assert_eq!(ids, ["_tenantry".to_owned(), format!("of {}", other.name)], "{when}: {other:?}");
        }
        cases += 1;
    }
    println!("{operation:?}, {meanwhile:?}, {switches:?}: {cases} cases of a late command");
}

impl Ground {
    /// Names and emails that are free now become organizations of others, each with a document of its own.
    async fn use_free_names(&self) -> Vec<Organization> {
        let mut made = Vec::new();
        for (name, email) in [("Acme", "n1@x"), ("Zephyr", "n2@x")] {
            match create(&*self.plain, name, email).await {
                Ok(organization) => {
                    let own = doc! {"_id": format!("of {name}")};
                    self.all(place_of(&organization)).insert_one(own).await.unwrap();
                    made.push(organization);
                }
                Err(Error::NameTaken(_)) => {}
                // The collection to rename back does not exist yet.
                Err(other) => panic!("{name}: {other}"),
            }
        }
        made
    }

    /// Tenants' applications insert by name, which creates the collection if it does not exist.
    async fn tenants_write(&self) -> Vec<String> {
        let mut written = Vec::new();
        for collection in ["org_acme", "org_zephyr"] {
            let id = format!("by the tenant into {collection}");
            self.all(collection).insert_one(doc! {"_id": &id}).await.unwrap();
            written.push(id);
        }
        written
    }

    /// A leftover of a late command blocks no name and no email: a refusal names an existing holder.
    async fn assert_nothing_is_blocked(&self, when: &str) {
        for (name, email) in [("Acme", "ann@x"), ("Zephyr", "zoe@x")] {
            let Err(refusal) = create(&*self.plain, name, email).await else { continue };
            #[expect(clippy::wildcard_enum_match_arm, reason = "every other refusal is wrong")]
            let there = match &refusal {
                Error::NameTaken(_) => by_name(&*self.plain, name).await.is_some(),
                Error::EmailTaken(_) => by_email(&*self.plain, email).await.is_some(),
                Error::CollectionExists(collection) => {
                    self.database.collection_uuid(collection).await.is_some()
                }
                other => panic!("{when}: {other}"),
            };
            assert!(there, "{when}: {refusal}, and nobody has it");
        }
    }
}

macro_rules! late {
    ($module:ident, $meanwhile:ident, $switches:ident; $($name:ident: $operation:ident;)*) => {
        mod $module {
            use super::{Meanwhile, Operation, one_late_command};
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (operation, switches) = (Operation::$operation, super::super::$switches);
                Box::pin(one_late_command(operation, Meanwhile::$meanwhile, switches)).await;
            })*
        }
    };
}

late! { names_are_used, NamesAreUsed, CHECKING;
    create: Create;
    import: Import;
    everything: Everything;
    delete: Delete;
    restore: Restore;
    purge_deleted: PurgeDeleted;
}

late! { names_are_used_without_uuids, NamesAreUsed, IGNORING;
    rename: Rename;
    delete: Delete;
    restore: Restore;
    purge_active: PurgeActive;
}

late! { tenants_write, TenantsWrite, CHECKING;
    create: Create;
    rename: Rename;
    delete: Delete;
    purge_active: PurgeActive;
}
