//! The key that signs sessions: given, or kept beside the store.

use super::Result;
use secrecy::SecretString;
use std::fmt::Debug;

/// Bytes of the key at least (RFC 7518, section 3.2).
pub const MIN_KEY_BYTES: usize = 32;

/// Where the key comes from.
pub trait SecretKey: Send + Sync + Debug {
    /// The key, if there is one yet.
    ///
    /// # Errors
    /// [`super::Error::StoreUnusable`] when it is there and cannot be read.
    fn load(&self) -> Result<Option<SecretString>>;

    /// The key; made if there is none.
    ///
    /// # Errors
    /// [`super::Error::StoreUnusable`] when it can neither be read nor made.
    fn load_or_make(&self) -> Result<SecretString>;
}

/// A key that was given.
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
