//! Collections of others at the names that a recovery looks at: it goes by the UUID, never by the name alone.

use super::operation::Operation;
use super::{CHECKING, Ground, IGNORING};
use crate::common::proxy::Act;

/// R has seen the collection at the old name, and the late move of E is faster than R's own: whatever a tenant has put at
/// the old name since, the rename is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_with_the_second_rename_goes_forward() {
    let ground = Ground::new().await;
    for tenant in [false, true] {
        let when = format!("a tenant: {tenant}");
        let (second, recoverer) = ground.recoverer().await;
        let _ = ground
            .late_on(Operation::Rename, "renameCollection", async || {
                second.on("renameCollection", 1, Act::Hold);
                let recovering = ground.recovers(recoverer).await;
                second.held().await;
                ground.proxy.release_and_settle().await;
                if tenant {
                    ground.tenant_writes("org_acme").await;
                }
                second.release();
                recovering.await.unwrap().unwrap();
            })
            .await;
        ground.assert_there("Zephyr", "org_zephyr", &when).await;
        ground.database.assert_true_to_each_other(&when).await;
    }
}

/// The collection was moved before the process ended, and a tenant writes by the old name: that is not the one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_created_at_the_old_name_is_not_taken() {
    for switches in [CHECKING, IGNORING] {
        let ground = Ground::with(switches).await;
        ground.stopped_on(Operation::Rename, "renameCollection", Act::DropReply).await;
        ground.tenant_writes("org_acme").await;
        ground.recover().await;
        ground.assert_there("Zephyr", "org_zephyr", "after the recovery").await;
        assert_eq!(ground.ids("org_acme").await, ["of a tenant"]);
    }
}

/// The collection is gone, and a tenant has made another one at its name: without the marker that is not the one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_created_in_place_of_the_old_one_is_not_taken() {
    let ground = Ground::new().await;
    for operation in [Operation::Rename, Operation::Delete, Operation::PurgeActive] {
        let when = format!("{operation:?}");
        let moves = if operation.is_purge() { "drop" } else { "renameCollection" };
        ground.stopped_on(operation, moves, Act::Cut).await;
        ground.all("org_acme").drop().await.unwrap();
        ground.tenant_writes("org_acme").await;
        ground.recover().await;
        assert_eq!(ground.ids("org_acme").await, ["of a tenant"], "{when}");
        let left = ground.database.all("organizations").await;
        assert_eq!(left.len(), usize::from(!operation.is_purge()), "{when}");
        assert!(left.iter().all(|record| !record.contains_key("op")), "{when}: {left:?}");
    }
}

/// The new collection was not placed before the process ended, and another one is at its place: that is not the one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_collection_at_the_target_of_a_create_is_not_taken() {
    let ground = Ground::new().await;
    ground.stopped_on(Operation::Create, "renameCollection", Act::Cut).await;
    ground.tenant_writes("org_acme").await;
    ground.recover().await;
    assert!(ground.database.all("organizations").await.is_empty(), "taken back");
    assert_eq!(ground.ids("org_acme").await, ["of a tenant"]);
    ground.database.assert_true_to_each_other("after the recovery").await;
}
