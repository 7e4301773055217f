//! Files that are cut, overwritten or not what they should be. Whatever a damaged file answers is right or an error that
//! says what to do; rows never vanish without one.

use super::{Home, assert_unusable, file};
use crate::common::suite::{create, delete, initialize, to_name, update};
use std::fs;
use std::path::Path;
use tenantry::domain::{Organization, SortKey};
use tenantry::service::store::{AuditQuery, Lookup, OperatorQuery, PageQuery, Store};
use tenantry::service::{Error, Result};
use tenantry::store::embedded::EmbeddedStore;

const PAGE: usize = 4_096;
const SECTOR: usize = 512;
/// So many that every table and index has inner pages and leaves.
const ORGANIZATIONS: usize = 150;

/// What is written over a part of the file.
#[derive(Clone, Copy, Debug)]
enum Garbage {
    Zeros,
    Ones,
    Noise,
    Text,
}

impl Garbage {
    const ALL: [Self; 4] = [Self::Zeros, Self::Ones, Self::Noise, Self::Text];

    fn bytes(self, length: usize) -> Vec<u8> {
        let byte = |at: usize| match self {
            Self::Zeros => 0,
            Self::Ones => 0xff,
            // Fixed, so that a failure can be looked at again.
            Self::Noise => (at.wrapping_mul(2_654_435_761).rotate_right(7) ^ (at >> 3)).to_le_bytes()[0],
            Self::Text => b"tenantry "[at % 9],
        };
        (0..length).map(byte).collect()
    }

    fn over(self, file: &Path, from: usize, length: usize) {
        let mut bytes = fs::read(file).unwrap();
        let end = bytes.len().min(from + length);
        bytes[from..end].copy_from_slice(&self.bytes(end - from));
        fs::write(file, bytes).unwrap();
    }
}

/// Everything but the first page, under a store that may be open.
pub(crate) fn overwrite_all_but_the_first(file: &Path) {
    Garbage::Text.over(file, PAGE, usize::MAX / 2);
}

fn page_of_all() -> PageQuery {
    PageQuery { state: None, sort: SortKey::Name, reverse: false, after: None, limit: 1_000 }
}

/// A whole store, to be harmed in copies.
struct Original {
    bytes: Vec<u8>,
    all: Vec<Organization>,
    entries: usize,
}

impl Original {
    async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::new(folder.path(), "master_db");
        initialize(&store).await;
        for number in 0..ORGANIZATIONS {
            create(&store, &format!("Org {number}"), &format!("admin{number}@example.com")).await.unwrap();
        }
        let all = store.page(&page_of_all()).await.unwrap().iter().map(|it| (**it).clone()).collect();
        let entries = store.audit(&AuditQuery::newest(1_000)).await.unwrap().len();
        drop(store);
        let path = folder.path().join("tenantry.db");
        assert!(!path.with_extension("db-wal").exists(), "the last one that closes it takes everything over");
        Self { bytes: fs::read(path).unwrap(), all, entries }
    }

    /// A copy, harmed.
    fn harmed(&self, harm: impl FnOnce(&Path)) -> (tempfile::TempDir, EmbeddedStore) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenantry.db");
        fs::write(&path, &self.bytes).unwrap();
        harm(&path);
        let store = EmbeddedStore::new(folder.path(), "master_db");
        (folder, store)
    }

    /// Reads and writes of every kind: each is right or refused because of the store. Answers how many were refused.
    async fn use_all(&self, store: &EmbeddedStore, when: &str) -> usize {
        let mut refused = 0;
        match told(store.store_id().await, when) {
            Some(id) => assert!(id.is_some(), "{when}: the store is gone"),
            None => refused += 1,
        }
        match told(store.page(&page_of_all()).await, when) {
            Some(page) => {
                let page: Vec<&Organization> = page.iter().map(|it| &**it).collect();
                assert_eq!(page, self.all.iter().collect::<Vec<_>>(), "{when}: the list");
            }
            None => refused += 1,
        }
        for known in self.all.iter().step_by(13) {
            let lookup = Lookup::NameKey(known.name_key.clone());
            match told(store.find(&lookup).await, when) {
                Some(found) => assert_eq!(found.as_ref(), Some(known), "{when}: by name"),
                None => refused += 1,
            }
            let lookup = Lookup::Id(known.id);
            match told(store.find(&lookup).await, when) {
                Some(found) => assert_eq!(found.as_ref(), Some(known), "{when}: by id"),
                None => refused += 1,
            }
            match told(store.account(known.admin_id).await, when) {
                Some(found) => assert!(found.is_some(), "{when}: the admin of {}", known.name),
                None => refused += 1,
            }
        }
        match told(store.audit(&AuditQuery::newest(1_000)).await, when) {
            Some(entries) => assert_eq!(entries.len(), self.entries, "{when}: the audit"),
            None => refused += 1,
        }
        match told(store.operators(&OperatorQuery { after: None, limit: 10 }).await, when) {
            Some(operators) => assert_eq!(operators.len(), 1, "{when}: operators"),
            None => refused += 1,
        }
        refused += usize::from(told(self.write(store).await, when).is_none());
        refused
    }

    async fn write(&self, store: &EmbeddedStore) -> Result<()> {
        let made = create(store, "Zephyr", "zoe@x").await?;
        let renamed = update(store, &made, &to_name(store, "Aachen")).await?;
        delete(store, &renamed).await
    }
}

