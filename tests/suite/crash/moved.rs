//! A collection whose UUID changes under an operation, as `moveCollection`, `movePrimary` and a restore do: schedule 12.

use super::Ground;
use super::operation::{Operation, is_open};
use crate::common::proxy::Act;
use mongodb::bson::{Document, doc};

impl Ground {
    /// Every collection gets another UUID: its documents and indexes in a new one of the same name.
    async fn move_collections(&self) {
        for name in self.database.collections_with_uuids().await.into_keys() {
            let documents = self.database.all(&name).await;
            let indexes = self.all(&name).list_index_names().await.unwrap();
            let copy = self.all("copy");
            copy.insert_many(documents).await.unwrap();
            if indexes.iter().any(|index| index == "n_1") {
                let index = mongodb::IndexModel::builder().keys(doc! {"n": 1}).build();
                copy.create_index(index).await.unwrap();
            }
            self.all(&name).drop().await.unwrap();
            self.database.move_collection("copy", &name).await;
        }
    }
}

/// 12. Between any two commands of each operation: it succeeds or fails with an error, and leaves nothing behind.
async fn moved_at_each_command(operation: Operation) {
    let ground = Ground::new().await;
    let commands = operation.commands(&ground).await;
    for number in 1..=commands {
        let when = format!("{operation:?}: moved before {number} of {commands}");
        operation.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.at(number, Act::Hold);
        let (answer, ()) = tokio::join!(operation.run(&*store, &ground), async {
            ground.proxy.held().await;
            ground.move_collections().await;
            ground.proxy.release();
        });
        ground.proxy.release_and_settle().await;
        ground.recover().await;
        // At rest again, its record may have the UUID from before.
        ground.database.repair(&when).await;
        ground.all("audit").delete_many(doc! {"action": "repair"}).await.unwrap();
        let done = operation.assert_whole(&ground, &when).await;
        assert!(is_open(&answer) || answer.is_ok() == done, "{when}: {answer:?}, done: {done}");
    }
}

macro_rules! moved {
    ($($name:ident: $operation:ident;)*) => {
        mod s12_an_operation_follows_a_collection_whose_uuid_changes {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { Box::pin(super::moved_at_each_command(super::Operation::$operation)).await; })*
        }
    };
}

moved! {
    create: Create;
    everything: Everything;
    delete: Delete;
    restore_anew: RestoreAnew;
    purge_active: PurgeActive;
    purge_deleted: PurgeDeleted;
}

/// A copy without its own marker has no owner: it is left alone, and the operation reports it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_without_a_marker_is_left_alone() {
    let ground = Ground::new().await;
    for operation in [Operation::Rename, Operation::Delete, Operation::PurgeActive] {
        let when = format!("{operation:?}");
        operation.prepare(&ground).await;
        let acme = ground.all("org_acme");
        acme.delete_one(doc! {"_id": "_tenantry"}).await.unwrap();
        ground.move_collections().await;
        let answer = operation.run(&*ground.plain, &ground).await;
        assert_eq!(answer.is_ok(), operation != Operation::Rename, "{when}: {answer:?}");
        assert_eq!(ground.ids("org_acme").await, ["kept"], "{when}");
        if answer.is_ok() {
            let entry: Document = ground.database.all("audit").await.remove(0);
            let changes = entry.get_document("changes").unwrap();
            assert_eq!(changes.get_str("collection_left").unwrap(), "org_acme", "{when}: {entry}");
        }
    }
}
