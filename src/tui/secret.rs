//! A password on its way from a field to the service.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A submitted password. It can be compared, so that effects can be; it is never printed, and wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// For the service.
    pub fn expose(&self) -> SecretString {
        self.0.clone()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
