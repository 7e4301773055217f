//! A session that others use at the same time.

use super::{Result, SignedIn, TenantService};
use crate::domain::AccessToken;
use async_trait::async_trait;
use std::fmt::Debug;

/// Keeps a session where other processes find it, so that of several only one renews it.
#[async_trait]
pub trait SessionKeeper: Debug + Send + Sync {
    /// The session as it is saved now: renewed here, or replaced by another process.
    ///
    /// # Errors
    /// [`crate::service::Error::Unauthenticated`] when none is kept any more, those of a renewal, and
    /// [`crate::service::Error::StoreUnusable`] when it cannot be kept.
    async fn renew(&self, service: &TenantService, token: &AccessToken) -> Result<SignedIn>;
}
