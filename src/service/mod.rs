//! The use cases, the only layer that both faces call.
//!
//! Each call checks the session's token, asks the access table, validates its input, and then makes one call of the
//! store ([`crate::port`]). Writes run in tasks of their own (`writes`). Nothing here knows a terminal, a command line
//! or a database.

pub mod access;
mod accounts;
mod adoption;
mod attempts;
pub mod audit;
mod changes;
pub mod clock;
mod cursor;
mod doctor;
mod documents;
mod new_values;
mod operator_passwords;
mod operators;
mod organizations;
mod own_account;
pub mod password;
mod repeat;
mod session_keeper;
mod tidy;
pub mod token;
mod writes;

pub use crate::domain::{MAX_LIMIT, OperationId};
pub use crate::port::{Changes, ChangesPosition, ChangesSince, NewEntry};
pub use crate::port::{Confirms, Error, Result, StoreKind, StoreLocation, error};
pub use accounts::{SignedIn, throttle_actor};
pub use audit::{ActivityPage, ActivityQuery};
pub use doctor::{RepairProgress, RepairReport, RepairScope};
pub use documents::{DocumentChange, DocumentPage, DocumentsQuery, MAX_BATCH};
pub use operators::{OperatorPage, OperatorReference, RemovedOperator};
pub use organizations::{
    CreateOrganization, DeletedOrganization, ExportProgress, ExportRequest, Exported, ImportPreview,
    ImportProgress, ImportRequest, ListQuery, OrganizationPage, OrganizationPreview, OrganizationReference,
    PurgedOrganization, RestoreOrganization, SuspensionPreview, Top, TopBy, TopProgress, TopRow,
    UpdateOrganization, default_export_file,
};
pub use own_account::{OwnAccount, UpdateOwnAccount};
pub use session_keeper::SessionKeeper;

use crate::domain::Principal;
use crate::port::{SecretKey, Store};
use access::{Caller, Scope, UseCase};
use clock::Clock;
use documents::LastLook;
use jiff::SignedDuration;
use password::PasswordPool;
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;
use writes::{ReadStore, Running};

/// How the service behaves, from the settings.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// How long a session lasts after a sign-in or a renewal.
    pub session: SignedDuration,
    /// The cost of bcrypt, 4 to 15.
    pub bcrypt_cost: u32,
    /// Whether organizations may be created without a session.
    pub open_registration: bool,
    /// Whether an admin may change its email and password without the current password where a face asks for that.
    pub legacy_update: bool,
    /// How long a deleted organization stays in the trash; with zero, a delete is final.
    pub trash: SignedDuration,
}

/// The use cases over one store. A clone is the same service and costs little.
#[derive(Debug, Clone)]
pub struct TenantService {
    store: ReadStore,
    key: Arc<dyn SecretKey>,
    clock: Arc<dyn Clock>,
    passwords: PasswordPool,
    options: ServiceOptions,
    store_id: Arc<OnceCell<Uuid>>,
    running: Running,
    last_look: Arc<LastLook>,
}

impl TenantService {
    /// A service over a store. It connects at its first call.
    pub fn new(
        store: Arc<dyn Store>,
        key: Arc<dyn SecretKey>,
        clock: Arc<dyn Clock>,
        options: ServiceOptions,
    ) -> Self {
        let passwords = PasswordPool::new(options.bcrypt_cost);
        let (store, store_id, running) = (ReadStore::new(store), Arc::default(), Running::default());
        let last_look = Arc::default();
        Self { store, key, clock, passwords, options, store_id, running, last_look }
    }

    /// Where the store is.
    pub fn place(&self) -> &StoreLocation {
        self.store.place()
    }

    /// Why the store was never reached; `None` once it was, and for a store that needs no connection.
    pub fn unreached(&self) -> Option<Error> {
        self.store.unreached()
    }

    /// The time by the service's clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// How long a session lasts after a sign-in or a renewal.
    pub fn session_length(&self) -> SignedDuration {
        self.options.session
    }

    /// How long a deleted organization stays in the trash; with zero, a delete is final.
    pub fn trash_length(&self) -> SignedDuration {
        self.options.trash
    }

    /// Whether the store has its first operator. Connects if needed.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::StoreUnusable`].
    pub async fn is_initialized(&self) -> Result<bool> {
        match self.store_id().await {
            Ok(_) => Ok(true),
            Err(Error::NotInitialized) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Asks the store for an answer now, and whether it has its first operator.
    ///
    /// # Errors
    /// [`Error::NotInitialized`], [`Error::Unavailable`], [`Error::StoreUnusable`].
    pub async fn is_ready(&self) -> Result<()> {
        self.store.store_id().await?.map(drop).ok_or(Error::NotInitialized)
    }

    /// The id of the store, read once.
    async fn store_id(&self) -> Result<Uuid> {
        self.store_id
            .get_or_try_init(|| async { self.store.store_id().await?.ok_or(Error::NotInitialized) })
            .await
            .copied()
    }

    /// Asks the access table for a signed-in caller.
    fn scope(&self, use_case: UseCase, principal: &Principal) -> Result<Scope> {
        access::decide(use_case, Caller::of(principal), self.options.open_registration)
    }
}
