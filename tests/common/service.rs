//! A service over any store, as one process has it, under the real clock.

use std::sync::Arc;
use tenantry::port::{GivenKey, SecretKey, Store};
use tenantry::service::clock::SystemClock;
use tenantry::service::{ServiceOptions, TenantService};

/// The password of the first operator.
pub(crate) const PASSWORD: &str = "correct horse";
/// The first operator.
pub(crate) const ROOT: &str = "root@example.com";

/// All have one key, so that a token of one is good at every other.
pub(crate) fn service_over(store: Arc<dyn Store>) -> TenantService {
    service_with(store, Arc::new(GivenKey("0123456789abcdef0123456789abcdef".into())))
}

/// The real clock, because what is held for late renames is held by the server's. A hash costs next to nothing.
pub(crate) fn service_with(store: Arc<dyn Store>, key: Arc<dyn SecretKey>) -> TenantService {
    let options = ServiceOptions {
        session: jiff::SignedDuration::from_mins(30),
        bcrypt_cost: 4,
        open_registration: false,
        legacy_update: false,
        trash: jiff::SignedDuration::from_hours(7 * 24),
    };
    TenantService::new(store, key, Arc::new(SystemClock), options)
}
