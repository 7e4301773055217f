//! One process that creates, renames and deletes, and remembers what it was told.

use super::Random;
use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::suite::{at, entry_of, new_organization, to_name};
use mongodb::Database;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tenantry::domain::{Organization, OrganizationId};
use tenantry::service::store::{AuditAction, Lookup, Store};
use tenantry::service::{Error, OperationId, Result};
use tenantry::store::mongo::MongoStore;
use uuid::Uuid;

/// What a client knows of an organization.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: OrganizationId,
    /// Whether a document of its application was acknowledged.
    pub(crate) has_document: bool,
    /// Its name before the last write; none when there was none.
    before: Option<String>,
    /// Its name after it; none when it goes.
    after: Option<String>,
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

    /// The name that it may have when the last write was not done, and when it was.
    pub(crate) fn possible(&self) -> (Option<&String>, Option<&String>) {
        (self.before.as_ref(), self.after.as_ref())
    }
}

/// One process. Its organizations are its own, so that it knows what is to come of each write.
pub(crate) struct Client {
    /// How many writes were acknowledged.
    pub(crate) acknowledged: Arc<AtomicUsize>,
    store: Arc<MongoStore>,
    /// The organization's own application.
    application: Database,
    number: usize,
    random: Random,
    made: usize,
    /// Those that it goes on with.
    known: Vec<Known>,
    /// Those that are deleted or whose last write had no answer.
    left: Vec<Known>,
}

impl Client {
    pub(crate) fn new(database: &TestDatabase, number: usize, random: Random) -> Self {
        // With every second client the driver sends again by itself: SecantusDB forgets at a kill what it did of that, so
        // that it meets its own writes.
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

    /// Writes until it is over; answers what is to be found.
    pub(crate) async fn work(mut self, over: Arc<AtomicBool>) -> Vec<Known> {
        while !over.load(Ordering::SeqCst) {
            let at = usize::try_from(self.random.below(1.max(self.known.len() as u64))).unwrap();
            let action = self.random.below(5);
            if self.known.is_empty() || action < 2 {
                self.create().await;
            } else if action < 4 {
                self.rename(at).await;
            } else {
                self.delete(at).await;
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
        let display = self.next_name();
        let new = new_organization(&*self.store, &display, &format!("a{}-{}@x", self.number, self.made));
        let collection = new.collection.as_str().to_owned();
        let entry = entry_of(AuditAction::OrganizationCreate, at(1), new.id, &display);
        let operation = entry.id;
        let answer = self.store.create(&new, OperationId(operation), entry).await;
        let known = Known {
            id: new.id,
            has_document: false,
            before: None,
            after: Some(display),
            operation,
            is_open: answer.is_err(),
        };
        if let Some(mut known) = self.judge(known, answer.map(drop)).await {
            let documents = self.application.collection::<Document>(&collection);
            known.has_document = documents.insert_one(doc! {"_id": "kept"}).await.is_ok();
            self.known.push(known);
        }
    }

    /// The organization as a service reads it before a write; none while the server is away.
    async fn read(&self, id: OrganizationId) -> Option<Organization> {
        match self.store.find(&Lookup::Id(id)).await {
            Ok(found) => Some(found.unwrap_or_else(|| panic!("{id:?} is gone"))),
            Err(Error::Unavailable { operation: None, .. }) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn rename(&mut self, at_index: usize) {
        let Some(current) = self.read(self.known[at_index].id).await else { return };
        let Ok(Some(admin)) = self.store.account(current.admin_id).await else { return };
        let display = self.next_name();
        let entry = entry_of(AuditAction::OrganizationUpdate, at(60), current.id, &current.name);
        let operation = entry.id;
        let wanted = to_name(&*self.store, &display);
        let answer =
            self.store.update(&current, &admin.account, &wanted, OperationId(operation), entry).await;
        self.wrote(at_index, Some(display), operation, answer.map(drop)).await;
    }

    async fn delete(&mut self, at_index: usize) {
        let Some(current) = self.read(self.known[at_index].id).await else { return };
        let entry = entry_of(AuditAction::OrganizationDelete, at(120), current.id, &current.name);
        let operation = entry.id;
        let answer = self.store.delete(&current, OperationId(operation), entry).await;
        self.wrote(at_index, None, operation, answer).await;
    }

    async fn wrote(&mut self, at_index: usize, after: Option<String>, operation: Uuid, answer: Result<()>) {
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

    /// Gives back what is acknowledged; keeps what is not known; forgets what was not begun. Nothing else may come.
    async fn judge(&mut self, known: Known, answer: Result<()>) -> Option<Known> {
        match answer {
            Ok(()) => {
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                return Some(known);
            }
            Err(Error::Unavailable { operation: Some(carried), .. }) => {
                assert_eq!(carried, OperationId(known.operation));
                self.left.push(known);
            }
            // Nothing was begun, so a create is not even remembered: what is not remembered must not be found.
            Err(Error::Unavailable { operation: None, .. }) => {}
            Err(other) => {
                let records = self.application.collection::<Document>("organizations");
                let found = records.find_one(doc! {"_id": known.record_id()}).await;
                panic!("{known:?}: {other:?}; its record: {found:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        None
    }
}