/// An answer, or that the store was called damaged; nothing else may come.
fn told<T: std::fmt::Debug>(answer: Result<T>, when: &str) -> Option<T> {
    match answer {
        Ok(value) => Some(value),
        Err(Error::StoreUnusable(text)) => {
            let is_told =
                ["is damaged; restore it from a backup", "is not a database", "another application"]
                    .iter()
                    .any(|words| text.contains(words));
            assert!(is_told, "{when}: {text}");
            None
        }
        Err(other) => panic!("{when}: {other:?}"),
    }
}

#[tokio::test]
async fn every_page_overwritten() {
    let original = Original::make().await;
    let pages = original.bytes.len() / PAGE;
    let mut harmless = Vec::new();
    for garbage in Garbage::ALL {
        for page in 0..pages {
            let when = format!("{garbage:?} over page {} of {pages}", page + 1);
            let (_folder, store) = original.harmed(|path| garbage.over(path, page * PAGE, PAGE));
            if original.use_all(&store, &when).await == 0 {
                harmless.push(when);
            }
        }
    }
    println!("{} cases; nothing that was read met {harmless:?}", pages * Garbage::ALL.len());
    assert!(harmless.len() < pages, "most pages are met");
}

/// A sector is what a disk loses at once. What lies in the middle of a page may be a value that looks like any other, or
/// the only way of an index to a row: SQLite cannot tell, so values are not compared and nothing is looked up; but the
/// list may miss nothing.
#[tokio::test]
async fn sectors_overwritten() {
    let original = Original::make().await;
    let sectors = original.bytes.len() / SECTOR;
    let (mut refused, mut cases) = (0, 0);
    for garbage in Garbage::ALL {
        for sector in 0..sectors {
            let when = format!("{garbage:?} over sector {sector} of {sectors}");
            let (_folder, store) = original.harmed(|path| garbage.over(path, sector * SECTOR, SECTOR));
            cases += 1;
            let Some(id) = told(store.store_id().await, &when) else {
                refused += 1;
                continue;
            };
            assert!(id.is_some(), "{when}: the store is gone");
            match told(store.page(&page_of_all()).await, &when) {
                Some(page) => assert_eq!(page.len(), ORGANIZATIONS, "{when}: the list"),
                None => refused += 1,
            }
        }
    }
    println!("{cases} cases, {refused} refused");
    assert!(refused > 0);
}

#[tokio::test]
async fn cut_anywhere() {
    let original = Original::make().await;
    let whole = original.bytes.len();
    let lengths = (0..whole).step_by(PAGE).chain([1, 17, 100, 512, whole / 2 + 1, whole - 1]);
    for length in lengths {
        let when = format!("{length} of {whole} bytes");
        let (_folder, store) = original.harmed(|path| {
            fs::File::options().write(true).open(path).unwrap().set_len(length as u64).unwrap();
        });
        if length == 0 {
            // An empty file is what a store is made in: it has no operator yet.
            assert_eq!(store.store_id().await, Ok(None));
            continue;
        }
        assert!(original.use_all(&store, &when).await > 0, "{when}: nothing was noticed");
    }
}

/// Through the commands: what is said, and that it is over with the backup back in its place.
#[test]
fn a_backup_mends_it() {
    let home = Home::signed_in();
    super::fill(&home, ORGANIZATIONS);
    let whole = fs::read(file(&home)).unwrap();
    let names = super::names(&home);
    let harms: [(&str, &dyn Fn()); 4] = [
        ("all of it", &|| Garbage::Noise.over(&file(&home), 0, whole.len())),
        ("all but its first page", &|| overwrite_all_but_the_first(&file(&home))),
        ("its middle", &|| Garbage::Noise.over(&file(&home), whole.len() / 2 / PAGE * PAGE, 8 * PAGE)),
        ("its end", &|| fs::write(file(&home), &whole[..whole.len() / 3]).unwrap()),
    ];
    for (when, harm) in harms {
        harm();
        let list = home.run(&["org", "list", "--all", "--json"]);
        assert_unusable(&list, &["restore it from a backup"], when);
        fs::write(file(&home), &whole).unwrap();
        assert_eq!(super::names(&home), names, "{when}: with the backup");
    }
}
