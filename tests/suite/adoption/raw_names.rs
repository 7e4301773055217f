//! An adopted organization keeps the raw name of its collection; every operation works on it, and a rename moves it to
//! a name of tenantry's own.

use super::adopt;
use super::old::Old;
use crate::common::suite::*;
use tenantry::domain::Organization;
use tenantry::port::{Lookup, Organizations};
use tenantry::store::mongo::MongoStore;

async fn beta(store: &MongoStore) -> Organization {
    store.find(&Lookup::NameKey(name("Beta Co").key().to_owned())).await.unwrap().unwrap()
}

async fn adopted() -> (Old, std::sync::Arc<MongoStore>, Organization) {
    let old = Old::new().await;
    old.sound("Beta Co", "ben@x").await;
    old.application("org_Beta Co").await;
    let store = old.initialized().await;
    adopt(&store).await;
    let beta = beta(&store).await;
    (old, store, beta)
}

#[tokio::test]
async fn a_rename_moves_the_collection_to_a_name_of_tenantrys_own() {
    let (old, store, beta) = adopted().await;
    let (documents, indexes) = (old.documents("org_Beta Co").await, old.indexes("org_Beta Co").await);
    let same = update(&*store, &beta, &to_name("BETA CO")).await.unwrap();
    assert_eq!(same.collection_name(), "org_Beta Co", "case alone moves nothing");
    let renamed = update(&*store, &same, &to_name("Gamma Co")).await.unwrap();
    assert_eq!(renamed.collection_name(), "org_gamma_co");
    assert_eq!(old.documents("org_gamma_co").await, documents);
    assert_eq!(old.indexes("org_gamma_co").await, indexes);
    old.database.assert_sound("renamed").await;
}

#[tokio::test]
async fn delete_restore_and_purge_work() {
    let (old, store, beta) = adopted().await;
    let documents = old.documents("org_Beta Co").await;
    let gone = delete(&*store, &beta).await.unwrap().organization;
    old.database.assert_sound("deleted").await;
    // Its password is the old one still.
    let back = restore(&*store, &gone).await.unwrap();
    assert_eq!(back.collection_name(), "org_beta_co");
    assert_eq!(old.documents("org_beta_co").await, documents);
    old.database.assert_sound("restored").await;
    let gone = delete(&*store, &back).await.unwrap().organization;
    purge(&*store, &gone).await.unwrap();
    assert_eq!(old.database.organization_collections().await, Vec::<String>::new());
    old.database.assert_sound("purged").await;
    let (old, store, beta) = adopted().await;
    purge(&*store, &beta).await.unwrap();
    assert_eq!(old.database.organization_collections().await, Vec::<String>::new(), "at once");
}

#[tokio::test]
async fn size_stats_and_documents_are_read() {
    let (_old, store, beta) = adopted().await;
    assert_eq!(store.size(&beta).await.unwrap().documents, 2, "the initial document stays");
    let indexes = store.stats(&beta).await.unwrap().indexes;
    assert_eq!(indexes.iter().map(|index| index.name.as_str()).collect::<Vec<_>>(), ["_id_", "n_1"]);
    assert!(store.has_collection(beta.collection.as_ref().unwrap()).await.unwrap());
}

#[tokio::test]
async fn the_doctor_puts_it_back_under_its_raw_name() {
    let (old, store, _) = adopted().await;
    old.database.move_collection("org_Beta Co", "org_elsewhere").await;
    old.database.repair("moved").await;
    assert_eq!(beta(&store).await.collection_name(), "org_Beta Co");
    old.database.assert_sound("put back").await;
}
