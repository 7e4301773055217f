//! The store on a MongoDB server, whole or sharded, replicated or alone.
//!
//! Owns the records of the master metadata and the collections of the organizations, which lie in the same database
//! because a rename across databases copies. Must not decide who may do what, hash a password, or read a clock for
//! anything but its leases.
//!
//! # Why a protocol
//!
//! `drop` and `renameCollection` are refused inside transactions and take a name, not an identity; a server that
//! stands alone has no transactions at all; `create` of a collection that is there succeeds, so it excludes nobody;
//! and an insert into a missing collection makes it, whenever a tenant's own application likes. What helps:
//! `renameCollection` without `dropTarget` is atomic and fails when the target is there, and a collection keeps its
//! UUID through it. So a collection is built aside and moved in, moved out and then dropped, and the names aside
//! belong to one organization, or to one attempt, for ever: `tenantry_new_<id>`, `tenantry_del_<id>_<attempt>`.
//! Only those are ever dropped.
//!
//! # The fence
//!
//! Every write to an organization filters on the epoch that the writer got back from its last one, and raises it
//! (CAS below). No match: another has the operation, and the writer sends nothing more. Names are unique by the
//! `_id` of a reservation (`n:` name, `c:` collection, `e:` email) and by nothing else; a reservation whose holder
//! does not have the key any more is dead, and whoever wants it removes exactly that one.
//!
//! Each rename and drop follows a CAS, carries the collection's UUID, and is sent only with a third of the lease
//! left, for half of what is left: a late one must not meet another owner of the name. A step that the server
//! refuses is taken back. After a step without a clear answer nothing more is sent: the record says how far the
//! operation was, and with which values, so that another process can finish it. Only after a rename or a drop, which
//! may arrive late, the executor takes its own operation over in the same way.
//!
//! # Create (‖: side by side)
//!
//! | step | command | found like this, it is |
//! |---|---|---|
//! | C1 | organization `creating`, epoch 1, phase `reserve` | taken back |
//! | C2 | reservations n:, c:, e: in one ordered insert | taken back |
//! | C3 | admin ‖ marker into `tenantry_new_<id>` | taken back |
//! | C4 | the UUID of that collection | taken back |
//! | C5 | CAS: phase `place`, the UUID | taken back unless the UUID lies at its place |
//! | C6 | rename to its place; there already: taken back | the same |
//! | C7 | audit | finished |
//! | C8 | CAS: `active` | done |
//!
//! A name or an email that the same request has reserved before, by its operation id, is not taken but busy: whoever
//! took that one over finishes it or takes it back.
//!
//! # Update
//!
//! | step | command | found like this, it is |
//! |---|---|---|
//! | R1 | CAS: `renaming`, what is to be, phase `reserve` (nothing to reserve: `apply`, on to R6) | taken back |
//! | R2 | the new reservations ‖ the UUID and the marker at the old name | taken back |
//! | R3 | CAS: phase `moving` (R3, R4 only with a new collection) | judged by where the UUID lies |
//! | R4 | rename; target there: CAS phase `undo`, taken back | the same |
//! | R5 | CAS: the new names, phase `apply` | finished |
//! | R6 | admin, by version ‖ release of the old reservations ‖ audit | finished |
//! | R7 | CAS: `active` | done |
//!
//! # Delete
//!
//! | step | command |
//! |---|---|
//! | D1 | CAS: `deleting`, phase `trash`, which commits ‖ the UUID and the marker at the collection |
//! | D2 | rename to `tenantry_del_<id>_<attempt>`; missing, another UUID, or marked as another organization's: left alone |
//! | D3 | the UUID under that name; not ours: renamed back |
//! | D4 | drop |
//! | D5 | CAS: phase `release` |
//! | D6 | admin ‖ reservations ‖ audit |
//! | D7 | the organization's record goes |
//!
//! Found in phase `trash` or `release` it goes on. A name that is free while its collection's is taken or held gets
//! another collection: the name with the beginning of the organization's id behind it, announced by a CAS before it is
//! reserved.
//!
//! # Recovery
//!
//! A lease runs from `touched_at` by the server's clock. Whoever opens the store, or meets an organization whose lease
//! is over, takes it over by a CAS, which in phase `moving` or `trash` marks the operation as unclean and in `trash`
//! adds an attempt of its own; then it goes on from the phase that the CAS gave back. In `moving` it looks at the old
//! name, then at the new one: in the other order a rename in between would look like a collection that is gone.
//! Neither: `damaged`; the operation stays in the record, and with it both names stay reserved.
//!
//! Renames take names, and one of an executor that was overtaken may arrive late. So what an unclean operation gives up
//! of the names of collections is held for an hour, and so is what the organization gives up within that hour. Assumed
//! where a server ignores `collectionUUID`: no rename starts more than an hour after its sender lost the lease.
//!
//! # The doctor
//!
//! An organization whose collection lies elsewhere, was replaced, or is gone gets one by an update of its own: a CAS to
//! `renaming` in phase `moving`, with the UUID that was seen and the name where it was (`elsewhere`); then the same
//! steps, and the same recovery, as an update found in that phase. An empty one is filled under `tenantry_new_<id>` and
//! comes from there. What else it mends are deletes and inserts by exact filters.

