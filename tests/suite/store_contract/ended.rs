//! A session that ends between its check and its write.

use super::Harness;
use crate::common::suite::*;
use tenantry::domain::{AccountId, AuditAction, AuditEntry, Ended, OrganizationChange};
use tenantry::port::{AccountChange, DeleteRequest, Error, PurgeRequest, RestoreRequest, UpdateRequest};
use uuid::Uuid;

/// An entry of a session of `account`.
fn acting(account: AccountId, version: i64, action: AuditAction) -> AuditEntry {
    AuditEntry { actor_id: Some(account), actor_version: Some(version), ..entry(action, at(9)) }
}

pub(crate) async fn write_of_an_ended_session_is_refused<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let gone = in_trash(store, "Gone", "gus@x").await;
    let lee =
        store.add_operator(&new_account("lee@x"), entry(AuditAction::OperatorAdd, at(2))).await.unwrap();
    let kim =
        store.add_operator(&new_account("kim@x"), entry(AuditAction::OperatorAdd, at(2))).await.unwrap();
    let entries = newest(store, 100).await;
    // An operator whose password was changed, and one who was removed.
    for (account, version) in [(kim.id, kim.token_version - 1), (AccountId(Uuid::from_u128(7)), 1)] {
        let by = |action| acting(account, version, action);
        let name = name("Borealis");
        let update = UpdateRequest {
            current: acme.clone(),
            admin: None,
            change: OrganizationChange { name: Some(name.clone()), ..OrganizationChange::default() },
        };
        let admin = Some(admin_of(store, &acme).await.account);
        let purge_at = at(99);
        let delete = DeleteRequest { current: acme.clone(), admin, purge_at };
        let restore = RestoreRequest {
            current: gone.clone(),
            admin: None,
            name,
            email: email("bo@x"),
            password_hash: Some(hash("word")),
        };
        let purge = PurgeRequest { current: gone.clone() };
        let change = AccountChange { email: Some(email("lee@y")), ..AccountChange::default() };
        let refusals = [
            store
                .create(&new_organization("Borealis", "bo@x"), by(AuditAction::OrganizationCreate))
                .await
                .map(drop),
            store.update(&update, by(AuditAction::OrganizationRename)).await.map(drop),
            store.delete(&delete, by(AuditAction::OrganizationDelete)).await.map(drop),
            store.restore(&restore, by(AuditAction::OrganizationRestore)).await.map(drop),
            store.purge(&purge, by(AuditAction::OrganizationPurge)).await.map(drop),
            store.add_operator(&new_account("zoe@x"), by(AuditAction::OperatorAdd)).await.map(drop),
            store.update_operator(&lee, &change, by(AuditAction::OperatorUpdate)).await.map(drop),
            store.remove_operator(lee.id, by(AuditAction::OperatorRemove)).await,
            store.revoke_all(lee.id, by(AuditAction::SignOut)).await,
        ];
        assert_eq!(refusals, refusals.each_ref().map(|_| Err(Error::SessionExpired(Ended::Ended))));
    }
    assert_eq!(newest(store, 100).await, entries, "nothing was done");
    assert_eq!(by_id(store, acme.id).await.unwrap(), acme);
    assert_eq!(by_email(store, "lee@x").await.unwrap().account, lee);
    // A session that is good writes.
    let by = acting(kim.id, kim.token_version, AuditAction::OrganizationCreate);
    store.create(&new_organization("Borealis", "bo@x"), by).await.unwrap();
}
