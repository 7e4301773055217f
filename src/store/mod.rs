//! The stores: each implements `port::Store`, and keeps its driver to itself.

pub mod believable;
pub mod embedded;
mod expired;
pub mod mongo;

use crate::port::{Error, GivenKey, Result, SecretKey, Store};
use crate::settings::{Settings, StoreSettings};
use embedded::EmbeddedStore;
use embedded::secret_key::KeyFile;
use mongo::{MongoOptions, MongoStore};
use std::sync::Arc;

/// The store of the settings, with the key that signs its sessions. Nothing is connected or made yet.
///
/// # Errors
/// [`Error::StoreUnusable`] when the URI of a server is not one.
pub fn open(settings: &Settings) -> Result<(Arc<dyn Store>, Arc<dyn SecretKey>)> {
    let given = settings.secret_key.clone().map(|key| Arc::new(GivenKey(key)) as Arc<dyn SecretKey>);
    match &settings.store {
        StoreSettings::Embedded { data_dir } => {
            let store = Arc::new(EmbeddedStore::new(data_dir, &settings.master_db));
            Ok((store, given.unwrap_or_else(|| Arc::new(KeyFile::new(data_dir)))))
        }
        StoreSettings::MongoDb { uri } => {
            // Settings refuse a URI without a key.
            let key = given.ok_or_else(|| Error::StoreUnusable("SECRET_KEY is not set.".into()))?;
            let database = settings.master_db.clone();
            let options = MongoOptions { uri: uri.clone(), database, lease: settings.lease };
            Ok((Arc::new(MongoStore::open(options)?), key))
        }
    }
}