mod accounts;
mod audit;
mod connection;
mod doctor;
mod failure;
mod figures;
mod index;
mod initialize;
mod lifecycle;
mod operation;
mod operators;
mod page;
mod record;
mod reservation;
mod seed;
mod throttle;

use crate::domain::{
    Account, AccountId, Claims, CollectionName, Examination, Figures, Finding, Mended, Organization,
    OrganizationChange, OrganizationId, Progress,
};
use crate::service::store::{
    AccountChange, AccountRecord, AuditEntry, AuditQuery, Lookup, NewAccount, NewOrganization, OperatorQuery,
    PageQuery, Place, Rehash, SessionState, SignInTry, Store,
};
use crate::service::{Error, OperationId, Result};
use async_trait::async_trait;
use connection::Connection;
use jiff::Timestamp;
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OnceCell, watch};
use uuid::Uuid;

/// How to reach the server.
#[derive(Debug, Clone)]
pub struct MongoOptions {
    /// The connection string; may hold a password.
    pub uri: SecretString,
    /// The database of the master metadata and of the organizations' collections.
    pub database: String,
    /// How long an operation belongs to who began it, from its last write.
    pub lease: Duration,
}

/// The store on a MongoDB server.
pub struct MongoStore {
    place: Place,
    options: MongoOptions,
    /// Made by the first call, inside of the runtime that its background work belongs to.
    connection: OnceCell<Connection>,
    /// Whether this server was found recent enough and this database initialized; until then nothing is written.
    opened: AtomicBool,
}

/// Only the place: the client knows the password.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("place", &self.place).finish_non_exhaustive()
    }
}

impl MongoStore {
    /// Reads the options; the server is reached by the first call.
    ///
    /// # Errors
    /// [`Error::StoreUnusable`] when the URI or the name of the database is not one.
    pub fn open(options: MongoOptions) -> Result<Self> {
        let place = connection::place_of(&options)?;
        Ok(Self { place, options, connection: OnceCell::new(), opened: AtomicBool::new(false) })
    }

    async fn connection(&self) -> Result<&Connection> {
        self.connection.get_or_try_init(|| Connection::make(&self.options, &self.place)).await
    }

    /// Every write comes after this: a database without `meta` is another program's.
    async fn writable(&self) -> Result<&Connection> {
        if !self.opened.load(Ordering::Acquire) && self.store_id().await?.is_none() {
            return Err(Error::NotInitialized);
        }
        self.connection().await
    }
}

#[async_trait]
impl Store for MongoStore {
    fn place(&self) -> &Place {
        &self.place
    }

