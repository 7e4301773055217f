//! The stores: each implements `port::Store` and hides its driver.

pub mod embedded;
mod expired;
pub mod mongo;
mod seed;

pub use seed::SeedOrganization;

use crate::port::{Error, GivenKey, Result, SecretKey, Store};
use crate::settings::{Settings, StoreSettings};
use embedded::EmbeddedStore;
use embedded::secret_key::KeyFile;
use mongo::{MongoOptions, MongoStore};
use secrecy::SecretString;
use std::sync::Arc;

/// The store of the settings, with the key that signs its sessions. Connects to nothing and creates nothing yet.
///
/// # Errors
/// [`Error::StoreUnusable`] when the URI of a server is invalid.
pub fn open(settings: &Settings) -> Result<(Arc<dyn Store>, Arc<dyn SecretKey>)> {
    let key = key_of(settings)?;
    let store: Arc<dyn Store> = match &settings.store {
        StoreSettings::Embedded { data_dir } => Arc::new(EmbeddedStore::new(data_dir, &settings.master_db)),
        StoreSettings::MongoDb { uri } => Arc::new(mongo(settings, uri)?),
    };
    Ok((store, key))
}

/// The same store, read-only: it writes, recovers and migrates nothing.
///
/// # Errors
/// Those of [`open`].
pub fn open_to_look(settings: &Settings) -> Result<(Arc<dyn Store>, Arc<dyn SecretKey>)> {
    let key = key_of(settings)?;
    let store: Arc<dyn Store> = match &settings.store {
        StoreSettings::Embedded { data_dir } => {
            Arc::new(EmbeddedStore::new(data_dir, &settings.master_db).only_looking())
        }
        StoreSettings::MongoDb { uri } => Arc::new(mongo(settings, uri)?.only_looking()),
    };
    Ok((store, key))
}

fn mongo(settings: &Settings, uri: &SecretString) -> Result<MongoStore> {
    let database = settings.master_db.clone();
    MongoStore::open(MongoOptions { uri: uri.clone(), database, lease: settings.lease })
}

fn key_of(settings: &Settings) -> Result<Arc<dyn SecretKey>> {
    match (&settings.secret_key, &settings.store) {
        (Some(key), _) => Ok(Arc::new(GivenKey(key.clone()))),
        (None, StoreSettings::Embedded { data_dir }) => Ok(Arc::new(KeyFile::new(data_dir))),
        // Settings refuse a URI without a key.
        (None, StoreSettings::MongoDb { .. }) => Err(Error::StoreUnusable("SECRET_KEY is not set.".into())),
    }
}
