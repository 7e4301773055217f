//! The file removed, moved or replaced while a store has it open.

use super::restore::put;
use super::suite::{by_name, create, initialize};
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::PathBuf;
use tenantry::domain::DatabaseName;
use tenantry::port::{Audit, AuditQuery, Store};
use tenantry::service::Error;
use tenantry::store::embedded::EmbeddedStore;

struct Ground {
    folder: tempfile::TempDir,
    store: EmbeddedStore,
    /// The file before the last write.
    older: Vec<u8>,
}

impl Ground {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
        initialize(&store).await;
        create(&store, "Acme", "ann@x").await.unwrap();
        let older = fs::read(folder.path().join("tenantry.db")).unwrap();
        create(&store, "Later", "later@x").await.unwrap();
        Self { folder, store, older }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("tenantry.db")
    }

    fn again(&self) -> EmbeddedStore {
        EmbeddedStore::new(self.folder.path(), &DatabaseName::default())
    }

    async fn assert_refused(&self, words: &str) {
        let refusals = [
            create(&self.store, "New", "new@x").await.map(drop),
            self.store.audit(&AuditQuery::newest(5)).await.map(drop),
            self.store.store_id().await.map(drop),
            create(&self.store, "New", "new@x").await.map(drop),
        ];
        for refusal in refusals {
            match refusal {
                Err(Error::StoreUnusable(text)) => {
                    assert!(text.contains("tenantry.db") && text.contains(words), "{text}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn removed_file_is_refused_and_not_written() {
    let ground = Ground::new().await;
    let mut lost = File::open(ground.file()).unwrap();
    let before = content(&mut lost);
    fs::remove_file(ground.file()).unwrap();
    ground.assert_refused("was removed or moved").await;
    drop(ground.store);
    assert!(content(&mut lost) == before, "the lost file is as it was");
}

#[tokio::test]
async fn moved_file_is_refused_until_it_is_back() {
    let ground = Ground::new().await;
    let elsewhere = ground.folder.path().join("elsewhere.db");
    fs::rename(ground.file(), &elsewhere).unwrap();
    ground.assert_refused("was removed or moved").await;
    fs::rename(&elsewhere, ground.file()).unwrap();
    create(&ground.store, "New", "new@x").await.unwrap();
}

#[tokio::test]
async fn replaced_file_is_refused_and_the_new_one_is_left_alone() {
    let ground = Ground::new().await;
    let new = ground.folder.path().join("new.db");
    put(&new, &ground.older);
    fs::rename(&new, ground.file()).unwrap();
    ground.assert_refused("was replaced").await;
    let log = ground.folder.path().join("tenantry.db-wal");
    let Ground { folder, store, older } = ground;
    drop(store);
    assert!(log.exists(), "what is beside the new file is not removed by its name");
    assert!(fs::read(folder.path().join("tenantry.db")).unwrap() == older);
    let again = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    assert!(by_name(&again, "Acme").await.is_some() && by_name(&again, "Later").await.is_none());
}

/// `cp` writes into the same file.
#[tokio::test]
async fn overwritten_file_is_refused_and_left_alone() {
    let ground = Ground::new().await;
    // File systems tell times of a few milliseconds apart.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    put(&ground.file(), &ground.older);
    ground.assert_refused("was replaced").await;
    let again = ground.again();
    assert!(by_name(&again, "Acme").await.is_some() && by_name(&again, "Later").await.is_none());
    drop(again);
    let Ground { folder, store, older } = ground;
    drop(store);
    let there = fs::read(folder.path().join("tenantry.db")).unwrap();
    assert!(there == older, "nothing of the pages from before is written");
}
