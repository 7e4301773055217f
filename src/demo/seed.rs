//! Fills stores with the organizations of `sample_data`.

use super::sample_data::sample;
use super::{COST, EMAIL, PASSWORD};
use crate::domain::Password;
use crate::port::{Error, Result};
use crate::service::clock::{Clock, SystemClock};
use crate::service::password::PasswordPool;
use crate::service::{OperationId, TenantService};
use crate::settings::{Settings, StoreSettings};
use crate::store::SeedOrganization;
use crate::store::embedded::EmbeddedStore;
use crate::store::mongo::{MongoOptions, MongoStore};
use jiff::Timestamp;
use secrecy::SecretString;

/// Organizations on a server that get a collection: each one is a file of the server.
const WITH_COLLECTIONS: usize = 200;

/// Adds organizations to the store of the settings, after creating its first operator if it has none. All accounts get
/// the password of the demo.
///
/// # Errors
/// The store's.
pub async fn store_of(settings: &Settings, service: &TenantService, organizations: usize) -> Result<()> {
    if !service.is_initialized().await? {
        service.initialize(EMAIL, PASSWORD.into(), OperationId::random()).await?;
    }
    let password = Password::new(PASSWORD.into()).map_err(Error::from)?;
    let hash = PasswordPool::new(COST).hash(&password).await?;
    let now = SystemClock.now();
    match &settings.store {
        StoreSettings::Embedded { data_dir } => {
            let store = EmbeddedStore::new(data_dir, &settings.master_db);
            embedded(&store, organizations, true, &hash, now).await
        }
        StoreSettings::MongoDb { uri } => {
            let database = settings.master_db.clone();
            let store = MongoStore::open(MongoOptions { uri: uri.clone(), database, lease: settings.lease })?;
            mongo(&store, organizations, WITH_COLLECTIONS, &hash, now).await
        }
    }
}

/// Adds `count` organizations to an initialized embedded store, optionally with documents and activity. Every admin
/// has the password of `hash`.
///
/// # Errors
/// Those of [`EmbeddedStore::seed`].
pub async fn embedded(
    store: &EmbeddedStore,
    count: usize,
    is_lively: bool,
    hash: &SecretString,
    now: Timestamp,
) -> Result<()> {
    store.seed(organizations(count, is_lively, now), hash).await
}

/// Adds `count` organizations to an initialized server. The first `with_collections` get a collection, and every admin
/// has the password of `hash`.
///
/// # Errors
/// Those of [`MongoStore::seed`].
pub async fn mongo(
    store: &MongoStore,
    count: usize,
    with_collections: usize,
    hash: &SecretString,
    now: Timestamp,
) -> Result<()> {
    store.seed(organizations(count, false, now), with_collections, hash).await
}

fn organizations(
    count: usize,
    is_lively: bool,
    now: Timestamp,
) -> impl Iterator<Item = Result<SeedOrganization>> + Send + 'static {
    (0..count).map(move |number| Ok(sample(number, now)?.seed(is_lively, now)))
}
