//! The operations that are stopped: the state before each, how it runs, and its result.

use super::Ground;
use crate::common::suite::*;
use mongodb::bson::{Bson, Document, doc, rawdoc};
use std::future::Future;
use std::pin::Pin;
use tenantry::domain::{
    AuditAction, CollectionMetadata, Organization, OrganizationId, Problem, RepairOutcome,
};
use tenantry::port::{DeleteRequest, Doctor, Error, RestoreRequest, Result, Store};
use tokio::sync::watch;
use uuid::Uuid;

pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    /// From an archive: an index and two batches of documents.
    Import,
    Rename,
    Email,
    Password,
    Everything,
    /// The same name in other letters: without new keys.
    CaseOnly,
    Suspend,
    Resume,
    Delete,
    Restore,
    /// Under another name, email and password.
    RestoreAnew,
    PurgeActive,
    PurgeDeleted,
    /// The doctor renames a displaced collection back.
    PutBack,
}

/// The place of the collection that is renamed back.
const ELSEWHERE: &str = "org_elsewhere";

/// The documents of the import.
const IMPORTED: [&str; 3] = ["a", "b", "c"];

/// An organization as the rules of an operation see it: state, name, email, password, and whether it is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Values(&'static str, &'static str, &'static str, &'static str, bool);

const ACME: Values = Values("active", "Acme", "ann@x", "first", false);
const SUSPENDED: Values = Values("active", "Acme", "ann@x", "first", true);
const DELETED: Values = Values("deleted", "Acme", "ann@x", "first", false);

impl Operation {
    pub(crate) const ALL: [Self; 15] = [
        Self::Create,
        Self::Import,
        Self::Rename,
        Self::Email,
        Self::Password,
        Self::Everything,
        Self::CaseOnly,
        Self::Suspend,
        Self::Resume,
        Self::Delete,
        Self::Restore,
        Self::RestoreAnew,
        Self::PurgeActive,
        Self::PurgeDeleted,
        Self::PutBack,
    ];

    /// Whether it makes the organization.
    pub(crate) fn is_new(self) -> bool {
        matches!(self, Self::Create | Self::Import)
    }

    pub(crate) fn is_purge(self) -> bool {
        matches!(self, Self::PurgeActive | Self::PurgeDeleted)
    }

    /// The organization's state before and after it.
    fn before_and_after(self) -> [Option<Values>; 2] {
        match self {
            Self::Create | Self::Import => [None, Some(ACME)],
            Self::Rename => [Some(ACME), Some(Values("active", "Zephyr", "ann@x", "first", false))],
            Self::Email => [Some(ACME), Some(Values("active", "Acme", "zoe@x", "first", false))],
            Self::Password => [Some(ACME), Some(Values("active", "Acme", "ann@x", "second", false))],
            Self::Everything => [Some(ACME), Some(Values("active", "Zephyr", "zoe@x", "second", false))],
            Self::CaseOnly => [Some(ACME), Some(Values("active", "ACME", "ann@x", "first", false))],
            Self::Suspend => [Some(ACME), Some(SUSPENDED)],
            Self::Resume => [Some(SUSPENDED), Some(ACME)],
            Self::Delete => [Some(ACME), Some(DELETED)],
            Self::Restore => [Some(DELETED), Some(ACME)],
            Self::RestoreAnew => [Some(DELETED), Some(Values("active", "Zephyr", "zoe@x", "second", false))],
            Self::PurgeActive => [Some(ACME), None],
            Self::PurgeDeleted => [Some(DELETED), None],
            Self::PutBack => [Some(ACME), Some(ACME)],
        }
    }

    /// What is there before it.
    pub(crate) async fn prepare(self, ground: &Ground) {
        ground.clear().await;
        if self.is_new() {
            return;
        }
        let acme = ground.acme().await;
        let plain = &*ground.plain;
        match self {
            Self::Resume => drop(suspend(plain, &acme, "").await.unwrap()),
            Self::Restore | Self::RestoreAnew | Self::PurgeDeleted => {
                delete(plain, &acme).await.unwrap();
            }
            Self::PutBack => ground.database.move_collection("org_acme", ELSEWHERE).await,
            Self::Create
            | Self::Import
            | Self::Rename
            | Self::Email
            | Self::Password
            | Self::Everything
            | Self::CaseOnly
            | Self::Suspend
            | Self::Delete
            | Self::PurgeActive => {}
        }
        ground.all("audit").delete_many(doc! {}).await.unwrap();
    }

