//! A schedule that broke an earlier draft of the protocol, as those of organizations, about operators.

use super::Ground;
use crate::common::mongo::LEASE;
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::doc;
use tenantry::domain::AuditAction;
use tenantry::port::{Operators, Store};

/// 16. The first operator is removed while another process opens the store and completes it: it does not come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s16_removed_first_operator_stays_removed() {
    for insert in 1..=2 {
        let ground = Ground::new().await;
        let root = by_email(&*ground.plain, "root@example.com").await.unwrap().account;
        // As it is between the commit of the first operator and its account.
        let account = ground.database.all("admins").await.remove(0);
        let begun = doc! {"$set": {"first_operator": account}};
        ground.all("meta").update_one(doc! {}, begun).await.unwrap();
        ground.all("admins").delete_many(doc! {}).await.unwrap();
        ground.all("reservations").delete_many(doc! {}).await.unwrap();
        let opens = ground.database.store_at(ground.proxy.uri(), LEASE);
        ground.proxy.on("insert", insert, Act::Hold);
        let opening = tokio::spawn(async move { opens.store_id().await });
        ground.proxy.held().await;
        // Another process completes it, adds a second one, and that one removes it.
        let other = ground.database.store();
        other.store_id().await.unwrap().unwrap();
        let second = new_account("second@x");
        other.add_operator(&second, entry(AuditAction::OperatorAdd, at(1))).await.unwrap();
        other.remove_operator(root.id, entry(AuditAction::OperatorRemove, at(2))).await.unwrap();
        ground.proxy.release();
        opening.await.unwrap().unwrap().unwrap();
        let another = ground.database.store();
        another.store_id().await.unwrap().unwrap();
        assert!(by_email(&*another, "root@example.com").await.is_none(), "insert {insert}");
        assert!(by_email(&*another, "second@x").await.is_some(), "insert {insert}");
        let again = new_account("root@example.com");
        let late = another.add_operator(&again, entry(AuditAction::OperatorAdd, at(3))).await;
        assert!(late.is_ok(), "its email is free: {late:?}");
    }
}
