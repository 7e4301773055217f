//! The embedded store: one SQLite file, for users without MongoDB.
//!
//! Organizations, collections and documents are rows of fixed tables, and each operation is one `BEGIN IMMEDIATE`
//! transaction that includes its checks. Several processes use the file at the same time; there is no other lock. Only
//! [`Store::initialize`] creates the file: before that, every read finds a store that is not initialized.
//!
//! Every call of SQLite blocks, so it runs on another thread where there is one (`blocking`).

mod accounts;
mod adoption;
mod archives;
mod audit;
mod caller;
mod connection;
mod doctor;
mod documents;
mod expiry;
mod failure;
mod generation;
mod log_file;
mod migrate;
mod operators;
mod organizations;
mod rights;
mod rows;
mod schema;
pub mod secret_key;
mod seed;
mod throttle;
mod version_2;
mod version_3;
mod version_4;
mod version_5;
mod version_6;
mod version_7;

use crate::domain::{AuditEntry, DatabaseName, OrganizationId};
use crate::port::{Error, NewAccount, Result, Store, StoreKind, StoreLocation};
use async_trait::async_trait;
use caller::Caller;
use connection::Connections;
use failure::Failure;
use rusqlite::{Connection, Transaction};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "tenantry.db";

/// An SQLite file as a store.
#[derive(Debug)]
pub struct EmbeddedStore {
    place: StoreLocation,
    database: String,
    path: PathBuf,
    /// Whether nothing may be written, not even beside the file.
    only_looks: bool,
    connections: Arc<Mutex<Option<Arc<Connections>>>>,
    /// Held by the check of the doctor: several at once would take every connection for as long as they run.
    checking: tokio::sync::Mutex<()>,
}

impl EmbeddedStore {
    /// The store in a data folder; opens and creates nothing yet. `database` only limits the length of collection
    /// names.
    pub fn new(data_dir: &Path, database: &DatabaseName) -> Self {
        let path = data_dir.join(FILE_NAME);
        let place = StoreLocation {
            kind: StoreKind::Embedded,
            short: FILE_NAME.to_owned(),
            full: path.display().to_string(),
            host: path.display().to_string(),
            warnings: Vec::new(),
        };
        let (database, connections) = (database.to_string(), Arc::new(Mutex::new(None)));
        let checking = tokio::sync::Mutex::default();
        Self { place, database, path, only_looks: false, connections, checking }
    }

    /// A read-only view of the store: it creates, locks, recovers and migrates nothing. It does not see writes that
    /// are still in the log.
    #[must_use]
    pub fn only_looking(self) -> Self {
        Self { only_looks: true, ..self }
    }

    /// The connections, opened at the first use; `None` while the file contains no store.
    async fn connections(&self, make: bool) -> Result<Option<Arc<Connections>>> {
        let (slot, path, only_looks) = (Arc::clone(&self.connections), self.path.clone(), self.only_looks);
        blocking(move || {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if slot.is_none() {
                let opened =
                    if only_looks { connection::look_only(&path)? } else { connection::open(&path, make)? };
                *slot = opened.map(Arc::new);
            }
            Ok(slot.clone())
        })
        .await
    }

    /// Reads until the end, or until the future is dropped.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let connections = self.connections(false).await?.ok_or(Error::NotInitialized)?;
        let (caller, _waits) = Caller::new();
        blocking(move || connections.read(caller, work)).await
    }

    /// Like [`Self::write`], if the acting session is still valid in the same transaction.
    async fn write_as<T, F>(&self, audit: &AuditEntry, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let acts = audit.actor_id.zip(audit.actor_version);
        self.write(move |tx| {
            if let Some((account, token_version)) = acts {
                accounts::refuse_ended_session(tx, account, token_version)?;
            }
            work(tx)
        })
        .await
    }

    /// Runs one transaction; rolls it back if `work` refuses.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let connections = self.connections(false).await?.ok_or(Error::NotInitialized)?;
        blocking(move || connections.write(work)).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    crate::blocking::run(work).await.map_err(|error| Error::internal(&error))?
}

#[async_trait]
impl Store for EmbeddedStore {
    fn place(&self) -> &StoreLocation {
        &self.place
    }

    async fn store_id(&self) -> Result<Option<Uuid>> {
        if self.connections(false).await?.is_none() {
            return Ok(None);
        }
        self.read(schema::store_id).await
    }

    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()> {
        let Some(connections) = self.connections(true).await? else {
            return Err(Error::NotInitialized);
        };
        let first = first.clone();
        blocking(move || connections.write(|tx| accounts::initialize(tx, store_id, &first, &audit))).await
    }

    /// One file and one transaction per operation: the store keeps all promises.
    async fn warnings(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// An id as the file stores it.
fn id_text(id: OrganizationId) -> String {
    id.0.to_string()
}