    /// How many commands it sends when nothing happens.
    pub(crate) async fn commands(self, ground: &Ground) -> usize {
        self.prepare(ground).await;
        let store = ground.process().await;
        self.run(&*store, ground).await.unwrap();
        ground.proxy.count()
    }

    /// Runs it as a service does. What is read first is read past the proxy, so that only the commands of the operation
    /// are counted.
    pub(crate) fn run<'a>(self, store: &'a dyn Store, by: &'a Ground) -> Running<'a> {
        Box::pin(async move {
            if self == Self::Create {
                return create(store, "Acme", "ann@x").await.map(drop);
            }
            if self == Self::Import {
                return import(store).await;
            }
            let acme = by.the_one().await;
            let admin = admin_of(&*by.plain, &acme).await.account;
            let wanted = match self {
                Self::Delete => {
                    let request =
                        DeleteRequest { current: acme.clone(), admin: Some(admin), purge_at: at(1_000_000) };
                    let entry = entry_of(AuditAction::OrganizationDelete, at(120), acme.id, "Acme");
                    return store.delete(&request, entry).await.map(drop);
                }
                Self::Restore => return by.restore(store, &acme, "Acme", "ann@x", None).await,
                Self::RestoreAnew => {
                    return by.restore(store, &acme, "Zephyr", "zoe@x", Some("second")).await;
                }
                Self::PurgeActive | Self::PurgeDeleted => return purge(store, &acme).await.map(drop),
                Self::PutBack => return by.put_back(store).await,
                Self::Suspend => return suspend(store, &acme, "unpaid").await.map(drop),
                Self::Resume => return resume(store, &acme).await.map(drop),
                Self::Rename => to_name("Zephyr"),
                Self::CaseOnly => to_name("ACME"),
                Self::Email => to_email("zoe@x"),
                Self::Password => to_password("second"),
                Self::Create | Self::Import | Self::Everything => all_of("Zephyr", "zoe@x", "second"),
            };
            change(store, &acme, Some(&admin), &wanted).await.map(drop)
        })
    }

    /// That it is wholly there or not at all; answers which.
    pub(crate) async fn assert_whole(self, ground: &Ground, when: &str) -> bool {
        if self == Self::PutBack && ground.is_elsewhere().await {
            ground.database.repair(when).await;
            ground.assert_kept(when).await;
            return false;
        }
        ground.database.assert_sound(when).await;
        let [before, after] = self.before_and_after();
        let now = ground.values(when).await;
        let done = now == after;
        assert!(done || now == before, "{when}: {now:?} is neither {before:?} nor {after:?}");
        if self != Self::PutBack {
            let audited = ground.database.all("audit").await.len();
            assert_eq!(audited, usize::from(done), "{when}: the audit");
        }
        if self == Self::Import && done {
            let ids = ground.ids("org_acme").await;
            assert_eq!(ids, [&["_tenantry"][..], &IMPORTED].concat(), "{when}");
            let indexes = ground.all("org_acme").list_index_names().await.unwrap();
            assert_eq!(indexes, ["_id_", "n_1"], "{when}");
        }
        if !self.is_new() {
            ground.assert_kept(when).await;
        }
        done
    }

    /// A released name can be used by others, and nothing is inherited.
    pub(crate) async fn assert_usable(self, ground: &Ground, when: &str) {
        let now = ground.values(when).await.filter(|now| now.0 == "active");
        let is_free =
            |word: &&str| now.as_ref().is_none_or(|now| !now.1.eq_ignore_ascii_case(word) && now.2 != *word);
        let names = ["Acme", "Zephyr"].into_iter().filter(is_free);
        let emails = ["ann@x", "zoe@x"].into_iter().filter(is_free);
        for (name, email) in names.zip(emails) {
            let made = create(&*ground.plain, name, email).await;
            let made = made.unwrap_or_else(|error| panic!("{when}: {name} is not free: {error}"));
            let documents = ground.database.all(place_of(&made)).await;
            assert_eq!(documents.len(), 1, "{when}: only the marker of {name}");
        }
        ground.database.assert_sound(&format!("{when}, and used again")).await;
    }
}

/// The name of an organization's collection.
pub(crate) fn place_of(organization: &Organization) -> &str {
    organization.collection.as_ref().unwrap().as_str()
}

