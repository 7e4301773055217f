//! The sizes of many collections, the biggest ones, and the last sign-ins of their admins.

use super::*;
use crate::common::documents;
use crate::common::gate::{Gate, set};
use crate::common::world::service_over;
use rusqlite::Connection;
use std::sync::atomic::Ordering;
use tenantry::service::{TopBy, TopProgress};
use tokio::sync::watch;

fn file(world: &World) -> Connection {
    Connection::open(world.folder.path().join("tenantry.db")).unwrap()
}

fn put(world: &World, collection: &str, count: usize) {
    let mut file = file(world);
    let transaction = file.transaction().unwrap();
    for number in 0..count {
        documents::put(&transaction, collection, &format!("d{number}"));
    }
    transaction.commit().unwrap();
}

fn drop_collection(world: &World, name: &str) {
    assert_eq!(file(world).execute("DELETE FROM collections WHERE name = ?1", [name]).unwrap(), 1);
}

#[tokio::test]
async fn sizes_come_in_the_order_asked_and_each_fails_alone() {
    let (world, root, ann) = two_organizations().await;
    let rows = world.service.list_organizations(&root, &list_all()).await.unwrap().items;
    put(&world, "org_zephyr", 3);
    drop_collection(&world, "org_acme");
    let sizes = world.service.sizes(&root, &rows).await.unwrap();
    assert_eq!(sizes[0], Err(Error::CollectionMissing("org_acme".into())));
    assert_eq!(sizes[1].as_ref().unwrap().documents, 3);
    let of_ann = world.service.sizes(&ann, &rows).await.unwrap();
    assert_eq!(of_ann[1], Err(Error::NotFound), "another's");
    // A row that was read before a rename is looked for where it is now.
    update(&world, &root, "Zephyr", rename("Breeze")).await.unwrap();
    let sizes = world.service.sizes(&root, &rows).await.unwrap();
    assert_eq!(sizes[1].as_ref().unwrap().documents, 3);
}

#[tokio::test]
async fn few_sizes_are_read_at_a_time_and_an_outage_is_not_a_missing_collection() {
    let world = World::initialized().await;
    let root = world.root().await;
    for number in 0..40 {
        world.create(&root, &format!("Acme {number}"), &format!("a{number}@x.example")).await.unwrap();
    }
    let gate = Arc::new(Gate::new(Arc::clone(&world.store) as Arc<dyn Store>));
    let service = service_over(Arc::clone(&gate) as Arc<dyn Store>, Arc::clone(&world.clock), options());
    let rows = service.list_organizations(&root, &list_all()).await.unwrap().items;
    set(&gate.holds_sizes, true);
    let reading = {
        let (service, root, rows) = (Arc::clone(&service), root.clone(), rows.clone());
        tokio::spawn(async move { service.sizes(&root, &rows).await })
    };
    while gate.waiting.load(Ordering::SeqCst) < 16 {
        tokio::task::yield_now().await;
    }
    // As many as may run do wait; no other one begins.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.waiting.load(Ordering::SeqCst), 16);
    gate.permits.add_permits(40);
    assert_eq!(reading.await.unwrap().unwrap().len(), 40);
    set(&gate.holds_sizes, false);
    set(&gate.is_down, true);
    assert!(matches!(service.sizes(&root, &rows).await, Err(Error::Unavailable { .. })));
}

#[tokio::test]
async fn top_lists_the_biggest_first_and_counts_what_it_leaves_out() {
    let world = World::initialized().await;
    let root = world.root().await;
    for number in 0..40 {
        world.create(&root, &format!("Acme {number}"), &format!("a{number}@x.example")).await.unwrap();
        put(&world, &format!("org_acme_{number}"), (number * 7) % 40);
    }
    drop_collection(&world, "org_acme_0");
    let progress = watch::Sender::default();
    let top = world.service.top(&root, TopBy::Documents, 5, &progress).await.unwrap();
    let counts: Vec<u64> = top.rows.iter().map(|row| row.size.documents).collect();
    assert_eq!(counts, [39, 38, 37, 36, 35]);
    assert_eq!((top.read, top.missing, top.unread), (40, 1, 0));
    assert_eq!(*progress.borrow(), TopProgress { read: 40, listed: 40, is_all_listed: true });
    let all = world.service.top(&root, TopBy::Data, 1_000, &progress).await.unwrap();
    assert_eq!(all.rows.len(), 39);
    assert!(all.rows.is_sorted_by(|a, b| a.size.data_bytes >= b.size.data_bytes));
}

#[tokio::test]
async fn last_sign_ins_are_those_of_the_admins() {
    let (world, root, ann) = two_organizations().await;
    let rows = world.service.list_organizations(&root, &list_all()).await.unwrap().items;
    let signed_in = world.service.last_sign_ins(&root, &rows).await.unwrap();
    assert_eq!(signed_in.keys().copied().collect::<Vec<_>>(), [rows[0].id], "only Ann signed in");
    assert!(world.service.last_sign_ins(&ann, &rows[1..]).await.unwrap().is_empty(), "another's");
}
