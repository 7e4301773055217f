//! A process that creates, changes, deletes, restores and purges, and remembers the answers.

use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::random::Random;
use crate::common::suite::{Batches, at, entry_of, new_organization, to_name};
use mongodb::Database;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc, rawdoc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tenantry::domain::{
    Account, AuditAction, AuditEntry, CollectionMetadata, Organization, OrganizationChange, OrganizationId,
    State, SuspensionChange,
};
use tenantry::port::{
    Accounts, Archives, DeleteRequest, Error, Lookup, NewOrganization, Organizations, PurgeRequest,
    RestoreRequest, Result, UpdateRequest,
};
use tenantry::store::mongo::MongoStore;
use uuid::Uuid;

/// What an import brings.
const IMPORTED: [&str; 3] = ["a", "b", "c"];

/// The state of an organization, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) name: String,
    pub(crate) is_deleted: bool,
    pub(crate) is_suspended: bool,
}

impl Standing {
    pub(crate) fn of(record: &Document) -> Self {
        Self {
            name: record.get_str("organization_name").unwrap().to_owned(),
            is_deleted: record.get_str("state").unwrap() == State::Deleted.as_str(),
            is_suspended: record.contains_key("suspended"),
        }
    }
}

/// What a client knows of an organization.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: OrganizationId,
    /// The ids of the documents that it must have if it is there: those of its import, or those of its application that
    /// were acknowledged.
    pub(crate) documents: Vec<&'static str>,
    /// What it was before the last write; none when there was none.
    before: Option<Standing>,
    /// What it is after it; none when it goes.
    after: Option<Standing>,
    operation: Uuid,
    /// The last write had no answer.
    is_open: bool,
}

fn binary(id: Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}

impl Known {
    pub(crate) fn record_id(&self) -> Bson {
        binary(self.id.0)
    }