async fn import(store: &dyn Store) -> Result<()> {
    let index = rawdoc! {"v": 2, "key": {"n": 1}, "name": "n_1"};
    let metadata = CollectionMetadata { indexes: vec![index], ..CollectionMetadata::default() };
    let of = |ids: &[&str]| ids.iter().map(|id| rawdoc! {"_id": *id, "n": 1}).collect();
    let mut batches = Batches::of([of(&IMPORTED[..2]), of(&IMPORTED[2..])]);
    let new = new_organization("Acme", "ann@x");
    let entry = entry_of(AuditAction::OrganizationImport, at(1), new.id, "Acme");
    store.import_organization(&new, &metadata, &mut batches, entry).await.map(drop)
}

impl Ground {
    /// The only organization, in whatever state it is.
    pub(crate) async fn the_one(&self) -> Organization {
        let all = self.database.all("organizations").await;
        let [record] = &all[..] else { panic!("one organization: {all:?}") };
        self.by_record(record).await
    }

    pub(crate) async fn by_record(&self, record: &Document) -> Organization {
        let Some(Bson::Binary(id)) = record.get("_id") else { panic!("{record}") };
        let id = Uuid::from_slice(&id.bytes).unwrap();
        by_id(&*self.plain, OrganizationId(id)).await.unwrap()
    }

    async fn restore(
        &self,
        store: &dyn Store,
        deleted: &Organization,
        name_: &str,
        address: &str,
        word: Option<&str>,
    ) -> Result<()> {
        let request = RestoreRequest {
            current: deleted.clone(),
            admin: Some(admin_of(&*self.plain, deleted).await.account),
            name: name(name_),
            email: email(address),
            password_hash: word.map(hash),
        };
        let entry = entry_of(AuditAction::OrganizationRestore, at(180), deleted.id, name_);
        store.restore(&request, entry).await.map(drop)
    }

    async fn put_back(&self, store: &dyn Store) -> Result<()> {
        let found = self.plain.check(&watch::Sender::default()).await?.findings;
        let elsewhere = |problem: &Problem| matches!(problem, Problem::CollectionElsewhere { .. });
        let finding = found.iter().find(|finding| elsewhere(&finding.problem)).unwrap();
        match store.repair(finding, entry(AuditAction::Repair, at(240))).await? {
            RepairOutcome::Repaired => Ok(()),
            RepairOutcome::NoLongerPresent | RepairOutcome::Skipped(_) => Err(Error::Changed),
        }
    }

    /// Whether the collection of an organization at rest is still displaced.
    async fn is_elsewhere(&self) -> bool {
        let all = self.database.all("organizations").await;
        let at_rest = all.iter().all(|record| !record.contains_key("op"));
        at_rest && self.database.collection_uuid(ELSEWHERE).await.is_some()
    }

    /// The values of the only organization, if there is one.
    async fn values(&self, when: &str) -> Option<Values> {
        let all = self.database.all("organizations").await;
        assert!(all.len() <= 1, "{when}: {all:?}");
        let record = all.first()?;
        let known = |found: &str, words: &[&'static str]| {
            let word = words.iter().find(|word| **word == found);
            *word.unwrap_or_else(|| panic!("{when}: {found}"))
        };
        let text = |field: &str| record.get_str(field).unwrap_or_default();
        let admins = self.database.all("admins").await;
        let admin = admins.iter().find(|admin| admin.get("_id") == record.get("admin_id"));
        let password = admin.unwrap().get_str("password").unwrap().strip_prefix("$2b$04$").unwrap();
        Some(Values(
            known(text("state"), &["active", "deleted"]),
            known(text("organization_name"), &["Acme", "ACME", "Zephyr"]),
            known(text("admin_email"), &["ann@x", "zoe@x"]),
            known(password, &["first", "second"]),
            record.contains_key("suspended"),
        ))
    }

    /// The only organization, if it is there, has its documents and its index, in the trash as well.
    async fn assert_kept(&self, when: &str) {
        for record in self.database.all("organizations").await {
            self.database.assert_kept(record.get_str("collection_name").unwrap(), when).await;
        }
    }
}

/// Whether an answer says that the operation may still be completed.
pub(crate) fn is_open(answer: &Result<()>) -> bool {
    matches!(answer, Err(Error::Unavailable { operation: Some(_), .. } | Error::Refused { .. }))
}
