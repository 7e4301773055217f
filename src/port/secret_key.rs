//! The key that signs sessions: from the settings, or stored beside the store.

use super::Result;
use secrecy::SecretString;
use std::fmt::Debug;

/// Bytes of the key at least (RFC 7518, section 3.2).
pub const MIN_KEY_BYTES: usize = 32;

/// Where the key comes from.
pub trait SecretKey: Send + Sync + Debug {
    /// The key, if there is one.
    ///
    /// # Errors
    /// [`super::Error::StoreUnusable`] when the key exists and cannot be read.
    fn load(&self) -> Result<Option<SecretString>>;

    /// The key; created if there is none.
    ///
    /// # Errors
    /// [`super::Error::StoreUnusable`] when it can neither be read nor created.
    fn load_or_make(&self) -> Result<SecretString>;
}

/// A key from the settings.
#[derive(Debug, Clone)]
pub struct GivenKey(pub SecretString);

impl SecretKey for GivenKey {
    fn load(&self) -> Result<Option<SecretString>> {
        Ok(Some(self.0.clone()))
    }

    fn load_or_make(&self) -> Result<SecretString> {
        Ok(self.0.clone())
    }
}
