//! What every route uses.

use super::metrics::Metrics;
use super::places::Places;
use crate::service::TenantService;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;

/// Those who listen to events at most, and those of one admin.
const LISTENERS: usize = 256;
const LISTENERS_EACH: usize = 16;
/// Big bodies that are in memory at the same time, and those of one admin.
const BIG_BODIES: usize = 16;
const BIG_BODIES_EACH: usize = 4;

/// How the web face behaves, from the settings.
#[derive(Debug, Clone, Default)]
pub struct FaceOptions {
    /// Whether organizations may be created without a session. The service decides; answers also depend on it.
    pub open_registration: bool,
    /// Origins whose pages may call it from a browser.
    pub cors_origins: Vec<String>,
}

/// The state of all routes.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) service: Arc<TenantService>,
    pub(super) options: FaceOptions,
    pub(super) metrics: Metrics,
    /// For those who listen to events.
    pub(super) listeners: Places,
    /// For bodies that are bigger than those of most routes.
    pub(super) big_bodies: Places,
    /// True from the moment the server ends: answers that never end by themselves end then.
    pub(super) ending: watch::Receiver<bool>,
}

impl Face {
    /// The state of a server that has just begun, until `ending`.
    pub(super) fn new(
        service: Arc<TenantService>,
        options: FaceOptions,
        ending: watch::Receiver<bool>,
    ) -> Self {
        let listeners = Places::new(LISTENERS, LISTENERS_EACH);
        let big_bodies = Places::new(BIG_BODIES, BIG_BODIES_EACH);
        Self { service, options, metrics: Metrics::new(), listeners, big_bodies, ending }
    }
}

/// A call of the service behind a pointer. Without it the compiler proves for every future around a call, again and
/// again, that the whole call may change threads, which takes minutes.
pub(super) fn called<'a, T>(
    call: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(call)
}
