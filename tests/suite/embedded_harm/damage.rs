//! Files that are cut, overwritten or not databases. Every answer from a damaged file is right, or an error that says
//! what to do; rows never vanish without an error or a finding of the doctor.

use super::{Home, assert_unusable, file};
use crate::common::suite::{by_names, create, delete, initialize, newest, purge, restore, to_name, update};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::Path;
use tenantry::domain::{DatabaseName, Organization};
use tenantry::port::{
    Accounts, Audit, AuditQuery, Doctor, Error, Lookup, OperatorQuery, Operators, Organizations, Result,
    Store,
};
use tenantry::port::{ChangesQuery, ChangesSince, Feed};
use tenantry::store::embedded::EmbeddedStore;
use tokio::sync::watch;

const PAGE: usize = 4_096;
const SECTOR: usize = 512;
/// Of a page.
const SECTORS: usize = PAGE / SECTOR;
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
            // A fixed seed, so that a failure can be reproduced.
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

/// The list, in one page.
async fn list(store: &EmbeddedStore) -> Result<Vec<Organization>> {
    let page = store.page(&by_names(1_000)).await?;
    Ok(page.rows.iter().map(|row| (**row).clone()).collect())
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
        let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
        initialize(&store).await;
        for number in 0..ORGANIZATIONS {
            create(&store, &format!("Org {number}"), &format!("admin{number}@example.com")).await.unwrap();
        }
        let all = list(&store).await.unwrap();
        let entries = newest(&store, 1_000).await.len();
        drop(store);
        let path = folder.path().join("tenantry.db");
        assert!(!path.with_extension("db-wal").exists(), "the last one that closes it takes everything over");
        Self { bytes: fs::read(path).unwrap(), all, entries }
    }

    /// A copy, harmed.
    fn harmed(&self, harm: impl FnOnce(&Path)) -> (tempfile::TempDir, EmbeddedStore) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenantry.db");
        super::restore::put(&path, &self.bytes);
        harm(&path);
        let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
        (folder, store)
    }

    /// Reads and writes of every kind: each is right or refused because of the store. Answers how many were refused.
    async fn use_all(&self, store: &EmbeddedStore, when: &str) -> usize {
        let mut refused = 0;
        match told(store.store_id().await, when) {
            Some(id) => assert!(id.is_some(), "{when}: the store is gone"),
            None => refused += 1,
        }
        match told(list(store).await, when) {
            Some(all) => assert_eq!(all, self.all, "{when}: the list"),
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
            Some(page) if page.rows.len() == self.entries => {}
            // An entry that cannot be read is left out, and the doctor says that the file is not whole.
            Some(_) => {
                let report = told(store.check(&watch::Sender::default()).await, when);
                let is_silent = report.is_some_and(|report| report.findings.is_empty());
                assert!(!is_silent, "{when}: entries are missing from the audit");
                refused += 1;
            }
            None => refused += 1,
        }
        match told(store.operators(&OperatorQuery { after: None, limit: 10 }).await, when) {
            Some(page) => assert_eq!(page.rows.len(), 1, "{when}: operators"),
            None => refused += 1,
        }
        let since = ChangesSince::Ago(SignedDuration::from_hours(1_000_000));
        let of_all_time = ChangesQuery { since, now: Timestamp::now(), at_work: Vec::new(), limit: 10_000 };
        match told(store.changes(&of_all_time).await, when) {
            Some(changes) => {
                let is_told = |known: &Organization| changes.organizations.iter().any(|now| **now == *known);
                assert!(self.all.iter().all(is_told), "{when}: what changed");
            }
            None => refused += 1,
        }
        refused += usize::from(told(self.write(store).await, when).is_none());
        refused
    }

    async fn write(&self, store: &EmbeddedStore) -> Result<()> {
        let made = create(store, "Zephyr", "zoe@x").await?;
        let renamed = update(store, &made, &to_name("Aachen")).await?;
        let deleted = delete(store, &renamed).await?.organization;
        let restored = restore(store, &deleted).await?;
        purge(store, &restored).await.map(drop)
    }
}

/// An answer, or that the store was called damaged; nothing else may come.
fn told<T: std::fmt::Debug>(answer: Result<T>, when: &str) -> Option<T> {
    match answer {
        Ok(value) => Some(value),
        Err(Error::StoreUnusable(text)) => {
            let is_told = [
                "is damaged; restore it from a backup",
                "is not a database",
                "another application",
                "was changed by another program",
                "holds a value that tenantry does not write",
            ]
            .iter()
            .any(|words| text.contains(words));
            assert!(is_told, "{when}: {text}");
            None
        }
        Err(other) => panic!("{when}: {other:?}"),
    }
}

#[tokio::test]
async fn overwritten_pages_are_detected_or_harmless() {
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

/// A disk loses whole sectors. The middle of a page may be a value that looks valid, or an index's only path to a row:
/// SQLite cannot detect that, so values are not compared and nothing is looked up; but the list must be complete.
#[tokio::test]
async fn overwritten_sectors_never_shorten_a_list_unnoticed() {
    let original = Original::make().await;
    let sectors = original.bytes.len() / SECTOR;
    let (mut refused, mut cases) = (0, 0);
    for (turn, garbage) in Garbage::ALL.into_iter().enumerate() {
        // Each sector gets one of them, the same sector of the next page another one.
        for sector in (0..sectors).filter(|sector| (sector + sector / SECTORS) % Garbage::ALL.len() == turn) {
            let when = format!("{garbage:?} over sector {sector} of {sectors}");
            let (_folder, store) = original.harmed(|path| garbage.over(path, sector * SECTOR, SECTOR));
            cases += 1;
            let Some(id) = told(store.store_id().await, &when) else {
                refused += 1;
                continue;
            };
            assert!(id.is_some(), "{when}: the store is gone");
            match told(list(&store).await, &when) {
                Some(all) if all.len() == ORGANIZATIONS => {}
                // A record that cannot be read is left out of lists, and is a finding of the doctor.
                Some(_) => match told(store.check(&watch::Sender::default()).await, &when) {
                    Some(report) => assert_ne!(report.findings, [], "{when}: rows are missing from the list"),
                    None => refused += 1,
                },
                None => refused += 1,
            }
        }
    }
    println!("{cases} cases, {refused} refused");
    assert!(refused > 0);
}

#[tokio::test]
async fn file_cut_at_any_length_is_detected() {
    let original = Original::make().await;
    let whole = original.bytes.len();
    // At each page, at some other places of many pages, and at many of the last page, where SQLite itself sees nothing.
    let in_pages = (1..whole).step_by(3 * PAGE + 517);
    let in_the_last = (whole - PAGE..whole).step_by(61).chain(whole - 20..whole);
    let lengths = (0..whole).step_by(PAGE).chain(in_pages).chain(in_the_last);
    for length in lengths {
        let when = format!("{length} of {whole} bytes");
        let (_folder, store) = original.harmed(|path| {
            fs::File::options().write(true).open(path).unwrap().set_len(length as u64).unwrap();
        });
        if length == 0 {
            // A store is created in an empty file: it has no operator yet.
            assert_eq!(store.store_id().await, Ok(None));
            continue;
        }
        assert!(told(store.store_id().await, &when).is_none(), "{when}: it was opened");
        assert!(original.use_all(&store, &when).await > 0, "{when}: nothing was noticed");
    }
}

/// The commands' errors, and that the store works again after the backup is restored.
#[test]
fn restoring_a_backup_repairs_a_damaged_store() {
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