    async fn store_id(&self) -> Result<Option<Uuid>> {
        let connection = self.connection().await?;
        let opened = self.opened.load(Ordering::Acquire);
        if !opened {
            connection.check_server().await?;
        }
        let Some(meta) = initialize::meta(connection).await? else {
            return Ok(None);
        };
        if !opened {
            initialize::complete_if_missing(connection, &meta).await?;
            operators::finish_removals(connection, meta.record()).await?;
            self.opened.store(true, Ordering::Release);
            // What cannot be ended now is ended by whoever meets it.
            if let Err(failure) = lifecycle::recover_all(connection).await {
                tracing::warn!(?failure, "recovery at opening stopped");
            }
        }
        Ok(Some(meta.store_id))
    }

    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()> {
        initialize::initialize(self.connection().await?, store_id, first, &audit).await
    }

    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        accounts::session_state(self.connection().await?, claims, now).await
    }

    async fn try_sign_in(&self, email_key: &str, now: Timestamp) -> Result<SignInTry> {
        throttle::count(self.writable().await?, email_key, now).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        accounts::by_email(self.connection().await?, email_key).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        accounts::by_id(self.connection().await?, id).await
    }

    async fn signed_in(&self, email_key: &str, rehash: Option<Rehash>, audit: AuditEntry) -> Result<()> {
        accounts::signed_in(self.writable().await?, email_key, rehash, &audit).await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        accounts::forget_tries(self.writable().await?, email_key).await
    }

    async fn record(&self, audit: AuditEntry) -> Result<()> {
        accounts::record(self.writable().await?, &audit).await
    }

    async fn revoke(&self, jti: Uuid, expires_at: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        accounts::revoke(self.writable().await?, jti, expires_at, audit).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        accounts::revoke_all(self.writable().await?, account, &audit).await
    }

    async fn create(
        &self,
        new: &NewOrganization,
        operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization> {
        let connection = self.writable().await?;
        Box::pin(lifecycle::create(connection, self.options.lease, new, operation, &audit)).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        let connection = self.connection().await?;
        let found = page::find(connection, lookup).await?;
        let Some(in_work) = found.as_ref().filter(|found| found.state.is_in_work()) else {
            return Ok(found);
        };
        match lifecycle::recover_if_over(connection, in_work.id).await {
            Ok(true) => page::find(connection, lookup).await,
            Ok(false) => Ok(found),
            Err(failure) => {
                tracing::warn!(?failure, organization = %in_work.id, "recovery stopped");
                Ok(found)
            }
        }
    }

    async fn page(&self, query: &PageQuery) -> Result<Vec<Arc<Organization>>> {
        page::page(self.connection().await?, query).await
    }

    async fn figures(&self, organization: &Organization) -> Result<Figures> {
        figures::figures(self.connection().await?, organization).await
    }

    async fn update(
        &self,
        current: &Organization,
        admin: &Account,
        change: &OrganizationChange,
        operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization> {
        let connection = self.writable().await?;
        Box::pin(lifecycle::update(
            connection,
            self.options.lease,
            (current, admin),
            change,
            operation,
            &audit,
        ))
        .await
    }

    async fn delete(&self, current: &Organization, operation: OperationId, audit: AuditEntry) -> Result<()> {
        let connection = self.writable().await?;
        Box::pin(lifecycle::delete(connection, self.options.lease, current, operation, &audit)).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        audit::entries(self.connection().await?, query).await
    }

    async fn operators(&self, query: &OperatorQuery) -> Result<Vec<Account>> {
        operators::list(self.connection().await?, query).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        operators::add(self.writable().await?, new, &audit).await
    }

    async fn remove_operator(&self, current: &Account, audit: AuditEntry) -> Result<()> {
        operators::remove(self.writable().await?, current, &audit).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        operators::update(self.writable().await?, current, change, &audit).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        page::has_collection(self.connection().await?, name).await
    }

    async fn examine(&self, progress: &watch::Sender<Progress>) -> Result<Examination> {
        let connection = self.connection().await?;
        Box::pin(doctor::examine(connection, progress))
            .await
            .map_err(|failure| accounts::plain(connection, failure))
    }

    async fn mend(&self, finding: &Finding, audit: AuditEntry) -> Result<Mended> {
        let connection = self.writable().await?;
        Box::pin(doctor::mend(connection, finding, &audit))
            .await
            .map_err(|failure| accounts::plain(connection, failure))
    }

    async fn end_operation(&self, id: OrganizationId) -> Result<()> {
        let connection = self.writable().await?;
        match Box::pin(lifecycle::end_now(connection, id)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::StoreUnusable(
                "The record of this organization does not say enough to finish its operation or to take it back; \
                 restore it from a backup."
                    .to_owned(),
            )),
            // Another one was faster, and ends it or has ended it.
            Err(failure::Failure::Lost) => match page::find(connection, &Lookup::Id(id)).await? {
                Some(found) if found.state.is_in_work() => Err(Error::Busy(found.state)),
                Some(_) | None => Ok(()),
            },
            Err(failure) => Err(accounts::plain(connection, failure)),
        }
    }
}