    pub(crate) fn last_operation(&self) -> Bson {
        binary(self.operation)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Its possible states: without the last write, and with it.
    pub(crate) fn possible(&self) -> (Option<&Standing>, Option<&Standing>) {
        (self.before.as_ref(), self.after.as_ref())
    }
}

/// A process. Its organizations are its own, so that it knows the result of each write.
pub(crate) struct Client {
    /// How many writes were acknowledged.
    pub(crate) acknowledged: Arc<AtomicUsize>,
    store: Arc<MongoStore>,
    /// The organization's own application.
    application: Database,
    number: usize,
    random: Random,
    made: usize,
    /// Those that it continues with.
    known: Vec<Known>,
    /// Those that are purged or whose last write had no answer.
    left: Vec<Known>,
}

impl Client {
    pub(crate) fn new(database: &TestDatabase, number: usize, random: Random) -> Self {
        // For every second client the driver retries: SecantusDB loses its record of such commands at a kill, so a
        // retry finds its own earlier write.
        let retries = number % 2 == 1;
        let retries = format!("retryWrites={retries}&retryReads={retries}");
        Self {
            acknowledged: Arc::default(),
            store: database.store_at(&with_options(&database.uri, &retries), LEASE),
            application: database.direct.clone(),
            number,
            random,
            made: 0,
            known: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Writes until the end; returns the expected state.
    pub(crate) async fn work(mut self, over: Arc<AtomicBool>) -> Vec<Known> {
        while !over.load(Ordering::SeqCst) {
            let at = usize::try_from(self.random.below(1.max(self.known.len() as u64))).unwrap();
            let action = self.random.below(10);
            if self.known.is_empty() || action < 3 {
                self.create().await;
            } else {
                self.change(at, action).await;
            }
        }
        self.left.extend(self.known);
        self.left
    }

    fn next_name(&mut self) -> String {
        self.made += 1;
        format!("Client {} {}", self.number, self.made)
    }

    async fn create(&mut self) {
        let name = self.next_name();
        let new = new_organization(&name, &format!("a{}-{}@x", self.number, self.made));
        let collection = self.store.collection_of(&new.name);
        let entry = entry_of(AuditAction::OrganizationCreate, at(1), new.id, &name);
        let operation = entry.id;
        let is_import = self.random.below(3) == 0;
        let answer =
            if is_import { self.import(&new, entry).await } else { self.store.create(&new, entry).await };
        let documents = if is_import { IMPORTED.to_vec() } else { Vec::new() };
        let after = Some(Standing { name, is_deleted: false, is_suspended: false });
        let is_open = answer.is_err();
        let known = Known { id: new.id, documents, before: None, after, operation, is_open };
        if let Some(mut known) = self.judge(known, answer.map(drop)).await {
            let documents = self.application.collection::<Document>(collection.as_str());
            if !is_import && documents.insert_one(doc! {"_id": "kept"}).await.is_ok() {
                known.documents.push("kept");
            }
            self.known.push(known);
        }
    }

    /// Three documents in two batches, and an index.
    async fn import(&self, new: &NewOrganization, entry: AuditEntry) -> Result<Organization> {
        let index = rawdoc! {"v": 2, "key": {"n": 1}, "name": "n_1"};
        let metadata = CollectionMetadata { indexes: vec![index], ..CollectionMetadata::default() };
        let of = |ids: &[&str]| ids.iter().map(|id| rawdoc! {"_id": *id, "n": 1}).collect();
        let mut batches = Batches::of([of(&IMPORTED[..2]), of(&IMPORTED[2..])]);
        self.store.import_organization(new, &metadata, &mut batches, entry).await
    }

    /// The organization and its admin as a service reads them before a write; none while the server is away.
    async fn read(&self, id: OrganizationId) -> Option<(Organization, Account)> {
        match self.store.find(&Lookup::Id(id)).await {
            Ok(found) => {
                let found = found.unwrap_or_else(|| panic!("{id:?} is gone"));
                let admin = self.store.account(found.admin_id).await.ok()?;
                Some((found, admin.unwrap_or_else(|| panic!("the admin of {id:?} is gone")).account))
            }
            Err(Error::Unavailable { operation: None, .. }) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn change(&mut self, at_index: usize, action: u64) {
        let Some((current, admin)) = self.read(self.known[at_index].id).await else { return };
        let now = self.known[at_index].after.clone().unwrap();
        let (after, (operation, answer)) = match (action, now.is_deleted) {
            (3, _) => (None, self.purge(current).await),
            (4..=6, false) => {
                let name = self.next_name();
                let answer =
                    self.update(current, admin, to_name(&name), AuditAction::OrganizationRename).await;
                (Some(Standing { name, ..now }), answer)
            }
            (7, false) => {
                let change = if now.is_suspended {
                    SuspensionChange::Resume
                } else {
                    SuspensionChange::Suspend { reason: "unpaid".into() }
                };
                let change = OrganizationChange { suspension: Some(change), ..OrganizationChange::default() };
                let answer = self.update(current, admin, change, AuditAction::OrganizationSuspend).await;
                (Some(Standing { is_suspended: !now.is_suspended, ..now }), answer)
            }
            (_, false) => {
                let answer = self.delete(current, admin).await;
                (Some(Standing { is_deleted: true, ..now }), answer)
            }
            (_, true) => {
                let name = self.next_name();
                let answer = self.restore(current, admin, &name).await;
                (Some(Standing { name, is_deleted: false, ..now }), answer)
            }
        };
        self.wrote(at_index, after, operation, answer).await;
    }

    fn entry(action: AuditAction, current: &Organization) -> (Uuid, AuditEntry) {
        let entry = entry_of(action, at(60), current.id, &current.name);
        (entry.id, entry)
    }

    async fn update(
        &self,
        current: Organization,
        admin: Account,
        change: OrganizationChange,
        action: AuditAction,
    ) -> (Uuid, Result<()>) {
        let (id, entry) = Self::entry(action, &current);
        let request = UpdateRequest { current, admin: Some(admin), change };
        (id, self.store.update(&request, entry).await.map(drop))
    }

    async fn delete(&self, current: Organization, admin: Account) -> (Uuid, Result<()>) {
        let (id, entry) = Self::entry(AuditAction::OrganizationDelete, &current);
        let request = DeleteRequest { current, admin: Some(admin), purge_at: at(1_000_000_000) };
        (id, self.store.delete(&request, entry).await.map(drop))
    }

    async fn restore(&self, current: Organization, admin: Account, name: &str) -> (Uuid, Result<()>) {
        let (id, entry) = Self::entry(AuditAction::OrganizationRestore, &current);
        let request = RestoreRequest {
            name: crate::common::suite::name(name),
            email: crate::common::suite::email(&current.admin_email),
            password_hash: None,
            admin: Some(admin),
            current,
        };
        (id, self.store.restore(&request, entry).await.map(drop))
    }

    async fn purge(&self, current: Organization) -> (Uuid, Result<()>) {
        let (id, entry) = Self::entry(AuditAction::OrganizationPurge, &current);
        (id, self.store.purge(&PurgeRequest { current }, entry).await.map(drop))
    }

    async fn wrote(&mut self, at_index: usize, after: Option<Standing>, operation: Uuid, answer: Result<()>) {
        let mut known = self.known.swap_remove(at_index);
        if matches!(answer, Err(Error::Unavailable { operation: None, .. })) {
            // Nothing was begun: it is as it was.
            self.known.push(known);
            return;
        }
        known.before = known.after.take();
        known.after = after;
        known.operation = operation;
        known.is_open = answer.is_err();
        if let Some(known) = self.judge(known, answer).await {
            if known.after.is_some() { self.known.push(known) } else { self.left.push(known) }
        }
    }

    /// Keeps acknowledged and unknown writes, forgets those that never began. Nothing else may occur.
    async fn judge(&mut self, known: Known, answer: Result<()>) -> Option<Known> {
        match answer {
            Ok(()) => {
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                return Some(known);
            }
            Err(error) if error.open_operation().is_some() => {
                assert_eq!(error.open_operation().map(|operation| operation.0), Some(known.operation));
                self.left.push(known);
            }
            // Nothing began, so even the create is forgotten: it must not be found.
            Err(Error::Unavailable { operation: None, .. }) => {}
            Err(other) => {
                let records = self.application.collection::<Document>("organizations");
                let found = records.find_one(doc! {"_id": known.record_id()}).await;
                panic!("{known:?}: {other:?}; its record: {found:?}");
            }
        }
        None
    }
}
