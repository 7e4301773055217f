//! Collections of others at the names that a recovery looks at: it goes by the UUID, never by the name alone.

use super::others::meet;
use super::steps::Operation;
use super::{Ground, settle};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};

impl Ground {
    /// Begins an operation that ends, as its process does, when its collection is to be moved.
    async fn stopped_when_moving(&self, operation: Operation, act: Act) {
        operation.prepare(self).await;
        let store = self.process().await;
        self.proxy.from("renameCollection", act);
        assert!(operation.run(&*store, self).await.is_err());
        settle().await;
    }

    /// The rename is done, and the collection with its documents is at the new name.
    async fn assert_renamed(&self, when: &str) {
        self.database.assert_true_to_each_other(when).await;
        let zephyr = by_name(&*self.plain, "Zephyr").await.unwrap_or_else(|| panic!("{when}: taken back"));
        assert_eq!(zephyr.collection_name(), "org_zephyr", "{when}");
        self.database.assert_kept("org_zephyr", when).await;
    }
}

/// R is late with the releases of an undo that it began, while the name that was in the way is free again and another
/// one goes on: it takes the rename back as well, or the releases would meet the names of a rename that is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undo_that_a_recovery_began_is_an_undo_for_the_next() {
    let ground = Ground::new().await;
    ground.stopped_when_moving(Operation::Rename, Act::Cut).await;
    let foreign = ground.database.direct.collection::<Document>("org_zephyr");
    foreign.insert_one(doc! {"_id": "of another program"}).await.unwrap();
    let (second, recoverer) = ground.recoverer().await;
    ground.leases_end().await;
    second.rule(|call| if call.label() == "delete reservations" { Act::Hold } else { Act::Pass });
    let recovering = tokio::spawn(meet(recoverer, "acme"));
    second.held().await;
    foreign.drop().await.unwrap();
    ground.another_opens().await;
    second.release();
    recovering.await.unwrap();
    assert!(!Operation::Rename.assert_whole(&ground, "after both").await, "taken back");
}

/// R has seen the collection at the old name, and the late move of E is faster than R's own: whatever a tenant has put at
/// the old name since, the rename is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_whose_rename_comes_second_goes_forward() {
    let ground = Ground::new().await;
    for tenant in [false, true] {
        let when = format!("a tenant: {tenant}");
        Operation::Rename.prepare(&ground).await;
        let store = ground.process().await;
        ground.proxy.on("renameCollection", 1, Act::Hold);
        let (_, ()) = tokio::join!(Operation::Rename.run(&*store, &ground), async {
            ground.proxy.held().await;
            let (second, recoverer) = ground.recoverer().await;
            ground.leases_end().await;
            second.on("renameCollection", 1, Act::Hold);
            let recovering = tokio::spawn(meet(recoverer, "acme"));
            second.held().await;
            ground.proxy.release();
            while ground.database.collection_uuid("org_zephyr").await.is_none() {
                tokio::task::yield_now().await;
            }
            if tenant {
                ground.tenant_writes("org_acme").await;
            }
            second.release();
            recovering.await.unwrap();
        });
        settle().await;
        ground.assert_renamed(&when).await;
    }
}

/// The collection was moved before the process ended, and a tenant writes by the old name: that is not the one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tenant_makes_at_the_old_name_is_not_the_collection() {
    let ground = Ground::new().await;
    ground.stopped_when_moving(Operation::Rename, Act::DropReply).await;
    ground.tenant_writes("org_acme").await;
    ground.another_opens().await;
    ground.assert_renamed("after the recovery").await;
    assert_eq!(ground.ids("org_acme").await, ["of a tenant"]);
}

/// The new collection was not placed before the process ended, and another one is at its place: that is not the one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_collection_at_the_place_of_a_new_one_is_not_the_organizations() {
    let ground = Ground::new().await;
    ground.stopped_when_moving(Operation::Create, Act::Cut).await;
    ground.tenant_writes("org_acme").await;
    ground.another_opens().await;
    assert!(ground.database.all("organizations").await.is_empty(), "taken back");
    assert_eq!(ground.ids("org_acme").await, ["of a tenant"]);
    ground.database.assert_true_to_each_other("after the recovery").await;
}
