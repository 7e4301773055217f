//! Looks at the catalogue that are old, or rolled back by a failover: schedule 14 and its likes. The protocol concludes
//! nothing from one look.

use super::Ground;
use super::operation::Operation;
use crate::common::proxy::Act;
use mongodb::bson::{Bson, Document, doc};
use tenantry::port::Doctor;

/// The answer to a `listCollections`.
fn listing(entries: &[Document]) -> Act {
    let first: Vec<Bson> = entries.iter().cloned().map(Bson::Document).collect();
    Act::Answer(
        doc! {"ok": 1.0, "cursor": {"id": 0_i64, "ns": "db.$cmd.listCollections", "firstBatch": first}},
    )
}

impl Ground {
    /// A process that recovers, whose first looks are answered so.
    async fn recovers_with_looks(&self, answers: Vec<Act>) {
        let (second, recoverer) = self.recoverer().await;
        self.leases_end().await;
        second.rule(move |call| match call.command.as_str() {
            "listCollections" => answers.get(call.occurrence - 1).cloned().unwrap_or(Act::Pass),
            _ => Act::Pass,
        });
        recoverer.recover().await.unwrap();
    }
}

/// 14. The primary runs E's placing rename and loses it in a failover: R, which has seen it, does not call the organization
/// active before the collection is placed for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s14_rename_rolled_back_by_the_server_is_repeated() {
    let ground = Ground::new().await;
    for (operation, target) in [(Operation::Create, "org_acme"), (Operation::Rename, "org_zephyr")] {
        let when = format!("{operation:?}");
        ground.stopped_on(operation, "renameCollection", Act::Cut).await;
        let record = ground.database.all("organizations").await.remove(0);
        let uuid = record.get("collection_uuid").cloned().unwrap();
        let placed = doc! {"name": target, "type": "collection", "options": {}, "info": {"uuid": uuid}};
        ground.recovers_with_looks(vec![listing(&[placed])]).await;
        assert!(operation.assert_whole(&ground, &when).await, "{when}");
    }
}

/// A collection that is missing in a stale read does not count as gone: a delete moves it to the trash, a purge drops
/// it, and an update is not rolled back for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_missed_by_one_read_does_not_count_as_gone() {
    let ground = Ground::new().await;
    for (operation, command) in [
        (Operation::Create, "renameCollection"),
        (Operation::Delete, "renameCollection"),
        (Operation::Rename, "renameCollection"),
        (Operation::Restore, "renameCollection"),
        (Operation::PurgeActive, "drop"),
        (Operation::PurgeDeleted, "drop"),
    ] {
        let when = format!("{operation:?}");
        ground.stopped_on(operation, command, Act::Cut).await;
        // By its UUID, and at both names that the organization holds.
        let looks = if operation.is_purge() { 2 } else { 3 };
        ground.recovers_with_looks(vec![listing(&[]); looks]).await;
        assert!(operation.assert_whole(&ground, &when).await, "{when}");
    }
}
